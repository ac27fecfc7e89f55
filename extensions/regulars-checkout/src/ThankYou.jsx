// After the purchase: what this order brings and when, or how to join.
import '@shopify/ui-extensions/preact';
import {render} from 'preact';

import {OrderPoints} from '../../shared/OrderPoints.jsx';

export default async () => {
  render(<ThankYou />, document.body);
};

function ThankYou() {
  const order = shopify.orderConfirmation.value?.order;
  return order ? <OrderPoints surface="checkout" orderId={order.id} /> : null;
}
