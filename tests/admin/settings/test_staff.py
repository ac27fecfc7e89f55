"""Staff permissions: everybody may do everything until somebody starts with roles, and then each may do what their role says."""

from __future__ import annotations

import pytest
from flask import Flask

from plugin.services import changelog
from plugin.services import staff as roles
from plugin.services.perform import World
from plugin.services.staff import Role
from tests.admin.addresses import addresses, deeds
from tests.admin.staff import Staff, error_at
from tests.conftest import NOON, TestShop

ME = 70200300401
"""Whom the token of tests.admin.staff names."""

LISA, TOM = 55, 66


def give(world: World, shop: TestShop, **given: Role) -> None:
    """The owner is Lisa; `me` and `rest` (everybody else) have these roles."""
    with world.database.transaction(shop.id) as session:
        roles.start(session, LISA, by="test", now=NOON)
        roles.give(session, LISA, "owner", label="Lisa", by="test", now=NOON)
        for who, role in given.items():
            roles.give(session, ME if who == "me" else 0, role, label="", by="test", now=NOON)


def role_of(world: World, shop: TestShop, staff_id: int) -> str:
    with world.database.transaction(shop.id) as session:
        return roles.role_of(session, staff_id)


def test_whoever_starts_with_roles_owns_them_and_all_others_stay_managers(
    staff: Staff, world: World, shop: TestShop
) -> None:
    staff.send("/settings/staff/start", {})

    assert (role_of(world, shop, ME), role_of(world, shop, TOM)) == ("owner", "manager")


def test_starting_again_takes_the_roles_from_nobody(staff: Staff, world: World, shop: TestShop) -> None:
    give(world, shop, me="owner", rest="viewer")

    staff.send("/settings/staff/start", {})

    assert (role_of(world, shop, LISA), role_of(world, shop, TOM)) == ("owner", "viewer")


def test_a_viewer_sees_every_page_and_sends_nothing(staff: Staff, app: Flask, world: World, shop: TestShop) -> None:
    give(world, shop, me="viewer")
    sent = [path for path in addresses(app, "POST") if not path.endswith("/preview")]

    answers = {path: staff.send(path, {}).status_code for path in sent}

    assert len(answers) > 20
    assert {path: code for path, code in answers.items() if code != 403} == {}
    assert staff.fetch("/settings/staff").status_code == 200


def test_support_helps_members_and_leaves_the_program_and_settings_alone(
    staff: Staff, app: Flask, world: World, shop: TestShop
) -> None:
    give(world, shop, me="support")

    answers = {path: staff.send(path, {}).status_code for path in deeds(app, "manager", "owner")}

    assert {path: code for path, code in answers.items() if code != 403} == {}
    assert all(path.startswith(("/members", "/activity")) for path in deeds(app, "support"))
    assert staff.send("/members/1/adjustments", {"points": "", "reason": "", "key": "k"}).status_code != 403


def test_a_manager_gives_no_roles_and_makes_no_keys(staff: Staff, world: World, shop: TestShop) -> None:
    give(world, shop, me="manager")

    answers = [
        staff.send("/settings/staff", {"staff_id": str(ME), "role": "owner", "label": ""}),
        staff.send("/settings/keys", {"label": "mine", "access": "everything"}),
        staff.send("/settings/data/check", {}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 303]


def test_who_may_not_is_told_whom_to_ask(staff: Staff, world: World, shop: TestShop) -> None:
    give(world, shop, me="viewer")

    words = staff.send("/settings/data/check", {}).text

    assert "Your role (viewer) cannot change this. It takes the role manager. Ask Lisa." in words


@pytest.mark.parametrize(
    ("role", "path", "words"),
    [
        (
            "viewer",
            "/program/earning",
            "Your role is Viewer. You see everything here and change nothing. Ask Lisa for more.",
        ),
        ("support", "/program/earning", "Some of this takes the role Manager, so its buttons are left out. Ask Lisa"),
        ("manager", "/settings/keys", "Some of this takes the role Owner, so its buttons are left out. Ask Lisa"),
    ],
)
def test_a_page_says_once_and_before_anything_is_tried_that_a_role_is_too_low(
    staff: Staff, world: World, shop: TestShop, role: Role, path: str, words: str
) -> None:
    give(world, shop, me=role)

    page = staff.fetch(path).text

    assert page.count('class="role-note"') == 1
    assert words in page
    assert 'class="role-note"' not in staff.fetch("/settings/snippets").text


def test_a_role_is_given_changed_and_taken_away(staff: Staff, world: World, shop: TestShop) -> None:
    staff.send("/settings/staff/start", {})
    had = []

    for role in ("support", "viewer"):
        staff.send("/settings/staff", {"staff_id": str(TOM), "role": role, "label": "Tom"})
        had.append(role_of(world, shop, TOM))
    staff.send(f"/settings/staff/{TOM}/remove", {})

    assert [*had, role_of(world, shop, TOM)] == ["support", "viewer", "manager"]
    assert "Tom" not in staff.fetch("/settings/staff").text


def test_there_is_always_an_owner(staff: Staff, world: World, shop: TestShop) -> None:
    staff.send("/settings/staff/start", {})

    demoted = staff.send("/settings/staff", {"staff_id": str(ME), "role": "viewer", "label": ""})
    removed = staff.send(f"/settings/staff/{ME}/remove", {})

    assert (demoted.status_code, error_at(demoted.text, "role")[:8]) == (422, "Somebody")
    assert removed.status_code == 409
    assert role_of(world, shop, ME) == "owner"


@pytest.mark.parametrize(
    ("field", "typed"),
    [("staff_id", "Lisa"), ("staff_id", ""), ("staff_id", "9" * 30), ("role", "boss"), ("label", "x" * 61)],
)
def test_a_mistake_is_told_at_its_field_and_nothing_typed_is_lost(staff: Staff, field: str, typed: str) -> None:
    staff.send("/settings/staff/start", {})
    form = {"staff_id": "77", "role": "support", "label": "<b>Zoë</b>"} | {field: typed}

    answer = staff.send("/settings/staff", form)

    assert answer.status_code == 422
    assert error_at(answer.text, field)
    assert field == "label" or 'value="&lt;b&gt;Zoë&lt;/b&gt;"' in answer.text


def test_every_change_of_a_role_stands_in_the_change_log(staff: Staff, world: World, shop: TestShop) -> None:
    staff.send("/settings/staff/start", {})
    staff.send("/settings/staff", {"staff_id": str(TOM), "role": "support", "label": "Tom"})
    staff.send(f"/settings/staff/{TOM}/remove", {})

    with world.database.transaction(shop.id) as session:
        found = changelog.page(session, changelog.Wanted("staff")).notes
    assert [(note.deed, note.subject, note.author) for note in found] == [
        ("staff.removed", str(TOM), f"staff:{ME}"),
        ("staff.role_given", str(TOM), f"staff:{ME}"),
        ("staff.started", str(ME), f"staff:{ME}"),
    ]
    assert "Tom" not in str([note.facts for note in found])


def test_when_no_owner_can_be_reached_the_roles_are_ended_and_everybody_may_do_everything(
    staff: Staff, world: World, shop: TestShop
) -> None:
    give(world, shop, me="viewer", rest="viewer")
    with world.database.transaction(shop.id) as session:
        roles.forget_roles(session, by="command line", now=NOON)

    answer = staff.send("/settings/data/check", {})

    assert answer.status_code == 303
    assert "Ended the roles" in staff.fetch("/settings/audit").text
