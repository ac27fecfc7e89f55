// Opened from a customer's page: their rewards, and a way to put one on the sale.
import '@shopify/ui-extensions/preact';
import {render} from 'preact';

import {Rewards} from './Rewards.jsx';

export default async () => {
  render(<CustomerRewards />, document.body);
};

function CustomerRewards() {
  return <Rewards customer={shopify.customer.id} />;
}
