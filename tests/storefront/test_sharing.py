"""Sharing at the storefront: who asks is who is signed in, codes are told to those who made them only, and no says why."""

from __future__ import annotations

from typing import Any

import pytest

from plugin.services import programs
from plugin.services.perform import World
from tests.conftest import TestShop
from tests.services.sharing import sharing_program
from tests.storefront.shopper import KEY, Shopper


@pytest.fixture(autouse=True)
def _sharing_is_on(world: World, shop: TestShop) -> None:
    program = sharing_program(
        causes={"match": {"percent": "10"}}, households={"limit_points": 200}, gifts={"minimum_points": 10}
    )
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program, by="test", now=world.clock())


def test_two_shoppers_share_a_pool_and_one_takes_a_reward_from_it(ann: Shopper, bob: Shopper) -> None:
    ok(ann.post("household/found", {}))
    code = ok(ann.post("household/invite", {}))["code"]
    ok(bob.post("household/join", {"code": code}))
    ok(ann.post("household/put-in", {"points": 300, "request_key": KEY}))
    again = ok(ann.post("household/put-in", {"points": 300, "request_key": KEY}))

    taken = ok(bob.redeem("free-shipping", from_household=True))

    assert again["household"]["points"]["available"] == 300
    assert taken["code"]
    seen = ok(bob.get("sharing"))["household"]
    assert (seen["is_owner"], seen["points"]["held"]) == (False, 120)
    assert [(each["is_you"], each["is_owner"], each["put_in"], each["left"]) for each in seen["members"]] == [
        (False, True, 300, 200),
        (True, False, 0, 80),
    ]
    assert [each["id"] for each in bob.state()["redemptions"]] == [taken["id"]]
    assert ann.state()["redemptions"] == []
    refused(bob.redeem("free-shipping", key=f"{KEY}-2", from_household=True), 422, "household-limit-reached")
    refused(ann.get(f"redemption/{taken['id']}"), 404, "redemption-unknown")


def test_only_the_owner_invites_and_sends_away_and_anybody_leaves(ann: Shopper, bob: Shopper) -> None:
    ok(ann.post("household/found", {}))
    ok(bob.post("household/join", {"code": ok(ann.post("household/invite", {}))["code"]}))
    [owner, other] = ok(bob.get("sharing"))["household"]["members"]

    refused(bob.post("household/invite", {}), 403, "not-the-owner")
    refused(bob.post("household/send-away", {"member": owner["member"]}), 403, "not-the-owner")
    ok(ann.post("household/send-away", {"member": other["member"]}))

    assert ok(bob.get("sharing"))["household"] is None
    refused(bob.post("household/leave", {}), 409, "not-in-household")
    assert ok(ann.post("household/leave", {}))["household"] is None


def test_a_gifts_code_is_told_to_its_giver_only(ann: Shopper, bob: Shopper) -> None:
    made = ok(ann.post("gift/give", {"points": 40, "message": "Enjoy", "request_key": KEY}))
    again = ok(ann.post("gift/give", {"points": 40, "message": "Enjoy", "request_key": KEY}))

    taken = ok(bob.post("gift/accept", {"code": made["code"].lower()}))

    assert made == again
    assert (taken["state"], taken["code"], taken["message"], taken["is_given"]) == ("accepted", None, "Enjoy", False)
    assert bob.state()["member"]["available"] == 170
    [seen] = ok(ann.get("sharing"))["gifts"]
    assert (seen["state"], seen["is_given"], seen["code"]) == ("accepted", True, None)
    refused(ann.post("gift/take-back", {"gift_id": made["id"]}), 409, "gift-over")


def test_a_gift_is_taken_back_by_its_giver_and_by_nobody_else(ann: Shopper, bob: Shopper) -> None:
    made = ok(ann.post("gift/give", {"points": 40, "request_key": KEY}))

    refused(bob.post("gift/take-back", {"gift_id": made["id"]}), 404, "gift-unknown")
    refused(ann.post("gift/accept", {"code": made["code"]}), 409, "gift-to-oneself")
    refused(bob.post("gift/accept", {"code": "0123456789ABCDEF"}), 404, "gift-unknown")
    ok(ann.post("gift/take-back", {"gift_id": made["id"]}))

    assert ann.state()["member"]["available"] == 500


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en", "A gift is at least 10 points."),
        ("de", "Ein Geschenk sind mindestens 10 Punkte."),
        ("fr", "Un cadeau est d'au moins 10 points."),
        ("es", "Un regalo es de al menos 10 puntos."),
        ("tr", "Bir hediye en az 10 puan olur."),
        ("ja", "ギフトは10ポイントから贈れます。"),
        ("pt", "A gift is at least 10 points."),
    ],
)
def test_a_refusal_is_told_in_the_shoppers_language(ann: Shopper, language: str, message: str) -> None:
    ann.language = language

    told = refused(ann.post("gift/give", {"points": 9, "request_key": KEY}), 422, "gift-too-small")

    assert told["message"] == message


