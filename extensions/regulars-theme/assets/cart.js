// The shopper's cart. Codes are set through Shopify's standard storefront actions where the store has them, so that the theme's own cart
// follows; else through the Ajax cart. Both replace the whole list, so the codes that are there are always sent along.

const HEADERS = {Accept: 'application/json', 'Content-Type': 'application/json'};

/** Put `code` into the cart. Says honestly what came of it: {isApplicable, isEmpty, others}. Throws when the cart could not be changed. */
export async function applyCode(config, code) {
  const actions = window.Shopify?.actions;
  const cart = actions?.updateCart ? await applyByAction(config, actions, code) : await applyByAjax(config, code);
  return {
    isApplicable: cart.codes.some((each) => isSame(each.code, code) && each.applicable),
    isEmpty: cart.quantity === 0,
    others: cart.codes.filter((each) => !isSame(each.code, code) && each.applicable).map((each) => each.code),
  };
}

/** What the cart says of `code` now: the same as applyCode, or null when the code is not in it. */
export async function readCode(config, code) {
  const cart = fromAjax(await readCart(config));
  if (!cart.codes.some((each) => isSame(each.code, code))) return null;
  return {
    isApplicable: cart.codes.some((each) => isSame(each.code, code) && each.applicable),
    isEmpty: cart.quantity === 0,
    others: cart.codes.filter((each) => !isSame(each.code, code) && each.applicable).map((each) => each.code),
  };
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

async function applyByAction(config, actions, code) {
  const existing = fromAjax(await readCart(config)).codes.map((each) => each.code);
  const result = await actions.updateCart({discountCodes: withCode(existing, code)});
  if (result.userErrors?.length) throw new Error(result.userErrors[0].message);
  if (!result.cart?.discountCodes) return fromAjax(await readCart(config));
  return {codes: result.cart.discountCodes, quantity: result.cart.totalQuantity};
}

async function applyByAjax(config, code) {
  const existing = fromAjax(await readCart(config)).codes.map((each) => each.code);
  return fromAjax(await change(config, {discount: withCode(existing, code).join(',')}));
}

async function readCart(config) {
  return read(await fetch(`${config.cartUrl}.js`, {headers: {Accept: 'application/json'}, cache: 'no-store'}));
}

async function change(config, body) {
  return read(await fetch(`${config.cartUpdateUrl}.js`, {method: 'POST', headers: HEADERS, body: JSON.stringify(body)}));
}

async function read(answer) {
  if (!answer.ok) throw new Error(`cart: ${answer.status}`);
  return answer.json();
}

function fromAjax(cart) {
  return {codes: cart.discount_codes || [], quantity: cart.item_count};
}

function withCode(existing, code) {
  return existing.some((each) => isSame(each, code)) ? existing : [...existing, code];
}

function isSame(one, other) {
  return one.toUpperCase() === other.toUpperCase();
}
