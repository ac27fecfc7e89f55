"""The admin alone, over the real database and a Shopify in memory; and a member of staff who opens it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import pytest
from flask import Flask

from plugin import admin
from plugin.services.perform import World, perform_due
from plugin.settings import Settings, load
from tests.admin.staff import CLIENT_ID, SECRET, Staff
from tests.conftest import TestShop, make_shop
from tests.fakes import StepClock


@dataclass
class PromptBell:
    """Whoever is rung for has finished before the ring returns."""

    world: World
    rings: list[str] = field(default_factory=list)

    def ring(self, kind: Literal["inbox", "codes", "rest"], shop_id: int, domain: str) -> None:
        self.rings.append(kind)
        perform_due(self.world, shop_id, domain)


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load(
        {
            "REGULARS_ENV": "development",
            "REGULARS_HOME": str(tmp_path_factory.mktemp("home")),
            "SHOPIFY_API_KEY": CLIENT_ID,
            "SHOPIFY_API_SECRET": SECRET,
            "SHOPIFY_ORIGIN": "http://127.0.0.1:9876/{shop}",
            "SHOPIFY_CDN": "http://127.0.0.1:9876/cdn",
        }
    )


@pytest.fixture
def bell(world: World) -> PromptBell:
    return PromptBell(world)


@pytest.fixture
def app(world: World, settings: Settings, bell: PromptBell) -> Flask:
    app = Flask("admin-alone", static_folder=None)
    app.register_blueprint(admin.create_blueprint(world, settings, bell))
    app.extensions["regulars.read_again"] = lambda _shop_id, _topic, raw: raw
    return app


@pytest.fixture
def staff(app: Flask, shop: TestShop, clock: StepClock) -> Staff:
    """Staff of the shop."""
    return Staff(app.test_client(), shop.domain, clock)


@pytest.fixture
def stranger(app: Flask, world: World, clock: StepClock) -> tuple[Staff, TestShop]:
    """Staff of another shop, and that shop."""
    other = make_shop(world)
    return Staff(app.test_client(), other.domain, clock), other
