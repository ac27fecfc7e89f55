// The app, asked in the name of whoever is signed in: the token says who that is, nothing else does. At the till staff are signed in,
// and say for which customer they ask.

/** @typedef {'checkout' | 'account' | 'pos'} Surface */

const APP = process.env.APP_URL;

/** What the app said no with: a sentence for the shopper, in their language, and a code for us. */
export class Refusal extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * @param {Surface} surface whose token it is
 * @param {string} path below /ext/{surface}
 * @param {object} [body] sent as JSON by POST; without it, GET
 * @param {Record<string, string>} [params] more for the query
 * @returns {Promise<any>} the answer. Rejects with a Refusal.
 */
export async function ask(surface, path, body, params = {}) {
  const {token, locale} = await credential(surface);
  const language = locale.slice(0, 2).toLowerCase();
  const response = await fetch(`${APP}/ext/${surface}/${path}?${new URLSearchParams({lang: language, ...params})}`, {
    method: body ? 'POST' : 'GET',
    headers: {Authorization: `Bearer ${token}`, ...(body && {'Content-Type': 'application/json'})},
    ...(body && {body: JSON.stringify(body)}),
  }).catch(() => { throw new Refusal('network', ''); });
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(told.error?.code ?? 'try-again', told.error?.message ?? '');
  return told;
}

/**
 * Take a reward and wait until its code can be used. The same key is the same intent, however often it is sent.
 *
 * @param {Surface} surface
 * @param {{reward_id: string, points?: number}} wish
 * @param {string} key of 16 to 64 letters, digits and dashes
 * @param {Record<string, string>} [params] as for `ask`
 * @returns {Promise<any>} the redemption, issued. Rejects with a Refusal.
 */
export async function redeem(surface, wish, key, params = {}) {
  let taken = await ask(surface, 'redeem', {...wish, request_key: key}, params);
  for (let look = 0; look < LOOKS && MOVING.has(taken.state); look += 1) {
    await pause(PAUSE_MS);
    taken = await ask(surface, `redemption/${taken.id}`, undefined, params);
  }
  if (taken.state !== 'issued') throw new Refusal('not-ready', '');
  return taken;
}

/**
 * The points a slider reward should propose for this cart: as much as the shopper has and the cart can use.
 *
 * @param {any} reward as `state` lists it
 * @param {number} subtotal of the cart, in the shop's currency
 * @returns {number} points; 0 when not even the least of it fits
 */
export function proposal(reward, subtotal) {
  const {minimum, step, reach} = reward.points;
  if (!reward.is_variable) return reward.is_affordable && subtotal >= least(reward) ? minimum : 0;
  const usable = Math.floor(subtotal / Number(reward.step_value)) * step;
  const points = Math.min(reach, usable);
  return reward.is_affordable && points >= minimum ? points : 0;
}

/** @param {any} reward @returns {number} the least a cart must come to */
export function least(reward) {
  return Number(reward.minimum_spend?.amount ?? 0);
}

/** @returns {string} a key for one intent of one shopper */
export function freshKey() {
  return crypto.randomUUID();
}

/** @param {Surface} surface @returns {Promise<{token: string | undefined, locale: string}>} */
async function credential(surface) {
  const api = /** @type {any} */ (shopify);
  if (surface === 'pos') return {token: await api.session.getSessionToken(), locale: api.locale.current.value};
  return {token: await api.sessionToken.get(), locale: api.localization.language.value.isoCode};
}

const MOVING = new Set(['held', 'suspended']);
const LOOKS = 10;
const PAUSE_MS = 700;

/** @param {number} ms */
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
