"""Referrals over the API: staff see what speaks against one, have the last word, and count channels."""

from __future__ import annotations

from typing import Any

import pytest

from plugin.loyalty.program import Referral, Suspicion, default_program
from plugin.loyalty.suspicion import Personal
from plugin.services import members, programs, referrals
from plugin.services.perform import World, perform_due
from tests.api.machine import Machine, fields, problem
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify
from tests.services.stories import order
from tests.services.test_settle import settled

ANN = 7001


@pytest.fixture
def suspected(world: World, shop: TestShop, shopify: FakeShopify, ann: str) -> str:
    """The handle of ann, whose friend 8001 uses an alias of her mailbox and 8002 nothing of hers."""
    terms = Referral(friend_points=20, suspicion=Suspicion(is_on=True))
    program = default_program("USD", is_live=True).model_copy(update={"referral": terms})
    shopify.seen_people = {ANN: Personal(mails=["ann@example.com"]), 8001: Personal(mails=["ann+1@example.com"])}
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program, by="test", now=NOON)
        handle = members.view(session, int(ann), handle_key=b"h" * 32, now=NOON).referral_code
    settled(world, shop, order(1, customer=8001, referral=handle), order(2, customer=8002, referral=handle))
    while perform_due(world, shop.id, shop.domain):
        continue
    return handle


def listed(machine: Machine, **query: str) -> list[dict[str, Any]]:
    text = "&".join(f"{name}={value}" for name, value in query.items())
    found: list[dict[str, Any]] = machine.get(f"/referrals?{text}").get_json()["data"]
    return found


def test_staff_see_states_signals_and_reasons(machine: Machine, ann: str, suspected: str) -> None:
    [blocked], [rewarded] = listed(machine, state="blocked"), listed(machine, state="rewarded")

    assert (blocked["order_id"], blocked["advocate_id"], blocked["brought_by"], blocked["score"]) == (
        "1",
        ann,
        "link",
        90,
    )
    assert [signal["code"] for signal in blocked["signals"]] == ["same_mailbox"]
    assert blocked["signals"][0]["text"] == "Both use the same mailbox, perhaps by an alias"
    assert blocked["reason"] == {"code": "suspicion", "text": "Too much speaks against it"}
    assert (rewarded["order_id"], rewarded["signals"], rewarded["checked"], rewarded["decided"]) == (
        "2",
        [],
        True,
        None,
    )
    assert machine.get(f"/referrals/{blocked['id']}").get_json()["data"] == blocked


def test_staff_have_the_last_word_and_it_says_whose_it_was(machine: Machine, ann: str, suspected: str) -> None:
    [blocked] = listed(machine, state="blocked")

    approved = machine.post(f"/referrals/{blocked['id']}/approve", {"reason": "Her daughter"}).get_json()["data"]
    again = machine.post(f"/referrals/{blocked['id']}/approve", {"reason": "Her daughter"}).get_json()["data"]
    points = machine.get(f"/members/{ann}").get_json()["data"]["points"]["available"]

    assert (approved["state"], approved["score"]) == ("rewarded", 90)
    assert approved["decided"] | {"at": ""} == {
        "decision": "approve",
        "by": "API key till",
        "reason": "Her daughter",
        "at": "",
    }
    assert again == approved
    assert points == 500 + 2 * 150


def test_what_cannot_be_decided_is_refused(machine: Machine, world: World, shop: TestShop, suspected: str) -> None:
    [rewarded] = listed(machine, state="rewarded")
    settled(world, shop, order(2, customer=8002, referral=suspected, refunds=[(1, "50.00", 1)]))

    over = machine.post(f"/referrals/{rewarded['id']}/approve", {"reason": "please"})
    unknown = machine.post("/referrals/0f8fad5b-d9cb-469f-a165-70867728950e/block", {"reason": "x"})
    silent = machine.post(f"/referrals/{rewarded['id']}/block", {"reason": " "})

    assert problem(over, 409, "referral-over")["state"] == "void"
    problem(unknown, 404, "referral-unknown")
    problem(machine.get("/referrals/none"), 404, "referral-unknown")
    assert fields(problem(silent, 422, "invalid-request")) == {"reason"}


def test_lists_page_and_refuse_what_they_cannot_read(machine: Machine, ann: str, suspected: str) -> None:
    first = machine.get("/referrals?limit=1").get_json()
    second = machine.get(f"/referrals?limit=1&next={first['next']}").get_json()

    assert {first["data"][0]["order_id"], second["data"][0]["order_id"]} == {"1", "2"}
    assert second["next"] is None
    assert len(listed(machine, member_id=ann)) == 2
    assert fields(problem(machine.get("/referrals?state=happy"), 400, "invalid-request")) == {"state"}
    problem(machine.get("/referrals?member_id=99999999"), 404, "member-unknown")
    assert fields(problem(machine.get("/referrals/channels?since=may"), 400, "invalid-request")) == {"since"}


def test_channels_are_counted_from_click_to_reward(
    machine: Machine, ann: str, world: World, shop: TestShop, suspected: str
) -> None:
    with world.database.transaction(shop.id) as session:
        referrals.clicked(session, suspected, channel="qr", now=NOON)

    everybody = machine.get("/referrals/channels?since=2026-03-01&until=2026-03-31").get_json()["data"]
    before = machine.get("/referrals/channels?until=2026-02-28").get_json()["data"]
    hers = machine.get(f"/referrals/channels?member_id={ann}").get_json()["data"]

    assert everybody == [
        {"channel": "other", "clicks": 0, "claims": 0, "ordered": 2, "rewarded": 1},
        {"channel": "qr", "clicks": 1, "claims": 0, "ordered": 0, "rewarded": 0},
    ]
    assert hers == everybody
    assert before == []


def test_a_program_that_rewards_with_what_is_not_there_is_refused(machine: Machine) -> None:
    document = machine.get("/program").get_json()["data"]

    answer = machine.call("PUT", "/program", json=document | {"referral": {"advocate_reward": "yacht"}})

    assert "yacht" in problem(answer, 422, "invalid-program")["errors"][0]["message"]
