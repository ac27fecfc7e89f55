"""What can be seen of people who refer each other, hashed here: names, addresses and networks go no further than this module.

Shopify withholds protected data from apps without approval; then fewer marks are left, and the trace says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from plugin.loyalty.outside import Trace, Traces
from plugin.loyalty.suspicion import Address, Personal, marks
from plugin.shopify import documents
from plugin.shopify.amounts import gid, gid_number
from plugin.shopify.client import GraphqlClient

NODES_PER_QUERY: Final = 20


def traces(client: GraphqlClient, customer_ids: Sequence[int], order_ids: Sequence[int], key: bytes) -> Traces:
    """Traces of customers and orders, made with that key; ids that Shopify does not know are absent. Raises OutsideError."""
    ids = [gid("Customer", number) for number in sorted(set(customer_ids))]
    ids += [gid("Order", number) for number in sorted(set(order_ids))]
    found = Traces({}, {})
    for start in range(0, len(ids), NODES_PER_QUERY):
        batch = {"ids": ids[start : start + NODES_PER_QUERY]}
        for node in client.read(documents.TRACES, batch, withheld_is_null=True).get("nodes") or ():
            kind = node.get("__typename") if isinstance(node, Mapping) else None
            if kind == "Customer":
                found.customers[gid_number(str(node["id"]), "Customer")] = _customer(node, key)
            elif kind == "Order":
                found.orders[gid_number(str(node["id"]), "Order")] = _order(node, key)
    return found


def _customer(node: Mapping[str, Any], key: bytes) -> Trace:
    last = node.get("lastOrder") or {}
    places = [place for place in (node.get("defaultAddress"), last.get("shippingAddress")) if place]
    mail = (node.get("defaultEmailAddress") or {}).get("emailAddress")
    phone = (node.get("defaultPhoneNumber") or {}).get("phoneNumber")
    name = _name(node)
    seen = Personal(
        names=[name] if name else [],
        mails=[mail] if mail else [],
        phones=_texts(phone, *(place.get("phone") for place in places)),
        addresses=[_address(place) for place in places],
        networks=_texts(last.get("clientIp")),
    )
    return Trace(marks(seen, key), int(node.get("numberOfOrders") or 0), is_withheld=not name and not mail)


def _order(node: Mapping[str, Any], key: bytes) -> Trace:
    places = [place for place in (node.get("shippingAddress"), node.get("billingAddress")) if place]
    seen = Personal(
        names=_texts(*map(_name, places)),
        mails=_texts(node.get("email")),
        phones=_texts(node.get("phone"), *(place.get("phone") for place in places)),
        addresses=[_address(place) for place in places],
        networks=_texts(node.get("clientIp")),
    )
    return Trace(marks(seen, key), None, is_withheld=False)


def _name(node: Mapping[str, Any]) -> str:
    return " ".join(_texts(node.get("firstName"), node.get("lastName")))


def _address(place: Mapping[str, Any]) -> Address:
    return Address(place.get("address1"), place.get("zip"), place.get("country"))


def _texts(*values: object) -> list[str]:
    return [str(value) for value in values if value]
