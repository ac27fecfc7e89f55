"""A stocked shop behind the storefront blueprint, without a server, and browsers that keep their cookies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from devstore.config import Config
from devstore.storefront import create_blueprint
from devstore.storefront.state import Storefront
from devstore.storefront.stocking import stock_shop
from devstore.world import Shop, World

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


@dataclass
class Browser:
    """A shopper's browser: one host, cookies, redirects not followed."""

    client: FlaskClient
    host: str

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, base_url=f"http://{self.host}", **more)

    def post(self, path: str, form: dict[str, Any] | str | None = None, **more: Any) -> TestResponse:
        return self.client.post(path, base_url=f"http://{self.host}", data=form, **more)

    def cart(self) -> dict[str, Any]:
        return dict(self.get("/cart.js").get_json())

    def act_as(self, customer_id: int) -> None:
        assert self.get(f"/_devstore/act-as?customer={customer_id}").status_code == 302

    def on(self, host: str) -> Browser:
        return Browser(self.client, host)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> World:
    return World(clock, 7, Config(client_secret="hush"))


@pytest.fixture
def shop(world: World) -> Shop:
    shop = world.add_shop("brew", name="Brew & Hearth", shipping_price=Decimal("4.90"))
    stock_shop(shop)
    return shop


@pytest.fixture
def host_app(world: World) -> Flask:
    app = Flask("host")
    app.register_blueprint(create_blueprint(world, world.config))
    app.get("/")(lambda: "the host application")
    app.testing = True
    return app


@pytest.fixture
def storefront(host_app: Flask) -> Storefront:
    found = host_app.blueprints["storefront"].storefront  # type: ignore[attr-defined]
    assert isinstance(found, Storefront)
    return found


@pytest.fixture
def browser(host_app: Flask, shop: Shop) -> Browser:
    return Browser(host_app.test_client(), "brew.localhost")


@pytest.fixture
def variant(shop: Shop) -> Callable[[str], int]:
    """Look up the id of a product's first variant by the product's handle."""

    def find(handle: str) -> int:
        return next(each.variants[0].id for each in shop.products.values() if each.handle == handle)

    return find
