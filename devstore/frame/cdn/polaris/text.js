// Words: headings, paragraphs, text, numbers, badges, chips, banners, lists, icons, progress.

const TONE_COLOR = { neutral: "var(--subdued)", info: "var(--info)", success: "var(--success)", caution: "var(--caution)", warning: "var(--warning)", critical: "var(--critical)" };
const FONT_SIZE = {
  "small-200": "11px/14px", "small-100": "12px/16px", small: "12px/16px", base: "13px/20px", large: "14px/20px", "large-100": "16px/24px",
  "large-200": "20px/24px", "large-300": "24px/32px", "large-400": "30px/40px",
};
const FONT_WEIGHT = { base: "450", medium: "550", semibold: "600", bold: "700" };

/** Give the host the colour, size and weight that its attributes ask for. */
function dressText(host) {
  const { style } = host;
  style.color = TONE_COLOR[host.tone] ?? (host.color === "subdued" ? "var(--subdued)" : "");
  const size = FONT_SIZE[host.fontSize];
  [style.fontSize, style.lineHeight] = size ? size.split("/") : ["", ""];
  style.fontWeight = FONT_WEIGHT[host.fontWeight] ?? "";
  style.fontVariantNumeric = host.fontVariantNumeric === "tabular-nums" ? "tabular-nums" : "";
  host.mark("only-read", host.accessibilityVisibility === "exclusive");
  host.internals.ariaHidden = host.accessibilityVisibility === "hidden" ? "true" : null;
  host.mark("clamped", Number.isFinite(host.lineClamp));
  style.setProperty("--lines", Number.isFinite(host.lineClamp) ? host.lineClamp : "none");
}

const TEXT_CSS = `
  ${ONLY_READ_CSS}
  :host(:state(clamped)) { display: -webkit-box !important; -webkit-box-orient: vertical; -webkit-line-clamp: var(--lines); overflow: hidden; }`;

define("s-text", class extends PolarisElement {
  static css = `
    :host([type="strong"]) { font-weight: 600; }
    :host([type="redundant"]) { text-decoration: line-through; color: var(--subdued); }
    :host([type="address"]) { font-style: normal; white-space: pre-line; } ${TEXT_CSS}`;
  build() {
    watchInterest(this);
  }
  update() {
    dressText(this);
    this.internals.role = this.type === "strong" ? "strong" : null;
  }
});

define("s-paragraph", class extends PolarisElement {
  static css = `:host { display: block; margin: 0; overflow-wrap: anywhere; } ${TEXT_CSS}`;
  static role = "paragraph";
  update() {
    dressText(this);
  }
});

define("s-number", class extends PolarisElement {
  static css = `:host { font-variant-numeric: tabular-nums; } ${TEXT_CSS}`;
  update() {
    dressText(this);
    this.style.fontVariantNumeric = "tabular-nums";
  }
});

define("s-heading", class extends PolarisElement {
  static css = `:host { display: block; color: var(--text); font: 600 14px/20px var(--font); overflow-wrap: anywhere; } ${TEXT_CSS}`;
  update() {
    dressText(this);
    const isHeading = !["presentation", "none"].includes(this.accessibilityRole);
    this.internals.role = isHeading ? "heading" : this.accessibilityRole;
    this.internals.ariaLevel = isHeading ? String(Math.min(2 + sectionDepth(this), 6)) : null;
  }
});

define("s-icon", class extends PolarisElement {
  static css = `
    :host { display: inline-flex; flex: none; vertical-align: middle; color: #4a4a4a; }
    :host([color="subdued"]) { color: #8a8a8a; }`;
  static html = "<span></span>";
  build() {
    watchInterest(this);
  }
  update() {
    this.$("span").innerHTML = iconSvg(this.type, this.size === "small" ? 16 : 20);
    this.$("span").style.display = "flex";
    this.style.color = { info: "#0b6fa8", success: "#1f8455", caution: "#9a7a00", warning: "#b36b00", critical: "#c5280c", neutral: "#616161" }[this.tone] ?? "";
  }
});

