// Sentences: the theme extension's texts with the merchant's words, numbers, money and days as the shopper reads them.

export class Speech {
  constructor(config) {
    this.language = config.language;
    this.texts = config.texts;
    this.pointsName = {one: '', other: ''};
    this.plural = new Intl.PluralRules(this.language);
  }

  /** A text by its key, its [places] filled in. */
  say(key, places = {}) {
    return this.texts[key].replace(/\[(\w+)\]/g, (whole, name) => places[name] ?? whole);
  }

  number(value) {
    return new Intl.NumberFormat(this.language).format(value);
  }

  /** "120 points", in the merchant's words. */
  points(count) {
    return `${this.number(count)} ${this.pointsWord(count)}`;
  }

  pointsWord(count) {
    return this.plural.select(Math.abs(count)) === 'one' ? this.pointsName.one : this.pointsName.other;
  }

  money({amount, currency}) {
    const style = {style: 'currency', currency, currencyDisplay: 'narrowSymbol', trailingZeroDisplay: 'stripIfInteger'};
    return new Intl.NumberFormat(this.language, style).format(Number(amount));
  }

  /** What a reward or gift is worth: "$5 off", "10 % off", "Free shipping", or the merchant's own title for what is no discount. */
  worth(worth) {
    if (worth.label) return worth.label;
    if (worth.kind === 'amount_off') return this.say('worth_amount', {amount: this.money(worth)});
    if (worth.kind === 'percent_off') return this.say('worth_percent', {percent: this.percent(worth.percent)});
    return this.say('worth_shipping');
  }

  percent(value) {
    return new Intl.NumberFormat(this.language, {style: 'percent', maximumFractionDigits: 2}).format(Number(value) / 100);
  }

  day(instant) {
    return new Intl.DateTimeFormat(this.language, {dateStyle: 'medium'}).format(new Date(instant));
  }
}
