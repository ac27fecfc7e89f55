"""Whoever marks that a shop has work makes nobody wait: the mark is written as the last thing of a transaction."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.services import effects, members
from plugin.services.effects import Kind
from plugin.services.perform import World
from tests.conftest import TestShop, make_shop


def installed(world: World) -> TestShop:
    shop = make_shop(world)
    with world.database.transaction(shop.id) as session:
        session.sql("DELETE FROM waiting WHERE shop_id = %s", shop.id)
    return shop


def ask_and_fail(world: World, shop: TestShop) -> float:
    with world.database.transaction(shop.id) as session:
        effects.request(session, Kind.MAIL, "1", now=world.clock())
        return 1 / 0


def test_two_who_mark_the_same_work_do_not_wait_for_each_other(world: World) -> None:
    shop = installed(world)

    with world.database.transaction(shop.id) as slow:
        effects.request(slow, Kind.MAIL, "1", now=world.clock())
        with world.database.transaction(shop.id) as quick:
            quick.sql("SET LOCAL lock_timeout = '2s'")
            effects.request(quick, Kind.MAIL, "2", now=world.clock())
        member = members.join(slow, 7001, tombstone_key=world.keys.tombstones, now=world.clock())

    assert member
    with world.database.transaction(shop.id) as session:
        [(since,)] = session.sql("SELECT since FROM waiting WHERE shop_id = %s AND kind = 'outbox'", shop.id)
        waiting = session.sql(
            "SELECT subject FROM outbox WHERE shop_id = %s AND kind = 'mail' ORDER BY subject", shop.id
        )
    assert since == world.clock()
    assert waiting == [("1",), ("2",)]


def test_what_a_transaction_took_back_is_not_marked(world: World) -> None:
    shop = installed(world)

    with pytest.raises(ZeroDivisionError):
        ask_and_fail(world, shop)

    with world.database.transaction(shop.id) as session:
        assert session.sql("SELECT 1 FROM waiting WHERE shop_id = %s", shop.id) == []


def test_two_things_that_are_wanted_soon_are_both_asked_for(world: World) -> None:
    shop, now = installed(world), world.clock()

    with world.database.transaction(shop.id) as session:
        for subject in ("first", "second", "first"):
            effects.request_soon(session, Kind.MEMBER_STATE, subject, now=now, within=timedelta(minutes=5))

    with world.database.transaction(shop.id) as session:
        asked = session.sql(
            "SELECT subject FROM outbox WHERE shop_id = %s AND kind = 'member_state' ORDER BY subject", shop.id
        )
    assert {"first", "second"} <= {subject for (subject,) in asked}
