"""Redeeming over the API: one request, one redemption, however often it is sent and whoever is asleep."""

from __future__ import annotations

import threading
import time
import uuid

import pytest

from plugin.api.door import Door
from plugin.loyalty.errors import Ambiguous, CodeTaken
from plugin.loyalty.program import default_program
from plugin.services import api_keys, programs
from plugin.services.perform import World, perform_due
from plugin.settings import Settings
from tests.api.conftest import new_key, new_member, serve
from tests.api.machine import Machine, PromptBell, UnheardBell, fields, problem
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import FakeShopify, StepClock


def balance(machine: Machine, member: str) -> tuple[int, int]:
    points = machine.get(f"/members/{member}").get_json()["data"]["points"]
    return points["available"], points["held"]


def test_rewards_are_listed_with_price_and_worth(machine: Machine) -> None:
    rewards = machine.get("/rewards").get_json()

    by_id = {reward["id"]: reward for reward in rewards["data"]}
    assert rewards["next"] is None
    assert by_id["amount-off"] == {
        "id": "amount-off",
        "kind": "amount_off",
        "title": "Money off",
        "price_points": 150,
        "variable": False,
        "points": {"minimum": 150, "maximum": 150, "step": 150},
        "value": {"amount": "5.00", "currency": "USD"},
        "minimum_spend": None,
        "ends_days": 90,
    }
    assert by_id["money-slider"]["variable"] is True
    assert by_id["money-slider"]["points"] == {"minimum": 60, "maximum": 3000, "step": 30}
    assert by_id["ten-percent"]["value"] == {"percent": "10"}
    assert by_id["free-shipping"]["value"] is None


def test_rewards_page(machine: Machine) -> None:
    first = machine.get("/rewards?limit=3").get_json()
    second = machine.get(f"/rewards?limit=3&next={first['next']}").get_json()

    assert [len(first["data"]), len(second["data"])] == [3, 1]
    assert second["next"] is None


def test_a_reward_becomes_a_code(machine: Machine, ann: str, shopify: FakeShopify) -> None:
    response = machine.redeem(ann)

    assert response.status_code == 201
    data = response.get_json()["data"]
    assert (data["state"], data["points"], data["ends_at"]) == ("issued", 150, "2026-05-31T12:00:00Z")
    assert data["value"] == {"amount": "5.00", "currency": "USD"}
    assert list(shopify.discounts) == [data["code"]]
    assert response.headers["Location"] == f"/api/v1/redemptions/{data['id']}"
    assert machine.get(f"/redemptions/{data['id']}").get_json()["data"] == data
    assert balance(machine, ann) == (350, 150)


def test_a_variable_reward_takes_as_many_points_as_were_asked(machine: Machine, ann: str) -> None:
    data = machine.redeem(ann, "money-slider", points=90).get_json()["data"]

    assert (data["points"], data["value"]) == (90, {"amount": "3.00", "currency": "USD"})


def test_without_a_worker_the_points_are_held_and_the_code_is_not_told(deaf_machine: Machine, ann: str) -> None:
    response = deaf_machine.redeem(ann)

    assert response.status_code == 202
    assert (response.get_json()["data"]["state"], response.get_json()["data"]["code"]) == ("held", None)
    assert balance(deaf_machine, ann) == (350, 150)


def test_the_code_is_told_as_soon_as_a_worker_has_written_it(
    world: World, settings: Settings, shop: TestShop, key: str, ann: str
) -> None:
    class BusyBell(UnheardBell):
        def ring(self, kind: str, shop_id: int, domain: str) -> None:
            worker.start()

    worker = threading.Timer(0.2, perform_due, (world, shop.id, shop.domain))
    waiting = Machine(serve(world, settings, BusyBell(), wait_seconds=30).test_client(), key)

    begun = time.monotonic()
    response = waiting.redeem(ann)

    worker.join()
    assert (response.status_code, response.get_json()["data"]["state"]) == (201, "issued")
    assert time.monotonic() - begun < 20


def test_with_eight_waiting_the_ninth_is_answered_at_once(
    deaf_machine: Machine, world: World, shop: TestShop, ann: str
) -> None:
    row_id = uuid.UUID(deaf_machine.redeem(ann).get_json()["data"]["id"])
    door = Door(world, UnheardBell(), b"h" * 32, wait_seconds=30)
    row = door.redemption(shop.id, row_id)

    let_in = [door.waiters.acquire(blocking=False) for _ in range(9)]
    begun = time.monotonic()
    answered = door.await_code(shop.id, row)

    assert let_in == [True] * 8 + [False]
    assert answered.state == "held"
    assert time.monotonic() - begun < 20


