"""Who gets in, who does not, and what the first visit does."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from plugin import admin
from plugin import clock as wall
from plugin.db import Database
from plugin.db.tables import ShopDetails
from plugin.loyalty.errors import Unauthorized, Unreachable
from plugin.services import members, programs, shops, tokens
from plugin.services.opening import open_shop
from plugin.services.perform import World
from plugin.settings import Settings
from tests.admin.addresses import addresses
from tests.admin.conftest import PromptBell
from tests.admin.staff import SECRET, Staff
from tests.conftest import TestShop
from tests.fakes import FakeTokens, StepClock


def bad_tokens(staff: Staff) -> dict[str, str]:
    """Every kind of token that must not open anything."""
    now = int(staff.clock.now.timestamp())
    return {
        "garbage": "garbage",
        "another secret": staff.token(secret="shpss_00000000000000000000000000000000"),
        "no algorithm": staff.token(algorithm="none"),
        "another algorithm": staff.token(algorithm="HS512"),
        "expired": staff.token(exp=now - 60, iat=now - 120, nbf=now - 120),
        "of yesterday, said to live": staff.token(iat=now - 86400, nbf=now - 86400),
        "without an end": staff.token(exp=None),
        "not valid yet": staff.token(nbf=now + 600, iat=now + 600, exp=now + 660),
        "another app's": staff.token(aud="ffffffffffffffffffffffffffffffff"),
        "a buyer's at checkout": staff.token(
            iss=f"https://{staff.domain}/checkouts", sub="gid://shopify/Customer/1", sid=None
        ),
        "a buyer's in their account": staff.token(
            iss=f"https://{staff.domain}/account", sub="gid://shopify/Customer/1"
        ),
        "a foreign destination": staff.token(dest="https://evil.example.com", iss="https://evil.example.com/admin"),
        "a destination with a tail": staff.token(dest=f"https://{staff.domain}.evil.example.com"),
        "another shop's issuer": staff.token(iss="https://other.myshopify.com/admin"),
        "without staff": staff.token(sub=None),
    }


def test_no_document_opens_without_a_good_token(staff: Staff, app: Flask) -> None:
    for path in addresses(app, "GET"):
        answers = {name: staff.open(path, token=token) for name, token in bad_tokens(staff).items()}
        answers["no token"] = staff.client.get(path, query_string={"shop": staff.domain})

        assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 302), path
        assert {urlsplit(answer.location).path for answer in answers.values()} == {"/bounce"}, path


def test_no_fetch_is_answered_without_a_good_token(staff: Staff, app: Flask) -> None:
    for path in addresses(app, "GET"):
        answers = {name: staff.fetch(path, token=token) for name, token in bad_tokens(staff).items()}
        answers["no token"] = staff.client.get(path, headers={"Sec-Fetch-Dest": "empty"})

        assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 401), path
        assert all(answer.headers["X-Shopify-Retry-Invalid-Session-Request"] == "1" for answer in answers.values())


def test_nothing_is_done_without_a_good_token(staff: Staff, app: Flask) -> None:
    for path in addresses(app, "POST"):
        answers = {name: staff.send(path, {"is_live": ""}, token=token) for name, token in bad_tokens(staff).items()}
        answers["no token"] = staff.client.post(path)
        answers["a token in the address only"] = staff.client.post(
            path, query_string={"id_token": staff.token(), "shop": staff.domain}
        )

        assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 401), path


def test_a_token_opens_only_the_shop_it_names(staff: Staff, stranger: tuple[Staff, TestShop]) -> None:
    _, other = stranger

    answer = staff.open("/", shop=other.domain)

    assert answer.status_code == 302


def test_the_bounce_page_holds_app_bridge_and_no_data(staff: Staff) -> None:
    sent = staff.open("/members", token="garbage", q="ada")

    answer = staff.client.get(sent.location)

    query = parse_qs(urlsplit(sent.location).query)
    assert query["shopify-reload"] == ["/members?q=ada"]
    assert "id_token" not in sent.location
    assert answer.status_code == 200
    assert re.findall(r"<script src=\"([^\"]*)\"", answer.text) == ["http://127.0.0.1:9876/cdn/app-bridge.js"]
    assert "<s-" not in answer.text


@pytest.mark.parametrize(
    "wanted", ["https://evil.example.com/", "//evil.example.com", "/\\evil.example.com", "javascript:alert(1)", ""]
)
def test_the_bounce_page_leads_nowhere_else(staff: Staff, wanted: str) -> None:
    answer = staff.client.get("/bounce", query_string={"shop": staff.domain, "shopify-reload": wanted})

    assert answer.status_code == 401
    assert "<script" not in answer.text


@pytest.mark.parametrize(
    "named", ["", "evil.com https://x", "evil.example.com", "brew.myshopify.com.evil.com", "brew.myshopify.com\n"]
)
def test_an_address_without_a_real_shop_shows_where_to_go_and_can_be_framed_by_nobody(staff: Staff, named: str) -> None:
    answer = staff.client.get("/", query_string={"shop": named})

    assert answer.status_code == 401
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_only_this_shops_admin_may_frame_a_page(staff: Staff) -> None:
    answer = staff.open("/")

    policy = answer.headers["Content-Security-Policy"].split(";")[0]
    assert policy == f"frame-ancestors https://{staff.domain} https://admin.shopify.com http://admin.localhost:9876"
    assert "X-Frame-Options" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/members", "/settings/data"])
def test_no_cookie_is_set_and_nothing_is_cached(staff: Staff, path: str) -> None:
    answer = staff.open(path)

    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_app_bridge_comes_first(staff: Staff) -> None:
    page = staff.open("/").text

    scripts = re.findall(r"<script[^>]*src=\"([^\"]*)\"", page)
    names = [script.rsplit("/", 1)[-1] for script in scripts]
    assert (names[0], names[-1]) == ("app-bridge.js", "turbo.js")
    assert '<script src="http://127.0.0.1:9876/cdn/app-bridge.js"></script>' in page


def test_the_first_visit_installs_the_app_in_set_up(app: Flask, world: World, clock: StepClock) -> None:
    newcomer = Staff(app.test_client(), "brand-new-beans.myshopify.com", clock)

    answer = newcomer.open("/")

    assert answer.status_code == 200
    assert "In set-up" in answer.text
    with world.database.transaction() as session:
        shop = shops.find(session, newcomer.domain)
    with world.database.transaction(shop.id) as session:
        assert tokens.has_token(session)
        assert programs.current(session).program.is_live is False
        assert shops.details(session).is_own_app is False


def test_a_second_visit_installs_nothing_again(staff: Staff, world: World, shop: TestShop, clock: StepClock) -> None:
    with world.database.transaction(shop.id) as session:
        before = shops.details(session).installed_at
    clock.forward(days=1)

    answer = staff.open("/")

    with world.database.transaction(shop.id) as session:
        assert answer.status_code == 200
        assert shops.details(session).installed_at == before
        assert programs.versions(session).numbers == (1,)


def test_coming_back_after_uninstalling_keeps_members_and_takes_a_new_token(
    staff: Staff, world: World, shop: TestShop, clock: StepClock
) -> None:
    with world.database.transaction(shop.id) as session:
        members.join(session, 7001, tombstone_key=b"t" * 32, now=clock.now)
        shops.uninstalled(session, at=clock.forward(hours=1))
    clock.forward(days=20)

    answer = staff.open("/members")

    assert "Customer #7001" in answer.text
    with world.database.transaction(shop.id) as session:
        assert tokens.has_token(session)
        assert session.get_one(ShopDetails, shop.id).uninstalled_at is None


def test_a_token_that_shopify_refused_is_replaced_on_the_next_visit(
    staff: Staff, world: World, shop: TestShop, bell: PromptBell
) -> None:
    with world.database.transaction(shop.id) as session:
        tokens.refused(session)

    answer = staff.open("/")

    assert answer.status_code == 200
    assert "codes" in bell.rings
    with world.database.transaction(shop.id) as session:
        assert tokens.has_token(session)


@pytest.mark.parametrize(("error", "status"), [(Unreachable("down"), 503), (Unauthorized("no"), 403)])
def test_a_first_visit_while_shopify_says_no_is_a_friendly_page_and_no_shop(
    app: Flask, world: World, clock: StepClock, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    newcomer = Staff(app.test_client(), "unlucky-beans.myshopify.com", clock)

    def exchange(*_: object) -> None:
        raise error

    monkeypatch.setattr(FakeTokens, "exchange", exchange)
    answer = newcomer.open("/")

    assert answer.status_code == status
    assert "Traceback" not in answer.text
    with world.database.transaction() as session:
        assert newcomer.domain not in {shop.domain for shop in shops.every(session)}


def test_a_token_of_the_previous_secret_opens_while_secrets_rotate(
    world: World, settings: Settings, shop: TestShop, clock: StepClock
) -> None:
    clock.now = wall.now()  # Shopify's own verifier looks at the wall
    rotated = replace(
        settings, shopify_api_secret="shpss_f00dfeedf00dfeedf00dfeedf00dfeed", shopify_old_api_secret=SECRET
    )
    app = Flask("rotated", static_folder=None)
    app.register_blueprint(admin.create_blueprint(world, rotated, PromptBell(world)))

    answer = Staff(app.test_client(), shop.domain, clock).open("/")

    assert answer.status_code == 200


def test_a_page_kept_open_for_an_hour_is_asked_for_a_fresh_token(staff: Staff, clock: StepClock) -> None:
    stale = staff.token()
    clock.now += timedelta(hours=1)

    answer = staff.fetch("/members", token=stale)

    assert answer.status_code == 401


def test_a_form_of_a_megabyte_is_refused(staff: Staff) -> None:
    answer = staff.send("/program/names", {"name": "x" * 1_000_000})

    assert answer.status_code == 413


def test_a_database_that_is_down_is_a_friendly_page(
    world: World, settings: Settings, shop: TestShop, clock: StepClock
) -> None:
    down = Database("postgresql://nobody@127.0.0.1:1/nothing")
    app = Flask("down", static_folder=None)
    app.register_blueprint(admin.create_blueprint(replace(world, database=down), settings, PromptBell(world)))
    staff = Staff(app.test_client(), shop.domain, clock)

    answers = [staff.open("/"), staff.fetch("/members"), staff.send("/program/names", {})]

    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert all("Nothing is lost" in answer.text and "psycopg" not in answer.text for answer in answers)


def test_two_first_openings_at_once_install_one_shop(world: World, clock: StepClock) -> None:
    domain = "impatient-beans.myshopify.com"

    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: open_shop(world, domain, "id token", now=clock.now), range(4)))

    assert len({one.shop_id for one in opened}) == 1
    with world.database.transaction(opened[0].shop_id) as session:
        assert programs.versions(session).numbers == (1,)
        assert tokens.has_token(session)
