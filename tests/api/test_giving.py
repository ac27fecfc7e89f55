"""Giving over the API: once for each key, named where a field is at fault, and a partner's key opens what is for partners only."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from plugin.api.routes import ROUTES
from plugin.loyalty.program import default_program, dump, parse
from plugin.services import api_keys, programs
from plugin.services.perform import World
from tests.api.machine import Machine, fields, problem
from tests.conftest import NOON, TestShop

PARTS: dict[str, Any] = {
    "goodwill": {"codes": [{"id": "sorry", "title": "Sorry", "maximum_points": 100}], "monthly_budget": 150},
    "partners": [{"id": "cafe", "title": "Corner Café", "budget": 100}],
}


@pytest.fixture(autouse=True)
def published(world: World, shop: TestShop) -> None:
    program = parse(dump(default_program("USD", is_live=True)) | PARTS)
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program, by="test", now=NOON)


@pytest.fixture
def cafe(app: Flask, world: World, shop: TestShop) -> Machine:
    with world.database.transaction() as session:
        key = api_keys.create(session, shop.id, "cafe", NOON, partner="cafe")
    return Machine(app.test_client(), key)


def test_goodwill_is_given_once_for_each_key(machine: Machine, ann: str) -> None:
    asked = {"code": "sorry", "points": 100, "note": "the parcel got wet"}

    first = machine.post(f"/members/{ann}/goodwill", asked, Idempotency_Key="k-1")
    again = machine.post(f"/members/{ann}/goodwill", asked, Idempotency_Key="k-1")
    other = machine.post(f"/members/{ann}/goodwill", asked | {"points": 50}, Idempotency_Key="k-1")

    assert first.status_code == again.status_code == 201
    assert first.get_json() == again.get_json()
    problem(other, 422, "idempotency-key-reused")
    assert machine.get(f"/members/{ann}").get_json()["data"]["points"]["available"] == 600


def test_a_refusal_says_what_is_left_and_can_be_tried_again(machine: Machine, ann: str) -> None:
    asked = {"code": "sorry", "points": 100, "note": "late"}
    machine.post(f"/members/{ann}/goodwill", asked, Idempotency_Key="k-1")

    refused = problem(machine.post(f"/members/{ann}/goodwill", asked, Idempotency_Key="k-2"), 409, "over-budget")
    smaller = machine.post(f"/members/{ann}/goodwill", asked | {"points": 50}, Idempotency_Key="k-2")

    assert (refused["asked"], refused["left"], refused["limit"]) == (100, 50, "this month")
    assert smaller.status_code == 201


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"code": "sorry", "points": 0, "note": "x"}, "points"),
        ({"code": "sorry", "points": 10}, "note"),
        ({"code": "kind", "points": 10, "note": "x"}, "code"),
    ],
)
def test_what_is_wrong_is_named(machine: Machine, ann: str, body: dict[str, Any], wrong: str) -> None:
    response = machine.post(f"/members/{ann}/goodwill", body, Idempotency_Key="k-1")

    assert response.status_code == 422
    assert fields(response.get_json(force=True)) == {wrong}


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if not route.is_for_partners], ids=lambda route: route.name
)
def test_a_partners_key_opens_nothing_of_the_shops(cafe: Machine, route: Any) -> None:
    path = route.path.replace("{", "").replace("}", "")

    problem(cafe.call(route.method, path, json={}), 403, "wrong-key")


@pytest.mark.parametrize("route", [route for route in ROUTES if route.is_for_partners], ids=lambda route: route.name)
def test_the_shops_key_does_not_pass_for_a_partners(machine: Machine, route: Any) -> None:
    path = route.path.replace("{", "").replace("}", "")

    problem(machine.call(route.method, path, json={}), 403, "wrong-key")


def test_a_year_that_is_not_over_has_no_dividend(machine: Machine) -> None:
    problem(machine.get("/dividends/2026"), 409, "dividend-not-due")
    problem(machine.post("/dividends", {"year": 2025}, Idempotency_Key="k"), 409, "dividend-not-due")
    assert machine.get("/dividends/1").status_code == 400


def test_lapsed_points_are_given_back_only_if_there_are_any(machine: Machine, ann: str) -> None:
    response = machine.post(f"/members/{ann}/reinstatements", {"reason": "was ill"}, Idempotency_Key="k")

    refused = problem(response, 409, "nothing-to-reinstate")
    assert (refused["asked"], refused["available"]) == (0, 0)