def test_whoever_waited_makes_room_for_the_next(deaf_machine: Machine, world: World, shop: TestShop, ann: str) -> None:
    row_id = uuid.UUID(deaf_machine.redeem(ann).get_json()["data"]["id"])
    door = Door(world, UnheardBell(), b"h" * 32, wait_seconds=0.1)

    begun = time.monotonic()
    door.await_code(shop.id, door.redemption(shop.id, row_id))

    assert time.monotonic() - begun >= 0.1
    assert all(door.waiters.acquire(blocking=False) for _ in range(8))


def test_the_same_request_again_is_the_same_redemption_as_it_stands_now(
    deaf_machine: Machine, machine: Machine, ann: str
) -> None:
    held = deaf_machine.redeem(ann, key="k")
    issued = machine.redeem(ann, key="k")
    again = deaf_machine.redeem(ann, key="k")

    assert [held.status_code, issued.status_code, again.status_code] == [202, 201, 201]
    assert len({response.get_json()["data"]["id"] for response in (held, issued, again)}) == 1
    assert balance(machine, ann) == (350, 150)


def test_a_key_used_for_something_else_is_refused(machine: Machine, world: World, shop: TestShop, ann: str) -> None:
    bob = new_member(world, shop, customer=7002, points=500)
    machine.redeem(ann, key="k")

    other_reward = machine.redeem(ann, "free-shipping", key="k")
    other_member = machine.redeem(bob, key="k")

    for response in (other_reward, other_member):
        assert fields(problem(response, 422, "idempotency-key-reused")) == {"Idempotency-Key"}


def test_keys_of_two_clients_do_not_meet(machine: Machine, world: World, shop: TestShop, ann: str) -> None:
    other = Machine(machine.client, new_key(world, shop, "website"))

    first, second = machine.redeem(ann, key="k"), other.redeem(ann, key="k")

    assert first.get_json()["data"]["id"] != second.get_json()["data"]["id"]


def test_twins_that_arrive_together_hold_once(
    world: World, settings: Settings, shop: TestShop, key: str, ann: str
) -> None:
    app = serve(world, settings, UnheardBell(), wait_seconds=0.05)
    ids: list[str] = []

    def redeem() -> None:
        ids.append(Machine(app.test_client(), key).redeem(ann, key="twin").get_json()["data"]["id"])

    threads = [threading.Thread(target=redeem) for _ in range(4)]
    with world.database.transaction(shop.id) as session:
        session.sql("SELECT 1 FROM members WHERE shop_id = %s AND id = %s FOR UPDATE", shop.id, int(ann))
        for thread in threads:
            thread.start()
        until = time.monotonic() + 30
        while session.sql("SELECT count(*) FROM pg_locks WHERE NOT granted")[0][0] < len(threads):
            assert time.monotonic() < until, "not all twins are under way"
            time.sleep(0.02)
    for thread in threads:
        thread.join()

    assert len(ids) == 4
    assert len(set(ids)) == 1
    assert balance(Machine(app.test_client(), key), ann) == (350, 150)


def test_a_refusal_is_not_remembered(machine: Machine, world: World, shop: TestShop) -> None:
    bob = new_member(world, shop, customer=7002, points=100)

    refused = problem(machine.redeem(bob, key="k"), 409, "insufficient-points")
    machine.post(f"/members/{bob}/adjustments", {"points": 50, "reason": "a gift"})
    granted = machine.redeem(bob, key="k")

    assert (refused["asked"], refused["available"]) == (150, 100)
    assert "150" in refused["detail"]
    assert "100" in refused["detail"]
    assert granted.status_code == 201


def test_the_idempotency_key_is_required_and_must_be_readable(machine: Machine, ann: str) -> None:
    body = {"reward_id": "amount-off"}
    for headers in ({}, {"Idempotency-Key": ""}, {"Idempotency-Key": "k" * 256}, {"Idempotency-Key": "clé"}):
        response = machine.call("POST", f"/members/{ann}/redemptions", json=body, headers=headers)

        assert fields(problem(response, 400, "invalid-request")) == {"Idempotency-Key"}
    assert balance(machine, ann) == (500, 0)


