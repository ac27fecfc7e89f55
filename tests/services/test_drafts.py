"""What becomes of a draft when it is not simply published: discarded, brought up to a version that overtook it, left by a switch."""

from __future__ import annotations

from typing import Any

import pytest

from plugin.db import Session
from plugin.loyalty.errors import DraftMissing, DraftOutdated
from plugin.loyalty.program import dump, parse
from plugin.services import drafts, programs
from plugin.services.perform import World
from tests.conftest import TestShop


def save(session: Session, world: World, **parts: Any) -> None:
    document = drafts.read(session).document | parts
    drafts.save(session, document, by="staff:1", now=world.clock())


def publish(session: Session, world: World, **parts: Any) -> None:
    document = dump(programs.current(session).program) | parts
    programs.publish(session, parse(document), by="staff:2", now=world.clock())


def test_a_discarded_draft_is_gone_and_its_editors_are_told(world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        save(session, world, name="Mine")
        before = drafts.read(session)

        was_there = drafts.discard(session, by="staff:1", now=world.clock())
        again = drafts.discard(session, by="staff:1", now=world.clock())

        after = drafts.read(session)
    assert (was_there, again) == (True, False)
    assert not after.is_begun
    assert after.document["name"] == "Rewards"
    assert after.revision > before.revision


def test_a_draft_that_caught_up_has_both_and_can_be_published(world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        save(session, world, name="Mine", grace_days=5)
        publish(session, world, grace_days=9, only_joined=True)
        with pytest.raises(DraftOutdated):
            drafts.publish(session, by="staff:1", now=world.clock())

        drafts.catch_up(session, by="staff:1", now=world.clock())
        program, _ = drafts.publish(session, by="staff:1", now=world.clock())

    assert (program.name, program.grace_days, program.only_joined) == ("Mine", 5, True)


def test_without_a_draft_nothing_catches_up(world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session, pytest.raises(DraftMissing):
        drafts.catch_up(session, by="staff:1", now=world.clock())


def test_switching_off_keeps_the_draft_a_draft(world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        save(session, world, name="Mine")

        version = drafts.switch_off(session, by="staff:1", now=world.clock())
        again = drafts.switch_off(session, by="staff:1", now=world.clock())

        live, draft = programs.current(session), drafts.read(session)
    assert (version, again) == (2, 2)
    assert (live.program.is_live, live.program.name) == (False, "Rewards")
    assert (draft.document["name"], draft.document["is_live"], draft.based_on) == ("Mine", False, 2)
