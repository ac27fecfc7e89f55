// Text-like fields: form-associated, a label above, an error in red below, details after it. A field never blocks its form:
// the page decides what is wrong and says so with `error`, as the published elements do.

/** A form-associated element with a value whose default is the attribute `value`. */
class Field extends PolarisElement {
  static formAssociated = true;
  static delegatesFocus = true;

  build() {
    this.current = null;
    this.buildControl?.();
    watchSlots(this);
  }

  get value() {
    return this.current ?? this.defaultValue;
  }

  set value(value) {
    this.current = value === null || value === undefined ? "" : String(value);
    this.shown();
  }

  get defaultValue() {
    return this.getAttribute("value") ?? "";
  }

  set defaultValue(value) {
    this.setAttribute("value", value);
  }

  get form() {
    return this.internals.form;
  }

  get validity() {
    return this.internals.validity;
  }

  get validationMessage() {
    return this.internals.validationMessage;
  }

  checkValidity() {
    return this.internals.checkValidity();
  }

  reportValidity() {
    return this.internals.reportValidity();
  }

  get isOff() {
    return this.disabled || Boolean(this.isFormOff);
  }

  formDisabledCallback(isDisabled) {
    this.isFormOff = isDisabled;
    if (this.isPlaced) this.update();
  }

  formResetCallback() {
    this.current = null;
    this.shown();
  }

  formStateRestoreCallback(state) {
    if (typeof state === "string") this.value = state;
  }

  /** The value changed: draw it and hand it to the form. */
  shown() {
    this.internals.setFormValue(this.value);
  }

  update() {
    dressField(this);
    this.shown();
  }
}

const FIELD_CSS = `
  :host { display: block; min-width: 0; color: var(--text); font: 400 13px/20px var(--font); }
  .field { display: grid; gap: 4px; min-width: 0; }
  .label { font-weight: 400; }
  .error { display: flex; gap: 4px; color: var(--critical); align-items: flex-start; } .error svg { flex: none; margin-block-start: 2px; }
  .details { color: var(--subdued); }
  .error:not(.is-used), .details:not(.is-used) { display: none; }
  :host(:state(off)) .label, :host(:state(off)) .details { color: #a0a0a0; }
  @media (max-width: 520px) { :host { font-size: 14px; } }`;

const BOX_CONTROL_CSS = `
  .control { display: flex; align-items: center; gap: 6px; min-height: 32px; padding: 0 12px; border: 1px solid var(--field); border-radius: 8px; background: #fdfdfd; min-width: 0; cursor: text; }
  .control:hover { border-color: #616161; background: #fafafa; }
  .control:focus-within { border-color: var(--focus); outline: 1px solid var(--focus); background: #fff; }
  .control :is(input, textarea, select) { flex: 1; min-width: 0; width: 100%; border: 0; outline: 0; padding: 5px 0; margin: 0; background: none; line-height: 20px; }
  .control ::placeholder { color: #767676; opacity: 1; }
  .affix { color: var(--subdued); white-space: nowrap; display: flex; align-items: center; } .affix:empty { display: none; }
  :host(:state(wrong)) .control { border-color: #c4280d; background: #fff2f0; }
  :host(:state(off)) .control { background: #f2f2f2; border-color: #e0e0e0; color: #a0a0a0; cursor: default; } :host(:state(off)) .affix { color: #a0a0a0; }
  :host([readonly]) .control { background: #f4f4f4; border-color: #d4d4d4; }
  @media (max-width: 520px) { .control { min-height: 40px; } .control :is(input, textarea, select) { font-size: 16px; padding-block: 8px; } }`;

const BELOW_FIELD = `
  <div class="error" id="error" role="alert">${iconSvg("alert-circle", 16)}<span><span class="error-text"></span><slot name="error"></slot></span></div>
  <div class="details" id="details"><span class="details-text"></span><slot name="details"></slot></div>`;

const fieldHtml = (control) => `
  <div class="field"><label class="label" for="control"></label>
  <div class="control"><span class="affix before"></span>${control}<span class="affix after"></span><slot name="accessory"></slot></div>${BELOW_FIELD}</div>`;

