// Things one clicks: buttons, links, clickable boxes. A real <a href> or <button> stands in each open shadow root.

const isPlainClick = (event) => event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

/** What a click on an element does beyond its click event: run its command, submit or reset its form, or follow its link. */
function activate(host, event) {
  if (event.defaultPrevented) return;
  if (host.commandFor && invoke(host)) return;
  if (host.href) offerNavigation(host, event);
  else if (host.type === "submit") host.internals.form?.requestSubmit();
  else if (host.type === "reset") host.internals.form?.reset();
}

/** Let the page's router take a link of this page first, by the event App Bridge uses; otherwise the browser follows the anchor. */
function offerNavigation(host, event) {
  const url = new URL(host.href, document.baseURI);
  const isOurs = url.origin === location.origin && ["", "auto", "_self"].includes(host.target) && !host.hasAttribute("download");
  if (!isOurs || !isPlainClick(event)) return;
  const isLeft = host.dispatchEvent(new CustomEvent("shopify:navigate", { bubbles: true, composed: true, cancelable: true }));
  if (!isLeft) event.preventDefault();
}

/** Attributes of the inner <a> or <button>. */
function dressControl(node, host) {
  if (node.localName === "a") {
    attribute(node, "href", host.disabled ? null : host.href);
    attribute(node, "target", host.target === "auto" ? null : host.target);
    if (host.hasAttribute("download")) node.setAttribute("download", host.download);
    else node.removeAttribute("download");
    if (host.target === "_blank") node.rel = "noopener";
  } else {
    node.type = "button";
    node.disabled = host.isOff;
  }
  attribute(node, "aria-label", host.accessibilityLabel);
}

/** A control that is an anchor when it has an href and a button otherwise, around the same content. */
class Control extends PolarisElement {
  static formAssociated = true;
  static delegatesFocus = true;
  static inner = "<slot></slot>";
  static html = "";

  build() {
    watchInterest(this);
    this.addEventListener("click", (event) => this.isOff || activate(this, event));
    this.addEventListener("click", (event) => {
      if (!this.isOff) return;
      event.stopImmediatePropagation();
      event.preventDefault();
    }, true);
  }

  get isOff() {
    return this.disabled || this.loading || Boolean(this.isFormOff);
  }

  formDisabledCallback(isDisabled) {
    this.isFormOff = isDisabled;
    if (this.isPlaced) this.update();
  }

  get control() {
    return this.$(".control");
  }

  update() {
    const wanted = this.href ? "a" : "button";
    if (this.control?.localName !== wanted) {
      const hadFocus = this.shadowRoot.activeElement;
      this.shadowRoot.innerHTML = `<${wanted} class="control" part="control">${this.constructor.inner}</${wanted}>`;
      if (hadFocus) this.control.focus();
    }
    dressControl(this.control, this);
  }
}

const BUTTON_CSS = `
  :host { display: inline-block; width: fit-content; max-width: 100%; vertical-align: middle; }
  :host([inlinesize="fill"]) { display: block; width: 100%; }
  .control { display: inline-flex; width: 100%; align-items: center; justify-content: center; gap: 4px; min-height: 28px; padding: 4px 12px; border: 0; border-radius: 8px; cursor: pointer;
    font: 550 12px/16px var(--font); text-decoration: none; white-space: var(--button-lines, nowrap); position: relative; user-select: none; -webkit-user-select: none; touch-action: manipulation;
    background: #fff; color: var(--text); box-shadow: 0 0 0 1px #d6d6d6, 0 1px 0 1px #c4c4c4, inset 0 -1px 0 #ececec; }
  .control:hover { background: #f7f7f7; } .control:active { background: #efefef; box-shadow: 0 0 0 1px #c4c4c4, inset 0 2px 1px rgb(0 0 0 / 16%); }
  .control:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
  .label { min-width: 0; } .icon { display: flex; margin: -2px -2px -2px -4px; } .icon:empty { display: none; }
  :host(:state(icon-only)) .control { padding: 4px 6px; } :host(:state(icon-only)) .icon { margin: 0; } :host(:state(icon-only)) .label { display: none; }
  :host(:state(primary)) .control { background: linear-gradient(#3f3f3f, #2a2a2a); color: #fff; box-shadow: 0 0 0 1px #1d1d1d, inset 0 1px 0 rgb(255 255 255 / 22%); }
  :host(:state(primary)) .control:hover { background: #1f1f1f; } :host(:state(primary)) .control:active { background: #141414; }
  :host(:state(tertiary)) .control { background: none; box-shadow: none; } :host(:state(tertiary)) .control:hover { background: rgb(0 0 0 / 6%); } :host(:state(tertiary)) .control:active { background: rgb(0 0 0 / 10%); }
  :host([tone="critical"]) .control { color: #b3240b; }
  :host([tone="critical"]:state(primary)) .control { background: linear-gradient(#d9361c, #c22407); color: #fff; box-shadow: 0 0 0 1px #9c1c05, inset 0 1px 0 rgb(255 255 255 / 25%); }
  :host([tone="critical"]:state(primary)) .control:hover { background: #ab1f05; }
  :host(:state(off)) .control { cursor: default; background: rgb(0 0 0 / 5%); color: #a5a5a5; box-shadow: none; }
  :host(:state(off):state(tertiary)) .control { background: none; } :host(:state(off):state(primary)) .control { background: rgb(0 0 0 / 17%); color: #fff; }
  :host([loading]) .label, :host([loading]) .icon { visibility: hidden; }
  .wheel { position: absolute; inset: 0; display: none; place-items: center; color: #5c5f62; } :host([loading]) .wheel { display: grid; }
  :host(:state(menu-item)) { display: block; width: 100%; }
  :host(:state(menu-item)) .control { justify-content: flex-start; background: none; box-shadow: none; padding: 6px 8px; min-height: 32px; font-weight: 450; font-size: 13px; gap: 8px; }
  :host(:state(menu-item)) .control:is(:hover, :focus-visible) { background: #f1f1f1; }
  :host(:state(crumb)) .control { box-shadow: none; background: none; }
  @media (max-width: 520px) { .control { min-height: 32px; padding: 6px 12px; font-size: 14px; line-height: 20px; } :host(:state(icon-only)) .control { padding: 6px; } }
  ${SPIN_CSS}`;
