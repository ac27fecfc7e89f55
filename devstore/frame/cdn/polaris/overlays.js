// What lies above the page: modals (native <dialog>), popovers, menus and tooltips (native popover), opened by commandFor.

const OVERLAY_COMMANDS = { "--show": "show", "--hide": "hide", "--toggle": "toggle", "--auto": "auto" };

define("s-modal", class extends PolarisElement {
  static css = `
    :host { display: contents; }
    dialog { width: min(620px, calc(100vw - 32px)); max-height: min(84vh, 820px); padding: 0; border: 0; border-radius: 16px; background: #fff; color: var(--text); font: 400 13px/20px var(--font);
      box-shadow: 0 20px 48px rgb(0 0 0 / 28%), 0 0 0 1px rgb(0 0 0 / 8%); overflow: hidden; }
    dialog[open] { display: flex; flex-direction: column; animation: rise .16s ease-out; }
    dialog::backdrop { background: rgb(0 0 0 / 48%); }
    :host([size="small"]) dialog, :host([size="small-100"]) dialog { width: min(380px, calc(100vw - 32px)); } :host([size^="large"]) dialog { width: min(980px, calc(100vw - 32px)); }
    @keyframes rise { from { opacity: 0; translate: 0 12px; } }
    header { display: flex; align-items: center; gap: 12px; padding: 12px 12px 12px 16px; background: #f3f3f3; border-block-end: 1px solid var(--line); }
    h2 { flex: 1; margin: 0; font-size: 14px; line-height: 20px; font-weight: 650; overflow-wrap: anywhere; }
    .close { display: flex; padding: 4px; border: 0; border-radius: 8px; background: none; cursor: pointer; color: #4a4a4a; } .close:hover { background: rgb(0 0 0 / 7%); } .close:focus-visible { outline: 2px solid var(--focus); }
    .body { flex: 1; overflow: auto; padding: 16px; display: flex; flex-direction: column; gap: 16px; } :host([padding="none"]) .body { padding: 0; }
    footer { display: flex; justify-content: flex-end; gap: 8px; padding: 12px 16px; border-block-start: 1px solid var(--line); flex-wrap: wrap; } footer:not(.is-used) { display: none; }
    @media (max-width: 520px) {
      dialog { width: 100vw !important; max-width: 100vw; margin: auto 0 0; max-height: 92vh; border-radius: 16px 16px 0 0; font-size: 14px; }
      footer { padding-block-end: 20px; }
    }
    @media (prefers-reduced-motion: reduce) { dialog[open] { animation: none; } }`;
  static html = `
    <dialog aria-labelledby="heading"><header><h2 id="heading"></h2><button class="close" type="button" aria-label="Close">${iconSvg("x")}</button></header>
    <div class="body"><slot></slot></div><footer><slot name="secondary-actions"></slot><slot name="primary-action"></slot></footer></dialog>`;

  build() {
    watchSlots(this);
    this.addEventListener("command", (event) => this.obey(event.command));
    this.dialog.addEventListener("close", () => this.closed());
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && isOutside(event, this.dialog) && this.hideOverlay());
    this.$(".close").addEventListener("click", () => this.hideOverlay());
  }

  get dialog() {
    return this.$("dialog");
  }

  obey(command) {
    const act = OVERLAY_COMMANDS[command];
    if (act === "toggle") this.toggleOverlay();
    else if (act === "hide") this.hideOverlay();
    else if (act) this.showOverlay();
  }

  showOverlay() {
    if (this.dialog.open) return;
    this.returnTo = deepActive();
    this.dispatchEvent(new Event("show"));
    this.dialog.showModal();
    this.querySelector("[autofocus]")?.focus();
    this.tell("devstore:dim", { composed: true });
    requestAnimationFrame(() => this.dispatchEvent(new Event("aftershow")));
  }

  hideOverlay() {
    this.dialog.close();
  }

  toggleOverlay() {
    if (this.dialog.open) this.hideOverlay();
    else this.showOverlay();
  }

  get isOpen() {
    return this.dialog.open;
  }

  closed() {
    this.dispatchEvent(new Event("hide"));
    this.tell("devstore:dim", { composed: true });
    this.returnTo?.focus?.();
    requestAnimationFrame(() => this.dispatchEvent(new Event("afterhide")));
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    if (this.dialog.open) this.hideOverlay();
  }

  update() {
    this.$("h2").textContent = this.heading;
    attribute(this.dialog, "aria-label", this.accessibilityLabel);
    this.$("footer").classList.toggle("is-used", isFilled(this, "primary-action", "secondary-actions"));
  }
});

function isOutside({ clientX, clientY }, node) {
  const { left, right, top, bottom } = node.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}

/** The focused element, through shadow roots, as the outermost element of the page that keeps it. */
function deepActive() {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement && !active.matches("s-button, s-clickable, s-link")) active = active.shadowRoot.activeElement;
  return active;
}

class PopoverElement extends PolarisElement {
  static css = `
    :host { display: contents; }
    .surface { position: fixed; inset: auto; margin: 0; padding: 0; border: 0; border-radius: 12px; background: #fff; color: var(--text); font: 400 13px/20px var(--font); min-width: 120px; max-width: min(420px, calc(100vw - 16px)); max-height: calc(100vh - 16px);
      overflow: auto; box-shadow: 0 8px 24px rgb(0 0 0 / 18%), 0 0 0 1px rgb(0 0 0 / 8%); }
    .surface:focus { outline: none; }`;
  static html = '<div class="surface" popover="auto" tabindex="-1"><slot></slot></div>';