/** Label, error and details around any field, and the names that assistive technology reads. */
function dressField(host) {
  const label = host.$(".label");
  const isWrong = Boolean(host.error) || isFilled(host, "error");
  const hasDetails = Boolean(host.details) || isFilled(host, "details");
  if (label) {
    label.textContent = host.label;
    label.classList.toggle("only-read", host.labelAccessibilityVisibility === "exclusive");
    label.hidden = !host.label;
    label.style.display = host.label ? "" : "none";
  }
  host.$(".error-text").textContent = host.error;
  host.$(".error").classList.toggle("is-used", isWrong);
  host.$(".details-text").textContent = host.details;
  host.$(".details").classList.toggle("is-used", hasDetails);
  host.mark("wrong", isWrong);
  host.mark("off", host.isOff);
  const control = host.$("#control");
  if (!control) return;
  attribute(control, "aria-invalid", isWrong ? "true" : null);
  attribute(control, "aria-describedby", [isWrong && "error", hasDetails && "details"].filter(Boolean).join(" "));
  attribute(control, "aria-required", host.required ? "true" : null);
  control.disabled = host.isOff;
}

/** Enter in a one-line field presses the form's first submit button, as in a native input. */
function submitOnEnter(host, event) {
  if (event.key !== "Enter" || event.defaultPrevented || event.isComposing || !host.form) return;
  const isSubmit = (element) => element.matches('s-button[type="submit"], s-clickable[type="submit"], button:not([type]), button[type="submit"], input[type="submit"]');
  const button = [...host.form.elements].find(isSubmit);
  if (button) button.click();
  else host.form.requestSubmit();
}

class TextElement extends Field {
  static css = FIELD_CSS + BOX_CONTROL_CSS;
  static html = fieldHtml('<input id="control" type="text">');

  buildControl() {
    const { input } = this;
    input.addEventListener("input", () => this.typed());
    input.addEventListener("change", () => {
      this.typed();
      this.tell("change");
    });
    input.addEventListener("keydown", (event) => submitOnEnter(this, event));
    this.$(".control").addEventListener("pointerdown", (event) => {
      if (event.target.closest("input, textarea, button, slot[name=accessory]") || event.composedPath()[0].closest?.("[slot=accessory]")) return;
      event.preventDefault();
      input.focus();
    });
  }

  get input() {
    return this.$("#control");
  }

  typed() {
    this.current = this.input.value;
    this.internals.setFormValue(this.value, this.value);
  }

  shown() {
    if (this.input.value !== this.value) this.input.value = this.value;
    this.internals.setFormValue(this.value, this.value);
  }

  update() {
    const { input } = this;
    input.readOnly = Boolean(this.readOnly);
    attribute(input, "placeholder", this.placeholder);
    attribute(input, "autocomplete", this.autocomplete);
    attribute(input, "maxlength", Number.isFinite(this.maxLength) ? this.maxLength : null);
    attribute(input, "minlength", Number.isFinite(this.minLength) ? this.minLength : null);
    this.$(".before").textContent = this.prefixText();
    this.$(".after").textContent = this.getAttribute("suffix") ?? "";
    if (this.icon) this.$(".before").insertAdjacentHTML("afterbegin", iconSvg(this.icon, 16));
    super.update();
  }

  prefixText() {
    return this.getAttribute("prefix") ?? "";
  }

  focus(options) {
    this.input.focus(options);
  }

  select() {
    this.input.select();
  }
}

define("s-text-field", class extends TextElement {});

for (const [tag, type] of [["s-email-field", "email"], ["s-url-field", "url"], ["s-password-field", "password"]]) {
  define(tag, class extends TextElement {
    static html = fieldHtml(`<input id="control" type="${type}">`);
  });
}

