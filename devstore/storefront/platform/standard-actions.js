// Shopify's standard storefront actions as the platform gives them to a storefront: Shopify.actions.getCart, updateCart and
// openCart, which a theme may configure. The shapes follow shopify.dev/docs/api/storefront-events-and-actions (2026).
(function () {
  "use strict";

  class StorefrontEvent extends Event {
    constructor(type, facts) {
      super(type, { bubbles: true, composed: true });
      Object.assign(this, facts);
    }
  }

  async function post(path, body, signal) {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
      signal,
    });
    const data = await answer.json();
    if (answer.ok) return [];
    if (answer.status >= 500) throw new Error(data.description || "The cart could not be changed.");
    return [{ code: "INVALID", message: data.description || data.message }];
  }

  function moneyOf(hundredths, currencyCode) {
    return { amount: (hundredths / 100).toFixed(2), currencyCode };
  }

  function summary(cart) {
    return {
      id: `gid://shopify/Cart/${cart.token}`,
      totalQuantity: cart.item_count,
      cost: { totalAmount: moneyOf(cart.total_price, cart.currency) },
      lines: cart.items.map((item) => ({
        id: item.key,
        quantity: item.quantity,
        cost: { totalAmount: moneyOf(item.final_line_price, cart.currency) },
      })),
      discountCodes: cart.discount_codes,
    };
  }

  async function readCart(signal) {
    const answer = await fetch("/cart.js", { headers: { Accept: "application/json" }, signal });
    if (!answer.ok) throw new Error("The cart could not be read.");
    return answer.json();
  }

  let reading = null;
  function getCart(payload, options) {
    reading = reading || readCart(options && options.signal).finally(() => { reading = null; });
    return reading.then((cart) => ({ cart: summary(cart) }));
  }

  async function changeLine(line, signal) {
    if (line.id !== undefined) return post("/cart/change.js", { id: String(line.id), quantity: line.quantity }, signal);
    const id = String(line.merchandiseId).replace("gid://shopify/ProductVariant/", "");
    const properties = Object.fromEntries((line.attributes || []).map((each) => [each.key, each.value]));
    return post("/cart/add.js", { id, quantity: line.quantity, properties, selling_plan: line.sellingPlanId }, signal);
  }

  async function write(payload, options) {
    const signal = options && options.signal;
    const userErrors = [];
    for (const line of payload.lines || []) userErrors.push(...(await changeLine(line, signal)));
    const body = {};
    if (payload.note !== undefined) body.note = payload.note;
    if (payload.discountCodes !== undefined) body.discount = payload.discountCodes.join(",");
    if (payload.attributes !== undefined) {
      const known = (await readCart(signal)).attributes;
      body.attributes = Object.fromEntries(Object.keys(known).map((key) => [key, ""]));
      for (const each of payload.attributes) body.attributes[each.key] = each.value;
    }
    if (Object.keys(body).length > 0) userErrors.push(...(await post("/cart/update.js", body, signal)));
    const result = { cart: summary(await readCart(signal)) };
    if (userErrors.length > 0) result.userErrors = userErrors;
    return result;
  }

  function announce(payload, options, target, promise) {
    const asked = (options && options.event) || {};
    const context = asked.context || "standard-action";
    const say = (type, facts) => target.dispatchEvent(new StorefrontEvent(type, { context, promise, detail: asked.detail, ...facts }));
    if (payload.lines) {
      const action = payload.lines.some((line) => line.id === undefined) ? "add" : payload.lines.every((line) => line.quantity === 0) ? "remove" : "update";
      say("shopify:cart:lines-update", { action, lines: payload.lines });
    }
    if (payload.note !== undefined) say("shopify:cart:note-update", { note: payload.note });
    if (payload.attributes !== undefined) say("shopify:cart:attributes-update", { attributes: payload.attributes });
    if (payload.discountCodes !== undefined) say("shopify:cart:discount-update", { discountCodes: payload.discountCodes.map((code) => ({ code })) });
    promise.catch((problem) => target.dispatchEvent(new StorefrontEvent("shopify:cart:error", { error: String(problem.message), code: "SERVICE_UNAVAILABLE" })));
  }

  function check(payload) {
    if (payload === null || typeof payload !== "object") throw new TypeError("updateCart needs an object.");
    const codes = payload.discountCodes;
    if (codes !== undefined && !(Array.isArray(codes) && codes.every((code) => typeof code === "string"))) {
      throw new TypeError("discountCodes must be a list of strings.");
    }
    if (payload.lines !== undefined && !Array.isArray(payload.lines)) throw new TypeError("lines must be a list.");
  }

  let ofUpdate = null;
  async function updateCart(payload, options) {
    check(payload);
    const target = (ofUpdate && ofUpdate.eventTarget && ofUpdate.eventTarget({})) || document;
    const byDefault = () => write(payload, options);
    const promise = ofUpdate && ofUpdate.handler
      ? Promise.resolve(ofUpdate.handler(byDefault, payload, options))
      : byDefault().then((result) => { window.location.reload(); return result; });
    announce(payload, options, target, promise);
    return promise;
  }
  updateCart.configure = (settings) => { ofUpdate = settings; return true; };
  updateCart.isDefault = () => ofUpdate === null;

  let ofOpen = null;
  async function openCart() {
    const byDefault = async () => { window.location.href = "/cart"; };
    return ofOpen && ofOpen.handler ? ofOpen.handler(byDefault) : byDefault();
  }
  openCart.configure = (settings) => { ofOpen = settings; return true; };
  openCart.isDefault = () => ofOpen === null;

  getCart.isDefault = () => true;
  window.Shopify = window.Shopify || {};
  window.Shopify.actions = Object.freeze({ getCart, updateCart, openCart });
})();
