"""Checkout turns a cart into an order, and names every code it will not take."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from devstore.storefront.state import Storefront
from devstore.world import Shop
from tests.devstore_storefront.conftest import Browser, Clock

Variants = Callable[[str], int]
NORA = {"email": "nora@example.com", "first_name": "Nora", "last_name": "Lind"}


def open_checkout(browser: Browser, *variants: int, codes: str = "") -> str:
    for variant_id in variants:
        browser.post("/cart/add.js", json={"id": variant_id})
    browser.post("/cart/update.js", json={"discount": codes})
    return str(browser.get("/checkout").location)


def refusals(page: str) -> dict[str, str]:
    return dict(re.findall(r'data-refused="([^"]*)" data-reason="([^"]*)"', page))


def test_a_guest_pays_and_gets_an_order_a_mail_and_an_empty_cart(
    browser: Browser, shop: Shop, storefront: Storefront, variant: Variants
) -> None:
    page = open_checkout(browser, variant("ember-mug"))

    answer = browser.post(page, {**NORA, "pay": "1"})

    (order,) = shop.orders.values()
    assert answer.location == f"{page}/thank-you"
    assert order.name in browser.get(answer.location).text
    assert (order.email, order.total, order.financial_status) == ("nora@example.com", Decimal("28.90"), "paid")
    assert [message.to for message in storefront.mailbox.newest_first()] == ["nora@example.com"]
    assert browser.cart()["item_count"] == 0


def test_a_guest_becomes_a_customer_with_their_name_and_no_account(
    browser: Browser, shop: Shop, variant: Variants
) -> None:
    browser.post(open_checkout(browser, variant("ember-mug")), {**NORA, "pay": "1"})

    (customer,) = shop.customers.values()

    assert (customer.name, customer.state, customer.id) == (
        "Nora Lind",
        "disabled",
        next(iter(shop.orders.values())).customer_id,
    )


def test_cart_attributes_become_the_orders(browser: Browser, shop: Shop, variant: Variants) -> None:
    browser.post("/cart/update.js", json={"attributes": {"referral": "abc"}})

    browser.post(open_checkout(browser, variant("ember-mug")), {**NORA, "pay": "1"})

    assert next(iter(shop.orders.values())).attributes == {"referral": "abc"}


def test_each_refused_code_is_named_with_its_reason_and_the_losing_one_too(
    browser: Browser, shop: Shop, variant: Variants
) -> None:
    shop.write_discount("HALF", value="0.5", percent=True)
    shop.write_discount("FIVE", value="5")
    page = open_checkout(browser, variant("ember-mug"), codes="HALF,NOPE")

    shown = browser.get(page).text
    after = browser.post(page, {"discount": "FIVE", "apply": "1"}).text

    assert refusals(shown) == {"NOPE": "not_found"}
    assert refusals(after) == {"FIVE": "not_combinable"}
    assert "FIVE could not be combined with HALF" in after


def test_a_code_of_someone_else_is_refused_and_of_the_typed_address_taken(
    browser: Browser, shop: Shop, variant: Variants
) -> None:
    nora = shop.add_customer("nora@example.com")
    shop.write_discount("NORAS", value="5", customer_ids=frozenset({nora.id}))
    page = open_checkout(browser, variant("ember-mug"))

    as_other = browser.post(page, {"email": "other@example.com", "discount": "NORAS", "apply": "1"}).text
    browser.post(page, {"email": "NORA@example.com", "discount": "NORAS", "apply": "1"})
    browser.post(page, {**NORA, "pay": "1"})

    assert refusals(as_other) == {"NORAS": "wrong_customer"}
    assert next(iter(shop.orders.values())).codes == ["NORAS"]


def test_a_code_that_applied_when_it_was_shown_is_honoured_when_paying(
    browser: Browser, shop: Shop, clock: Clock, variant: Variants
) -> None:
    five = shop.write_discount("FIVE", value="5", ends_at=clock() + timedelta(minutes=5))
    page = open_checkout(browser, variant("ember-mug"), codes="FIVE")
    browser.get(page)

    shop.deactivate_discount(five.id)
    clock.advance(timedelta(minutes=10))
    browser.post(page, {**NORA, "pay": "1"})

    assert next(iter(shop.orders.values())).codes == ["FIVE"]


def test_a_removed_code_is_gone_from_checkout_and_cart(browser: Browser, shop: Shop, variant: Variants) -> None:
    shop.write_discount("FIVE", value="5")
    page = open_checkout(browser, variant("ember-mug"), codes="FIVE")

    browser.post(page, {"remove": "FIVE"})

    assert browser.cart()["discount_codes"] == []
    assert "FIVE" not in browser.get(page).text


def test_missing_fields_stand_beside_their_inputs_and_nothing_is_ordered(
    browser: Browser, shop: Shop, variant: Variants
) -> None:
    page = open_checkout(browser, variant("ember-mug"))

    answer = browser.post(page, {"email": "nora", "last_name": "", "pay": "1"})

    assert answer.status_code == 422
    assert 'id="email-problem"' in answer.text
    assert 'id="last_name-problem"' in answer.text
    assert shop.orders == {}


def test_a_declined_card_orders_nothing(browser: Browser, shop: Shop, variant: Variants) -> None:
    page = open_checkout(browser, variant("ember-mug"))

    answer = browser.post(page, {**NORA, "card": "2", "pay": "1"})

    assert (answer.status_code, shop.orders) == (422, {})


def test_paying_twice_orders_once(browser: Browser, shop: Shop, variant: Variants) -> None:
    page = open_checkout(browser, variant("ember-mug"))

    first = browser.post(page, {**NORA, "pay": "1"})
    second = browser.post(page, {**NORA, "pay": "1"})

    assert first.location == second.location
    assert len(shop.orders) == 1


def test_the_express_checkout_refuses_codes_and_sells_without_them(
    browser: Browser, shop: Shop, variant: Variants
) -> None:
    shop.write_discount("FIVE", value="5")
    browser.post("/cart/add.js", json={"id": variant("ember-mug")})
    browser.post("/cart/update.js", json={"discount": "FIVE"})

    page = browser.post("/checkout/express").location
    shown = browser.get(page).text
    browser.post(page, {"email": "nora@example.com", "pay": "1"})

    assert refusals(shown) == {"FIVE": "accelerated_checkout"}
    assert (next(iter(shop.orders.values())).codes, next(iter(shop.orders.values())).subtotal) == ([], Decimal(24))


def test_an_empty_cart_leads_back_to_the_cart(browser: Browser) -> None:
    assert browser.get("/checkout").location == "/cart"


def test_a_checkout_says_whether_the_shop_has_checkout_extensions(
    browser: Browser, shop: Shop, variant: Variants
) -> None:
    shop.has_checkout_extensions = False

    page = browser.get(open_checkout(browser, variant("ember-mug"))).text

    assert 'data-checkout-extensions="false"' in page


def test_what_shoppers_type_is_escaped(browser: Browser, variant: Variants) -> None:
    page = open_checkout(browser, variant("ember-mug"), codes="<b>x</b>")

    cart, checkout = browser.get("/cart").text, browser.get(page).text

    assert "<b>x</b>" not in cart
    assert "<b>x</b>" not in checkout
    assert "&lt;b&gt;x&lt;/b&gt;" in checkout