define("s-badge", class extends PolarisElement {
  static css = `
    :host { display: inline-flex; width: fit-content; align-self: center; justify-self: start; align-items: center; gap: 2px; border-radius: 8px; padding: 2px 8px; white-space: nowrap;
      font: 550 12px/16px var(--font); background: #e8e8e8; color: #474747; vertical-align: middle; }
    :host([size^="large"]) { padding: 4px 10px; font-size: 13px; }
    :host([tone="info"]) { background: #d9ecff; color: #00406b; } :host([tone="success"]) { background: #c1f5d2; color: #0a4a2b; }
    :host([tone="caution"]) { background: #fff1a6; color: #4f4700; } :host([tone="warning"]) { background: #ffdcae; color: #5e3c00; }
    :host([tone="critical"]) { background: #fed6da; color: #8e1f0b; }
    :host([color="strong"]) { background: #5b5b5b; color: #fff; }
    :host([color="strong"][tone="info"]) { background: #0b6fa8; } :host([color="strong"][tone="success"]) { background: #1f7a4d; }
    :host([color="strong"][tone="caution"]) { background: #ffd61f; color: #332e00; } :host([color="strong"][tone="warning"]) { background: #ffb020; color: #3d2600; }
    :host([color="strong"][tone="critical"]) { background: #d1280c; }
    .icon:empty { display: none; } .icon { display: flex; margin-inline-start: -3px; }`;
  static html = '<span class="icon"></span><slot></slot>';
  update() {
    this.$(".icon").innerHTML = this.icon ? iconSvg(this.icon, 16) : "";
  }
});

const CHIP_CSS = `
  :host { display: inline-flex; width: fit-content; align-self: center; justify-self: start; max-width: 100%; }
  .chip { display: inline-flex; align-items: center; gap: 4px; min-height: 24px; max-width: 100%; padding: 2px 10px; border-radius: 8px; border: 0; background: #ebebeb; color: var(--text); font: 450 12px/16px var(--font); text-decoration: none; }
  :host([color="subdued"]) .chip { background: #f5f5f5; color: var(--subdued); } :host([color="strong"]) .chip { background: #d9d9d9; font-weight: 600; }
  .label { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  button.remove { display: flex; margin-inline-end: -6px; padding: 1px; border: 0; border-radius: 6px; background: none; cursor: pointer; }
  button.remove:hover { background: rgb(0 0 0 / 9%); }
  a.chip, button.chip { cursor: pointer; } a.chip:hover, button.chip:hover { background: #dedede; }
  :is(a, button):focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }`;

const REMOVE_BUTTON = `<button class="remove" type="button" aria-label="Remove">${iconSvg("x", 16)}</button>`;

define("s-chip", class extends PolarisElement {
  static css = CHIP_CSS;
  static html = `<span class="chip"><slot name="graphic"></slot><span class="label"><slot></slot></span>${REMOVE_BUTTON}</span>`;
  build() {
    this.$(".remove").addEventListener("click", (event) => {
      event.stopPropagation();
      this.tell("remove");
    });
  }
  update() {
    this.$(".remove").hidden = !this.removable;
    this.$(".remove").style.display = this.removable ? "" : "none";
    this.internals.ariaLabel = this.accessibilityLabel || null;
  }
});

define("s-clickable-chip", class extends PolarisElement {
  static css = `${CHIP_CSS} .wrap { display: inline-flex; align-items: center; background: #ebebeb; border-radius: 8px; } .wrap .remove { margin: 0 4px 0 -4px; } .chip { background: none; } :host([disabled]) { opacity: .5; pointer-events: none; }`;
  static html = '<span class="wrap"></span>';
  static delegatesFocus = true;
  build() {
    watchInterest(this);
    this.shadowRoot.addEventListener("click", (event) => {
      if (event.target.closest(".remove")) {
        event.stopPropagation();
        this.tell("remove");
        this.hidden = true;
        this.tell("afterhide");
      } else invoke(this);
    });
  }
  update() {
    const inner = '<slot name="graphic"></slot><span class="label"><slot></slot></span>';
    const main = this.href ? `<a class="chip" href="${escapeHtml(this.href)}">${inner}</a>` : `<button class="chip" type="button" ${this.disabled ? "disabled" : ""}>${inner}</button>`;
    this.$(".wrap").innerHTML = main + (this.removable ? REMOVE_BUTTON : "");
    attribute(this.$(".chip"), "aria-label", this.accessibilityLabel);
  }
});

