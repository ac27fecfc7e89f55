"""Every body the dev store sends is read, signature included, and folding deliveries in any order gives one truth."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devstore import payloads
from devstore.model import Cart, CartLine, Order
from devstore.world import Event, Shop, World
from plugin.loyalty import facts
from plugin.loyalty.deliveries import CustomerFacts, MergeFacts, ScopesFacts
from plugin.loyalty.facts import OrderFacts
from plugin.shopify import webhook_facts
from plugin.shopify.verify import verify_webhook, webhook_headers

SECRET = "devstore-client-secret-of-32-bytes"
READERS: dict[str, Callable[[bytes], Any]] = {
    "orders/create": webhook_facts.read_order,
    "orders/paid": webhook_facts.read_order,
    "orders/updated": webhook_facts.read_order,
    "orders/cancelled": webhook_facts.read_order,
    "orders/edited": webhook_facts.read_order_edited,
    "orders/delete": webhook_facts.read_order_deleted,
    "refunds/create": webhook_facts.read_refund,
    "customers/create": webhook_facts.read_customer,
    "customers/update": webhook_facts.read_customer,
    "customers/delete": webhook_facts.read_customer_deleted,
    "customers/merge": webhook_facts.read_merge,
    "app/uninstalled": webhook_facts.read_uninstalled,
    "app/scopes_update": webhook_facts.read_scopes_update,
    "shop/update": webhook_facts.read_shop_update,
    "customers/data_request": webhook_facts.read_compliance,
    "customers/redact": webhook_facts.read_compliance,
    "shop/redact": webhook_facts.read_compliance,
}


def listen(world: World) -> list[tuple[Event, bytes]]:
    """The events from now on, each with its body as it was at that moment."""
    heard: list[tuple[Event, bytes]] = []
    world.listeners.append(lambda events: heard.extend((event, payloads.body(event, world.config)) for event in events))
    return heard


def a_shops_life(shop: Shop) -> Order:
    """One of everything a shop can announce. Returns the order that went through most of it."""
    ann, twin = shop.add_customer("ann@example.com", tags=["VIP"]), shop.add_customer("twin@example.com")
    shop.update_customer(ann.id, tags=["VIP", "staff"])
    blend = shop.add_product("Blend", "12.50").variants[0].id
    order = shop.checkout(Cart([CartLine(blend, 4)]), ann.id, is_paid=False)
    assert isinstance(order, Order)
    shop.pay(order.id)
    shop.edit(order.id, add=[CartLine(blend, 1)], remove={order.lines[0].id: 1})
    shop.refund(order.id, {order.lines[0].id: 1})
    shop.refund(order.id, amount=Decimal("1.00"))
    shop.cancel(order.id)
    other = shop.checkout(Cart([CartLine(blend, 1)]), ann.id)
    assert isinstance(other, Order)
    shop.delete_order(other.id)
    shop.merge_customers(keep_id=ann.id, drop_id=twin.id)
    shop.delete_customer(shop.add_customer("gone@example.com").id)
    shop.update(name="Brew & Co")
    shop.set_scopes(["read_orders"])
    shop.request_data(ann.id)
    shop.redact_customer(ann.id)
    shop.uninstall()
    shop.redact_shop()
    return order


def test_every_body_the_dev_store_sends_is_signed_and_read(world: World, brew: Shop) -> None:
    heard = listen(world)
    a_shops_life(brew)

    read = {event.topic: READERS[event.topic](body) for event, body in heard}

    assert set(read) == set(READERS) == set(payloads.TOPICS)
    for number, (event, body) in enumerate(heard):
        sent = payloads.headers(event, body, webhook_id=f"w{number}", secret=SECRET)
        claimed = webhook_headers(sent.items())
        assert verify_webhook(body, claimed.signature, [SECRET.encode()])
        assert (claimed.topic, claimed.shop, claimed.webhook_id) == (event.topic, brew.domain, f"w{number}")
        assert claimed.triggered_at == event.at
    assert read["app/scopes_update"] == ScopesFacts(
        frozenset({"read_orders"}), read["app/scopes_update"].previous, read["app/scopes_update"].updated_at
    )
    assert isinstance(read["customers/merge"], MergeFacts)
    assert read["customers/merge"].is_done
    assert isinstance(read["customers/create"], CustomerFacts)
    assert read["shop/redact"].shop_id == read["app/uninstalled"].shop_id == brew.id


def test_what_is_read_of_a_shops_life_holds_nothing_about_a_person(world: World, brew: Shop) -> None:
    heard = listen(world)
    a_shops_life(brew)

    stored = [msgspec.json.encode(READERS[event.topic](body)) for event, body in heard]

    assert any(b"example.com" in body for _, body in heard)
    assert not [kept for kept in stored if b"@" in kept]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.randoms(use_true_random=False))
def test_deliveries_of_an_order_fold_to_one_truth_in_any_order_and_number(world: World, random: Any) -> None:
    shop = world.add_shop("brew")
    heard = listen(world)
    order = a_shops_life(shop)
    deliveries = [
        news
        for event, body in heard
        if isinstance(news := READERS[event.topic](body), OrderFacts) and news.id == order.id
    ]

    shuffled = [*deliveries, *random.choices(deliveries, k=3)]
    random.shuffle(shuffled)
    known: OrderFacts | None = None
    for news in shuffled:
        known = facts.merge(known, news)

    in_turn: OrderFacts | None = None
    for news in deliveries:
        in_turn = facts.merge(in_turn, news)
    assert known == in_turn