def test_points_are_donated_once_and_everybody_sees_the_total(ann: Shopper, guest: Shopper) -> None:
    for _ in range(2):
        ok(ann.post("cause/donate", {"cause_id": "trees", "points": 50, "request_key": KEY}))

    [trees, boats] = ok(guest.get("causes"))["causes"]

    assert (trees["title"], trees["total"]["donated"], trees["total"]["donors"]) == ("Trees for town", 50, 1)
    assert boats["total"]["donated"] == 0
    assert ann.state()["history"]["entries"][0]["text"] == "Donated to Trees for town"
    refused(
        ann.post("cause/donate", {"cause_id": "cats", "points": 5, "request_key": f"{KEY}-2"}), 404, "cause-unknown"
    )


def test_totals_are_shown_only_where_the_merchant_shows_them(
    ann: Shopper, guest: Shopper, world: World, shop: TestShop
) -> None:
    ok(ann.post("cause/donate", {"cause_id": "trees", "points": 50, "request_key": KEY}))
    with world.database.transaction(shop.id) as session:
        programs.publish(session, sharing_program(causes={"shows_totals": False}), by="test", now=world.clock())

    assert [each["total"] for each in ok(guest.get("causes"))["causes"]] == [None, None]


def test_a_shopper_chooses_a_cause_and_takes_it_back(ann: Shopper) -> None:
    chosen = ok(ann.post("cause/choose", {"cause_id": "trees"}))["chosen_cause"]
    none = ok(ann.post("cause/choose", {"cause_id": None}))["chosen_cause"]

    assert (chosen, none) == ("trees", None)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("household/found", {}),
        ("household/join", {"code": "0123456789ABCDEF"}),
        ("gift/give", {"points": 40, "request_key": KEY}),
        ("gift/accept", {"code": "0123456789ABCDEF"}),
        ("cause/donate", {"cause_id": "trees", "points": 50, "request_key": KEY}),
        ("cause/choose", {"cause_id": "trees"}),
    ],
)
def test_a_guest_shares_nothing(guest: Shopper, path: str, body: dict[str, Any]) -> None:
    refused(guest.post(path, body), 401, "sign-in-required")


def test_what_is_switched_off_is_said(ann: Shopper, world: World, shop: TestShop) -> None:
    off = sharing_program(households={"is_on": False}, gifts={"is_on": False})
    with world.database.transaction(shop.id) as session:
        programs.publish(session, off, by="test", now=world.clock())

    refused(ann.post("household/found", {}), 410, "households-closed")
    refused(ann.post("gift/give", {"points": 40, "request_key": KEY}), 410, "gifts-closed")
    assert ok(ann.get("sharing"))["offers"] == {"households": None, "gifts": None}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("gift/give", {"points": 0, "request_key": KEY}),
        ("gift/give", {"points": 40, "request_key": KEY, "giver": "7002"}),
        ("household/send-away", {"member": "bob"}),
        ("cause/donate", {"cause_id": "Trees!", "points": 5, "request_key": KEY}),
    ],
)
def test_what_cannot_be_meant_is_refused(ann: Shopper, path: str, body: dict[str, Any]) -> None:
    refused(ann.post(path, body), 422, "invalid-request")


def test_without_a_nonce_of_ones_own_nothing_is_given(ann: Shopper) -> None:
    refused(ann.post("gift/give", {"points": 40, "request_key": KEY}, nonce="x"), 403, "session-expired")


def ok(answered: Any) -> Any:
    assert answered.status_code == 200, answered.text
    return answered.json


def refused(answered: Any, status: int, code: str) -> Any:
    assert (answered.status_code, answered.json["error"]["code"]) == (status, code)
    return answered.json["error"]
