/** @jsxImportSource preact */
// What one order brought: looked for until Shopify's word of it has arrived, then said with its date.
import {useEffect, useState} from 'preact/hooks';

import {ask} from './service.js';
import {dateText, pointsText} from './words.js';

const LOOKS = 8;
const PAUSE_MS = 2500;

/** @param {{surface: 'checkout' | 'account', orderId: string}} props `orderId` is the order's global id */
export function OrderPoints({surface, orderId}) {
  const [state, setState] = useState(/** @type {any} */ (null));
  const [order, setOrder] = useState(/** @type {any} */ (null));
  const [isBusy, setBusy] = useState(false);
  const t = shopify.i18n.translate;

  /** @param {number} looks how often to look again while the order has not arrived */
  async function look(looks) {
    const told = await ask(surface, `order/${orderId.split('/').pop()}`).catch(() => null);
    setOrder(told);
    if (told?.state === 'coming' && looks > 0) setTimeout(look, PAUSE_MS, looks - 1);
  }

  async function load() {
    const told = await ask(surface, 'state').catch(() => null);
    setState(told);
    if (told?.member) await look(LOOKS);
  }
  useEffect(() => { load(); }, []);

  async function join() {
    setBusy(true);
    await ask(surface, 'join', {}).catch(() => null);
    await load();
    setBusy(false);
  }

  if (!state?.is_live) return null;
  const names = state.program.points_name;
  const {earning} = state.program;
  const rate = {points: pointsText(names, earning.points), amount: shopify.i18n.formatCurrency(Number(earning.per.amount), {currency: earning.per.currency})};
  return (
    <s-section heading={state.program.name}>
      <s-stack gap="base">
        {!state.is_signed_in && <s-text>{t('guest', rate)}</s-text>}
        {state.is_signed_in && !state.member && (
          <>
            <s-text>{t('guest', rate)}</s-text>
            <s-button loading={isBusy} onClick={join}>{t('join')}</s-button>
          </>
        )}
        {state.member && order?.state === 'coming' && <s-text>{t('order_coming')}</s-text>}
        {state.member && order?.state === 'pending' && (
          <s-text>{t('order_pending', {points: pointsText(names, order.points), date: dateText(order.available_at)})}</s-text>
        )}
        {state.member && order?.state === 'available' && <s-text>{t('order_available', {points: pointsText(names, order.points)})}</s-text>}
        {state.member && <s-text color="subdued">{t('balance', {points: pointsText(names, state.member.available)})}</s-text>}
      </s-stack>
    </s-section>
  );
}
