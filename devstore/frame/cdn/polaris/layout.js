// Layout: boxes, stacks, grids, pages and sections. Attributes become CSS of the host; @container values become container queries.

const SPACE = {
  none: "0px", "small-500": "1px", "small-400": "2px", "small-300": "4px", "small-200": "8px", "small-100": "12px", small: "12px", base: "16px",
  large: "20px", "large-100": "20px", "large-200": "24px", "large-300": "32px", "large-400": "40px", "large-500": "48px",
};
const RADIUS = { none: "0px", "small-200": "2px", "small-100": "4px", small: "4px", base: "8px", large: "12px", "large-100": "12px", "large-200": "16px", max: "999px" };
const THICKNESS = { none: "0px", base: "1px", "small-100": "1px", small: "1px", large: "2px", "large-100": "3px" };
const BACKGROUND = { transparent: "transparent", base: "var(--surface)", subdued: "var(--fill)", strong: "var(--fill-strong)" };
const LINE = { subdued: "#ebebeb", base: "var(--line)", strong: "var(--line-strong)" };
const LINE_STYLES = new Set(["auto", "none", "solid", "dashed", "dotted"]);

const words = (scale) => (value) => value.split(/\s+/).map((word) => scale[word] ?? word).join(" ");
const plain = (value) => value;

/** Attribute -> [CSS property, translation of one value]. Later entries override earlier ones. */
const BOX_RULES = {
  padding: ["padding", words(SPACE)],
  paddingblock: ["padding-block", words(SPACE)], paddingblockstart: ["padding-block-start", words(SPACE)], paddingblockend: ["padding-block-end", words(SPACE)],
  paddinginline: ["padding-inline", words(SPACE)], paddinginlinestart: ["padding-inline-start", words(SPACE)], paddinginlineend: ["padding-inline-end", words(SPACE)],
  background: ["background", (value) => BACKGROUND[value] ?? value],
  border: [null, borderCss],
  borderwidth: ["border-width", words(THICKNESS)], borderstyle: ["border-style", (value) => value.replaceAll("auto", "solid")],
  bordercolor: ["border-color", (value) => LINE[value] ?? value], borderradius: ["border-radius", words(RADIUS)],
  display: [null, (value) => (value === "none" ? "display:none!important" : "")],
  blocksize: ["block-size", plain], minblocksize: ["min-block-size", plain], maxblocksize: ["max-block-size", plain],
  inlinesize: ["inline-size", plain], mininlinesize: ["min-inline-size", plain], maxinlinesize: ["max-inline-size", plain],
  overflow: ["overflow", plain],
};
const GAP_RULES = { gap: ["gap", words(SPACE)], rowgap: ["row-gap", words(SPACE)], columngap: ["column-gap", words(SPACE)] };
const ALIGN_RULES = {
  alignitems: ["align-items", plain], justifyitems: ["justify-items", plain], placeitems: ["place-items", plain],
  aligncontent: ["align-content", plain], justifycontent: ["justify-content", plain], placecontent: ["place-content", plain],
};

function borderCss(value) {
  const parts = value.split(/\s+/);
  if (parts[0] === "none") return "border:0";
  const width = parts.find((part) => part in THICKNESS) ?? "base";
  const style = parts.find((part) => LINE_STYLES.has(part)) ?? "solid";
  const color = parts.slice(1).find((part) => part in LINE) ?? "base";
  return `border:${THICKNESS[width]} ${style.replace("auto", "solid")} ${LINE[color]}`;
}

/** CSS text for the host from its attributes; a responsive value is "@container [name] (condition) then, otherwise". */
function hostCss(host, rules) {
  let css = "";
  for (const [name, [property, translate]] of Object.entries(rules)) {
    const value = host.getAttribute(name);
    if (value) css += valueCss(value.trim(), (one) => `:host{${property ? `${property}:${translate(one)}` : translate(one)}}`);
  }
  return css;
}

function valueCss(value, rule) {
  if (!value.startsWith("@container")) return rule(value);
  const [query, yes, no] = splitResponsive(value.slice("@container".length).trim());
  return (no ? valueCss(no, rule) : "") + `@container ${query}{${valueCss(yes, rule)}}`;
}

