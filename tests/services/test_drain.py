"""The drain: one poisoned delivery is set aside with its reason and harms no neighbour; a worker's death over a batch is remembered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.db import DatabaseUnavailable, inbox
from plugin.services import drain, health
from plugin.services.perform import World
from tests.conftest import NOON, TestShop
from tests.services.deliveries import deliver, drained
from tests.services.stories import order
from tests.services.test_settle import balance, proved

POISON = order(666, "50.00", customer=7)
NOT_FACTS = b'{"id": "nobody"}'


def waiting(world: World, shop: TestShop) -> int:
    with world.database.transaction(shop.id) as session:
        return len(inbox.take(session))


def set_aside(world: World, shop: TestShop) -> list[health.SetAside]:
    with world.database.transaction(shop.id) as session:
        return health.of_shop(session, now=world.clock()).set_aside


@pytest.mark.parametrize("place", [0, 3, 9])
def test_a_poisoned_delivery_is_set_aside_alone_wherever_it_stands(world: World, shop: TestShop, place: int) -> None:
    for number in range(1, 11):
        deliver(
            world, shop, "orders/paid", NOT_FACTS if number == place + 1 else order(number, "10.00"), object_id=number
        )

    done = drained(world, shop)

    assert (done.set_aside, done.is_empty) == (1, True)
    assert balance(world, shop) == (0, 90, 0, 0)
    [one] = set_aside(world, shop)
    assert one.object_id == place + 1
    assert one.reason.startswith("ValidationError")
    proved(world, shop)


def test_what_the_database_refuses_is_set_aside_alone(world: World, shop: TestShop) -> None:
    deliver(world, shop, "orders/paid", order(1, "10.00"), object_id=1)
    deliver(world, shop, "orders/paid", order(2**63, "10.00"), object_id=2)
    deliver(world, shop, "orders/paid", order(3, "10.00"), object_id=3)

    drained(world, shop)

    assert [one.object_id for one in set_aside(world, shop)] == [2]
    assert balance(world, shop) == (0, 20, 0, 0)
    proved(world, shop)


def test_a_poisoned_delivery_of_another_kind_keeps_the_order_of_the_rest(world: World, shop: TestShop) -> None:
    deliver(world, shop, "orders/paid", order(1, "10.00"))
    deliver(world, shop, "customers/merge", b"[]")
    deliver(world, shop, "orders/updated", order(1, "10.00", refunds=[(5, "10.00", 1)]))

    drained(world, shop)

    assert [one.topic for one in set_aside(world, shop)] == ["customers/merge"]
    assert balance(world, shop) == (0, 0, 0, 0)


def test_what_was_set_aside_can_be_tried_again_once_it_can_be_read(world: World, shop: TestShop) -> None:
    row_id = deliver(world, shop, "orders/paid", order(1, "50.00"))
    raw = world.cipher.seal(b"the body", shop_id=shop.id, column="raw")
    with world.database.transaction(shop.id) as session:
        inbox.set_aside(session, row_id, "unreadable", now=NOON)
        session.sql("UPDATE inbox SET facts = NULL, raw = %s WHERE shop_id = %s AND id = %s", raw, shop.id, row_id)

    def read_again(topic: str, sealed: bytes) -> bytes:
        from plugin.loyalty.facts import encode

        assert (topic, world.cipher.open(sealed, shop_id=shop.id, column="raw")) == ("orders/paid", b"the body")
        return encode(order(1, "50.00"))

    with world.database.transaction(shop.id) as session:
        is_back = health.retry_set_aside(session, row_id, read_again=read_again, now=world.clock())
    drained(world, shop)
    with world.database.transaction(shop.id) as session:
        is_there_twice = health.retry_set_aside(session, row_id, read_again=read_again, now=world.clock())

    assert (is_back, is_there_twice) == (True, False)
    assert balance(world, shop) == (0, 50, 0, 0)
    assert set_aside(world, shop) == []


def test_a_retry_that_fails_again_is_set_aside_again(world: World, shop: TestShop) -> None:
    row_id = deliver(world, shop, "orders/paid", NOT_FACTS)
    drained(world, shop)

    with world.database.transaction(shop.id) as session:
        health.retry_set_aside(session, row_id, read_again=lambda _topic, raw: raw, now=world.clock())
    during = waiting(world, shop)
    drained(world, shop)

    assert during == 1
    assert [one.id for one in set_aside(world, shop)] == [row_id]


def test_a_batch_that_workers_died_over_twice_is_tried_one_by_one(world: World, shop: TestShop) -> None:
    for number in range(1, 5):
        deliver(world, shop, "orders/paid", order(number, "10.00"))
    for minutes in (2, 1):  # announced, and then the worker is gone
        drain._announce(world.database, shop.id, now=NOON - timedelta(minutes=minutes))

    drained(world, shop)

    assert balance(world, shop) == (0, 40, 0, 0)
    with world.database.transaction(shop.id) as session:
        [(rows, commits)] = session.sql(
            "SELECT count(*), count(DISTINCT xmin::text) FROM inbox WHERE shop_id = %s AND done_at IS NOT NULL", shop.id
        )
        left = session.sql("SELECT 1 FROM drains WHERE shop_id = %s", shop.id)
    assert (rows, commits, left) == (4, 4, [])


def test_a_batch_that_one_worker_died_over_is_tried_whole_again(world: World, shop: TestShop) -> None:
    for number in range(1, 5):
        deliver(world, shop, "orders/paid", order(number, "10.00"))
    drain._announce(world.database, shop.id, now=NOON - timedelta(minutes=1))

    drained(world, shop)

    with world.database.transaction(shop.id) as session:
        [(commits,)] = session.sql(
            "SELECT count(DISTINCT xmin::text) FROM inbox WHERE shop_id = %s AND done_at IS NOT NULL", shop.id
        )
    assert commits == 1


def test_a_database_that_goes_away_sets_nothing_aside(world: World, shop: TestShop, servers: object) -> None:
    import psycopg
    from sqlalchemy import event

    from plugin.db import Database

    deliver(world, shop, "orders/paid", order(1, "10.00"))
    impatient = Database(world.database.url)
    event.listen(impatient.engine, "connect", lambda connection, _: connection.execute("SET lock_timeout = 200"))

    with psycopg.connect(world.database.url) as stuck:
        stuck.execute("SELECT pg_advisory_xact_lock(7100, %s)", (shop.id,))
        with pytest.raises(DatabaseUnavailable):
            drain.drain(
                impatient, shop.id, keys=world.keys, clock=world.clock, deadline=world.clock() + timedelta(days=1)
            )
        stuck.rollback()
    impatient.dispose()
    drained(world, shop)

    assert set_aside(world, shop) == []
    assert balance(world, shop) == (0, 10, 0, 0)


def test_a_turn_that_is_over_leaves_the_rest_marked_as_waiting(world: World, shop: TestShop) -> None:
    for number in range(1, drain.BATCH + 2):
        deliver(world, shop, "orders/paid", order(number, "1.00"))

    done = drain.drain(world.database, shop.id, keys=world.keys, clock=world.clock, deadline=world.clock())

    assert (done.deliveries, done.is_empty) == (drain.BATCH, False)
    assert waiting(world, shop) == 1
    with world.database.transaction() as session:
        assert session.sql("SELECT 1 FROM waiting WHERE shop_id = %s AND kind = 'inbox'", shop.id)


def test_a_delivery_that_workers_keep_dying_over_is_set_aside_and_its_neighbours_are_not(
    world: World, shop: TestShop
) -> None:
    for number in range(1, 5):
        deliver(world, shop, "orders/paid", order(number, "10.00"))
    for minutes in (5, 4, 3, 2, 1):  # twice over the batch, then over its first delivery alone
        drain._announce(world.database, shop.id, now=NOON - timedelta(minutes=minutes))

    done = drained(world, shop)

    assert (done.deliveries, done.set_aside, done.is_empty) == (3, 1, True)
    with world.database.transaction(shop.id) as session:
        [row] = health.of_shop(session, now=NOON).set_aside
    assert row.reason == "the program ended whenever it worked on this"
