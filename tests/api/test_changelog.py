"""What machines change is in the change log, under the name of their key, in the same breath as the change."""

from __future__ import annotations

from plugin.services import changelog
from plugin.services.perform import World
from tests.api.machine import Machine
from tests.conftest import TestShop


def noted(world: World, shop: TestShop) -> list[tuple[str, str, str]]:
    with world.database.transaction(shop.id) as session:
        notes = changelog.page(session).notes
    return [(note.author, note.deed, note.subject) for note in notes if note.author.startswith("API")]


def test_an_adjustment_is_noted_once_however_often_it_is_sent(
    machine: Machine, world: World, shop: TestShop, ann: str
) -> None:
    for _ in range(2):
        machine.call(
            "POST",
            f"/members/{ann}/adjustments",
            json={"points": 5, "reason": "sorry"},
            headers={"Idempotency-Key": "one"},
        )

    assert noted(world, shop) == [("API key till", "member.adjusted", ann)]


def test_a_change_that_is_refused_is_not_noted(machine: Machine, world: World, shop: TestShop) -> None:
    machine.call("POST", "/members/999999/adjustments", json={"points": 5, "reason": "sorry"})

    assert noted(world, shop) == []


def test_what_was_typed_about_a_member_is_not_in_the_log(
    machine: Machine, world: World, shop: TestShop, ann: str
) -> None:
    machine.call("POST", f"/members/{ann}/adjustments", json={"points": 5, "reason": "Ann called, she was upset"})

    with world.database.transaction(shop.id) as session:
        assert "upset" not in str(changelog.page(session).notes)
