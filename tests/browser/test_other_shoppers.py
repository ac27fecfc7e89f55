"""The same at a phone's width for those who are easily forgotten: a plain theme, another language, a currency without decimals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from devstore.client import ShopClient
from jobs.world import build
from plugin.demo.stage import Stage
from plugin.doctor import add_shop
from plugin.services.perform import World
from tests.browser.visitor import PHONE, Shopper, Staff

pytestmark = pytest.mark.browser

MUG = "ember-mug"
DECIMALS = re.compile(r"\d[.,]\d{1,2}(?!\d|\s?%)")


@pytest.fixture(scope="module")
def world(stage: Stage) -> Iterator[World]:
    world = build(stage.settings)
    yield world
    world.database.dispose()


def member(world: World, shop: ShopClient, *, quantity: int, locale: str) -> int:
    """The app installed for one merchant, and a customer who has bought so many mugs."""
    add_shop(world, shop.domain, access_token=None)
    customer = int(shop.add_customer("kim@example.com", first_name="Kim", last_name="Lang", locale=locale)["id"])
    shop.checkout([{"product": MUG, "quantity": quantity}], customer_id=customer)
    return customer


def arrive(who: Shopper, customer: int) -> None:
    who.page.goto(f"{who.home}_devstore/act-as?customer={customer}&next=/")


def test_a_german_shopper_redeems_on_a_phone_in_a_theme_without_actions(
    world: World, open_shop: Callable[..., ShopClient], shopper: Callable[..., Shopper]
) -> None:
    shop = open_shop("kaffeekontor", prices={MUG: "20.00"}, name="Kaffeekontor", currency="EUR", theme="plain")
    customer = member(world, shop, quantity=9, locale="de")
    kim = shopper(shop, "kim", size=PHONE, locale="de-DE")

    arrive(kim, customer)
    kim.find_balance("180")
    assert kim.activity() == {"Gesammelt mit Bestellung #1001": "+180"}
    kim.reads("Prämien")
    kim.look("Stand")
    kim.close_panel()
    kim.add_to_cart(MUG, 1, add="In den Warenkorb")
    kim.find_balance("180")
    kim.panel.locator("button.line").filter(has_text="· 150 Punkte").click()
    kim.in_panel("Für 150 Punkte einlösen")
    kim.reads("Dein Code ist da")
    code = kim.panel.locator(".ticket .code").inner_text()
    kim.in_panel("Im Warenkorb einsetzen")
    kim.reads("Fertig: der Code gilt in deinem Warenkorb.")
    kim.look("Code")
    kim.in_panel("Warenkorb ansehen")
    kim.page.wait_for_url("**/cart")
    kim.look("Warenkorb")
    kim.press("Zur Kasse")
    kim.look("Kasse")

    assert kim.sums()[code] == "\N{MINUS SIGN}5,00\N{NO-BREAK SPACE}€"
    assert kim.pay() == "#1002"


def test_yen_have_no_decimals_anywhere(
    world: World,
    open_shop: Callable[..., ShopClient],
    shopper: Callable[..., Shopper],
    staff: Callable[[ShopClient], Staff],
) -> None:
    shop = open_shop("kissaten", prices={MUG: "3000"}, name="Kissaten", currency="JPY", country="JP")
    customer = member(world, shop, quantity=6, locale="en")
    kim, merchant = shopper(shop, "yen", size=PHONE), staff(shop)

    arrive(kim, customer)
    kim.find_balance("180")
    kim.reads("¥500 off")
    no_decimals(kim)
    kim.close_panel()
    kim.add_to_cart(MUG, 1)
    no_decimals(kim)
    expect(kim.page.locator("#cart-drawer[open] .line")).to_be_visible()
    kim.page.keyboard.press("Escape")
    kim.find_balance("180")
    kim.in_panel("Money off")
    kim.in_panel("Redeem for 150 points")
    kim.reads("Your code is ready")
    code = kim.panel.locator(".ticket .code").inner_text()
    no_decimals(kim)
    kim.in_panel("Apply to cart")
    kim.reads("Done: the code counts in your cart.")
    kim.in_panel("View cart")
    expect(kim.page.locator("#cart-drawer[open]")).to_contain_text("\N{MINUS SIGN}¥500")
    no_decimals(kim)
    kim.page.locator("#cart-drawer").get_by_role("link", name="Check out").click()
    assert kim.sums()[code] == "\N{MINUS SIGN}¥500"
    no_decimals(kim)
    kim.pay()
    no_decimals(kim)
    merchant.page.goto(f"{merchant.admin}/")
    merchant.on("Home")
    merchant.reads("A customer who spends ¥5,000 earns 50 points.")
    for name in ("Program", "Members", "Activity", "Settings"):
        merchant.menu(name)
        no_decimals(merchant)


def no_decimals(who: Shopper | Staff) -> None:
    """Neither what is read nor what stands in a field has a decimal part."""
    who.look("yen")
    shown = []
    for frame in who.page.frames:
        shown += [
            frame.locator("body").inner_text(),
            *frame.locator("input").evaluate_all("all => all.map((one) => one.value)"),
        ]
    if isinstance(who, Shopper) and who.panel.count():
        shown.append(who.panel.inner_text())
    assert [text for text in shown if DECIMALS.search(text)] == []
