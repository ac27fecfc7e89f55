"""Customers sign in by a mailed code (or a password in a classic shop), and see their own orders only."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from devstore.model import Cart, CartLine, Order
from devstore.storefront.state import Storefront
from devstore.world import Shop
from tests.devstore_storefront.conftest import Browser, Clock

EMAIL = "nora@example.com"


def mailed_code(storefront: Storefront, email: str = EMAIL) -> str:
    message = next(storefront.mailbox.newest_first(to=email))
    found = re.search(r"\b\d{6}\b", message.text)
    assert found is not None
    return found.group()


def sign_in(browser: Browser, storefront: Storefront, email: str = EMAIL) -> None:
    accounts = browser.on("accounts.localhost")
    accounts.post("/brew/login", {"email": email})
    answer = accounts.post("/brew/login/code", {"email": email, "code": mailed_code(storefront, email)})
    callback = urlsplit(answer.location)
    browser.get(f"{callback.path}?{callback.query}")


def buy(shop: Shop, *, customer_id: int | None = None, email: str | None = None) -> Order:
    order = shop.checkout(Cart([CartLine(next(iter(shop.variants)), 2)]), customer_id, email)
    assert isinstance(order, Order)
    return order


def test_the_mailed_code_signs_in_on_accounts_and_shop(browser: Browser, shop: Shop, storefront: Storefront) -> None:
    shop.add_customer(EMAIL, first_name="Nora")

    sign_in(browser, storefront)

    assert browser.on("accounts.localhost").get("/brew/orders").status_code == 200
    assert "Nora" in browser.get("/").text


def test_a_guest_signs_in_later_and_finds_the_order(browser: Browser, shop: Shop, storefront: Storefront) -> None:
    order = buy(shop, email=EMAIL)

    sign_in(browser, storefront, "NORA@example.com")

    assert order.name in browser.on("accounts.localhost").get("/brew/orders").text
    assert shop.customer_by_email(EMAIL).state == "enabled"  # type: ignore[union-attr]


def test_a_stranger_gets_an_account_by_signing_in(browser: Browser, shop: Shop, storefront: Storefront) -> None:
    sign_in(browser, storefront, "new@example.com")

    assert [customer.email for customer in shop.customers.values()] == ["new@example.com"]


def test_wrong_old_and_used_codes_do_not_sign_in(browser: Browser, storefront: Storefront, clock: Clock) -> None:
    accounts = browser.on("accounts.localhost")
    accounts.post("/brew/login", {"email": EMAIL})
    code = mailed_code(storefront)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"

    tried_wrong = accounts.post("/brew/login/code", {"email": EMAIL, "code": wrong})
    tried = accounts.post("/brew/login/code", {"email": EMAIL, "code": code})
    tried_again = accounts.post("/brew/login/code", {"email": EMAIL, "code": code})
    accounts.post("/brew/login", {"email": EMAIL})
    clock.advance(timedelta(minutes=11))
    tried_late = accounts.post("/brew/login/code", {"email": EMAIL, "code": mailed_code(storefront)})

    assert [each.status_code for each in (tried_wrong, tried, tried_again, tried_late)] == [422, 303, 422, 422]


def test_guessing_is_over_after_five_tries(browser: Browser, storefront: Storefront) -> None:
    accounts = browser.on("accounts.localhost")
    accounts.post("/brew/login", {"email": EMAIL})
    code = mailed_code(storefront)

    for _ in range(5):
        accounts.post("/brew/login/code", {"email": EMAIL, "code": "abcdef"})

    assert accounts.post("/brew/login/code", {"email": EMAIL, "code": code}).status_code == 422


def test_an_order_shows_its_refund_and_belongs_to_its_customer_alone(browser: Browser, shop: Shop) -> None:
    nora, other = shop.add_customer(EMAIL), shop.add_customer("other@example.com")
    order = buy(shop, customer_id=nora.id)
    shop.refund(order.id, {order.lines[0].id: 1})
    accounts = browser.on("accounts.localhost")

    pages = {}
    for customer in (nora, other):
        browser.act_as(customer.id)
        handed = urlsplit(browser.get("/account/handoff?next=/brew/orders").location)
        accounts.get(f"{handed.path}?{handed.query}")
        pages[customer.id] = accounts.get(f"/brew/orders/{order.id}")

    assert 'data-status="partially_refunded"' in pages[nora.id].text
    assert "1 refunded" in pages[nora.id].text
    assert pages[other.id].status_code == 404


def test_a_forged_cookie_and_an_old_ticket_are_nobody(browser: Browser, shop: Shop, clock: Clock) -> None:
    nora = shop.add_customer(EMAIL, first_name="Nora")
    browser.act_as(nora.id)
    cookie = browser.client.get_cookie("_shopper", domain="brew.localhost")
    assert cookie is not None

    browser.client.set_cookie("_shopper", f"{nora.id}{cookie.value[-8:]}", domain="brew.localhost")
    forged = browser.get("/account/handoff?next=/brew/orders")
    ticket = browser.on("accounts.localhost").get(f"/brew/session?ticket={nora.id}")

    assert forged.location.endswith("/brew/login")
    assert ticket.location == "/brew/login"


def test_the_storefronts_sign_in_link_leads_back_to_the_page_it_stood_on(browser: Browser) -> None:
    came_from = {"Referer": "http://brew.localhost/products/ember-mug?variant=1"}
    elsewhere = {"Referer": "http://evil.example/products"}

    back = browser.get("/customer_authentication/login", headers=came_from)
    home = browser.get("/customer_authentication/login", headers=elsewhere)

    assert back.location.endswith("/brew/login?return_to=%2Fproducts%2Fember-mug%3Fvariant%3D1")
    assert home.location.endswith("/brew/login?return_to=%2F")


def test_each_kind_of_account_reads_its_own_parameter_and_the_old_address_forgets_it(
    browser: Browser, shop: Shop
) -> None:
    new = [browser.get(f"/customer_authentication/login?{name}=/cart") for name in ("return_to", "return_url")]
    old = browser.get("/account/login?return_to=/cart&return_url=/cart")
    shop.customer_accounts = "CLASSIC"
    classic = [browser.get(f"/account/login?{name}=/cart") for name in ("return_url", "checkout_url", "return_to")]

    assert [each.location.rpartition("/")[2] for each in (*new, old)] == [
        "login?return_to=%2Fcart",
        "login?return_to=%2F",
        "login",
    ]
    assert ['value="/cart"' in each.text for each in classic] == [True, True, False]


def test_signing_out_ends_both_sessions(browser: Browser, shop: Shop, storefront: Storefront) -> None:
    shop.add_customer(EMAIL, first_name="Nora")
    sign_in(browser, storefront)

    browser.get("/account/logout")
    browser.on("accounts.localhost").get("/brew/logout")

    assert "Nora" not in browser.get("/").text
    assert browser.on("accounts.localhost").get("/brew/orders").status_code == 302


@pytest.fixture
def classic(shop: Shop) -> Shop:
    shop.customer_accounts = "CLASSIC"
    return shop


def test_a_classic_shop_registers_with_a_password_and_asks_for_it_again(browser: Browser, classic: Shop) -> None:
    browser.post("/account/register", {"email": EMAIL, "password": "roasted"})
    browser.get("/account/logout")

    wrong = browser.post("/account/login", {"email": EMAIL, "password": "burnt!"})
    right = browser.post("/account/login", {"email": EMAIL, "password": "roasted", "return_to": "/cart"})

    assert (wrong.status_code, right.status_code, right.location) == (422, 303, "/cart")
    assert browser.get("/account").status_code == 200
    assert browser.on("accounts.localhost").get("/brew/login").status_code == 404


def test_a_guest_without_password_cannot_be_signed_in_with_an_empty_one(browser: Browser, classic: Shop) -> None:
    buy(classic, email=EMAIL)

    answers = [browser.post("/account/login", {"email": EMAIL, "password": word}) for word in ("", "x")]

    assert [answer.status_code for answer in answers] == [422, 422]


def test_an_account_cannot_be_taken_over_by_registering_again(browser: Browser, classic: Shop) -> None:
    browser.post("/account/register", {"email": EMAIL, "password": "roasted"})

    again = browser.post("/account/register", {"email": EMAIL, "password": "stolen"})

    assert again.status_code == 422
    assert browser.post("/account/login", {"email": EMAIL, "password": "stolen"}).status_code == 422
