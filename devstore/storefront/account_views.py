"""What a customer sees of their orders, the same in new-style and classic accounts."""

from __future__ import annotations

from flask import Response, abort

from devstore.model import Customer, Order
from devstore.storefront.own_pages import shop_page
from devstore.storefront.shoppers import Visit


def order_list(visit: Visit, customer: Customer, *, base: str) -> Response:
    """Show the customer's orders, newest first; `base` is the path that orders are found under."""
    return shop_page("orders.html", visit, customer=customer, orders=orders_of(visit, customer), base=base)


def order_page(visit: Visit, customer: Customer, order_id: int, *, base: str) -> Response:
    """Show one order with its refunds; 404 when it is not the customer's."""
    for order in orders_of(visit, customer):
        if order.id == order_id:
            return shop_page("order.html", visit, customer=customer, order=order, base=base)
    return abort(404)


def orders_of(visit: Visit, customer: Customer) -> list[Order]:
    """Return the customer's orders, newest first."""
    known = visit.shop.orders
    found = [known[one] for one in visit.shop.orders_of.get(customer.id, []) if one in known]
    return sorted(found, key=lambda order: (order.processed_at, order.id), reverse=True)
