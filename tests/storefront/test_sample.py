"""The preview in the admin: the panel itself over the draft, for whoever holds a fresh address, and nothing of it stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin.services import drafts, sample
from plugin.services.perform import World
from plugin.settings import Settings, load
from plugin.storefront import sample as door
from tests.conftest import TestShop
from tests.fakes import StepClock

Look = Callable[..., Any]


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load(
        {
            "REGULARS_ENV": "development",
            "REGULARS_HOME": str(tmp_path_factory.mktemp("home")),
            "SHOPIFY_API_KEY": "3b5d7f9a1c2e4f60718293a4b5c6d7e8",
            "SHOPIFY_API_SECRET": "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",
        }
    )


class Silent:
    """Nobody is rung for a preview."""

    def ring(self, kind: Any, shop_id: int, domain: str, /) -> None:
        raise AssertionError("a preview rang for work")


@pytest.fixture
def client(world: World, settings: Settings) -> FlaskClient:
    app = Flask("preview-alone", static_folder=None)
    app.register_blueprint(door.create_blueprint(world, settings, Silent()), url_prefix=door.ADDRESS)
    return app.test_client()


@pytest.fixture
def token(settings: Settings, shop: TestShop, clock: StepClock) -> str:
    return sample.token(settings.derived_key(sample.KEY), shop.domain, now=clock.now)


@pytest.fixture(autouse=True)
def drafted(world: World, shop: TestShop) -> None:
    """The draft calls the program and its points by other names."""
    with world.database.transaction(shop.id) as session:
        document = drafts.read(session).document
        document |= {"name": "Bean Club", "points_name": {"en": {"one": "bean", "other": "beans"}}, "is_live": False}
        drafts.save(session, document, by="staff:1", now=world.clock())


def rows(world: World, shop: TestShop) -> dict[str, int]:
    with world.database.transaction(shop.id) as session:
        tables = ("members", "entries", "orders", "programs", "outbox", "messages")
        return {t: session.sql(f"SELECT count(*) FROM {t} WHERE shop_id = %s", shop.id)[0][0] for t in tables}


def test_a_member_with_points_sees_the_draft(client: FlaskClient, token: str) -> None:
    shown = client.get(f"/preview/{token}/member/panel/home?lang=en").get_json()

    assert shown["is_signed_in"]
    assert shown["page"]["title"] == "Bean Club"
    assert shown["page"]["head"]["word"] == "beans"
    assert shown["page"]["head"]["figure"] == "180"
    assert "reward/amount-off" in shown["beside"]


def test_a_guest_is_invited_into_the_draft(client: FlaskClient, token: str) -> None:
    shown = client.get(f"/preview/{token}/guest/panel/home?lang=de").get_json()

    assert not shown["is_signed_in"]
    assert shown["page"]["title"] == "Bean Club"


def test_nothing_of_a_look_stays(client: FlaskClient, token: str, world: World, shop: TestShop) -> None:
    before = rows(world, shop)

    for page in ("home", "rewards", "earn", "history", "invite", "reward/money-slider"):
        assert client.get(f"/preview/{token}/member/panel/{page}").status_code == 200, page

    assert rows(world, shop) == before


def test_whatever_is_pressed_does_not_happen(client: FlaskClient, token: str, world: World, shop: TestShop) -> None:
    before = rows(world, shop)

    answer = client.post(f"/preview/{token}/member/redeem", json={"reward_id": "amount-off"})

    assert answer.status_code == 409
    assert answer.get_json()["error"]["message"] == "This is a preview: nothing happens here."
    assert rows(world, shop) == before


def test_the_page_has_the_panels_own_files_and_may_stand_in_the_admin_only(
    client: FlaskClient, token: str, shop: TestShop
) -> None:
    page = client.get(f"/preview/{token}/?loyalty=home&lang=en&as=member")

    assert 'src="/preview/assets/regulars.js"' in page.text
    assert client.get("/preview/assets/panel.js", buffered=True).status_code == 200
    assert (
        f"frame-ancestors https://{shop.domain} https://admin.shopify.com 'self'"
        in page.headers["Content-Security-Policy"]
    )
    assert page.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", ["../blocks/panel.liquid", "../../../pyproject.toml", "%2e%2e/shopify.extension.toml"])
def test_no_other_files_are_handed_out(client: FlaskClient, path: str) -> None:
    assert client.get(f"/preview/assets/{path}").status_code == 404


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1],
        lambda token: token.replace(".", ".0", 1),
        lambda token: f"9{token}",
        lambda token: token.rpartition(".")[0],
        lambda token: "ü" + token,
        lambda _: "x",
    ],
)
def test_an_address_that_nobody_signed_opens_nothing(
    client: FlaskClient, token: str, spoil: Callable[[str], str]
) -> None:
    assert client.get(f"/preview/{spoil(token)}/member/panel/home").status_code == 409
    assert client.get(f"/preview/{spoil(token)}/").status_code == 409


def test_an_address_ends(client: FlaskClient, token: str, clock: StepClock) -> None:
    clock.now += sample.LIFETIME - timedelta(seconds=1)
    just_before = client.get(f"/preview/{token}/").status_code

    clock.now += timedelta(seconds=1)

    assert (just_before, client.get(f"/preview/{token}/").status_code) == (200, 409)
