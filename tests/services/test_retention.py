"""Retention: what is older than the shop keeps it goes, to the second; what still waits and what is proof stays whatever was chosen."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from plugin.services import changelog, retention
from plugin.services.perform import World, perform_due
from plugin.services.retention import BOUNDS, Retention, RetentionOutOfBounds
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import StepClock

SECOND = timedelta(seconds=1)
CHOSEN = Retention(news_days=7, bodies_days=10, messages_days=20)


@pytest.fixture
def kept(world: World, shop: TestShop) -> None:
    """The shop has chosen."""
    with world.database.transaction(shop.id) as session:
        retention.change(session, CHOSEN, by="staff:7", now=NOON)


def arrived(world: World, shop: TestShop, name: str, at: datetime, state: str = "waiting") -> None:
    """A delivery that waits, is done, or was set aside with its body."""
    with world.database.transaction(shop.id) as session:
        session.sql(
            """
            INSERT INTO inbox (shop_id, webhook_id, topic, received_at, body_hash, facts, raw, done_at, set_aside_at)
            VALUES (%s, %s, 'orders/paid', %s, 'x', '{}', %s, %s, %s)
            """,
            shop.id,
            name,
            at,
            b"body" if state == "aside" else None,
            at if state == "done" else None,
            at if state == "aside" else None,
        )


def said(world: World, shop: TestShop, cause: str, at: datetime, state: str = "sent") -> None:
    """A message of that day, with words in it."""
    with world.database.transaction(shop.id) as session:
        session.sql(
            """
            INSERT INTO messages (shop_id, member_id, kind, cause, facts, state, made_at, due_at, done_at)
            VALUES (%s, 1, 'feedback_reply', %s, '{"words": "Dear Ann"}', %s, %s, %s, %s)
            """,
            shop.id,
            cause,
            state,
            at,
            at,
            at if state != "queued" else None,
        )


def tidied(world: World, shop: TestShop, now: datetime) -> tuple[set[str], dict[str, bool]]:
    """Which deliveries are left, and of each message whether its words are."""
    with world.database.transaction(shop.id) as session:
        retention.tidy(session, now=now)
        news = session.sql("SELECT webhook_id FROM inbox WHERE shop_id = %s", shop.id)
        messages = session.sql("SELECT cause, facts <> '{}' FROM messages WHERE shop_id = %s", shop.id)
    return {name for (name,) in news}, dict(messages)


@pytest.mark.usefixtures("kept")
def test_each_is_kept_to_the_second_for_as_long_as_was_chosen(world: World, shop: TestShop) -> None:
    for state, days in (("done", 7), ("aside", 10)):
        arrived(world, shop, f"{state} just in time", NOON - timedelta(days=days), state)
        arrived(world, shop, f"{state} too old", NOON - timedelta(days=days) - SECOND, state)
    said(world, shop, "just in time", NOON - timedelta(days=20))
    said(world, shop, "too old", NOON - timedelta(days=20) - SECOND, "left_out")

    left, words = tidied(world, shop, NOON)

    assert left == {"done just in time", "aside just in time"}
    assert words == {"just in time": True, "too old": False}


@pytest.mark.usefixtures("kept")
def test_what_still_waits_stays_however_old_it_is(world: World, shop: TestShop) -> None:
    arrived(world, shop, "waits", NOON - timedelta(days=400))
    said(world, shop, "waits", NOON - timedelta(days=400), "queued")

    assert tidied(world, shop, NOON) == ({"waits"}, {"waits": True})


@pytest.mark.usefixtures("kept")
def test_one_shops_choice_is_not_anothers(world: World, shop: TestShop) -> None:
    other = make_shop(world)
    arrived(world, other, "of the other", NOON - timedelta(days=29), "done")

    tidied(world, shop, NOON)

    assert tidied(world, other, NOON) == ({"of the other"}, {})


def test_a_shop_that_never_chose_keeps_a_month_of_news_and_a_year_of_words(world: World, shop: TestShop) -> None:
    for state in ("done", "aside"):
        arrived(world, shop, f"{state} 30", NOON - timedelta(days=30), state)
        arrived(world, shop, f"{state} 31", NOON - timedelta(days=31), state)
    said(world, shop, "365", NOON - timedelta(days=365))
    said(world, shop, "366", NOON - timedelta(days=366))

    assert tidied(world, shop, NOON) == ({"done 30", "aside 30"}, {"365": True, "366": False})


@pytest.mark.usefixtures("kept")
def test_the_worker_tidies_every_day(world: World, shop: TestShop, clock: StepClock) -> None:
    arrived(world, shop, "old", clock.now - timedelta(days=6), "done")

    clock.forward(days=2)
    perform_due(world, shop.id, shop.domain)

    with world.database.transaction(shop.id) as session:
        assert session.sql("SELECT webhook_id FROM inbox WHERE shop_id = %s", shop.id) == []


@pytest.mark.parametrize("name", BOUNDS)
def test_the_bounds_hold_and_their_ends_are_allowed(world: World, shop: TestShop, name: str) -> None:
    least, most = BOUNDS[name]

    with world.database.transaction(shop.id) as session:
        for days in (least - 1, most + 1, 0, -1):
            with pytest.raises(RetentionOutOfBounds, match=name):
                retention.change(session, Retention(**{name: days}), by="staff:7", now=NOON)
        for days in (least, most):
            retention.change(session, Retention(**{name: days}), by="staff:7", now=NOON)
            assert getattr(retention.of(session), name) == days


def test_a_change_is_noted_and_no_change_is_not(world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        retention.change(session, Retention(), by="staff:7", now=NOON)
        retention.change(session, CHOSEN, by="staff:7", now=NOON)
        retention.change(session, CHOSEN, by="staff:7", now=NOON)
        notes = changelog.page(session, changelog.Wanted("privacy")).notes

    assert [(note.deed, note.facts) for note in notes] == [
        ("privacy.retention_changed", {"news_days": 7, "bodies_days": 10, "messages_days": 20})
    ]
