"""What a cart costs, and which codes are refused and why."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devstore.model import CartLine, Order, Refusal, SellingPlan, Variant, smallest_unit
from devstore.pricing import Priced, split
from devstore.world import World
from tests.devstore.conftest import NOON, Brew

CENT = Decimal("0.01")
amounts = st.integers(0, 100_000).map(lambda cents: cents * CENT)


@settings(deadline=None)
@given(st.lists(amounts, min_size=1, max_size=12), st.floats(0, 1))
def test_a_split_sums_to_its_total_and_no_part_exceeds_its_line(lines: list[Decimal], fraction: float) -> None:
    total = (sum(lines) * Decimal(fraction)).quantize(CENT)
    total = min(total, sum(lines, Decimal(0)))

    parts = split(total, lines, CENT)

    assert sum(parts) == (total if any(lines) else 0)
    assert all(0 <= part <= line for part, line in zip(parts, lines, strict=True))
    assert all(part == part.quantize(CENT) for part in parts)


@settings(deadline=None)
@given(
    prices=st.lists(st.tuples(st.integers(1, 9_999), st.integers(1, 5)), min_size=1, max_size=6),
    discounts=st.lists(
        st.tuples(st.sampled_from(["amount", "percent", "one product"]), st.integers(1, 100)), max_size=4
    ),
    currency=st.sampled_from(["USD", "JPY"]),
)
def test_allocations_sum_to_every_discount_exactly(
    prices: list[tuple[int, int]], discounts: list[tuple[str, int]], currency: str
) -> None:
    shop = World(lambda: NOON).add_shop("any", currency=currency, tax_rate=Decimal("0.19"), prices_include_tax=True)
    unit = smallest_unit(currency)
    products = [shop.add_product(f"P{at}", cents * unit) for at, (cents, _) in enumerate(prices)]
    everything = frozenset({"ORDER", "PRODUCT", "SHIPPING"})
    for at, (kind, value) in enumerate(discounts):
        only = frozenset({products[0].id}) if kind == "one product" else frozenset()
        shop.write_discount(
            f"C{at}",
            value=Decimal(value) / 100 if kind == "percent" else value * unit * 3,
            percent=kind == "percent",
            product_ids=only,
            combines_with=everything,
        )
    lines = [CartLine(each.variants[0].id, quantity) for each, (_, quantity) in zip(products, prices, strict=True)]

    order = shop.checkout(_cart(lines), email="a@example.com", codes=[f"C{at}" for at in range(len(discounts))])

    assert isinstance(order, Order)
    for index, application in enumerate(order.applications):
        parts = [part.amount for line in order.lines for part in line.allocations if part.index == index]
        assert sum(parts, Decimal(0)) == application.amount
    assert all(0 <= line.net <= line.gross for line in order.lines)
    assert order.gross - order.discounts == order.subtotal
    assert order.total == order.received == order.total.quantize(unit)


def test_a_fixed_amount_is_never_more_than_the_goods(brew: Brew) -> None:
    brew.shop.write_discount("BIG", value="50.00")

    order = brew.buy((brew.espresso, 1), codes=["BIG"])

    assert (order.subtotal, order.discounts, order.total) == (Decimal("0.00"), Decimal("12.50"), Decimal("4.90"))
    assert order.financial_status == "paid"


def test_free_shipping_takes_off_the_shipping_only(brew: Brew) -> None:
    told = brew.ask(
        "discount_freeship", input={**_without_gets(brew.discount_input("SHIP")), "destination": {"all": True}}
    )

    order = brew.buy((brew.espresso, 1), codes=["SHIP"])

    assert told["data"]["discountCodeFreeShippingCreate"]["userErrors"] == []
    assert (order.subtotal, order.shipping_discount, order.total) == (
        Decimal("12.50"),
        Decimal("4.90"),
        Decimal("12.50"),
    )


@pytest.mark.parametrize(
    ("reason", "more"),
    [
        ("wrong_customer", {"customer_ids": frozenset({1})}),
        ("expired", {"starts_at": NOON - timedelta(days=9), "ends_at": NOON}),
        ("not_active", {"starts_at": NOON + timedelta(seconds=1)}),
        ("below_minimum", {"minimum_subtotal": Decimal("12.51")}),
        ("below_minimum", {"minimum_quantity": 2}),
        ("excluded_product", {"product_ids": frozenset({1})}),
    ],
)
def test_a_code_is_refused_with_its_reason(brew: Brew, reason: str, more: dict[str, Any]) -> None:
    brew.shop.write_discount("NO", value="1.00", **more)

    refusal = brew.shop.checkout(brew.cart((brew.espresso, 1)), brew.ann.id, codes=["no"])

    assert isinstance(refusal, Refusal)
    assert (refusal.code or "", refusal.reason) == ("NO", reason)
    assert brew.shop.orders == {}


def test_a_code_nobody_wrote_is_not_found(brew: Brew) -> None:
    refusal = brew.shop.checkout(brew.cart((brew.espresso, 1)), brew.ann.id, codes=["NOPE"])

    assert isinstance(refusal, Refusal)
    assert refusal.reason == "not_found"


def test_a_single_use_code_works_once_and_remembers_by_whom(brew: Brew) -> None:
    brew.write_discount("ONCE")

    first = brew.buy((brew.espresso, 1), codes=["ONCE"])
    second = brew.shop.checkout(brew.cart((brew.espresso, 1)), brew.ann.id, codes=["ONCE"])

    assert isinstance(second, Refusal)
    assert second.reason == "used"
    assert [(use.order_id, use.customer_id) for use in brew.discount("ONCE").uses] == [(first.id, brew.ann.id)]


def test_a_bound_code_works_for_a_guest_with_the_owners_address_only(brew: Brew) -> None:
    brew.write_discount("ANN")

    stranger = brew.shop.checkout(brew.cart((brew.espresso, 1)), email="bob@example.com", codes=["ANN"])
    herself = brew.shop.checkout(brew.cart((brew.espresso, 1)), email="Ann@Example.com", codes=["ANN"])

    assert isinstance(stranger, Refusal)
    assert stranger.reason == "wrong_customer"
    assert isinstance(herself, Order)


def test_codes_that_do_not_combine_name_the_loser(brew: Brew) -> None:
    brew.shop.write_discount("SMALL", value="1.00")
    brew.shop.write_discount("LARGE", value="2.00")

    priced = brew.shop.price(brew.cart((brew.espresso, 1)), brew.ann.id, ["SMALL", "LARGE"])

    assert [each.code for each in priced.applied] == ["LARGE"]
    assert [(each.code, each.reason, each.because_of) for each in priced.refused] == [
        ("SMALL", "not_combinable", "LARGE")
    ]


def test_combining_takes_the_consent_of_both(brew: Brew) -> None:
    brew.shop.write_discount("ORDER", value="1.00", combines_with=frozenset({"PRODUCT"}))
    brew.shop.write_discount("MUG", value="2.00", product_ids=frozenset({brew.mug.id}))

    one_sided = brew.shop.price(brew.cart((brew.mug, 1)), None, ["ORDER", "MUG"])
    brew.discount("MUG").combines_with = frozenset({"ORDER"})
    mutual = brew.shop.price(brew.cart((brew.mug, 1)), None, ["ORDER", "MUG"])

    assert [each.code for each in one_sided.applied] == ["MUG"]
    assert [each.code for each in mutual.applied] == ["MUG", "ORDER"]
    assert mutual.subtotal == Decimal("17.00")


def test_a_collection_discount_leaves_other_products_alone(brew: Brew) -> None:
    cups = brew.shop.add_collection("Cups")
    cup = brew.shop.add_product("Cup", "10.00", collections=[cups.id])
    brew.shop.write_discount("CUPS", value="0.5", percent=True, collection_ids=frozenset({cups.id}))

    order = brew.buy((brew.espresso, 1), (cup, 2), codes=["CUPS"])

    assert [line.discount for line in order.lines] == [Decimal(0), Decimal("10.00")]


def test_a_one_time_discount_skips_subscription_lines(brew: Brew) -> None:
    plan = SellingPlan(77, "Every month", percent_off=10)
    beans = brew.shop.add_product("Beans", "20.00", subscription=plan)
    brew.write_discount("ONE-TIME")
    subscribed = CartLine(beans.variants[0].id, 1, selling_plan_id=77)

    alone = brew.shop.price(_cart([subscribed]), brew.ann.id, ["ONE-TIME"])
    mixed = brew.shop.price(_cart([subscribed, *brew.cart((brew.mug, 1)).lines]), brew.ann.id, ["ONE-TIME"])

    assert [each.reason for each in alone.refused] == ["subscription_line"]
    assert [(line.gross, line.discount) for line in mixed.lines] == [
        (Decimal("18.00"), Decimal(0)),
        (Decimal("20.00"), Decimal("5.00")),
    ]


def test_gift_cards_are_never_discounted(brew: Brew) -> None:
    card = brew.shop.add_product("Gift card", "25.00", is_gift_card=True)
    brew.shop.write_discount("TEN", value="0.1", percent=True)

    order = brew.buy((card, 1), (brew.mug, 1), codes=["TEN"])

    assert [(line.is_gift_card, line.discount) for line in order.lines] == [
        (True, Decimal(0)),
        (False, Decimal("2.00")),
    ]


def test_express_checkout_takes_no_codes(brew: Brew) -> None:
    brew.write_discount("LOY-A")

    refusal = brew.shop.checkout(brew.cart((brew.mug, 1)), brew.ann.id, codes=["LOY-A"], is_accelerated=True)

    assert isinstance(refusal, Refusal)
    assert refusal.reason == "accelerated_checkout"


def test_a_running_checkout_keeps_a_code_that_is_ended_meanwhile(brew: Brew) -> None:
    brew.write_discount("LOY-A")
    shown = brew.shop.price(brew.cart((brew.mug, 1)), brew.ann.id, ["LOY-A"])
    brew.shop.deactivate_discount(brew.discount("LOY-A").id)

    fresh = brew.shop.checkout(brew.cart((brew.mug, 1)), brew.ann.id, codes=["LOY-A"])
    running = brew.shop.checkout(brew.cart((brew.mug, 1)), brew.ann.id, codes=["LOY-A"], earlier=shown)
    too_late = brew.shop.checkout(brew.cart((brew.mug, 1)), brew.ann.id, codes=["LOY-A"], earlier=shown)

    assert isinstance(fresh, Refusal)
    assert fresh.reason == "not_active"
    assert isinstance(running, Order)
    assert running.codes == ["LOY-A"]
    assert isinstance(too_late, Refusal)
    assert too_late.reason == "used"


def test_an_automatic_discount_needs_no_code(brew: Brew) -> None:
    brew.shop.write_discount(None, value="0.1", percent=True, title="Autumn")

    order = brew.buy((brew.mug, 1))

    assert (order.codes, order.discounts) == ([], Decimal("2.00"))
    assert order.applications[0].type == "automatic"


@pytest.mark.parametrize(("is_included", "total", "tax"), [(True, "119.00", "19.00"), (False, "141.61", "22.61")])
def test_tax_is_inside_the_price_or_on_top(brew: Brew, is_included: bool, total: str, tax: str) -> None:  # noqa: FBT001
    brew.shop.tax_rate, brew.shop.prices_include_tax = Decimal("0.19"), is_included
    brew.shop.shipping_price = Decimal(0)
    kettle = brew.shop.add_product("Kettle", "119.00")

    order = brew.buy((kettle, 1))

    assert (order.total, order.tax, order.subtotal) == (Decimal(total), Decimal(tax), Decimal("119.00"))


def test_yen_have_no_decimals(world: World) -> None:
    shop = world.add_shop("tea", currency="JPY", shipping_price=Decimal(500))
    teas = [shop.add_product(name, price) for name, price in (("Sencha", "980"), ("Matcha", "1450"))]
    shop.write_discount("SEVENTH", value="0.07", percent=True)

    order = shop.checkout(
        _cart([CartLine(each.variants[0].id) for each in teas]), email="a@example.com", codes=["SEVENTH"]
    )

    assert isinstance(order, Order)
    assert (order.discounts, order.total) == (Decimal(170), Decimal(2760))
    assert all(part.amount == part.amount.to_integral_value() for line in order.lines for part in line.allocations)


def test_a_price_is_only_a_question(brew: Brew) -> None:
    brew.write_discount("LOY-A")

    first: Priced = brew.shop.price(brew.cart((brew.mug, 1)), brew.ann.id, ["LOY-A"])
    second = brew.shop.price(brew.cart((brew.mug, 1)), brew.ann.id, ["LOY-A"])

    assert first.total == second.total == Decimal("19.90")
    assert brew.discount("LOY-A").uses == []


def _cart(lines: list[CartLine]) -> Any:
    from devstore.model import Cart

    return Cart(lines)


def _without_gets(given_input: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in given_input.items() if key != "customerGets"}


def test_variants_have_prices_of_their_own(brew: Brew) -> None:
    bag = brew.shop.add_product("Bag", "0", variants=[("Small", "8.00"), ("Large", "14.00")])
    large: Variant = bag.variants[1]

    order = brew.shop.checkout(_cart([CartLine(large.id, 2)]), brew.ann.id)

    assert isinstance(order, Order)
    assert (order.lines[0].variant_title, order.subtotal) == ("Large", Decimal("28.00"))
