"""The main job as people live it: install, settings, order, points, a friend, a reward at the checkout, a refund."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from devstore.client import ShopClient
from plugin.demo.stage import Stage
from tests.browser.visitor import PATIENCE_MS, PHONE, Shopper, Staff

pytestmark = pytest.mark.browser

MUG = "ember-mug"


def test_from_install_to_refund(
    stage: Stage,
    open_shop: Callable[..., ShopClient],
    shopper: Callable[..., Shopper],
    staff: Callable[[ShopClient], Staff],
) -> None:
    shop = open_shop("tidewater", prices={MUG: "20.00"}, name="Tidewater Coffee", currency="USD", is_installed=False)
    shop.add_customer("ann@example.com", first_name="Ann", last_name="Weber")
    merchant, ann = staff(shop), shopper(shop, "ann")
    ben = shopper(shop, "ben", size=PHONE)

    merchant_installs(merchant)
    nothing_is_shown_yet(shopper(shop, "passer-by"))
    merchant_sets_the_rate(merchant)
    merchant_launches(merchant)
    ann_signs_in_and_joins(ann)
    first = ann_buys_four_mugs(ann)
    ann_finds_her_points(ann, first)
    friends_order = ben_comes_by_link(ben, ann_copies_her_link(ann))
    code = ann_redeems(ann)
    second = ann_pays_with(ann, code)
    the_code_works_once(ann, code)
    merchant_refunds(merchant, shop, second)
    ann_has_her_points_back(ann, first, second)
    merchant_reads_every_entry(merchant, first, second)
    merchant_reads_that_all_is_well(merchant)
    the_books_are_proved(stage)

    assert [first, friends_order, second] == [order["name"] for order in shop.orders()]


def merchant_installs(merchant: Staff) -> None:
    merchant.page.goto(f"{merchant.admin}/")
    merchant.sees("The app will be able to:")
    merchant.look("consent")
    merchant.press("Install")
    merchant.page.wait_for_url("**/apps/regulars/")
    merchant.on("Home")
    merchant.reads("In set-up")
    merchant.reads("Customers see nothing yet, and nothing is promised to them.")
    merchant.look("set-up")


def nothing_is_shown_yet(guest: Shopper) -> None:
    guest.page.goto(guest.home)
    guest.page.wait_for_load_state("networkidle")
    guest.look("home before launch")
    expect(guest.page.locator("button.launcher")).to_have_count(0)


def merchant_sets_the_rate(merchant: Staff) -> None:
    merchant.menu("Program")
    merchant.frame.get_by_text("Earning on orders").click()
    merchant.fill("earning.points", "2")
    merchant.fill("earning.per", "0")
    merchant.expected.add("422")
    merchant.save()
    expect(merchant.frame.locator('[name="earning.per"]')).to_contain_text("Enter more than 0.")
    merchant.look("a mistake")
    merchant.fill("earning.per", "1")
    expect(merchant.frame.locator("#meaning")).to_contain_text("A customer who spends $50 earns 100 points.")
    merchant.save()
    merchant.sees("Saved in your draft")
    merchant.expected.clear()
    merchant.look("program")


def merchant_launches(merchant: Staff) -> None:
    merchant.page.get_by_role("link", name="Regulars").first.click()
    merchant.on("Home")
    merchant.frame.locator('s-page > s-button[slot="primary-action"]').click()
    merchant.on("Launch Rewards")
    merchant.look("launch")
    merchant.frame.locator('#launch-form s-button[type="submit"]').click()
    merchant.sees("Your program is live")
    merchant.look("live")


def ann_signs_in_and_joins(ann: Shopper) -> None:
    ann.page.goto(ann.home)
    ann.open_panel()
    ann.reads("You get 2 points for every $1 you spend.")
    ann.look("panel for a guest")
    ann.panel.get_by_role("link", name="Sign in to take part").click()
    ann.page.get_by_label("E-mail").fill("ann@example.com")
    ann.look("sign in")
    ann.press("Continue")
    with ann.context.expect_page() as opened:
        ann.page.get_by_role("link", name=re.compile("mail", re.IGNORECASE)).click()
    code = re.search(r"\b\d{6}\b", opened.value.locator("body").inner_text())
    assert code is not None
    opened.value.close()
    ann.page.get_by_label("Code").fill(code[0])
    ann.look("code")
    ann.press("Continue")
    expect(ann.panel).to_be_visible(timeout=PATIENCE_MS)  # signing in leads back to where it was wanted
    ann.in_panel("Join for free")
    ann.reads("Welcome! You are in.")
    expect(ann.panel.locator(".balance .figure")).to_have_text("0")
    ann.look("joined")
    ann.close_panel()


def ann_buys_four_mugs(ann: Shopper) -> str:
    ann.add_to_cart(MUG, 4)
    expect(ann.page.locator("#cart-drawer[open] .line")).to_be_visible()
    ann.look("cart")
    ann.page.locator("#cart-drawer").get_by_role("link", name="Check out").click()
    assert ann.sums()["Items"] == "$80.00"
    ann.look("checkout")
    return ann.pay()


def ann_finds_her_points(ann: Shopper, order: str) -> None:
    ann.page.goto(ann.home)
    ann.find_balance("160")
    assert ann.activity() == {f"Earned with order {order}": "+160"}
    ann.look("points of the order")


def ann_copies_her_link(ann: Shopper) -> str:
    ann.reads("They get $5 off, you get 150 points when they order.")
    ann.in_panel("Get your link")
    expect(ann.panel.locator(".picture")).to_be_visible(timeout=PATIENCE_MS)
    ann.look("ways to pass the link on")
    link = ann.panel.locator(".link [title]").get_attribute("title")
    assert link is not None
    ann.close_panel()
    return link


def ben_comes_by_link(ben: Shopper, link: str) -> str:
    ben.page.goto(link)
    ben.reads("A friend sent you $5 off")
    ben.look("a gift")
    ben.in_panel("Get my code")
    ben.reads("Your code is ready")
    code = ben.panel.locator(".ticket .code").inner_text()
    ben.in_panel("Apply to cart")
    ben.reads("Saved. It counts as soon as something is in your cart.")
    ben.look("the gift's code")
    ben.close_panel()
    ben.add_to_cart(MUG, 2)
    drawer = ben.page.locator("#cart-drawer[open]")
    expect(drawer).to_contain_text("\N{MINUS SIGN}$5.00")
    ben.look("cart with the gift")
    drawer.get_by_role("link", name="Check out").click()
    for label, text in (("E-mail", "ben@example.com"), ("First name", "Ben"), ("Last name", "Okafor")):
        ben.page.get_by_label(label).fill(text)
    assert ben.sums()[code] == "\N{MINUS SIGN}$5.00"
    ben.look("checkout with the gift")
    return ben.pay()


def ann_redeems(ann: Shopper) -> str:
    ann.add_to_cart(MUG, 2)
    expect(ann.page.locator("#cart-drawer[open] .line")).to_be_visible()
    ann.page.keyboard.press("Escape")
    ann.find_balance("310")
    assert ann.activity()["A friend you referred placed an order"] == "+150"
    ann.look("points of the friend")
    ann.in_panel("Money off")
    ann.reads("You will have 160 points left.")
    ann.look("reward")
    ann.in_panel("Redeem for 150 points")
    ann.reads("Your code is ready")
    code = ann.panel.locator(".ticket .code").inner_text()
    ann.in_panel("Apply to cart")
    ann.reads("Done: the code counts in your cart.")
    ann.look("the reward's code")
    ann.in_panel("View cart")
    expect(ann.page.locator("#cart-drawer[open]")).to_contain_text("\N{MINUS SIGN}$5.00")
    return code


def ann_pays_with(ann: Shopper, code: str) -> str:
    ann.page.locator("#cart-drawer").get_by_role("link", name="Check out").click()
    sums = ann.sums()
    assert (sums["Items"], sums[code]) == ("$40.00", "\N{MINUS SIGN}$5.00")
    ann.look("checkout with the reward")
    order = ann.pay()
    ann.page.goto(ann.home)
    ann.find_balance("230")
    assert ann.activity()[f"Earned with order {order}"] == "+70"
    ann.close_panel()
    return order


def the_code_works_once(ann: Shopper, code: str) -> None:
    ann.add_to_cart(MUG, 2)
    ann.page.locator("#cart-drawer").get_by_role("link", name="Check out").click()
    ann.page.get_by_label("Discount code").fill(code)
    ann.press("Apply")
    refused = ann.page.locator("[data-refused]")
    expect(refused).to_contain_text(code)
    expect(refused).to_contain_text(re.compile("used|usage limit"))
    assert code not in ann.sums()
    ann.look("the code once more")


def merchant_refunds(merchant: Staff, shop: ShopClient, order: str) -> None:
    merchant.page.goto(f"{merchant.stage.store_url}/_devstore/orders/{shop.handle}")
    row = merchant.page.get_by_role("row").filter(has_text=order)
    row.get_by_role("button", name="Refund all").click()
    expect(merchant.page.get_by_role("row").filter(has_text=order)).to_contain_text("refunded")
    merchant.look("orders")


def ann_has_her_points_back(ann: Shopper, first: str, second: str) -> None:
    ann.page.goto(ann.home)
    ann.find_balance("310")
    ann.look("balance after the refund")
    ann.in_panel("See all activity")
    ann.reads(f"Earned with order {first}")
    assert ann.activity() == {
        f"Taken back after a refund of order {second}": "\N{MINUS SIGN}70",
        f"Returned after a refund of order {second}": "+150",
        f"Reward used with order {second}": "150",
        f"Earned with order {second}": "+70",
        "Reserved for a reward": "\N{MINUS SIGN}150",
        "A friend you referred placed an order": "+150",
        f"Earned with order {first}": "+160",
    }
    ann.look("activity after the refund")


def merchant_reads_every_entry(merchant: Staff, first: str, second: str) -> None:
    merchant.page.goto(f"{merchant.admin}/")
    merchant.on("Home")
    merchant.menu("Members")
    merchant.reads("ann@example.com")
    merchant.look("members")
    merchant.frame.get_by_text("Ann Weber").click()
    merchant.on("Ann Weber")
    for words in (
        f"Earned with order {first}", "A friend they referred placed an order", "Reserved for a reward",
        f"Reward used with order {second}", f"Taken back after a refund of order {second}",
        f"Returned after a refund of order {second}",
    ):  # fmt: skip
        merchant.reads(words)
    merchant.look("member")


def merchant_reads_that_all_is_well(merchant: Staff) -> None:
    merchant.menu("Settings")
    merchant.frame.get_by_text("Data and proof").click()
    merchant.on("Data and proof")
    merchant.frame.locator('s-page > s-button[slot="primary-action"]').click()
    merchant.reads("Every balance adds up")
    merchant.reads("Points agree with Shopify's orders")
    expect(merchant.frame.locator('s-banner[heading="Everything is in order"]')).to_be_visible(timeout=PATIENCE_MS)
    merchant.look("proof")


def the_books_are_proved(stage: Stage) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "plugin.cli", "audit"], env=stage.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
