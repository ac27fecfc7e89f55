"""Redeeming: points are held first, the code is written afterwards, and neither is ever lost or doubled."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest

from plugin.db import Database
from plugin.db.tables import RedemptionRow
from plugin.loyalty.errors import Ambiguous, InsufficientPoints, PointsOutOfRange, Unreachable
from plugin.loyalty.outside import DiscountFound, DiscountSpec
from plugin.services import effects, members, redeem
from plugin.services.perform import World, perform_due
from plugin.services.redeem import RewardOrder
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify, StepClock
from tests.services.stories import order
from tests.services.test_settle import balance, proved, settled


def held(
    world: World, shop: TestShop, reward: str = "amount-off", points: int | None = None, customer: int = 7
) -> RedemptionRow:
    with world.database.transaction(shop.id) as session:
        member = members.by_customer(session, customer)
        assert member is not None
        return redeem.place_hold(
            session, RewardOrder(member, reward, points, uuid.uuid4()), keys=world.keys, now=world.clock()
        )


def now_is(world: World, shop: TestShop, row: RedemptionRow) -> RedemptionRow:
    with world.database.transaction(shop.id) as session:
        return redeem.find(session, row.id)


def test_a_reward_becomes_a_code_at_shopify_bound_to_the_customer(
    world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    settled(world, shop, order(1, "400.00"))

    row = held(world, shop)
    perform_due(world, shop.id, shop.domain)

    assert now_is(world, shop, row).state == "issued"
    spec = shopify.discounts[row.code].spec
    assert (spec.customer_id, str(spec.value), str(spec.minimum_subtotal)) == (7, "5", "5")
    assert balance(world, shop) == (0, 250, 150, 0)
    proved(world, shop)


def test_too_few_points_are_refused_with_both_figures(world: World, shop: TestShop) -> None:
    settled(world, shop, order(1, "100.00"))

    with pytest.raises(InsufficientPoints) as refusal:
        held(world, shop)

    assert refusal.value.facts == {"asked": 150, "available": 100}
    assert balance(world, shop) == (0, 100, 0, 0)


def test_a_slider_takes_its_steps_only(world: World, shop: TestShop, shopify: FakeShopify) -> None:
    settled(world, shop, order(1, "400.00"))

    with pytest.raises(PointsOutOfRange):
        held(world, shop, "money-slider", 100)
    row = held(world, shop, "money-slider", 90)
    perform_due(world, shop.id, shop.domain)

    assert str(shopify.discounts[row.code].spec.value) == "3"


def test_an_answer_that_was_lost_neither_loses_nor_doubles_the_code(
    world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    settled(world, shop, order(1, "400.00"))
    row = held(world, shop)
    shopify.failing_before.append(Unreachable("down"))
    shopify.failing_after.append(Ambiguous("lost"))

    for _ in range(3):
        perform_due(world, shop.id, shop.domain)
        world.clock.forward(minutes=1)  # type: ignore[attr-defined]

    assert now_is(world, shop, row).state == "issued"
    assert list(shopify.discounts) == [row.code]


def test_a_used_code_is_captured_and_a_refund_gives_the_share_back(world: World, shop: TestShop) -> None:
    settled(world, shop, order(1, "400.00"))
    row = held(world, shop)
    perform_due(world, shop.id, shop.domain)

    settled(world, shop, order(2, "100.00", codes=[row.code], quantity=2))
    used = balance(world, shop)
    settled(world, shop, order(2, "100.00", codes=[row.code], quantity=2, refunds=[(1, "50.00", 1)]))

    assert used == (0, 350, 0, 0)
    assert balance(world, shop) == (0, 250 + 50 + 75, 0, 0)
    assert now_is(world, shop, row).state == "used"
    proved(world, shop)


def test_cancelling_switches_the_code_off_before_points_come_back(
    world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    settled(world, shop, order(1, "400.00"))
    row = held(world, shop)
    perform_due(world, shop.id, shop.domain)

    with world.database.transaction(shop.id) as session:
        redeem.cancel(session, row.id, now=world.clock())
    perform_due(world, shop.id, shop.domain)

    assert now_is(world, shop, row).state == "released"
    assert not shopify.discounts[row.code].is_active
    assert balance(world, shop) == (0, 400, 0, 0)
    proved(world, shop)


def test_a_code_used_in_the_last_moment_is_found_before_its_points_are_released(
    world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    settled(world, shop, order(1, "400.00"))
    row = held(world, shop)
    perform_due(world, shop.id, shop.domain)
    shopify.orders[2] = order(2, "30.00", codes=[row.code])

    with world.database.transaction(shop.id) as session:
        redeem.cancel(session, row.id, now=world.clock())
    perform_due(world, shop.id, shop.domain)

    assert now_is(world, shop, row).state == "used"
    assert balance(world, shop) == (0, 280, 0, 0)
    proved(world, shop)


def test_a_use_that_arrives_after_its_release_is_taken_again_and_shown(world: World, shop: TestShop) -> None:
    settled(world, shop, order(1, "150.00"))
    row = held(world, shop)
    perform_due(world, shop.id, shop.domain)
    with world.database.transaction(shop.id) as session:
        redeem.cancel(session, row.id, now=world.clock())
    perform_due(world, shop.id, shop.domain)

    settled(world, shop, order(2, "0.00", codes=[row.code]))

    assert balance(world, shop) == (0, 0, 0, 0)
    assert now_is(world, shop, row).state == "used"
    proved(world, shop)


def test_an_unused_code_lapses_two_days_after_its_end(world: World, shop: TestShop, clock: StepClock) -> None:
    settled(world, shop, order(1, "400.00"))
    row = held(world, shop)
    perform_due(world, shop.id, shop.domain)

    clock.now = row.ends_at + timedelta(hours=47)
    perform_due(world, shop.id, shop.domain, kinds=effects.URGENT)
    before = now_is(world, shop, row).state
    clock.now = row.ends_at + timedelta(hours=49)
    perform_due(world, shop.id, shop.domain, kinds=effects.URGENT)

    assert (before, now_is(world, shop, row).state) == ("issued", "released")
    assert balance(world, shop) == (0, 400, 0, 0)
    proved(world, shop)


def test_thirty_two_at_once_never_spend_more_than_there_is(servers: object, world: World, shop: TestShop) -> None:
    settled(world, shop, order(1, "1600.00"))
    wide = Database(world.database.url, pool_size=32)
    barrier = threading.Barrier(32)
    outcomes: list[str] = []
    with world.database.transaction(shop.id) as session:
        member = members.by_customer(session, 7) or 0

    def spend() -> None:
        barrier.wait()
        try:
            with wide.transaction(shop.id) as session:
                redeem.place_hold(
                    session, RewardOrder(member, "amount-off", None, uuid.uuid4()), keys=world.keys, now=NOON
                )
            outcomes.append("held")
        except InsufficientPoints:
            outcomes.append("refused")

    threads = [threading.Thread(target=spend) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wide.dispose()

    assert sorted(outcomes) == ["held"] * 10 + ["refused"] * 22
    assert balance(world, shop) == (0, 100, 1500, 0)
    proved(world, shop)


def test_a_merge_while_the_code_is_being_written_binds_it_to_the_customer_who_lives_on(
    world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    settled(world, shop, order(1, "400.00"))
    row = held(world, shop)
    write = shopify.create_discount

    def merged_meanwhile(spec: DiscountSpec) -> DiscountFound:
        with world.database.transaction(shop.id) as session:
            members.merge(
                session,
                kept_customer_id=8,
                lost_customer_id=7,
                tombstone_key=world.keys.tombstones,
                now=world.clock(),
            )
        return write(spec)

    shopify.create_discount = merged_meanwhile  # type: ignore[method-assign]
    perform_due(world, shop.id, shop.domain)
    perform_due(world, shop.id, shop.domain)

    assert now_is(world, shop, row).state == "issued"
    assert shopify.discounts[row.code].spec.customer_id == 8
    proved(world, shop)