define("s-search-field", class extends TextElement {
  static css = `${FIELD_CSS}${BOX_CONTROL_CSS} input::-webkit-search-cancel-button { display: none; } .clear { display: none; border: 0; background: none; padding: 2px; border-radius: 6px; cursor: pointer; color: var(--subdued); } .clear.is-used { display: flex; }`;
  static html = fieldHtml(`<input id="control" type="search"><button class="clear" type="button" aria-label="Clear">${iconSvg("x-circle", 16)}</button>`);
  buildControl() {
    super.buildControl();
    this.$(".clear").addEventListener("click", () => {
      this.value = "";
      this.tell("input", { composed: true });
      this.tell("change");
      this.input.focus();
    });
  }
  typed() {
    super.typed();
    this.$(".clear").classList.toggle("is-used", Boolean(this.value));
  }
  shown() {
    super.shown();
    this.$(".clear").classList.toggle("is-used", Boolean(this.value));
  }
  update() {
    super.update();
    this.$(".before").innerHTML = iconSvg("search", 16);
    if (!this.label) this.input.setAttribute("aria-label", this.placeholder || "Search");
  }
});

define("s-text-area", class extends TextElement {
  static css = `${FIELD_CSS}${BOX_CONTROL_CSS} .control { padding-block: 2px; } textarea { resize: vertical; min-height: 28px; display: block; }`;
  static html = fieldHtml('<textarea id="control"></textarea>');
  update() {
    this.input.rows = this.rows || 2;
    super.update();
  }
  buildControl() {
    super.buildControl();
    this.input.addEventListener("keydown", (event) => event.key === "Enter" && event.stopImmediatePropagation(), true);
  }
});

/** Numbers: typed freely (the page judges), stepped with the arrow keys or the small buttons within min and max. */
class NumberElement extends TextElement {
  static css = `${FIELD_CSS}${BOX_CONTROL_CSS}
    input { font-variant-numeric: tabular-nums; }
    .steps { display: none; flex-direction: column; margin-inline-end: -8px; } .control:is(:hover, :focus-within) .steps { display: flex; }
    .steps button { display: flex; border: 0; padding: 0 2px; height: 13px; align-items: center; background: #ebebeb; border-radius: 4px; cursor: pointer; margin-block: .5px; } .steps button:hover { background: #d9d9d9; }
    :host(:state(off)) .steps, :host([readonly]) .steps { display: none !important; }
    @media (max-width: 520px) { .steps { display: none !important; } }`;
  static html = fieldHtml('<input id="control" type="text" inputmode="decimal">').replace('<slot name="accessory">',
    `<span class="steps"><button type="button" tabindex="-1" aria-hidden="true" data-by="1">${iconSvg("caret-up", 12)}</button><button type="button" tabindex="-1" aria-hidden="true" data-by="-1">${iconSvg("caret-down", 12)}</button></span><slot name="accessory">`);

  buildControl() {
    super.buildControl();
    this.input.addEventListener("keydown", (event) => {
      const by = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
      if (!by) return;
      event.preventDefault();
      this.stepBy(by);
    });
    this.$(".steps").addEventListener("click", (event) => this.stepBy(Number(event.target.closest("button")?.dataset.by ?? 0)));
  }

  stepBy(by) {
    if (this.isOff || this.readOnly || !by) return;
    const step = this.step > 0 ? this.step : 1;
    const places = (String(step).split(".")[1] ?? "").length;
    const start = Number(this.value.replace(",", "."));
    const wanted = Math.min(Math.max((Number.isFinite(start) ? start : 0) + by * step, this.min ?? -Infinity), this.max ?? Infinity);
    this.value = wanted.toFixed(Math.max(places, 0));
    this.tell("input", { composed: true });
    this.tell("change");
  }

  update() {
    this.input.inputMode = this.getAttribute("inputmode") || "decimal";
    super.update();
  }
}

define("s-number-field", class extends NumberElement {});

define("s-money-field", class extends NumberElement {
  prefixText() {
    const code = this.currencyCode && this.currencyCode !== "auto" ? this.currencyCode : document.documentElement.dataset.currency || "USD";
    return new Intl.NumberFormat("en", { style: "currency", currency: code, currencyDisplay: "narrowSymbol" }).formatToParts(0).find((part) => part.type === "currency").value;
  }
});
