"""At the till staff ask for a customer: by their own token, in the channel of the till, and never unnoted."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from plugin.loyalty.program import Program, default_program
from plugin.services import changelog, members, staff
from plugin.services.perform import World
from tests.conftest import TestShop, make_shop
from tests.extensions.test_who_may_ask import app, settings, staff_token
from tests.fakes import StepClock

__all__ = ["app", "settings"]
STAFF = 1


def shop_with(world: World, **reward: Any) -> TestShop:
    document = default_program("USD", is_live=True).model_dump(mode="json")
    found = {"id": "five", "kind": "amount_off", "title": "Five off", "price_points": 100, "value": "5"} | reward
    document["rewards"] = [found]
    return make_shop(world, Program.model_validate(document))


def member_with(world: World, shop: TestShop, points: int) -> int:
    with world.database.transaction(shop.id) as session:
        found = members.join(session, 7001, tombstone_key=world.keys.tombstones, now=world.clock())
        members.adjust(session, found, points, words="gift", author="staff", key="first", now=world.clock())
    return found


def ask(app: Flask, shop: TestShop, clock: StepClock, path: str, body: object = None, customer: str = "7001") -> Any:
    headers = {"Authorization": f"Bearer {staff_token(shop.domain, clock())}"}
    method = "GET" if body is None else "POST"
    query = {"customer_id": customer} if customer else {}
    return app.test_client().open(f"/ext/pos/{path}", method=method, json=body, query_string=query, headers=headers)


def noted(world: World, shop: TestShop) -> list[tuple[str, str, str]]:
    with world.database.transaction(shop.id) as session:
        notes = changelog.page(session).notes
    return [(note.author, note.deed, note.subject) for note in notes if note.deed.startswith("till.")]


def redeem(app: Flask, shop: TestShop, clock: StepClock) -> Any:
    return ask(app, shop, clock, "redeem", {"reward_id": "five", "request_key": uuid4().hex})


def test_a_reward_that_is_only_for_the_till_is_taken_there_and_its_taking_is_noted(
    app: Flask, world: World, clock: StepClock
) -> None:
    shop = shop_with(world, channels=["pos"])
    member = member_with(world, shop, 150)

    answer = redeem(app, shop, clock)

    assert answer.status_code in {200, 202}
    assert noted(world, shop) == [("staff:1", "till.redeem", str(member))]


def test_a_reward_for_the_online_store_says_so_at_the_till_and_nothing_is_noted(
    app: Flask, world: World, clock: StepClock
) -> None:
    shop = shop_with(world, channels=["online"])
    member_with(world, shop, 150)

    answer = redeem(app, shop, clock)
    offers = ask(app, shop, clock, "offers").get_json()["offers"]

    assert answer.get_json()["error"]["code"] == "reward-not-in-channel"
    assert offers[0]["refusal"]["code"] == "reward-not-in-channel"
    assert noted(world, shop) == []


def test_who_may_only_look_sees_the_points_and_takes_nothing(app: Flask, world: World, clock: StepClock) -> None:
    shop = shop_with(world)
    member_with(world, shop, 150)
    with world.database.transaction(shop.id) as session:
        staff.start(session, 99, by="staff:99", now=clock())
        staff.give(session, STAFF, "viewer", label="Till", by="staff:99", now=clock())

    seen = ask(app, shop, clock, "state")
    refused = redeem(app, shop, clock)

    assert seen.get_json()["member"]["available"] == 150
    assert refused.status_code == 403
    assert refused.get_json()["error"]["code"] == "role-too-low"


@pytest.mark.parametrize("customer", ["abc", "-1", "0", "9" * 19, "7001 OR 1=1"])
def test_a_customer_that_is_no_number_is_refused(app: Flask, world: World, clock: StepClock, customer: str) -> None:
    answer = ask(app, shop_with(world), clock, "state", customer=customer)

    assert answer.status_code == 422
