// Pictures: avatar, thumbnail, image; and the place to drop files.

const AVATAR_COLORS = [["#fcd9b8", "#6b3500"], ["#c9e7ff", "#00406b"], ["#d3f5d9", "#0a4a2b"], ["#e9dcff", "#44207a"], ["#ffd9e6", "#7a1746"], ["#fff0b3", "#544300"]];

define("s-avatar", class extends PolarisElement {
  static css = `
    :host { display: inline-flex; flex: none; --size: 28px; vertical-align: middle; }
    :host([size="small"]), :host([size="small-100"]) { --size: 24px; } :host([size="small-200"]) { --size: 20px; } :host([size="large"]), :host([size="large-100"]) { --size: 32px; } :host([size="large-200"]) { --size: 40px; }
    .face { display: grid; place-items: center; width: var(--size); height: var(--size); border-radius: 8px; overflow: hidden; font: 600 calc(var(--size) * .4)/1 var(--font); text-transform: uppercase; }
    img { width: 100%; height: 100%; object-fit: cover; grid-area: 1 / 1; } .letters { grid-area: 1 / 1; }`;
  static html = '<span class="face"><span class="letters"></span></span>';
  static role = "img";
  update() {
    const face = this.$(".face");
    const [background, color] = AVATAR_COLORS[[...(this.initials || this.alt || "?")].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % AVATAR_COLORS.length];
    face.style.background = background;
    face.style.color = color;
    this.$(".letters").innerHTML = this.initials ? escapeHtml(this.initials.slice(0, 2)) : iconSvg("person", 16);
    face.querySelector("img")?.remove();
    if (this.src) face.append(picture(this, this.src, ""));
    this.internals.ariaLabel = this.alt || this.initials || null;
  }
});

/** An <img> that tells its host of load and error, and disappears when it cannot be shown. */
function picture(host, src, alt) {
  const image = new Image();
  image.alt = alt;
  image.addEventListener("load", () => host.dispatchEvent(new Event("load")));
  image.addEventListener("error", () => {
    image.remove();
    host.dispatchEvent(new Event("error"));
  });
  image.src = src;
  return image;
}

define("s-thumbnail", class extends PolarisElement {
  static css = `
    :host { display: inline-flex; flex: none; --size: 40px; vertical-align: middle; }
    :host([size="small-200"]) { --size: 24px; } :host([size="small-100"]), :host([size="small"]) { --size: 32px; } :host([size="large"]), :host([size="large-100"]) { --size: 60px; }
    .frame { display: grid; place-items: center; width: var(--size); height: var(--size); border-radius: 8px; overflow: hidden; background: #fafafa; border: 1px solid var(--line); color: #8a8a8a; }
    img { width: 100%; height: 100%; object-fit: cover; grid-area: 1 / 1; } .frame > span { grid-area: 1 / 1; display: flex; }`;
  static html = '<span class="frame"></span>';
  update() {
    this.$(".frame").innerHTML = this.src ? "" : `<span>${iconSvg("image")}</span>`;
    if (this.src) this.$(".frame").append(picture(this, this.src, this.alt));
  }
});

define("s-image", class extends PolarisElement {
  static css = `
    :host { display: block; max-width: 100%; overflow: hidden; } :host([inlinesize="auto"]) { display: inline-block; }
    img { display: block; width: 100%; } :host([inlinesize="auto"]) img { width: auto; max-width: 100%; }`;
  static html = "<img>";
  build() {
    this.ownSheet = new CSSStyleSheet();
    this.shadowRoot.adoptedStyleSheets.push(this.ownSheet);
    for (const type of ["load", "error"]) this.$("img").addEventListener(type, () => this.dispatchEvent(new Event(type)));
  }
  update(name) {
    const image = this.$("img");
    image.alt = this.alt;
    image.loading = this.loading || "eager";
    attribute(image, "sizes", this.sizes);
    attribute(image, "srcset", this.getAttribute("srcset"));
    image.style.objectFit = this.objectFit || "contain";
    image.style.aspectRatio = this.aspectRatio || "";
    attribute(image, "role", ["presentation", "none"].includes(this.accessibilityRole) ? "presentation" : null);
    if (!name || name === "src") attribute(image, "src", this.src);
    const { border, borderwidth, borderstyle, bordercolor, borderradius } = BOX_RULES;
    this.ownSheet.replaceSync(hostCss(this, { border, borderwidth, borderstyle, bordercolor, borderradius }));
  }
});

define("s-drop-zone", class extends Field {
  static css = `${FIELD_CSS}
    .zone { display: grid; place-items: center; gap: 8px; min-height: 108px; padding: 16px; text-align: center; border: 1px dashed #8a8a8a; border-radius: 8px; background: #fdfdfd; cursor: pointer; position: relative; }
    .zone:hover { background: #f7f7f7; } .zone.is-over { background: #eaf3ff; border-color: var(--focus); } .zone:focus-within { outline: 2px solid var(--focus); outline-offset: 1px; }
    input { position: absolute; inset: 0; opacity: 0; cursor: pointer; } .add { padding: 4px 12px; border-radius: 8px; background: #fff; box-shadow: 0 0 0 1px #d6d6d6; font-weight: 550; font-size: 12px; }
    .names { color: var(--subdued); } :host(:state(wrong)) .zone { border-color: #c4280d; background: #fff2f0; } :host(:state(off)) .zone { opacity: .5; pointer-events: none; }`;
  static html = `<div class="field"><label class="label" for="control"></label><div class="zone"><span class="add">Add files</span><span class="names"></span><slot></slot><input id="control" type="file"></div>${BELOW_FIELD}</div>`;

  buildControl() {
    const { zone, input } = this;
    input.addEventListener("change", () => this.receive([...input.files]));
    zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("is-over"); });
    zone.addEventListener("dragleave", () => zone.classList.remove("is-over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("is-over");
      this.receive([...event.dataTransfer.files]);
    });
  }

  get zone() {
    return this.$(".zone");
  }

  get input() {
    return this.$("#control");
  }

  get files() {
    return this.chosen ?? [];
  }

  get value() {
    return this.files[0]?.name ?? "";
  }

  receive(files) {
    const taken = files.filter((file) => isAccepted(file, this.accept)).slice(0, this.multiple ? undefined : 1);
    if (taken.length < files.length && taken.length === 0) {
      this.tell("droprejected");
      return;
    }
    this.chosen = taken;
    this.shown();
    this.tell("input", { composed: true });
    this.tell("change");
  }

  formResetCallback() {
    this.chosen = [];
    this.shown();
  }

  shown() {
    this.$(".names").textContent = this.files.map((file) => file.name).join(", ");
    const data = new FormData();
    for (const file of this.files) data.append(this.getAttribute("name") ?? "", file);
    this.internals.setFormValue(data);
  }

  update() {
    this.input.multiple = this.multiple;
    attribute(this.input, "accept", this.accept);
    attribute(this.input, "aria-label", this.accessibilityLabel);
    super.update();
  }
});

function isAccepted(file, accept) {
  const kinds = accept.split(",").map((kind) => kind.trim().toLowerCase()).filter(Boolean);
  const matches = (kind) => (kind.startsWith(".") ? file.name.toLowerCase().endsWith(kind) : kind.endsWith("/*") ? file.type.startsWith(kind.slice(0, -1)) : file.type === kind);
  return kinds.length === 0 || kinds.some(matches);
}
