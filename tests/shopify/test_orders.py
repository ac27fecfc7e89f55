"""What GraphQL tells of an order and what a webhook tells of it are the same facts, for every shape of order."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from devstore import payloads
from devstore.model import Address, Cart, CartLine, Order, SellingPlan
from devstore.world import Shop, World
from plugin.loyalty import facts
from plugin.loyalty.errors import Refused
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.outside import OrderBackground
from plugin.shopify import webhook_facts
from plugin.shopify.connect import ShopifyAdmin, connect
from tests.shopify.conftest import NOW, FakeSettings


def webhook_body(shop: Shop, order: Order) -> bytes:
    return msgspec.json.encode(payloads.order(shop, order, shop.world.config))


def from_webhook(shop: Shop, order: Order) -> OrderFacts:
    return webhook_facts.read_order(webhook_body(shop, order))


def without_fetch_mark(fetched: OrderFacts) -> OrderFacts:
    assert fetched.body is not None
    assert fetched.fetched_at == fetched.body.updated_at
    return msgspec.structs.replace(fetched, fetched_at=None)


def buy(shop: Shop, *lines: CartLine, attributes: dict[str, str] | None = None, **more: Any) -> Order:
    order = shop.checkout(Cart(list(lines), attributes or {}), **{"email": "ann@example.com"} | more)
    assert isinstance(order, Order), order
    return order


def blend(shop: Shop, price: str = "12.34", quantity: int = 1, **more: Any) -> CartLine:
    return CartLine(shop.add_product(f"Blend {len(shop.products)}", price, **more).variants[0].id, quantity)


def refund_units(shop: Shop, order: Order, quantity: int, **more: Any) -> None:
    shop.refund(order.id, {order.lines[0].id: quantity}, **more)


def plain(shop: Shop) -> Order:
    return buy(shop, blend(shop), blend(shop, "3.33", 3))


def pending(shop: Shop) -> Order:
    return buy(shop, blend(shop), is_paid=False)


def paid_later(shop: Shop) -> Order:
    order = pending(shop)
    shop.world.advance(timedelta(hours=3))
    shop.pay(order.id)
    return order


def guest_without_customer(shop: Shop) -> Order:
    return buy(shop, blend(shop), email=None)


def at_the_till(shop: Shop) -> Order:
    return buy(shop, blend(shop), email=None, source_name="pos", location_id=5)


def a_test(shop: Shop) -> Order:
    return buy(shop, blend(shop), is_test=True)


def company_order(shop: Shop) -> Order:
    return buy(shop, blend(shop), company_id=9)


def in_another_language(shop: Shop) -> Order:
    return buy(shop, blend(shop), locale="fr-CA")


def for_somebody_else(shop: Shop) -> Order:
    line = blend(shop, vendor="Acme")
    return buy(shop, dataclasses.replace(line, properties={"engraving": "To Ann", "regulars_for": "ANN7"}), blend(shop))


def in_another_currency(shop: Shop) -> Order:
    shop.presentment_rates["EUR"] = Decimal("0.9")
    return buy(shop, blend(shop), presentment_currency="EUR")


def with_tip(shop: Shop) -> Order:
    return buy(shop, blend(shop), tip=Decimal("4.20"))


def with_tip_and_virtual_goods(shop: Shop) -> Order:
    return buy(shop, blend(shop, "4.20", requires_shipping=False), tip=Decimal("4.20"))


def with_tip_refunded(shop: Shop) -> Order:
    order = with_tip(shop)
    shop.refund(order.id)
    return order


def with_gift_card(shop: Shop) -> Order:
    return buy(shop, blend(shop, "25.00", is_gift_card=True), blend(shop))


def with_referral(shop: Shop) -> Order:
    return buy(shop, blend(shop), attributes={"gift": "To Ann", "regulars_ref": "ann-7"})


def with_amount_off(shop: Shop) -> Order:
    shop.write_discount("Save-Five", value="5.00")
    return buy(shop, blend(shop, "9.99", 3), blend(shop, "1.01"), codes=["save-five"])


def with_percent_and_automatic(shop: Shop) -> Order:
    shop.write_discount(None, value="0.10", percent=True)
    return buy(shop, blend(shop, "9.99", 3), blend(shop, "0.07", 7))


def refunded_in_part(shop: Shop) -> Order:
    order = buy(shop, blend(shop, "9.99", 3), blend(shop))
    shop.world.advance(timedelta(days=1))
    refund_units(shop, order, 2)
    return order


def refunded_whole(shop: Shop) -> Order:
    order = with_amount_off(shop)
    shop.refund(order.id)
    return order


def refunded_money_only(shop: Shop) -> Order:
    order = plain(shop)
    shop.refund(order.id, amount=Decimal("3.00"))
    return order


def refunded_more_than_the_lines(shop: Shop) -> Order:
    order = plain(shop)
    refund_units(shop, order, 1, amount=Decimal("15.00"))
    return order


def refunded_less_than_the_lines(shop: Shop) -> Order:
    order = plain(shop)
    refund_units(shop, order, 1, amount=Decimal("2.00"))
    return order


def refunded_three_times(shop: Shop) -> Order:
    order = buy(shop, blend(shop, "9.99", 5))
    for _ in range(3):
        shop.world.advance(timedelta(minutes=5))
        refund_units(shop, order, 1)
    return order


def refunded_many_lines(shop: Shop) -> Order:
    order = buy(shop, *[blend(shop, "1.25", 2) for _ in range(9)])
    shop.refund(order.id, {line.id: 1 for line in order.lines})
    return order


def cancelled(shop: Shop) -> Order:
    order = plain(shop)
    shop.world.advance(timedelta(hours=1))
    return shop.cancel(order.id)


def cancelled_without_refund(shop: Shop) -> Order:
    return shop.cancel(plain(shop).id, refund=False)


def edited(shop: Shop) -> Order:
    order = buy(shop, blend(shop, "9.99", 3), blend(shop))
    return shop.edit(order.id, add=[blend(shop, "2.50", 2)], remove={order.lines[0].id: 1})


def edited_then_refunded(shop: Shop) -> Order:
    order = edited(shop)
    refund_units(shop, order, 1)
    return order


def customer_attached_later(shop: Shop) -> Order:
    order = guest_without_customer(shop)
    return shop.set_customer(order.id, shop.add_customer("late@example.com").id)


def with_sixty_lines(shop: Shop) -> Order:
    return buy(shop, *[blend(shop, "1.10") for _ in range(60)])


SHAPES: list[Callable[[Shop], Order]] = [
    plain,
    pending,
    paid_later,
    guest_without_customer,
    at_the_till,
    a_test,
    company_order,
    in_another_language,
    in_another_currency,
    for_somebody_else,
    with_tip,
    with_tip_and_virtual_goods,
    with_tip_refunded,
    with_gift_card,
    with_referral,
    with_amount_off,
    with_percent_and_automatic,
    refunded_in_part,
    refunded_whole,
    refunded_money_only,
    refunded_more_than_the_lines,
    refunded_less_than_the_lines,
    refunded_three_times,
    refunded_many_lines,
    cancelled,
    cancelled_without_refund,
    edited,
    edited_then_refunded,
    customer_attached_later,
    with_sixty_lines,
]


def test_a_line_tells_its_vendor_and_whom_it_is_for_and_nothing_else_that_was_typed(brew: Shop) -> None:
    body = from_webhook(brew, for_somebody_else(brew)).body

    assert body is not None
    assert sorted((line.vendor or "", line.shared_with or "") for line in body.lines) == [
        ("Acme", "ANN7"),
        ("Brew", ""),
    ]
    assert b"engraving" not in facts.encode(from_webhook(brew, for_somebody_else(brew)))


def test_an_order_tells_the_currency_it_was_paid_in_where_that_is_another(brew: Shop) -> None:
    told = [from_webhook(brew, order).body for order in (plain(brew), in_another_currency(brew))]

    assert [body.presentment for body in told if body is not None] == [None, "EUR"]


def test_what_webhooks_do_not_tell_is_asked_of_the_order(shop: ShopifyAdmin, brew: Shop) -> None:
    plan = SellingPlan(5, "Monthly")
    once, monthly = blend(brew), blend(brew, subscription=plan)
    customer = brew.add_customer("berlin@example.com")
    customer.address = Address(country_code="DE")
    order = buy(brew, once, dataclasses.replace(monthly, selling_plan_id=5), email=None, customer_id=customer.id)

    background = shop.background(order.id)

    assert background == OrderBackground("DE", frozenset({order.lines[1].id}))
    assert shop.background(1) == OrderBackground()


@pytest.mark.parametrize("is_tax_included", [False, True])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_both_readers_tell_the_same(
    shop: ShopifyAdmin, brew: Shop, shape: Callable[[Shop], Order], *, is_tax_included: bool
) -> None:
    brew.update(prices_include_tax=is_tax_included, tax_rate=Decimal("0.19"))
    order = shape(brew)

    fetched = shop.order(order.id)
    listed = [found for page in shop.orders_updated_since(NOW - timedelta(days=1)) for found in page]

    delivered = from_webhook(brew, order)
    assert fetched is not None
    assert without_fetch_mark(fetched) == delivered
    assert facts.encode(without_fetch_mark(fetched)) == facts.encode(delivered)
    assert [without_fetch_mark(found) for found in listed] == [delivered]


def test_a_fetched_order_settles_what_two_deliveries_say_differently(shop: ShopifyAdmin, brew: Shop) -> None:
    order = refunded_in_part(brew)
    delivered = from_webhook(brew, order)
    assert delivered.body is not None
    other = msgspec.structs.replace(delivered, body=msgspec.structs.replace(delivered.body, total=Decimal(1)))

    confused = facts.merge(delivered, other)
    fetched = shop.order(order.id)

    assert confused.needs_fetch
    assert fetched is not None
    settled = facts.merge(confused, fetched)
    assert not settled.needs_fetch
    assert settled.body == delivered.body


def test_an_order_shopify_does_not_know_is_none(shop: ShopifyAdmin) -> None:
    assert shop.order(404) is None


def test_orders_come_in_the_order_of_their_updates_over_many_pages(
    shop: ShopifyAdmin, brew: Shop, world: World
) -> None:
    line = blend(brew)
    before = buy(brew, line)
    world.advance(timedelta(hours=1))
    since = world.now()
    bought = [buy(brew, line).id for _ in range(23) if world.advance(timedelta(minutes=1))]
    world.advance(timedelta(minutes=1))
    refund_units(brew, brew.order(bought[0]), 1)

    pages = list(shop.orders_updated_since(since))

    assert [len(page) for page in pages] == [10, 10, 3]
    assert [found.id for page in pages for found in page] == [*bought[1:], bought[0]]
    assert before.id not in bought


def test_orders_with_a_code_are_found_in_any_case_and_since_then(shop: ShopifyAdmin, brew: Shop, world: World) -> None:
    brew.write_discount("AUTUMN", value="1.00")
    early = buy(brew, blend(brew), codes=["autumn"])
    world.advance(timedelta(days=2))
    since = world.now()
    used = buy(brew, blend(brew), codes=["Autumn"])
    buy(brew, blend(brew))

    found = shop.orders_with_code("autumn", since)

    assert early.id != used.id
    assert [order.id for order in found] == [used.id]


# --- Pages beyond pages: a Shopify that answers one thing at a time ----------------------------------------------------


def bag(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount}}


def line_node(number: int) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/LineItem/{number}",
        "quantity": 1,
        "currentQuantity": 1,
        "isGiftCard": False,
        "requiresShipping": True,
        "product": None,
        "variant": None,
        "originalUnitPriceSet": bag("1.0"),
        "discountAllocations": [],
        "taxLines": [],
    }


class LongOrder:
    """One order with many lines, refunds and refunded lines, paged exactly as asked for; it serves at most `most` of each."""

    def __init__(self, lines: int, refunds: int, refund_lines: int, most: int) -> None:
        self.lines = [line_node(number) for number in range(1, lines + 1)]
        self.refunds, self.refund_lines, self.most = refunds, refund_lines, most
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = msgspec.json.decode(request.content)
        variables: dict[str, Any] = asked["variables"]
        name = asked["query"].split("query ")[1].split("(")[0]
        self.asked.append(name)
        return httpx.Response(200, json={"data": getattr(self, f"answer_{name}")(variables)})

    def answer_OrderById(self, variables: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        order = {
            "id": "gid://shopify/Order/1",
            "name": "#1",
            "test": False,
            "processedAt": "2026-11-22T00:00:00Z",
            "updatedAt": "2026-11-22T00:00:00Z",
            "cancelledAt": None,
            "displayFinancialStatus": "PAID",
            "currencyCode": "USD",
            "presentmentCurrencyCode": "USD",
            "taxesIncluded": False,
            "discountCodes": [],
            "customAttributes": [],
            "totalPriceSet": bag("1.0"),
            "totalShippingPriceSet": bag("0.0"),
            "totalTipReceivedSet": bag("0.0"),
            "lineItems": self.page(self.lines, variables["lines"], None),
            "refunds": [self.refund(number, variables) for number in self.refund_numbers(variables["refunds"])],
        }
        return {"order": order}

    def answer_OrderLines(self, variables: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"order": {"lineItems": self.page(self.lines, variables["lines"], variables["after"])}}

    def answer_OrderRefundIds(self, variables: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        ids = [{"id": f"gid://shopify/Refund/{number}"} for number in self.refund_numbers(variables["refunds"])]
        return {"order": {"refunds": ids}}

    def answer_RefundById(self, variables: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"node": self.refund(int(variables["id"].rpartition("/")[2]), variables)}

    def refund(self, number: int, variables: Mapping[str, Any]) -> dict[str, Any]:
        parts = [
            {"quantity": 1, "lineItem": {"id": line["id"]}, "subtotalSet": bag("1.0"), "totalTaxSet": bag("0.0")}
            for line in self.lines[: self.refund_lines]
        ]
        return {
            "id": f"gid://shopify/Refund/{number}",
            "createdAt": "2026-11-22T00:00:00Z",
            "processedAt": "2026-11-22T00:00:00Z",
            "refundLineItems": self.page(parts, variables["refundLines"], variables.get("afterRefundLine")),
            "orderAdjustments": self.page([], variables["adjustments"], None),
        }

    def refund_numbers(self, first: int) -> range:
        return range(1, min(first, self.refunds) + 1)

    def page(self, items: list[Any], first: int, after: str | None) -> dict[str, Any]:
        start = int(after or 0)
        end = start + min(first, self.most)
        info = {"hasNextPage": end < len(items), "endCursor": str(end)}
        return {"nodes": items[start:end], "pageInfo": info}


@pytest.mark.parametrize("most", [250, 7])
def test_an_order_larger_than_any_page_is_read_whole(settings: FakeSettings, most: int) -> None:
    long_order = LongOrder(lines=171, refunds=8, refund_lines=130, most=most)
    shop = connect(settings, "brew.myshopify.com", "token", transport=httpx.MockTransport(long_order))

    order = shop.order(1)

    assert order is not None
    assert order.body is not None
    assert [line.id for line in order.body.lines] == list(range(1, 172))
    assert [(refund.id, len(refund.lines)) for refund in order.refunds] == [(number, 130) for number in range(1, 9)]


@pytest.mark.parametrize(
    "broken",
    [
        {"currencyCode": "usd"},
        {"totalPriceSet": bag("-1.0")},
        {"updatedAt": "soon"},
        {"id": "gid://shopify/Order/99999999999999999999"},
        {"lineItems": None},
        {"customer": {"id": "gid://shopify/Company/1"}},
    ],
)
def test_an_order_that_cannot_be_read_is_refused_by_id(settings: FakeSettings, broken: dict[str, Any]) -> None:
    class BrokenOrder(LongOrder):
        def answer_OrderById(self, variables: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
            return {"order": super().answer_OrderById(variables)["order"] | broken}

    transport = httpx.MockTransport(BrokenOrder(lines=1, refunds=0, refund_lines=0, most=9))
    shop = connect(settings, "brew.myshopify.com", "token", transport=transport)

    with pytest.raises(Refused):
        shop.order(1)
