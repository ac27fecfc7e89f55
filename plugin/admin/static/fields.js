// What pages do by themselves between two requests: sentences that follow the typing, pickers, downloads, copying.
(() => {
  "use strict";

  // ---- what the settings mean, while they are typed ------------------------------------------------------------------------

  const timers = new WeakMap();

  for (const type of ["input", "change", "reset"]) {
    document.addEventListener(type, (event) => {
      const form = type === "reset" ? event.target : event.target.closest?.("form");
      if (form?.dataset?.preview) {
        clearTimeout(timers.get(form));
        timers.set(form, setTimeout(() => preview(form), 350));
      }
      setTimeout(() => form?.querySelectorAll("[data-kind-switch]").forEach(applySwitch), 0);
      if (type === "reset") setTimeout(() => startOver(form), 0);
    });
  }

  /** After a reset: what was wrong is gone, and the chosen products are those of the saved program. */
  function startOver(form) {
    form.querySelectorAll("[data-picker]").forEach(drawPicked);
    form.querySelectorAll("[name]").forEach((field) => "error" in field && (field.error = ""));
    form.querySelectorAll("[data-problems], [data-error-of]").forEach((place) => place.replaceChildren());
  }

  async function preview(form) {
    if (!form.isConnected) return;
    await window.regulars.ready(form);
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form) });
      const place = document.getElementById("meaning");
      if (answer.ok && place) place.innerHTML = await answer.text();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // offline: the sentence stays as it was
    }
  }

  /** Fields that only make sense for some choices: data-shown-for on a box names the values of the field it follows. */
  function applySwitch(field) {
    const name = field.getAttribute("name");
    const value = "checked" in field && field.localName !== "s-select" ? String(field.checked) : field.value;
    field.closest("form").querySelectorAll(`[data-follows="${name}"]`).forEach((box) => {
      box.hidden = !box.dataset.shownFor.split(" ").includes(value);
    });
  }

  // ---- what is picked from the shop ------------------------------------------------------------------------------------------

  const TYPES = { product: "Product", variant: "ProductVariant", collection: "Collection" };

  document.addEventListener("click", async (event) => {
    const opener = event.composedPath().find((node) => node.dataset?.picks);
    if (!opener) return;
    const box = opener.closest("[data-picker]");
    const field = box.querySelector("input");
    const wish = { multiple: !("single" in box.dataset), ids: idsOf(field) };
    const type = opener.dataset.picks;
    const chosen = await (TYPES[type] ? pickAtShopify(type, wish) : pickFromUs(opener.dataset.from, wish));
    if (!chosen) return;
    const titles = titlesOf(box);
    for (const one of chosen) titles[one.id] = one.title;
    box.dataset.titles = JSON.stringify(titles);
    change(field, chosen.map((one) => one.id));
    drawPicked(box);
  });

  /** Products, variants and collections: Shopify's own picker. A list of {id, title}, or nothing when it was cancelled. */
  async function pickAtShopify(type, { multiple, ids }) {
    const selectionIds = ids.map((id) => ({ id: `gid://shopify/${TYPES[type]}/${id}` }));
    const chosen = await window.shopify.resourcePicker({ type, multiple, action: "select", selectionIds, filter: { variants: false } });
    return chosen?.map((one) => ({ id: one.id.split("/").pop(), title: nameOf(one) }));
  }

  /** A variant's title alone, "Large", says little, and a product with one variant calls it "Default Title". */
  const nameOf = (one) => (one.displayName ?? one.title).replace(/ - Default Title$/, "");

  /** Customer segments: Shopify has no picker for them, and shows one that is filled by us. */
  async function pickFromUs(address, { multiple, ids }) {
    const answer = await fetch(address).catch(() => null);
    const known = answer?.ok ? (await answer.json()).segments : null;
    if (!known?.length) {
      window.regulars.tell(known ? "Your store has no customer segments yet. Make one in Shopify under Customers." : "Shopify cannot be asked for your segments right now. Try again in a minute.", true);
      return undefined;
    }
    const items = known.map((one) => ({ id: one.id, heading: one.title, selected: ids.includes(one.id) }));
    const picker = await window.shopify.picker({ heading: "Choose segments", multiple, items });
    const chosen = await picker.selected;
    return chosen && known.filter((one) => chosen.includes(one.id));
  }

  document.addEventListener("remove", (event) => {
    const box = event.target.closest?.("[data-picker]");
    if (!box) return;
    const field = box.querySelector("input");
    change(field, idsOf(field).filter((id) => id !== event.target.dataset.id));
    drawPicked(box);
  }, true);

  const idsOf = (field) => field.value.split(",").map((id) => id.trim()).filter(Boolean);
  const titlesOf = (box) => JSON.parse(box.dataset.titles || "{}");

  function change(field, ids) {
    field.value = ids.join(",");
    for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
  }

  function drawPicked(box) {
    const titles = titlesOf(box);
    const chips = idsOf(box.querySelector("input")).map((id) => {
      const chip = document.createElement("s-clickable-chip");
      chip.setAttribute("removable", "");
      chip.dataset.id = id;
      chip.textContent = titles[id] ?? `No. ${id}`;
      return chip;
    });
    box.querySelector("[data-picked]").replaceChildren(...chips);
  }

  // ---- small things ----------------------------------------------------------------------------------------------------------

  // A download carries a token, too: fetch it, then hand the browser the finished file.
  document.addEventListener("click", async (event) => {
    const button = event.composedPath().find((node) => node.dataset?.downloads);
    if (!button) return;
    const answer = await fetch(button.dataset.downloads);
    if (!answer.ok) {
      window.regulars.tell("The file could not be made. Try again.", true);
      return;
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = button.dataset.filename;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });

  document.addEventListener("click", async (event) => {
    const button = event.composedPath().find((node) => node.dataset?.copies);
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copies);
    window.regulars.tell("Copied");
  });

  /** Whether the theme shows the program: only the admin knows. */
  async function showEmbedState(place) {
    const extensions = await window.shopify?.app?.extensions?.();
    const isOn = (extensions ?? []).some((one) => one.type === "theme_app_extension" && (one.activations ?? []).some((found) => found.status === "active"));
    if (isOn) place.querySelectorAll("[data-when]").forEach((one) => (one.hidden = one.dataset.when !== "on"));
    else place.closest("[data-guide-left]")?.removeAttribute("hidden");
  }

  // Access that the app asks for in place: what follows is sent once the merchant has given it.
  document.addEventListener("click", async (event) => {
    const button = event.composedPath().find((node) => node.dataset?.asksFor);
    if (!button) return;
    const answer = await window.shopify.scopes.request([button.dataset.asksFor]).catch(() => null);
    if (answer?.result === "granted-all") document.getElementById(button.dataset.thenSubmits).requestSubmit();
    else window.regulars.tell("The access was not given, so nothing changes", true);
  });

  document.addEventListener("regulars:page", () => {
    document.querySelectorAll("[data-kind-switch]").forEach(applySwitch);
    document.querySelectorAll("[data-embed-state]").forEach(showEmbedState);
  });
})();
