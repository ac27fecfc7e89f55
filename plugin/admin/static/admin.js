// Pages and forms travel through Turbo: it calls window.fetch, so App Bridge adds the ID token and a form's body is not lost.
// Loaded after App Bridge and before Turbo. A page is one <div id="page">, links and forms are ordinary, and the server decides.
(() => {
  "use strict";

  const FROM_SHOPIFY = ["shop", "host", "embedded"];
  const opened = new URLSearchParams(location.search);
  const sending = new WeakSet(); // forms whose answer is awaited, or whose page is about to be replaced
  const givenUp = new WeakSet(); // forms for which the merchant left unsaved changes of another
  let lastAction = "advance";

  // ---- visiting ---------------------------------------------------------------------------------------------------------

  /** Show the page at an address, once unsaved changes are saved or given up. */
  async function visit(href) {
    const url = new URL(href, location.href);
    if (url.origin !== location.origin) {
      window.open(href, "_top");
      return;
    }
    await window.shopify?.saveBar?.leaveConfirmation?.();
    window.Turbo.visit(url.href);
  }

  // Links of the elements and of the admin's own menu.
  document.addEventListener("shopify:navigate", (event) => {
    const href = event.target.getAttribute?.("href");
    if (!href || href.startsWith("shopify:")) return;
    event.preventDefault();
    visit(href);
  });

  // Links that Turbo found by itself.
  document.addEventListener("turbo:click", (event) => {
    event.preventDefault();
    event.detail.originalEvent.preventDefault();
    visit(event.detail.url);
  });

  for (const [type, name] of [["nextpage", "next"], ["previouspage", "previous"]]) {
    document.addEventListener(type, (event) => event.target.dataset?.[name] && visit(event.target.dataset[name]), true);
  }

  document.addEventListener("turbo:visit", (event) => (lastAction = event.detail.action));
  document.addEventListener("turbo:before-fetch-request", () => busy(true));

  /** The admin around the frame dims itself for a dialog, and must hear that it closed before the page is gone. */
  document.addEventListener("turbo:before-render", (event) => {
    const dialogs = [...document.querySelectorAll("#page s-modal")];
    if (!dialogs.length) return;
    event.preventDefault();
    for (const dialog of dialogs) dialog.hideOverlay?.();
    setTimeout(event.detail.resume, 0);
  });

  document.addEventListener("turbo:load", () => {
    busy(false);
    const history = window.Turbo.navigator.history;
    history.replace(new URL(kept(location.href)), history.restorationIdentifier);
    arrive();
  });

  /** The address with what a reload of this frame needs, and without words that were said. */
  function kept(href) {
    const url = new URL(href);
    url.searchParams.delete("said");
    url.searchParams.delete("id_token");
    for (const name of FROM_SHOPIFY) if (opened.has(name)) url.searchParams.set(name, opened.get(name));
    return url.href;
  }

  /** A page stands there, by a visit or by a look for news. */
  function arrive() {
    const page = document.getElementById("page");
    if (!page) return;
    tell(page.dataset.said);
    delete page.dataset.said;
    const again = Number(page.dataset.again ?? 0);
    if (again) setTimeout(() => page.isConnected && lookAgain(page), again);
    document.dispatchEvent(new CustomEvent("regulars:page"));
  }

  /** A page that waits for something asks again and again (data-again, in milliseconds) and changes where it stands. */
  async function lookAgain(page) {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    const isNew = answer?.ok && (answer.headers.get("Content-Type") ?? "").startsWith("text/html");
    const fresh = isNew ? new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("page") : null;
    if (!page.isConnected) return;
    if (fresh) page.replaceWith(document.adoptNode(fresh));
    arrive();
  }

  // ---- answers that are no pages to swap in -------------------------------------------------------------------------------

  document.addEventListener("turbo:before-fetch-response", (event) => {
    const answer = event.detail.fetchResponse;
    if (answer.isHTML && answer.succeeded) return;
    event.preventDefault();
    busy(false);
    if (event.target.localName !== "form") showInstead(answer);
    else if (answer.statusCode === 422 && answer.isHTML) complain(event.target, answer);
    else tellAnswer(answer);
  });

  /** A page that says what is wrong is a page as well; Turbo itself would load its scripts a second time. */
  async function showInstead(answer) {
    const responseHTML = await answer.responseHTML;
    if (!responseHTML?.includes('id="page"')) {
      tellAnswer(answer);
      return;
    }
    const response = { statusCode: 200, redirected: answer.redirected, responseHTML };
    window.Turbo.visit(answer.location.href, { action: lastAction === "restore" ? "replace" : lastAction, response });
  }

  async function tellAnswer(answer) {
    tell(answer.isHTML || answer.succeeded ? "Something went wrong. Try again in a minute." : await answer.responseText, true);
  }

  document.addEventListener("turbo:fetch-request-error", (event) => {
    event.preventDefault();
    busy(false);
    tell(`The app could not be reached. ${event.target.localName === "form" ? "Nothing was saved; try again." : "Check your connection and try again."}`, true);
  });

  // ---- forms --------------------------------------------------------------------------------------------------------------

  // First of all listeners: a form goes out once, and only when each of its elements has become one and knows its value.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const missing = notReady(form);
    const isSecond = sending.has(form);
    if (isSecond || missing.length) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!isSecond) ready(form).then(() => form.requestSubmit());
      return;
    }
    if (named(form, "method").toLowerCase() !== "post") return;
    if (takesChangesAway(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      window.shopify.saveBar.leaveConfirmation().then(() => {
        givenUp.add(form);
        form.requestSubmit();
      });
      return;
    }
    sending.add(form);
  }, true);

  /** Its answer is another page, in place of a form with changes that may not be saved: they are asked about once. */
  const takesChangesAway = (form) => !givenUp.has(form) && !("saveBar" in form.dataset) && Boolean(window.shopify?.saveBar && document.querySelector("form[data-save-bar]"));

  document.addEventListener("turbo:submit-start", (event) => load(event.target, true));
  document.addEventListener("turbo:submit-end", (event) => {
    const form = event.target;
    busy(false);
    load(form, false);
    const { success, fetchResponse } = event.detail;
    givenUp.delete(form);
    if (!success) sending.delete(form);
    // Back to the page one is on: no second step in the history.
    else if (fetchResponse?.redirected && fetchResponse.location.pathname === location.pathname) form.dataset.turboAction = "replace";
  });

  function load(form, isLoading) {
    const id = named(form, "id");
    const outside = id ? document.querySelectorAll(`[data-submits="${CSS.escape(id)}"]`) : [];
    for (const button of [...form.querySelectorAll('s-button[type="submit"]'), ...outside]) button.loading = isLoading;
  }

  /** Put the answer's problems next to the fields as they stand, so that nothing typed is lost. */
  async function complain(form, answer) {
    const page = new DOMParser().parseFromString(await answer.responseHTML, "text/html");
    const fresh = page.getElementById(named(form, "id")) ?? page;
    const wrong = [];
    for (const field of form.querySelectorAll("[name]")) {
      const twin = fresh.querySelector(`[name="${CSS.escape(field.getAttribute("name"))}"]`);
      const words = twin?.getAttribute("error") ?? "";
      if ("error" in field) field.error = words;
      if (words) wrong.push(field);
    }
    // Pickers and lists are no fields and have a place of their own for what is wrong.
    for (const place of form.querySelectorAll("[data-error-of]")) {
      const twin = fresh.querySelector(`[data-error-of="${CSS.escape(place.dataset.errorOf)}"]`);
      place.replaceChildren(...(twin?.childNodes ?? []));
      if (place.childElementCount) wrong.push(place);
    }
    for (const one of wrong) one.closest("details")?.setAttribute("open", "");
    const basis = fresh.querySelector('[name="based_on"]');
    if (basis) form.querySelector('[name="based_on"]').value = basis.value;
    const banners = form.querySelector("[data-problems]") ?? document.querySelector("[data-problems]");
    const said = fresh.querySelector("[data-problems]") ?? page.querySelector("[data-problems]");
    if (banners && said) banners.replaceChildren(...said.childNodes);
    (wrong[0] ?? banners)?.scrollIntoView?.({ block: "center", behavior: "smooth" });
    wrong[0]?.focus?.();
    tell(wrong.length ? "Not saved: some fields need a correction" : "Not saved", true);
  }

  /** An attribute of a form; as a property, a field of that name would stand in front of it. */
  const named = (form, name) => form.getAttribute(name) ?? "";

  const tagsOf = (root) => [...new Set([...root.querySelectorAll("*")].map((one) => one.localName).filter((name) => name.startsWith("s-")))];
  const notReady = (root) => tagsOf(root).filter((tag) => !customElements.get(tag));

  /** Wait until every element in there is one: before that its value would be missing. */
  const ready = (root) => Promise.all(notReady(root).map((tag) => customElements.whenDefined(tag)));

  // Buttons outside of a form that send it: in dialogs and menus.
  document.addEventListener("click", (event) => {
    const button = event.composedPath().find((node) => node.dataset?.submits);
    if (button) document.getElementById(button.dataset.submits)?.requestSubmit();
  });

  // A search field has no button: a finished change is the wish to search.
  document.addEventListener("change", (event) => event.target.closest?.('form[role="search"]')?.requestSubmit());

  // ---- words for a moment --------------------------------------------------------------------------------------------------

  const busy = (isBusy) => window.shopify?.loading?.(isBusy);
  let lastToast = null;

  /** Say something for a moment, in place of what was said before: "Not saved" must not stand beside "Saved". */
  function tell(words, isError = false) {
    const toast = window.shopify?.toast;
    if (!words || !toast) return;
    if (lastToast) toast.hide(lastToast);
    lastToast = toast.show(words, { isError });
  }

  // ---- start -----------------------------------------------------------------------------------------------------------------

  // Nothing moves while the elements come: until all of them are there, the style sheet keeps the page's place with grey boxes.
  ready(document.body).then(() => requestAnimationFrame(() => document.documentElement.classList.add("is-drawn")));

  if (opened.has("id_token")) window.history.replaceState({}, "", kept(location.href));

  window.regulars = { tell, ready };
})();
