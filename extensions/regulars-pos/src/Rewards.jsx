// What one customer can take now. A reward that is taken goes onto the sale at once; what the sale does not take goes back.
import {useEffect, useRef, useState} from 'preact/hooks';

import {useDeeds} from '../../shared/deeds.js';
import {ask, freshKey, redeem, Refusal} from '../../shared/service.js';
import {pointsText, worthOf} from '../../shared/words.js';

/** @param {{customer: number | null}} props `customer` is who is being served, null for nobody */
export function Rewards({customer}) {
  const [state, setState] = useState(/** @type {any} */ (null));
  const [offers, setOffers] = useState(/** @type {any[]} */ ([]));
  const [isLost, setLost] = useState(false);
  const t = shopify.i18n.translate;
  const subtotal = shopify.cart.current.value.subtotal;
  const params = {customer_id: String(customer)};
  const served = useRef(customer);
  served.current = customer;

  /** What was read before stays when the answer is lost; an answer for somebody who has left the till is not shown. */
  async function load() {
    if (customer === null) return;
    const told = await ask('pos', 'state', undefined, params).catch(() => null);
    if (served.current !== customer) return;
    setLost(!told);
    if (told) setState(told);
    if (!told?.member) return;
    const found = await ask('pos', 'offers', undefined, {...params, cart_total: String(Number(subtotal) || 0)}).catch(() => ({offers: []}));
    if (served.current === customer) setOffers(found.offers);
  }
  const {busy, said, say, act} = useDeeds(load);
  useEffect(() => { setState(null); }, [customer]);
  useEffect(() => { load(); }, [customer, subtotal]);

  /** @param {any} taken */
  async function apply(taken) {
    try {
      await shopify.cart.addCartCodeDiscount(taken.code);
    } catch {
      await ask('pos', 'cancel', {redemption_id: taken.id}, params);
      throw new Refusal('not-applicable', t('not_applicable'));
    }
    say({tone: 'success', text: t('applied', {worth: worthOf(taken.worth, taken.title)})});
  }

  /** @param {any} taken */
  async function giveBack(taken) {
    await ask('pos', 'cancel', {redemption_id: taken.id}, params);
    say({tone: 'info', text: t('given_back')});
  }

  if (customer === null) return <Frame heading={t('name')}><s-text>{t('tile_no_customer')}</s-text></Frame>;
  if (!state) {
    return (
      <Frame heading={t('name')}>
        {isLost ? <s-text>{t('failed')}</s-text> : <s-spinner />}
        {isLost && <s-button onClick={load}>{t('try_again')}</s-button>}
      </Frame>
    );
  }
  if (!state.is_live) return <Frame heading={t('name')}><s-text>{t('tile_off')}</s-text></Frame>;
  const names = state.program.points_name;
  if (!state.member) {
    return (
      <Frame heading={state.program.name}>
        <s-text>{t('tile_join')}</s-text>
        {said && <s-banner tone={said.tone} heading={said.text} />}
        <s-button variant="primary" loading={busy === 'join'} onClick={() => act('join', () => ask('pos', 'join', {}, params))}>{t('join')}</s-button>
      </Frame>
    );
  }
  const taken = state.redemptions.filter((/** @type {any} */ each) => each.code && !each.is_returning);
  return (
    <Frame heading={state.program.name}>
      <s-heading>{t('balance', {points: pointsText(names, state.member.available)})}</s-heading>
      {said && <s-banner tone={said.tone} heading={said.text} />}
      {taken.map((/** @type {any} */ each) => (
        <s-stack key={each.id} gap="small" paddingBlock="small">
          <s-text>{worthOf(each.worth, each.title)} · {each.code}</s-text>
          <s-button loading={busy === each.id} onClick={() => act(each.id, () => apply(each))}>{t('use')}</s-button>
          <s-button variant="secondary" loading={busy === `back ${each.id}`} onClick={() => act(`back ${each.id}`, () => giveBack(each))}>{t('give_back')}</s-button>
        </s-stack>
      ))}
      {offers.map((offer) => (
        <Offer key={offer.reward.id} offer={offer} names={names} isBusy={busy === offer.reward.id}
          onTake={(key) => act(offer.reward.id, async () => {
            const {reward, points} = offer;
            await apply(await redeem('pos', {reward_id: reward.id, ...(reward.is_variable && {points})}, key, params));
          })} />
      ))}
      {!offers.length && !taken.length && <s-text>{t('nothing_yet')}</s-text>}
    </Frame>
  );
}

/** @param {{offer: any, names: any, isBusy: boolean, onTake: (key: string) => Promise<boolean>}} props */
function Offer({offer, names, isBusy, onTake}) {
  const [key, setKey] = useState(freshKey);
  const {reward, refusal, points, worth} = offer;

  /** A lost answer is asked for again under the same key; a reward that was taken gets a new one. */
  async function take() {
    if (await onTake(key)) setKey(freshKey());
  }

  if (refusal || !points) {
    return (
      <s-stack gap="small" paddingBlock="small">
        <s-text>{reward.title}</s-text>
        {refusal && <s-text color="subdued">{refusal.message}</s-text>}
      </s-stack>
    );
  }
  const gives = worthOf(worth, reward.title);
  return (
    <s-stack gap="small" paddingBlock="small">
      {gives !== reward.title && <s-text>{reward.title}</s-text>}
      <s-button variant="primary" loading={isBusy} onClick={take}>
        {shopify.i18n.translate('take', {worth: gives, points: pointsText(names, points)})}
      </s-button>
    </s-stack>
  );
}

/** @param {{heading: string, children: any}} props */
function Frame({heading, children}) {
  return (
    <s-page heading={heading}>
      <s-scroll-box>
        <s-stack gap="base" padding="base">{children}</s-stack>
      </s-scroll-box>
    </s-page>
  );
}
