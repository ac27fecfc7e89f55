"""The control API and its client do to a running store what the world does in process."""

from __future__ import annotations

from datetime import timedelta

import pytest

from devstore.client import Client, Refused
from tests.devstore.conftest import NOON, Brew


def test_a_shop_is_opened_stocked_and_bought_from(client: Client, brew: Brew) -> None:
    shop = client.add_shop("tea", currency="JPY", timezone="Asia/Tokyo", shipping_price="500")
    shop.add_product("Sencha", "980", handle="sencha")

    order = shop.checkout([{"product": "sencha", "quantity": 2}], email="yuki@example.com", is_paid=False)
    paid = shop.pay(order["id"])
    refunded = shop.refund(order["id"], {order["line_items"][0]["id"]: 1})

    assert (order["total_price"], order["created_at"]) == ("2460", "2026-11-22T21:00:00+09:00")
    assert [paid["financial_status"], refunded["financial_status"]] == ["paid", "partially_refunded"]
    assert shop.order(order["id"]) == refunded
    assert [each["domain"] for each in client.shops()] == ["brew.myshopify.com", "tea.myshopify.com"]


def test_an_order_lives_through_the_client(client: Client, brew: Brew) -> None:
    shop = client.shop("brew")
    bob = shop.add_customer("bob@example.com", tags=["vip"])

    order = shop.checkout([{"product": "espresso", "quantity": 2}], customer_id=brew.ann.id, attributes={"ref": "X"})
    edited = shop.edit(order["id"], add=[{"product": "mug"}], remove={order["line_items"][0]["id"]: 1})
    moved = shop.set_customer(order["id"], bob["id"])
    cancelled = shop.cancel(order["id"], refund=False)

    assert order["note_attributes"] == [{"name": "ref", "value": "X"}]
    assert [each["current_quantity"] for each in edited["line_items"]] == [1, 1]
    assert moved["customer"]["tags"] == "vip"
    assert (cancelled["cancelled_at"] is not None, cancelled["refunds"]) == (True, [])


def test_the_referee_tells_who_used_which_code(client: Client, brew: Brew) -> None:
    brew.write_discount("LOY-A")
    shop = client.shop("brew")

    order = shop.checkout([{"product": "mug"}], customer_id=brew.ann.id, codes=["LOY-A"])

    told = shop.discount("loy-a")
    assert told is not None
    assert (told["use_count"], told["is_from_app"], told["usage_limit"]) == (1, True, 1)
    assert [(use["order_id"], use["customer_id"]) for use in told["uses"]] == [(order["id"], brew.ann.id)]


def test_a_refused_code_comes_back_with_its_reason(client: Client, brew: Brew) -> None:
    shop = client.shop("brew")
    shop.write_discount("BOB", "3.00", customer_ids=[1])

    with pytest.raises(Refused) as refused:
        shop.checkout([{"product": "mug"}], customer_id=brew.ann.id, codes=["BOB"])
    priced = shop.price([{"product": "mug"}], customer_id=brew.ann.id, codes=["BOB"])

    assert refused.value.refusal is not None
    assert refused.value.refusal["reason"] == priced["refused"][0]["reason"] == "wrong_customer"
    assert priced["total"] == "24.90"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/shops/nowhere/orders", {"lines": []}),
        ("/shops/brew/orders", {"lines": [{"product": "nothing"}]}),
        ("/shops/brew/orders", {"lines": [{"product": "mug", "colour": "red"}]}),
        ("/shops/brew/orders", {}),
        ("/shops/brew/orders/1/refund", {}),
        ("/shops/brew/fly", {}),
        ("/faults", {"kind": "flood"}),
    ],
)
def test_nonsense_is_refused_with_a_sentence(client: Client, path: str, body: dict[str, object]) -> None:
    with pytest.raises(Refused) as refused:
        client.ask("POST", path, body)

    assert str(refused.value)


def test_the_clock_stops_steps_and_runs_again(client: Client, brew: Brew) -> None:
    client.set_clock(NOON + timedelta(days=3))
    client.advance(timedelta(hours=2))

    assert client.now() == brew.world.now() == NOON + timedelta(days=3, hours=2)
    client.set_clock(None)
    assert client.now() == NOON


def test_faults_and_deliveries_are_steered_and_seen(client: Client, brew: Brew) -> None:
    client.set_delivery_faults(drop=1.0)
    brew.buy((brew.mug, 1))
    client.add_fault("before", "orders", times=2)

    dropped = client.deliveries(state="dropped", body="1")

    assert [each["topic"] for each in dropped] == ["orders/create", "orders/paid", "orders/updated"]
    assert '"order_number":1001' in dropped[0]["body"]
    assert len(brew.store.faults.rules()) == 1
    client.clear_faults()
    assert brew.store.faults.rules() == []
    client.deliver_again(dropped[0]["webhook_id"])
    assert client.waiting() == 2


def test_the_configuration_changes_while_the_store_runs(client: Client, brew: Brew) -> None:
    told = client.configure(
        app_url="http://127.0.0.1:1", topics=["orders/paid"], include_fields={"orders/paid": ["id"]}
    )
    order = brew.buy((brew.mug, 1))

    assert "client_secret" not in told
    last = client.deliveries(body="1")[-1]
    assert (last["topic"], last["body"]) == ("orders/paid", f'{{"id":{order.id}}}')
    with pytest.raises(Refused):
        client.configure(no_such_thing=1)


def test_the_app_comes_and_goes(client: Client, brew: Brew) -> None:
    shop = client.shop("brew")

    shop.uninstall()
    away = shop.facts()["is_installed"]
    shop.install(["read_orders"])
    shop.set_scopes(["read_orders", "read_products"])

    assert (away, shop.facts()["is_installed"]) == (False, True)
    assert shop.facts()["scopes"] == ["read_orders", "read_products"]
    assert shop.give_token("shpat_mine") == "shpat_mine"
    assert brew.shop.is_token_good("shpat_mine")
    assert shop.id_token().count(".") == 2
