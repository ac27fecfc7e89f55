// Mistakes are seen: an unknown s-* element, attribute, value or slot gets a red dashed outline and a title that names it.

const GLOBAL_ATTRIBUTES = new Set(["id", "class", "slot", "style", "hidden", "lang", "dir", "title", "tabindex", "autofocus", "inert", "translate", "key", "is", "part", "draggable"]);
const APP_BRIDGE_ELEMENTS = { "s-app-nav": [], "s-app-window": ["src"] };

/** What is wrong with one element, as sentences. */
function problemsOf(element) {
  const tag = element.localName;
  const found = [];
  const known = ATTRIBUTES[tag];
  if (!known && !(tag in APP_BRIDGE_ELEMENTS)) return [`<${tag}> is no element of the admin`];
  for (const { name, value } of element.attributes) {
    if (GLOBAL_ATTRIBUTES.has(name) || /^(data-|aria-|on)/.test(name)) continue;
    if (name === "rel" && tag === "s-link" && element.closest("s-app-nav")) continue;
    const fact = known ? known[name] : APP_BRIDGE_ELEMENTS[tag].includes(name) && {};
    if (!fact) found.push(`<${tag}> has no attribute "${name}"`);
    else if (fact.values && !isPermitted(value, fact.values)) found.push(`${name}="${value}" is none of ${[...fact.values].slice(0, 8).join(", ")}${fact.values.size > 8 ? ", …" : ""}`);
  }
  const parentSlots = SLOTS[element.parentElement?.localName];
  const slot = element.getAttribute("slot");
  if (parentSlots && slot && !parentSlots.has(slot)) found.push(`<${element.parentElement.localName}> has no slot "${slot}"`);
  if (parentSlots && !slot && !parentSlots.has("*") && parentSlots.size) found.push(`<${element.parentElement.localName}> shows only its named slots`);
  return found;
}

function isPermitted(value, values) {
  return value === "" || values.has(value) || value.startsWith("@container") || value.split(/\s+/).every((word) => values.has(word));
}

function inspect(element) {
  if (!element.localName?.startsWith("s-")) return;
  const problem = problemsOf(element).join("; ");
  if (problem === (element.devstoreProblem ?? "")) return;
  element.devstoreProblem = problem;
  if (problem) console.warn(problem, element);
  attribute(element, "title", problem);
  element.toggleAttribute("data-devstore-problem", Boolean(problem));
}

const pageSheet = sheet(`
  :where(html) { -webkit-text-size-adjust: 100%; }
  :where(body) { margin: 0; background: #f1f1f1; color: #303030; font: 400 13px/20px Inter, -apple-system, BlinkMacSystemFont, "San Francisco", "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif; -webkit-font-smoothing: antialiased; }
  :where(form) { margin: 0; }
  :where(form > s-section + s-section) { margin-block-start: 16px; }
  s-app-nav, s-app-window { display: none; }
  [data-devstore-problem] { outline: 2px dashed #e00000 !important; outline-offset: 1px; }
  [data-devstore-problem]:not(:defined) { display: inline-block; min-width: 24px; min-height: 16px; background: #ffecec; }
  @media (max-width: 520px) { :where(body) { font-size: 14px; } :where(form > s-section + s-section) { margin-block-start: 12px; } }
`);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, pageSheet];

const inspectTree = (node) => {
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  inspect(node);
  node.querySelectorAll("*").forEach(inspect);
};
new MutationObserver((changes) => {
  for (const change of changes) {
    if (change.type === "attributes") inspect(change.target);
    else change.addedNodes.forEach(inspectTree);
  }
}).observe(document, { subtree: true, childList: true, attributes: true });
