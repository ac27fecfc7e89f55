// Keeps the points of a product up with what is chosen: the variant, a subscription, and how many. Counts by the terms the page was rendered with.

class LoyaltyProduct extends HTMLElement {
  #observer = new MutationObserver(() => this.#show());
  #show = () => this.#update();

  connectedCallback() {
    this.facts = JSON.parse(this.querySelector('script').textContent);
    document.addEventListener('change', this.#show);
    for (const field of this.#fields()) this.#observer.observe(field, {attributes: true, attributeFilter: ['value']});
    this.#update();
  }

  disconnectedCallback() {
    document.removeEventListener('change', this.#show);
    this.#observer.disconnect();
  }

  // The form that buys this product: its variants are ours. Other products on the page have forms too.
  #form() {
    const forms = [...document.querySelectorAll('form[action*="/cart/add"]')];
    return forms.find((form) => String(new FormData(form).get('id')) in this.facts.prices);
  }

  #fields() {
    return document.querySelectorAll('form[action*="/cart/add"] input[type="hidden"][name="id"]');
  }

  #update() {
    const form = this.#form();
    if (!form) return;
    const chosen = new FormData(form);
    const quantity = Math.max(1, parseInt(chosen.get('quantity'), 10) || 1);
    const {prices} = this.facts;
    const price = prices[`${chosen.get('id')}:${chosen.get('selling_plan')}`] ?? prices[chosen.get('id')];
    const cents = BigInt(price) * BigInt(quantity);
    const points = this.facts.terms.filter(Boolean).reduce((sum, term) => sum + earned(term, cents), 0);
    const {language, words} = this.facts;
    const isOne = new Intl.PluralRules(language).select(points) === 'one';
    const text = `${new Intl.NumberFormat(language).format(points)} ${isOne ? words.one : words.other}`;
    const place = this.querySelector('[data-points]');
    if (place.textContent !== text) place.textContent = text;
  }
}

// "place:n:d:rounding:most": price * n / d points, as the program rounds them.
function earned(term, cents) {
  const [, n, d, rounding, most] = term.split(':');
  const extra = {nearest: BigInt(d) / 2n, ceiling: BigInt(d) - 1n}[rounding] || 0n;
  const points = Number((cents * BigInt(n) + extra) / BigInt(d));
  return Number(most) ? Math.min(points, Number(most)) : points;
}

if (!customElements.get('loyalty-product')) customElements.define('loyalty-product', LoyaltyProduct);
