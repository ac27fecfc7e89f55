"""Rewards over the API: what a member can take and why not, the queue of tasks, and what staff give back."""

from __future__ import annotations

from typing import Any

import pytest

from plugin.loyalty.program import default_program, dump, parse
from plugin.services import programs
from plugin.services.perform import World, perform_due
from tests.api.machine import Machine, fields, problem
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify

REWARDS: list[dict[str, Any]] = [
    {"id": "five", "kind": "amount_off", "title": "Five", "titles": {"de": "Fünf"}, "price_points": 100, "value": "5"},
    {"id": "cap", "kind": "free_product", "title": "Cap", "price_points": 50, "product_id": 501, "stock": 0},
    {"id": "tenth", "kind": "percent_off", "title": "10 %", "price_points": 60, "value": "10", "maximum": "20"},
    {"id": "spa", "kind": "experience", "title": "Spa", "price_points": 80},
    {"id": "card", "kind": "gift_card", "title": "Card", "price_points": 90, "value": "9", "values": {"EUR": "8"}},
    {"id": "secret", "kind": "free_shipping", "title": "Secret", "price_points": 10, "is_hidden": True},
    {"id": "dear", "kind": "free_shipping", "title": "Dear", "price_points": 9000},
]


@pytest.fixture(autouse=True)
def _rewards(world: World, shop: TestShop) -> None:
    program = parse(dump(default_program("USD", is_live=True)) | {"rewards": REWARDS})
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program, by="test", now=NOON)


def test_what_only_some_rewards_have_is_told_of_those(machine: Machine) -> None:
    told = {each["id"]: each for each in machine.get("/rewards").get_json()["data"]}

    assert "secret" not in told
    assert (told["cap"]["product_id"], told["cap"]["stock"]) == ("501", 0)
    assert told["tenth"]["maximum"] == {"amount": "20.00", "currency": "USD"}
    assert told["card"]["values"] == [{"amount": "8.00", "currency": "EUR"}]
    assert "stock" not in told["five"]


def test_titles_are_told_in_the_readers_language(machine: Machine) -> None:
    told = machine.get("/rewards", accept_language="de").get_json()["data"]

    assert told[0]["title"] == "Fünf"


def test_each_reward_says_what_the_cart_makes_of_it_or_why_not(machine: Machine, ann: str) -> None:
    told = machine.get(f"/members/{ann}/rewards?cart_total=4.00").get_json()["data"]

    seen = {each["reward"]["id"]: (each["proposal"] or {}).get("points") or each["refusal"]["code"] for each in told}
    assert seen == {
        "five": "cart-too-small",
        "cap": "reward-out-of-stock",
        "tenth": 60,
        "spa": 80,
        "card": 90,
        "dear": "insufficient-points",
    }


def test_an_amount_that_is_none_is_refused_by_name(machine: Machine, ann: str) -> None:
    response = machine.get(f"/members/{ann}/rewards?cart_total=lots&channel=pos")

    assert fields(problem(response, 400, "invalid-request")) == {"cart_total"}


def test_a_reward_that_is_out_of_stock_says_so(machine: Machine, ann: str) -> None:
    response = machine.redeem(ann, "cap")

    told = problem(response, 409, "reward-out-of-stock")
    assert (told["detail"], told["stock"]) == ("All 0 of this reward are taken.", 0)


def test_a_task_waits_until_staff_have_done_it(machine: Machine, ann: str) -> None:
    made = machine.redeem(ann, "spa").get_json()["data"]
    [waiting] = machine.get("/tasks?state=open").get_json()["data"]

    done = machine.post(f"/tasks/{made['id']}/done", {"note": "lovely"}).get_json()["data"]

    assert (waiting["id"], waiting["title"], waiting["state"]) == (made["id"], "Spa", "open")
    assert (done["state"], done["note"]) == ("done", "lovely")
    assert machine.get("/tasks?state=open").get_json()["data"] == []
    assert machine.post(f"/tasks/{made['id']}/cancel", {}).status_code == 409


def test_a_return_is_done_once_for_each_key(machine: Machine, ann: str, world: World, shop: TestShop) -> None:
    made = machine.redeem(ann, "card").get_json()["data"]
    path, body = f"/redemptions/{made['id']}/return", {"reason": "sorry"}

    first = machine.post(path, body, idempotency_key="once")
    again = machine.post(path, body, idempotency_key="once")
    perform_due(world, shop.id, shop.domain)

    assert [first.status_code, again.status_code] == [202, 202]
    assert machine.get(f"/redemptions/{made['id']}").get_json()["data"]["restored_points"] == 90


def test_a_return_needs_a_reason_and_a_key(machine: Machine, ann: str) -> None:
    made = machine.redeem(ann, "five").get_json()["data"]

    without_reason = machine.post(f"/redemptions/{made['id']}/return", {}, idempotency_key="a")
    without_key = machine.post(f"/redemptions/{made['id']}/return", {"reason": "sorry"})

    assert fields(problem(without_reason, 422, "invalid-request")) == {"reason"}
    assert fields(problem(without_key, 400, "invalid-request")) == {"Idempotency-Key"}


def test_the_code_of_a_card_for_somebody_else_is_not_told(machine: Machine, ann: str, shopify: FakeShopify) -> None:
    recipient = {"email": "friend@example.com", "name": "Friend"}

    made = machine.post(
        f"/members/{ann}/redemptions", {"reward_id": "card", "recipient": recipient}, idempotency_key="gift"
    ).get_json()

    assert (made["data"]["state"], made["data"]["code"]) == ("used", None)
    [card] = shopify.cards.values()
    assert card.spec.recipient is not None


def test_a_recipient_must_have_an_address(machine: Machine, ann: str) -> None:
    response = machine.post(
        f"/members/{ann}/redemptions", {"reward_id": "card", "recipient": {"email": "nobody"}}, idempotency_key="gift"
    )

    assert fields(problem(response, 422, "invalid-request")) == {"recipient.email"}
