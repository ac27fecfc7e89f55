"""What shoppers do besides buying, through the app proxy: only who is signed in, in their language, with when it opens again."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from plugin.loyalty.program import parse
from plugin.services import members, programs
from plugin.services.perform import World
from tests.conftest import NOON, TestShop
from tests.fakes import StepClock
from tests.services.test_activities import program_with
from tests.storefront.shopper import KEY, Shopper

PROGRAM: dict[str, Any] = {
    "actions": [
        {"id": "join", "kind": "sign_up", "title": "Join", "points": 20},
        {
            "id": "share",
            "kind": "social_share",
            "title": "Share",
            "points": 5,
            "url": "https://share.example/x",
            "caps": [{"count": 1, "period": "day"}],
        },
        {"id": "review", "kind": "review", "title": "Review", "points": 9},
        {"id": "thanks", "kind": "survey", "title": "Thanks", "points": 3, "survey_id": "taste"},
    ],
    "surveys": [{"id": "taste", "title": "Taste", "questions": [{"id": "why", "kind": "text", "words": "Why?"}]}],
}


@pytest.fixture(autouse=True)
def _program(world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program_with(**PROGRAM), by="test", now=NOON)


def error(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    told: dict[str, Any] = answer.json["error"]
    assert told["message"]
    return told


def test_a_guest_sees_what_counts_and_does_nothing(guest: Shopper) -> None:
    told = guest.get("activities").json

    assert [one["id"] for one in told["actions"]] == ["join", "share", "review", "thanks"]
    assert told["surveys"][0]["questions"][0]["words"] == "Why?"
    assert (told["birthday"], told["achievements"], told["badges"]) == (None, [], [])
    error(guest.post("activities", {"action_id": "share"}), 401, "sign-in-required")
    error(guest.post("birthday", {"month": 1, "day": 1}), 401, "sign-in-required")
    error(guest.post("check-in", {"code": "X"}), 401, "sign-in-required")


def test_joining_gives_what_signing_up_is_worth(app: Flask, shop: TestShop, clock: StepClock) -> None:
    cat = Shopper(app, shop.domain, clock, customer="7003")

    error(cat.post("activities", {"action_id": "share"}), 404, "member-unknown")
    cat.post("join", {})
    cat.post("join", {})

    assert cat.state()["member"]["available"] == 20
    assert cat.state()["history"]["entries"][0]["text"] == "Join"


def test_a_link_counts_when_it_is_followed_and_says_when_it_counts_again(ann: Shopper, clock: StepClock) -> None:
    given = ann.post("activities", {"action_id": "share"})
    double_click = ann.post("activities", {"action_id": "share"})
    clock.forward(minutes=1)

    again = error(ann.post("activities", {"action_id": "share"}), 409, "action-limit-reached")

    assert given.json == double_click.json == {"points": 5, "redemption_id": None, "url": "https://share.example/x"}
    assert again["opens_at"] == "2026-03-03T05:00:00+00:00"
    share = ann.get("activities").json["actions"][1]
    assert (share["times"], share["is_open"], share["opens_at"]) == (1, False, "2026-03-03T05:00:00+00:00")
    ann.language = "de"
    assert "Später" in error(ann.post("activities", {"action_id": "share"}), 409, "action-limit-reached")["message"]


def test_what_others_report_cannot_be_claimed_by_the_shopper(ann: Shopper) -> None:
    error(ann.post("activities", {"action_id": "review"}), 404, "action-unknown")
    error(ann.post("activities", {"action_id": "REVIEW"}), 422, "invalid-request")
    error(ann.post("activities", {"action_id": "share", "member_id": 1}), 422, "invalid-request")


def test_a_birthday_is_told_and_seen_again(ann: Shopper) -> None:
    ann.post("birthday", {"month": 5, "day": 17})

    assert ann.get("activities").json["birthday"] == {"month": 5, "day": 17}
    error(ann.post("birthday", {"month": 2, "day": 30}), 422, "birthday-unfit")


def test_a_survey_is_answered_once(ann: Shopper, world: World, shop: TestShop) -> None:
    body = {"survey_id": "taste", "answers": {"why": "Lovely"}, "request_key": KEY}

    first, again = ann.post("survey", body), ann.post("survey", body)
    other = ann.post("survey", body | {"request_key": KEY.replace("0f", "1f")})

    assert first.json == again.json == {"points": 3, "redemption_id": None}
    error(other, 409, "action-done")
    error(ann.post("survey", body | {"answers": {}}), 422, "answers-unfit")
    error(ann.post("survey", body | {"survey_id": "none"}), 404, "survey-unknown")


def test_nothing_counts_while_the_program_is_off(ann: Shopper, world: World, shop: TestShop, clock: StepClock) -> None:
    with world.database.transaction(shop.id) as session:
        off = parse(program_with(**PROGRAM).model_dump(mode="json") | {"is_live": False})
        programs.publish(session, off, by="test", now=clock.now)
        member = members.by_customer(session, 7001)

    answer = ann.get("activities")

    assert member is not None
    error(answer, 404, "program-not-live")
