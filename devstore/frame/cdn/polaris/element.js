// The base of every element: an open shadow root, properties from FACTS, one update() per change.

const toList = (text) => text.split(" ").filter(Boolean);

// tag -> { lower-case attribute -> {name, kind, values} }
const ATTRIBUTES = Object.fromEntries(Object.entries(FACTS).map(([tag, [attributes]]) => [tag, readAttributes(attributes)]));
const SLOTS = Object.fromEntries(Object.entries(FACTS).map(([tag, [, slots]]) => [tag, new Set(toList(slots))]));

function readAttributes(text) {
  const found = {};
  for (const token of toList(text)) {
    const [, name, mark, list] = token.match(/^(\w+)(!|#|=)?(\w+)?$/);
    const kind = mark === "!" ? "flag" : mark === "#" ? "number" : "text";
    found[name.toLowerCase()] = { name, kind, values: list ? new Set(toList(VALUES[list])) : null };
  }
  return found;
}

const sheet = (css) => {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
};

const TOKENS = sheet(`
  :host {
    --text: #303030; --subdued: #616161; --link: #0b5bc4; --line: #e3e3e3; --line-strong: #c9c9c9; --field: #8a8a8a;
    --surface: #fff; --fill: #f7f7f7; --fill-strong: #ebebeb; --focus: #1263d3;
    --info: #00527c; --success: #0c5132; --caution: #4f4700; --warning: #5e4200; --critical: #8e1f0b;
    --font: Inter, -apple-system, BlinkMacSystemFont, "San Francisco", "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
    box-sizing: border-box;
  }
  :host([hidden]), [hidden] { display: none !important; }
  *, *::before, *::after { box-sizing: border-box; }
  button, input, select, textarea { font: inherit; color: inherit; letter-spacing: inherit; }
  .only-read { position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; border: 0; }
`);

class PolarisElement extends HTMLElement {
  static css = "";
  static html = "<slot></slot>";
  static delegatesFocus = false;
  static role = null;

  static get observedAttributes() {
    return Object.keys(ATTRIBUTES[this.tag] ?? {});
  }

  constructor() {
    super();
    const kind = this.constructor;
    const root = this.attachShadow({ mode: "open", delegatesFocus: kind.delegatesFocus });
    root.adoptedStyleSheets = [TOKENS, kind.sheet];
    root.innerHTML = kind.html;
    this.internals = this.attachInternals();
    if (kind.role) this.internals.role = kind.role;
    this.build();
  }

  /** Called once, in the constructor: keep references and add listeners inside the shadow root. */
  build() {}

  /** Called after every change of an attribute, once connected. */
  update() {}

  connectedCallback() {
    this.isPlaced = true;
    this.update();
  }

  disconnectedCallback() {
    this.isPlaced = false;
  }

  attributeChangedCallback(name, before, after) {
    if (this.isPlaced && before !== after) this.update(name);
  }

  $(selector) {
    return this.shadowRoot.querySelector(selector);
  }

  /** Turn a custom state on or off (styled with :host(:state(name))). */
  mark(state, isOn) {
    this.internals.states[isOn ? "add" : "delete"](state);
  }

  tell(type, init = {}) {
    return this.dispatchEvent(new Event(type, { bubbles: true, ...init }));
  }
}

function define(tag, kind) {
  kind.tag = tag;
  kind.sheet = sheet(kind.css);
  for (const { name, kind: type } of Object.values(ATTRIBUTES[tag])) {
    if (!(name in kind.prototype)) Object.defineProperty(kind.prototype, name, reflected(name, type));
  }
  customElements.define(tag, kind);
}

function reflected(name, type) {
  const attribute = name.toLowerCase();
  const read = {
    flag: (host) => host.hasAttribute(attribute),
    number: (host) => (host.hasAttribute(attribute) ? Number(host.getAttribute(attribute)) : undefined),
    text: (host) => host.getAttribute(attribute) ?? "",
  }[type];
  return {
    configurable: true,
    get() { return read(this); },
    set(value) {
      if (value === false || value === null || value === undefined) this.removeAttribute(attribute);
      else this.setAttribute(attribute, value === true ? "" : value);
    },
  };
}

const escapeHtml = (text) => String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

/** Set or remove an attribute by a value that may be absent. */
function attribute(node, name, value) {
  if (value === null || value === undefined || value === false || value === "") node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : value);
}

/** Run the command of an invoker (commandFor, command) on its target, as the platform does for buttons. */
function invoke(source) {
  const target = source.commandFor && source.getRootNode().getElementById(source.commandFor);
  if (!target) return false;
  target.dispatchEvent(new CommandEvent("command", { command: source.command || "--auto", source, cancelable: true }));
  return true;
}

/** Show the element named by interestFor while the pointer rests on `source` or it has the focus. */
function watchInterest(source) {
  const target = () => source.interestFor && source.getRootNode().getElementById?.(source.interestFor);
  const show = () => target()?.showFor?.(source);
  const hide = () => target()?.hideFor?.(source);
  source.addEventListener("pointerenter", show);
  source.addEventListener("focusin", show);
  source.addEventListener("pointerleave", hide);
  source.addEventListener("focusout", hide);
  source.addEventListener("keydown", (event) => event.key === "Escape" && hide());
}
