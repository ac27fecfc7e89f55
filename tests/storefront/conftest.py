"""The shoppers' door in front of a real database, a Shopify in memory, and a worker that answers at once."""

from __future__ import annotations

import pytest
from flask import Flask

from plugin.services import members
from plugin.services.perform import World
from plugin.settings import Settings, load
from plugin.storefront import create_blueprint
from plugin.storefront.waiting import WaitingRoom
from tests.conftest import NOON, TestShop
from tests.fakes import StepClock
from tests.storefront.shopper import SECRET, PromptBell, Shopper


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = str(tmp_path_factory.mktemp("home"))
    return load({"REGULARS_HOME": home, "SHOPIFY_API_SECRET": SECRET, "REGULARS_ENV": "development"})


@pytest.fixture
def bell(world: World) -> PromptBell:
    return PromptBell(world)


@pytest.fixture
def app(world: World, settings: Settings, bell: PromptBell) -> Flask:
    app = Flask("storefront")
    room = WaitingRoom(longest_seconds=0.2)
    app.register_blueprint(create_blueprint(world, settings, bell, room=room), url_prefix="/proxy")
    return app


@pytest.fixture
def guest(app: Flask, shop: TestShop, clock: StepClock) -> Shopper:
    return Shopper(app, shop.domain, clock)


@pytest.fixture
def ann(app: Flask, shop: TestShop, clock: StepClock, world: World) -> Shopper:
    """A member with 500 points."""
    return with_points(Shopper(app, shop.domain, clock, customer="7001"), shop, world, 500)


@pytest.fixture
def bob(app: Flask, shop: TestShop, clock: StepClock, world: World) -> Shopper:
    """Another member, with 130 points: enough for one free shipping."""
    return with_points(Shopper(app, shop.domain, clock, customer="7002"), shop, world, 130)


def with_points(shopper: Shopper, shop: TestShop, world: World, points: int) -> Shopper:
    with world.database.transaction(shop.id) as session:
        member_id = members.join(session, int(shopper.customer), tombstone_key=world.keys.tombstones, now=NOON)
        members.adjust(session, member_id, points, words="gift", author="staff", key=f"{member_id}", now=NOON)
    return shopper
