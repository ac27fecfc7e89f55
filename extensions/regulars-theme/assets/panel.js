// The panel: a dialog with a few views. Data comes from the app through the store's proxy; every change is asked of the app and then shown
// as the app says it is. One Panel per page, made by the launcher when somebody first opens it.

import {applyCode, openCart, readCode, writeReferral} from './cart.js';
import {badge, button, h, icon, meter, note} from './elements.js';
import {Intents, Problem, Proxy, freshKey, pause} from './proxy.js';
import {Speech} from './speech.js';

const POLL_FIRST_MS = 600;
const POLL_LONGEST_MS = 3000;
const POLL_GIVE_UP_MS = 45000;
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
    this.config = config;
    this.onToggle = onToggle;
    this.proxy = new Proxy(config);
    this.intents = new Intents();
    this.speech = new Speech(config);
    this.state = null;
    this.visit = 0; // counts views: what arrives for a view that was left is not shown
    this.head = h('div', {class: 'head'});
    this.body = h('div', {class: 'body', tabindex: '-1'});
    this.live = h('p', {class: 'hidden', role: 'status', 'aria-live': 'polite'});
    const attributes = {class: config.position, 'aria-labelledby': 'title', onclick: (event) => this.#onBackdrop(event), onkeydown: (event) => this.#keepFocus(event), onclose: () => this.#closed()};
    this.dialog = h('dialog', attributes, this.head, this.body, this.live);
    shadow.append(this.dialog);
  }

  /** Open at home, at a friend's gift ({gift: handle}), or where a page reload interrupted ({resume}). */
  async open(wish, opener) {
    this.opener = opener;
    if (!this.dialog.open) this.dialog.showModal();
    this.onToggle(true);
    if (wish.gift) await this.showGift(wish.gift);
    else if (wish.resume) await this.#resume(wish.resume);
    else await this.showHome({isFresh: true});
  }

  close() {
    this.dialog.close();
  }

  // --- home ------------------------------------------------------------------------------------------------------------------

  async showHome({isFresh = false, message = null} = {}) {
    if (isFresh || !this.state) {
      const visit = this.#waiting();
      try {
        await this.#load();
      } catch (problem) {
        return this.#failed(visit, problem, () => this.showHome({isFresh: true}));
      }
      if (visit !== this.visit) return undefined;
    }
    if (!this.state.is_live) return this.close();
    const member = this.state.member;
    this.#show(member ? this.#memberHead(member) : this.#welcomeHead(), [
      message && h('section', {}, note(message.tone, message.text)),
      ...(member ? this.#memberHome(member) : this.#welcomeHome()),
    ]);
    this.#announce(message ? message.text : '');
    return undefined;
  }

  async #load() {
    this.#take(await this.proxy.state());
  }

  #take(state) {
    this.state = state;
    this.proxy.nonce = state.nonce || null;
    if (state.program) this.speech.pointsName = state.program.points_name;
  }

  #memberHead(member) {
    const {speech} = this;
    const chips = [
      member.pending > 0 && speech.say('pending', {points: speech.points(member.pending)}),
      member.held > 0 && speech.say('held', {points: speech.points(member.held)}),
      member.debt > 0 && speech.say('debt', {points: speech.points(member.debt)}),
    ].filter(Boolean);
    return [
      this.#bar({title: this.state.program.name}),
      h('p', {class: 'balance'}, h('span', {class: 'hidden'}, `${speech.say('balance')}: `), h('span', {class: 'figure'}, speech.number(member.available)), ' ', h('span', {class: 'word'}, speech.pointsWord(member.available))),
      chips.length > 0 && h('ul', {class: 'chips'}, chips.map((chip) => h('li', {}, chip))),
    ];
  }

  #memberHome(member) {
    const {speech, state} = this;
    return [
      state.redemptions.length > 0 && h('section', {}, h('h3', {}, speech.say('codes_title')), h('ul', {class: 'list'}, state.redemptions.map((each) => h('li', {}, this.#codeLine(each))))),
      this.#nextReward(member),
      state.rewards.length > 0 && h('section', {}, h('h3', {}, speech.say('rewards_title')), h('ul', {class: 'list'}, state.rewards.map((reward) => h('li', {}, this.#rewardLine(reward, member))))),
      this.#invitation(member),
      this.#recent(),
    ];
  }

  #welcomeHead() {
    const {speech, state} = this;
    const earning = state.program.earning;
    return [
      this.#bar({title: state.program.name}),
      h('p', {class: 'lead'}, speech.say('welcome_title')),
      h('p', {class: 'under'}, speech.say('earn_line', {points: speech.points(earning.points), amount: speech.money(earning.per)})),
    ];
  }

  #welcomeHome() {
    const {speech, state} = this;
    const entrance = state.is_signed_in
      ? button('first wide', speech.say('join'), () => this.#join())
      : h('a', {class: 'button first wide', href: this.#signInUrl()}, speech.say('sign_in'));
    const referral = state.program.referral;
    return [
      h('section', {class: 'stack'}, entrance, !state.is_signed_in && h('p', {class: 'soft small center'}, speech.say('sign_in_hint'))),
      state.rewards.length > 0 && h('section', {}, h('h3', {}, speech.say('rewards_title')), h('ul', {class: 'list'}, state.rewards.map((reward) => h('li', {class: 'line row'}, badge(reward.kind), h('span', {class: 'grow'}, h('span', {class: 'strong'}, reward.title), h('br'), h('span', {class: 'soft small'}, this.#offer(reward))))))),
      referral && h('section', {class: 'card row'}, badge('friends'), h('span', {class: 'grow'}, h('span', {class: 'strong'}, speech.say('invite_title')), h('br'), h('span', {class: 'soft small'}, this.#inviteText(referral)))),
    ];
  }

  async #join() {
    try {
      this.#take(await this.proxy.post('join', {}));
      await this.showHome({message: {tone: 'good', text: this.speech.say('joined')}});
    } catch (problem) {
      this.#complain(problem);
    }
  }

  #signInUrl() {
    const back = location.pathname + location.search;
    const mark = this.config.loginUrl.includes('?') ? '&' : '?';
    return `${this.config.loginUrl}${mark}return_to=${encodeURIComponent(back)}`;
  }

  #nextReward(member) {
    const {speech} = this;
    const next = this.state.rewards.find((reward) => !reward.is_affordable);
    if (!next) return null;
    return h('section', {class: 'card stack'},
      h('div', {class: 'row'}, h('span', {class: 'grow'}, h('span', {class: 'soft small'}, speech.say('next_title')), h('br'), h('span', {class: 'strong'}, next.title)), h('span', {class: 'figure-end'}, speech.say('next_left', {points: speech.points(missing(next, member))}))),
      meter(member.available, next.points.minimum));
  }

  #rewardLine(reward, member) {
    const {speech} = this;
    return h('button', {type: 'button', class: 'line', onclick: () => this.showReward(reward)},
      badge(reward.kind),
      h('span', {class: 'grow'},
        h('span', {class: 'strong'}, reward.title), h('br'),
        h('span', {class: 'soft small'}, reward.is_affordable ? this.#offer(reward) : `${this.#offer(reward)} · ${speech.say('missing', {points: speech.number(missing(reward, member))})}`),
        !reward.is_affordable && meter(member.available, reward.points.minimum, 'thin')),
      reward.is_affordable ? h('span', {class: 'pill'}, speech.say('redeem')) : h('span', {class: 'go'}, icon('go')));
  }

  /** What a reward gives, where its title does not say it already, and what it costs. */
  #offer(reward) {
    const worth = reward.is_variable ? null : this.speech.worth(reward.worth);
    const isSaid = !worth || plain(reward.title).includes(plain(worth));
    return isSaid ? this.#price(reward) : `${worth} · ${this.#price(reward)}`;
  }

  #price(reward) {
    const {speech} = this;
    return speech.say(reward.is_variable ? 'price_from' : 'price', {points: speech.points(reward.points.minimum)});
  }

  #codeLine(redemption) {
    const {speech} = this;
    const isUsable = redemption.state === 'issued' && !redemption.is_returning;
    const below = redemption.is_returning ? speech.say('returning') : isUsable ? speech.say('valid_until', {date: speech.day(redemption.ends_at)}) : speech.say('creating');
    return h('button', {type: 'button', class: 'line', onclick: () => this.showCode(redemption)},
      badge(redemption.worth.kind),
      h('span', {class: 'grow'}, h('span', {class: 'strong'}, speech.worth(redemption.worth)), h('br'), isUsable && [h('span', {class: 'code'}, redemption.code)], h('span', {class: 'soft small'}, below)),
      h('span', {class: 'go'}, icon('go')));
  }

  // --- inviting friends ------------------------------------------------------------------------------------------------------

  #inviteText(referral) {
    const {speech} = this;
    const places = {gift: speech.worth(referral.offer), points: speech.points(referral.advocate_points)};
    const sentence = speech.say(referral.advocate_points > 0 ? 'invite_text' : 'invite_text_plain', places);
    return referral.minimum_spend ? `${sentence} ${speech.say('invite_minimum', {amount: speech.money(referral.minimum_spend)})}` : sentence;
  }

  #invitation(member) {
    const {speech} = this;
    const referral = this.state.program.referral;
    if (!referral || !member.referral_handle) return null;
    const url = new URL(`${this.config.rootUrl}?ref=${member.referral_handle}`, location.origin).href;
    const shown = url.replace(/^https?:\/\//, '');
    return h('section', {class: 'card stack'},
      h('div', {class: 'row'}, badge('friends'), h('div', {class: 'grow'}, h('h3', {}, speech.say('invite_title')), h('p', {class: 'soft small'}, this.#inviteText(referral)))),
      h('div', {class: 'link'}, h('span', {title: url}, h('span', {class: 'hidden'}, `${speech.say('link_label')}: `), shown), this.#copyButton(url, 'second')),
      navigator.share && button('second wide', speech.say('share'), () => navigator.share({title: this.state.program.name, url}).catch(() => {}), {drawing: 'share'}));
  }

  #copyButton(text, look) {
    const {speech} = this;
    const element = h('button', {type: 'button', class: `button ${look}`}, icon('copy'), speech.say('copy'));
    element.addEventListener('click', async () => {
      const isCopied = await copy(text);
      this.#announce(speech.say(isCopied ? 'copied' : 'copy_failed'));
      element.replaceChildren(icon(isCopied ? 'check' : 'info'), speech.say(isCopied ? 'copied' : 'copy_failed'));
      await pause(2500);
      element.replaceChildren(icon('copy'), speech.say('copy'));
    });
    return element;
  }

  // --- history ---------------------------------------------------------------------------------------------------------------

  #recent() {
    const {speech} = this;
    const {entries, next} = this.state.history;
    return h('section', {},
      h('h3', {}, speech.say('history_title')),
      entries.length > 0 ? h('ul', {class: 'list'}, entries.map((entry) => this.#entry(entry))) : h('p', {class: 'card soft'}, speech.say('history_empty')),
      next !== null && h('p', {class: 'center'}, h('button', {type: 'button', class: 'plain', onclick: () => this.showHistory()}, speech.say('history_all'))));
  }

  #entry(entry) {
    const {speech} = this;
    const sign = entry.change > 0 ? '+' : entry.change < 0 ? '\u2212' : '';
    const look = entry.change > 0 ? 'plus' : entry.change < 0 ? 'minus' : 'soft';
    const below = entry.is_pending ? `${speech.day(entry.at)} · ${speech.say('history_pending')}` : speech.day(entry.at);
    return h('li', {class: 'line row'},
      h('span', {class: 'grow'}, h('span', {}, entry.text), h('br'), h('span', {class: 'soft small'}, below)),
      h('span', {class: `figure-end ${look}`}, `${sign}${speech.number(entry.points)}`, h('span', {class: 'hidden'}, ` ${speech.pointsWord(entry.points)}`)));
  }

  async showHistory() {
    const {speech} = this;
    const visit = this.#waiting(speech.say('history_title'));
    const list = h('ul', {class: 'list'});
    const foot = h('p', {class: 'center'});
    const more = async (before) => {
      const page = await this.proxy.get('history', before === null ? {} : {before});
      const shown = page.entries.map((entry) => this.#entry(entry));
      list.append(...shown);
      foot.replaceChildren(...(page.next === null ? [] : [button('second', speech.say('history_more'), () => more(page.next).catch((problem) => this.#complain(problem)))]));
      if (before !== null && shown.length > 0) {
        shown[0].tabIndex = -1;
        shown[0].focus();
      }
    };
    try {
      await more(null);
    } catch (problem) {
      return this.#failed(visit, problem, () => this.showHistory());
    }
    if (visit === this.visit) this.#show([this.#bar({title: speech.say('history_title'), isBack: true})], [list, foot], {isSlim: true});
    return undefined;
  }

  // --- taking a reward -------------------------------------------------------------------------------------------------------

  showReward(reward) {
    const {speech} = this;
    const {available} = this.state.member;
    const conditions = [
      reward.minimum_spend && speech.say('minimum', {amount: speech.money(reward.minimum_spend)}),
      speech.say('valid_days', {days: speech.number(reward.ends_days)}),
    ].filter(Boolean);
    const problem = h('div', {role: 'alert'});
    let points = reward.is_variable ? reward.points.reach : reward.points.minimum;
    const take = button('first wide', speech.say('redeem_for', {points: speech.points(points)}), () => this.#redeem(reward, points, problem), {busy: speech.say('creating'), attributes: {disabled: !reward.is_affordable}});
    const left = h('p', {class: 'soft small center'});
    const tell = () => {
      left.textContent = speech.say('left_over', {points: speech.points(available - points)});
      if (take.getAttribute('aria-busy') !== 'true') take.textContent = speech.say('redeem_for', {points: speech.points(points)});
    };
    const slider = reward.is_variable && reward.is_affordable ? this.#slider(reward, points, (chosen) => { points = chosen; tell(); }) : null;
    if (reward.is_affordable) tell();
    else left.textContent = speech.say('missing_long', {points: speech.points(missing(reward, this.state.member))});
    this.#show([this.#bar({title: this.state.program.name, isBack: true})], [
      h('div', {class: 'hero'}, badge(reward.kind), h('h2', {id: 'title', tabindex: '-1'}, reward.title), h('p', {class: 'soft'}, reward.is_variable ? speech.say('rate', {points: speech.points(reward.points.step), amount: speech.money({amount: reward.step_value, currency: reward.worth.currency})}) : speech.worth(reward.worth))),
      h('section', {class: 'card stack'}, slider, !reward.is_affordable && meter(available, reward.points.minimum), take, left, problem),
      h('ul', {class: 'facts'}, conditions.map((each) => h('li', {}, icon('check'), each))),
    ], {isSlim: true});
  }

  #slider(reward, start, onChoose) {
    const {speech} = this;
    const {minimum, reach, step} = reward.points;
    const output = h('output', {for: 'points'});
    const input = h('input', {id: 'points', type: 'range', min: minimum, max: reach, step, value: start, 'aria-label': speech.say('slider_label')});
    const tell = () => {
      const points = Number(input.value);
      const worth = speech.say('worth_amount', {amount: speech.money({amount: (Number(reward.step_value) * points) / step, currency: reward.worth.currency})});
      input.style.setProperty('--done', `${reach === minimum ? 100 : ((points - minimum) / (reach - minimum)) * 100}%`);
      input.setAttribute('aria-valuetext', speech.say('slider_value', {points: speech.points(points), worth}));
      output.replaceChildren(h('b', {}, worth), h('span', {class: 'soft'}, speech.points(points)));
      onChoose(points);
    };
    input.addEventListener('input', tell);
    queueMicrotask(tell);
    return h('div', {class: 'slider'}, output, input);
  }

  async #redeem(reward, points, place) {
    const intent = `redeem:${reward.id}:${points}`;
    const body = {reward_id: reward.id, request_key: this.intents.key(intent), ...(reward.is_variable ? {points} : {})};
    place.replaceChildren();
    this.#announce(this.speech.say('creating'));
    try {
      const redemption = await this.proxy.post('redeem', body);
      this.intents.done(intent);
      this.state.member.available -= points;
      await this.showCode(redemption, {isNew: true});
    } catch (problem) {
      if (!problem.isPassing) this.intents.done(intent);
      this.#complain(problem, place);
    }
  }

  // --- a code ----------------------------------------------------------------------------------------------------------------

  /** One reward taken: its code, or what became of it. Waits for a code that is still being made. */
  async showCode(redemption, {isNew = false, outcome = null} = {}) {
    const {speech} = this;
    const isMoving = redemption.state === 'held' || redemption.state === 'suspended' || redemption.is_returning;
    if (isMoving) return this.#awaitCode(redemption);
    if (redemption.state === 'failed') return this.showHome({isFresh: true, message: {tone: 'bad', text: speech.say('code_failed', {points: speech.points(redemption.points)})}});
    if (redemption.state === 'released') return this.showHome({isFresh: true, message: {tone: 'good', text: speech.say('returned', {points: speech.points(redemption.points)})}});
    if (redemption.worth.label && !redemption.code) return this.showHome({isFresh: true, message: {tone: 'good', text: redemption.title}});
    if (redemption.state === 'used' && !redemption.code) return this.showHome({isFresh: true, message: {tone: '', text: speech.say('code_used')}});
    const title = isNew ? speech.say('code_ready') : speech.worth(redemption.worth);
    this.#show([this.#bar({title: this.state.program.name, isBack: true, back: () => this.showHome({isFresh: true})})], [
      h('div', {class: 'hero'}, badge(redemption.worth.kind), h('h2', {id: 'title', tabindex: '-1'}, title), isNew && h('p', {class: 'soft'}, speech.worth(redemption.worth))),
      this.#ticket(redemption, outcome),
      this.#codeFacts(redemption),
      this.#returning(redemption),
    ], {isSlim: true});
    if (isNew) this.#announce(`${title} ${redemption.code}`);
    return undefined;
  }

  async #awaitCode(redemption) {
    const {speech} = this;
    const text = speech.say(redemption.is_returning ? 'returning' : 'creating');
    const visit = this.#waiting(this.state.program.name, text);
    let wait = POLL_FIRST_MS;
    for (let spent = 0; spent < POLL_GIVE_UP_MS; spent += wait, wait = Math.min(wait * 1.4, POLL_LONGEST_MS)) {
      await pause(wait);
      if (visit !== this.visit) return undefined;
      try {
        const now = await this.proxy.get(`redemption/${redemption.id}`);
        if (visit !== this.visit) return undefined;
        if (now.is_returning === redemption.is_returning && (now.state === 'held' || now.state === 'suspended' || now.is_returning)) continue;
        return this.showCode(now, {isNew: !redemption.is_returning});
      } catch (problem) {
        if (!problem.isPassing) return this.#failed(visit, problem, () => this.showHome({isFresh: true}));
      }
    }
    return this.#failed(visit, new Problem('network', speech.say(redemption.is_returning ? 'returning_long' : 'creating_long')), () => this.#awaitCode(redemption));
  }

  #ticket(redemption, outcome) {
    const {speech} = this;
    const result = h('div', {role: 'status', class: 'stack'});
    if (outcome) this.#tellOutcome(result, redemption, outcome);
    return h('section', {class: 'stack'},
      h('div', {class: 'ticket'}, h('span', {class: 'soft small'}, speech.say('code_label')), h('span', {class: 'code'}, redemption.code)),
      redemption.worth.kind !== 'gift_card' && button('first wide', speech.say('apply'), () => this.#apply(redemption, result), {drawing: 'cart'}),
      this.#copyButton(redemption.code, 'second wide'),
      result);
  }

  #codeFacts(redemption) {
    const {speech} = this;
    return h('ul', {class: 'facts'},
      redemption.minimum_spend && h('li', {}, icon('check'), speech.say('minimum', {amount: speech.money(redemption.minimum_spend)})),
      h('li', {}, icon('clock'), speech.say('valid_until', {date: speech.day(redemption.ends_at)})));
  }

  async #apply(redemption, result) {
    const {storage} = this.config;
    result.replaceChildren();
    // Where the theme has no cart of its own to refresh, the platform reloads the page: the launcher then brings the shopper back here.
    storage.write(sessionStorage, storage.RESUME, {at: Date.now(), id: redemption.id, isGift: Boolean(redemption.isGift), code: redemption.code});
    try {
      this.#tellOutcome(result, redemption, await applyCode(this.config, redemption.code));
    } catch {
      result.replaceChildren(note('bad', this.speech.say('apply_failed')));
    }
    setTimeout(() => storage.write(sessionStorage, storage.RESUME, null), NOTE_AFTER_RELOAD_MS);
  }

  #tellOutcome(place, redemption, outcome) {
    const {speech} = this;
    const cart = h('button', {type: 'button', class: 'button second wide', onclick: () => this.#leaveForCart()}, speech.say('view_cart'));
    if (outcome.isApplicable) place.replaceChildren(note('good', speech.say('applied')), cart);
    else if (outcome.isEmpty) place.replaceChildren(note('', speech.say('applied_empty')));
    else {
      const reasons = [
        speech.say('not_applicable'),
        redemption.minimum_spend && speech.say('not_applicable_minimum', {amount: speech.money(redemption.minimum_spend)}),
        outcome.others.length > 0 && speech.say('not_applicable_others', {codes: outcome.others.join(', ')}),
      ].filter(Boolean);
      place.replaceChildren(note('bad', reasons.join(' ')), cart);
    }
    place.scrollIntoView({block: 'nearest'});
  }

  async #leaveForCart() {
    this.close();
    await openCart(this.config);
  }

  #returning(redemption) {
    const {speech} = this;
    const place = h('section', {class: 'stack'});
    const problem = h('div', {role: 'alert'});
    const ask = () => {
      const yes = button('second wide', speech.say('cancel_yes'), () => this.#cancel(redemption, problem), {busy: speech.say('returning')});
      const no = h('button', {type: 'button', class: 'plain center', onclick: () => { offer(); place.firstChild.focus(); }}, speech.say('cancel_no'));
      place.replaceChildren(h('p', {class: 'card'}, speech.say('cancel_ask', {points: speech.points(redemption.points)})), yes, no, problem);
      yes.focus();
    };
    const offer = () => place.replaceChildren(h('button', {type: 'button', class: 'plain center', onclick: ask}, speech.say('cancel')));
    offer();
    return place;
  }

  async #cancel(redemption, place) {
    try {
      await this.showCode(await this.proxy.post('cancel', {redemption_id: redemption.id}));
    } catch (problem) {
      if (problem.code === 'redemption-over') await this.showHome({isFresh: true, message: {tone: '', text: problem.message}});
      else this.#complain(problem, place);
    }
  }

  // --- a friend's gift -------------------------------------------------------------------------------------------------------

  async showGift(handle) {
    const {speech} = this;
    const visit = this.#waiting(speech.say('gift_bar'));
    const kept = this.#keptGift(handle);
    try {
      await this.#load();
      if (!this.state.is_live) return this.close();
      if (this.state.member?.referral_handle === handle) return await this.showHome(); // their own link, opened to look at it
      writeReferral(this.config, handle).catch(() => {}); // second evidence only: the code itself is the first
      this.#countClick(kept);
      if (kept.claim) return await this.#showClaim(await this.proxy.get(`claim/${kept.claim}`), handle);
      const offer = await this.proxy.get('referral', {ref: handle});
      if (visit !== this.visit) return undefined;
      const problem = h('div', {role: 'alert'});
      this.#show([this.#bar({title: this.state.program.name})], [
        h('div', {class: 'hero'}, badge('gift'), h('h2', {id: 'title', tabindex: '-1'}, speech.say('gift_title', {gift: speech.worth(offer.worth)})), h('p', {class: 'soft'}, speech.say('gift_text'))),
        h('section', {class: 'stack'}, button('first wide', speech.say('gift_claim'), () => this.#claim(handle, problem), {busy: speech.say('creating')}), problem),
        h('ul', {class: 'facts'},
          offer.minimum_spend && h('li', {}, icon('check'), speech.say('minimum', {amount: speech.money(offer.minimum_spend)})),
          h('li', {}, icon('clock'), speech.say('gift_days', {days: speech.number(offer.ends_days)})),
          offer.friend_points > 0 && h('li', {}, icon('gift'), speech.say('gift_points', {points: speech.points(offer.friend_points)}))),
        h('p', {class: 'center'}, h('button', {type: 'button', class: 'plain', onclick: () => this.showHome()}, speech.say('gift_more'))),
      ], {isSlim: true});
    } catch (problem) {
      if (problem.code === 'redemption-unknown' || problem.code === 'referral-unknown') this.#keepGift(null);
      if (problem.isPassing || !this.state?.is_live) return this.#failed(visit, problem, () => this.showGift(handle));
      return this.showHome({message: {tone: 'bad', text: problem.message}});
    }
    return undefined;
  }

  async #claim(handle, place) {
    const kept = this.#keptGift(handle);
    place.replaceChildren();
    this.#announce(this.speech.say('creating'));
    try {
      const claim = await this.proxy.post('claim', {ref: handle, request_key: kept.key, via: kept.via || ''});
      this.#keepGift({...kept, claim: claim.id});
      await this.#showClaim(claim, handle);
    } catch (problem) {
      this.#complain(problem, place);
    }
  }

  // An opened link is counted once, by the way it was passed on and without saying whose browser it was.
  #countClick(kept) {
    if (kept.counted) return;
    kept.counted = true;
    this.#keepGift(kept);
    this.proxy.post('click', {ref: kept.ref, via: kept.via || ''}).catch(() => {});
  }

  async #showClaim(claim, handle, outcome = null) {
    const {speech} = this;
    const visit = this.#waiting(this.state.program.name, speech.say('creating'));
    let wait = POLL_FIRST_MS;
    for (let spent = 0; claim.state === 'held'; spent += wait, wait = Math.min(wait * 1.4, POLL_LONGEST_MS)) {
      if (spent > POLL_GIVE_UP_MS) return this.#failed(visit, new Problem('network', speech.say('gift_long')), () => this.showGift(handle));
      await pause(wait);
      if (visit !== this.visit) return undefined;
      claim = await this.proxy.get(`claim/${claim.id}`);
    }
    if (visit !== this.visit) return undefined;
    if (claim.state !== 'issued') {
      if (claim.state === 'failed') this.#keepGift(null);
      return this.showHome({message: {tone: claim.state === 'used' ? '' : 'bad', text: speech.say(claim.state === 'used' ? 'code_used' : 'gift_failed')}});
    }
    this.#show([this.#bar({title: this.state.program.name})], [
      h('div', {class: 'hero'}, badge('gift'), h('h2', {id: 'title', tabindex: '-1'}, speech.say('code_ready')), h('p', {class: 'soft'}, speech.worth(claim.worth))),
      this.#ticket({...claim, isGift: true}, outcome),
      this.#codeFacts(claim),
      h('p', {class: 'center'}, h('button', {type: 'button', class: 'plain', onclick: () => this.showHome()}, speech.say('gift_more'))),
    ], {isSlim: true});
    this.#announce(`${speech.say('code_ready')} ${claim.code}`);
    return undefined;
  }

  #keptGift(handle) {
    const {storage} = this.config;
    const known = storage.read(localStorage, storage.GIFT);
    const kept = known && known.ref === handle ? known : {ref: handle, at: Date.now()};
    if (!kept.key) {
      kept.key = freshKey();
      this.#keepGift(kept);
    }
    return kept;
  }

  #keepGift(kept) {
    this.config.storage.write(localStorage, this.config.storage.GIFT, kept);
  }

  /** The page was reloaded while a code was being applied: show what came of it. */
  async #resume(resume) {
    const {storage} = this.config;
    storage.write(sessionStorage, storage.RESUME, null);
    const visit = this.#waiting();
    try {
      await this.#load();
      const outcome = await readCode(this.config, resume.code);
      const thing = await this.proxy.get(`${resume.isGift ? 'claim' : 'redemption'}/${resume.id}`);
      if (visit !== this.visit) return;
      if (resume.isGift) await this.#showClaim(thing, null, outcome);
      else await this.showCode(thing, {outcome});
    } catch (problem) {
      this.#failed(visit, problem, () => this.showHome({isFresh: true}));
    }
  }

  // --- the frame -------------------------------------------------------------------------------------------------------------

  #bar({title, isBack = false, back = () => this.showHome()}) {
    const {speech} = this;
    return h('div', {class: 'bar'},
      isBack && h('button', {type: 'button', class: 'icon back', 'aria-label': speech.say('back'), onclick: back}, icon('back')),
      h('h2', {class: 'name', id: 'name', tabindex: '-1'}, title),
      h('button', {type: 'button', class: 'icon close', 'aria-label': speech.say('close'), onclick: () => this.close()}, icon('close')));
  }

  #show(head, body, {isSlim = false} = {}) {
    this.visit += 1;
    this.head.classList.toggle('slim', isSlim);
    this.head.replaceChildren(...head.filter(Boolean));
    this.body.replaceChildren(...body.filter(Boolean));
    this.body.scrollTop = 0;
    const title = this.body.querySelector('#title') || this.head.querySelector('#name');
    this.dialog.setAttribute('aria-labelledby', title.id);
    title.focus({preventScroll: true});
  }

  #waiting(title = this.state?.program?.name || this.config.label || '', text = this.speech.say('loading')) {
    this.#show([this.#bar({title})], [h('div', {class: 'wait'}, h('span', {class: 'spinner', 'aria-hidden': 'true'}), h('p', {}, text))], {isSlim: true});
    this.#announce(text);
    return this.visit;
  }

  #failed(visit, problem, again) {
    if (!(problem instanceof Problem)) reportError(problem);
    if (visit !== this.visit) return;
    const {speech} = this;
    const message = problem instanceof Problem ? problem.message : speech.say('error_network');
    this.#show([this.#bar({title: this.state?.program?.name || this.config.label || ''})], [
      h('div', {class: 'hero'}, badge('info'), h('h2', {id: 'title', tabindex: '-1'}, speech.say('failed_title')), h('p', {class: 'soft'}, message)),
      button('first wide', speech.say('retry'), again),
    ], {isSlim: true});
    this.#announce(message);
  }

  /** Say what did not work where the shopper is looking; they can press the same button again. */
  #complain(problem, place = null) {
    if (!(problem instanceof Problem)) throw problem;
    if (place) place.replaceChildren(note('bad', problem.message));
    else {
      const above = h('section', {role: 'alert'}, note('bad', problem.message));
      this.body.querySelector('[role=alert]')?.remove();
      this.body.prepend(above);
      this.body.scrollTop = 0;
    }
  }

  #announce(text) {
    this.live.textContent = '';
    requestAnimationFrame(() => { this.live.textContent = text || ''; });
  }

  #onBackdrop(event) {
    if (event.target !== this.dialog) return;
    const box = this.dialog.getBoundingClientRect();
    const isInside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!isInside) this.close();
  }

  #keepFocus(event) {
    if (event.key !== 'Tab') return;
    const stops = [...this.dialog.querySelectorAll('button:not([disabled]), a[href], input')].filter((each) => each.getClientRects().length > 0);
    const focused = this.dialog.getRootNode().activeElement;
    const [from, to] = event.shiftKey ? [stops[0], stops[stops.length - 1]] : [stops[stops.length - 1], stops[0]];
    const isBefore = event.shiftKey && !stops.includes(focused);
    if (focused === from || isBefore) {
      event.preventDefault();
      to.focus();
    }
  }

  #closed() {
    const {storage} = this.config;
    storage.write(sessionStorage, storage.RESUME, null); // whoever closes the panel, or leaves it for the cart, is not brought back
    this.visit += 1;
    this.onToggle(false);
    if (this.opener?.isConnected) this.opener.focus();
  }
}

/** Points until a reward is within reach; what is still owed after a refund comes on top. */
function missing(reward, member) {
  return reward.points.minimum - member.available + member.debt;
}

function plain(text) {
  return text.toLowerCase().replace(/\s/g, '');
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
