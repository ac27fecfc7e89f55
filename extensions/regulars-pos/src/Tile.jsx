// On the till's home screen: the points of the customer who is being served.
import '@shopify/ui-extensions/preact';
import {render} from 'preact';
import {useEffect, useState} from 'preact/hooks';

import {ask} from '../../shared/service.js';
import {pointsText} from '../../shared/words.js';

export default async () => {
  render(<Tile />, document.body);
};

function Tile() {
  const customer = shopify.cart.current.value.customer?.id;
  const [state, setState] = useState(/** @type {any} */ (null));
  const t = shopify.i18n.translate;
  useEffect(() => {
    let isOver = false;
    const params = /** @type {Record<string, string>} */ (customer ? {customer_id: String(customer)} : {});
    ask('pos', 'state', undefined, params).then((told) => isOver || setState(told), () => isOver || setState(null));
    return () => { isOver = true; };
  }, [customer]);

  const member = customer ? state?.member : null;
  const said = member ? pointsText(state.program.points_name, member.available) : t(customer ? 'tile_join' : 'tile_no_customer');
  return (
    <s-tile heading={state?.program?.name ?? t('name')} subheading={state?.is_live ? said : t('tile_off')} disabled={!customer || !state?.is_live}
      onClick={() => shopify.action.presentModal()} />
  );
}
