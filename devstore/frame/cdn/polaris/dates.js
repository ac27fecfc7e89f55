// Dates are text, YYYY-MM-DD; a range is "from--to"; the month shown is YYYY-MM.

const DAY_NAMES = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

const dateText = (year, month, day) => new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10);
const isDate = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
const todayText = () => { const now = new Date(); return dateText(now.getFullYear(), now.getMonth(), now.getDate()); };

/** Whether a date may be picked, by the lists allow/disallow ("2026-01", "2026-01-05--2026-02-01", "--2026-03-01") and weekday names. */
function isAllowedDate(host, date) {
  const day = DAY_NAMES[new Date(`${date}T00:00Z`).getUTCDay()];
  const inDays = (text) => text.split(",").map((name) => name.trim().toLowerCase()).includes(day);
  const inDates = (text) => text.split(",").map((part) => part.trim()).filter(Boolean).some((part) => {
    if (!part.includes("--")) return date.startsWith(part);
    const [from, to] = part.split("--");
    return (!from || date >= from) && (!to || date.slice(0, to.length) <= to);
  });
  if (host.allow && !inDates(host.allow)) return false;
  if (host.allowDays && !inDays(host.allowDays)) return false;
  return !(host.disallow && inDates(host.disallow)) && !(host.disallowDays && inDays(host.disallowDays));
}

const CALENDAR_CSS = `
  .months { display: flex; gap: 20px; flex-wrap: wrap; } .month { width: 232px; }
  .bar { display: flex; align-items: center; justify-content: space-between; margin-block-end: 8px; font-weight: 600; } .bar button { visibility: hidden; } .month:first-child .bar [data-by="-1"], .month:last-child .bar [data-by="1"] { visibility: visible; }
  .bar button { display: flex; padding: 4px; border: 0; border-radius: 8px; background: none; cursor: pointer; } .bar button:hover { background: #f1f1f1; }
  .days { display: grid; grid-template-columns: repeat(7, 1fr); text-align: center; } .days span { color: var(--subdued); font-size: 12px; padding: 4px 0; }
  .days button { height: 32px; border: 0; border-radius: 8px; background: none; cursor: pointer; font-size: 12px; font-variant-numeric: tabular-nums; } .days button:hover:enabled { background: #ebebeb; }
  .days button:disabled { color: #b5b5b5; cursor: default; } .days .is-today { font-weight: 700; text-decoration: underline; } .days .is-between { background: #ebebeb; border-radius: 0; } .days .is-picked { background: #303030 !important; color: #fff; }
  button:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }`;

/** HTML of one month with the picked date or range marked. */
function monthHtml(host, year, month) {
  const [from, to] = host.value.split("--");
  const first = new Date(Date.UTC(year, month, 1));
  const blanks = (first.getUTCDay() + 6) % 7;
  const count = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const title = first.toLocaleDateString(undefined, { month: "long", year: "numeric", timeZone: "UTC" });
  const names = [1, 2, 3, 4, 5, 6, 7].map((day) => `<span>${new Date(Date.UTC(2024, 0, day)).toLocaleDateString(undefined, { weekday: "narrow", timeZone: "UTC" })}</span>`).join("");
  const days = Array.from({ length: count }, (_, at) => {
    const date = dateText(year, month, at + 1);
    const marks = [date === from || date === to ? "is-picked" : to && date > from && date < to ? "is-between" : "", date === todayText() ? "is-today" : ""].join(" ");
    return `<button type="button" data-date="${date}" class="${marks}" ${isAllowedDate(host, date) ? "" : "disabled"} ${date === from ? 'aria-pressed="true"' : ""} tabindex="-1">${at + 1}</button>`;
  }).join("");
  const arrow = (by, name, word) => `<button type="button" data-by="${by}" aria-label="${word}">${iconSvg(name, 16)}</button>`;
  return `<div class="month"><div class="bar">${arrow(-1, "chevron-left", "Previous month")}<span aria-live="polite">${title}</span>${arrow(1, "chevron-right", "Next month")}</div>
    <div class="days">${names}${'<i></i>'.repeat(blanks)}${days}</div></div>`;
}

