// The admin frame: answers the app's App Bridge, follows its address, and draws what belongs to the admin, not to the app.
"use strict";

const boot = JSON.parse(document.getElementById("boot").textContent);
const $ = (selector, root = document) => root.querySelector(selector);
const frame = $("iframe");
const appOrigin = boot.appUrl && new URL(boot.appUrl).origin;
const escapeHtml = (text) => String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
const CLOSE = '<svg width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"><path d="M5.5 5.5l9 9M14.5 5.5l-9 9"/></svg>';

// ---- messages ---------------------------------------------------------------------------------------------------------------

const tell = (type, payload = {}) => frame.contentWindow.postMessage({ from: "admin", type, ...payload }, appOrigin);

/** Requests of the app that get an answer: type -> function of the message, returning the value. */
const answers = {
  hello: ({ path }) => {
    arrived(path);
    return { shop: boot.shop, host: boot.host, currency: boot.currency, user: boot.user, scopes: boot.scopes };
  },
  idToken: async () => {
    const answer = await fetch(`${boot.base}/id_token`, { cache: "no-store" });
    if (!answer.ok) throw new Error("The admin could not make an ID token: is the app still installed?");
    return (await answer.json()).id_token;
  },
  leave: () => confirmLeave(),
  pick: (wish) => pickResources(wish),
  pickItem: (wish) => pickItems(wish),
  requestScopes: async ({ scopes }) => {
    const answer = await fetch(`${boot.base}/scopes`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ scopes }) });
    if (!answer.ok) throw new Error("The app asked for a scope that is not among its optional ones");
    boot.scopes = await answer.json();
    return { result: "granted-all", detail: boot.scopes };
  },
  revokeScopes: () => ({ detail: boot.scopes }),
  extensions: async () => (await fetch(`${boot.base}/extensions`, { cache: "no-store" })).json(),
};

/** Notices of the app that need no answer. */
const notices = {
  location: ({ path }) => follow(path),
  loaded: ({ path, title }) => { follow(path); entitle(title); endLoading(); },
  leaving: () => { showLoading(true); hideSaveBar(); setDim(false); },
  title: ({ title }) => entitle(title),
  nav: ({ items }) => drawNav(items),
  saveBar: (wish) => (wish.isShown ? showSaveBar(wish) : hideSaveBar()),
  toast: (wish) => showToast(wish),
  hideToast: ({ toastId }) => dropToast(toastId),
  dim: ({ isDim }) => setDim(isDim),
  loading: ({ isLoading }) => showLoading(isLoading),
  open: ({ url }) => openAdmin(url),
};

addEventListener("message", async ({ origin, source, data }) => {
  if (!frame || source !== frame.contentWindow || origin !== appOrigin || data?.from !== "app-bridge") return;
  if (notices[data.type]) notices[data.type](data);
  if (!answers[data.type]) return;
  try {
    tell("reply", { id: data.id, value: await answers[data.type](data) });
  } catch (error) {
    tell("reply", { id: data.id, error: error.message });
  }
});

// ---- address -----------------------------------------------------------------------------------------------------------------

/** The app moved: its address stands in ours. The iframe makes the history entries, so back and forward work by themselves. */
function follow(path) {
  const address = `${boot.appBase}${path === "/" ? "/" : path}`;
  if (address !== location.pathname + location.search + location.hash) history.replaceState(null, "", address);
  markCurrent();
}

function arrived(path) {
  if (!path.includes("shopify-reload")) follow(path);
}

const appPath = () => location.pathname.slice(boot.appBase.length) || "/";

function entitle(title) {
  document.title = [title, boot.appName, boot.shop.split(".")[0]].filter((word, at, all) => word && all.indexOf(word) === at).join(" · ");
}

function endLoading() {
  $(".skeleton")?.remove();
  showLoading(false);
}

// A page that never speaks (an error page without App Bridge) still shows itself once it is loaded.
frame?.addEventListener("load", () => setTimeout(endLoading, 1500));

async function goTo(href) {
  closeMenus();
  if (isDirty && !(await confirmLeave())) return;
  tell("navigate", { href });
}

/** Places in the admin that apps link to; what the dev store does not draw is said, not hidden. */
function openAdmin(url) {
  const place = url.replace(/^shopify:(\/\/)?admin\/?/, "");
  const own = place.match(/^apps\/[^/]+(\/.*)?$/);
  if (own) goTo(own[1] ?? "/");
  else showToast({ toastId: `open-${Date.now()}`, message: `The dev store has no admin page “${place}”`, duration: 5000 });
}

// ---- navigation ----------------------------------------------------------------------------------------------------------------

let homeHref = "/";

