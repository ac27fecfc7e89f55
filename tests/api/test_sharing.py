"""Households, gifts and causes over the API: once per key, refused with figures, and answered as the document says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator

from plugin.services import programs
from plugin.services.perform import World
from tests.api.conftest import new_member
from tests.api.machine import Machine, problem
from tests.conftest import TestShop
from tests.services.sharing import sharing_program

KEY = {"Idempotency_Key": "k-1"}


@pytest.fixture(autouse=True)
def _sharing_is_on(world: World, shop: TestShop) -> None:
    program = sharing_program(causes={"match": {"percent": "10"}}, households={"limit_points": 200})
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program, by="test", now=world.clock())


@pytest.fixture
def bob(world: World, shop: TestShop) -> str:
    return new_member(world, shop, customer=7002)


@pytest.fixture
def home(machine: Machine, ann: str, bob: str) -> str:
    """The id of a household of Ann and Bob with 300 points in its pool."""
    found = told(machine.post("/households", {"owner_id": ann}))["id"]
    invited = told(machine.post(f"/households/{found}/invitations", {"member_id": bob}))
    told(machine.post(f"/households/{found}/members", {"member_id": bob, "code": invited["code"]}))
    told(machine.post(f"/households/{found}/contributions", {"member_id": ann, "points": 300}, Idempotency_Key="k-0"))
    return str(found)


def test_a_household_is_shown_with_its_pool_and_its_members(machine: Machine, ann: str, bob: str, home: str) -> None:
    found = told(machine.get(f"/members/{bob}/household"))

    assert found == told(machine.get(f"/households/{home}"))
    assert found["points"] == {"pending": 0, "available": 300, "held": 0, "debt": 0}
    assert [(each["member_id"], each["is_owner"], each["put_in"], each["left"]) for each in found["members"]] == [
        (ann, True, 300, 200),
        (bob, False, 0, 200),
    ]
    [entry] = told(machine.get(f"/households/{home}/entries"))
    assert (entry["movement"], entry["points"], entry["reason"]["text"]) == (
        "transfer",
        300,
        "Shared with your household",
    )


def test_points_are_put_in_once_per_key(machine: Machine, ann: str, home: str) -> None:
    asked = {"member_id": ann, "points": 100}

    for _ in range(3):
        answered = machine.post(f"/households/{home}/contributions", asked, **KEY)
        assert answered.status_code == 201

    assert told(machine.get(f"/households/{home}"))["points"]["available"] == 400
    more = asked | {"points": 101}
    problem(machine.post(f"/households/{home}/contributions", more, **KEY), 422, "idempotency-key-reused")
    problem(machine.post(f"/households/{home}/contributions", asked), 400, "invalid-request")


def test_a_member_redeems_with_the_households_points_within_their_limit(machine: Machine, bob: str, home: str) -> None:
    taken = told(machine.redeem(bob, "free-shipping", from_household=True))

    assert (taken["member_id"], taken["household_id"], taken["state"]) == (bob, home, "issued")
    refused = problem(
        machine.redeem(bob, "free-shipping", key="k-2", from_household=True), 409, "household-limit-reached"
    )
    assert (refused["asked"], refused["left"], refused["limit"]) == (120, 80, 200)
    assert told(machine.get(f"/households/{home}"))["points"]["held"] == 120


def test_who_is_in_no_household_cannot_redeem_with_its_points(machine: Machine, ann: str) -> None:
    problem(machine.redeem(ann, from_household=True), 409, "not-in-household")
    problem(machine.get(f"/members/{ann}/household"), 409, "not-in-household")


def test_leaving_takes_the_share_along_and_the_last_one_closes(machine: Machine, ann: str, bob: str, home: str) -> None:
    machine.call("DELETE", f"/households/{home}/members/{bob}")
    last = told(machine.call("DELETE", f"/households/{home}/members/{ann}"))

    assert (last["members"], last["points"]["available"], last["closed_at"] is not None) == ([], 0, True)
    assert told(machine.get(f"/members/{ann}"))["points"]["available"] == 500
    problem(machine.call("DELETE", f"/households/{home}/members/{ann}"), 409, "not-in-household")
    problem(machine.post(f"/households/{home}/invitations", {}), 404, "household-unknown")


def test_what_is_wrong_with_a_household_is_said(machine: Machine, ann: str, home: str) -> None:
    problem(machine.post("/households", {"owner_id": ann}), 409, "in-household-already")
    problem(machine.post("/households", {"owner_id": "0"}), 404, "member-unknown")
    problem(machine.get("/households/0"), 404, "household-unknown")
    problem(machine.get("/households/x"), 404, "household-unknown")
    problem(machine.get(f"/members/{home}"), 404, "member-unknown")
    problem(machine.get(f"/members/{home}/entries"), 404, "member-unknown")
    problem(machine.post(f"/households/{home}/members", {"member_id": ann, "code": "X"}), 404, "invitation-unknown")
    body = {"member_id": ann, "points": 0}
    problem(machine.post(f"/households/{home}/contributions", body, **KEY), 422, "invalid-request")


def test_a_gift_is_made_once_per_key_and_accepted_by_its_code(machine: Machine, ann: str, bob: str) -> None:
    asked = {"points": 40, "message": "Enjoy"}
    first, again = (told(machine.post(f"/members/{ann}/gifts", asked, **KEY)) for _ in range(2))

    taken = told(machine.post(f"/members/{bob}/accepted-gifts", {"code": first["code"]}))

    assert first == again
    assert (taken["id"], taken["state"], taken["recipient_id"], taken["code"]) == (first["id"], "accepted", bob, None)
    assert told(machine.get(f"/members/{bob}"))["points"]["available"] == 40
    [seen] = told(machine.get(f"/members/{bob}/gifts"))
    assert (seen["message"], seen["code"]) == ("Enjoy", None)
    problem(machine.call("DELETE", f"/gifts/{first['id']}"), 409, "gift-over")


def test_a_gift_for_one_member_needs_no_code_and_can_be_taken_back(machine: Machine, ann: str, bob: str) -> None:
    mine, other = (
        told(machine.post(f"/members/{ann}/gifts", {"points": 40, "recipient_id": bob}, Idempotency_Key=key))
        for key in ("a", "b")
    )

    told(machine.post(f"/members/{bob}/accepted-gifts", {"gift_id": mine["id"]}))
    back = told(machine.call("DELETE", f"/gifts/{other['id']}"))

    assert back["state"] == "returned"
    assert told(machine.get(f"/members/{ann}"))["points"] == {"pending": 0, "available": 460, "held": 0, "debt": 0}
    problem(machine.post(f"/members/{ann}/accepted-gifts", {"gift_id": other["id"]}), 404, "gift-unknown")
    problem(machine.post(f"/members/{bob}/accepted-gifts", {}), 422, "invalid-request")
    problem(machine.post(f"/members/{bob}/accepted-gifts", {"code": "GUESS"}), 404, "gift-unknown")
    problem(machine.call("DELETE", "/gifts/x"), 404, "gift-unknown")
    problem(machine.post(f"/members/{ann}/gifts", {"points": 501}, **KEY), 409, "insufficient-points")


def test_equal_gifts_at_the_same_moment_are_one(app: Flask, key: str, ann: str) -> None:
    def give(_: int) -> str:
        machine = Machine(app.test_client(), key)
        return str(told(machine.post(f"/members/{ann}/gifts", {"points": 400}, **KEY))["id"])

    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(give, range(8)))

    assert len(seen) == 1


def test_points_are_donated_once_per_key_returned_and_paid_out(machine: Machine, ann: str) -> None:
    asked = {"cause_id": "trees", "points": 50}
    first, again = (told(machine.post(f"/members/{ann}/donations", asked, **KEY)) for _ in range(2))
    second = told(machine.post(f"/members/{ann}/donations", asked, Idempotency_Key="k-2"))
    returned = told(machine.call("DELETE", f"/donations/{second['id']}"))

    paid, twice = (
        told(machine.post("/causes/trees/payouts", {"points": 20, "note": "receipt 7"}, **KEY)) for _ in range(2)
    )

    assert first == again
    assert returned["returned_at"] is not None
    assert paid == twice
    assert (paid["movement"], paid["points"], paid["note"], paid["reason"]["text"]) == (
        "capture",
        20,
        "receipt 7",
        "Paid out",
    )
    trees, boats = told(machine.get("/causes"))
    assert (trees["total"]["donated"], trees["total"]["paid_out"], trees["total"]["available"]) == (50, 20, 30)
    assert boats["total"]["donated"] == 0
    [newest, *_] = told(machine.get(f"/members/{ann}/entries"))
    assert newest["reason"]["text"] == "Returned by Trees for town"
    problem(machine.call("DELETE", f"/donations/{second['id']}"), 409, "donation-returned")
    problem(machine.call("DELETE", "/donations/x"), 404, "donation-unknown")
    problem(
        machine.post(f"/members/{ann}/donations", asked | {"cause_id": "cats"}, **KEY), 422, "idempotency-key-reused"
    )
    cats = asked | {"cause_id": "cats"}
    problem(machine.post(f"/members/{ann}/donations", cats, Idempotency_Key="k-3"), 404, "cause-unknown")
    problem(machine.get("/causes/boats/entries"), 404, "cause-unknown")


def test_a_member_chooses_the_cause_that_their_orders_are_matched_for(machine: Machine, ann: str) -> None:
    chosen = told(machine.call("PUT", f"/members/{ann}/cause", json={"cause_id": "trees"}))
    none = told(machine.call("PUT", f"/members/{ann}/cause", json={"cause_id": None}))

    assert (chosen, none) == ({"cause_id": "trees"}, {"cause_id": None})
    problem(machine.call("PUT", f"/members/{ann}/cause", json={"cause_id": "cats"}), 404, "cause-unknown")


def test_answers_are_what_the_document_says(app: Flask, machine: Machine, ann: str, bob: str, home: str) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    gift = told(machine.post(f"/members/{ann}/gifts", {"points": 5}, Idempotency_Key="g"))["id"]
    donated = told(machine.post(f"/members/{ann}/donations", {"cause_id": "trees", "points": 5}, Idempotency_Key="d"))
    ids = {"household_id": home, "gift_id": gift, "donation_id": donated["id"], "cause_id": "trees", "member_id": ann}
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/households/{household_id}", None),
        ("GET", "/members/{member_id}/household", None),
        ("GET", "/households/{household_id}/entries", None),
        ("POST", "/households/{household_id}/invitations", {}),
        ("POST", "/households/{household_id}/contributions", {"member_id": ann, "points": 1}),
        ("POST", "/households", {"owner_id": bob}),
        ("POST", "/households/{household_id}/members", {"member_id": bob, "code": "X"}),
        ("POST", "/members/{member_id}/gifts", {"points": 1}),
        ("GET", "/members/{member_id}/gifts", None),
        ("POST", "/members/{member_id}/accepted-gifts", {"code": "X"}),
        ("DELETE", "/gifts/{gift_id}", None),
        ("GET", "/causes", None),
        ("GET", "/causes/{cause_id}/entries", None),
        ("POST", "/members/{member_id}/donations", {"cause_id": "trees", "points": 1}),
        ("POST", "/causes/{cause_id}/payouts", {"points": 1, "note": "x"}),
        ("DELETE", "/donations/{donation_id}", None),
        ("PUT", "/members/{member_id}/cause", {"cause_id": "trees"}),
        ("DELETE", "/households/{household_id}/members/{member_id}", None),
    ]

    for method, path, body in calls:
        answered = machine.call(method, path.format(**ids), json=body, headers={"Idempotency-Key": "k-9"})

        responses = document["paths"][f"/api/v1{path}"][method.lower()]["responses"]
        schema = responses[str(answered.status_code)]["content"][answered.content_type]["schema"]
        wrong = list(
            Draft202012Validator(schema | {"components": document["components"]}).iter_errors(
                answered.get_json(force=True)
            )
        )
        assert wrong == [], (method, path)


def told(answered: Any) -> Any:
    """The answer's data; fails where it was refused."""
    assert answered.status_code in (200, 201), answered.get_data(as_text=True)
    return answered.get_json()["data"]
