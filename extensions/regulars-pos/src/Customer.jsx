// On a customer's page: what they have, and the way to their rewards.
import '@shopify/ui-extensions/preact';
import {render} from 'preact';
import {useEffect, useState} from 'preact/hooks';

import {ask} from '../../shared/service.js';
import {pointsText} from '../../shared/words.js';

export default async () => {
  render(<Customer />, document.body);
};

function Customer() {
  const [state, setState] = useState(/** @type {any} */ (null));
  const customer = String(shopify.customer.id);
  const t = shopify.i18n.translate;
  useEffect(() => { ask('pos', 'state', undefined, {customer_id: customer}).then(setState, () => setState(null)); }, [customer]);

  if (!state?.is_live) return null;
  const names = state.program.points_name;
  return (
    <s-pos-block heading={state.program.name}>
      <s-stack gap="small">
        {state.member ? <s-text>{t('balance', {points: pointsText(names, state.member.available)})}</s-text> : <s-text>{t('tile_join')}</s-text>}
        {state.member?.pending > 0 && <s-text color="subdued">{t('pending', {points: pointsText(names, state.member.pending)})}</s-text>}
        {state.tier && <s-text>{state.tier.title}</s-text>}
        <s-button onClick={() => shopify.action.presentModal()}>{t('open')}</s-button>
      </s-stack>
    </s-pos-block>
  );
}