function drawNav(items) {
  homeHref = items.find((item) => item.isHome)?.href ?? "/";
  const html = items.filter((item) => !item.isHome && item.href).map(({ href, label }) => `<a href="${escapeHtml(boot.appBase + href)}" data-href="${escapeHtml(href)}">${escapeHtml(label)}</a>`).join("");
  $(".app-nav").innerHTML = html;
  $(".app-menu").innerHTML = `<a href="${escapeHtml(boot.appBase + homeHref)}" data-href="${escapeHtml(homeHref)}">${escapeHtml(boot.appName)}</a>${html}`;
  $(".app-menu-button").hidden = !html;
  $(".app-link").dataset.href = homeHref;
  markCurrent();
}

/** The item whose path is the longest beginning of the current one is current; a sub-page keeps its parent marked. */
function markCurrent() {
  const path = appPath();
  const links = [...document.querySelectorAll(".app-nav a")];
  const covers = (href) => path === href || path.startsWith(href.endsWith("/") ? href : `${href}/`);
  const best = links.map((link) => link.dataset.href.split("?")[0]).filter(covers).sort((a, b) => b.length - a.length)[0];
  for (const link of document.querySelectorAll(".app-nav a, .app-menu a")) {
    const isCurrent = best ? link.dataset.href.split("?")[0] === best : link.parentElement.matches(".app-menu") && link.dataset.href === homeHref;
    link.classList.toggle("is-current", isCurrent);
    if (isCurrent) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  $(".app-link").classList.toggle("is-current", !best);
  const current = $(".app-menu a.is-current");
  $(".app-menu-button span").textContent = current?.textContent ?? "Menu";
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-href]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || !frame) return;
  event.preventDefault();
  goTo(link.dataset.href);
});

const side = $(".side"), menuButton = $(".menu-button"), appMenu = $(".app-menu"), appMenuButton = $(".app-menu-button");

function openSide(isOpen) {
  side.classList.toggle("is-open", isOpen);
  $(".shade").hidden = !isOpen;
  menuButton.setAttribute("aria-expanded", String(isOpen));
}

function openAppMenu(isOpen) {
  appMenu.hidden = !isOpen;
  appMenuButton.setAttribute("aria-expanded", String(isOpen));
}

function closeMenus() {
  openSide(false);
  openAppMenu(false);
}

menuButton.addEventListener("click", () => openSide(!side.classList.contains("is-open")));
appMenuButton.addEventListener("click", () => openAppMenu(appMenu.hidden));
$(".shade").addEventListener("click", closeMenus);
document.addEventListener("keydown", (event) => event.key === "Escape" && closeMenus());
addEventListener("blur", () => openAppMenu(false)); // a click into the iframe

// ---- save bar --------------------------------------------------------------------------------------------------------------------

const saveBar = $(".save-bar");
let isDirty = false;
let mustConfirm = false;

function showSaveBar({ mustConfirm: asks, save, discard }) {
  isDirty = true;
  mustConfirm = asks;
  for (const [selector, state, word] of [[".save", save, "Save"], [".discard", discard, "Discard"]]) {
    const button = $(selector, saveBar);
    button.textContent = state?.loading ? "…" : state?.label || word;
    button.disabled = Boolean(state?.disabled || state?.loading);
  }
  saveBar.hidden = false;
}

function hideSaveBar() {
  isDirty = false;
  saveBar.hidden = true;
}

$(".save", saveBar).addEventListener("click", () => tell("save"));
$(".discard", saveBar).addEventListener("click", async () => {
  if (!mustConfirm || await confirmBox({ title: "Discard all unsaved changes", words: "If you discard changes, you will delete any edits you made since you last saved.", stay: "Continue editing", go: "Discard changes" })) tell("discard");
});
addEventListener("beforeunload", (event) => isDirty && event.preventDefault());
addEventListener("keydown", (event) => {
  if (!isDirty || event.key.toLowerCase() !== "s" || !(event.metaKey || event.ctrlKey)) return;
  event.preventDefault();
  tell("save");
});

async function confirmLeave() {
  if (!isDirty) return true;
  saveBar.classList.add("is-urgent");
  setTimeout(() => saveBar.classList.remove("is-urgent"), 500);
  const isLeaving = await confirmBox({ title: "Leave page with unsaved changes?", words: "Leaving this page will delete all unsaved changes.", stay: "Stay", go: "Leave page" });
  if (isLeaving) {
    hideSaveBar();
    tell("left");
  }
  return isLeaving;
}

// ---- dialogs ---------------------------------------------------------------------------------------------------------------------

