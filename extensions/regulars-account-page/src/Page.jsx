// The whole program on one page: points, codes, rewards, the friend's link and the history with its reasons.
import '@shopify/ui-extensions/preact';
import {render} from 'preact';
import {useEffect, useState} from 'preact/hooks';

import {ask, freshKey, redeem, Refusal} from '../../shared/service.js';
import {dateText, moneyText, pointsText, worthOf, worthText} from '../../shared/words.js';

export default async () => {
  render(<Page />, document.body);
};

function Page() {
  const [state, setState] = useState(/** @type {any} */ (null));
  const [history, setHistory] = useState(/** @type {{entries: any[], next: number | null}} */ ({entries: [], next: null}));
  const [busy, setBusy] = useState('');
  const [problem, setProblem] = useState('');
  const t = shopify.i18n.translate;

  async function load() {
    const told = await ask('account', 'state').catch(() => null);
    setState(told ?? {is_live: false});
    if (told?.history) setHistory(told.history);
  }
  useEffect(() => { load(); }, []);

  /** @param {string} name @param {() => Promise<unknown>} deed @returns {Promise<boolean>} whether it was done */
  async function act(name, deed) {
    setBusy(name);
    setProblem('');
    try {
      await deed();
      await load();
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      setProblem(error.message || t('failed'));
      return false;
    } finally {
      setBusy('');
    }
  }

  async function older() {
    const more = await ask('account', 'history', undefined, {before: String(history.next)});
    setHistory({entries: [...history.entries, ...more.entries], next: more.next});
  }

  if (state === null) return <s-page heading={t('name')}><s-spinner accessibilityLabel={t('loading')} /></s-page>;
  if (!state.is_live) return <s-page heading={t('name')}><s-section><s-text>{t('closed')}</s-text></s-section></s-page>;
  const names = state.program.points_name;
  if (!state.member) {
    return (
      <s-page heading={state.program.name}>
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
      {problem && <s-banner tone="critical">{problem}</s-banner>}
      <s-section heading={t('balance', {points: pointsText(names, member.available)})}>
        <s-stack gap="small">
          {member.pending > 0 && <s-text>{t('pending', {points: pointsText(names, member.pending)})}</s-text>}
          {member.debt > 0 && <s-text>{t('debt', {points: pointsText(names, member.debt)})}</s-text>}
        </s-stack>
      </s-section>
      {codes.length > 0 && (
        <s-section heading={t('codes')}>
          <s-stack gap="base">
            {codes.map((/** @type {any} */ each) => (
              <s-stack key={each.id} direction="inline" gap="base" justifyContent="space-between">
                <s-text>{worthOf(each.worth, each.title)} · {each.code} · {t('valid_until', {date: dateText(each.ends_at)})}</s-text>
                <s-button variant="secondary" loading={busy === each.id} onClick={() => act(each.id, () => ask('account', 'cancel', {redemption_id: each.id}))}>
                  {t('give_back')}
                </s-button>
              </s-stack>
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
            <s-stack key={place} direction="inline" gap="base" justifyContent="space-between">
              <s-text>{each.text} · {dateText(each.at)}</s-text>
              {each.change !== 0 && <s-text>{each.change > 0 ? '+' : ''}{shopify.i18n.formatNumber(each.change)}</s-text>}
            </s-stack>
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
    <s-stack direction="inline" gap="base" justifyContent="space-between" alignItems="center">
      <s-stack gap="none">
        <s-text>{reward.title}</s-text>
        {worthText(reward, points) !== reward.title && <s-text color="subdued">{worthText(reward, points)}</s-text>}
      </s-stack>
      {reward.is_affordable
        ? <s-button loading={isBusy} onClick={take}>{t('take_for', {points: pointsText(names, points)})}</s-button>
        : <s-text color="subdued">{t('missing', {points: pointsText(names, missing)})}</s-text>}
    </s-stack>
  );
}
