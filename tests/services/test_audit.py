"""The audit finds every kind of damage that rows can take; a shop whose books do not add up stops spending, and goes on earning."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from plugin import embedded
from plugin.db import proof
from plugin.loyalty.errors import SpendingStopped
from plugin.services import audit, health, members, redeem
from plugin.services.perform import World, perform_due
from plugin.services.redeem import RewardOrder
from tests.conftest import TestShop, make_shop
from tests.services.stories import order
from tests.services.test_redeem import held
from tests.services.test_settle import balance, proved, settled

LAST = "(SELECT max(seq) FROM entries x WHERE x.shop_id = e.shop_id AND x.member_id = e.member_id)"

DAMAGE: dict[str, tuple[str, str]] = {
    "a balance that was raised": (
        "members_balance",
        "UPDATE members SET available = available + 1 WHERE shop_id = %(shop)s",
    ),
    "pending points out of nothing": ("members_balance", "UPDATE members SET pending = 5 WHERE shop_id = %(shop)s"),
    "an entry that was changed": (
        "entries_chain",
        "UPDATE entries SET points = points + 1 WHERE shop_id = %(shop)s AND seq = 1",
    ),
    "an entry's balance that was changed": (
        "entries_chain",
        "UPDATE entries SET held = held + 1 WHERE shop_id = %(shop)s AND seq = 1",
    ),
    "an entry that is missing": ("entries_chain", "DELETE FROM entries WHERE shop_id = %(shop)s AND seq = 2"),
    "the last entry that is missing": (
        "members_balance",
        f"DELETE FROM entries e WHERE shop_id = %(shop)s AND seq = {LAST}",
    ),
    "an entry too many": (
        "entries_beyond",
        f"""
        INSERT INTO entries SELECT member_id, 1, occurred_at, recorded_at, pending, available + 1, held, NULL, gen_random_uuid(), shop_id,
          seq + 1, program_version, 12, reason, NULL, NULL
        FROM entries e WHERE shop_id = %(shop)s AND seq = {LAST}
        """,
    ),
    "a lot that was emptied": ("lots_rebuilt", "UPDATE lots SET open = 0 WHERE shop_id = %(shop)s AND open > 0"),
    "a lot's points that were raised": ("lots_rebuilt", "UPDATE lots SET points = points + 1 WHERE shop_id = %(shop)s"),
    "a use of a lot that is missing": ("lots_rebuilt", "DELETE FROM lot_uses WHERE shop_id = %(shop)s"),
    "a lot that is missing": ("lots_orphaned", "DELETE FROM lots WHERE shop_id = %(shop)s"),
    "a lot nobody opened": (
        "lots_orphaned",
        """
        INSERT INTO lots SELECT member_id, 5, 0, 0, 0, available_at, shop_id, 999, 0, NULL, NULL FROM lots
        WHERE shop_id = %(shop)s LIMIT 1
        """,
    ),
    "open lots and balance that part ways": (
        "available_is_lots_less_debt",
        "UPDATE lots SET open = open + 1 WHERE shop_id = %(shop)s AND open > 0",
    ),
    "a hold whose redemption was given back": (
        "held_is_redemptions",
        "UPDATE redemptions SET state = 'released' WHERE shop_id = %(shop)s",
    ),
    "a redemption that holds nothing": (
        "held_is_redemptions",
        "UPDATE redemptions SET points = points + 1 WHERE shop_id = %(shop)s",
    ),
    "half a transfer": (
        "transit_is_empty",
        f"""
        INSERT INTO entries SELECT member_id, 1, occurred_at, recorded_at, pending, available, held, NULL, gen_random_uuid(), shop_id,
          seq + 1, program_version, 18, reason, NULL, NULL
        FROM entries e WHERE shop_id = %(shop)s AND seq = {LAST}
        """,
    ),
    "an order that gave what its entries do not say": (
        "orders_posted",
        "UPDATE orders SET posted = convert_to('{\"1:purchase\":9999}', 'UTF8') WHERE shop_id = %(shop)s AND posted IS NOT NULL",
    ),
    "a date of lapse that was put forward": (
        "lots_dated",
        """
        INSERT INTO lot_dates (shop_id, member_id, opened_by, part, version, from_at, to_at, recorded_at)
        SELECT shop_id, member_id, opened_by, part, 1, NULL, available_at, available_at FROM lots WHERE shop_id = %(shop)s LIMIT 1
        """,
    ),
    "points that lapsed though they never do": (
        "nothing_lapsed_early",
        f"""
        WITH lapsed AS (
          INSERT INTO entries SELECT member_id, 1, occurred_at, recorded_at, pending, available - 1, held, NULL, gen_random_uuid(),
            shop_id, seq + 1, program_version, 7, reason, NULL, NULL
          FROM entries e WHERE shop_id = %(shop)s AND seq = {LAST} RETURNING shop_id, member_id, seq)
        INSERT INTO lot_uses SELECT e.member_id, 0, -1, 1, e.shop_id, e.seq, l.opened_by, l.part
        FROM lapsed e JOIN lots l USING (shop_id, member_id) LIMIT 1
        """,
    ),
    "an order whose row is gone": ("orders_posted", "DELETE FROM orders WHERE shop_id = %(shop)s AND id = 1"),
}


@pytest.fixture
def lived(world: World, shop: TestShop) -> TestShop:
    """A shop with every kind of row: points earned, refunded, held, and one reward used."""
    settled(world, shop, order(1, "400.00"), order(2, "100.00", quantity=2))
    settled(world, shop, order(2, "100.00", quantity=2, refunds=[(1, "50.00", 1)]))
    held(world, shop)
    row = held(world, shop)
    perform_due(world, shop.id, shop.domain)
    settled(world, shop, order(3, "10.00", codes=[row.code]))
    return shop


@contextmanager
def owner_of(servers: embedded.Running) -> Iterator[psycopg.Connection[Any]]:
    """Somebody with the owner's rights who goes around every guard."""
    with psycopg.connect(servers.database_url, autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        yield owner


def test_untouched_books_add_up(world: World, lived: TestShop) -> None:
    result = audit.run(world.database, lived.id, now=world.clock())

    assert result.findings == {}
    assert (result.members, result.entries) == (1, 7)


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found_and_named(servers: embedded.Running, world: World, lived: TestShop, name: str) -> None:
    check, statement = DAMAGE[name]
    with owner_of(servers) as owner:
        touched = owner.execute(statement, {"shop": lived.id}).rowcount

    result = audit.run(world.database, lived.id, now=world.clock())

    assert touched
    assert check in result.findings
    assert result.findings[check]


def test_every_check_has_damage_that_it_finds() -> None:
    assert {check for check, _ in DAMAGE.values()} == set(proof.CHECKS)


def test_a_shop_whose_books_do_not_add_up_stops_spending_and_goes_on_earning(
    servers: embedded.Running, world: World, lived: TestShop
) -> None:
    other = make_shop(world)
    settled(world, other, order(1, "400.00"))
    with owner_of(servers) as owner:
        owner.execute("UPDATE members SET available = available + 1000 WHERE shop_id = %s", (lived.id,))
    audit.run(world.database, lived.id, now=world.clock())
    audit.run(world.database, other.id, now=world.clock())
    before = balance(world, lived)

    with pytest.raises(SpendingStopped):
        held(world, lived)
    settled(world, lived, order(9, "25.00"))

    held(world, other)
    assert balance(world, lived)[1] == before[1] + 25
    with world.database.transaction(lived.id) as session:
        found = health.of_shop(session, now=world.clock())
    assert (found.audit_ok, found.spending_stopped_at) == (False, world.clock())


def test_spending_goes_on_once_the_books_add_up_again(servers: embedded.Running, world: World, lived: TestShop) -> None:
    for change in ("+ 1000", "- 1000"):
        with owner_of(servers) as owner:
            owner.execute(f"UPDATE members SET available = available {change} WHERE shop_id = {lived.id}")
        audit.run(world.database, lived.id, now=world.clock())

    with world.database.transaction(lived.id) as session:
        member = members.by_customer(session, 7) or 0
        row = redeem.place_hold(
            session, RewardOrder(member, "free-shipping", None, uuid.uuid4()), keys=world.keys, now=world.clock()
        )
    assert row.state == "held"


def test_the_nightly_audit_comes_again_the_next_night(world: World, shop: TestShop) -> None:
    runs = []
    for _ in range(3):
        world.clock.forward(days=1)  # type: ignore[attr-defined]
        perform_due(world, shop.id, shop.domain)
        with world.database.transaction(shop.id) as session:
            runs.append(session.sql("SELECT count(*) FROM audits WHERE shop_id = %s", shop.id)[0][0])

    assert runs == [1, 2, 3]


def test_one_shops_damage_is_not_another_shops(servers: embedded.Running, world: World, lived: TestShop) -> None:
    other = make_shop(world)
    settled(world, other, order(1, "50.00"))

    with owner_of(servers) as owner:
        owner.execute("UPDATE members SET available = available + 1 WHERE shop_id = %s", (lived.id,))

    proved(world, other)


def test_an_audit_is_a_standing_duty_with_a_time(world: World, shop: TestShop) -> None:
    audit.run(world.database, shop.id, now=world.clock())

    with world.database.transaction(shop.id) as session:
        last = audit.last(session)

    assert last is not None
    assert last.is_ok
    assert last.finished_at - last.started_at < timedelta(minutes=1)
