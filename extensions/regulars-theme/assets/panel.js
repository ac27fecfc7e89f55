// The panel: a dialog that shows pages. The app describes a page in the shopper's language (plugin/storefront/panel); here it is drawn, and
// what is pressed is done: another page is shown, the app is asked to change something, the cart gets a code. One Panel per page of the
// store, made by the launcher when somebody first opens it.

import {addProduct, applyCode, openCart, readCart, readCode, removeCode, writeReferral} from './cart.js';
import {atWork, h, icon, note} from './elements.js';
import {draw, line, pressable} from './parts.js';
import {Intents, Problem, Proxy, freshKey, pause} from './proxy.js';

const POLL_FIRST_MS = 600;
const POLL_LONGEST_MS = 3000;
const POLL_GIVE_UP_MS = 45000;
const PATIENCE_MS = 250;
const NOTE_AFTER_RELOAD_MS = 3000;

export async function createPanel(shadow, config, onToggle) {
  const style = h('link', {rel: 'stylesheet', href: config.styleUrl});
  const arrived = new Promise((done, failed) => {
    style.addEventListener('load', done);
    style.addEventListener('error', failed);
  });
  shadow.append(style);
  await arrived;
  return new Panel(shadow, config, onToggle);
}

class Panel {
  constructor(shadow, config, onToggle) {
    Object.assign(this, {config, onToggle, texts: config.texts, proxy: new Proxy(config), intents: new Intents(), beside: {}});
    this.visit = 0; // counts pages: what arrives for a page that was left is not shown
    this.head = h('div', {class: 'head'});
    this.body = h('div', {class: 'body', tabindex: '-1'});
    this.live = h('p', {class: 'hidden', role: 'status', 'aria-live': 'polite'});
    const attributes = {class: config.position, 'aria-labelledby': 'title', onclick: (event) => this.#onBackdrop(event), onkeydown: (event) => this.#keepFocus(event), onclose: () => this.#closed()};
    this.dialog = h('dialog', attributes, this.head, this.body, this.live);
    shadow.append(this.dialog);
    // The way back from the checkout may bring a page as it was left: what stands in it is asked for again.
    window.addEventListener('pageshow', (event) => event.persisted && this.dialog.open && this.open({page: this.shown}, this.opener));
  }

  /** Open at a page, at a friend's gift ({gift: handle}), or where a page reload interrupted ({resume}). */
  async open(wish, opener) {
    this.opener = opener;
    this.beside = {};
    this.resume = wish.resume;
    if (!this.dialog.open) {
      this.body.replaceChildren();
      this.dialog.showModal();
    }
    this.onToggle(true);
    this.#keep('RESUME', null);
    if (wish.gift) await this.#showGift(wish.gift);
    else await this.show(wish.resume?.page || wish.page || 'home');
  }

  // --- pages -------------------------------------------------------------------------------------------------------------------

  /** Show a page, with `said` above it when something was done before. */
  async show(name, {said = '', tone = 'good', onRefusal = null} = {}) {
    const visit = ++this.visit;
    if (this.beside[name]) return this.#draw(this.beside[name], said, tone);
    const slow = setTimeout(() => visit === this.visit && this.#wait(), this.body.firstChild ? PATIENCE_MS : 0);
    try {
      let told = await this.#read(name);
      let wait = POLL_FIRST_MS;
      for (let spent = 0; told.page.again && spent < POLL_GIVE_UP_MS; spent += wait, wait = Math.min(wait * 1.4, POLL_LONGEST_MS)) {
        if (visit !== this.visit) return undefined;
        clearTimeout(slow);
        this.#wait(told.page.again.text, told.page.title);
        await pause(wait);
        told = await this.#read(name);
      }
      if (visit !== this.visit) return undefined;
      if (told.page.again) throw new Problem('network', told.page.again.late);
      this.#draw(told.page, said, tone);
    } catch (problem) {
      if (visit !== this.visit) return undefined;
      if (onRefusal && problem instanceof Problem && !problem.isPassing) return onRefusal(problem);
      this.#failed(problem, () => this.show(name, {onRefusal}));
    } finally {
      clearTimeout(slow);
    }
    return undefined;
  }

  async #read(name) {
    const told = await this.proxy.get(`panel/${name}`);
    this.proxy.nonce = told.nonce;
    this.beside = told.beside;
    return told;
  }

  #draw(page, said, tone) {
    const {head} = page;
    const back = page.back && this.shown === 'home' ? 'home' : page.back; // who came from the first page goes back there
    this.shown = page.name;
    const told = head && (head.figure
      ? [
        h('p', {class: 'balance'}, h('span', {class: 'hidden'}, `${head.label}: `), h('span', {class: 'figure'}, head.figure), ' ', h('span', {class: 'word'}, head.word)),
        head.chips.length > 0 && h('ul', {class: 'chips'}, head.chips.map((chip) => h('li', {}, chip))),
      ]
      : [h('p', {class: 'lead'}, head.lead), h('p', {class: 'under'}, head.under)]);
    this.#fill(page.title, [said && note(tone, said), ...draw(page.parts, this)], {told, back});
    this.#announce(said || page.announce);
    if (page.gift) this.#landed(page.gift);
    if (page.lost) this.#keep('GIFT', {...this.#gift(), claim: null, key: null});
  }

