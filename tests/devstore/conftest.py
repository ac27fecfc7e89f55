"""One small shop behind a dev store whose clock stands still until a test moves it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask

from devstore.app import create_devstore
from devstore.client import Client
from devstore.config import Config
from devstore.model import Cart, CartLine, Customer, Discount, Order, Product, gid
from devstore.store import Store
from devstore.world import Shop, World

DOCUMENTS = Path(__file__).parent / "documents"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
JSON = dict[str, Any]


@dataclass
class Brew:
    """A coffee shop with an espresso at 12.50, a mug at 20.00 and Ann, who has an account."""

    app: Flask
    shop: Shop
    espresso: Product
    mug: Product
    ann: Customer
    token: str
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = self.app.extensions["devstore"]

    @property
    def world(self) -> World:
        return self.shop.world

    def cart(self, *wanted: tuple[Product, int], **more: Any) -> Cart:
        return Cart([CartLine(product.variants[0].id, quantity) for product, quantity in wanted], **more)

    def buy(self, *wanted: tuple[Product, int], **more: Any) -> Order:
        outcome = self.shop.checkout(self.cart(*wanted), **{"customer_id": self.ann.id, **more})
        assert isinstance(outcome, Order), outcome
        return outcome

    def ask(self, document: str, **variables: Any) -> JSON:
        """One Admin API request by the name of a document, or by its text."""
        query = document if "{" in document else (DOCUMENTS / f"{document}.graphql").read_text()
        answer = self.post("admin/api/2026-10/graphql.json", {"query": query, "variables": variables})
        assert answer.status_code == 200, answer.text
        told: JSON = answer.json
        return told

    def post(self, path: str, body: JSON, **headers: str) -> Any:
        """A request of the app to Shopify, with its token."""
        sent = {"X-Shopify-Access-Token": self.token, **headers}
        return self.app.test_client().post(f"/{self.shop.domain}/{path}", json=body, headers=sent)

    def discount_input(self, code: str = "LOY-A", **more: Any) -> JSON:
        """The input of the reward that the app writes most: 5.00 off for Ann, once."""
        return {
            "title": "5.00 off",
            "code": code,
            "startsAt": NOON.isoformat(),
            "endsAt": (NOON + timedelta(days=30)).isoformat(),
            "usageLimit": 1,
            "context": {"customers": {"add": [gid("Customer", self.ann.id)]}},
            "combinesWith": {"productDiscounts": True, "shippingDiscounts": True},
            "customerGets": {"value": {"discountAmount": {"amount": "5.00"}}, "items": {"all": True}},
            **more,
        }

    def write_discount(self, code: str = "LOY-A", **more: Any) -> JSON:
        told = self.ask("discount_basic", input=self.discount_input(code, **more))
        payload: JSON = told["data"]["discountCodeBasicCreate"]
        return payload

    def discount(self, code: str) -> Discount:
        found = self.shop.discount_by_code(code)
        assert found is not None
        return found


@pytest.fixture
def world() -> World:
    made = World(lambda: NOON, seed=7, config=Config(app_url="http://app.invalid"))
    made.set_clock(NOON)
    return made


@pytest.fixture
def brew(world: World) -> Brew:
    app = create_devstore(world)
    shop = world.add_shop("brew", shipping_price=Decimal("4.90"))
    espresso = shop.add_product("Espresso", "12.50")
    mug = shop.add_product("Mug", "20.00")
    ann = shop.add_customer("ann@example.com", first_name="Ann", last_name="Lee")
    return Brew(app, shop, espresso, mug, ann, shop.give_token().access)


@pytest.fixture
def client(brew: Brew) -> Client:
    transport = httpx.WSGITransport(app=brew.app)
    return Client(http=httpx.Client(transport=transport, base_url="http://127.0.0.1"))
