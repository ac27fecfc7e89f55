"""The first page's figures: the last 30 days of the shop's calendar beside the 30 before, and what waits for somebody."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec

from plugin.loyalty.facts import OrderFacts
from plugin.services import figures, members, redeem
from plugin.services.figures import Attention, Day, Month, Pair
from plugin.services.perform import World, perform_due
from plugin.services.redeem import RewardOrder
from tests.conftest import TestShop, make_shop
from tests.fakes import FakeShopify, StepClock
from tests.services.deliveries import deliver, drained
from tests.services.stories import order

NOW = datetime(2026, 4, 20, 16, 0, tzinfo=UTC)  # noon in New York


def sell(world: World, shop: TestShop, clock: StepClock, facts: OrderFacts) -> None:
    """The order arrives the moment it is placed; its total is its one line."""
    assert facts.body is not None
    clock.now = facts.body.processed_at
    body = msgspec.structs.replace(facts.body, total=facts.body.lines[0].gross)
    deliver(world, shop, "orders/paid", msgspec.structs.replace(facts, body=body))
    assert drained(world, shop).set_aside == 0


def month(world: World, shop: TestShop, clock: StepClock) -> Month:
    clock.now = NOW
    with world.database.transaction(shop.id) as session:
        return figures.month(session, now=NOW)


def test_points_are_counted_by_the_shops_own_days(world: World, shop: TestShop, clock: StepClock) -> None:
    late_evening = datetime(2026, 4, 19, 3, 30, tzinfo=UTC)  # still the 18th in New York
    sell(world, shop, clock, order(1, "20.00", at=late_evening))

    found = month(world, shop, clock)

    assert found.days[-3:] == (
        Day(date(2026, 4, 18), 20, 0),
        Day(date(2026, 4, 19), 0, 0),
        Day(date(2026, 4, 20), 0, 0),
    )
    assert (len(found.days), found.days[0].on) == (30, date(2026, 3, 22))


def test_the_last_days_stand_beside_those_before(world: World, shop: TestShop, clock: StepClock) -> None:
    sell(world, shop, clock, order(1, "100.00", customer=7, at=NOW - timedelta(days=40)))
    sell(world, shop, clock, order(2, "50.00", customer=7, at=NOW - timedelta(days=10)))
    sell(world, shop, clock, order(3, "100.00", customer=8, at=NOW - timedelta(days=10)))

    found = month(world, shop, clock)

    assert found.members == Pair(Decimal(2), Decimal(1))
    assert found.given == Pair(Decimal(150), Decimal(100))
    assert found.given.change == Decimal(50)
    assert found.outstanding == Pair(Decimal(250), Decimal(100))
    assert found.members_again == Pair(Decimal(50), Decimal(0))
    assert found.others_again == Pair(None, None)


def test_a_refund_takes_from_what_customers_hold_and_not_from_what_was_given(
    world: World, shop: TestShop, clock: StepClock
) -> None:
    sell(world, shop, clock, order(1, "100.00", at=NOW - timedelta(days=40)))
    clock.now = NOW - timedelta(days=5)
    deliver(world, shop, "orders/updated", order(1, "100.00", at=NOW - timedelta(days=40), refunds=[(9, "40.00", 0)]))
    drained(world, shop)

    found = month(world, shop, clock)

    assert found.given == Pair(Decimal(0), Decimal(100))
    assert found.outstanding == Pair(Decimal(60), Decimal(100))
    assert found.redemption_rate == Pair(None, Decimal(0))


def test_an_order_on_which_a_reward_was_used_counts_with_its_sales(
    world: World, shop: TestShop, clock: StepClock, shopify: FakeShopify
) -> None:
    sell(world, shop, clock, order(1, "200.00", at=NOW - timedelta(days=20)))
    with world.database.transaction(shop.id) as session:
        member = members.by_customer(session, 7)
        assert member is not None
        asked = RewardOrder(member_id=member, reward_id="amount-off", points=None, redemption_id=UUID(int=1))
        code = redeem.place_hold(session, asked, keys=world.keys, now=clock.now).code
    perform_due(world, shop.id, shop.domain)
    sell(world, shop, clock, order(2, "80.00", at=NOW - timedelta(days=3), codes=[code]))

    found = month(world, shop, clock)

    assert found.influenced_orders == Pair(Decimal(1), Decimal(0))
    assert found.influenced_sales == Pair(Decimal(80), Decimal(0))
    assert found.redeemed.now == 150
    assert found.redemption_rate.now == Decimal(150) * 100 / 280


def test_a_shop_without_orders_has_no_rates(world: World, shop: TestShop, clock: StepClock) -> None:
    found = month(world, shop, clock)

    assert found.members == found.given == found.redeemed == found.outstanding == Pair(Decimal(0), Decimal(0))
    assert found.redemption_rate == found.members_again == Pair(None, None)
    assert found.given.change is None


def test_what_waits_is_counted_and_only_that(world: World, shop: TestShop, clock: StepClock) -> None:
    with world.database.transaction(shop.id) as session:
        nothing = figures.attention(session)
    deliver(world, shop, "orders/paid", b"no order", object_id=5001)
    drained(world, shop)
    with world.database.transaction(shop.id) as session:
        found = figures.attention(session)

    assert nothing == Attention(0, 0, 0, 0, 0, drift=0, is_spending_stopped=False, is_currency_changed=False)
    assert found.orders == 1


def test_the_figures_of_one_shop_are_its_own(world: World, shop: TestShop, clock: StepClock) -> None:
    other = make_shop(world)
    sell(world, other, clock, order(1, "20.00", at=NOW - timedelta(days=2)))

    assert month(world, shop, clock).given.now == 0
    assert month(world, other, clock).given.now == 20