  #wait(text = this.texts.loading, title = this.title || this.config.label) {
    this.#fill(title, [h('div', {class: 'wait'}, h('span', {class: 'spinner', 'aria-hidden': 'true'}), h('p', {}, text))]);
    this.#announce(text);
  }

  #failed(problem, again) {
    if (!(problem instanceof Problem)) reportError(problem);
    const message = problem instanceof Problem ? problem.message : this.texts.error_network;
    const retry = h('button', {type: 'button', class: 'button first wide', onclick: again}, this.texts.retry);
    const parts = [{kind: 'hero', icon: 'info', title: this.texts.failed_title, text: message}];
    this.#fill(this.title || this.config.label, [...draw(parts, this), retry]);
    this.#announce(message);
  }

  #fill(title, body, {told = null, back = null} = {}) {
    this.title = title;
    const bar = h('div', {class: 'bar'},
      back && h('button', {type: 'button', class: 'icon back', 'aria-label': this.texts.back, onclick: () => this.show(back)}, icon('back')),
      h('h2', {class: 'name', id: 'name', tabindex: '-1'}, title || ''),
      h('button', {type: 'button', class: 'icon close', 'aria-label': this.texts.close, onclick: () => this.dialog.close()}, icon('close')));
    this.head.classList.toggle('slim', !told);
    this.head.replaceChildren(...[bar, ...(told || [])].filter(Boolean));
    this.body.replaceChildren(...body.filter(Boolean));
    this.body.scrollTop = 0;
    const heading = this.body.querySelector('#title') || this.head.querySelector('#name');
    this.dialog.setAttribute('aria-labelledby', heading.id);
    heading.focus({preventScroll: true});
  }

  // --- what is pressed ---------------------------------------------------------------------------------------------------------

  /** Make an element do what `act` says; a form's button sends what `values` finds. */
  press(element, act, form = null, values = () => ({})) {
    const place = h('div', {role: 'alert', class: 'stack'});
    if (act.apply && this.resume?.code === act.apply) {
      this.resume = null;
      readCode(this.config, act.apply).then((outcome) => outcome && this.#tellOutcome(element, place, act, outcome));
    }
    (form || element).addEventListener(form ? 'submit' : 'click', async (event) => {
      if (form) event.preventDefault();
      const entered = values();
      this.#below(element, place);
      place.replaceChildren();
      if (act.tell) this.proxy.post(act.tell.post, act.tell.body).catch(() => {});
      if (act.ask) this.#ask(act, place, element, entered);
      else await this.#do(act, place, element, entered);
    });
  }

  async #do(act, place, element, entered) {
    if (act.append) return this.#append(act, element, place);
    if (act.go) return this.show(act.go, {said: act.said});
    if (act.post) return atWork(element, act.busy, () => this.#post(act, place, entered));
    if (act.apply) return atWork(element, act.label, () => this.#apply(act, element, place));
    if (act.share) return navigator.share(act.share).catch(() => {});
    return undefined;
  }

  #ask(act, place, element, entered) {
    const {text, yes, no} = act.ask;
    const sure = pressable({}, 'button second wide', this, yes);
    const not = h('button', {type: 'button', class: 'plain center', onclick: () => { place.replaceChildren(); element.focus(); }}, no);
    sure.addEventListener('click', () => this.#do({...act, busy: yes}, place, sure, entered));
    place.replaceChildren(h('p', {class: 'card'}, text), sure, not);
    sure.focus();
  }

  async #post(act, place, entered) {
    const body = {...act.body, ...entered};
    if (act.cart_total) Object.assign(body, await this.#cartTotal());
    const intent = act.intent && `${act.intent}:${JSON.stringify(body)}`;
    if (intent) body.request_key = this.intents.key(intent);
    if (act.keep) Object.assign(body, this.#claiming());
    if (act.device) body.device = this.#device();
    try {
      const answer = await this.proxy.post(act.post, body);
      if (intent) this.intents.done(intent);
      if (act.keep) this.#keep('GIFT', {...this.#gift(), claim: answer.id});
      if (act.out_of_cart) await removeCode(this.config, act.out_of_cart).catch(() => {});
      document.dispatchEvent(new CustomEvent('loyalty:changed'));
      if (act.shows) place.replaceChildren(...draw([{kind: 'ticket', code: answer.code, ...act.shows}, {kind: 'copying', code: answer.code}], this));
      else await this.show(act.then.replace('[id]', answer.id), {said: act.said});
    } catch (problem) {
      if (intent && !problem.isPassing) this.intents.done(intent);
      this.#complain(problem, place);
    }
  }

  async #append(act, element, place) {
    try {
      const {page} = await this.#read(act.go);
      const [part] = page.parts;
      const shown = part.lines.map((each) => line(each, this));
      act.list.append(...shown);
      element.parentNode.replaceWith(part.more ? h('p', {class: 'center'}, pressable({...part.more, list: act.list}, 'plain', this, part.more.label)) : '');
      shown[0].tabIndex = -1;
      shown[0].focus();
    } catch (problem) {
      this.#complain(problem, place);
    }
  }

  /** Say what did not work where the shopper is looking; nothing they typed is lost, and they can press again. */
  #complain(problem, place) {
    if (!(problem instanceof Problem)) throw problem;
    place.replaceChildren(note('bad', problem.message));
    place.scrollIntoView({block: 'nearest'});
  }

  #below(element, place) {
    if (!place.isConnected) element.after(place);
  }

  copyButton(text, look) {
    const {copy, copied, copy_failed: failed} = this.texts;
    const element = h('button', {type: 'button', class: `button ${look}`}, icon('copy'), copy);
    element.addEventListener('click', async () => {
      const isCopied = await navigator.clipboard.writeText(text).then(() => true, () => false);
      this.#announce(isCopied ? copied : failed);
      element.replaceChildren(icon(isCopied ? 'check' : 'info'), isCopied ? copied : failed);
      await pause(2500);
      element.replaceChildren(icon('copy'), copy);
    });
    return element;
  }

  /** Where to sign in: it leads back to this place, with the panel open at the page that was wanted. */
  signInUrl(page) {
    const back = new URL(location.href);
    back.searchParams.set('loyalty', page);
    const login = new URL(this.config.loginUrl, back); // new accounts read the first of these, classic ones the others
    for (const name of ['return_to', 'return_url', 'checkout_url']) login.searchParams.set(name, back.pathname + back.search);
    return login.href;
  }

  // --- the cart ----------------------------------------------------------------------------------------------------------------

  async #apply(act, element, place) {
    // Where the theme has no cart of its own to refresh, the platform reloads the page: the launcher then brings the shopper back here.
    this.#keep('RESUME', {at: Date.now(), page: act.page, code: act.apply});
    try {
      if (act.product && !(await addProduct(this.config, act.product))) return place.replaceChildren(note('bad', act.said.gone), ...draw(act.instead, this));
      const outcome = await applyCode(this.config, act.apply);
      document.dispatchEvent(new CustomEvent('loyalty:changed'));
      if (outcome.isApplicable || outcome.isEmpty || !(await this.#isOver(act))) this.#tellOutcome(element, place, act, outcome);
    } catch {
      place.replaceChildren(note('bad', act.said.failed));
    }
    setTimeout(() => this.#keep('RESUME', null), NOTE_AFTER_RELOAD_MS);
    return undefined;
  }

  /** Whether the code ended elsewhere meanwhile: then it leaves the cart, and what became of it is shown. */
  async #isOver(act) {
    const {page} = await this.#read(act.page);
    if (page.name === act.page) return false;
    await removeCode(this.config, act.apply);
    this.#draw(page);
    return true;
  }

  #tellOutcome(element, place, act, {isApplicable, isEmpty, others, total, currency}) {
    const {said} = act;
    const cart = h('button', {type: 'button', class: 'button second wide', onclick: () => this.#leaveForCart()}, said.cart);
    this.#below(element, place);
    if (isApplicable) place.replaceChildren(note('good', said.yes), cart);
    else if (isEmpty) place.replaceChildren(note('', said.empty));
    else {
      const isSmall = said.minimum && said.minimum.currency === currency && total < said.minimum.amount;
      const why = isSmall ? said.minimum.text : others.length > 0 ? said.others.replace('[codes]', others.join(', ')) : said.unknown;
      place.replaceChildren(note('bad', `${said.no} ${why}`), ...draw(act.instead, this));
    }
    place.scrollIntoView({block: 'nearest'});
  }

  async #leaveForCart() {
    this.dialog.close();
    await openCart(this.config);
  }

  async #cartTotal() {
    const {total, quantity} = await readCart(this.config).catch(() => ({}));
    return quantity ? {cart_total: total.toFixed(2)} : {};
  }

  // --- a friend's gift -----------------------------------------------------------------------------------------------------------

  async #showGift(handle) {
    const kept = this.#gift();
    const known = kept?.ref === handle ? kept : {ref: handle, at: Date.now()};
    this.#keep('GIFT', known);
    const toOffer = () => this.show(`gift/${handle}`, {onRefusal: (problem) => {
      this.#keep('GIFT', null);
      return this.show('home', {said: problem.message, tone: 'bad'});
    }});
    if (known.claim) await this.show(`claim/${known.claim}`, {onRefusal: toOffer});
    else await toOffer();
  }

  /** A friend sees the offer. An opened link is counted once, by the way it was passed on and without saying whose browser it was. */
  #landed(handle) {
    writeReferral(this.config, handle).catch(() => {}); // second evidence only: the code itself is the first
    const kept = this.#gift();
    if (!kept || kept.counted) return;
    this.#keep('GIFT', {...kept, counted: true});
    this.proxy.post('click', {ref: handle, via: kept.via || ''}).catch(() => {});
  }

  #claiming() {
    const kept = this.#gift() || {};
    const key = kept.key || freshKey();
    this.#keep('GIFT', {...kept, key});
    return {request_key: key, via: kept.via || ''};
  }

  #gift() {
    return this.config.storage.read('local', this.config.storage.GIFT);
  }

  #keep(name, value) {
    const {storage} = this.config;
    storage.write(name === 'GIFT' ? 'local' : 'session', storage[name], value);
  }

  /** A random name that this browser gives itself, where the program compares those of friends. */
  #device() {
    const {storage} = this.config;
    const known = storage.read('local', 'loyalty:device') || freshKey();
    storage.write('local', 'loyalty:device', known);
    return known;
  }

  // --- the frame -----------------------------------------------------------------------------------------------------------------

  #announce(text) {
    this.live.textContent = '';
    requestAnimationFrame(() => { this.live.textContent = text || ''; });
  }

  #onBackdrop(event) {
    if (event.target !== this.dialog) return;
    const box = this.dialog.getBoundingClientRect();
    const isInside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!isInside) this.dialog.close();
  }

  #keepFocus(event) {
    if (event.key !== 'Tab') return;
    const stops = [...this.dialog.querySelectorAll('button:not([disabled]), a[href], input, select, textarea')].filter((each) => each.getClientRects().length > 0);
    const focused = this.dialog.getRootNode().activeElement;
    const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
    if (focused === from || (event.shiftKey && !stops.includes(focused))) {
      event.preventDefault();
      to.focus();
    }
  }

  #closed() {
    if (this.dialog.open) return; // the event comes a moment later: it was opened again meanwhile
    this.#keep('RESUME', null); // whoever closes the panel, or leaves it for the cart, is not brought back
    this.visit += 1;
    this.onToggle(false);
    if (this.opener?.isConnected) this.opener.focus();
  }
}
