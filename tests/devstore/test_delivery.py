"""Webhooks are signed, retried with their first body, doubled, dropped and overtaken - as at Shopify."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from devstore.delivery import Deliveries, Delivery
from devstore.faults import DeliveryFaults
from devstore.model import CartLine
from devstore.payloads import TOPICS, signature
from tests.devstore.conftest import NOON, Brew


class App:
    """The receiving end: keeps what came in, and answers what it is told to."""

    def __init__(self, *statuses: int | None) -> None:
        self.statuses = list(statuses)
        self.received: list[tuple[str, str, bytes]] = []

    def __call__(self, delivery: Delivery) -> int | None:
        self.received.append((delivery.topic, delivery.webhook_id, delivery.body))
        return self.statuses.pop(0) if self.statuses else 200


@pytest.fixture
def deliveries(brew: Brew) -> Deliveries:
    brew.store.deliveries.deliver_due(send=App())
    brew.store.deliveries.log.clear()
    return brew.store.deliveries


def bodies(deliveries: Deliveries, topic: str) -> list[dict[str, Any]]:
    return [json.loads(each.body) for each in deliveries.log if each.topic == topic]


def test_the_signature_is_shopifys() -> None:
    assert signature(b'{"foo": "bar"}', "test_secret_key") == "B23tXN681gZ0qIWNRrgtzBE9XSDo5yaUu6wfmhu3a7g="


def test_every_delivery_carries_the_headers_and_verifies(brew: Brew, deliveries: Deliveries) -> None:
    brew.buy((brew.mug, 1))

    for delivery in deliveries.log:
        headers = delivery.headers()
        key = brew.world.config.client_secret.encode()
        digest = base64.b64encode(hmac.new(key, delivery.body, hashlib.sha256).digest()).decode()
        assert headers["X-Shopify-Hmac-Sha256"] == digest
        assert headers["X-Shopify-Shop-Domain"] == "brew.myshopify.com"
        assert headers["X-Shopify-API-Version"] == "2026-10"
        assert headers["X-Shopify-Topic"] == delivery.topic
        assert headers["X-Shopify-Triggered-At"] == "2026-11-22T12:00:00.000000000Z"
    assert len({each.headers()["X-Shopify-Event-Id"] for each in deliveries.log}) == 1
    assert len({each.webhook_id for each in deliveries.log}) == len(deliveries.log) == 3


def test_a_failed_delivery_is_retried_eight_times_with_the_first_body(brew: Brew, deliveries: Deliveries) -> None:
    brew.world.config.topics = frozenset({"orders/create"})
    order = brew.buy((brew.mug, 1))
    app = App(*[500, None, 302] * 5)

    for _ in range(20):
        deliveries.deliver_due(send=app)
        brew.world.advance(timedelta(minutes=20))
        brew.shop.set_customer(order.id, None)

    assert len(app.received) == 9
    assert len(set(app.received)) == 1
    assert json.loads(app.received[-1][2])["customer"]["id"] == brew.ann.id
    assert deliveries.log[0].state == "failed"


def test_retries_stretch_over_four_hours(brew: Brew, deliveries: Deliveries) -> None:
    brew.world.config.topics = frozenset({"orders/create"})
    brew.buy((brew.mug, 1))

    while (due := deliveries.next_due_at()) is not None:
        deliveries.deliver_due(due, send=App(500))

    last = deliveries.log[0].attempts[-1].at
    assert last - NOON == timedelta(hours=4)


def test_a_success_ends_the_retries(brew: Brew, deliveries: Deliveries) -> None:
    brew.world.config.topics = frozenset({"orders/create"})
    brew.buy((brew.mug, 1))
    app = App(503, 200)

    deliveries.deliver_due(send=app)
    brew.world.advance(timedelta(days=1))
    deliveries.deliver_due(send=app)

    assert (len(app.received), deliveries.waiting(), deliveries.log[0].state) == (2, 0, "delivered")


def test_a_dropped_delivery_never_comes_but_can_be_sent_by_hand(brew: Brew, deliveries: Deliveries) -> None:
    deliveries.faults.deliveries = DeliveryFaults(drop=1.0)
    app = App()

    brew.buy((brew.mug, 1))
    deliveries.deliver_due(NOON + timedelta(days=9), send=app)

    assert (app.received, {each.state for each in deliveries.log}) == ([], {"dropped"})
    assert deliveries.send_again(deliveries.log[0].webhook_id)
    assert deliveries.deliver_due(send=app) == 1


def test_a_duplicate_has_the_same_id_and_body(brew: Brew, deliveries: Deliveries) -> None:
    deliveries.faults.deliveries = DeliveryFaults(duplicate=1.0)
    app = App()

    brew.buy((brew.mug, 1))
    deliveries.deliver_due(send=app)

    assert (len(app.received), len(set(app.received))) == (6, 3)


def test_held_back_deliveries_are_overtaken(brew: Brew, deliveries: Deliveries) -> None:
    deliveries.faults.deliveries = DeliveryFaults(delay=0.5, delay_seconds=3600)
    app = App()

    order = brew.buy((brew.espresso, 9))
    for _ in range(9):
        brew.shop.refund(order.id, {order.lines[0].id: 1})
    while (due := deliveries.next_due_at()) is not None:
        deliveries.deliver_due(due, send=app)

    came = [webhook_id for _, webhook_id, _ in app.received]
    assert came != [each.webhook_id for each in deliveries.log]
    assert sorted(came) == sorted(each.webhook_id for each in deliveries.log)


def test_faults_are_repeatable_by_seed(brew: Brew) -> None:
    from devstore.faults import Faults

    def fates(seed: int) -> list[tuple[int, float]]:
        faults = Faults(seed)
        faults.deliveries = DeliveryFaults(drop=0.2, duplicate=0.2, delay=0.5)
        return [faults.fate() for _ in range(50)]

    assert fates(3) == fates(3)
    assert fates(3) != fates(4)


def test_include_fields_trims_a_topic_and_leaves_the_others_whole(brew: Brew, deliveries: Deliveries) -> None:
    brew.world.config.include_fields = {"orders/paid": ("id", "customer.id", "line_items.price", "line_items.id")}

    order = brew.buy((brew.mug, 1))

    assert bodies(deliveries, "orders/paid") == [
        {
            "id": order.id,
            "customer": {"id": brew.ann.id},
            "line_items": [{"price": "20.00", "id": order.lines[0].id}],
        }
    ]
    assert len(bodies(deliveries, "orders/create")[0]) > 50


def test_an_order_looks_as_shopify_writes_it(brew: Brew, deliveries: Deliveries) -> None:
    brew.write_discount()
    order = brew.buy((brew.mug, 1), codes=["LOY-A"], tip=Decimal("1.50"), locale="de")

    (body,) = bodies(deliveries, "orders/paid")

    assert body["id"] == order.id
    assert body["created_at"] == "2026-11-22T07:00:00-05:00"
    assert (body["subtotal_price"], body["total_price"]) == ("15.00", "21.40")
    assert body["discount_codes"] == [{"code": "LOY-A", "amount": "5.00", "type": "fixed_amount"}]
    assert body["discount_applications"][0]["value"] == "5.00"
    assert body["customer_locale"] == "de"
    allocation = body["line_items"][0]["discount_allocations"][0]
    assert (allocation["amount"], allocation["discount_application_index"]) == ("5.00", 0)
    assert body["line_items"][1]["tip"]["payment_gateway"] == "shopify_payments"
    assert (body["total_tip_received"], body["financial_status"]) == ("1.50", "paid")


def test_a_refund_arrives_alone_and_inside_the_order(brew: Brew, deliveries: Deliveries) -> None:
    order = brew.buy((brew.mug, 2))

    brew.shop.refund(order.id, {order.lines[0].id: 1}, shipping=Decimal("4.90"))

    (refund,) = bodies(deliveries, "refunds/create")
    assert refund["order_id"] == order.id
    assert refund["refund_line_items"][0]["subtotal"] == 20.0
    assert refund["refund_shipping_lines"][0]["subtotal_amount_set"]["shop_money"]["amount"] == "4.90"
    assert refund["order_adjustments"] == []
    assert bodies(deliveries, "orders/updated")[-1]["refunds"] == [refund]


def test_topics_follow_from_what_happens(brew: Brew, deliveries: Deliveries) -> None:
    def topics(act: Any) -> list[str]:
        deliveries.log.clear()
        act()
        return [each.topic for each in deliveries.log]

    bob = brew.shop.add_customer("bob@example.com")
    order = brew.buy((brew.mug, 2))
    mug = CartLine(brew.mug.variants[0].id)

    assert topics(lambda: brew.buy((brew.mug, 1), is_paid=False)) == ["orders/create", "orders/updated"]
    assert topics(lambda: brew.shop.edit(order.id, add=[mug])) == ["orders/edited", "orders/updated"]
    assert topics(lambda: brew.shop.pay(order.id)) == ["orders/paid", "orders/updated"]
    assert topics(lambda: brew.shop.cancel(order.id)) == ["orders/cancelled", "refunds/create", "orders/updated"]
    assert topics(lambda: brew.shop.delete_order(order.id)) == ["orders/delete"]
    assert topics(lambda: brew.shop.update_customer(bob.id, tags=["vip"])) == ["customers/update"]
    assert topics(lambda: brew.shop.merge_customers(keep_id=brew.ann.id, drop_id=bob.id)) == [
        "customers/merge",
        "customers/update",
    ]
    assert topics(lambda: brew.shop.request_data(brew.ann.id)) == ["customers/data_request"]
    assert topics(lambda: brew.shop.redact_customer(brew.ann.id)) == ["customers/redact"]
    assert topics(lambda: brew.shop.set_scopes(["read_orders"])) == ["app/scopes_update"]
    assert topics(lambda: brew.shop.update(name="Brewery")) == ["shop/update"]
    assert topics(brew.shop.uninstall) == ["app/uninstalled"]
    assert topics(lambda: brew.buy((brew.mug, 1))) == []
    assert topics(brew.shop.redact_shop) == ["shop/redact"]


def test_every_topic_has_a_body(brew: Brew, deliveries: Deliveries) -> None:
    bob, eve = brew.shop.add_customer("bob@example.com"), brew.shop.add_customer("eve@example.com")
    order = brew.buy((brew.mug, 2))
    brew.shop.edit(order.id, remove={order.lines[0].id: 1})
    brew.shop.cancel(order.id)
    brew.shop.delete_order(order.id)
    brew.shop.merge_customers(keep_id=brew.ann.id, drop_id=bob.id)
    brew.shop.request_data(eve.id)
    brew.shop.redact_customer(eve.id)
    brew.shop.delete_customer(eve.id)
    brew.shop.set_scopes(["read_orders"])
    brew.shop.update(name="Brewery")
    brew.shop.uninstall()
    brew.shop.redact_shop()

    sent = {each.topic: json.loads(each.body) for each in deliveries.log}

    assert set(sent) == set(TOPICS)
    assert sent["orders/edited"]["order_edit"]["line_items"]["removals"] == [{"id": order.lines[0].id, "delta": 1}]
    assert sent["customers/merge"]["admin_graphql_api_customer_kept_id"].endswith(str(brew.ann.id))
    assert sent["customers/redact"]["customer"]["email"] == "eve@example.com"
    assert sent["shop/redact"] == {"shop_id": brew.shop.id, "shop_domain": "brew.myshopify.com"}
    assert sent["orders/delete"] == {"id": order.id}


def test_protected_data_is_missing_from_bodies_too(brew: Brew, deliveries: Deliveries) -> None:
    brew.world.config.withholds_protected_data = True

    brew.buy((brew.mug, 1))

    assert all(b"ann@example.com" not in each.body and b"Lee" not in each.body for each in deliveries.log)


def test_threads_deliver_over_http_what_is_waiting(brew: Brew) -> None:
    from threading import Thread

    from flask import Flask, request
    from werkzeug.serving import make_server

    got: list[tuple[str, bytes]] = []
    receiver = Flask("receiver")

    @receiver.post("/webhooks")
    def webhooks() -> str:
        got.append((request.headers["X-Shopify-Hmac-Sha256"], request.get_data()))
        return ""

    server = make_server("127.0.0.1", 0, receiver)
    thread = Thread(target=server.serve_forever)
    thread.start()
    brew.world.config.app_url = f"http://127.0.0.1:{server.port}"
    deliveries = brew.store.deliveries
    deliveries.start(threads=2)
    try:
        brew.buy((brew.mug, 1))
        for _ in range(200):
            if not deliveries.waiting():
                break
            thread.join(0.02)
    finally:
        deliveries.stop()
        server.shutdown()
        thread.join()
        server.server_close()

    assert len(got) == 4
    assert all(digest == signature(body, brew.world.config.client_secret) for digest, body in got)
