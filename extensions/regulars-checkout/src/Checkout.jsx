// Points at checkout: take a reward and its code is in the order at once; take the code out again and the points come back.
import '@shopify/ui-extensions/preact';
import {render} from 'preact';
import {useEffect, useState} from 'preact/hooks';

import {useDeeds} from '../../shared/deeds.js';
import {ask, freshKey, proposal, redeem, Refusal} from '../../shared/service.js';
import {pointsText, worthOf, worthText} from '../../shared/words.js';

export default async () => {
  render(<Checkout />, document.body);
};

function Checkout() {
  const [state, setState] = useState(/** @type {any} */ (null));
  const t = shopify.i18n.translate;
  const codes = shopify.discountCodes.value.map((each) => each.code);
  const canDiscount = shopify.instructions.value.discounts.canUpdateDiscountCodes;

  /** What was read before stays when the answer is lost. */
  async function load() {
    const told = await ask('checkout', 'state').catch(() => null);
    if (told) setState(told);
  }
  const {busy, said, say, act} = useDeeds(load);
  useEffect(() => { load(); }, []);

  /** @param {any} taken */
  async function apply(taken) {
    const change = await shopify.applyDiscountCodeChange({type: 'addDiscountCode', code: taken.code});
    if (change.type === 'success') {
      say({tone: 'success', text: t('applied', {worth: worthOf(taken.worth, taken.title)})});
      return;
    }
    await ask('checkout', 'cancel', {redemption_id: taken.id});
    say({tone: 'critical', text: t('not_applicable')});
  }

  /** @param {any} taken */
  async function giveBack(taken) {
    if (codes.includes(taken.code)) {
      const change = await shopify.applyDiscountCodeChange({type: 'removeDiscountCode', code: taken.code});
      if (change.type === 'error') throw new Refusal('not-removable', t('failed'));
    }
    await ask('checkout', 'cancel', {redemption_id: taken.id});
    say({tone: 'info', text: t('given_back')});
  }

  const told = said && <s-banner tone={said.tone}>{said.text}</s-banner>;
  if (!state?.is_live || !canDiscount) return told;
  const names = state.program.points_name;
  if (!state.is_signed_in) {
    return <s-section heading={state.program.name}><s-text>{t('sign_in')}</s-text></s-section>;
  }
  if (!state.member) {
    return (
      <s-section heading={state.program.name}>
        <s-stack gap="base">
          <s-text>{t('join_hint')}</s-text>
          {told}
          <s-button loading={busy === 'join'} onClick={() => act('join', () => ask('checkout', 'join', {}))}>{t('join')}</s-button>
        </s-stack>
      </s-section>
    );
  }

  const subtotal = shopify.cost.subtotalAmount.value.amount;
  const offers = state.rewards
    .map((/** @type {any} */ reward) => ({reward, points: proposal(reward, subtotal)}))
    .filter((/** @type {any} */ each) => each.points > 0)
    .filter(isFirstOfItsKind);
  const taken = state.redemptions.filter((/** @type {any} */ each) => each.code && !each.is_returning);
  return (
    <s-section heading={state.program.name}>
      <s-stack gap="base">
        <s-text>{t('balance', {points: pointsText(names, state.member.available)})}</s-text>
        {told}
        {taken.map((/** @type {any} */ each) => (
          <s-stack key={each.id} direction="inline" gap="base" alignItems="center" justifyContent="space-between">
            <s-text>{worthOf(each.worth, each.title)} · {each.code}</s-text>
            <s-stack direction="inline" gap="small">
              {!codes.includes(each.code) && (
                <s-button loading={busy === each.id} onClick={() => act(each.id, () => apply(each))}>{t('use')}</s-button>
              )}
              <s-button variant="secondary" loading={busy === `back ${each.id}`} onClick={() => act(`back ${each.id}`, () => giveBack(each))}>
                {t('give_back')}
              </s-button>
            </s-stack>
          </s-stack>
        ))}
        {offers.map((/** @type {any} */ {reward, points}) => (
          <Offer key={reward.id} reward={reward} points={points} names={names} isBusy={busy === reward.id}
            onTake={(/** @type {string} */ key) => act(reward.id, async () => {
              const wish = {reward_id: reward.id, ...(reward.is_variable && {points})};
              await apply(await redeem('checkout', wish, key));
            })} />
        ))}
        {!offers.length && !taken.length && <s-text>{t('nothing_yet')}</s-text>}
      </s-stack>
    </s-section>
  );
}

/** Two rewards may come to the same for this order: then one of them is offered. @param {any} offer @param {number} place @param {any[]} all */
function isFirstOfItsKind(offer, place, all) {
  const said = worthText(offer.reward, offer.points);
  return all.findIndex((each) => each.points === offer.points && worthText(each.reward, each.points) === said) === place;
}

/** @param {{reward: any, points: number, names: any, isBusy: boolean, onTake: (key: string) => Promise<boolean>}} props */
function Offer({reward, points, names, isBusy, onTake}) {
  const [key, setKey] = useState(freshKey);
  const price = pointsText(names, points);

  /** A lost answer is asked for again under the same key; a reward that was taken gets a new one. */
  async function take() {
    if (await onTake(key)) setKey(freshKey());
  }

  return (
    <s-button loading={isBusy} onClick={take} accessibilityLabel={`${reward.title}: ${worthText(reward, points)}, ${price}`}>
      {shopify.i18n.translate('take', {worth: worthText(reward, points), points: price})}
    </s-button>
  );
}
