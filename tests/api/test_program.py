"""The program over the API: read, changed by one writer at a time, tried out without being changed."""

from __future__ import annotations

from typing import Any

import pytest

from plugin.loyalty.program import default_program, dump
from plugin.services.perform import World
from tests.api.machine import Machine, fields, problem
from tests.conftest import TestShop
from tests.services.stories import order
from tests.services.test_settle import settled


def document(machine: Machine) -> dict[str, Any]:
    data: dict[str, Any] = machine.get("/program").get_json()["data"]
    return data


def test_the_live_program_is_its_document_with_its_version_as_etag(machine: Machine) -> None:
    response = machine.get("/program")

    assert response.get_json() == {"data": dump(default_program("USD", is_live=True)), "version": 1}
    assert response.headers["ETag"] == '"1"'


def test_a_changed_document_is_the_next_version(machine: Machine) -> None:
    changed = document(machine) | {"name": "Coffee club"}

    response = machine.call("PUT", "/program", json=changed, headers={"If-Match": '"1"'})

    assert (response.status_code, response.headers["ETag"]) == (200, '"2"')
    assert machine.get("/program").get_json() == {"data": changed, "version": 2}


def test_what_was_read_can_be_sent_back_as_it_is(machine: Machine) -> None:
    read = machine.get("/program").get_json()

    response = machine.call("PUT", "/program", json=read)

    assert response.get_json() == read | {"version": 2}


def test_two_writers_do_not_overwrite_each_other(machine: Machine) -> None:
    changed = document(machine) | {"name": "Coffee club"}
    machine.call("PUT", "/program", json=changed, headers={"If-Match": '"1"'})

    late = problem(machine.call("PUT", "/program", json=changed, headers={"If-Match": '"1"'}), 409, "version-conflict")

    assert (late["asked"], late["current"]) == (1, 2)
    assert fields(late) == {"If-Match"}


@pytest.mark.parametrize("etag", ["x", '"-1"', '"99999999999"', ""])
def test_an_etag_that_was_never_given_is_refused(machine: Machine, etag: str) -> None:
    response = machine.call("PUT", "/program", json=document(machine), headers={"If-Match": etag})

    assert fields(problem(response, 400, "invalid-request")) == {"If-Match"}


def test_every_wrong_field_of_a_program_is_named(machine: Machine) -> None:
    wrong = document(machine)
    wrong["earning"] |= {"points": -1, "per": "-1"}
    wrong["rewards"][1] |= {"kind": "holiday"}
    wrong["colour"] = "red"

    response = machine.call("PUT", "/program", json=wrong)

    assert fields(problem(response, 422, "invalid-program")) == {
        "earning.points",
        "earning.per",
        "rewards.1.kind",
        "colour",
    }
    assert machine.get("/program").get_json()["version"] == 1


@pytest.mark.parametrize("name", ["nul \0 inside", "half \ud800 sign"])
def test_text_that_cannot_be_stored_is_refused(machine: Machine, name: str) -> None:
    wrong = document(machine) | {"name": name}

    response = machine.call("PUT", "/program", json=wrong)

    assert fields(problem(response, 422, "invalid-request")) == {"name"}


def test_a_preview_compares_amounts_and_orders_and_changes_nothing(
    machine: Machine, world: World, shop: TestShop
) -> None:
    settled(world, shop, order(1001, "49.99"), order(1002, "10.00", customer=8, status="pending"))
    draft = document(machine)
    draft["earning"]["points"] = 2

    body = {"program": draft, "amounts": ["10.00", 0.5], "last_orders": 5}
    preview = machine.post("/program/preview", body).get_json()["data"]

    assert preview["live_version"] == 1
    assert preview["amounts"] == [
        {"amount": {"amount": "10.00", "currency": "USD"}, "points": {"live": 10, "draft": 20}},
        {"amount": {"amount": "0.50", "currency": "USD"}, "points": {"live": 0, "draft": 1}},
    ]
    by_id = {one["order_id"]: one for one in preview["orders"]}
    assert by_id["1001"]["points"] == {"live": 49, "draft": 99}
    assert by_id["1002"]["stopped"] == {"live": "unpaid", "draft": "unpaid"}
    assert preview["total"] == {"live": 49, "draft": 99}
    assert machine.get("/program").get_json()["version"] == 1


def test_a_preview_says_when_it_cannot_know(machine: Machine, world: World, shop: TestShop) -> None:
    settled(world, shop, order(1001, "49.99"))
    draft = document(machine)
    draft["exclusions"]["collection_ids"] = [5]

    preview = machine.post("/program/preview", {"program": draft}).get_json()["data"]

    assert [one["exact"] for one in preview["orders"]] == [False]


def test_a_wrong_preview_names_its_fields(machine: Machine) -> None:
    draft = document(machine) | {"grace_days": 1000}

    in_program = machine.post("/program/preview", {"program": draft})
    beside_it = machine.post("/program/preview", {"amounts": ["-1", "x"], "last_orders": "all"})

    assert fields(problem(in_program, 422, "invalid-program")) == {"program.grace_days"}
    assert fields(problem(beside_it, 422, "invalid-request")) == {"program", "amounts.0", "amounts.1", "last_orders"}
