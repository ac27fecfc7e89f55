"""What becomes of orders: refunds, cancellations, edits and changed customers, to the last cent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devstore.model import Cart, CartLine, Order, Refusal
from devstore.world import Impossible, World
from tests.devstore.conftest import NOON, Brew


@settings(deadline=None)
@given(
    cents=st.integers(1, 9_999),
    quantity=st.integers(1, 9),
    off=st.integers(0, 3_000),
    rate=st.sampled_from(["0", "0.07", "0.19"]),
    is_included=st.booleans(),
)
def test_refunds_unit_by_unit_give_back_exactly_what_was_paid(
    *, cents: int, quantity: int, off: int, rate: str, is_included: bool
) -> None:
    shop = World(lambda: NOON).add_shop("any", tax_rate=Decimal(rate), prices_include_tax=is_included)
    product = shop.add_product("P", Decimal(cents) / 100)
    shop.write_discount("OFF", value=Decimal(off) / 100 + Decimal("0.01"))
    order = shop.checkout(Cart([CartLine(product.variants[0].id, quantity)]), email="a@example.com", codes=["OFF"])
    assert isinstance(order, Order)

    for _ in range(quantity):
        shop.refund(order.id, {order.lines[0].id: 1})
        assert order.outstanding == 0
    shop.refund(order.id, shipping=order.shipping)

    assert order.refunded == order.received == order.total
    assert order.current_subtotal == order.current_total == order.current_tax == 0
    assert sum(part.subtotal for refund in order.refunds for part in refund.lines) == order.subtotal
    assert all(refund.adjustments == () for refund in order.refunds)
    assert order.financial_status == ("refunded" if order.received else "paid")


def test_a_whole_refund_takes_everything_that_is_left(brew: Brew) -> None:
    order = brew.buy((brew.espresso, 3), (brew.mug, 1), tip=Decimal("2.00"))
    brew.shop.refund(order.id, {order.lines[0].id: 1})

    brew.shop.refund(order.id)

    assert (order.refunded, order.financial_status) == (order.total, "refunded")
    assert all(line.current_quantity == 0 for line in order.lines)
    assert (order.current_total, order.outstanding) == (Decimal(0), Decimal(0))


def test_money_without_lines_is_a_negative_adjustment(brew: Brew) -> None:
    order = brew.buy((brew.mug, 1))

    refund = brew.shop.refund(order.id, amount=Decimal("3.00"), note="sorry")

    assert (refund.lines, refund.money) == ((), Decimal("3.00"))
    assert [each.amount for each in refund.adjustments] == [Decimal("-3.00")]
    assert (order.financial_status, order.lines[0].current_quantity) == ("partially_refunded", 1)
    assert order.outstanding == 0
    with pytest.raises(Impossible):
        brew.shop.pay(order.id)


def test_units_back_for_less_money_is_a_positive_adjustment(brew: Brew) -> None:
    order = brew.buy((brew.mug, 1))

    refund = brew.shop.refund(order.id, {order.lines[0].id: 1}, Decimal("15.00"))

    assert [each.amount for each in refund.adjustments] == [Decimal("5.00")]
    assert refund.money == Decimal("15.00")


def test_units_back_for_no_money_leave_the_order_paid(brew: Brew) -> None:
    order = brew.buy((brew.mug, 2))

    brew.shop.refund(order.id, {order.lines[0].id: 1}, Decimal(0))

    assert (order.financial_status, order.refunded, order.lines[0].current_quantity) == ("paid", Decimal(0), 1)


def test_more_than_there_is_cannot_be_given_back_and_nothing_changes(brew: Brew) -> None:
    order = brew.buy((brew.mug, 1))

    for lines, amount in (
        ({order.lines[0].id: 2}, None),
        (None, Decimal("24.91")),
        ({1: 1}, None),
        ({order.lines[0].id: 1}, Decimal(25)),
    ):
        with pytest.raises(Impossible):
            brew.shop.refund(order.id, lines, amount)

    assert (order.refunds, order.lines[0].refunded) == ([], 0)


def test_cancelling_gives_the_money_back_unless_told_not_to(brew: Brew) -> None:
    kept, back = brew.buy((brew.mug, 1)), brew.buy((brew.mug, 1))

    brew.shop.cancel(back.id)
    brew.shop.cancel(kept.id, refund=False)

    assert (back.financial_status, back.refunded) == ("refunded", back.total)
    assert (kept.financial_status, kept.refunded) == ("paid", Decimal(0))
    assert kept.cancelled_at == back.cancelled_at == NOON


def test_a_pending_order_is_paid_or_voided(brew: Brew) -> None:
    first, second = brew.buy((brew.mug, 1), is_paid=False), brew.buy((brew.mug, 1), is_paid=False)

    assert first.financial_status == "pending"
    brew.shop.pay(first.id)
    brew.shop.cancel(second.id)

    assert (first.financial_status, first.received) == ("paid", first.total)
    assert (second.financial_status, second.received) == ("voided", Decimal(0))


def test_an_edit_takes_units_away_and_adds_lines(brew: Brew) -> None:
    order = brew.buy((brew.espresso, 3))

    brew.shop.edit(order.id, remove={order.lines[0].id: 1}, add=[CartLine(brew.mug.variants[0].id)])

    assert [(line.quantity, line.current_quantity) for line in order.lines] == [(3, 2), (1, 1)]
    assert order.current_subtotal == Decimal("45.00")
    assert order.financial_status == "partially_paid"
    assert brew.shop.pay(order.id).financial_status == "paid"


def test_an_edit_can_show_as_a_refund_without_money(brew: Brew) -> None:
    order = brew.buy((brew.mug, 2))

    brew.shop.edit(order.id, remove={order.lines[0].id: 1}, is_shown_as_refund=True)

    (refund,) = order.refunds
    assert (refund.lines[0].subtotal, refund.money, refund.adjustments) == (Decimal("20.00"), Decimal(0), ())
    assert (order.financial_status, order.current_subtotal) == ("paid", Decimal("20.00"))


@pytest.mark.parametrize("is_shown_as_refund", [True, False])
def test_money_owed_after_an_edit_goes_back_without_an_adjustment(brew: Brew, *, is_shown_as_refund: bool) -> None:
    order = brew.buy((brew.mug, 2))
    brew.shop.edit(order.id, remove={order.lines[0].id: 1}, is_shown_as_refund=is_shown_as_refund)

    owed = brew.shop.refund(order.id, amount=Decimal("20.00"))
    goodwill = brew.shop.refund(order.id, amount=Decimal("1.00"))

    assert owed.adjustments == ()
    assert [each.amount for each in goodwill.adjustments] == [Decimal("-1.00")]
    assert (order.outstanding, order.overpaid) == (Decimal(0), Decimal(0))


def test_an_edit_that_cannot_be_changes_nothing(brew: Brew) -> None:
    order = brew.buy((brew.espresso, 1), (brew.mug, 1))

    with pytest.raises(Impossible):
        brew.shop.edit(order.id, remove={order.lines[0].id: 1, order.lines[1].id: 2})

    assert [line.current_quantity for line in order.lines] == [1, 1]
    assert not order.is_edited


def test_the_customer_of_an_order_can_come_later_and_change(brew: Brew) -> None:
    bob = brew.shop.add_customer("bob@example.com")
    order = brew.buy((brew.mug, 1), customer_id=None, source_name="pos", location_id=5)
    assert order.customer_id is None

    brew.world.advance(timedelta(hours=1))
    brew.shop.set_customer(order.id, brew.ann.id)
    brew.shop.set_customer(order.id, bob.id)

    assert (brew.shop.orders_of[brew.ann.id], brew.shop.orders_of[bob.id]) == ([], [order.id])
    assert order.updated_at == NOON + timedelta(hours=1)


def test_a_guest_gets_a_customer_record_once(brew: Brew) -> None:
    first = brew.buy((brew.mug, 1), customer_id=None, email="guest@example.com")
    second = brew.buy((brew.mug, 1), customer_id=None, email="Guest@example.com")

    assert first.customer_id == second.customer_id
    assert brew.shop.customer(first.customer_id or 0).state == "disabled"


def test_merging_moves_orders_and_ends_the_dropped_customer(brew: Brew) -> None:
    bob = brew.shop.add_customer("bob@example.com", tags=["vip"])
    order = brew.buy((brew.mug, 1), customer_id=bob.id)

    kept = brew.shop.merge_customers(keep_id=brew.ann.id, drop_id=bob.id)

    assert (order.customer_id, kept.tags) == (brew.ann.id, ["vip"])
    with pytest.raises(Impossible):
        brew.shop.customer(bob.id)


def test_order_ids_are_large_and_strictly_ascending(brew: Brew) -> None:
    ids = [brew.buy((brew.mug, 1)).id for _ in range(200)]

    assert ids == sorted(set(ids))
    assert ids[0] > 2**42


def test_the_same_seed_plays_the_same_world() -> None:
    def play(seed: int) -> list[bytes]:
        from devstore.delivery import Deliveries

        world = World(lambda: NOON, seed=seed)
        deliveries = Deliveries(world)
        shop = world.add_shop("brew")
        mug = shop.add_product("Mug", "20.00")
        order = shop.checkout(Cart([CartLine(mug.variants[0].id)]), email="ann@example.com")
        assert isinstance(order, Order)
        shop.refund(order.id)
        return [each.body + each.webhook_id.encode() for each in deliveries.log]

    assert play(1) == play(1)
    assert play(1) != play(2)


def test_of_many_checkouts_at_once_one_gets_the_single_use_code(brew: Brew) -> None:
    brew.write_discount("ONCE")

    def buy(_number: int) -> Order | Refusal:
        return brew.shop.checkout(brew.cart((brew.mug, 1)), brew.ann.id, codes=["ONCE"])

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(buy, range(32)))

    assert sum(isinstance(each, Order) for each in outcomes) == 1
    assert {each.reason for each in outcomes if isinstance(each, Refusal)} == {"used"}
