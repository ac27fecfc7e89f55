"""Activities over the API: reported once, refused with reasons, events with places, surveys with results, achievements as they stand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from plugin.loyalty.errors import Unreachable
from plugin.loyalty.outside import Person
from plugin.services.perform import World
from tests.api.conftest import new_key, new_member
from tests.api.machine import Machine, fields, problem
from tests.conftest import TestShop
from tests.fakes import FakeShopify, StepClock
from tests.services.stories import order
from tests.services.test_activities import shop_with
from tests.services.test_settle import settled

PROGRAM: dict[str, Any] = {
    "actions": [
        {"id": "review", "kind": "review", "title": "Review", "points": 50, "caps": [{"count": 2, "period": "day"}]},
        {"id": "visit", "kind": "event", "title": "Visit", "points": 20},
        {"id": "vip", "kind": "custom", "title": "For some", "points": 5, "tags": ["vip"]},
        {"id": "cake", "kind": "birthday", "title": "Birthday", "points": 10},
        {"id": "thanks", "kind": "survey", "title": "Thank you", "points": 3, "survey_id": "taste"},
    ],
    "surveys": [
        {"id": "taste", "title": "Taste", "questions": [{"id": "again", "kind": "index", "words": "Again?"}]},
    ],
    "achievements": [{"id": "two", "title": "Two orders", "metric": "orders", "steps": [{"at": 2, "points": 9}]}],
}


@pytest.fixture
def place(world: World) -> TestShop:
    return shop_with(world, **PROGRAM)


@pytest.fixture
def till(app: Flask, world: World, place: TestShop) -> Machine:
    return Machine(app.test_client(), new_key(world, place))


@pytest.fixture
def ann(world: World, place: TestShop) -> str:
    return new_member(world, place, customer=7)


def report(till: Machine, member: str, request: str = "k-1", **body: Any) -> Any:
    sent = {"action_id": "review"} | body
    return till.call("POST", f"/members/{member}/activities", json=sent, headers={"Idempotency-Key": request})


def open_event(till: Machine, clock: StepClock, **changes: Any) -> Any:
    body = {
        "action_id": "visit",
        "title": "Tasting",
        "starts_at": clock.now.isoformat(),
        "ends_at": (clock.now + timedelta(hours=2)).isoformat(),
    }
    return till.call("POST", "/events", json=body | changes)


def points(till: Machine, member: str) -> int:
    available: int = till.get(f"/members/{member}").get_json()["data"]["points"]["available"]
    return available


def test_a_report_is_answered_with_the_activity_and_can_be_undone(till: Machine, ann: str) -> None:
    made = report(till, ann)
    activity = made.get_json()["data"]

    undone = till.call("DELETE", f"/activities/{activity['id']}").get_json()["data"]

    assert made.status_code == 201
    assert made.headers["Location"] == f"/api/v1/activities/{activity['id']}"
    assert activity["points"] == 50
    assert activity["undone_at"] is None
    assert undone["undone_at"] == "2026-03-02T12:00:00Z"
    assert points(till, ann) == 0
    [back, given] = till.get(f"/members/{ann}/entries").get_json()["data"]
    assert (given["reason"], back["reason"]) == (
        {"code": "action", "text": "Review"},
        {"code": "action_undone", "text": "Taken back: Review"},
    )


def test_the_same_request_and_the_same_review_count_once(till: Machine, ann: str) -> None:
    first, again = report(till, ann, "k-1", key="r-1"), report(till, ann, "k-1", key="r-1")

    other = report(till, ann, "k-2", key="r-1")

    assert len({one.get_json()["data"]["id"] for one in (first, again, other)}) == 1
    assert points(till, ann) == 50
    problem(report(till, ann, "k-1", key="r-2"), 422, "idempotency-key-reused")


def test_a_cap_is_refused_with_when_it_opens(till: Machine, ann: str) -> None:
    for number in range(2):
        report(till, ann, f"k-{number}")

    refused = problem(report(till, ann, "k-9"), 409, "action-limit-reached")

    assert refused["opens_at"] == "2026-03-03T05:00:00Z"
    assert refused["count"] == 2
    offered = {one["action"]["id"]: one for one in till.get(f"/members/{ann}/actions").get_json()["data"]}
    assert offered["review"]["times"] == 2
    assert offered["review"]["opens_at"] == "2026-03-03T05:00:00Z"
    assert offered["visit"]["is_open"]


def test_what_cannot_be_reported_is_refused(till: Machine, ann: str, clock: StepClock) -> None:
    problem(report(till, ann, action_id="nothing"), 422, "action-unknown")
    problem(report(till, ann, action_id="cake"), 422, "action-not-reported")
    problem(report(till, "999999999"), 404, "member-unknown")
    future = (clock.now + timedelta(minutes=1)).isoformat()
    assert fields(problem(report(till, ann, occurred_at=future), 422, "invalid-request")) == {"occurred_at"}
    assert fields(problem(report(till, ann, points=5), 422, "invalid-request")) == {"points"}
    problem(till.get("/activities/1"), 404, "activity-unknown")
    problem(till.call("DELETE", "/activities/x"), 404, "activity-unknown")
    problem(till.call("POST", f"/members/{ann}/activities", json={"action_id": "review"}), 400, "invalid-request")


def test_tags_are_looked_up_at_shopify_where_they_matter(till: Machine, ann: str, shopify: FakeShopify) -> None:
    stranger = problem(report(till, ann, "k-1", action_id="vip"), 409, "action-not-for-member")
    shopify.persons[7] = Person(7, None, None, ("VIP",), None)

    known = report(till, ann, "k-2", action_id="vip")

    assert stranger["title"]
    assert known.status_code == 201


def test_nothing_is_done_when_the_tags_cannot_be_looked_up(
    till: Machine, ann: str, shopify: FakeShopify, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(_ids: object) -> dict[int, Person]:
        raise Unreachable("down")

    monkeypatch.setattr(shopify, "people", down)

    problem(report(till, ann, "k-1", action_id="vip"), 503, "try-again")

    assert report(till, ann, "k-2").status_code == 201
    assert points(till, ann) == 50


def test_activities_are_paged_newest_first(till: Machine, ann: str) -> None:
    for number in range(2):
        report(till, ann, f"k-{number}")

    page = till.get(f"/members/{ann}/activities?limit=1").get_json()
    rest = till.get(f"/members/{ann}/activities?limit=1&next={page['next']}").get_json()

    assert page["data"][0]["id"] > rest["data"][0]["id"]
    assert rest["next"] is None


def test_an_event_is_opened_entered_and_closed(till: Machine, ann: str, clock: StepClock) -> None:
    event = open_event(till, clock, code="tasting", capacity=1).get_json()["data"]

    entered = till.post(f"/members/{ann}/check-ins", {"code": "TAST-ING"})
    again = till.post(f"/members/{ann}/check-ins", {"code": "tasting"})
    closed = till.call("DELETE", f"/events/{event['id']}").get_json()["data"]

    assert event["code"] == "TAST1NG"
    assert entered.get_json()["data"] == again.get_json()["data"]
    assert closed["attended"] == 1
    assert closed["closed_at"] is not None
    assert points(till, ann) == 20
    assert [one["id"] for one in till.get("/events").get_json()["data"]] == [event["id"]]
    [entry] = till.get(f"/members/{ann}/entries").get_json()["data"]
    assert entry["reason"]["text"] == "Tasting"


def test_a_code_is_made_where_staff_give_none(till: Machine, clock: StepClock) -> None:
    codes = {open_event(till, clock).get_json()["data"]["code"] for _ in range(3)}

    assert len(codes) == 3
    assert {len(code) for code in codes} == {6}


def test_checking_in_is_refused_with_the_reason(
    till: Machine, ann: str, clock: StepClock, world: World, place: TestShop
) -> None:
    bob = new_member(world, place, customer=8)
    later = (clock.now + timedelta(hours=1)).isoformat()
    open_event(till, clock, code="SOON", starts_at=later)
    open_event(till, clock, code="SMALL", capacity=1)
    till.post(f"/members/{ann}/check-ins", {"code": "SMALL"})

    problem(till.post(f"/members/{ann}/check-ins", {"code": "WRONG"}), 422, "check-in-code-unknown")
    soon = problem(till.post(f"/members/{ann}/check-ins", {"code": "SOON"}), 409, "check-in-closed")
    full = problem(till.post(f"/members/{bob}/check-ins", {"code": "SMALL"}), 409, "event-full")
    clock.forward(hours=3)
    over = problem(till.post(f"/members/{bob}/check-ins", {"code": "SOON"}), 409, "check-in-closed")

    assert soon["opens_at"] == "2026-03-02T13:00:00Z"
    assert full["capacity"] == 1
    assert over["ended_at"] == "2026-03-02T14:00:00Z"


def test_an_event_that_makes_no_sense_is_refused(till: Machine, clock: StepClock) -> None:
    problem(open_event(till, clock, action_id="review"), 422, "action-unknown")
    problem(open_event(till, clock, ends_at=clock.now.isoformat()), 422, "invalid-request")
    open_event(till, clock, code="TWICE")
    problem(open_event(till, clock, code="twice"), 409, "check-in-code-taken")
    problem(till.get("/events/1"), 404, "event-unknown")


def test_the_last_places_go_to_as_many_as_there_are(
    app: Flask, till: Machine, clock: StepClock, world: World, place: TestShop
) -> None:
    people = [new_member(world, place, customer=100 + number) for number in range(12)]
    event = open_event(till, clock, code="CROWD", capacity=5).get_json()["data"]

    def enter(member: str) -> int:
        own = Machine(app.test_client(), till.key)
        return own.post(f"/members/{member}/check-ins", {"code": "CROWD"}).status_code

    with ThreadPoolExecutor(12) as pool:
        statuses = sorted(pool.map(enter, people))

    assert statuses == [201] * 5 + [409] * 7
    assert till.get(f"/events/{event['id']}").get_json()["data"]["attended"] == 5


def test_a_cap_holds_when_many_report_at_once(app: Flask, till: Machine, ann: str) -> None:
    def tell(number: int) -> int:
        status: int = report(Machine(app.test_client(), till.key), ann, f"k-{number}").status_code
        return status

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(tell, range(8)))

    assert statuses == [201] * 2 + [409] * 6
    assert points(till, ann) == 100


def test_a_birthday_is_told_without_a_year(till: Machine, ann: str) -> None:
    told = till.call("PUT", f"/members/{ann}/birthday", json={"month": 2, "day": 29})

    assert told.get_json() == {"data": {"month": 2, "day": 29}}
    problem(till.call("PUT", f"/members/{ann}/birthday", json={"month": 2, "day": 30}), 422, "birthday-unfit")
    problem(till.call("PUT", f"/members/{ann}/birthday", json={"month": 13, "day": 1}), 422, "invalid-request")


def test_answers_come_to_results_that_name_nobody(till: Machine, ann: str) -> None:
    path = f"/members/{ann}/surveys/taste/answers"
    empty = till.get("/surveys/taste/results").get_json()["data"]

    wrong = problem(till.post(path, {"answers": {"again": 7, "more": 1}}, Idempotency_Key="a"), 422, "answers-unfit")
    made = till.post(path, {"answers": {"again": 2}}, Idempotency_Key="b")
    told = till.get("/surveys/taste/results").get_json()["data"]

    assert empty["loyalty_index"] is None
    assert fields(wrong) == {"answers.again", "answers.more"}
    assert made.status_code == 201
    assert told == {
        "survey_id": "taste",
        "answered": 1,
        "loyalty_index": "80.0",
        "questions": [
            {"id": "again", "kind": "index", "counts": {"2": 1}, "nps": None, "loyalty_index": "80.0", "words": []}
        ],
    }
    problem(till.post(path, {"answers": {"again": 1}}, Idempotency_Key="c"), 409, "action-done")
    problem(till.get("/surveys/other/results"), 404, "survey-unknown")
    assert [one["id"] for one in till.get("/surveys").get_json()["data"]] == ["taste"]


def test_achievements_tell_how_far_a_member_is(till: Machine, ann: str, world: World, place: TestShop) -> None:
    settled(world, place, order(1))
    [before] = till.get(f"/members/{ann}/achievements").get_json()["data"]

    settled(world, place, order(2))
    [after] = till.get(f"/members/{ann}/achievements").get_json()["data"]

    assert (before["progress"], before["next_step"], before["reached"]) == (1, 2, [])
    assert (after["progress"], after["next_step"]) == (2, None)
    assert after["reached"] == [
        {
            "step": 2,
            "points": 9,
            "badge": None,
            "redemption_id": None,
            "reached_at": "2026-03-02T12:00:00Z",
            "announced": True,
        }
    ]
