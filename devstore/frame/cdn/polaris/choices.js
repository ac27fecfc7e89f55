// Choosing: checkbox, switch, choice list, select.

class ToggleElement extends Field {
  buildControl() {
    const { box } = this;
    box.addEventListener("input", () => {
      this.isOn = box.checked;
      this.isMixed = false;
      this.shown();
    });
    box.addEventListener("change", () => this.tell("change"));
    box.addEventListener("keydown", (event) => submitOnEnter(this, event));
  }

  get box() {
    return this.$("#control");
  }

  get checked() {
    return this.isOn ?? this.defaultChecked;
  }

  set checked(value) {
    this.isOn = Boolean(value);
    this.shown();
  }

  get defaultChecked() {
    return this.hasAttribute("checked");
  }

  set defaultChecked(value) {
    this.toggleAttribute("checked", Boolean(value));
  }

  get value() {
    return this.getAttribute("value") ?? "on";
  }

  set value(value) {
    this.setAttribute("value", value);
  }

  formResetCallback() {
    this.isOn = undefined;
    this.isMixed = undefined;
    this.shown();
  }

  formStateRestoreCallback(state) {
    this.checked = state === "checked";
  }

  shown() {
    this.box.checked = this.checked;
    this.internals.setFormValue(this.checked ? this.value : null, this.checked ? "checked" : "unchecked");
  }

  update() {
    super.update();
    attribute(this.box, "aria-label", this.accessibilityLabel);
  }

  click() {
    this.box.click();
  }
}

const TOGGLE_CSS = `${FIELD_CSS}
  .row { display: flex; gap: 8px; align-items: flex-start; }
  .words { display: grid; gap: 0; min-width: 0; }
  .label { cursor: pointer; }
  input { appearance: none; margin: 0; flex: none; cursor: pointer; }
  input:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
  input:disabled { cursor: default; }`;

const TICK_CSS = `
  input[type="checkbox"] { width: 18px; height: 18px; margin-block-start: 1px; border: 1px solid var(--field); border-radius: 5px; background: #fdfdfd; position: relative; }
  input[type="checkbox"]:hover { border-color: #4a4a4a; background-color: #fafafa; }
  input[type="checkbox"]:is(:checked, :indeterminate) { border-color: #303030; background-color: #303030; }
  input[type="checkbox"]:is(:checked, :indeterminate)::after { content: ""; position: absolute; inset: 42% auto auto 50%; width: 5px; height: 9px; border: solid #fff; border-width: 0 2px 2px 0; translate: -50% -50%; rotate: 45deg; }
  input[type="checkbox"]:indeterminate::after { inset-block-start: 50%; width: 8px; height: 2px; border-width: 0 0 2px; rotate: 0deg; }
  input[type="radio"] { width: 18px; height: 18px; margin-block-start: 1px; border: 1px solid var(--field); border-radius: 50%; background: #fdfdfd; }
  input[type="radio"]:hover { border-color: #4a4a4a; } input[type="radio"]:checked { border: 5.5px solid #303030; background: #fff; }
  :host(:state(wrong)) input { border-color: #c4280d; background-color: #fff2f0; }
  input:disabled, input:disabled:is(:checked, :indeterminate) { border-color: #d4d4d4; background-color: #ececec; }
  input[type="checkbox"]:disabled:is(:checked, :indeterminate) { background-color: #c4c4c4; }
  @media (max-width: 520px) { input:is([type="checkbox"], [type="radio"]) { width: 20px; height: 20px; margin-block-start: 0; } }`;

const toggleHtml = (input) => `<div class="field"><div class="row">${input}<div class="words"><label class="label" for="control"></label>${BELOW_FIELD}</div></div></div>`;

define("s-checkbox", class extends ToggleElement {
  static css = TOGGLE_CSS + TICK_CSS;
  static html = toggleHtml('<input id="control" type="checkbox">');
  get indeterminate() {
    return this.isMixed ?? this.hasAttribute("indeterminate");
  }
  set indeterminate(value) {
    this.isMixed = Boolean(value);
    this.shown();
  }
  get defaultIndeterminate() {
    return this.hasAttribute("indeterminate");
  }
  shown() {
    super.shown();
    this.box.indeterminate = this.indeterminate;
  }
});

