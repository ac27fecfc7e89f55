"""Every kind of credential against every address that takes one: only the right cell answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import jwt
import pytest
from flask import Flask
from werkzeug.routing import Rule

from plugin.app import create_app
from plugin.services import api_keys
from plugin.services.perform import World
from plugin.settings import Settings, load
from tests.conftest import TestShop, make_shop
from tests.fakes import StepClock
from tests.storefront.shopper import SECRET, Shopper

CLIENT = "regulars-client"
DOORS = {
    "/proxy": "proxy",
    "/ext/checkout": "checkout",
    "/ext/account": "account",
    "/ext/pos": "staff",
    "/api/v1": "key",
}
OPEN = {"/api/v1/openapi.json"}
ALIKE = {("checkout", "account")}
"""Shopify names no issuer for the tokens of customer accounts: at checkout they cannot be told apart, and say the same customer."""


class Silent:
    """A bell nobody hears."""

    def ring(self, kind: str, shop_id: int, domain: str) -> None:
        """Nothing."""

    def is_alive(self) -> bool:
        return True


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = str(tmp_path_factory.mktemp("home"))
    facts = {"REGULARS_HOME": home, "SHOPIFY_API_KEY": CLIENT, "SHOPIFY_API_SECRET": SECRET}
    return load({**facts, "REGULARS_ENV": "development"})


@pytest.fixture
def app(world: World, settings: Settings, clock: StepClock) -> Flask:
    clock.now = datetime.now(UTC)  # Shopify's own verifier looks at the wall clock
    return create_app(world, settings, Silent())  # type: ignore[arg-type]


def token(domain: str, now: datetime, **claims: Any) -> str:
    seconds = int(now.timestamp())
    told = {"dest": domain, "aud": CLIENT, "exp": seconds + 60, "nbf": seconds, "iat": seconds, "jti": uuid4().hex}
    return jwt.encode(told | claims, SECRET, algorithm="HS256")


def staff_token(domain: str, now: datetime) -> str:
    claims = {"dest": f"https://{domain}", "iss": f"https://{domain}/admin", "sub": "1", "sid": uuid4().hex}
    return token(domain, now, **claims)


Ask = Callable[[str, str], Any]


def asking(app: Flask, world: World, shop: TestShop, clock: StepClock) -> dict[str, Ask]:
    """How to ask an address with each kind of credential."""
    with world.database.transaction() as session:
        key = api_keys.create(session, shop.id, label="matrix", now=clock())
    shopper = Shopper(app, shop.domain, clock, customer="7001")
    buyer = "gid://shopify/Customer/7001"
    bearers = {
        "nothing": None,
        "staff": staff_token(shop.domain, clock()),
        "checkout": token(shop.domain, clock(), iss=f"https://{shop.domain}/checkouts", sub=buyer),
        "account": token(shop.domain, clock(), iss=f"https://{shop.domain}/account", sub=buyer),
        "key": key,
    }

    def bearing(bearer: str | None) -> Ask:
        headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        return lambda method, path: app.test_client().open(path, method=method, json={}, headers=headers)

    def proxied(method: str, path: str) -> Any:
        return app.test_client().open(path.partition("?")[0], method=method, json={}, query_string=shopper.signed())

    return {"proxy": proxied, **{name: bearing(bearer) for name, bearer in bearers.items()}}


def addresses(app: Flask) -> Iterator[tuple[str, str, str]]:
    """(door, method, path) of everything that takes a credential, with something in every place."""
    for rule in app.url_map.iter_rules():
        door = next((name for prefix, name in DOORS.items() if rule.rule.startswith(prefix + "/")), None)
        if door is None or rule.rule in OPEN or rule.endpoint.endswith(".unknown"):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            customer = "?customer_id=7001" if door == "staff" else ""
            yield door, method, filled(rule) + customer


def filled(rule: Rule) -> str:
    path = re.sub(r"<uuid:\w+>", "00000000-0000-4000-8000-000000000000", rule.rule)
    return re.sub(r"<[^>]+>", "1", path)


def test_only_the_right_credential_opens_an_address(app: Flask, world: World, clock: StepClock) -> None:
    shop = make_shop(world)
    ways = asking(app, world, shop, clock)
    cells = [(door, method, path, way) for door, method, path in addresses(app) for way in ways]

    seen = {cell: ways[cell[3]](cell[1], cell[2]).status_code for cell in cells}

    wrong = {
        cell: status
        for cell, status in seen.items()
        if ((cell[0] == cell[3] or (cell[0], cell[3]) in ALIKE) == (status == 401)) or status >= 500
    }
    assert wrong == {}
    assert {cell[0] for cell in cells} == set(DOORS.values())
    assert len(cells) > 150


@pytest.mark.parametrize("path", ["/ext/checkout/state", "/ext/account/state"])
@pytest.mark.parametrize(
    "claims", [{"aud": "another"}, {"dest": "other.example"}, {"exp": 1}, {"sub": "7001"}, {"sid": "x"}]
)
def test_a_token_that_is_not_quite_right_opens_nothing(
    app: Flask, world: World, clock: StepClock, path: str, claims: dict[str, Any]
) -> None:
    shop = make_shop(world)

    answer = app.test_client().get(path, headers={"Authorization": f"Bearer {token(shop.domain, clock(), **claims)}"})

    assert answer.status_code == 401


def test_the_customer_is_the_tokens_and_never_the_requests(app: Flask, world: World, clock: StepClock) -> None:
    shop = make_shop(world)
    signed_out = token(shop.domain, clock(), iss=f"https://{shop.domain}/account")
    headers = {"Authorization": f"Bearer {signed_out}"}

    state = app.test_client().get("/ext/account/state", headers=headers)
    spliced = app.test_client().get("/ext/account/state?logged_in_customer_id=7001", headers=headers)

    assert (state.json or {})["is_signed_in"] is False
    assert spliced.status_code == 422


def test_extensions_on_any_of_shopifys_origins_may_ask(app: Flask) -> None:
    answer = app.test_client().options("/ext/checkout/redeem", headers={"Origin": "https://extensions.shopifycdn.com"})

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
