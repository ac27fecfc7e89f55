// Opened from the home screen: the rewards of the customer who is being served.
import '@shopify/ui-extensions/preact';
import {render} from 'preact';

import {Rewards} from './Rewards.jsx';

export default async () => {
  render(<Sale />, document.body);
};

function Sale() {
  return <Rewards customer={shopify.cart.current.value.customer?.id ?? null} />;
}