const BUTTON_INNER = `<span class="icon"></span><span class="label"><slot></slot></span><span class="wheel">${SPINNER(16)}</span>`;

/** The importance of a button whose variant is "auto": primary in a primary-action slot, else secondary. */
function buttonVariant(host) {
  if (host.variant && host.variant !== "auto") return host.variant;
  if (host.slot === "primary-action" && host.parentElement?.matches("s-page, s-modal, s-empty-state, s-button-group")) return "primary";
  return "secondary";
}

class ButtonElement extends Control {
  static css = BUTTON_CSS;
  static inner = BUTTON_INNER;

  update() {
    super.update();
    const variant = buttonVariant(this);
    for (const name of ["primary", "tertiary"]) this.mark(name, variant === name);
    this.mark("menu-item", Boolean(this.closest("s-menu")));
    this.mark("icon-only", Boolean(this.icon) && !this.textContent.trim());
    this.mark("off", this.disabled || Boolean(this.isFormOff));
    this.$(".icon").innerHTML = this.icon ? iconSvg(this.icon, this.closest("s-menu") ? 18 : 16) : "";
    attribute(this.control, "aria-busy", this.loading ? "true" : null);
    if (this.closest("s-menu")) this.control.setAttribute("role", "menuitem");
  }

  connectedCallback() {
    super.connectedCallback();
    // The parser adds the words after the start tag: look again once they are there.
    queueMicrotask(() => this.isPlaced && this.update());
    this.$(".label slot")?.addEventListener("slotchange", () => this.update());
  }
}

define("s-button", class extends ButtonElement {});

define("s-press-button", class extends ButtonElement {
  static css = `${BUTTON_CSS} :host(:state(pressed)) .control { background: #dedede; box-shadow: 0 0 0 1px #b5b5b5, inset 0 2px 1px rgb(0 0 0 / 16%); }`;
  build() {
    super.build();
    this.addEventListener("click", () => { this.pressed = !this.pressed; });
  }
  get pressed() {
    return this.isPressed ?? this.hasAttribute("pressed");
  }
  set pressed(value) {
    this.isPressed = Boolean(value);
    this.update();
  }
  update() {
    super.update();
    this.mark("pressed", this.pressed);
    this.control.setAttribute("aria-pressed", String(this.pressed));
  }
});

define("s-button-group", class extends PolarisElement {
  static css = `
    :host { display: inline-flex; flex-wrap: wrap; gap: 8px; width: fit-content; align-items: center; }
    :host([gap="none"]) { gap: 1px; flex-wrap: nowrap; }`;
  static html = '<slot></slot><slot name="secondary-actions"></slot><slot name="primary-action"></slot>';
  static role = "group";
  update() {
    this.internals.ariaLabel = this.accessibilityLabel || null;
  }
});

define("s-link", class extends Control {
  static css = `
    :host { display: inline; width: fit-content; max-width: 100%; }
    .control { display: inline; padding: 0; border: 0; background: none; font: inherit; color: var(--link); text-decoration: underline; text-underline-offset: 2px; text-decoration-thickness: 1px; cursor: pointer; text-align: start; border-radius: 2px; }
    .control:hover { text-decoration-thickness: 2px; } .control:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }
    :host([tone="neutral"]) .control { color: inherit; } :host([tone="critical"]) .control { color: #b3240b; }
    :host(:state(crumb)) .control { color: var(--subdued); text-decoration: none; font-size: 14px; font-weight: 550; padding: 4px; border-radius: 8px; }
    :host(:state(crumb)) .control:hover { background: rgb(0 0 0 / 6%); color: var(--text); }
    :host(:state(menu-item)) .control { display: block; padding: 6px 8px; border-radius: 8px; text-decoration: none; color: var(--text); } :host(:state(menu-item)) .control:hover { background: #f1f1f1; }`;
  update() {
    super.update();
    this.mark("crumb", this.slot === "breadcrumb-actions");
    this.mark("menu-item", Boolean(this.closest("s-menu")));
  }
});

define("s-clickable", class extends Control {
  static css = `
    :host { display: block; min-width: 0; }
    .control { display: block; width: 100%; height: 100%; padding: 0; margin: 0; border: 0; background: none; font: inherit; color: inherit; text-align: start; text-decoration: none; cursor: pointer; border-radius: inherit; }
    :host(:hover) { filter: brightness(.97); } .control:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
    :host([disabled]) { opacity: .5; } :host([disabled]) .control { cursor: default; } ${ONLY_READ_CSS}`;
  build() {
    super.build();
    this.ownSheet = new CSSStyleSheet();
    this.shadowRoot.adoptedStyleSheets.push(this.ownSheet);
  }
  update() {
    super.update();
    this.ownSheet.replaceSync(hostCss(this, BOX_RULES));
    attribute(this.control, "aria-busy", this.loading ? "true" : null);
  }
});
