"""One shop of a dev store in this process: our adapter speaks to it as it speaks to Shopify, without a socket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import hypothesis
import pytest
from flask import Flask

from devstore.app import create_devstore
from devstore.config import Config
from devstore.store import Store
from devstore.world import Shop, World
from plugin.shopify.connect import ShopifyAdmin, connect

hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")  # how long one example takes is no claim of these tests

ORIGIN = "http://devstore.test"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass(frozen=True)
class FakeSettings:
    """What of plugin.settings.Settings the adapters read."""

    shopify_api_key: str = "devstore-client-id"
    shopify_api_secret: str = "devstore-client-secret-of-32-bytes"
    shopify_old_api_secret: str | None = None
    origin: str = ORIGIN

    def origin_for(self, domain: str) -> str:
        """Where a shop answers."""
        return f"{self.origin}/{domain}"


@pytest.fixture
def settings() -> FakeSettings:
    return FakeSettings()


@pytest.fixture
def world(settings: FakeSettings) -> World:
    config = Config(client_id=settings.shopify_api_key, client_secret=settings.shopify_api_secret)
    world = World(lambda: NOW, seed=1, config=config)
    world.set_clock(NOW)
    return world


@pytest.fixture
def app(world: World) -> Flask:
    return create_devstore(world)


@pytest.fixture
def store(app: Flask) -> Store:
    found = app.extensions["devstore"]
    assert isinstance(found, Store)
    return found


@pytest.fixture
def transport(app: Flask) -> httpx.WSGITransport:
    return httpx.WSGITransport(app=app)


@pytest.fixture
def brew(world: World) -> Shop:
    return world.add_shop("brew", currency="USD")


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def shop(settings: FakeSettings, transport: httpx.WSGITransport, brew: Shop, slept: list[float]) -> ShopifyAdmin:
    return connect(settings, brew.domain, brew.give_token().access, transport=transport, sleep=slept.append)
