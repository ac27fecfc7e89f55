"""The app proxy signs what it forwards so that Shopify's own verification accepts it, and lets no cookie through."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import pytest
from shopify_app import ShopifyApp
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from devstore.world import Shop, World
from tests.devstore_storefront.conftest import Browser

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@dataclass
class App:
    """An app behind the proxy that remembers what came and answers as told."""

    url: str = ""
    seen: list[Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    answer: Response = field(default_factory=lambda: Response('{"ok": true}', 200, content_type="application/json"))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        self.bodies.append(request.get_data())
        self.seen.append(request)
        return self.answer(environ, start_response)

    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.seen[-1].query_string.decode(), keep_blank_values=True))


@pytest.fixture
def app(world: World) -> Iterator[App]:
    app = App()
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    app.url = world.config.app_url = f"http://127.0.0.1:{server.port}"
    yield app
    server.shutdown()
    thread.join()
    server.server_close()


def is_genuine(world: World, request: Request) -> bool:
    verifier = ShopifyApp(client_id=world.config.client_id, client_secret=world.config.client_secret)
    answer = verifier.verify_app_proxy_req(
        {"method": request.method, "headers": dict(request.headers), "url": request.url, "body": ""}
    )
    return bool(answer.ok)


def test_shopifys_own_verification_accepts_a_forwarded_request(
    browser: Browser, world: World, shop: Shop, app: App
) -> None:
    world.set_clock(datetime.now(UTC))
    nora = shop.add_customer("nora@example.com")
    browser.act_as(nora.id)

    answer = browser.get("/apps/loyalty/panel?tab=h%C3%A4nd%20%26%20b&a=1")

    query = app.query()
    assert (answer.status_code, answer.get_json()) == (200, {"ok": True})
    assert app.seen[-1].path == "/proxy/panel"
    assert (query["shop"], query["path_prefix"], query["tab"]) == ("brew.myshopify.com", "/apps/loyalty", "händ & b")
    assert query["logged_in_customer_id"] == str(nora.id)
    assert is_genuine(world, app.seen[-1])


def test_a_changed_parameter_is_not_genuine(browser: Browser, world: World, app: App) -> None:
    world.set_clock(datetime.now(UTC))
    browser.get("/apps/loyalty/panel?a=1")
    request = app.seen[-1]

    request.url = request.url.replace("a=1", "a=2")

    assert not is_genuine(world, request)


def test_a_guest_has_an_empty_customer_id(browser: Browser, app: App) -> None:
    browser.get("/apps/loyalty")

    assert app.seen[-1].path == "/proxy"
    assert app.query()["logged_in_customer_id"] == ""


def test_a_shopper_cannot_name_the_customer_or_the_shop(browser: Browser, app: App) -> None:
    browser.get("/apps/loyalty/x?logged_in_customer_id=7001&shop=evil.myshopify.com&signature=00&path_prefix=/no")

    query = app.seen[-1].query_string.decode()
    assert "7001" not in query
    assert "evil" not in query
    assert query.count("signature=") == 1


def test_method_body_and_type_pass_and_cookies_do_not(browser: Browser, app: App) -> None:
    browser.get("/")
    app.answer = Response("no", 422, content_type="text/plain")
    app.answer.set_cookie("spy", "1")

    answer = browser.post("/apps/loyalty/redeem", json={"reward": "five"}, headers={"Idempotency-Key": "k1"})

    came = app.seen[-1]
    assert (came.method, app.bodies[-1], came.content_type) == ("POST", b'{"reward": "five"}', "application/json")
    assert came.headers["Idempotency-Key"] == "k1"
    assert "Cookie" not in came.headers
    assert (answer.status_code, answer.text, answer.headers.getlist("Set-Cookie")) == (422, "no", [])


def test_an_app_that_is_down_is_a_502_and_an_uninstalled_one_a_404(browser: Browser, world: World, shop: Shop) -> None:
    world.config.app_url = "http://127.0.0.1:9"

    down = browser.get("/apps/loyalty/panel")
    shop.uninstall()
    gone = browser.get("/apps/loyalty/panel")

    assert (down.status_code, gone.status_code) == (502, 404)
    assert browser.get("/apps/other/panel").status_code == 404