/** A calendar that lives in `node`, reads `host.value` and calls `host.pickDate(date)`. */
class Calendar {
  constructor(host, node) {
    this.host = host;
    this.node = node;
    node.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button?.dataset.by) this.turn(Number(button.dataset.by));
      else if (button?.dataset.date) host.pickDate(button.dataset.date);
    });
    node.addEventListener("keydown", (event) => this.arrowed(event));
  }

  get view() {
    const from = this.host.value.split("--")[0];
    return this.month ?? (this.host.getAttribute("view") || (isDate(from) ? from : todayText())).slice(0, 7);
  }

  turn(by) {
    const [year, month] = this.view.split("-").map(Number);
    this.month = dateText(year, month - 1 + by, 1).slice(0, 7);
    this.draw();
    this.host.dispatchEvent(new CustomEvent("viewchange", { bubbles: true, detail: { view: this.month } }));
  }

  arrowed(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 7, ArrowUp: -7 }[event.key];
    const from = event.target.dataset?.date;
    if (!by || !from) return;
    event.preventDefault();
    const [year, month, day] = from.split("-").map(Number);
    this.focusDate(dateText(year, month - 1, day + by));
  }

  focusDate(date) {
    if (date.slice(0, 7) !== this.view && !this.node.querySelector(`[data-date="${date}"]`)) {
      this.month = date.slice(0, 7);
      this.draw();
    }
    this.node.querySelector(`[data-date="${date}"]`)?.focus();
  }

  draw() {
    const [year, month] = this.view.split("-").map(Number);
    const count = this.host.monthCount ?? 1;
    this.node.innerHTML = Array.from({ length: count }, (_, at) => monthHtml(this.host, year, month - 1 + at)).join("");
    const stop = this.node.querySelector(".is-picked, .is-today") ?? this.node.querySelector("[data-date]:enabled");
    if (stop) stop.tabIndex = 0;
  }
}

define("s-date-picker", class extends Field {
  static css = `:host { display: inline-block; color: var(--text); font: 400 13px/20px var(--font); } ${CALENDAR_CSS}`;
  static html = '<div class="months"></div>';
  buildControl() {
    this.calendar = new Calendar(this, this.$(".months"));
  }
  get monthCount() {
    if (this.visibleMonths === "auto" || !this.visibleMonths) return this.type === "range" && this.getBoundingClientRect().width > 490 ? 2 : 1;
    return Number(this.visibleMonths);
  }
  pickDate(date) {
    const [from, to] = this.value.split("--");
    this.value = this.type !== "range" || !from || to || date < from ? date : `${from}--${date}`;
    this.tell("input");
    this.tell("change");
    this.calendar.focusDate(date);
  }
  shown() {
    super.shown();
    this.calendar.draw();
  }
  update() {
    this.shown();
  }
});

define("s-date-field", class extends TextElement {
  static css = `${FIELD_CSS}${BOX_CONTROL_CSS}${CALENDAR_CSS}
    .open { display: flex; border: 0; background: none; padding: 2px; margin-inline-end: -6px; border-radius: 6px; cursor: pointer; color: #4a4a4a; } .open:hover { background: #ebebeb; }
    .sheet { position: fixed; inset: auto; margin: 0; padding: 12px; border: 0; border-radius: 12px; background: #fff; box-shadow: 0 8px 24px rgb(0 0 0 / 18%), 0 0 0 1px rgb(0 0 0 / 8%); }`;
  static html = `${fieldHtml(`<input id="control" type="text" inputmode="numeric"><button class="open" type="button" aria-label="Open calendar">${iconSvg("calendar", 16)}</button>`)}<div class="sheet" popover="auto"><div class="months"></div></div>`;

  buildControl() {
    super.buildControl();
    this.calendar = new Calendar(this, this.$(".months"));
    this.input.addEventListener("change", () => this.value && !isDate(this.value) && this.dispatchEvent(new Event("invalid")));
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown") return;
      event.preventDefault();
      this.openSheet();
    });
    this.$(".open").addEventListener("click", () => this.openSheet());
  }

  openSheet() {
    if (this.isOff || this.readOnly) return;
    this.calendar.month = undefined;
    this.calendar.draw();
    this.$(".sheet").showPopover();
    placeBeside(this.$(".sheet"), this.$(".control"), 4);
    this.calendar.node.querySelector('[tabindex="0"]')?.focus();
  }

  pickDate(date) {
    this.value = date;
    this.$(".sheet").hidePopover();
    this.input.focus();
    this.tell("input", { composed: true });
    this.tell("change");
  }

  update() {
    super.update();
    if (!this.placeholder) this.input.placeholder = "YYYY-MM-DD";
    this.$(".open").disabled = this.isOff;
  }
});