define("s-banner", class extends PolarisElement {
  static css = `
    :host { display: block; color: var(--text); font: 400 13px/20px var(--font); --band: #d9ecff; --ink: #00406b; }
    :host([tone="success"]) { --band: #c1f5d2; --ink: #0a4a2b; } :host([tone="warning"]) { --band: #ffdf9e; --ink: #4d3200; } :host([tone="critical"]) { --band: #fcc9c5; --ink: #7a1608; }
    .all { border-radius: 12px; overflow: clip; background: var(--surface); box-shadow: 0 0 0 1px rgb(0 0 0 / 6%), 0 1px 2px rgb(0 0 0 / 7%); }
    .band { display: flex; align-items: flex-start; gap: 8px; padding: 8px 12px; background: var(--band); color: var(--ink); }
    .band svg { display: block; flex: none; }
    h2 { margin: 0; flex: 1; font-size: 13px; line-height: 20px; font-weight: 600; }
    .body { display: grid; gap: 12px; padding: 12px 12px 12px 40px; overflow-wrap: anywhere; }
    .actions { display: flex; gap: 8px; flex-wrap: wrap; } .actions:not(.is-used) { display: none; }
    button.close { display: flex; border: 0; background: none; padding: 0; color: inherit; border-radius: 6px; cursor: pointer; } button.close:hover { background: rgb(0 0 0 / 8%); }
    button.close:focus-visible { outline: 2px solid var(--focus); }
    .mark { display: flex; }
    :host(:state(plain)) .all { display: grid; grid-template-columns: auto 1fr auto; }
    :host(:state(plain)) .band { display: contents; }
    :host(:state(plain)) .mark { background: var(--band); color: var(--ink); padding: 12px 10px; grid-row: 1; }
    :host(:state(plain)) h2 { display: none; } :host(:state(plain)) .body { grid-row: 1; grid-column: 2; padding: 12px; }
    :host(:state(plain)) button.close { grid-row: 1; grid-column: 3; align-self: start; margin: 12px; }
    :host(:state(bare)) .body { display: none; }
    @media (max-width: 520px) { .body { padding-inline-start: 12px; } }`;
  static html = `
    <div class="all"><div class="band"><span class="mark"></span><h2></h2><button class="close" type="button" aria-label="Dismiss">${iconSvg("x")}</button></div>
    <div class="body"><div class="words"><slot></slot></div><div class="actions"><slot name="secondary-actions"></slot></div></div></div>`;
  build() {
    watchSlots(this);
    this.$(".close").addEventListener("click", () => {
      this.tell("dismiss");
      this.hidden = true;
      this.tell("afterhide");
    });
  }
  update() {
    this.internals.role = this.tone === "critical" || this.tone === "warning" ? "alert" : "status";
    this.$(".mark").innerHTML = iconSvg({ success: "check-circle", warning: "alert-triangle", critical: "alert-diamond" }[this.tone] ?? "info");
    this.$("h2").textContent = this.heading;
    this.$(".close").style.display = this.dismissible ? "" : "none";
    this.$(".actions").classList.toggle("is-used", isFilled(this, "secondary-actions"));
    this.mark("plain", !this.heading);
    this.mark("bare", Boolean(this.heading) && !this.textContent.trim() && !this.childElementCount);
  }
});

for (const [tag, css] of [["s-unordered-list", "list-style: disc"], ["s-ordered-list", "list-style: decimal"]]) {
  define(tag, class extends PolarisElement {
    static css = `:host { display: flex; flex-direction: column; gap: 4px; margin: 0; padding-inline-start: 22px; ${css}; }`;
    static role = "list";
  });
}

define("s-list-item", class extends PolarisElement {
  static css = ":host { display: list-item; overflow-wrap: anywhere; }";
  static role = "listitem";
  update() {
    // A host's implicit list counter runs on across lists: say the number.
    const items = [...(this.parentElement?.children ?? [])].filter((item) => item.localName === "s-list-item");
    this.style.counterSet = `list-item ${items.indexOf(this) + 1}`;
  }
});

define("s-progress", class extends PolarisElement {
  static css = `
    :host { display: block; width: 100%; }
    .track { height: 8px; border-radius: 4px; background: #e3e3e3; overflow: hidden; }
    .bar { height: 100%; border-radius: 4px; background: #303030; transition: width .3s; }
    :host([tone="success"]) .bar { background: #29845a; } :host([tone="critical"]) .bar { background: #d1280c; } :host([tone="info"]) .bar { background: #0b6fa8; }
    :host([tone="caution"]) .bar { background: #e0b800; } :host([tone="warning"]) .bar { background: #ef9c00; }
    :host(:not([value])) .bar { width: 35%; animation: slide 1.4s ease-in-out infinite; }
    @keyframes slide { from { transform: translateX(-100%); } to { transform: translateX(300%); } }`;
  static html = '<div class="track"><div class="bar"></div></div>';
  static role = "progressbar";
  update() {
    const max = this.max > 0 ? this.max : 1;
    const hasValue = this.hasAttribute("value");
    this.$(".bar").style.width = hasValue ? `${(Math.min(Math.max(this.value, 0), max) / max) * 100}%` : "";
    this.internals.ariaValueMax = String(max);
    this.internals.ariaValueNow = hasValue ? String(this.value) : null;
    this.internals.ariaLabel = this.accessibilityLabel || null;
  }
});

define("s-spinner", class extends PolarisElement {
  static css = `:host { display: inline-flex; color: #5c5f62; } ${SPIN_CSS}`;
  static html = "<span></span>";
  static role = "status";
  update() {
    this.$("span").innerHTML = SPINNER({ large: 32, "large-100": 44 }[this.size] ?? 20);
    this.$("span").style.display = "flex";
    this.internals.ariaLabel = this.accessibilityLabel || "Loading";
  }
});
