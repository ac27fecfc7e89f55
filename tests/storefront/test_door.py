"""What shoppers read and do through the app proxy."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask

from plugin.loyalty.errors import Refused, Unreachable
from plugin.loyalty.program import Program, default_program
from plugin.services import programs
from plugin.services.perform import World, perform_due
from plugin.services.settle import settle
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify, StepClock
from tests.services.stories import order
from tests.storefront.shopper import KEY, PromptBell, Shopper

OTHER_KEY = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
GIFT_KEY = "16fd2706-8baf-433b-82eb-8c7fada847da"


def publish(world: World, shop: TestShop, program: Program) -> None:
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program, by="test", now=NOON)


def redemptions_of(world: World, shop: TestShop) -> int:
    with world.database.transaction(shop.id) as session:
        [(count,)] = session.sql("SELECT count(*) FROM redemptions WHERE shop_id = %s", shop.id)
    return int(count)


def handle_of(shopper: Shopper) -> str:
    handle: str = shopper.state()["member"]["referral_handle"]
    return handle


# --- state --------------------------------------------------------------------------------------------------------------


def test_a_guest_sees_the_program_and_no_member(guest: Shopper) -> None:
    told = guest.state()

    assert told["is_live"]
    assert not told["is_signed_in"]
    assert told["member"] is None
    assert told["redemptions"] == []
    assert told["history"]["entries"] == []
    assert told["program"]["earning"] == {"points": 1, "per": {"amount": "1", "currency": "USD"}, "pending_days": 0}
    assert [reward["is_affordable"] for reward in told["rewards"]] == [False] * 4


def test_a_member_sees_points_and_what_they_reach_for(ann: Shopper) -> None:
    told = ann.state()

    assert told["member"] | {"referral_handle": ""} == {
        "available": 500,
        "pending": 0,
        "held": 0,
        "debt": 0,
        "referral_handle": "",
        "expiring": None,
    }
    prices = [(reward["id"], reward["points"]["minimum"], reward["is_affordable"]) for reward in told["rewards"]]
    assert prices == [
        ("money-slider", 60, True),
        ("free-shipping", 120, True),
        ("amount-off", 150, True),
        ("ten-percent", 200, True),
    ]
    assert told["rewards"][0]["points"] == {"minimum": 60, "maximum": 3000, "step": 30, "reach": 480}
    assert told["rewards"][0]["step_value"] == "1"


@pytest.mark.parametrize("path", ["state", "program"])
def test_a_program_in_set_up_shows_nothing(world: World, shop: TestShop, ann: Shopper, path: str) -> None:
    publish(world, shop, default_program("USD", is_live=False))

    answer = ann.get(path)

    assert (answer.status_code, answer.json) == (200, {"is_live": False})


def test_a_program_switched_off_refuses_everything_else(world: World, shop: TestShop, ann: Shopper) -> None:
    nonce, taken = ann.state()["nonce"], ann.redeem().json["id"]
    publish(world, shop, default_program("USD", is_live=False))

    answers = [
        ann.get("history"),
        ann.get(f"redemption/{taken}"),
        ann.post("join", {}, nonce=nonce),
        ann.post("redeem", {"reward_id": "free-shipping", "request_key": OTHER_KEY}, nonce=nonce),
        ann.get("referral", ref="ABCDEFGH12"),
    ]

    assert [answer.json["error"]["code"] for answer in answers] == ["program-not-live"] * 4 + ["referral-closed"]


def test_points_are_called_what_the_merchant_calls_them_in_the_shoppers_language(
    world: World, shop: TestShop, ann: Shopper
) -> None:
    names = {"en": {"one": "bean", "other": "beans"}, "de": {"one": "Bohne", "other": "Bohnen"}}
    document = default_program("USD", is_live=True).model_dump() | {"points_name": names}
    publish(world, shop, Program.model_validate(document))

    heard = {}
    for ann.language in ("en", "de-AT", "fr", "xx"):
        heard[ann.language] = ann.state()["program"]["points_name"]["other"]

    assert heard == {"en": "beans", "de-AT": "Bohnen", "fr": "beans", "xx": "beans"}


def test_points_nobody_named_are_not_called_in_english_abroad(ann: Shopper) -> None:
    ann.language = "de"

    assert ann.state()["program"]["points_name"] == {"one": "Punkt", "other": "Punkte"}


def test_a_customer_joins_and_joining_twice_is_joining_once(app: Flask, shop: TestShop, clock: StepClock) -> None:
    newcomer = Shopper(app, shop.domain, clock, customer="7100")

    first, again = newcomer.post("join", {}), newcomer.post("join", {})

    assert first.status_code == again.status_code == 200
    assert first.json["member"] == again.json["member"]
    assert len(first.json["member"]["referral_handle"]) == 10


# --- redeeming ----------------------------------------------------------------------------------------------------------


def test_a_reward_becomes_a_code_that_stands_in_the_store(ann: Shopper, shopify: FakeShopify) -> None:
    answer = ann.redeem("amount-off")

    assert answer.status_code == 200
    assert answer.json["state"] == "issued"
    assert shopify.discounts[answer.json["code"]].spec.customer_id == 7001
    assert answer.json["worth"] == {"kind": "amount_off", "amount": "5", "currency": "USD"}
    told = ann.state()
    assert (told["member"]["available"], told["member"]["held"]) == (350, 150)
    assert [each["code"] for each in told["redemptions"]] == [answer.json["code"]]


def test_a_slider_takes_the_points_that_were_chosen(ann: Shopper, shopify: FakeShopify) -> None:
    answer = ann.redeem("money-slider", points=90)

    assert (answer.json["points"], answer.json["worth"]["amount"]) == (90, "3")


def test_a_code_that_is_still_being_made_is_not_shown(
    ann: Shopper, bell: PromptBell, world: World, shop: TestShop
) -> None:
    bell.is_deaf = True

    answer = ann.redeem()
    perform_due(world, shop.id, shop.domain)
    later = ann.get(f"redemption/{answer.json['id']}")

    assert (answer.status_code, answer.json["state"], answer.json["code"]) == (202, "held", None)
    assert later.json["state"] == "issued"
    assert later.json["code"]


def test_the_same_request_twice_takes_one_reward(ann: Shopper, world: World, shop: TestShop) -> None:
    first, again = ann.redeem(), ann.redeem()

    assert first.json == again.json
    assert redemptions_of(world, shop) == 1
    assert ann.state()["member"]["available"] == 380


def test_a_double_click_takes_one_reward_even_when_points_reach_for_one_only(
    bob: Shopper, world: World, shop: TestShop
) -> None:
    nonce, start = bob.state()["nonce"], Barrier(4)
    answers: list[Any] = []

    def click() -> None:
        start.wait()
        answers.append(bob.post("redeem", {"reward_id": "free-shipping", "request_key": KEY}, nonce=nonce))

    threads = [Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} <= {200, 202}, [answer.text for answer in answers]
    assert len({answer.json["id"] for answer in answers}) == 1
    assert redemptions_of(world, shop) == 1


def test_the_same_key_for_another_reward_is_refused(ann: Shopper) -> None:
    ann.redeem("free-shipping")

    answer = ann.redeem("amount-off")

    assert (answer.status_code, answer.json["error"]["code"]) == (422, "idempotency-key-reused")


def test_one_customers_key_is_not_anothers(ann: Shopper, bob: Shopper) -> None:
    first, other = ann.redeem(), bob.redeem()

    assert first.json["id"] != other.json["id"]


def test_too_few_points_are_refused_with_both_figures(bob: Shopper) -> None:
    english = bob.redeem("amount-off")
    bob.language = "de"
    german = bob.redeem("amount-off")

    assert english.status_code == german.status_code == 422
    assert english.json["error"] == {
        "code": "insufficient-points",
        "message": "This needs 150 points, and you have 130.",
    }
    assert german.json["error"]["message"] == "Dafür brauchst du 150 Punkte, du hast 130."


def test_a_refusal_is_not_remembered(bob: Shopper, world: World, shop: TestShop) -> None:
    from plugin.services import members

    refused = bob.redeem("amount-off")
    with world.database.transaction(shop.id) as session:
        member_id = members.by_customer(session, 7002)
        assert member_id is not None
        members.adjust(session, member_id, 20, words="gift", author="staff", key="more", now=NOON)

    assert (refused.status_code, bob.redeem("amount-off").status_code) == (422, 200)


@pytest.mark.parametrize(
    ("body", "status", "code", "said"),
    [
        ({"reward_id": "money-slider", "points": 95}, 422, "points-out-of-range", "60 to 3,000 points, in steps of 30"),
        ({"reward_id": "money-slider"}, 422, "points-out-of-range", "60 to 3,000"),
        ({"reward_id": "gone"}, 404, "reward-unavailable", "not offered"),
    ],
)
def test_refusals_say_what_it_takes(ann: Shopper, body: dict[str, Any], status: int, code: str, said: str) -> None:
    answer = ann.post("redeem", {**body, "request_key": KEY})

    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    assert said in answer.json["error"]["message"]


def test_redeeming_pauses_while_the_books_are_checked(ann: Shopper, world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        session.sql("UPDATE shop_details SET spending_stopped_at = %s WHERE shop_id = %s", NOON, shop.id)

    answer = ann.redeem()

    assert (answer.status_code, answer.json["error"]["code"]) == (503, "spending-stopped")


def test_a_code_shopify_refuses_gives_the_points_back(ann: Shopper, shopify: FakeShopify) -> None:
    shopify.failing_before.append(Refused("no", errors=(("INVALID", "no"),)))

    answer = ann.redeem()

    assert (answer.status_code, answer.json["state"], answer.json["code"]) == (200, "failed", None)
    assert ann.state()["member"]["available"] == 500


def test_a_shopify_that_is_down_leaves_the_points_reserved(ann: Shopper, shopify: FakeShopify) -> None:
    shopify.failing_before.append(Unreachable("down"))

    answer = ann.redeem()

    assert (answer.status_code, answer.json["state"]) == (202, "held")
    assert ann.state()["member"]["held"] == 120


def test_cancelling_gives_the_points_back_and_twice_is_once(ann: Shopper, shopify: FakeShopify) -> None:
    taken = ann.redeem().json

    first, again = (ann.post("cancel", {"redemption_id": taken["id"]}) for _ in range(2))

    assert (first.status_code, first.json["state"], first.json["code"]) == (200, "released", None)
    assert (again.status_code, again.json["state"]) == (200, "released")
    assert not shopify.discounts[taken["code"]].is_active
    assert ann.state()["member"]["available"] == 500


def test_a_cancelled_code_is_hidden_while_it_is_being_switched_off(ann: Shopper, bell: PromptBell) -> None:
    taken = ann.redeem().json
    bell.is_deaf = True

    answer = ann.post("cancel", {"redemption_id": taken["id"]})

    assert (answer.status_code, answer.json["is_returning"], answer.json["code"]) == (202, True, None)


def test_a_used_code_cannot_be_cancelled(ann: Shopper, world: World, shop: TestShop) -> None:
    taken = ann.redeem().json
    with world.database.transaction(shop.id) as session:
        settle(session, [order(1, customer=7001, codes=[taken["code"]])], keys=world.keys, now=NOON)

    answer = ann.post("cancel", {"redemption_id": taken["id"]})

    assert (answer.status_code, answer.json["error"]["code"]) == (409, "redemption-over")


# --- history ------------------------------------------------------------------------------------------------------------


def test_history_tells_reasons_in_the_shoppers_language(ann: Shopper, world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        settle(session, [order(1001, customer=7001)], keys=world.keys, now=NOON)
    ann.redeem()
    ann.language = "fr"

    told = ann.get("history").json

    assert [(each["text"], each["change"]) for each in told["entries"]] == [
        ("Réservés pour une récompense", -120),
        ("Gagnés avec la commande #1001", 50),
        ("Modifiés par la boutique", 500),
    ]
    assert told["next"] is None


def test_history_continues_where_it_stopped(ann: Shopper, world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        orders = [order(1000 + number, customer=7001) for number in range(30)]
        settle(session, orders, keys=world.keys, now=NOON)

    first = ann.get("history").json
    rest = ann.get("history", before=str(first["next"])).json

    texts = [each["text"] for each in first["entries"] + rest["entries"]]
    assert (len(first["entries"]), len(rest["entries"]), rest["next"]) == (20, 11, None)
    assert len(set(texts)) == 31


def test_a_friends_order_is_never_named_to_the_advocate(
    ann: Shopper, guest: Shopper, world: World, shop: TestShop
) -> None:
    handle = handle_of(ann)
    with world.database.transaction(shop.id) as session:
        settle(session, [order(2002, customer=8001, referral=handle)], keys=world.keys, now=NOON)

    answer = ann.get("history")

    assert answer.json["entries"][0]["text"] == "A friend you referred placed an order"
    assert "2002" not in answer.text


# --- a friend's gift ----------------------------------------------------------------------------------------------------


def test_a_friend_reads_the_offer_and_claims_a_code_without_signing_in(
    ann: Shopper, guest: Shopper, shopify: FakeShopify
) -> None:
    handle = handle_of(ann)

    offer = guest.get("referral", ref=handle)
    answer = guest.post("claim", {"ref": handle, "request_key": GIFT_KEY})

    assert offer.json["worth"] == {"kind": "amount_off", "amount": "5", "currency": "USD"}
    assert (answer.status_code, answer.json["state"]) == (200, "issued")
    assert shopify.discounts[answer.json["code"]].spec.customer_id is None
    assert guest.get(f"claim/{answer.json['id']}").json == answer.json


def test_a_guests_repeated_request_gets_the_same_gift(ann: Shopper, guest: Shopper, shopify: FakeShopify) -> None:
    body = {"ref": handle_of(ann), "request_key": GIFT_KEY}

    first, again = guest.post("claim", body), guest.post("claim", body)

    assert first.json == again.json
    assert len(shopify.discounts) == 1


def test_a_signed_in_friend_gets_one_gift_from_each_link(
    ann: Shopper, app: Flask, shop: TestShop, clock: StepClock, shopify: FakeShopify
) -> None:
    friend, handle = Shopper(app, shop.domain, clock, customer="9001"), handle_of(ann)

    first = friend.post("claim", {"ref": handle, "request_key": GIFT_KEY})
    again = friend.post("claim", {"ref": handle, "request_key": OTHER_KEY})

    assert first.json["code"] == again.json["code"]
    assert len(shopify.discounts) == 1


def test_nobody_refers_themselves(ann: Shopper) -> None:
    answer = ann.post("claim", {"ref": handle_of(ann), "request_key": GIFT_KEY})

    assert (answer.status_code, answer.json["error"]["code"]) == (403, "referral-for-new-customers")


def test_an_unknown_link_is_said_to_be_unknown(guest: Shopper) -> None:
    answer = guest.get("referral", ref="ZZZZZZZZZZ")

    assert (answer.status_code, answer.json["error"]["code"]) == (404, "referral-unknown")


# --- words are words ----------------------------------------------------------------------------------------------------


def test_liquid_and_markup_in_a_merchants_words_stay_text(world: World, shop: TestShop, ann: Shopper) -> None:
    nasty = "{{ shop.secret }}<script>alert(1)</script>"
    program = default_program("USD", is_live=True).model_copy(update={"name": nasty})
    publish(world, shop, program)

    answer = ann.get("state")

    assert answer.content_type == "application/json"
    assert answer.json["program"]["name"] == nasty
