"""The API in front of a real database, with a member who has points and a key that opens the shop."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from plugin.api import create_blueprint
from plugin.api.door import Bell
from plugin.services import api_keys, members
from plugin.services.perform import World
from plugin.settings import Settings, load
from tests.api.machine import Machine, PromptBell, UnheardBell
from tests.conftest import NOON, TestShop

MakeMachine = Callable[[TestShop], Machine]


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load({"REGULARS_HOME": str(tmp_path_factory.mktemp("home")), "REGULARS_ENV": "development"})


@pytest.fixture
def bell(world: World) -> PromptBell:
    return PromptBell(world)


@pytest.fixture
def app(world: World, settings: Settings, bell: PromptBell) -> Flask:
    return serve(world, settings, bell)


@pytest.fixture
def key(world: World, shop: TestShop) -> str:
    return new_key(world, shop)


@pytest.fixture
def machine(app: Flask, key: str) -> Machine:
    return Machine(app.test_client(), key)


@pytest.fixture
def deaf_machine(world: World, settings: Settings, key: str) -> Machine:
    """The API while nobody hears its bell; it waits only a moment for codes."""
    return Machine(serve(world, settings, UnheardBell(), wait_seconds=0.1).test_client(), key)


@pytest.fixture
def ann(world: World, shop: TestShop) -> str:
    """The id of a member, customer 7001, with 500 points."""
    return new_member(world, shop, customer=7001, points=500)


def serve(world: World, settings: Settings, bell: Bell, wait_seconds: float = 2.0) -> Flask:
    app = Flask("api")
    app.register_blueprint(create_blueprint(world, settings, bell, wait_seconds=wait_seconds))
    return app


def new_key(world: World, shop: TestShop, label: str = "till") -> str:
    with world.database.transaction() as session:
        return api_keys.create(session, shop.id, label, NOON)


def new_member(world: World, shop: TestShop, *, customer: int, points: int = 0) -> str:
    with world.database.transaction(shop.id) as session:
        member_id = members.join(session, customer, tombstone_key=world.keys.tombstones, now=NOON)
        if points:
            members.adjust(session, member_id, points, words="a gift", author="test", key=f"gift-{customer}", now=NOON)
    return str(member_id)
