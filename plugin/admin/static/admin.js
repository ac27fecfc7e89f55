// Pages are swapped instead of loaded: window.fetch is called, so App Bridge adds the ID token, and a form's body is not lost.
// Loaded after App Bridge. No framework: a page is one <div id="page">, links and forms are ordinary, and the server decides.
(() => {
  "use strict";

  const FROM_SHOPIFY = ["shop", "host", "embedded"];
  const opened = new URLSearchParams(location.search);
  let current = 0; // the visit under way; a later one makes earlier answers worthless

  // ---- visiting ---------------------------------------------------------------------------------------------------------

  /** Show the page at an address of ours. `push`: as a new step of the browser's history. */
  async function visit(href, { push = true } = {}) {
    const url = new URL(href, location.href);
    if (url.origin !== location.origin) {
      window.open(href, "_top");
      return;
    }
    if (push) await window.shopify?.saveBar?.leaveConfirmation?.();
    await show(url, {}, push);
  }

  async function show(url, options, push) {
    const mine = ++current;
    busy(true);
    try {
      const answer = await fetch(url, { headers: { Accept: "text/html" }, ...options });
      if (mine !== current) return answer;
      if (isPage(answer)) await swap(await answer.text(), answer.redirected ? answer.url : url.href, push || answer.redirected);
      else tell(answer.ok ? "" : await answer.text(), true);
      return answer;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      tell("The app could not be reached. Check your connection and try again.", true);
    } finally {
      if (mine === current) busy(false);
    }
    return null;
  }

  const isPage = (answer) => (answer.headers.get("Content-Type") ?? "").startsWith("text/html");

  async function swap(html, href, push) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const page = fresh.getElementById("page");
    if (!page) {
      tell("Something went wrong. Try again in a minute.", true);
      return;
    }
    await closeDialogs();
    document.title = fresh.title;
    document.getElementById("page").replaceWith(document.adoptNode(page));
    if (push) history.pushState({}, "", kept(href));
    window.scrollTo(0, 0);
    arrive();
  }

  /** The admin around the frame dims itself for a dialog, and must hear that it closed before the page is gone. */
  async function closeDialogs() {
    const dialogs = [...document.querySelectorAll("#page s-modal")];
    for (const dialog of dialogs) dialog.hideOverlay?.();
    if (dialogs.length) await new Promise((done) => setTimeout(done, 0));
  }

  /** The address with what a reload of this frame needs, and without words that were said. */
  function kept(href) {
    const url = new URL(href, location.href);
    url.searchParams.delete("said");
    url.searchParams.delete("id_token");
    for (const name of FROM_SHOPIFY) if (opened.has(name)) url.searchParams.set(name, opened.get(name));
    return url.href;
  }

  const busy = (isBusy) => window.shopify?.loading?.(isBusy);
  let lastToast = null;

  /** Say something for a moment, in place of what was said before: "Not saved" must not stand beside "Saved". */
  function tell(words, isError = false) {
    const toast = window.shopify?.toast;
    if (!words || !toast) return;
    if (lastToast) toast.hide(lastToast);
    lastToast = toast.show(words, { isError });
  }

  function arrive() {
    const page = document.getElementById("page");
    tell(page.dataset.said);
    delete page.dataset.said;
    page.querySelectorAll("[data-kind-switch]").forEach(applySwitch);
    page.querySelectorAll("[data-embed-state]").forEach(showEmbedState);
    const again = Number(page.dataset.again ?? 0);
    const mine = current;
    if (again) setTimeout(() => mine === current && visit(location.href, { push: false }), again);
  }

  window.addEventListener("popstate", () => visit(location.href, { push: false }));

  // Links of the elements and of the admin's own menu.
  document.addEventListener("shopify:navigate", (event) => {
    const href = event.target.getAttribute?.("href");
    if (!href || href.startsWith("shopify:")) return;
    event.preventDefault();
    visit(href);
  });

  // Plain anchors, should an element draw one without announcing it.
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const anchor = event.composedPath().find((node) => node.localName === "a" && node.href);
    if (!anchor || (anchor.target && anchor.target !== "_self") || new URL(anchor.href).origin !== location.origin) return;
    event.preventDefault();
    visit(anchor.href);
  });

  for (const [type, name] of [["nextpage", "next"], ["previouspage", "previous"]]) {
    document.addEventListener(type, (event) => event.target.dataset?.[name] && visit(event.target.dataset[name]), true);
  }

  // ---- forms --------------------------------------------------------------------------------------------------------------

  document.addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.target);
  });

  async function send(form) {
    if (form.dataset.isSending) return;
    form.dataset.isSending = "yes";
    const button = form.querySelector('s-button[type="submit"]');
    if (button) button.loading = true;
    try {
      await ready(form);
      const url = new URL(form.action);
      if (form.method === "get") {
        url.search = new URLSearchParams(new FormData(form)).toString();
        await visit(url.href);
        return;
      }
      await post(form, url);
    } finally {
      delete form.dataset.isSending;
      if (button) button.loading = false;
    }
  }

  async function post(form, url) {
    busy(true);
    try {
      const answer = await fetch(url, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } });
      if (answer.status === 422) complain(form, await answer.text());
      else if (isPage(answer)) {
        current += 1;
        await swap(await answer.text(), answer.url, answer.redirected && new URL(answer.url).pathname !== location.pathname);
      } else tell(await answer.text(), true);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      tell("The app could not be reached. Nothing was saved; try again.", true);
    } finally {
      busy(false);
    }
  }

  /** Put the answer's problems next to the fields as they stand, so that nothing typed is lost. */
  function complain(form, html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const wrong = [];
    for (const field of form.querySelectorAll("[name]")) {
      const twin = fresh.querySelector(`[name="${CSS.escape(field.getAttribute("name"))}"]`);
      const words = twin?.getAttribute("error") ?? "";
      if ("error" in field) field.error = words;
      if (words) wrong.push(field);
    }
    const basis = fresh.querySelector(`#${form.id} [name="based_on"]`);
    if (basis) form.querySelector('[name="based_on"]').value = basis.value;
    const banners = form.querySelector("[data-problems]") ?? document.querySelector("[data-problems]");
    const said = fresh.querySelector("[data-problems]");
    if (banners && said) banners.replaceChildren(...said.childNodes);
    (wrong[0] ?? banners)?.scrollIntoView?.({ block: "center", behavior: "smooth" });
    wrong[0]?.focus?.();
    tell(wrong.length ? "Not saved: some fields need a correction" : "Not saved", true);
  }

  /** Wait until every element of the form is one: before that its value would be missing. */
  async function ready(form) {
    const tags = new Set([...form.querySelectorAll("*")].map((one) => one.localName).filter((name) => name.startsWith("s-")));
    await Promise.all([...tags].map((tag) => customElements.whenDefined(tag)));
  }

  // Buttons outside of a form that send it: in dialogs and menus.
  document.addEventListener("click", (event) => {
    const button = event.composedPath().find((node) => node.dataset?.submits);
    if (button) document.getElementById(button.dataset.submits)?.requestSubmit();
  });

  // A search field has no button: a finished change is the wish to search.
  document.addEventListener("change", (event) => event.target.closest?.('form[role="search"]')?.requestSubmit());

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
    form.querySelector("[data-problems]")?.replaceChildren();
  }

  async function preview(form) {
    if (!form.isConnected) return;
    await ready(form);
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

  // ---- products and collections --------------------------------------------------------------------------------------------

  document.addEventListener("click", async (event) => {
    const opener = event.composedPath().find((node) => node.dataset?.picks);
    if (!opener) return;
    const box = opener.closest("[data-picker]");
    const type = opener.dataset.picks;
    const kind = type === "product" ? "Product" : "Collection";
    const field = box.querySelector("input");
    const selectionIds = idsOf(field).map((id) => ({ id: `gid://shopify/${kind}/${id}` }));
    const chosen = await window.shopify.resourcePicker({ type, multiple: true, action: "select", selectionIds, filter: { variants: false } });
    if (!chosen) return;
    const titles = titlesOf(box);
    for (const one of chosen) titles[one.id.split("/").pop()] = one.title;
    box.dataset.titles = JSON.stringify(titles);
    change(field, chosen.map((one) => one.id.split("/").pop()));
    drawPicked(box);
  });

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
      tell("The file could not be made. Try again.", true);
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
    tell("Copied");
  });

  /** Whether the theme shows the program: only the admin knows. */
  async function showEmbedState(place) {
    const extensions = await window.shopify?.app?.extensions?.();
    const isOn = (extensions ?? []).some((one) => one.type === "theme_app_extension" && (one.activations ?? []).some((found) => found.status === "active"));
    if (isOn) place.querySelectorAll("[data-when]").forEach((one) => (one.hidden = one.dataset.when !== "on"));
  }

  if (opened.has("id_token")) history.replaceState({}, "", kept(location.href));
  document.addEventListener("DOMContentLoaded", arrive);
})();
