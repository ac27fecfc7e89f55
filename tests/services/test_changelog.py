"""The change log: what was done stays as it was noted, and is found by who, what, on what and when."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from plugin.services import changelog
from plugin.services.changelog import Wanted
from plugin.services.perform import World
from tests.conftest import NOON, TestShop, make_shop


@pytest.fixture
def busy(world: World) -> TestShop:
    shop = make_shop(world)  # its program is version 1, the first thing noted
    with world.database.transaction(shop.id) as session:
        changelog.note(session, by="staff:7", deed="member.adjusted", subject="12", facts={"points": 50}, now=NOON)
        changelog.note(session, by="api:abc", deed="member.adjusted", subject="13", now=NOON + timedelta(hours=1))
        changelog.note(session, by="staff:7", deed="program.published", subject="4", now=NOON + timedelta(hours=2))
    return shop


@pytest.mark.parametrize(
    ("wanted", "subjects"),
    [
        (Wanted(), ["4", "13", "12", "1"]),
        (Wanted(group="member"), ["13", "12"]),
        (Wanted(author="staff:7"), ["4", "12"]),
        (Wanted(subject="13"), ["13"]),
        (Wanted(since=NOON + timedelta(hours=1), until=NOON + timedelta(hours=2)), ["13"]),
        (Wanted(group="memb"), []),
    ],
)
def test_deeds_are_found_by_group_author_subject_and_time_newest_first(
    world: World, busy: TestShop, wanted: Wanted, subjects: list[str]
) -> None:
    with world.database.transaction(busy.id) as session:
        found = changelog.page(session, wanted)

    assert [note.subject for note in found.notes] == subjects


def test_pages_follow_one_another_without_a_gap(world: World, busy: TestShop) -> None:
    with world.database.transaction(busy.id) as session:
        first = changelog.page(session, limit=2)
        second = changelog.page(session, below=first.next_below, limit=2)

    assert [note.subject for note in (*first.notes, *second.notes)] == ["4", "13", "12", "1"]
    assert second.next_below is None


def test_facts_that_json_does_not_know_are_noted_as_text(world: World, busy: TestShop) -> None:
    with world.database.transaction(busy.id) as session:
        changelog.note(
            session, by="staff:7", deed="goodwill.set", facts={"most": Decimal("12.50"), "from": NOON}, now=NOON
        )
        [noted] = changelog.page(session, limit=1).notes

    assert noted.facts == {"most": "12.50", "from": str(NOON)}


@pytest.mark.parametrize(
    "statement", ["UPDATE changelog SET author = 'nobody'", "DELETE FROM changelog", "TRUNCATE changelog"]
)
def test_what_was_noted_cannot_be_changed(world: World, busy: TestShop, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), world.database.transaction(busy.id) as session:
        session.execute(text(statement))
