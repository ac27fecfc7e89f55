// The dev store's App Bridge: gives the app's page its ID tokens, navigation, save bar, toasts and pickers by talking to the
// admin frame around it. Everything goes through postMessage; only the admin's own origin is listened to.
(() => {
  "use strict";

  const ADMIN = adminOrigin(document.currentScript.src);
  const query = new URLSearchParams(location.search);
  const isEmbedded = window.parent !== window;
  const nativeFetch = window.fetch.bind(window);

  /** The admin lives on admin.localhost beside the host that served this script. */
  function adminOrigin(scriptUrl) {
    const { protocol, port } = new URL(scriptUrl);
    return `${protocol}//admin.localhost${port ? `:${port}` : ""}`;
  }

  // ---- talking to the frame -------------------------------------------------------------------------------------------

  const waiting = new Map();
  const listeners = {};
  let lastId = 0;

  function post(type, payload = {}) {
    if (isEmbedded) window.parent.postMessage({ from: "app-bridge", type, ...payload }, ADMIN);
  }

  /** Ask the frame and wait for its answer. */
  function ask(type, payload = {}) {
    if (!isEmbedded) return Promise.reject(new Error(`shopify.${type}: this page is not inside the admin`));
    lastId += 1;
    const id = lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      post(type, { ...payload, id });
    });
  }

  window.addEventListener("message", ({ origin, source, data }) => {
    if (origin !== ADMIN || source !== window.parent || data?.from !== "admin") return;
    if (data.type !== "reply") {
      listeners[data.type]?.(data);
      return;
    }
    const { resolve, reject } = waiting.get(data.id) ?? {};
    waiting.delete(data.id);
    if (data.error) reject?.(new Error(data.error));
    else resolve?.(data.value);
  });

  // ---- who and where ----------------------------------------------------------------------------------------------------

  const apiKey = document.querySelector('meta[name="shopify-api-key"]')?.content ?? document.currentScript.dataset.apiKey ?? "";
  if (!apiKey) console.error('App Bridge: <meta name="shopify-api-key" content="…"> must stand before this script.');
  const config = { apiKey, host: query.get("host") ?? "", shop: query.get("shop") ?? "", locale: query.get("locale") ?? "en", appOrigins: [], disabledFeatures: [] };
  const environment = { mobile: false, embedded: isEmbedded, pos: false, intent: false };
  let admin = null; // what the frame told about the shop and its staff

  const ready = (isEmbedded ? ask("hello", { path: appPath(), apiKey }) : new Promise(() => {})).then((told) => {
    admin = told;
    Object.assign(config, { shop: told.shop, host: told.host });
    document.documentElement.dataset.currency = told.currency;
    document.querySelectorAll("s-money-field").forEach((field) => field.isPlaced && field.update());
  });

  if (!isEmbedded && config.host && config.shop) location.replace(`${ADMIN}/store/${config.shop.split(".")[0]}/apps/regulars${appPath()}`);

  /** The page's path as the merchant should see it: without what the admin itself adds. */
  function appPath() {
    const url = new URL(location.href);
    for (const name of ["embedded", "hmac", "host", "id_token", "locale", "session", "shop", "timestamp", "shopify-reload"]) url.searchParams.delete(name);
    return url.pathname + url.search + url.hash;
  }

  // ---- ID tokens and fetch ------------------------------------------------------------------------------------------------

  const idToken = () => ask("idToken");

  const isOwn = (url) => {
    const { protocol, host, hostname, origin } = new URL(url, document.baseURI);
    return protocol.startsWith("http") && (host === location.host || hostname.endsWith(`.${location.hostname}`) || config.appOrigins.includes(origin));
  };

  async function fetchWithToken(input, init) {
    const url = input instanceof Request ? input.url : String(input);
    if (!isEmbedded || !isOwn(url) || config.disabledFeatures.includes("fetch")) return nativeFetch(input, init);
    const request = new Request(input, init);
    if (request.headers.has("Authorization")) return nativeFetch(request);
    const again = request.clone();
    const answer = await nativeFetch(await signed(request));
    const isTokenRefused = answer.status === 401 && answer.headers.get("X-Shopify-Retry-Invalid-Session-Request") === "1";
    return isTokenRefused ? nativeFetch(await signed(again)) : answer;
  }

  async function signed(request) {
    request.headers.set("Authorization", `Bearer ${await idToken()}`);
    return request;
  }

  window.fetch = fetchWithToken;

  // The bounce page holds nothing but this script: fetch a token and come back to the page that was wanted.
  const wanted = query.get("shopify-reload");
  if (isEmbedded && wanted) {
    const target = new URL(wanted, location.origin);
    if (target.origin === location.origin) {
      ready.then(idToken).then((token) => {
        for (const [name, value] of [["embedded", "1"], ["shop", config.shop], ["host", config.host], ["id_token", token]]) target.searchParams.set(name, value);
        location.replace(target);
      });
    }
  }

  // ---- navigation -----------------------------------------------------------------------------------------------------------

  for (const name of ["pushState", "replaceState"]) {
    const native = history[name].bind(history);
    history[name] = (...args) => {
      native(...args);
      post("location", { path: appPath() });
    };
  }
  for (const type of ["popstate", "hashchange"]) window.addEventListener(type, () => post("location", { path: appPath() }));
  window.addEventListener("pageshow", (event) => event.persisted && post("location", { path: appPath() }));
  window.addEventListener("pagehide", () => post("leaving"));
  document.addEventListener("devstore:page", () => post("title", { title: document.querySelector("s-page")?.heading || document.title }));

  const sameHref = (a, b) => new URL(a, location.origin).href === new URL(b, location.origin).href;

  listeners.navigate = ({ href }) => {
    const links = [...document.querySelectorAll("s-app-nav > *, ui-nav-menu > *")];
    const link = links.find((item) => item.getAttribute("href") && sameHref(item.getAttribute("href"), href));
    if (link) visit(link, href);
    else withLink(href, (made) => visit(made, href));
  };

  /** Offer the visit to the page's router on the link itself; load the page when nobody took it. */
  function visit(link, href) {
    const isLeft = link.dispatchEvent(new CustomEvent("shopify:navigate", { bubbles: true, composed: true, cancelable: true }));
    if (isLeft) location.assign(href);
  }

  function withLink(href, act) {
    const link = Object.assign(document.createElement("a"), { href, hidden: true });
    link.setAttribute("href", href);
    document.body.append(link);
    act(link);
    link.remove();
  }

  class AppNav extends HTMLElement {
    connectedCallback() {
      this.watch = new MutationObserver(() => this.tell());
      this.watch.observe(this, { childList: true, subtree: true, characterData: true, attributes: true });
      queueMicrotask(() => this.tell());
    }

    disconnectedCallback() {
      this.watch.disconnect();
    }

    tell() {
      if (this.isConnected) post("nav", { items: [...this.children].map((link) => ({ href: link.getAttribute("href"), label: link.textContent.trim(), isHome: link.getAttribute("rel") === "home" })) });
    }
  }
  customElements.define("s-app-nav", AppNav);
  customElements.define("ui-nav-menu", class extends AppNav {});

  // shopify://admin/… and shopify:admin/… addresses belong to the admin around the page.
  const nativeOpen = window.open.bind(window);
  window.open = (url, ...rest) => (String(url).startsWith("shopify:") ? (post("open", { url: String(url) }), null) : nativeOpen(url, ...rest));
  document.addEventListener("click", (event) => {
    const anchor = event.composedPath().find((node) => node.localName === "a" && node.getAttribute("href")?.startsWith("shopify:"));
    if (!anchor) return;
    event.preventDefault();
    post("open", { url: anchor.getAttribute("href") });
  });

  // ---- save bar -------------------------------------------------------------------------------------------------------------

  const starts = new Map(); // form -> its entries when they were last in order
  let shownFor = null; // the form or <ui-save-bar> that the bar stands for

  const entriesOf = (form) => JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value instanceof File ? [value.name, value.size] : value]));

  function showBar(owner) {
    shownFor = owner;
    const mustConfirm = owner.hasAttribute("data-discard-confirmation") || owner.hasAttribute("discardconfirmation");
    const buttons = [...owner.querySelectorAll(":scope > button")];
    const state = (button) => ({ label: button?.textContent.trim() || "", disabled: button?.disabled ?? false, loading: button?.hasAttribute("loading") ?? false });
    const isBar = owner.localName === "ui-save-bar";
    post("saveBar", { isShown: true, mustConfirm, save: state(isBar ? saveButton(buttons) : null), discard: state(isBar ? discardButton(buttons) : null) });
  }

  const saveButton = (buttons) => buttons.find((button) => button.getAttribute("variant") === "primary");
  const discardButton = (buttons) => buttons.find((button) => button.getAttribute("variant") !== "primary");

  function hideBar() {
    if (!shownFor) return;
    shownFor = null;
    post("saveBar", { isShown: false });
  }

  function compare(form) {
    if (!form.isConnected || !starts.has(form)) return;
    if (entriesOf(form) !== starts.get(form)) showBar(form);
    else if (shownFor === form) hideBar();
  }

  function adopt(form) {
    if (starts.has(form)) return;
    starts.set(form, null);
    // Once the elements of a freshly rendered page have drawn themselves.
    setTimeout(() => starts.set(form, entriesOf(form)), 0);
  }

  const savable = (event) => event.target.closest?.("form[data-save-bar]") ?? event.target.form;
  for (const type of ["input", "change"]) {
    document.addEventListener(type, (event) => {
      const form = savable(event);
      if (form && starts.get(form)) queueMicrotask(() => compare(form));
    });
  }
  document.addEventListener("submit", ({ target }) => {
    if (!starts.has(target)) return;
    starts.set(target, entriesOf(target));
    if (shownFor === target) hideBar();
  });
  document.addEventListener("reset", ({ target }) => starts.has(target) && setTimeout(() => {
    starts.set(target, entriesOf(target));
    if (shownFor === target) hideBar();
  }, 0));

  function lookForForms() {
    document.querySelectorAll("form[data-save-bar]").forEach(adopt);
    for (const form of starts.keys()) if (!form.isConnected) starts.delete(form);
    if (shownFor && !shownFor.isConnected) hideBar();
    if (isDim) compareDim();
  }
  document.addEventListener("DOMContentLoaded", () => {
    lookForForms();
    new MutationObserver(lookForForms).observe(document.documentElement, { childList: true, subtree: true });
    if (!wanted && !document.querySelector("s-app-nav, ui-nav-menu")) post("nav", { items: [] });
    post("loaded", { path: appPath(), title: document.querySelector("s-page")?.getAttribute("heading") || document.title });
  });

  listeners.save = () => {
    if (shownFor?.localName === "form") shownFor.requestSubmit();
    else saveButton([...(shownFor?.children ?? [])])?.click();
  };
  listeners.discard = () => {
    if (shownFor?.localName === "form") shownFor.reset();
    else discardButton([...(shownFor?.children ?? [])])?.click();
  };
  listeners.left = () => { // the merchant chose to leave without saving
    if (shownFor) starts.delete(shownFor);
    shownFor = null;
  };

  // Links of the page are held back while changes are unsaved.
  document.addEventListener("click", (event) => {
    if (!shownFor) return;
    const anchor = event.composedPath().find((node) => node.localName === "a" && node.href && !node.target?.startsWith("_blank"));
    if (!anchor || anchor.hash && sameHref(anchor.href.split("#")[0], location.href.split("#")[0])) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    saveBar.leaveConfirmation().then(() => anchor.click());
  }, true);

  class SaveBarElement extends HTMLElement {
    connectedCallback() {
      this.style.display = "none";
      new MutationObserver(() => shownFor === this && showBar(this)).observe(this, { subtree: true, attributes: true, childList: true });
    }

    get showing() {
      return shownFor === this;
    }

    async show() {
      showBar(this);
      this.dispatchEvent(new Event("show"));
    }

    async hide() {
      if (shownFor !== this) return;
      hideBar();
      this.dispatchEvent(new Event("hide"));
    }

    toggle() {
      return this.showing ? this.hide() : this.show();
    }
  }
  customElements.define("ui-save-bar", SaveBarElement);

  const named = (id) => document.getElementById(id) ?? (() => { throw new Error(`No element with the id "${id}"`); })();
  const saveBar = {
    show: async (id) => named(id).show(),
    hide: async (id) => named(id).hide(),
    toggle: async (id) => named(id).toggle(),
    /** Resolves once it is safe to leave; stays pending when the merchant wants to keep editing. */
    leaveConfirmation: async () => {
      if (!shownFor) return;
      const isLeaving = await ask("leave");
      if (!isLeaving) await new Promise(() => {});
      listeners.left();
    },
  };

  // ---- toasts, modals, pickers ------------------------------------------------------------------------------------------------

  const toasts = new Map();
  const toast = {
    show(message, options = {}) {
      lastId += 1;
      const id = `toast-${lastId}`;
      toasts.set(id, options);
      post("toast", { toastId: id, message: String(message), duration: options.duration ?? 5000, isError: Boolean(options.isError), action: options.action });
      return id;
    },
    hide(id) {
      post("hideToast", { toastId: id });
    },
  };
  listeners.toastAction = ({ toastId }) => toasts.get(toastId)?.onAction?.();
  listeners.toastGone = ({ toastId }) => {
    toasts.get(toastId)?.onDismiss?.();
    toasts.delete(toastId);
  };

  const modal = {
    show: async (id) => named(id).showOverlay(),
    hide: async (id) => named(id).hideOverlay(),
    toggle: async (id) => named(id).toggleOverlay(),
  };
  let isDim = false;

  /** The admin darkens with an open modal, and brightens when it closes or its page is swapped away. */
  function compareDim() {
    const isOpen = [...document.querySelectorAll("s-modal")].some((one) => one.isOpen);
    if (isOpen !== isDim) post("dim", { isDim: isOpen });
    isDim = isOpen;
  }
  document.addEventListener("devstore:dim", compareDim);

  async function resourcePicker({ type, action = "add", multiple = false, selectionIds = [], query: words = "", filter = {} }) {
    const selection = await ask("pick", { kind: type, action, multiple, selectionIds, query: words, filter });
    return selection && Object.assign(selection, { selection });
  }

  async function picker({ heading, multiple = false, items, headers = [] }) {
    return { selected: ask("pickItem", { heading, multiple, items, headers }) };
  }

  // ---- the global ----------------------------------------------------------------------------------------------------------------

  window.shopify = {
    config, environment, ready, idToken, toast, modal, saveBar, resourcePicker, picker,
    origin: location.origin,
    loading: (isLoading = true) => post("loading", { isLoading: Boolean(isLoading) }),
    user: async () => (await ready, admin.user),
    scopes: {
      query: async () => (await ready, admin.scopes),
      request: (scopes) => ask("requestScopes", { scopes }),
      revoke: (scopes) => ask("revokeScopes", { scopes }),
    },
    app: { extensions: () => ask("extensions") },
    reviews: { request: async () => ({ success: false, code: "merchant-ineligible", message: "A development store cannot review apps" }) },
    webVitals: { onReport: async () => {} },
    support: { registerHandler: async () => {} },
    intents: { register: () => () => {}, request: { value: null, subscribe: () => () => {} } },
    tools: { register: () => () => {}, unregister: () => {}, clear: () => {} },
  };
})();
