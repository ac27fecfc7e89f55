// The shopper's cart. Codes are set through Shopify's standard storefront actions where the store has them, so that the theme's own cart
// follows; else through the Ajax cart. Both replace the whole list, so the codes that are there are always sent along.

const HEADERS = {Accept: 'application/json', 'Content-Type': 'application/json'};

/** Put `code` into the cart. Says what came of it: {isApplicable, isEmpty, others, total, currency}. Throws when the cart did not change. */
export async function applyCode(config, code) {
  const existing = (await readCart(config)).codes.map((each) => each.code);
  return outcome(await setCodes(config, existing.some((each) => isSame(each, code)) ? existing : [...existing, code]), code);
}

/** Put one of that variant into the cart, unless it is there. False when the store does not sell it now. */
export async function addProduct(config, variant) {
  if ((await readCart(config)).variants.includes(variant)) return true;
  const {actions} = window.Shopify || {};
  if (actions?.updateCart) {
    const lines = [{merchandiseId: `gid://shopify/ProductVariant/${variant}`, quantity: 1}];
    return !(await actions.updateCart({lines})).userErrors?.length;
  }
  const body = JSON.stringify({id: variant, quantity: 1});
  return (await fetch(`${config.cartAddUrl}.js`, {method: 'POST', headers: HEADERS, body})).ok;
}

/** Take `code` out of the cart, if it is there. */
export async function removeCode(config, code) {
  const existing = (await readCart(config)).codes.map((each) => each.code);
  const kept = existing.filter((each) => !isSame(each, code));
  if (kept.length < existing.length) await setCodes(config, kept);
}

/** What the cart says of `code` now: the same as applyCode, or null when the code is not in it. */
export async function readCode(config, code) {
  const cart = await readCart(config);
  return cart.codes.some((each) => isSame(each.code, code)) ? outcome(cart, code) : null;
}

/** What is in the cart: {codes, quantity, total, currency, variants}; `total` in units of the currency. */
export async function readCart(config) {
  return fromAjax(await read(await fetch(`${config.cartUrl}.js`, {headers: {Accept: 'application/json'}, cache: 'no-store'})));
}

/** Note in the cart who sent this friend, so that the order tells even when the code was not used. */
export async function writeReferral(config, handle) {
  await change(config, {attributes: {regulars_ref: handle}});
}

/** Show the cart, as the theme does it. */
export async function openCart(config) {
  if (window.Shopify?.actions?.openCart) await window.Shopify.actions.openCart();
  else window.location.href = config.cartUrl;
}

async function setCodes(config, codes) {
  const actions = window.Shopify?.actions;
  if (!actions?.updateCart) return fromAjax(await change(config, {discount: codes.join(',')}));
  const result = await actions.updateCart({discountCodes: codes});
  if (result.userErrors?.length) throw new Error(result.userErrors[0].message);
  return readCart(config);
}

async function change(config, body) {
  return read(await fetch(`${config.cartUpdateUrl}.js`, {method: 'POST', headers: HEADERS, body: JSON.stringify(body)}));
}

async function read(answer) {
  if (!answer.ok) throw new Error(`cart: ${answer.status}`);
  return answer.json();
}

function fromAjax(cart) {
  return {codes: cart.discount_codes || [], quantity: cart.item_count, total: cart.items_subtotal_price / 100, currency: cart.currency, variants: cart.items.map((item) => item.variant_id)};
}

function outcome({codes, quantity, total, currency}, code) {
  const counting = codes.filter((each) => each.applicable);
  return {
    isApplicable: counting.some((each) => isSame(each.code, code)),
    isEmpty: quantity === 0,
    others: counting.filter((each) => !isSame(each.code, code)).map((each) => each.code),
    total,
    currency,
  };
}

function isSame(one, other) {
  return one.toUpperCase() === other.toUpperCase();
}
