// Colours are text, #rrggbb or #rrggbbaa: a field with a swatch, and a picker drawn from hue, saturation and value.

const isColor = (text) => /^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(text);

/** "#rrggbb[aa]" -> {h 0..360, s 0..1, v 0..1, a 0..1} */
function colorParts(text) {
  const long = /^#...$/.test(text) ? `#${[...text.slice(1)].map((digit) => digit + digit).join("")}` : isColor(text) ? text : "#000000";
  const [r, g, b, a = 1] = long.slice(1).match(/../g).map((pair) => parseInt(pair, 16) / 255);
  const v = Math.max(r, g, b), c = v - Math.min(r, g, b);
  const h = c === 0 ? 0 : v === r ? ((g - b) / c + 6) % 6 : v === g ? (b - r) / c + 2 : (r - g) / c + 4;
  return { h: h * 60, s: v === 0 ? 0 : c / v, v, a };
}

function colorText({ h, s, v, a }, hasAlpha) {
  const channel = (n) => { const k = (n + h / 60) % 6; return v - v * s * Math.max(0, Math.min(k, 4 - k, 1)); };
  const hex = (share) => Math.round(share * 255).toString(16).padStart(2, "0");
  return `#${hex(channel(5))}${hex(channel(3))}${hex(channel(1))}${hasAlpha && a < 1 ? hex(a) : ""}`;
}

const PICKER_CSS = `
  .picker { display: grid; gap: 12px; width: 200px; padding: 12px; } .plane { height: 140px; border-radius: 8px; position: relative; cursor: crosshair; touch-action: none; background: linear-gradient(transparent, #000), linear-gradient(to right, #fff, hsl(var(--hue) 100% 50%)); }
  .dot { position: absolute; width: 16px; height: 16px; margin: -8px; border-radius: 50%; border: 2px solid #fff; box-shadow: 0 0 2px #000; pointer-events: none; } .plane:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
  input[type="range"] { width: 100%; height: 14px; margin: 0; appearance: none; border-radius: 7px; } input.hue { background: linear-gradient(to right, red, yellow, lime, cyan, blue, magenta, red); } input.alpha { background: linear-gradient(to right, transparent, #444); border: 1px solid var(--line); }
  input[type="range"]::-webkit-slider-thumb { appearance: none; width: 16px; height: 16px; border-radius: 50%; background: #fff; box-shadow: 0 0 3px rgb(0 0 0 / 60%); }`;
const PICKER_HTML = '<div class="picker"><div class="plane" tabindex="0" role="slider" aria-label="Saturation and brightness"><span class="dot"></span></div><input class="hue" type="range" min="0" max="359" aria-label="Hue"><input class="alpha" type="range" min="0" max="1" step="0.01" aria-label="Opacity"></div>';

/** Drives the picker inside a host's shadow root; `host.value` is read and written, `host.picked()` told. */
class ColorPad {
  constructor(host) {
    this.host = host;
    const plane = host.$(".plane");
    const drag = (event) => {
      const box = plane.getBoundingClientRect();
      const share = (at, size) => Math.min(Math.max(at / size, 0), 1);
      this.set({ s: share(event.clientX - box.left, box.width), v: 1 - share(event.clientY - box.top, box.height) });
    };
    plane.addEventListener("pointerdown", (event) => { plane.setPointerCapture(event.pointerId); drag(event); });
    plane.addEventListener("pointermove", (event) => plane.hasPointerCapture(event.pointerId) && drag(event));
    plane.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: [-0.02, 0], ArrowRight: [0.02, 0], ArrowUp: [0, 0.02], ArrowDown: [0, -0.02] }[event.key];
      if (!move) return;
      event.preventDefault();
      const clamp = (share) => Math.min(Math.max(share, 0), 1);
      this.set({ s: clamp(this.parts.s + move[0]), v: clamp(this.parts.v + move[1]) });
    });
    host.$(".hue").addEventListener("input", (event) => { event.stopPropagation(); this.set({ h: Number(event.target.value) }); });
    host.$(".alpha").addEventListener("input", (event) => { event.stopPropagation(); this.set({ a: Number(event.target.value) }); });
  }

  set(change) {
    this.parts = { ...this.parts, ...change };
    this.host.value = this.text = colorText(this.parts, this.host.alpha);
    this.draw();
    this.host.tell("input", { composed: true });
    this.host.tell("change");
  }

  draw() {
    if (this.host.value !== this.text) {
      this.parts = colorParts(this.host.value);
      this.text = this.host.value;
    }
    const { h, s, v, a } = this.parts;
    this.host.$(".plane").style.setProperty("--hue", h);
    Object.assign(this.host.$(".dot").style, { left: `${s * 100}%`, top: `${(1 - v) * 100}%`, background: this.host.value });
    this.host.$(".hue").value = h;
    this.host.$(".alpha").value = a;
    this.host.$(".alpha").hidden = !this.host.alpha;
  }
}

define("s-color-picker", class extends Field {
  static css = `:host { display: inline-block; } ${PICKER_CSS}`;
  static html = PICKER_HTML;
  buildControl() {
    this.pad = new ColorPad(this);
  }
  shown() {
    super.shown();
    this.pad.draw();
  }
  update() {
    this.shown();
  }
});

define("s-color-field", class extends TextElement {
  static css = `${FIELD_CSS}${BOX_CONTROL_CSS}${PICKER_CSS}
    .swatch { width: 20px; height: 20px; flex: none; padding: 0; margin-inline-start: -4px; border: 1px solid rgb(0 0 0 / 20%); border-radius: 5px; cursor: pointer; } .swatch:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }
    .sheet { position: fixed; inset: auto; margin: 0; padding: 0; border: 0; border-radius: 12px; background: #fff; box-shadow: 0 8px 24px rgb(0 0 0 / 18%), 0 0 0 1px rgb(0 0 0 / 8%); }`;
  static html = `${fieldHtml('<button class="swatch" type="button" aria-label="Pick a colour"></button><input id="control" type="text" spellcheck="false">')}<div class="sheet" popover="auto">${PICKER_HTML}</div>`;
  buildControl() {
    super.buildControl();
    this.pad = new ColorPad(this);
    this.$(".swatch").addEventListener("click", () => {
      if (this.isOff || this.readOnly) return;
      this.$(".sheet").showPopover();
      placeBeside(this.$(".sheet"), this.$(".control"), 4);
    });
    this.input.addEventListener("input", () => this.shown());
  }
  shown() {
    super.shown();
    this.$(".swatch").style.background = isColor(this.value) ? this.value : "#fff";
    if (isColor(this.value)) this.pad.draw();
  }
});
