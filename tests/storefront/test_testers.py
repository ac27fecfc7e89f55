"""Test mode: before the launch, customers with the tag see the program and take part in earnest, and to all others nothing exists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from plugin.loyalty.outside import Person
from plugin.loyalty.program import Program, default_program
from plugin.loyalty.program.launch import Launch
from plugin.services import programs
from plugin.services.perform import World, perform_due
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify, StepClock
from tests.services.stories import order
from tests.services.test_settle import balance, proved, settled
from tests.storefront.shopper import Shopper
from tests.storefront.test_activities import error

TESTER, OTHER = 7001, 7002
LATER = NOON + timedelta(hours=2)


def publish(world: World, shop: TestShop, *, tag: str | None = "loyalty-test", is_live: bool = False) -> None:
    program: Program = default_program("USD", is_live=is_live).model_copy(update={"launch": Launch(test_tag=tag)})
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program, by="test", now=world.clock())


@pytest.fixture(autouse=True)
def _testing(world: World, shop: TestShop, shopify: FakeShopify) -> None:
    publish(world, shop)
    shopify.persons = {
        TESTER: Person(TESTER, None, None, ("vip", "Loyalty-Test"), None),
        OTHER: Person(OTHER, None, None, ("vip",), None),
    }


def shops_paid_order(world: World, shop: TestShop, shopify: FakeShopify, number: int, customer: int) -> None:
    """Placed after the tag was published, told by Shopify, and looked up there for its customer's tags."""
    facts = order(number, "200.00", customer=customer, at=LATER)
    shopify.orders[number] = facts
    settled(world, shop, facts)
    perform_due(world, shop.id, shop.domain)


def state(shopper: Shopper) -> Any:
    return shopper.get("program").json


def test_a_tester_sees_the_program_and_nobody_else_does(ann: Shopper, bob: Shopper, guest: Shopper) -> None:
    assert state(ann)["is_live"] is True
    assert [state(one)["is_live"] for one in (bob, guest)] == [False, False]


def test_a_testers_orders_earn_and_those_of_others_do_not(
    world: World, shop: TestShop, shopify: FakeShopify, clock: StepClock
) -> None:
    clock.forward(hours=3)

    for number, customer in ((1, TESTER), (2, OTHER)):
        shops_paid_order(world, shop, shopify, number, customer)

    assert balance(world, shop, TESTER)[1] == 200
    with world.database.transaction(shop.id) as session:
        assert session.sql("SELECT count(*) FROM entries WHERE shop_id = %s", shop.id) == [(1,)]
    proved(world, shop)


def test_a_tester_takes_a_reward_with_a_real_code_and_others_are_refused(ann: Shopper, bob: Shopper) -> None:
    taken = ann.redeem()

    assert taken.status_code == 200
    assert taken.json["code"], taken.json
    error(bob.get("activities"), 404, "program-not-live")


def test_who_loses_the_tag_sees_nothing_within_minutes(ann: Shopper, shopify: FakeShopify, clock: StepClock) -> None:
    before = state(ann)["is_live"]
    shopify.persons[TESTER] = Person(TESTER, None, None, (), None)

    clock.forward(minutes=3)

    assert (before, state(ann)["is_live"]) == (True, False)


def test_without_a_tag_in_the_program_the_tag_opens_nothing(
    ann: Shopper, world: World, shop: TestShop, clock: StepClock
) -> None:
    assert state(ann)["is_live"] is True
    publish(world, shop, tag=None)

    assert state(ann)["is_live"] is False


def test_once_the_program_is_live_everybody_takes_part(
    bob: Shopper, guest: Shopper, world: World, shop: TestShop, shopify: FakeShopify, clock: StepClock
) -> None:
    publish(world, shop, is_live=True)
    clock.forward(hours=3)

    shops_paid_order(world, shop, shopify, 1, OTHER)

    assert [state(one)["is_live"] for one in (bob, guest)] == [True, True]
    assert balance(world, shop, OTHER)[1] == 130 + 200


def test_what_a_tester_earned_stays_after_the_launch(
    world: World, shop: TestShop, shopify: FakeShopify, clock: StepClock
) -> None:
    clock.forward(hours=3)
    shops_paid_order(world, shop, shopify, 1, TESTER)
    clock.forward(hours=1)
    publish(world, shop, is_live=True)

    settled(world, shop, order(1, "200.00", customer=TESTER, at=LATER, updated=clock.now))

    assert balance(world, shop, TESTER)[1] == 200
    proved(world, shop)


def test_while_shopify_is_silent_nobody_is_taken_for_a_tester(
    app: Flask, shop: TestShop, clock: StepClock, world: World, shopify: FakeShopify
) -> None:
    with world.database.transaction(shop.id) as session:
        session.sql("UPDATE shop_tokens SET needs_reopen = true WHERE shop_id = %s", shop.id)

    assert state(Shopper(app, shop.domain, clock, customer=str(TESTER)))["is_live"] is False