/** "[name] (condition) then, otherwise" -> [query, then, otherwise]; a comma or blank inside brackets does not count. */
function splitResponsive(text) {
  let depth = 0, end = 0, comma = -1;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === "(") depth += 1;
    if (text[at] === ")" && (depth -= 1) === 0 && comma < 0 && !/^\s*(and|or)\b/.test(text.slice(at + 1)) && !end) end = at + 1;
    if (text[at] === "," && depth === 0 && comma < 0) comma = at;
  }
  const query = text.slice(0, end).trim();
  const yes = text.slice(end, comma < 0 ? undefined : comma).trim();
  return [query, yes, comma < 0 ? "" : text.slice(comma + 1).trim()];
}

class BoxElement extends PolarisElement {
  static rules = BOX_RULES;

  build() {
    this.ownSheet = new CSSStyleSheet();
    this.shadowRoot.adoptedStyleSheets.push(this.ownSheet);
  }

  update() {
    this.ownSheet.replaceSync(hostCss(this, this.constructor.rules));
    const role = this.getAttribute("accessibilityrole");
    this.internals.role = { generic: null, "ordered-list": "list", "unordered-list": "list", header: "banner", footer: "contentinfo", aside: "complementary", section: "region" }[role] ?? role;
    this.internals.ariaLabel = this.getAttribute("accessibilitylabel");
    const visibility = this.getAttribute("accessibilityvisibility");
    this.internals.ariaHidden = visibility === "hidden" ? "true" : null;
    this.mark("only-read", visibility === "exclusive");
  }
}

