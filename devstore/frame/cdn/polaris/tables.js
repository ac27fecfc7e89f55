// Tables: columns on wide screens; on narrow ones every row becomes an entry, arranged by its headers' listSlot.

const LIST_WIDTH = 560;

define("s-table", class extends PolarisElement {
  static css = `
    :host { display: block; min-width: 0; color: var(--text); font: 400 13px/20px var(--font); position: relative; }
    .filters { padding: 8px 12px; } .filters:not(.is-used) { display: none; }
    .scroll { overflow-x: auto; }
    .grid { display: table; width: 100%; border-collapse: collapse; }
    :host(:state(list)) .grid, :host(:state(list)) .scroll { display: block; }
    .pages { display: none; justify-content: center; gap: 2px; padding: 8px; background: #fafafa; } :host([paginate]) .pages { display: flex; }
    .pages button { display: flex; padding: 5px 10px; border: 0; border-radius: 8px; background: #ededed; cursor: pointer; } .pages button:first-child { border-end-end-radius: 0; border-start-end-radius: 0; } .pages button:last-child { border-end-start-radius: 0; border-start-start-radius: 0; }
    .pages button:hover:enabled { background: #e0e0e0; } .pages button:disabled { color: #b5b5b5; cursor: default; background: #f4f4f4; } .pages button:focus-visible { outline: 2px solid var(--focus); }
    .wheel { position: absolute; inset: 0; display: none; place-items: center; background: rgb(255 255 255 / 65%); color: #5c5f62; } :host([loading]) .wheel { display: grid; }
    ${SPIN_CSS}`;
  static html = `
    <div class="filters"><slot name="filters"></slot></div>
    <div class="scroll"><div class="grid" role="table"><slot></slot></div></div>
    <div class="pages"><button type="button" data-go="previouspage" aria-label="Previous page">${iconSvg("chevron-left", 16)}</button><button type="button" data-go="nextpage" aria-label="Next page">${iconSvg("chevron-right", 16)}</button></div>
    <div class="wheel">${SPINNER(28)}</div>`;

  build() {
    watchSlots(this);
    this.$(".pages").addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.tell(button.dataset.go);
    });
    this.widthWatch = new ResizeObserver(() => this.arrange());
    this.rowWatch = new MutationObserver(() => this.arrange(true));
  }

  connectedCallback() {
    super.connectedCallback();
    this.widthWatch.observe(this);
    this.rowWatch.observe(this, { childList: true, subtree: true, attributes: true, attributeFilter: ["listslot", "format"] });
    queueMicrotask(() => this.arrange(true));
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.widthWatch.disconnect();
    this.rowWatch.disconnect();
  }

  update() {
    this.$(".filters").classList.toggle("is-used", isFilled(this, "filters"));
    this.$("[data-go=previouspage]").disabled = !this.hasPreviousPage;
    this.$("[data-go=nextpage]").disabled = !this.hasNextPage;
    attribute(this.$(".grid"), "aria-busy", this.loading ? "true" : null);
    this.arrange(true);
  }

  /** Tell rows and cells whether they stand in columns or in a list, and which header each cell belongs to. */
  arrange(isForced = false) {
    const width = this.getBoundingClientRect().width;
    const isList = this.variant === "list" || (width > 0 && width < LIST_WIDTH);
    if (!isForced && isList === this.isList) return;
    this.isList = isList;
    this.mark("list", isList);
    const headers = [...this.querySelectorAll("s-table-header")];
    for (const part of this.querySelectorAll("s-table-header-row, s-table-body, s-table-row")) part.mark?.("list", isList);
    for (const header of headers) header.mark?.("list", isList);
    for (const row of this.querySelectorAll("s-table-row")) {
      [...row.children].filter((cell) => cell.localName === "s-table-cell").forEach((cell, at) => cell.stand?.(headers[at], isList));
    }
  }
});

define("s-table-header-row", class extends PolarisElement {
  static css = ":host { display: table-row; background: #f7f7f7; } :host(:state(list)) { display: none; }";
  static role = "row";
});

define("s-table-header", class extends PolarisElement {
  static css = `
    :host { display: table-cell; padding: 8px 12px; font-weight: 550; font-size: 12px; line-height: 16px; color: var(--subdued); text-align: start; white-space: nowrap; border-block: 1px solid var(--line); }
    :host(:first-child) { padding-inline-start: 16px; } :host(:last-child) { padding-inline-end: 16px; }
    :host([format="numeric"]), :host([format="currency"]) { text-align: end; }`;
  static role = "columnheader";
});

define("s-table-body", class extends PolarisElement {
  static css = ":host { display: table-row-group; } :host(:state(list)) { display: block; }";
  static role = "rowgroup";
});

define("s-table-row", class extends PolarisElement {
  static css = `
    :host { display: table-row; position: relative; }
    :host(:hover) { background: #fafafa; } :host([clickdelegate]) { cursor: pointer; }
    :host(:state(list)) { display: grid; grid-template-columns: minmax(0, 1fr) auto; column-gap: 12px; row-gap: 2px; padding: 12px 16px; border-block-end: 1px solid var(--line); }
    :host(:state(list):last-child) { border-block-end: 0; }`;
  static role = "row";
  build() {
    this.addEventListener("click", (event) => {
      const delegate = this.clickDelegate && this.getRootNode().getElementById(this.clickDelegate);
      const isOnControl = event.composedPath().some((node) => node.matches?.("a, button, input, select, textarea, label, s-button, s-link, s-clickable"));
      if (!delegate || isOnControl || getSelection().toString()) return;
      (delegate.control ?? delegate).click();
    });
  }
});

define("s-table-cell", class extends PolarisElement {
  static css = `
    :host { display: table-cell; padding: 8px 12px; vertical-align: middle; border-block-end: 1px solid #ededed; overflow-wrap: anywhere; }
    :host(:first-child) { padding-inline-start: 16px; } :host(:last-child) { padding-inline-end: 16px; }
    :host(:state(primary)) { min-inline-size: 8em; }
    :host(:state(end)) { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; }
    .name { display: none; color: var(--subdued); }
    :host(:state(list)) { display: block; min-inline-size: 0; padding: 0; border: 0; order: 3; grid-column: 1 / -1; text-align: start; white-space: normal; }
    :host(:state(list):state(labeled)) { display: flex; justify-content: space-between; gap: 12px; } :host(:state(list):state(labeled)) .name { display: block; flex: none; }
    :host(:state(list):state(kicker)) { order: 0; color: var(--subdued); font-size: 12px; }
    :host(:state(list):state(primary)) { order: 1; grid-column: 1; font-weight: 600; }
    :host(:state(list):state(inline)) { order: 1; grid-column: 2; align-self: center; }
    :host(:state(list):state(secondary)) { order: 2; color: var(--subdued); }`;
  static html = '<span class="name"></span><span class="value"><slot></slot></span>';
  static role = "cell";
  stand(header, isList) {
    const place = header?.listSlot || "labeled";
    for (const name of ["primary", "secondary", "inline", "kicker", "labeled"]) this.mark(name, place === name);
    this.mark("end", ["numeric", "currency"].includes(header?.format));
    this.mark("list", isList);
    this.$(".name").textContent = header?.textContent.trim() ?? "";
  }
});