/** Opens a dialog and resolves with the value given to `close(value)`; closing it any other way gives undefined. */
function openDialog({ title, body, footer, size = "", start = () => {} }) {
  const dialog = document.createElement("dialog");
  dialog.className = size;
  dialog.setAttribute("aria-label", title);
  dialog.innerHTML = `<header><h2>${escapeHtml(title)}</h2><button class="close" type="button" aria-label="Close">${CLOSE}</button></header><div class="body">${body}</div>${footer}`;
  document.body.append(dialog);
  return new Promise((resolve) => {
    let value;
    const close = (given) => { value = given; dialog.close(); };
    dialog.addEventListener("close", () => { dialog.remove(); resolve(value); });
    dialog.addEventListener("click", (event) => (event.target === dialog || event.target.closest(".close")) && close());
    start(dialog, close);
    dialog.showModal();
  });
}

async function confirmBox({ title, words, stay, go }) {
  return Boolean(await openDialog({
    title, size: "small", body: escapeHtml(words),
    footer: `<footer class="end"><button class="button stay" type="button" autofocus>${stay}</button><button class="button critical go" type="button">${go}</button></footer>`,
    start: (dialog, close) => {
      $(".stay", dialog).addEventListener("click", () => close(false));
      $(".go", dialog).addEventListener("click", () => close(true));
    },
  }));
}

const PICKER_TITLES = { product: "products", variant: "variants", collection: "collections" };

/** The resource picker. Resolves with the chosen resources in the order of the list, or undefined when it is cancelled. */
async function pickResources({ kind, action, multiple, selectionIds, query, filter }) {
  if (!PICKER_TITLES[kind]) throw new Error(`The resource picker knows products, variants and collections, not "${kind}"`);
  const all = await (await fetch(`${boot.base}/resources/${kind}`)).json();
  const rows = all.flatMap((one) => resourceRows(one, kind, filter));
  const before = new Set(selectionIds.flatMap(({ id, variants = [] }) => [id, ...variants.map((variant) => variant.id)]));
  for (const { id } of selectionIds) for (const row of rows) if (row.parent === id && !selectionIds.find((one) => one.id === id).variants?.length) before.add(row.id);
  const chosen = await pickFrom({
    title: `${action === "select" ? "Select" : "Add"} ${multiple ? PICKER_TITLES[kind] : PICKER_TITLES[kind].slice(0, -1)}`,
    rows, multiple, before, words: query, go: action === "select" ? "Select" : "Add",
  });
  if (!chosen) return undefined;
  return all.filter((one) => chosen.has(one.id)).map((one) => (one.variants ? { ...one, variants: one.variants.filter((variant) => one.hasOnlyDefaultVariant || filter.variants === false || chosen.has(variant.id)) } : one));
}

const money = (amount) => amount && new Intl.NumberFormat(undefined, { style: "currency", currency: boot.currency }).format(amount);

function resourceRows(one, kind, filter) {
  const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
  const notes = { product: count(one.totalVariants, "variant"), variant: money(one.price), collection: count(one.productsCount, "product") };
  const row = { id: one.id, title: kind === "variant" ? one.displayName : one.title, note: notes[kind], image: one.images?.[0]?.originalSrc ?? one.image?.originalSrc ?? "" };
  const variants = kind === "product" && !one.hasOnlyDefaultVariant && filter.variants !== false ? one.variants : [];
  return [row, ...variants.map((variant) => ({ id: variant.id, parent: one.id, title: variant.title, note: money(variant.price) }))];
}

/** The picker of the app's own things. `data` stands in columns under `headers` in Shopify; here beside its header's name. */
async function pickItems({ heading, multiple, items, headers }) {
  const named = (value, at) => (value === undefined || !headers[at]?.content ? value : `${headers[at].content}: ${value}`);
  const rows = items.map((item) => ({
    id: item.id, title: item.heading, note: (item.data ?? []).map(named).filter((text) => text !== undefined).join(" · "),
    badges: item.badges ?? [], image: item.thumbnail?.url ?? null, isOff: item.disabled,
  }));
  const chosen = await pickFrom({ title: heading, rows, multiple, before: new Set(items.filter((item) => item.selected).map((item) => item.id)), words: "", go: "Select" });
  return chosen && [...chosen];
}