define("s-switch", class extends ToggleElement {
  static css = `${TOGGLE_CSS}
    input { width: 34px; height: 20px; border-radius: 10px; background: #8a8a8a; position: relative; transition: background .15s; }
    input::after { content: ""; position: absolute; inset-block-start: 2px; inset-inline-start: 2px; width: 16px; height: 16px; border-radius: 50%; background: #fff; transition: translate .15s; box-shadow: 0 1px 2px rgb(0 0 0 / 25%); }
    input:hover { background: #6d6d6d; } input:checked { background: #303030; } input:checked::after { translate: 14px; } input:disabled { background: #d4d4d4; }`;
  static html = toggleHtml('<input id="control" type="checkbox" role="switch">');
});

define("s-choice", class extends PolarisElement {
  static css = `${TOGGLE_CSS}${TICK_CSS} label { cursor: pointer; } .more { padding-block-start: 8px; } .more:not(.is-used) { display: none; } :host(:state(off)) { color: #a0a0a0; } :host(:state(off)) label { cursor: default; }`;
  static html = `
    <div class="row"><input id="control" type="radio"><div class="words"><label for="control"><slot></slot></label><div class="details"><slot name="details"></slot></div>
    <div class="more"><slot name="secondary-content"></slot></div></div></div>`;
  static delegatesFocus = true;

  build() {
    watchSlots(this);
    this.box.addEventListener("change", () => {
      this.isOn = this.box.checked;
      this.list?.picked(this);
    });
    this.box.addEventListener("input", (event) => event.stopPropagation());
    this.box.addEventListener("keydown", (event) => this.list?.arrowed(this, event));
  }

  get box() {
    return this.$("#control");
  }

  get list() {
    const list = this.closest("s-choice-list");
    return list instanceof PolarisElement ? list : null; // where the script comes late, choices become elements before their list
  }

  get selected() {
    return this.isOn ?? this.defaultSelected;
  }

  set selected(value) {
    this.isOn = Boolean(value);
    this.shown();
    this.list?.shown();
  }

  get defaultSelected() {
    return this.hasAttribute("selected");
  }

  set defaultSelected(value) {
    this.toggleAttribute("selected", Boolean(value));
  }

  /** The words of the choice itself, without its details. */
  get words() {
    return [...this.childNodes].filter((node) => !node.slot).map((node) => node.textContent).join("").trim();
  }

  shown() {
    this.box.checked = this.selected;
    this.$(".more").classList.toggle("is-used", this.selected && isFilled(this, "secondary-content"));
  }

  update() {
    this.box.type = this.list?.multiple ? "checkbox" : "radio";
    this.box.disabled = this.disabled || Boolean(this.list?.isOff);
    this.mark("off", this.box.disabled);
    attribute(this.box, "aria-label", this.accessibilityLabel || this.words);
    this.$(".details").classList.toggle("is-used", isFilled(this, "details"));
    this.shown();
    this.list?.shown();
  }
});

