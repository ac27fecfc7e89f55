// Beside the profile: the shopper's points at a glance.
import '@shopify/ui-extensions/preact';
import {render} from 'preact';
import {useEffect, useState} from 'preact/hooks';

import {ask} from '../../shared/service.js';
import {pointsText} from '../../shared/words.js';

export default async () => {
  render(<Profile />, document.body);
};

function Profile() {
  const [state, setState] = useState(/** @type {any} */ (null));
  const t = shopify.i18n.translate;
  useEffect(() => { ask('account', 'state').then(setState, () => setState(null)); }, []);

  if (!state?.is_live || !state.member) return null;
  const names = state.program.points_name;
  return (
    <s-section heading={state.program.name}>
      <s-stack gap="small">
        <s-text>{t('balance', {points: pointsText(names, state.member.available)})}</s-text>
        {state.member.pending > 0 && <s-text color="subdued">{t('pending', {points: pointsText(names, state.member.pending)})}</s-text>}
        <s-link href="extension:regulars-account-page/">{t('open_page')}</s-link>
      </s-stack>
    </s-section>
  );
}