function pickFrom({ title, rows, multiple, before, words, go }) {
  const limit = typeof multiple === "number" ? multiple : multiple ? Infinity : 1;
  const chosen = new Set(rows.filter((row) => before.has(row.id)).map((row) => row.id));
  const image = (row) => (row.parent || row.image === null ? "" : row.image ? `<img src="${escapeHtml(new URL(row.image, boot.storefront))}" alt="">` : '<span class="no-image"></span>');
  const badges = (row) => (row.badges ?? []).map(({ content, tone = "info" }) => ` <span class="badge is-${escapeHtml(tone)}">${escapeHtml(content)}</span>`).join("");
  const parents = () => [...chosen].filter((id) => !rows.find((row) => row.id === id)?.parent).length;
  return openDialog({
    title,
    body: `<input class="search" type="search" autofocus placeholder="Search" aria-label="Search" value="${escapeHtml(words)}"><ul class="picks"></ul>`,
    footer: `<footer><span class="count" aria-live="polite"></span><button class="button cancel" type="button">Cancel</button><button class="button primary go" type="button">${go}</button></footer>`,
    start: (dialog, close) => {
      const search = $(".search", dialog);
      const draw = () => {
        const text = search.value.trim().toLowerCase();
        const matches = (row) => row.title.toLowerCase().includes(text);
        const shown = rows.filter((row) => matches(row) || rows.some((other) => other.id === row.parent && matches(other)));
        $(".picks", dialog).innerHTML = shown.map((row) => `<li><label class="${row.parent ? "sub" : ""} ${row.isOff ? "is-off" : ""}"><input type="${limit === 1 && !row.parent ? "radio" : "checkbox"}" name="pick${row.parent ?? ""}" value="${escapeHtml(row.id)}" ${chosen.has(row.id) ? "checked" : ""} ${row.isOff ? "disabled" : ""}>${image(row)}<span class="words"><span>${escapeHtml(row.title)}${badges(row)}</span><small>${escapeHtml(row.note ?? "")}</small></span></label></li>`).join("") || '<li class="none">Nothing found</li>';
        count();
      };
      const count = () => {
        $(".count", dialog).textContent = `${parents()}${Number.isFinite(limit) && limit > 1 ? ` of ${limit}` : ""} selected`;
        $(".go", dialog).disabled = chosen.size === 0 || parents() > limit;
      };
      $(".picks", dialog).addEventListener("change", ({ target }) => {
        toggle(rows, chosen, target.value, target.checked, limit);
        for (const input of dialog.querySelectorAll(".picks input")) input.checked = chosen.has(input.value);
        count();
      });
      search.addEventListener("input", draw);
      $(".cancel", dialog).addEventListener("click", () => close());
      $(".go", dialog).addEventListener("click", () => close(chosen));
      draw();
    },
  });
}

/** Choosing a product chooses its variants; choosing a variant chooses its product; a single choice replaces the one before. */
function toggle(rows, chosen, id, isOn, limit) {
  const row = rows.find((one) => one.id === id);
  const family = row.parent ?? id;
  if (isOn && limit === 1) for (const other of [...chosen]) if (other !== family && rows.find((one) => one.id === other).parent !== family) chosen.delete(other);
  const kin = rows.filter((one) => one.parent === family).map((one) => one.id);
  for (const one of row.parent ? [id] : [id, ...kin]) chosen[isOn ? "add" : "delete"](one);
  if (isOn) chosen.add(family);
  else if (kin.length && !kin.some((one) => chosen.has(one))) chosen.delete(family);
}

// ---- toasts, dimming, loading --------------------------------------------------------------------------------------------------

const toasts = new Map();

function showToast({ toastId, message, duration, isError, action }) {
  const node = document.createElement("div");
  node.className = `toast${isError ? " is-error" : ""}`;
  node.setAttribute("role", isError ? "alert" : "status");
  node.innerHTML = `<span>${escapeHtml(message)}</span>${action ? `<button class="act" type="button">${escapeHtml(action)}</button>` : ""}<button class="gone" type="button" aria-label="Dismiss">${CLOSE}</button>`;
  $(".gone", node).addEventListener("click", () => dropToast(toastId));
  $(".act", node)?.addEventListener("click", () => { tell("toastAction", { toastId }); dropToast(toastId); });
  $(".toasts").append(node);
  toasts.set(toastId, { node, timer: setTimeout(() => dropToast(toastId), Math.max(duration, 1000)) });
}

function dropToast(toastId) {
  const toast = toasts.get(toastId);
  if (!toast) return;
  clearTimeout(toast.timer);
  toast.node.remove();
  toasts.delete(toastId);
  tell("toastGone", { toastId });
}

/** A modal of the app darkens the page inside its frame; the admin around it follows. */
function setDim(isDim) {
  document.body.classList.toggle("is-dim", isDim);
  for (const part of [$(".top"), side, $(".title-bar")]) part.inert = isDim;
}

let loadingTimer = 0;

/** The bar shows only when something takes longer than a blink. */
function showLoading(isLoading) {
  clearTimeout(loadingTimer);
  if (isLoading) loadingTimer = setTimeout(() => { $(".loading").hidden = false; }, 150);
  else $(".loading").hidden = true;
}

// Only now: an app that is quicker than this script would say hello to nobody.
if (frame) frame.src = boot.src;
