"""Tiers over the API: a member's tier, pins with their refusals, and the preview of another tier program."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask

from plugin.loyalty.program import Level, Plan, Program, Tiers, default_program, dump
from plugin.loyalty.program.membership import Membership
from plugin.services import settle
from plugin.services.perform import World
from tests.api.conftest import new_key, new_member
from tests.api.machine import Machine, fields, problem
from tests.conftest import NOON, TestShop, make_shop
from tests.services.stories import order


def program() -> Program:
    levels = (
        Level(id="silver", title="Silver", titles={"de": "Silber"}, threshold=Decimal(100)),
        Level(id="gold", title="Gold", threshold=Decimal(300), entry_points=30),
    )
    plain = default_program("USD", is_live=True)
    return plain.model_copy(update={"tiers": Tiers(levels=levels)})


@pytest.fixture
def shop(world: World) -> TestShop:
    """A shop with two tiers."""
    return make_shop(world, program())


@pytest.fixture
def member(world: World, shop: TestShop, machine: Machine) -> str:
    """Customer 7001 spent 150."""
    with world.database.transaction(shop.id) as session:
        settle.lock_shop(session)
        settle.settle(session, [order(1, "150.00", customer=7001)], keys=world.keys, now=world.clock())
    [found] = machine.get("/members?shopify_customer_id=7001").json["data"]  # type: ignore[index]
    return str(found["id"])


def test_a_member_shows_their_tier_its_end_and_the_way_to_the_next(machine: Machine, member: str) -> None:
    shown = machine.get(f"/members/{member}", Accept_Language="de").json["data"]  # type: ignore[index]

    assert shown["tier"] == {
        "id": "silver",
        "title": "Silber",
        "since": "2026-03-02T12:00:00Z",
        "until": "2027-03-03T05:00:00Z",
        "reason": "earned",
        "next": {"id": "gold", "title": "Gold", "missing": "150.00", "by": "2027-03-03T05:00:00Z"},
    }
    assert shown["membership"] is None


def test_a_shop_without_tiers_has_none(world: World, app: Flask) -> None:
    plain = make_shop(world)
    who = new_member(world, plain, customer=7002, points=5)
    machine = Machine(app.test_client(), new_key(world, plain))

    assert machine.get(f"/members/{who}").json["data"]["tier"] is None  # type: ignore[index]


def test_staff_pin_a_tier_and_take_the_pin_off(world: World, machine: Machine, member: str) -> None:
    world.clock.forward(hours=1)  # type: ignore[attr-defined]
    until = (NOON + timedelta(days=3)).isoformat()

    pinned = machine.post(f"/members/{member}/tier-pin", {"tier": "gold", "until": until, "reason": "a wedding"})
    unpinned = machine.call("DELETE", f"/members/{member}/tier-pin")

    assert pinned.json["data"]["tier"]["reason"] == "pinned"  # type: ignore[index]
    assert pinned.json["data"]["tier"]["until"] == "2026-03-05T12:00:00Z"  # type: ignore[index]
    assert [term["tier"] for term in pinned.json["data"]["history"]] == ["gold", "silver"]  # type: ignore[index]
    assert unpinned.json["data"]["tier"]["id"] == "silver"  # type: ignore[index]


def test_pins_that_cannot_be_are_refused_in_words(machine: Machine, member: str) -> None:
    path = f"/members/{member}/tier-pin"

    unknown = problem(machine.post(path, {"tier": "platinum", "reason": "x"}), 422, "tier-unknown")
    over = problem(
        machine.post(path, {"tier": "gold", "until": "2020-01-01T00:00:00Z", "reason": "x"}), 422, "tier-pin-over"
    )
    none = problem(machine.call("DELETE", path), 409, "tier-not-pinned")
    silent = problem(machine.post(path, {"tier": "gold"}), 422, "invalid-request")
    stranger = problem(
        machine.post("/members/999999999/tier-pin", {"tier": "gold", "reason": "x"}), 404, "member-unknown"
    )

    assert (fields(unknown), fields(over), fields(silent)) == ({"tier"}, {"until"}, {"reason"})
    assert "platinum" in unknown["detail"]
    assert none["detail"]
    assert stranger["detail"]


def test_a_draft_shows_who_would_move_and_what_greeting_them_costs(machine: Machine, member: str) -> None:
    draft = dump(program())
    draft["tiers"]["levels"][1]["threshold"] = "120"

    told = machine.post("/program/preview", {"program": draft, "last_orders": 0}).json["data"]["tiers"]  # type: ignore[index]

    assert told == {
        "members": 1,
        "counts": [{"tier": "gold", "live": 0, "draft": 1}, {"tier": "silver", "live": 1, "draft": 0}],
        "moves": [{"live": "silver", "draft": "gold", "members": 1}],
        "moved": [{"member_id": member, "live": "silver", "draft": "gold"}],
        "entry_gifts": {"points": 30, "rewards": {}},
    }


def test_a_membership_is_told_with_its_end(world: World, machine: Machine, shop: TestShop, member: str) -> None:
    sold = program().model_copy(
        update={
            "membership": Membership(plans=(Plan(id="plus", title="Plus", product_ids=(1,), months=1, tier="gold"),))
        }
    )
    machine.call("PUT", "/program", json=dump(sold))
    world.clock.forward(days=1)  # type: ignore[attr-defined]
    bought = order(2, "30.00", customer=7001, at=world.clock())
    with world.database.transaction(shop.id) as session:
        settle.lock_shop(session)
        settle.settle(session, [bought], keys=world.keys, now=world.clock())

    told = machine.get(f"/members/{member}/tier").json["data"]  # type: ignore[index]

    assert told["tier"]["id"] == "gold"
    assert told["tier"]["reason"] == "membership"
    assert told["membership"] == {
        "id": "plus",
        "title": "Plus",
        "since": "2026-03-03T12:00:00Z",
        "until": "2026-04-04T04:00:00Z",
    }