  build() {
    this.addEventListener("command", (event) => this.obey(event.command, event.source));
    this.surface.addEventListener("beforetoggle", (event) => {
      this.dispatchEvent(new Event(event.newState === "open" ? "show" : "hide"));
      this.dispatchEvent(new ToggleEvent("toggle", event));
    });
    this.surface.addEventListener("toggle", (event) => {
      this.opener?.control?.setAttribute("aria-expanded", String(event.newState === "open"));
      this.dispatchEvent(new Event(event.newState === "open" ? "aftershow" : "afterhide"));
      this.dispatchEvent(new ToggleEvent("aftertoggle", event));
    });
    this.follow = () => this.place();
  }

  get surface() {
    return this.$(".surface");
  }

  get isOpen() {
    return this.surface.matches(":popover-open");
  }

  obey(command, source) {
    const act = OVERLAY_COMMANDS[command];
    this.opener = source ?? this.opener;
    // A click outside has already closed an auto popover when its own opener was pressed: the click must not open it again.
    if (act === "hide" || (act !== "show" && (this.isOpen || this.wasJustClosed()))) this.hideOverlay();
    else if (act) this.showOverlay();
  }

  wasJustClosed() {
    return performance.now() - (this.closedAt ?? -1e9) < 250;
  }

  showOverlay() {
    if (this.isOpen) return;
    this.surface.showPopover();
    this.place();
    addEventListener("scroll", this.follow, true);
    addEventListener("resize", this.follow);
    this.surface.addEventListener("toggle", (event) => {
      if (event.newState !== "closed") return;
      this.closedAt = performance.now();
      removeEventListener("scroll", this.follow, true);
      removeEventListener("resize", this.follow);
    }, { once: true });
    this.opened();
  }

  hideOverlay() {
    if (this.isOpen) this.surface.hidePopover();
  }

  toggleOverlay() {
    if (this.isOpen) this.hideOverlay();
    else this.showOverlay();
  }

  opened() {
    (this.querySelector("[autofocus]") ?? this.surface).focus();
  }

  place() {
    placeBeside(this.surface, this.opener ?? this.parentElement, 4);
  }

  update() {
    const { style } = this.surface;
    for (const [name, property] of [["blocksize", "block-size"], ["inlinesize", "inline-size"], ["maxblocksize", "max-block-size"], ["maxinlinesize", "max-inline-size"], ["minblocksize", "min-block-size"], ["mininlinesize", "min-inline-size"]]) {
      if (this.hasAttribute(name)) style.setProperty(property, this.getAttribute(name));
    }
  }
}

/** Put `surface` under `anchor`, or above it where there is more room, inside the window. */
function placeBeside(surface, anchor, gap) {
  const around = anchor.getBoundingClientRect();
  const { width, height } = surface.getBoundingClientRect();
  const isBelow = around.bottom + gap + height <= innerHeight || around.top < innerHeight - around.bottom;
  const top = isBelow ? around.bottom + gap : around.top - gap - height;
  const isEnd = around.left + width > innerWidth - 8;
  const left = isEnd ? around.right - width : around.left;
  surface.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
  surface.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
}

define("s-popover", class extends PopoverElement {});

define("s-menu", class extends PopoverElement {
  static css = `${PopoverElement.css} .surface { padding: 6px; min-width: 160px; } ::slotted(s-section) { display: block; }`;
  build() {
    super.build();
    this.surface.setAttribute("role", "menu");
    this.surface.addEventListener("keydown", (event) => this.arrowed(event));
    this.addEventListener("click", (event) => event.target.closest("s-button, s-link, s-clickable") && this.hideOverlay());
  }
  get items() {
    return [...this.querySelectorAll("s-button, s-link, s-clickable")].filter((item) => !item.disabled);
  }
  opened() {
    this.items[0]?.focus();
  }
  arrowed(event) {
    const { items } = this;
    const at = items.findIndex((item) => item.matches(":focus, :focus-within"));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined || !items.length) return;
    event.preventDefault();
    items[(to + items.length) % items.length].focus();
  }
  update() {
    attribute(this.surface, "aria-label", this.accessibilityLabel);
  }
});

define("s-tooltip", class extends PolarisElement {
  static css = `
    :host { display: contents; }
    .tip { position: fixed; inset: auto; margin: 0; border: 0; padding: 6px 10px; max-width: 240px; border-radius: 8px; background: #fff; color: var(--text); font: 400 12px/16px var(--font); pointer-events: none;
      box-shadow: 0 4px 16px rgb(0 0 0 / 20%), 0 0 0 1px rgb(0 0 0 / 8%); }`;
  static html = '<div class="tip" popover="manual" role="tooltip"><slot></slot></div>';
  build() {
    this.addEventListener("command", (event) => (OVERLAY_COMMANDS[event.command] === "hide" ? this.hideFor() : this.showFor(event.source)));
  }
  showFor(source) {
    const tip = this.$(".tip");
    if (!tip.matches(":popover-open")) tip.showPopover();
    const around = source.getBoundingClientRect();
    const { width, height } = tip.getBoundingClientRect();
    const top = around.top - height - 6 < 4 ? around.bottom + 6 : around.top - height - 6;
    tip.style.top = `${top}px`;
    tip.style.left = `${Math.max(8, Math.min(around.left + around.width / 2 - width / 2, innerWidth - width - 8))}px`;
  }
  hideFor() {
    const tip = this.$(".tip");
    if (tip.matches(":popover-open")) tip.hidePopover();
  }
});
