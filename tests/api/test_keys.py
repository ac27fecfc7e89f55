"""Keys: without a good one no address tells anything, and a key opens one shop only."""

from __future__ import annotations

import re
from hashlib import sha256

import pytest
from werkzeug.test import TestResponse

from plugin.api.routes import ROUTES, Route
from plugin.services import api_keys
from plugin.services.perform import World
from tests.api.conftest import new_key
from tests.api.machine import Machine, problem
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import StepClock
from tests.services.stories import order
from tests.services.test_settle import settled

EVERY_ROUTE = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)


def send(machine: Machine, route: Route) -> TestResponse:
    path = re.sub(r"{\w+}", "1", route.path)
    return machine.call(route.method, path, json={}, headers={"Idempotency-Key": "k"})


@EVERY_ROUTE
def test_without_a_key_there_is_nothing(machine: Machine, route: Route) -> None:
    response = send(Machine(machine.client, None), route)

    problem(response, 401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="regulars"'


@EVERY_ROUTE
@pytest.mark.parametrize("wrong", ["rgl_" + "A" * 43, "x", "rgl_é", "rgl_\x7f"])
def test_a_wrong_key_opens_nothing(machine: Machine, route: Route, wrong: str) -> None:
    response = send(Machine(machine.client, wrong), route)

    problem(response, 401, "unauthorized")
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


@EVERY_ROUTE
def test_a_revoked_key_opens_nothing(machine: Machine, world: World, shop: TestShop, route: Route) -> None:
    with world.database.transaction() as session:
        [listed] = api_keys.every(session, shop.id)
        assert api_keys.revoke(session, shop.id, listed.key_id, NOON)

    problem(send(machine, route), 401, "unauthorized")


@EVERY_ROUTE
def test_a_shop_that_uninstalled_the_app_is_closed(
    machine: Machine, world: World, shop: TestShop, route: Route
) -> None:
    with world.database.transaction(shop.id) as session:
        session.sql("UPDATE shops SET status = 'uninstalled' WHERE id = %s", shop.id)

    problem(send(machine, route), 403, "shop-not-installed")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic {key}", "Basic dTpw", "{key}", "Digest a=b", "bearer"]
)
def test_a_header_that_is_no_bearer_key_opens_nothing(machine: Machine, key: str, header: str) -> None:
    stranger = Machine(machine.client, None)

    response = stranger.call("GET", "/members", headers={"Authorization": header.format(key=key)})

    problem(response, 401, "unauthorized")


def test_the_scheme_is_read_in_any_case(machine: Machine, key: str) -> None:
    response = Machine(machine.client, None).call("GET", "/members", headers={"Authorization": f"bEaReR {key}"})

    assert response.status_code == 200


ABOUT_A_MEMBER = [
    route
    for route in ROUTES
    if set(re.findall(r"{(\w+)}", route.path)) & {"member_id", "redemption_id", "shopify_order_id"}
    and (route.method == "GET" or route.name in {"add_adjustment", "add_redemption", "cancel_redemption"})
]


@pytest.mark.parametrize("route", ABOUT_A_MEMBER, ids=lambda route: route.name)
def test_what_belongs_to_another_shop_is_unknown(
    machine: Machine, world: World, ann: str, shop: TestShop, route: Route
) -> None:
    settled(world, shop, order(5001, "10.00"))
    redemption = machine.redeem(ann).get_json()["data"]["id"]
    stranger = Machine(machine.client, new_key(world, make_shop(world)))
    path = route.path.format(member_id=ann, redemption_id=redemption, shopify_order_id="5001")
    body = {"points": 5, "reason": "theft"} if route.name == "add_adjustment" else {"reward_id": "amount-off"}

    response = stranger.call(route.method, path, json=body, headers={"Idempotency-Key": "k"})

    assert response.status_code == 404
    assert machine.get(f"/members/{ann}").get_json()["data"]["points"]["available"] == 350


def test_lists_hold_only_the_own_shops_members(machine: Machine, world: World, ann: str) -> None:
    stranger = Machine(machine.client, new_key(world, make_shop(world)))

    assert stranger.get("/members").get_json()["data"] == []
    assert [member["id"] for member in machine.get("/members").get_json()["data"]] == [ann]


def test_only_the_hash_of_a_key_is_kept(world: World, shop: TestShop) -> None:
    key = new_key(world, shop, "website")

    with world.database.transaction() as session:
        rows = session.sql("SELECT hash, label FROM api_keys WHERE shop_id = %s", shop.id)

    assert [(bytes(stored), label) for stored, label in rows] == [(sha256(key.encode()).digest(), "website")]
    assert key.startswith("rgl_")
    assert len(key) == len("rgl_") + 43


def test_a_key_is_revoked_once_and_only_by_its_own_shop(world: World, shop: TestShop) -> None:
    new_key(world, shop)
    other = make_shop(world)

    with world.database.transaction() as session:
        [listed] = api_keys.every(session, shop.id)
        done = [api_keys.revoke(session, owner, listed.key_id, NOON) for owner in (other.id, shop.id, shop.id)]
        [after] = api_keys.every(session, shop.id)

    assert done == [False, True, False]
    assert (listed.revoked_at, after.revoked_at) == (None, NOON)


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.method != "GET"], ids=lambda route: f"{route.method} {route.path}"
)
def test_a_key_for_reading_changes_nothing(machine: Machine, world: World, shop: TestShop, route: Route) -> None:
    with world.database.transaction() as session:
        key = api_keys.create(session, shop.id, "report", NOON, access="reading")

    problem(send(Machine(machine.client, key), route), 403, "key-only-reads")


def test_a_key_for_reading_reads(machine: Machine, world: World, shop: TestShop) -> None:
    with world.database.transaction() as session:
        key = api_keys.create(session, shop.id, "report", NOON, access="reading")

    assert Machine(machine.client, key).get("/members").status_code == 200


def test_the_last_use_of_a_key_is_known_to_the_hour(
    machine: Machine, world: World, shop: TestShop, clock: StepClock
) -> None:
    uses = []
    for minutes in (0, 30, 45):
        clock.forward(minutes=minutes)
        machine.get("/members")
        with world.database.transaction() as session:
            [listed] = api_keys.every(session, shop.id)
        uses.append(listed.last_used_at)

    assert uses == [NOON, NOON, clock.now]
