"""Members over the API: found, paged, read, adjusted, in exactly the shapes that were promised."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.loyalty.program import Earning, default_program
from plugin.services import forget, members
from plugin.services.perform import World
from tests.api.conftest import new_key, new_member
from tests.api.machine import Machine, fields, problem
from tests.conftest import TestShop, make_shop
from tests.fakes import StepClock
from tests.services.stories import order
from tests.services.test_settle import settled


def test_a_member_is_found_by_their_shopify_customer(machine: Machine, ann: str, shop: TestShop) -> None:
    response = machine.get("/members?shopify_customer_id=7001")

    assert response.status_code == 200
    [member] = response.get_json()["data"]
    code = member["referral"]["code"]
    assert response.get_json()["next"] is None
    assert member == {
        "id": ann,
        "shopify_customer_id": "7001",
        "points": {"pending": 0, "available": 500, "held": 0, "debt": 0},
        "tier": None,
        "referral": {"code": code, "url": f"https://{shop.domain}/?ref={code}"},
        "joined_at": "2026-03-02T12:00:00Z",
        "created_at": "2026-03-02T12:00:00Z",
        "expiring_soon": None,
        "membership": None,
    }
    assert len(code) == 10


def test_a_customer_who_is_no_member_is_an_empty_list(machine: Machine) -> None:
    response = machine.get("/members?shopify_customer_id=404")

    assert response.get_json() == {"data": [], "next": None}


def test_pages_together_hold_every_member_once(machine: Machine, world: World, shop: TestShop) -> None:
    ids = [new_member(world, shop, customer=customer) for customer in range(1, 8)]

    pages: list[list[str]] = []
    following: str | None = ""
    while following is not None:
        page = machine.get("/members?limit=3" + (f"&next={following}" if following else "")).get_json()
        pages.append([member["id"] for member in page["data"]])
        following = page["next"]

    assert [len(page) for page in pages] == [3, 3, 1]
    assert [member for page in pages for member in page] == ids[::-1]


def test_an_unknown_member_is_a_problem(machine: Machine) -> None:
    for unknown in ("999999999", "abc", "-1", "9" * 40, "%00", "%D9%A1"):
        problem(machine.get(f"/members/{unknown}"), 404, "member-unknown")
        problem(machine.get(f"/members/{unknown}/entries"), 404, "member-unknown")


def test_points_that_fell_due_count_when_the_member_is_read(world: World, clock: StepClock, machine: Machine) -> None:
    program = default_program("USD", is_live=True)
    slow = make_shop(world, program.model_copy(update={"earning": Earning(pending_days=3)}))
    settled(world, slow, order(1, "80.00", customer=7))
    reader = Machine(machine.client, new_key(world, slow))

    before = reader.get("/members?shopify_customer_id=7").get_json()["data"][0]["points"]
    clock.forward(days=3)
    after = reader.get("/members?shopify_customer_id=7").get_json()["data"][0]["points"]

    assert before == {"pending": 80, "available": 0, "held": 0, "debt": 0}
    assert after == {"pending": 0, "available": 80, "held": 0, "debt": 0}


def test_entries_tell_what_moved_and_why_in_the_readers_language(
    machine: Machine, world: World, shop: TestShop
) -> None:
    settled(world, shop, order(1001, "49.99"))
    member = machine.get("/members?shopify_customer_id=7").get_json()["data"][0]["id"]

    english = machine.get(f"/members/{member}/entries").get_json()
    german = machine.get(f"/members/{member}/entries", Accept_Language="de-AT,de;q=0.9,en;q=0.5").get_json()

    assert english == {
        "data": [
            {
                "id": f"{member}-1",
                "movement": "accrue",
                "points": 49,
                "from": "issued",
                "to": "available",
                "reason": {"code": "order", "text": "Earned with order #1001"},
                "note": None,
                "order_id": "1001",
                "redemption_id": None,
                "program_version": 1,
                "occurred_at": english["data"][0]["occurred_at"],
                "recorded_at": "2026-03-02T12:00:00Z",
                "balance": {"pending": 0, "available": 49, "held": 0, "debt": 0},
            }
        ],
        "next": None,
    }
    assert german["data"][0]["reason"] == {"code": "order", "text": "Gesammelt mit Bestellung #1001"}


def test_entries_page_from_the_newest_to_the_first(machine: Machine, ann: str) -> None:
    for points in (1, 2, 3):
        machine.post(f"/members/{ann}/adjustments", {"points": points, "reason": "more"})

    first = machine.get(f"/members/{ann}/entries?limit=3").get_json()
    second = machine.get(f"/members/{ann}/entries?limit=3&next={first['next']}").get_json()

    assert [entry["points"] for entry in first["data"]] == [3, 2, 1]
    assert [entry["points"] for entry in second["data"]] == [500]
    assert second["next"] is None


def test_a_next_of_another_list_is_refused(machine: Machine, world: World, shop: TestShop, ann: str) -> None:
    new_member(world, shop, customer=1)
    foreign = machine.get("/members?limit=1").get_json()["next"]

    refused = machine.get(f"/members/{ann}/entries?next={foreign}")

    assert fields(problem(refused, 400, "invalid-request")) == {"next"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("limit=1&limit=2", "limit"),
        ("limit=", "limit"),
        ("next=garbage", "next"),
        ("next=", "next"),
        ("next=%00", "next"),
        ("next=bWVtYmVyczotMQ", "next"),
        ("next=bWVtYmVyczo5OTk5OTk5OTk5OTk5OTk5OTk5OQ", "next"),
        ("shopify_customer_id=0", "shopify_customer_id"),
        ("shopify_customer_id=9223372036854775808", "shopify_customer_id"),
        ("shopify_customer_id=7001x", "shopify_customer_id"),
        ("shopify_customer=7001", "shopify_customer"),
    ],
)
def test_a_wrong_parameter_is_named(machine: Machine, query: str, field: str) -> None:
    response = machine.get(f"/members?{query}")

    assert fields(problem(response, 400, "invalid-request")) == {field}


def test_an_adjustment_is_an_entry_with_its_note(machine: Machine, ann: str) -> None:
    response = machine.post(f"/members/{ann}/adjustments", {"points": 50, "reason": "Broken cup"})

    assert response.status_code == 201
    entry = response.get_json()["data"]
    assert (entry["id"], entry["movement"], entry["points"]) == (f"{ann}-2", "adjust", 50)
    assert (entry["from"], entry["to"]) == ("issued", "available")
    assert (entry["reason"]["code"], entry["note"]) == ("staff", "Broken cup")
    assert entry["balance"]["available"] == 550


def test_taking_more_than_there_is_leaves_debt(machine: Machine, ann: str) -> None:
    response = machine.post(f"/members/{ann}/adjustments", {"points": -520, "reason": "Counted wrong"})

    entry = response.get_json()["data"]
    assert (entry["from"], entry["to"], entry["points"]) == ("available", "issued", 520)
    assert entry["balance"] == {"pending": 0, "available": 0, "held": 0, "debt": 20}


def test_an_adjustment_with_a_key_is_done_once(machine: Machine, ann: str) -> None:
    body = {"points": 50, "reason": "Broken cup"}

    first = machine.post(f"/members/{ann}/adjustments", body, Idempotency_Key="a-1")
    again = machine.post(f"/members/{ann}/adjustments", body, Idempotency_Key="a-1")
    other = machine.post(f"/members/{ann}/adjustments", body | {"points": 51}, Idempotency_Key="a-1")

    assert first.get_json() == again.get_json()
    assert fields(problem(other, 422, "idempotency-key-reused")) == {"Idempotency-Key"}
    assert machine.get(f"/members/{ann}").get_json()["data"]["points"]["available"] == 550


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"points", "reason"}),
        ({"points": 0, "reason": "x"}, {"points"}),
        ({"points": "50", "reason": "x"}, {"points"}),
        ({"points": 5.0, "reason": "x"}, {"points"}),
        ({"points": True, "reason": "x"}, {"points"}),
        ({"points": 2**63, "reason": "x"}, {"points"}),
        ({"points": 10**30, "reason": "x"}, {"points"}),
        ({"points": 10**10, "reason": "x"}, {"points"}),
        ({"points": 5, "reason": "  "}, {"reason"}),
        ({"points": 5, "reason": "nul \0"}, {"reason"}),
        ({"points": 5, "reason": "x" * 501}, {"reason"}),
        ({"points": 5, "reason": ["x"]}, {"reason"}),
        ({"points": 5, "reason": "x", "note": "y"}, {"note"}),
    ],
)
def test_a_wrong_adjustment_names_its_fields(machine: Machine, ann: str, body: object, wrong: set[str]) -> None:
    response = machine.post(f"/members/{ann}/adjustments", body)

    assert fields(problem(response, 422, "invalid-request")) == wrong
    assert machine.get(f"/members/{ann}").get_json()["data"]["points"]["available"] == 500


def test_an_erased_member_can_be_read_and_not_changed(machine: Machine, world: World, shop: TestShop, ann: str) -> None:
    with world.database.transaction(shop.id) as session:
        forget.erase(session, 7001, keys=world.keys, now=world.clock())

    read = machine.get(f"/members/{ann}").get_json()["data"]

    assert (read["shopify_customer_id"], read["referral"]) == (None, None)
    problem(machine.post(f"/members/{ann}/adjustments", {"points": 5, "reason": "x"}), 404, "member-unknown")
    problem(machine.redeem(ann), 404, "member-unknown")


def test_the_id_of_a_merged_member_leads_to_the_one_who_lives_on(
    machine: Machine, world: World, shop: TestShop, ann: str
) -> None:
    with world.database.transaction(shop.id) as session:
        now = world.clock() + timedelta(minutes=1)
        members.merge(
            session, kept_customer_id=7002, lost_customer_id=7001, tombstone_key=world.keys.tombstones, now=now
        )

    found = machine.get(f"/members/{ann}").get_json()["data"]

    assert (found["shopify_customer_id"], found["points"]["available"]) == ("7002", 500)
