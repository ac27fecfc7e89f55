"""The door on both of its mounts, in front of the session's PostgreSQL, with a bell whose Redis is down unless a test says otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from a2wsgi import WSGIMiddleware

from jobs import Bell
from plugin.app import create_app
from plugin.db import Database
from plugin.db.inbox import Intake
from plugin.services.keys import Keys
from plugin.services.perform import World
from plugin.services.tokens import Cipher
from plugin.settings import EncryptionKey, Settings, load
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify, FakeTokens, StepClock
from tests.webhooks.senders import OLD_SECRET, SECRET, FlaskSender, Mailman, Sender, served
from webhooks.door import Door
from webhooks.mount_asgi import App, WebhookMount

NOBODY_LISTENS = "redis://127.0.0.1:9/0"


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load(
        {
            "REGULARS_HOME": str(tmp_path_factory.mktemp("home")),
            "REGULARS_ENV": "development",
            "SHOPIFY_API_SECRET": SECRET,
            "SHOPIFY_OLD_API_SECRET": OLD_SECRET,
        }
    )


@pytest.fixture(scope="session")
def bell() -> Bell:
    return Bell(NOBODY_LISTENS)


@pytest.fixture(scope="session")
def door_world(database: Database) -> World:
    """A world as the tests' own has it, for doors that stay open over many tests. Nothing here asks Shopify."""
    shopify = FakeShopify()
    return World(
        database=database,
        connect=lambda _domain, _token: shopify,
        token_source=FakeTokens(),
        cipher=Cipher([EncryptionKey("k1", b"\x01\x9a" * 16)]),
        keys=Keys(codes=b"c" * 32, tombstones=b"t" * 32),
        clock=StepClock(NOON),
    )


@pytest.fixture(scope="session")
def door(door_world: World, settings: Settings) -> Door:
    return Door(settings, door_world.database, door_world.cipher, door_world.clock)


@pytest.fixture(params=["flask", "asgi"], scope="session")
def sender(
    request: pytest.FixtureRequest, door_world: World, settings: Settings, bell: Bell, door: Door
) -> Iterator[Sender]:
    with mounted(request.param, door_world, settings, bell, door) as sender:
        yield sender


@contextmanager
def mounted(name: str, world: World, settings: Settings, bell: Bell, door: Door) -> Iterator[Sender]:
    """One of the two mounts of this door."""
    flask: Any = create_app(world, settings, bell, door)
    if name == "flask":
        yield FlaskSender(flask)
        return
    intake = Intake(world.database.url)
    with served(WebhookMount(door, intake, bell, cast("App", WSGIMiddleware(flask, workers=2)))) as sender:
        yield sender
    asyncio.run(intake.close())


@pytest.fixture
def mailman(sender: Sender, shop: TestShop) -> Mailman:
    return Mailman(sender, shop.domain)
