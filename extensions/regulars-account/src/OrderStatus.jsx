// On an order's page: what it brought. The page can be seen signed out, and then it says how to take part.
import '@shopify/ui-extensions/preact';
import {render} from 'preact';

import {OrderPoints} from '../../shared/OrderPoints.jsx';

export default async () => {
  render(<OrderStatus />, document.body);
};

function OrderStatus() {
  const order = shopify.order.value;
  return order ? <OrderPoints surface="account" orderId={order.id} /> : null;
}
