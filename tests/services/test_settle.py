"""Settling: whatever happens to an order, in whatever order it is told, the member ends with what it should have given."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.program import Earning, Program, Referral, default_program
from plugin.services import audit, members, settle
from plugin.services.perform import World
from tests.conftest import NOON, TestShop, make_shop
from tests.services.stories import order


def settled(world: World, shop: TestShop, *deliveries: OrderFacts) -> settle.Settled:
    with world.database.transaction(shop.id) as session:
        settle.lock_shop(session)
        return settle.settle(session, deliveries, keys=world.keys, now=world.clock())


def balance(world: World, shop: TestShop, customer: int = 7) -> tuple[int, int, int, int]:
    with world.database.transaction(shop.id) as session:
        member = members.by_customer(session, customer)
        assert member is not None
        view = members.view(session, member, handle_key=b"h" * 32, now=world.clock())
        return view.pending, view.available, view.held, view.debt


def proved(world: World, shop: TestShop) -> None:
    assert audit.run(world.database, shop.id, now=world.clock()).findings == {}


def test_a_paid_order_gives_a_point_per_dollar_once_however_often_it_is_delivered(world: World, shop: TestShop) -> None:
    paid = order(1001, "49.90")

    first = settled(world, shop, paid)
    again = settled(world, shop, paid, paid)

    assert (first.entries, again.entries) == (1, 0)
    assert balance(world, shop) == (0, 49, 0, 0)
    proved(world, shop)


def test_a_full_refund_lands_on_exactly_zero(world: World, shop: TestShop) -> None:
    settled(world, shop, order(1001, "49.99", quantity=3))
    settled(world, shop, order(1001, "49.99", quantity=3, refunds=[(1, "16.66", 1)]))

    settled(world, shop, order(1001, "49.99", quantity=3, refunds=[(1, "16.66", 1), (2, "33.33", 2)]))

    assert balance(world, shop) == (0, 0, 0, 0)
    proved(world, shop)


def test_any_order_of_deliveries_ends_the_same(world: World) -> None:
    deliveries = [
        order(1, "50.00", status="pending", updated=NOON),
        order(1, "50.00", updated=NOON + timedelta(minutes=1)),
        order(1, "50.00", quantity=2, refunds=[(5, "25.00", 1)], updated=NOON + timedelta(minutes=9)),
    ]

    ends = set()
    for sequence in permutations(deliveries):
        shop = make_shop(world)
        for delivery in sequence:
            settled(world, shop, delivery)
        ends.add(balance(world, shop))
        proved(world, shop)

    assert ends == {(0, 25, 0, 0)}


def test_points_wait_and_become_available_when_their_time_has_come(world: World) -> None:
    program = default_program("USD", is_live=True).model_copy(update={"earning": Earning(pending_days=14)})
    shop = make_shop(world, program)
    settled(world, shop, order(1, "50.00"))

    before = balance(world, shop)
    world.clock.forward(days=14)  # type: ignore[attr-defined]

    assert (before, balance(world, shop)) == ((50, 0, 0, 0), (0, 50, 0, 0))
    proved(world, shop)


def test_a_changed_customer_takes_the_points_along(world: World, shop: TestShop) -> None:
    settled(world, shop, order(1, "50.00", customer=7))

    settled(world, shop, order(1, "50.00", customer=8, updated=NOON + timedelta(hours=1)))

    assert balance(world, shop, 7) == (0, 0, 0, 0)
    assert balance(world, shop, 8) == (0, 50, 0, 0)
    proved(world, shop)


def test_nothing_is_earned_before_launch_or_by_test_orders(world: World) -> None:
    quiet = make_shop(world, Program(is_live=False))
    live = make_shop(world)

    settled(world, quiet, order(1, "50.00"))
    settled(world, live, order(2, "50.00", is_test=True), order(3, "1.00"))

    assert balance(world, quiet) == (0, 0, 0, 0)
    assert balance(world, live) == (0, 1, 0, 0)


def test_both_sides_of_a_referral_are_paid_for_the_friends_earliest_order_only(world: World) -> None:
    program = default_program("USD", is_live=True).model_copy(
        update={"referral": Referral(advocate_points=150, friend_points=20)}
    )
    shop = make_shop(world, program)
    settled(world, shop, order(1, "10.00", customer=7))
    with world.database.transaction(shop.id) as session:
        handle = members.view(
            session, members.by_customer(session, 7) or 0, handle_key=b"h" * 32, now=NOON
        ).referral_code

    settled(world, shop, order(3, "40.00", customer=8, at=NOON + timedelta(hours=2), referral=handle))
    with_bonus = balance(world, shop, 7), balance(world, shop, 8)
    settled(world, shop, order(2, "30.00", customer=8, at=NOON + timedelta(hours=1)))
    without = balance(world, shop, 7), balance(world, shop, 8)

    assert with_bonus == ((0, 160, 0, 0), (0, 60, 0, 0))
    assert without == ((0, 10, 0, 0), (0, 70, 0, 0))
    proved(world, shop)


def test_a_refund_after_spending_becomes_debt_that_later_points_pay_first(world: World, shop: TestShop) -> None:
    settled(world, shop, order(1, "100.00"))
    with world.database.transaction(shop.id) as session:
        members.adjust(
            session, members.by_customer(session, 7) or 0, -80, words="spent", author="test", key="a", now=NOON
        )

    settled(world, shop, order(1, "100.00", refunds=[(1, "100.00", 1)]))
    owed = balance(world, shop)
    settled(world, shop, order(2, "95.00"))

    assert owed == (0, 0, 0, 80)
    assert balance(world, shop) == (0, 15, 0, 0)
    proved(world, shop)


def test_where_one_must_join_only_orders_after_joining_earn(world: World) -> None:
    shop = make_shop(world, default_program("USD", is_live=True).model_copy(update={"only_joined": True}))
    settled(world, shop, order(1, "50.00"))
    with world.database.transaction(shop.id) as session:
        members.join(session, 7, tombstone_key=world.keys.tombstones, now=NOON + timedelta(hours=1))

    settled(world, shop, order(2, "30.00", at=NOON + timedelta(hours=2)))

    assert balance(world, shop) == (0, 30, 0, 0)
    proved(world, shop)


def test_an_order_that_moves_away_makes_a_later_one_the_friends_earliest(world: World) -> None:
    shop = make_shop(world, default_program("USD", is_live=True))
    settled(world, shop, order(1, "10.00", customer=7))
    with world.database.transaction(shop.id) as session:
        member = members.by_customer(session, 7) or 0
        handle = members.view(session, member, handle_key=b"h" * 32, now=NOON).referral_code
    settled(world, shop, order(2, "30.00", customer=8, at=NOON + timedelta(hours=1)))
    settled(world, shop, order(3, "40.00", customer=8, at=NOON + timedelta(hours=2), referral=handle))

    before = balance(world, shop, 7)
    moved = NOON + timedelta(hours=3)
    settled(world, shop, order(2, "30.00", customer=9, at=NOON + timedelta(hours=1), updated=moved))

    assert (before, balance(world, shop, 7)) == ((0, 10, 0, 0), (0, 160, 0, 0))
    proved(world, shop)