define("s-choice-list", class extends Field {
  static css = `${FIELD_CSS} .choices { display: grid; gap: 8px; } .label { font-weight: 400; padding-block-end: 4px; }`;
  static html = `<div class="field" role="group" aria-labelledby="label"><div class="label" id="label"></div><div class="choices"><slot></slot></div>${BELOW_FIELD}</div>`;
  static delegatesFocus = false;

  get choices() {
    return [...this.querySelectorAll("s-choice")];
  }

  get values() {
    return this.choices.filter((choice) => choice.selected).map((choice) => choice.value);
  }

  set values(values) {
    for (const choice of this.choices) choice.selected = values.includes(choice.value);
    this.shown();
  }

  get value() {
    return this.values[0] ?? "";
  }

  /** A choice was ticked by the reader: the others of a single list are cleared. */
  picked(chosen) {
    if (!this.multiple) for (const choice of this.choices) if (choice !== chosen) { choice.isOn = false; choice.shown(); }
    chosen.shown();
    this.shown();
    this.tell("input", { composed: true });
    this.tell("change");
  }

  arrowed(from, event) {
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!by || this.multiple) return;
    event.preventDefault();
    const open = this.choices.filter((choice) => !choice.box.disabled);
    const next = open[(open.indexOf(from) + by + open.length) % open.length];
    next.isOn = true;
    next.focus();
    this.picked(next);
  }

  formResetCallback() {
    for (const choice of this.choices) {
      choice.isOn = undefined;
      choice.shown();
    }
    this.shown();
  }

  formStateRestoreCallback() {}

  shown() {
    const { choices } = this;
    const data = new FormData();
    for (const value of this.values) data.append(this.getAttribute("name") ?? "", value);
    this.internals.setFormValue(this.getAttribute("name") ? data : null);
    const tabStop = choices.find((choice) => choice.selected) ?? choices[0];
    for (const choice of choices) if (choice.box) choice.box.tabIndex = this.multiple || choice === tabStop ? 0 : -1;
  }

  update(name) {
    dressField(this);
    this.$(".field").setAttribute("role", this.multiple ? "group" : "radiogroup");
    if (["multiple", "disabled"].includes(name)) for (const choice of this.choices) choice.update();
    this.shown();
  }
});

define("s-option", class extends PolarisElement {
  static css = ":host { display: none; }";
  get selected() {
    return this.isOn ?? this.hasAttribute("selected");
  }
  set selected(value) {
    this.isOn = Boolean(value);
    this.closest("s-select")?.rebuild();
  }
  get value() {
    return this.getAttribute("value") ?? this.textContent.trim();
  }
  set value(value) {
    this.setAttribute("value", value);
  }
});

define("s-option-group", class extends PolarisElement {
  static css = ":host { display: none; }";
});

define("s-select", class extends Field {
  static css = `${FIELD_CSS}${BOX_CONTROL_CSS}
    .control { padding: 0 8px 0 12px; position: relative; cursor: pointer; background: #fff; } select { appearance: none; cursor: pointer; padding-inline-end: 20px !important; text-overflow: ellipsis; }
    .arrow { position: absolute; inset-inline-end: 8px; pointer-events: none; display: flex; color: #4a4a4a; } :host(:state(empty)) select { color: #767676; }
    option, optgroup { color: var(--text); } slot.options { display: none; }`;
  static html = fieldHtml('<select id="control"></select>').replace('<slot name="accessory"></slot>', `<span class="arrow">${iconSvg("select", 16)}</span>`) + '<slot class="options"></slot>';

  buildControl() {
    const { select } = this;
    select.addEventListener("input", () => {
      this.current = select.value;
      this.shown();
    });
    select.addEventListener("change", () => this.tell("change"));
    new MutationObserver(() => this.rebuild()).observe(this, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["value", "selected", "disabled", "label"] });
  }

  get select() {
    return this.$("#control");
  }

  get options() {
    return [...this.querySelectorAll("s-option")];
  }

  get defaultValue() {
    const chosen = this.options.find((option) => option.selected);
    return this.getAttribute("value") ?? chosen?.value ?? (this.placeholder ? "" : this.options.find((option) => !option.disabled)?.value ?? "");
  }

  rebuild() {
    const html = (nodes) => nodes.map((node) => {
      if (node.localName === "s-option-group") return `<optgroup label="${escapeHtml(node.label)}" ${node.disabled ? "disabled" : ""}>${html([...node.children])}</optgroup>`;
      if (node.localName !== "s-option") return "";
      return `<option value="${escapeHtml(node.value)}" ${node.disabled ? "disabled" : ""}>${escapeHtml(node.textContent.trim())}</option>`;
    }).join("");
    const blank = this.placeholder ? `<option value="" disabled hidden>${escapeHtml(this.placeholder)}</option>` : "";
    this.select.innerHTML = blank + html([...this.children]);
    this.shown();
  }

  shown() {
    this.select.value = this.value;
    this.mark("empty", !this.value);
    this.internals.setFormValue(this.value, this.value);
  }

  update() {
    dressField(this);
    this.$(".before").innerHTML = this.icon ? iconSvg(this.icon, 16) : "";
    this.rebuild();
  }
});
