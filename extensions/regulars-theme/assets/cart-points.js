// Rewards that fit the cart, taken in place: the app writes the code, the cart gets it, and it can be given back at once.
import {applyCode, readCode, removeCode} from './cart.js';
import {Intents, Proxy, pause} from './proxy.js';

const SHOWN = 3;
const POLL_MS = [400, 600, 900, 1300, 2000, 3000, 4000];
const CHANGES = ['shopify:cart:lines-update', 'shopify:cart:discount-update', 'loyalty:changed'];
const MOVING = ['held', 'suspended'];
const TAKEN = 'loyalty:cart';

class LoyaltyCart extends HTMLElement {
  #intents = new Intents();
  #changed = (event) => this.#follow(event);
  #restored = (event) => event.persisted && this.#renew();

  connectedCallback() {
    this.place = this.querySelector('[data-offers]');
    if (!this.place || this.config) return;
    this.config = JSON.parse(this.querySelector('script[type="application/json"]').textContent);
    this.proxy = new Proxy(this.config);
    this.fold = this.place.closest('details');
    this.fold.addEventListener('toggle', () => this.fold.open && !this.place.hasChildNodes() && this.#offer());
    for (const name of CHANGES) document.addEventListener(name, this.#changed);
    window.addEventListener('pageshow', this.#restored);
    this.#begin();
  }

  disconnectedCallback() {
    for (const name of CHANGES) document.removeEventListener(name, this.#changed);
    window.removeEventListener('pageshow', this.#restored);
  }

  // What was taken on this page before it loaded again is still there, with the way back.
  async #begin() {
    const taken = remembered();
    const found = taken && (await readCode(this.config, taken.code).catch(() => null));
    if (!found || (!found.isApplicable && (await this.#isOver(taken)))) {
      remember(null);
      return false;
    }
    this.#showTaken(taken, found.isApplicable);
    this.fold.open = true;
    return true;
  }

  // Given back on another device, or ended: then it has nothing more to do in the cart.
  async #isOver(taken) {
    const {code, state} = await this.proxy.get(`redemption/${taken.id}`).catch(() => taken);
    if (code || MOVING.includes(state)) return false;
    await removeCode(this.config, taken.code).catch(() => {});
    return true;
  }

  // The way back from the checkout may bring the page as it was left.
  async #renew() {
    await this.#catchUp();
    this.#show();
    if (this.fold.open && !(await this.#begin())) await this.#offer();
  }

  // Asked when the shopper opens it, so that a cart costs no request.
  async #offer(said = '') {
    const above = said && say('p', said);
    try {
      const total = (this.config.total / 100).toFixed(2);
      const {offers} = await this.proxy.get('offers', {cart_total: total});
      const fitting = offers.filter((each) => !each.refusal && each.points && this.#says(each.worth));
      const different = new Map(fitting.map((each) => [this.#label(each), each])); // two rewards may come to the same
      if (fitting.length) this.#show(above, ...[...different.values()].slice(0, SHOWN).map((each) => this.#button(each, total)));
      else this.#show(above, say('p', this.config.texts.none));
    } catch (problem) {
      this.#show(say('p', problem.code ? problem.message : this.config.texts.error_network));
    }
  }

  #button(offer, total) {
    const button = say('button', this.#label(offer), 'loyalty-button loyalty-quiet');
    button.type = 'button';
    button.addEventListener('click', () => this.#once(button, () => this.#redeem(offer, total)));
    return button;
  }

  #label(offer) {
    return fill(this.config.texts.redeem, {points: this.#points(offer.points), worth: this.#says(offer.worth)});
  }

  async #redeem(offer, total) {
    const name = `${offer.reward.id}:${offer.points}:${total}`;
    const body = {reward_id: offer.reward.id, request_key: this.#intents.key(name), cart_total: total};
    if (offer.reward.is_variable) body.points = offer.points;
    const taken = await this.#settled(await this.proxy.post('redeem', body));
    if (MOVING.includes(taken.state)) return this.#show(say('p', this.config.texts.late));
    this.#intents.done(name);
    if (!taken.code) return this.#offer();
    remember({id: taken.id, code: taken.code});
    const {isApplicable} = await applyCode(this.config, taken.code);
    if (!window.Shopify?.actions?.updateCart) return window.location.reload(); // the theme shows its cart anew
    this.#showTaken(taken, isApplicable);
    this.#tell();
  }

  #showTaken(taken, isApplicable) {
    const back = say('button', this.config.texts.give_back, 'loyalty-link');
    back.type = 'button';
    back.addEventListener('click', () => this.#once(back, () => this.#giveBack(taken)));
    this.#show(say('p', isApplicable ? this.config.texts.applied : this.config.texts.not_applicable), back);
  }

  async #giveBack(taken) {
    await this.proxy.post('cancel', {redemption_id: taken.id});
    remember(null);
    await removeCode(this.config, taken.code);
    if (!window.Shopify?.actions?.updateCart) return window.location.reload();
    await this.#offer(this.config.texts.given_back);
    this.#tell();
  }

  async #settled(redemption) {
    for (const wait of POLL_MS) {
      if (!MOVING.includes(redemption.state)) break;
      await pause(wait);
      redemption = await this.proxy.get(`redemption/${redemption.id}`);
    }
    return redemption;
  }

  // One press at a time; what went wrong is said below the buttons, which stay.
  async #once(button, work) {
    if (button.getAttribute('aria-busy') === 'true') return;
    const label = button.textContent;
    button.setAttribute('aria-busy', 'true');
    button.textContent = this.config.texts.busy;
    this.place.querySelector('[role=alert]')?.remove();
    try {
      await work();
    } catch (problem) {
      const told = say('p', problem.code ? problem.message : this.config.texts.error_network);
      told.setAttribute('role', 'alert');
      this.place.append(told);
    } finally {
      button.removeAttribute('aria-busy');
      button.textContent = label;
    }
  }

  #show(...parts) {
    this.place.replaceChildren(...parts.filter(Boolean));
  }

  #tell() {
    this.isTelling = true;
    document.dispatchEvent(new CustomEvent('loyalty:changed', {detail: {from: 'cart'}}));
    this.isTelling = false;
    this.#catchUp();
  }

  async #follow(event) {
    if (this.isTelling) return;
    await event.promise?.catch(() => null);
    await (event.type === 'loyalty:changed' ? this.#catchUp() : this.#refresh());
    if (event.type === 'shopify:cart:lines-update' && this.fold.open && !remembered()) this.#offer();
  }

  // Points were taken or given back: Shopify is told of it within seconds, so the app is asked.
  async #catchUp() {
    await this.#refresh();
    const told = await this.proxy.get('state').catch(() => null);
    const figure = this.querySelector('.loyalty-figure');
    if (told?.member && figure) figure.textContent = this.#points(told.member.available);
  }

  // What Liquid counted, counted again by Liquid.
  async #refresh() {
    const answer = await fetch(window.location.href, {headers: {Accept: 'text/html'}, cache: 'no-store'}).catch(() => null);
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('loyalty-cart');
    if (!fresh) return;
    const told = fresh.querySelectorAll('[data-part]');
    this.querySelectorAll('[data-part]').forEach((part, at) => told[at] && part.replaceChildren(...told[at].childNodes));
    const facts = fresh.querySelector('script[type="application/json"]');
    if (facts) this.config.total = JSON.parse(facts.textContent).total;
  }

  #points(count) {
    const {language, words} = this.config;
    const isOne = new Intl.PluralRules(language).select(count) === 'one';
    return `${new Intl.NumberFormat(language).format(count)} ${isOne ? words.one : words.other}`;
  }

  #says(worth) {
    const {language, texts} = this.config;
    if (worth.kind === 'amount_off') {
      const style = {style: 'currency', currency: worth.currency, currencyDisplay: 'narrowSymbol', trailingZeroDisplay: 'stripIfInteger'};
      return fill(texts.amount_off, {amount: new Intl.NumberFormat(language, style).format(Number(worth.amount))});
    }
    if (worth.kind === 'percent_off') {
      const style = {style: 'percent', maximumFractionDigits: 2};
      return fill(texts.percent_off, {percent: new Intl.NumberFormat(language, style).format(Number(worth.percent) / 100)});
    }
    return worth.kind === 'free_shipping' ? texts.free_shipping : '';
  }
}

function remember(taken) {
  try {
    if (taken) sessionStorage.setItem(TAKEN, JSON.stringify(taken));
    else sessionStorage.removeItem(TAKEN);
  } catch {
    // storage is blocked: the code stays among the shopper's codes
  }
}

function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(TAKEN));
  } catch {
    return null;
  }
}

function say(tag, text, look = '') {
  const element = document.createElement(tag);
  element.textContent = text;
  if (look) element.className = look;
  return element;
}

function fill(text, places) {
  return text.replace(/\[(\w+)\]/g, (whole, name) => places[name] ?? whole);
}

if (!customElements.get('loyalty-cart')) customElements.define('loyalty-cart', LoyaltyCart);
