"""Why an order gave what it gave, and how the shop's engine room stands."""

from __future__ import annotations

from flask import Response

from plugin.api import query, shapes
from plugin.api.door import Door, answer, language
from plugin.services import explain, health, shops
from plugin.services.api_keys import KeyHolder


def explain_order(door: Door, caller: KeyHolder, shopify_order_id: str) -> Response:
    """One order, judged anew and compared with what stands in the books."""
    query.parameters()
    number = query.order_id(shopify_order_id)
    with door.world.database.transaction(caller.shop_id) as session:
        found = explain.order(session, number)
        currency = shops.details(session).currency
    return answer(shapes.One(shapes.explanation(found, currency=currency, language=language())))


def show_health(door: Door, caller: KeyHolder) -> Response:
    """What waits, what was set aside, what differs from Shopify, and the last proof of the books."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        found = health.of_shop(session, now=door.world.clock())
    return answer(shapes.One(shapes.health(found, queue_is_alive=door.bell.is_alive())))
