"""The newsletter with one click: only the signed-in member's own act subscribes them, and it is worth something once."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from plugin.loyalty.errors import Ambiguous, Refused
from plugin.services import activities, programs
from plugin.services.perform import World
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify, StepClock
from tests.services.test_activities import program_with
from tests.storefront.shopper import Shopper
from tests.storefront.test_activities import error

NEWS: dict[str, Any] = {"id": "news", "kind": "newsletter", "title": "Our newsletter", "points": 25}


@pytest.fixture(autouse=True)
def _program(world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program_with(actions=[NEWS]), by="test", now=NOON)


def test_a_click_subscribes_at_shopify_and_gives_what_it_is_worth_once(
    ann: Shopper, world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    before = ann.state()["member"]["available"]

    told = ann.post("newsletter", {})
    again = ann.post("newsletter", {})
    with world.database.transaction(shop.id) as session:
        activities.consented(session, int(ann.customer), world.clock(), keys=world.keys, now=world.clock())

    assert (told.status_code, told.json) == (200, {"is_subscribed": True})
    assert list(shopify.consents) == [int(ann.customer)]
    error(again, 409, "already-subscribed")
    assert ann.state()["member"]["available"] == before + 25


def test_nobody_is_subscribed_but_by_themselves(
    app: Flask, guest: Shopper, shop: TestShop, clock: StepClock, shopify: FakeShopify
) -> None:
    stranger = Shopper(app, shop.domain, clock, customer="7009")

    error(guest.post("newsletter", {}), 401, "sign-in-required")
    error(stranger.post("newsletter", {}), 404, "member-unknown")
    error(stranger.post("newsletter", {"customer_id": 7001}), 422, "invalid-request")

    assert shopify.consents == {}


def test_without_an_address_the_shopper_is_told_what_is_missing(ann: Shopper, shopify: FakeShopify) -> None:
    before = ann.state()["member"]["available"]
    shopify.failing_after.append(Refused("no address"))

    error(ann.post("newsletter", {}), 422, "newsletter-impossible")

    assert ann.state()["member"]["available"] == before


def test_a_lost_answer_is_no_loss_the_webhook_tells_of_it(
    ann: Shopper, world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    before = ann.state()["member"]["available"]
    shopify.failing_after.append(Ambiguous("lost"))

    error(ann.post("newsletter", {}), 503, "try-again")
    with world.database.transaction(shop.id) as session:
        activities.consented(session, int(ann.customer), world.clock(), keys=world.keys, now=world.clock())

    assert ann.state()["member"]["available"] == before + 25


def test_where_the_program_has_no_newsletter_nobody_is_subscribed(
    ann: Shopper, world: World, shop: TestShop, shopify: FakeShopify, clock: StepClock
) -> None:
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program_with(actions=[NEWS | {"is_on": False}]), by="test", now=clock())

    error(ann.post("newsletter", {}), 404, "action-unknown")

    assert shopify.consents == {}
