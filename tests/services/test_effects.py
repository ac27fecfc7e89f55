"""The outbox: asked twice is asked once, leased to one at a time, put off with growing pauses, and never forgotten."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from plugin.db import outbox
from plugin.loyalty.errors import Ambiguous, OutsideError, Throttled, Unreachable
from plugin.services import effects
from plugin.services.effects import LEASE, Effect, Kind
from plugin.services.perform import World, perform_due
from tests.conftest import TestShop
from tests.fakes import FakeShopify, StepClock
from tests.services.stories import order
from tests.services.test_redeem import held, now_is
from tests.services.test_settle import balance, proved, settled


def requested(world: World, shop: TestShop, subject: str = "1", at: datetime | None = None) -> None:
    with world.database.transaction(shop.id) as session:
        effects.request(session, Kind.FETCH_ORDER, subject, now=world.clock(), at=at)


def leased(world: World, shop: TestShop, limit: int = 20) -> list[Effect]:
    with world.database.transaction(shop.id) as session:
        return effects.lease(session, now=world.clock(), kinds=(Kind.FETCH_ORDER,), limit=limit)


def test_asked_twice_is_asked_once_at_the_earlier_time(world: World, shop: TestShop, clock: StepClock) -> None:
    requested(world, shop, at=clock() + timedelta(days=2))
    requested(world, shop, at=clock() + timedelta(days=1))
    requested(world, shop, at=clock() + timedelta(days=3))

    before = leased(world, shop)
    clock.forward(days=1)

    assert before == []
    assert leased(world, shop) == [Effect(Kind.FETCH_ORDER, "1", 1)]


def test_an_effect_is_leased_to_one_and_comes_back_when_that_one_died(
    world: World, shop: TestShop, clock: StepClock
) -> None:
    requested(world, shop)

    first, second = leased(world, shop), leased(world, shop)
    clock.now += LEASE
    third = leased(world, shop)

    assert (len(first), second) == (1, [])
    assert third == [Effect(Kind.FETCH_ORDER, "1", 2)]


def test_many_at_once_never_get_the_same_effect(world: World, shop: TestShop) -> None:
    for number in range(40):
        requested(world, shop, str(number))
    found: list[str] = []
    barrier = threading.Barrier(6)

    def take() -> None:
        barrier.wait()
        while got := leased(world, shop, limit=3):
            found.extend(effect.subject for effect in got)

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(found, key=int) == [str(number) for number in range(40)]


@pytest.mark.parametrize(
    ("failure", "attempts", "pause"),
    [
        (Unreachable("down"), 1, timedelta(seconds=2)),
        (Ambiguous("lost"), 1, timedelta(seconds=1)),
        (Throttled(retry_after_seconds=7), 0, timedelta(seconds=7)),
    ],
)
def test_a_failed_try_is_put_off(
    world: World, shop: TestShop, shopify: FakeShopify, failure: OutsideError, attempts: int, pause: timedelta
) -> None:
    settled(world, shop, order(1, "400.00"))
    row = held(world, shop)
    shopify.failing_before.append(failure)

    perform_due(world, shop.id, shop.domain, kinds=effects.URGENT)

    with world.database.transaction(shop.id) as session:
        [found] = session.sql(
            "SELECT attempts, next_try_at - %s, leased_until FROM outbox WHERE shop_id = %s AND subject = %s",
            world.clock(),
            shop.id,
            str(row.id),
        )
    assert found == (attempts, pause, None)


def test_an_effect_that_keeps_failing_is_tried_for_ever_with_growing_pauses(
    world: World, shop: TestShop, shopify: FakeShopify, clock: StepClock
) -> None:
    settled(world, shop, order(1, "400.00"))
    row = held(world, shop)
    shopify.failing_before.extend([Unreachable("down")] * 15)
    pauses = []

    for _ in range(15):
        perform_due(world, shop.id, shop.domain, kinds=effects.URGENT)
        with world.database.transaction(shop.id) as session:
            [(next_try,)] = session.sql(
                "SELECT next_try_at FROM outbox WHERE shop_id = %s AND subject = %s", shop.id, str(row.id)
            )
        pauses.append(next_try - clock())
        clock.now = next_try
    perform_due(world, shop.id, shop.domain, kinds=effects.URGENT)

    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(minutes=10)
    assert now_is(world, shop, row).state == "issued"
    assert balance(world, shop) == (0, 250, 150, 0)
    proved(world, shop)


def test_the_sweeps_mark_follows_the_next_effect(world: World, shop: TestShop, clock: StepClock) -> None:
    requested(world, shop, at=clock() + timedelta(hours=5))
    with world.database.transaction(shop.id) as session:
        session.sql("DELETE FROM outbox WHERE shop_id = %s AND kind <> 'fetch_order'", shop.id)

    with world.database.transaction(shop.id) as session:
        effects.rest(session)
    with world.database.transaction() as session:
        marked = session.sql("SELECT since FROM waiting WHERE shop_id = %s AND kind = 'outbox'", shop.id)

    assert marked == [(clock() + timedelta(hours=5),)]
    assert clock() + timedelta(hours=5) < outbox.NEVER
