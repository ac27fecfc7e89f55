"""Rehearsals over the API: asked for, done by a job, looked at while they run."""

from __future__ import annotations

from plugin.loyalty.program import default_program, dump
from plugin.services.perform import World
from tests.api.machine import Machine, fields, problem
from tests.conftest import TestShop
from tests.fakes import StepClock
from tests.services.stories import order
from tests.services.test_settle import settled


def test_a_rehearsal_is_asked_for_and_found_done(
    machine: Machine, world: World, shop: TestShop, clock: StepClock
) -> None:
    settled(world, shop, order(1, "30.00", customer=7001), order(2, "300.00", customer=7002))
    clock.forward(hours=1)
    draft = dump(default_program("USD", is_live=True)) | {"earning": {"points": 2}}

    asked = machine.post("/program/rehearsals", {"program": draft, "days": 30})
    found = machine.get(f"/program/rehearsals/{asked.get_json()['data']['id']}").get_json()["data"]

    assert asked.status_code == 202
    assert (asked.get_json()["data"]["state"], asked.get_json()["data"]["outcome"]) == ("asked", None)
    assert (found["state"], found["done"], found["total"], found["live_version"]) == ("done", 2, 2, 1)
    assert found["outcome"]["points"] == {"live": 330, "draft": 660}
    assert found["outcome"]["winners"] == 2
    assert machine.get("/program").get_json()["version"] == 1


def test_nobody_hears_the_bell_and_the_rehearsal_waits(deaf_machine: Machine) -> None:
    asked = deaf_machine.post("/program/rehearsals", {}).get_json()["data"]

    found = deaf_machine.get(f"/program/rehearsals/{asked['id']}").get_json()["data"]

    assert (found["state"], found["done"], found["total"]) == ("asked", 0, None)


def test_without_a_program_the_draft_is_rehearsed(
    machine: Machine, world: World, shop: TestShop, clock: StepClock
) -> None:
    settled(world, shop, order(1, "30.00", customer=7001))
    clock.forward(hours=1)
    live = machine.get("/program").get_json()["data"]
    machine.call("PUT", "/program/draft", json=live | {"earning": {"points": 3}})

    asked = machine.post("/program/rehearsals", {}).get_json()["data"]
    found = machine.get(f"/program/rehearsals/{asked['id']}").get_json()["data"]

    assert found["outcome"]["points"] == {"live": 30, "draft": 90}


def test_what_cannot_be_rehearsed_is_refused_field_by_field(machine: Machine) -> None:
    live = machine.get("/program").get_json()["data"]

    days = problem(machine.post("/program/rehearsals", {"days": 0}), 422, "invalid-request")
    program = problem(
        machine.post("/program/rehearsals", {"program": live | {"grace_days": -1}}), 422, "invalid-program"
    )

    assert fields(days) == {"days"}
    assert fields(program) == {"program.grace_days"}


def test_a_rehearsal_that_never_was_is_not_found(machine: Machine) -> None:
    for name in ("x", "0f8fad5b-d9cb-469f-a165-70867728950e"):
        problem(machine.get(f"/program/rehearsals/{name}"), 404, "rehearsal-unknown")
