"""The sweep finds what nobody rang for, needs no Redis, and leaves fresh work to those who were rung."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import event

from jobs import Bell
from jobs.sweep import PATIENCE, sweep
from plugin import embedded
from plugin.db import Database
from plugin.loyalty.program import Earning, default_program
from plugin.services import members, redeem
from plugin.services.perform import World
from plugin.services.redeem import RewardOrder
from tests.conftest import TestShop, make_shop
from tests.fakes import FakeShopify, StepClock
from tests.jobs.conftest import available, delivered
from tests.services.stories import order
from tests.services.test_settle import balance, settled

SILENT = Bell(None)


@pytest.fixture(autouse=True)
def alone(world: World) -> None:
    """No shop of another test waits."""
    with world.database.transaction() as session:
        session.sql("DELETE FROM waiting")


def waits_for(world: World, shop: TestShop) -> set[str]:
    """Kinds of work of this shop that the sweep would look at now."""
    with world.database.transaction() as session:
        rows = session.sql("SELECT kind FROM waiting WHERE shop_id = %s AND since <= %s", shop.id, world.clock())
    return {row[0] for row in rows}


def test_deliveries_nobody_rang_for_are_found_without_redis(world: World, shop: TestShop, clock: StepClock) -> None:
    delivered(world, shop, 1)
    clock.now += PATIENCE

    sweep(world, SILENT)

    assert available(world, shop) == 50
    assert "inbox" not in waits_for(world, shop)


def test_fresh_deliveries_are_left_to_those_who_were_rung_for_them(world: World, shop: TestShop) -> None:
    delivered(world, shop, 1)

    sweep(world, SILENT)

    assert available(world, shop) == 0
    assert "inbox" in waits_for(world, shop)


def test_points_whose_time_has_come_are_posted_by_the_sweep_alone(world: World, clock: StepClock) -> None:
    program = default_program("USD", is_live=True).model_copy(
        update={"earning": Earning(pending_days=14, expiry_months=1)}
    )
    shop = make_shop(world, program)
    settled(world, shop, order(1, "50.00"))
    seen = [_stored(world, shop)]

    for days in (13, 1, 32):
        clock.forward(days=days)
        sweep(world, SILENT)
        seen.append(_stored(world, shop))

    assert seen == [(50, 0), (50, 0), (0, 50), (0, 0)]
    assert "due" not in waits_for(world, shop)


def test_a_code_whose_ring_was_lost_is_written(
    world: World, shop: TestShop, shopify: FakeShopify, clock: StepClock
) -> None:
    settled(world, shop, order(1, "400.00"))
    with world.database.transaction(shop.id) as session:
        member = members.by_customer(session, 7) or 0
        row = redeem.place_hold(
            session, RewardOrder(member, "amount-off", None, uuid.uuid4()), keys=world.keys, now=clock()
        )
    clock.now += PATIENCE

    sweep(world, SILENT)

    assert row.code in shopify.discounts
    assert balance(world, shop) == (0, 250, 150, 0)


def test_one_shop_that_cannot_be_worked_on_holds_up_no_other(
    servers: embedded.Running, world: World, shop: TestShop, shopify: FakeShopify, clock: StepClock
) -> None:
    other = make_shop(world)
    delivered(world, shop, 1)
    delivered(world, other, 2)
    clock.now += timedelta(seconds=10)
    with psycopg.connect(servers.database_url) as stuck:
        stuck.execute("SELECT pg_advisory_xact_lock(7100, %s)", (shop.id,))
        impatient = replace(world, database=_impatient(world))
        sweep(impatient, SILENT)
        during = available(world, shop), available(world, other)
        stuck.rollback()
    impatient.database.dispose()

    sweep(world, SILENT)

    assert during == (0, 50)
    assert available(world, shop) == 50


def _impatient(world: World) -> Database:
    """The same database, for connections that do not wait for locks as long as it takes."""
    database = Database(world.database.url)
    event.listen(database.engine, "connect", lambda connection, _: connection.execute("SET lock_timeout = 300"))
    return database


def _stored(world: World, shop: TestShop) -> tuple[int, int]:
    """Pending and available as they stand, without anybody asking for them to be posted."""
    with world.database.transaction(shop.id) as session:
        [(pending, there)] = session.sql("SELECT pending, available FROM members WHERE shop_id = %s", shop.id)
    return pending, there
