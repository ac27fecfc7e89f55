"""The themes' scripts in a real browser: an app that calls Shopify's standard actions moves the modern theme's own cart."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from devstore.world import Shop

pytestmark = pytest.mark.browser

Script = Callable[[Page], Any]
Run = Callable[[Script], Any]


@pytest.fixture
def run(chromium: Browser, host_app: Flask, shop: Shop) -> Iterator[Run]:
    """Run a script with a fresh page of the served shop; a script error on the page fails the test."""
    host_app.testing = False
    server = make_server("127.0.0.1", 0, host_app, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()

    def play(script: Script) -> Any:
        context = chromium.new_context(base_url=f"http://brew.localhost:{server.port}")
        context.set_default_timeout(8000)
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        try:
            result = script(page)
        finally:
            context.close()
        assert errors == []
        return result

    yield play
    server.shutdown()
    serving.join()
    server.server_close()


def test_a_code_from_an_app_appears_in_the_drawer_without_loading_the_page_again(run: Run, shop: Shop) -> None:
    shop.write_discount("TEN", value="0.1", percent=True)

    def script(page: Page) -> tuple[Any, Any, str]:
        page.goto("/products/ember-mug")
        page.get_by_role("button", name="Add to cart").click()
        page.wait_for_selector("#cart-drawer[open] .line")
        page.evaluate("""() => {
            window.stayed = true; window.heard = [];
            document.addEventListener("shopify:cart:discount-update", (event) => window.heard.push(event.discountCodes));
        }""")
        result = page.evaluate("Shopify.actions.updateCart({discountCodes: ['TEN', 'NOPE']})")
        assert page.evaluate("window.stayed")
        return result, page.evaluate("window.heard"), page.locator("#cart-drawer").inner_text()

    result, heard, drawer = run(script)

    assert result["cart"]["discountCodes"] == [
        {"code": "TEN", "applicable": True},
        {"code": "NOPE", "applicable": False},
    ]
    assert result["cart"]["cost"]["totalAmount"] == {"amount": "21.60", "currencyCode": "USD"}
    assert heard == [[{"code": "TEN"}, {"code": "NOPE"}]]
    assert "\N{MINUS SIGN}$2.40" in drawer
    assert "NOPE does not exist" in drawer


def test_a_refused_line_resolves_with_a_user_error_and_a_malformed_call_rejects(run: Run) -> None:
    def script(page: Page) -> tuple[Any, Any]:
        page.goto("/")
        refused = page.evaluate(
            "Shopify.actions.updateCart({lines: [{merchandiseId: 'gid://shopify/ProductVariant/1', quantity: 1}]})"
        )
        malformed = page.evaluate("Shopify.actions.updateCart({discountCodes: 'TEN'}).catch((problem) => problem.name)")
        return refused["userErrors"][0]["message"], malformed

    assert run(script) == ("Cannot find variant", "TypeError")


def test_the_drawer_works_by_keyboard_and_gives_the_focus_back(run: Run) -> None:
    def script(page: Page) -> tuple[bool, bool, str]:
        page.goto("/")
        cart = page.get_by_role("link", name="Cart")
        cart.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#cart-drawer[open]")
        inside = page.evaluate("document.getElementById('cart-drawer').contains(document.activeElement)")
        page.keyboard.press("Escape")
        is_open = page.evaluate("document.getElementById('cart-drawer').open")
        return inside, is_open, page.evaluate("document.activeElement.getAttribute('href')")

    assert run(script) == (True, False, "/cart")


def test_the_plain_theme_has_no_actions_and_sells_without_any_script(run: Run, shop: Shop) -> None:
    shop.theme = "plain"

    def script(page: Page) -> tuple[str, str]:
        page.goto("/products/ember-mug")
        kind = page.evaluate("typeof window.Shopify.actions")
        page.get_by_role("button", name="Add to cart").click()
        page.get_by_role("button", name="Check out").click()
        page.wait_for_url("**/checkouts/cn/*")
        return kind, page.locator("h2#summary-title").inner_text()

    assert run(script) == ("undefined", "Order summary")


def test_phones_never_scroll_sideways(run: Run) -> None:
    def script(page: Page) -> dict[str, int]:
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto("/products/ember-mug")
        page.get_by_role("button", name="Add to cart").click()
        page.wait_for_selector("#cart-drawer[open] .line")
        wide = {}
        for path in ("/", "/collections/coffee", "/products/ember-mug", "/cart", "/checkout", "/account/login"):
            page.goto(path)
            wide[path] = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return wide

    assert set(run(script).values()) == {0}