const ONLY_READ_CSS = `
  :host(:state(only-read)) { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;

define("s-box", class extends BoxElement {
  static css = `:host { display: block; min-width: 0; } ${ONLY_READ_CSS}`;
});

define("s-stack", class extends BoxElement {
  static css = `:host { display: flex; flex-direction: column; min-width: 0; } ${ONLY_READ_CSS}`;
  static rules = {
    direction: [null, (value) => (value === "inline" ? "flex-direction:row;flex-wrap:wrap" : "flex-direction:column;flex-wrap:nowrap")],
    ...GAP_RULES, ...ALIGN_RULES, ...BOX_RULES,
  };
});

define("s-grid", class extends BoxElement {
  static css = `:host { display: grid; min-width: 0; } ::slotted(*) { min-width: 0; } ${ONLY_READ_CSS}`;
  static rules = {
    gridtemplatecolumns: ["grid-template-columns", plain], gridtemplaterows: ["grid-template-rows", plain], ...GAP_RULES, ...ALIGN_RULES, ...BOX_RULES,
  };
});

define("s-grid-item", class extends BoxElement {
  static css = `:host { display: block; min-width: 0; } ${ONLY_READ_CSS}`;
  static rules = { gridcolumn: ["grid-column", plain], gridrow: ["grid-row", plain], ...BOX_RULES };
});

define("s-query-container", class extends PolarisElement {
  static css = ":host { display: block; container-type: inline-size; }";
  update() {
    this.style.containerName = this.getAttribute("containername") || "s-default";
  }
});

define("s-scroll-box", class extends BoxElement {
  static css = `
    :host { display: block; min-width: 0; overflow: auto; overscroll-behavior: contain; scrollbar-width: thin; }
    :host(:focus-visible) { outline: 2px solid var(--focus); outline-offset: 1px; }`;
  static rules = {
    ...BOX_RULES,
    snaptype: ["scroll-snap-type", (value) => (value === "none" ? "none" : `both ${value}`)],
    scrollpadding: ["scroll-padding", words(SPACE)], scrollmargin: ["scroll-margin", plain],
  };
  build() {
    super.build();
    this.addEventListener("scroll", () => {
      const atEdge = this.scrollTop <= 0 || Math.ceil(this.scrollTop + this.clientHeight) >= this.scrollHeight;
      if (atEdge) this.dispatchEvent(new Event("scrolltoedge"));
    });
  }
  update() {
    super.update();
    if (!this.hasAttribute("tabindex")) this.tabIndex = 0;
  }
});

define("s-divider", class extends PolarisElement {
  static css = `
    :host { display: block; align-self: stretch; border-block-start: 1px solid var(--line); }
    :host([color="strong"]) { border-color: var(--line-strong); }
    :host([direction="block"]) { border-block-start: 0; border-inline-start: 1px solid var(--line); }`;
  static html = "";
  static role = "separator";
});

/** Whether any element is assigned to the named slots: empty places take no room. */
const isFilled = (host, ...slots) => slots.some((name) => host.querySelector(`:scope > [slot="${name}"]`));

/** Re-run update() whenever what is assigned to a slot changes. */
function watchSlots(host) {
  host.shadowRoot.addEventListener("slotchange", () => host.isPlaced && host.update());
}

define("s-page", class extends PolarisElement {
  static css = `
    :host { display: block; color: var(--text); font: 400 13px/20px var(--font); padding: 0 24px 40px; container: s-page / inline-size; }
    .page { margin-inline: auto; max-width: 998px; }
    :host([inlinesize="small"]) .page { max-width: 662px; }
    :host([inlinesize="large"]) .page { max-width: none; }
    header { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; padding-block: 20px 16px; }
    .title { display: flex; align-items: center; gap: 6px; flex: 1 1 auto; min-width: 0; }
    h1 { margin: 0; font-size: 20px; line-height: 24px; font-weight: 650; letter-spacing: -.01em; overflow-wrap: anywhere; }
    .crumbs { display: contents; }
    .crumbs ::slotted(*) { flex: none; --crumb: 1; }
    .crumb-mark { color: #8a8a8a; display: flex; }
    .actions { display: flex; gap: 8px; align-items: center; flex-wrap: wrap; }
    .columns { display: grid; gap: 16px; align-items: start; }
    .columns > div { display: grid; gap: 16px; min-width: 0; }
    .columns > .aside-first { display: none; }
    :host(:state(aside)) .columns { grid-template-columns: minmax(0, 2fr) minmax(0, 1fr); }
    :host(:not(:state(aside))) .aside, :host(:not(:state(supplemental))) .supplemental, :host(:not(:state(actions))) .actions, :host(:not(:state(headed))) header { display: none; }
    .supplemental { margin-block-end: 16px; }
    .loading { position: fixed; inset: 0 0 auto; height: 3px; }
    @container s-page (max-width: 640px) { :host(:state(aside)) .columns { grid-template-columns: minmax(0, 1fr); } }
    @media (max-width: 520px) {
      :host { padding: 0 0 32px; font-size: 14px; }
      header { padding: 14px 16px 12px; }
      .columns, .columns > div { gap: 12px; }
      .supplemental { margin-inline: 16px; }
    }`;
  static html = `
    <div class="page">
      <header>
        <div class="title"><span class="crumbs"><slot name="breadcrumb-actions"></slot><span class="crumb-mark" hidden>${iconSvg("chevron-right", 16)}</span></span><h1></h1></div>
        <div class="actions"><slot name="secondary-actions"></slot><slot name="primary-action"></slot></div>
      </header>
      <div class="supplemental"><slot name="supplemental-start"></slot></div>
      <div class="columns"><div class="main"><slot></slot></div><div class="aside"><slot name="aside"></slot></div></div>
    </div>`;
  build() {
    watchSlots(this);
  }
  update() {
    const hasCrumbs = isFilled(this, "breadcrumb-actions");
    const hasActions = isFilled(this, "primary-action", "secondary-actions");
    this.$("h1").textContent = this.heading;
    this.$("h1").hidden = !this.heading;
    this.$(".crumb-mark").hidden = !hasCrumbs || !this.heading;
    this.mark("aside", isFilled(this, "aside") && this.inlineSize !== "small");
    this.mark("stacked-aside", isFilled(this, "aside"));
    this.mark("supplemental", isFilled(this, "supplemental-start"));
    this.mark("actions", hasActions);
    this.mark("headed", Boolean(this.heading || hasCrumbs || hasActions));
    this.tell("devstore:page", { composed: true });
  }
});

define("s-section", class extends PolarisElement {
  static css = `
    :host { display: block; min-width: 0; color: var(--text); font: 400 13px/20px var(--font); }
    section { display: flex; flex-direction: column; gap: 12px; min-width: 0; }
    :host(:not(:state(nested))) section { background: var(--surface); border-radius: 12px; padding: 16px; box-shadow: 0 0 0 1px rgb(0 0 0 / 6%), 0 1px 2px rgb(0 0 0 / 7%); }
    :host(:state(nested)) section { gap: 12px; }
    header { display: flex; align-items: flex-start; gap: 12px; }
    .words { flex: 1; min-width: 0; display: grid; gap: 2px; }
    h2, h3, h4 { margin: 0; font-size: 14px; line-height: 20px; font-weight: 600; overflow-wrap: anywhere; }
    h3, h4 { font-size: 13px; }
    .sub { color: var(--subdued); margin: 0; }
    .actions { display: flex; gap: 8px; flex-wrap: wrap; }
    .body { display: flex; flex-direction: column; gap: 16px; min-width: 0; }
    :host(:state(nested)) .body { gap: 12px; }
    :host([padding="none"]:not(:state(nested))) section { padding: 0; overflow: clip; }
    :host([padding="none"]:not(:state(nested))) header { padding: 16px 16px 0; }
    :host([padding="none"]:not(:state(nested))) .foot { padding: 0 16px 16px; }
    header:not(.is-used), .foot:not(.is-used) { display: none; }
    @media (max-width: 520px) { :host { font-size: 14px; } :host(:not(:state(nested))) section { border-radius: 0; } }`;
  static html = `
    <section><header><slot name="graphic"></slot><div class="words"><slot name="supplemental"></slot><span class="title"></span><p class="sub"></p></div><slot name="accessory"></slot></header>
    <div class="body"><slot></slot></div><div class="foot actions"><slot name="primary-action"></slot><slot name="secondary-actions"></slot></div></section>`;
  build() {
    watchSlots(this);
  }
  update() {
    const depth = sectionDepth(this);
    this.mark("nested", depth > 0 || Boolean(this.closest("s-modal, s-popover")));
    const level = Math.min(2 + depth, 4);
    this.$(".title").innerHTML = this.heading ? `<h${level} id="heading">${escapeHtml(this.heading)}</h${level}>` : "";
    this.$(".sub").textContent = this.subheading;
    this.$(".sub").hidden = !this.subheading;
    this.$("header").classList.toggle("is-used", Boolean(this.heading || this.subheading || isFilled(this, "graphic", "accessory", "supplemental")));
    this.$(".foot").classList.toggle("is-used", isFilled(this, "primary-action", "secondary-actions"));
    attribute(this.$("section"), "aria-label", this.accessibilityLabel || this.heading);
  }
});

function sectionDepth(element) {
  let depth = 0;
  for (let at = element.parentElement; at; at = at.parentElement) if (at.localName === "s-section") depth += 1;
  return depth;
}

define("s-empty-state", class extends PolarisElement {
  static css = `
    :host { display: block; color: var(--text); font: 400 13px/20px var(--font); }
    div.all { display: grid; justify-items: center; text-align: center; gap: 16px; padding: 40px 20px; max-width: 460px; margin-inline: auto; }
    h2 { margin: 0; font-size: 16px; line-height: 24px; font-weight: 600; }
    .words { display: grid; gap: 4px; }
    .actions { display: flex; gap: 8px; flex-wrap: wrap; justify-content: center; }
    .actions:not(.is-used) { display: none; }
    ::slotted([slot="graphic"]) { max-width: 240px; }`;
  static html = `
    <div class="all"><slot name="graphic"></slot><div class="words"><h2></h2><slot name="subheading"></slot></div>
    <div class="actions"><slot name="secondary-actions"></slot><slot name="primary-action"></slot></div></div>`;
  build() {
    watchSlots(this);
  }
  update() {
    this.$("h2").textContent = this.heading;
    this.$(".actions").classList.toggle("is-used", isFilled(this, "primary-action", "secondary-actions"));
  }
});
