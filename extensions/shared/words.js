// Points and rewards in the shopper's words: numbers and money as their language writes them, points as the merchant calls them.

/** @param {any} names `{one, other}` @param {number} count @returns {string} "1 point", "1,250 points" */
export function pointsText(names, count) {
  return `${shopify.i18n.formatNumber(count)} ${Math.abs(count) === 1 ? names.one : names.other}`;
}

/** @param {{amount: string, currency: string}} money @returns {string} */
export function moneyText(money) {
  return shopify.i18n.formatCurrency(Number(money.amount), {currency: money.currency});
}

/** @param {string} instant ISO 8601 @returns {string} */
export function dateText(instant) {
  return shopify.i18n.formatDate(new Date(instant), {dateStyle: 'medium'});
}

/**
 * What a reward is worth when `points` are spent on it.
 *
 * @param {any} reward @param {number} points @returns {string}
 */
export function worthText(reward, points) {
  if (reward.is_variable) {
    const amount = String((points / reward.points.step) * Number(reward.step_value));
    return shopify.i18n.translate('worth_amount', {amount: moneyText({amount, currency: reward.worth.currency})});
  }
  return worthOf(reward.worth, reward.title);
}

/** @param {any} worth @param {string} title said where the worth is no amount and no percentage @returns {string} */
export function worthOf(worth, title) {
  if (worth.kind === 'amount_off' && worth.amount) return shopify.i18n.translate('worth_amount', {amount: moneyText(worth)});
  if (worth.kind === 'percent_off' && worth.percent) return shopify.i18n.translate('worth_percent', {percent: String(worth.percent)});
  if (worth.kind === 'free_shipping') return shopify.i18n.translate('worth_shipping');
  return title;
}
