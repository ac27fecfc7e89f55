"""API keys in the settings: made there, shown once, and opening exactly what was said until they are revoked."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from plugin import api
from plugin.services import api_keys, changelog
from plugin.services.perform import World
from plugin.settings import Settings
from tests.admin.conftest import PromptBell
from tests.admin.staff import Staff, error_at
from tests.conftest import TestShop


class AliveBell(PromptBell):
    """A bell that the API can ask whether anybody hears it."""

    def is_alive(self) -> bool:
        return True


@pytest.fixture
def app(app: Flask, world: World, settings: Settings) -> Flask:
    """The admin and the API side by side."""
    app.register_blueprint(api.create_blueprint(world, settings, AliveBell(world)))
    return app


def make(staff: Staff, **typed: str) -> str:
    """A key as its page showed it."""
    answer = staff.send("/settings/keys", {"label": "Help desk", "access": "everything", "partner": ""} | typed)
    found = re.search(r'value="(rgl_[^"]+)"', answer.text)
    assert found is not None, answer.text
    return found[1]


def asked(staff: Staff, key: str, method: str = "GET", path: str = "/api/v1/members") -> int:
    return staff.client.open(path, method=method, json={}, headers={"Authorization": f"Bearer {key}"}).status_code


def test_a_key_that_was_made_here_opens_the_api_and_is_shown_once(staff: Staff) -> None:
    key = make(staff)

    assert asked(staff, key) == 200
    assert key not in staff.fetch("/settings/keys").text
    assert "Help desk" in staff.fetch("/settings/keys").text


def test_a_key_for_reading_changes_nothing(staff: Staff) -> None:
    key = make(staff, access="reading")

    assert (asked(staff, key), asked(staff, key, "PUT", "/api/v1/program")) == (200, 403)


def test_a_revoked_key_opens_nothing(staff: Staff, world: World, shop: TestShop) -> None:
    key = make(staff)
    with world.database.transaction(shop.id) as session:
        [listed] = api_keys.every(session, shop.id)

    answer = staff.send(f"/settings/keys/{listed.key_id}/revoke", {})

    assert (answer.status_code, asked(staff, key)) == (303, 401)


def test_another_shops_key_cannot_be_revoked(
    staff: Staff, stranger: tuple[Staff, TestShop], world: World, shop: TestShop
) -> None:
    key = make(staff)
    with world.database.transaction(shop.id) as session:
        [listed] = api_keys.every(session, shop.id)

    stranger[0].send(f"/settings/keys/{listed.key_id}/revoke", {})

    assert asked(staff, key) == 200


def test_the_page_says_when_a_key_was_used(staff: Staff) -> None:
    key = make(staff)
    before = staff.fetch("/settings/keys").text

    asked(staff, key)

    assert "<s-table-cell>Never used</s-table-cell>" in before
    assert "<s-table-cell>Used just now</s-table-cell>" in staff.fetch("/settings/keys").text


def test_making_and_revoking_stand_in_the_change_log_without_the_key(
    staff: Staff, world: World, shop: TestShop
) -> None:
    key = make(staff)
    with world.database.transaction(shop.id) as session:
        [listed] = api_keys.every(session, shop.id)
    staff.send(f"/settings/keys/{listed.key_id}/revoke", {})
    staff.send(f"/settings/keys/{listed.key_id}/revoke", {})

    with world.database.transaction(shop.id) as session:
        found = changelog.page(session, changelog.Wanted("key")).notes
    assert [(note.deed, note.subject) for note in found] == [
        ("key.revoked", listed.key_id),
        ("key.created", listed.key_id),
    ]
    assert key not in str(found)


def test_what_a_key_changed_is_in_the_log_under_its_name(staff: Staff) -> None:
    key = make(staff)
    document = staff.client.get("/api/v1/program", headers={"Authorization": f"Bearer {key}"}).get_json()

    staff.client.put("/api/v1/program", json=document["data"], headers={"Authorization": f"Bearer {key}"})

    page = staff.fetch("/settings/audit").text
    assert "Published version 2 of the program" in page
    assert "API key Help desk" in page


@pytest.mark.parametrize(
    ("field", "typed"), [("label", ""), ("label", "x" * 61), ("access", "root"), ("partner", "nobody")]
)
def test_a_mistake_makes_no_key(staff: Staff, world: World, shop: TestShop, field: str, typed: str) -> None:
    form = {"label": "Till", "access": "everything", "partner": ""} | {field: typed}

    answer = staff.send("/settings/keys", form)

    assert answer.status_code == 422
    assert field == "partner" or error_at(answer.text, field)
    with world.database.transaction(shop.id) as session:
        assert api_keys.every(session, shop.id) == []
