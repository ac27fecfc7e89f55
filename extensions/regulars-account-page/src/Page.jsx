// The whole program on one page: points, codes, rewards, the friend's link and the history with its reasons.
import '@shopify/ui-extensions/preact';
import {render} from 'preact';
import {useEffect, useState} from 'preact/hooks';

import {useDeeds} from '../../shared/deeds.js';
import {ask, freshKey, redeem} from '../../shared/service.js';
import {dateText, moneyText, pointsText, worthOf, worthText} from '../../shared/words.js';

export default async () => {
  render(<Page />, document.body);
};

function Page() {
  const [state, setState] = useState(/** @type {any} */ (null));
  const [history, setHistory] = useState(/** @type {{entries: any[], next: number | null}} */ ({entries: [], next: null}));
  const [isLost, setLost] = useState(false);
  const t = shopify.i18n.translate;

  async function load() {
    const told = await ask('account', 'state').catch(() => null);
    setLost(!told);
    if (told) setState(told);
    if (told?.history) setHistory(told.history);
  }
  const {busy, said, say, act} = useDeeds(load);
  useEffect(() => { load(); }, []);

  async function older() {
    const more = await ask('account', 'history', undefined, {before: String(history.next)}).catch(() => null);
    if (!more) return say({tone: 'critical', text: t('failed')});
    return setHistory({entries: [...history.entries, ...more.entries], next: more.next});
  }

  if (state === null && isLost) {
    return (
      <s-page heading={t('name')}>
        <s-section>
          <s-stack gap="base">
            <s-text>{t('failed')}</s-text>
            <s-button onClick={load}>{t('try_again')}</s-button>
          </s-stack>
        </s-section>
      </s-page>
    );
  }
  if (state === null) return <s-page heading={t('name')}><s-spinner accessibilityLabel={t('loading')} /></s-page>;
  if (!state.is_live) return <s-page heading={t('name')}><s-section><s-text>{t('closed')}</s-text></s-section></s-page>;
  const names = state.program.points_name;
  const told = said && <s-banner tone={said.tone}>{said.text}</s-banner>;
  if (!state.member) {
    return (
      <s-page heading={state.program.name}>
        {told}
        <s-section>
          <s-stack gap="base">
            <s-text>{t('guest', {points: pointsText(names, state.program.earning.points), amount: moneyText(state.program.earning.per)})}</s-text>
            <s-button loading={busy === 'join'} onClick={() => act('join', () => ask('account', 'join', {}))}>{t('join')}</s-button>
          </s-stack>
        </s-section>
      </s-page>
    );
  }
  const {member} = state;
  const codes = state.redemptions.filter((/** @type {any} */ each) => each.code);
  return (
    <s-page heading={state.program.name}>
      {told}
      <s-section heading={t('balance', {points: pointsText(names, member.available)})}>
        {(member.pending > 0 || member.debt > 0) && (
          <s-stack gap="small">
            {member.pending > 0 && <s-text>{t('pending', {points: pointsText(names, member.pending)})}</s-text>}
            {member.debt > 0 && <s-text>{t('debt', {points: pointsText(names, member.debt)})}</s-text>}
          </s-stack>
        )}
      </s-section>
      {codes.length > 0 && (
        <s-section heading={t('codes')}>
          <s-stack gap="base">
            {codes.map((/** @type {any} */ each) => (
              <s-grid key={each.id} gridTemplateColumns="1fr auto" gap="base" alignItems="center">
                <s-text>{worthOf(each.worth, each.title)} · {each.code} · {t('valid_until', {date: dateText(each.ends_at)})}</s-text>
                <s-button variant="secondary" loading={busy === each.id} onClick={() => act(each.id, () => ask('account', 'cancel', {redemption_id: each.id}))}>
                  {t('give_back')}
                </s-button>
              </s-grid>
            ))}
          </s-stack>
        </s-section>
      )}
      <s-section heading={t('rewards')}>
        <s-stack gap="base">
          {state.rewards.map((/** @type {any} */ reward) => (
            <Reward key={reward.id} reward={reward} names={names} missing={reward.points.minimum - member.available} isBusy={busy === reward.id}
              onTake={(/** @type {string} */ key) => act(reward.id, () => redeem('account', {reward_id: reward.id, ...(reward.is_variable && {points: reward.points.reach})}, key))} />
          ))}
        </s-stack>
      </s-section>
      <s-section heading={t('history')}>
        <s-stack gap="base">
          {history.entries.map((each, place) => (
            <s-grid key={place} gridTemplateColumns="1fr auto" gap="base" alignItems="center">
              <s-stack gap="none">
                <s-text>{each.text} · {dateText(each.at)}</s-text>
                {each.note && <s-text color="subdued">{each.note}</s-text>}
              </s-stack>
              {each.change !== 0 && <s-text>{each.change > 0 ? '+' : '−'}{shopify.i18n.formatNumber(Math.abs(each.change))}</s-text>}
            </s-grid>
          ))}
          {history.next && <s-button variant="secondary" onClick={older}>{t('older')}</s-button>}
        </s-stack>
      </s-section>
    </s-page>
  );
}

/** @param {{reward: any, names: any, missing: number, isBusy: boolean, onTake: (key: string) => Promise<boolean>}} props */
function Reward({reward, names, missing, isBusy, onTake}) {
  const [key, setKey] = useState(freshKey);
  const t = shopify.i18n.translate;
  const points = reward.is_variable ? reward.points.reach : reward.points.minimum;

  async function take() {
    if (await onTake(key)) setKey(freshKey());
  }

  return (
    <s-grid gridTemplateColumns="1fr auto" gap="base" alignItems="center">
      <s-stack gap="none">
        <s-text>{reward.title}</s-text>
        {worthText(reward, points) !== reward.title && <s-text color="subdued">{worthText(reward, points)}</s-text>}
      </s-stack>
      {reward.is_affordable
        ? <s-button loading={isBusy} onClick={take}>{t('take_for', {points: pointsText(names, points)})}</s-button>
        : <s-text color="subdued">{t('missing', {points: pointsText(names, missing)})}</s-text>}
    </s-grid>
  );
}