@pytest.mark.parametrize(
    ("body", "code", "wrong"),
    [
        ({}, "invalid-request", {"reward_id"}),
        ({"reward_id": 5}, "invalid-request", {"reward_id"}),
        ({"reward_id": ""}, "invalid-request", {"reward_id"}),
        ({"reward_id": "nothing"}, "reward-unavailable", {"reward_id"}),
        ({"reward_id": "money-slider"}, "points-out-of-range", {"points"}),
        ({"reward_id": "money-slider", "points": 61}, "points-out-of-range", {"points"}),
        ({"reward_id": "money-slider", "points": 30}, "points-out-of-range", {"points"}),
        ({"reward_id": "amount-off", "points": 149}, "points-out-of-range", {"points"}),
        ({"reward_id": "amount-off", "points": -150}, "invalid-request", {"points"}),
        ({"reward_id": "amount-off", "points": 1.5}, "invalid-request", {"points"}),
        ({"reward_id": "amount-off", "price": 1}, "invalid-request", {"price"}),
    ],
)
def test_a_wrong_redemption_names_its_field(
    machine: Machine, ann: str, body: object, code: str, wrong: set[str]
) -> None:
    response = machine.call("POST", f"/members/{ann}/redemptions", json=body, headers={"Idempotency-Key": "k"})

    assert fields(problem(response, 422, code)) == wrong
    assert balance(machine, ann) == (500, 0)


def test_an_unknown_member_cannot_redeem(machine: Machine) -> None:
    problem(machine.redeem("999999999"), 404, "member-unknown")
    problem(machine.redeem("ann"), 404, "member-unknown")


def test_nothing_is_redeemed_while_the_program_is_off(machine: Machine, world: World, shop: TestShop, ann: str) -> None:
    with world.database.transaction(shop.id) as session:
        programs.publish(session, default_program("USD", is_live=False), by="test", now=NOON)

    problem(machine.redeem(ann), 409, "program-not-live")

    assert machine.get("/rewards").get_json() == {"data": [], "next": None}


def test_a_code_that_shopify_refuses_is_a_problem_and_the_points_are_back(
    machine: Machine, ann: str, shopify: FakeShopify
) -> None:
    shopify.failing_before.append(CodeTaken("the code is taken"))

    refused = problem(machine.redeem(ann), 409, "redemption-failed")

    assert balance(machine, ann) == (500, 0)
    assert machine.get(f"/redemptions/{refused['redemption_id']}").get_json()["data"]["state"] == "failed"


def test_an_answer_of_shopify_that_was_lost_is_looked_up_later(
    deaf_machine: Machine, world: World, clock: StepClock, shop: TestShop, ann: str, shopify: FakeShopify
) -> None:
    shopify.failing_after.append(Ambiguous("the answer was lost"))
    redemption = deaf_machine.redeem(ann).get_json()["data"]["id"]
    perform_due(world, shop.id, shop.domain)

    before = deaf_machine.get(f"/redemptions/{redemption}").get_json()["data"]
    clock.forward(seconds=5)
    perform_due(world, shop.id, shop.domain)
    after = deaf_machine.get(f"/redemptions/{redemption}").get_json()["data"]

    assert [before["state"], after["state"]] == ["held", "issued"]
    assert list(shopify.discounts) == [after["code"]]


def test_cancelling_gives_the_points_back(machine: Machine, bell: PromptBell, ann: str, shopify: FakeShopify) -> None:
    redemption = machine.redeem(ann).get_json()["data"]

    cancelled = machine.call("DELETE", f"/redemptions/{redemption['id']}")

    assert cancelled.status_code == 202
    assert cancelled.get_json()["data"]["cancelled_at"] == "2026-03-02T12:00:00Z"
    assert not shopify.discounts[redemption["code"]].is_active
    assert machine.get(f"/redemptions/{redemption['id']}").get_json()["data"]["state"] == "released"
    assert balance(machine, ann) == (500, 0)
    assert [ring[0] for ring in bell.rings] == ["codes", "codes"]


def test_what_is_over_cannot_be_cancelled(machine: Machine, ann: str) -> None:
    redemption = machine.redeem(ann).get_json()["data"]["id"]
    machine.call("DELETE", f"/redemptions/{redemption}")

    refused = problem(machine.call("DELETE", f"/redemptions/{redemption}"), 409, "redemption-over")

    assert "released" in refused["detail"]


def test_an_unknown_redemption_is_a_problem(machine: Machine) -> None:
    for unknown in (str(uuid.uuid4()), "1", "x" * 500, "%00"):
        problem(machine.get(f"/redemptions/{unknown}"), 404, "redemption-unknown")
        problem(machine.call("DELETE", f"/redemptions/{unknown}"), 404, "redemption-unknown")


def test_another_shops_redemption_is_unknown(machine: Machine, world: World, ann: str) -> None:
    redemption = machine.redeem(ann).get_json()["data"]["id"]
    with world.database.transaction() as session:
        foreign = api_keys.create(session, make_shop(world).id, "other", NOON)

    stranger = Machine(machine.client, foreign)

    problem(stranger.get(f"/redemptions/{redemption}"), 404, "redemption-unknown")
    problem(stranger.call("DELETE", f"/redemptions/{redemption}"), 404, "redemption-unknown")
