// The `shopify` object of a UI extension in its frame: tokens, texts, the cart's codes. The page around it is told of changes.
(() => {
  'use strict';
  const facts = globalThis.HOST_FACTS;
  const targets = new Map();

  const text = (key) => key.split('.').reduce((found, part) => found?.[part], facts.words) ?? key;
  const filled = (sentence, values) => sentence.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name) => String(values?.[name] ?? ''));

  const shopify = {
    extend: (target, render) => { targets.set(target, render); },
    sessionToken: {
      get: async () => (await (await fetch(`${facts.at}/token`, {cache: 'no-store'})).json()).token,
    },
    i18n: {
      translate: (key, values) => filled(text(key), values),
      formatNumber: (number, options) => new Intl.NumberFormat(facts.language, options).format(number),
      formatCurrency: (number, options) => new Intl.NumberFormat(facts.language, {style: 'currency', currency: facts.currency, ...options}).format(number),
      formatDate: (date, options) => new Intl.DateTimeFormat(facts.language, options).format(date),
    },
    localization: {language: {value: {isoCode: facts.language}}},
    instructions: {value: {discounts: {canUpdateDiscountCodes: facts.can_discount ?? false}}},
    discountCodes: {value: (facts.codes ?? []).map((code) => ({code}))},
    cost: {subtotalAmount: {value: {amount: Number(facts.subtotal ?? 0), currencyCode: facts.currency}}},
    orderConfirmation: {value: facts.order ? {order: {id: facts.order}, isFirstOrder: false} : undefined},
    order: {value: facts.order ? {id: facts.order} : undefined},
    authenticatedAccount: {customer: {value: facts.customer ? {id: facts.customer} : undefined}},
    applyDiscountCodeChange: async (change) => {
      const answer = await fetch(`${facts.at}/codes`, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(change)});
      const told = await answer.json();
      shopify.discountCodes.value = told.codes.map((code) => ({code}));
      shopify.cost.subtotalAmount.value = {amount: Number(told.subtotal), currencyCode: facts.currency};
      parent.postMessage({extension: facts.target, changed: true}, '*');
      return told.type === 'success' ? {type: 'success'} : {type: 'error', message: told.message};
    },
  };
  globalThis.shopify = shopify;

  globalThis.HOST_START = async () => {
    const render = targets.get(facts.target);
    if (render) await render(shopify);
    const tell = () => parent.postMessage({extension: facts.target, height: document.documentElement.scrollHeight}, '*');
    new ResizeObserver(tell).observe(document.body);
    tell();
  };

  // Links between an app's own pages in the account.
  addEventListener('click', (event) => {
    const link = event.composedPath().find((each) => each.getAttribute?.('href')?.startsWith('extension:'));
    if (!link) return;
    event.preventDefault();
    const handle = link.getAttribute('href').slice('extension:'.length).replace(/\/$/, '');
    parent.location.href = `${facts.at.replace(/\/extensions$/, '')}/pages/${handle}`;
  }, true);
})();
