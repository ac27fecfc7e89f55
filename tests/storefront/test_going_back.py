"""The back button, a reload, and a second device: wherever a shopper comes from, points are shown as they are, and spent once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect, sync_playwright

from devstore.model import Customer
from plugin.db import Database
from plugin.services import members
from tests.chromium import FLAGS, PATH
from tests.storefront.stage import Stage, playing
from tests.storefront.test_blocks import fill_cart, publish, rich, told
from tests.storefront.test_panel import cart, heading, open_panel, press
from tests.storefront.visiting import PHONE, Visitor, visitor

pytestmark = pytest.mark.browser

__all__ = ["visitor"]

KEPT = "addEventListener('pageshow', (event) => { window.wasKept = event.persisted; })"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium that keeps pages for the way back, as browsers do and Playwright's otherwise does not."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=PATH, args=FLAGS, ignore_default_args=["--disable-back-forward-cache"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def stage(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with playing(database, tmp_path_factory.mktemp("back")) as stage:
        publish(stage, rich())
        yield stage


def points_of(stage: Stage, customer: Customer) -> tuple[int, int]:
    """(available, held)"""
    with stage.world.database.transaction(stage.shop_id) as session:
        member_id = members.by_customer(session, customer.id)
        assert member_id is not None
        view = members.view(session, member_id, handle_key=b"k" * 32, now=stage.world.clock())
    return view.available, view.held


def checkout(page: Page, stage: Stage) -> FrameLocator:
    page.goto(f"{stage.home}checkout")
    return page.frame_locator("iframe[data-extension='purchase.checkout.block.render']")


def test_back_from_the_checkout_cart_and_panel_show_what_is_left(stage: Stage, visitor: Visitor) -> None:
    ann = told(stage, stage.member(300))
    page = visitor(stage, ann, size=PHONE)
    page.add_init_script(KEPT)
    fill_cart(page, stage)
    page.goto(f"{stage.home}cart")
    block = page.locator("loyalty-cart")
    block.get_by_text("Use it for this order").click()
    expect(block.get_by_role("button", name="$10 off for 300 points")).to_be_visible()
    open_panel(page)
    expect(page.locator(".balance .figure")).to_have_text("300")

    frame = checkout(page, stage)
    frame.get_by_role("button", name=re.compile("Money off")).click()
    expect(frame.get_by_text("is in your order")).to_be_visible()
    page.go_back(wait_until="commit")
    page.wait_for_function("window.wasKept")

    expect(page.locator(".balance .figure")).to_have_text("150")
    page.keyboard.press("Escape")
    expect(block.get_by_text("You have 150 points")).to_be_visible()
    expect(block.get_by_role("button", name="$5 off for 150 points")).to_have_count(1)
    expect(block.get_by_role("button", name="$10 off for 300 points")).to_have_count(0)
    assert points_of(stage, ann) == (150, 150)


def test_a_page_that_is_loaded_again_while_the_code_is_made_brings_it_once(stage: Stage, visitor: Visitor) -> None:
    ann = stage.member(300)
    page = visitor(stage, ann)
    stage.bell.delay_seconds = 1.0
    try:
        open_panel(page)
        press(page, "Money off")
        with page.expect_request("**/apps/loyalty/redeem*"):
            press(page, "Redeem for 150 points")
        page.goto(f"{stage.home}?loyalty=codes")
        page.get_by_role("dialog").locator("button.line").click()
        expect(page.get_by_role("dialog").locator(".ticket .code")).to_be_visible(timeout=15_000)
    finally:
        stage.bell.delay_seconds = 0.0

    assert points_of(stage, ann) == (150, 150)


def test_a_code_given_back_on_one_device_leaves_the_cart_of_the_other(stage: Stage, visitor: Visitor) -> None:
    ann = told(stage, stage.member(300))
    phone, laptop = visitor(stage, ann, size=PHONE), visitor(stage, ann)
    fill_cart(phone, stage)
    phone.goto(f"{stage.home}cart")
    block = phone.locator("loyalty-cart")
    block.get_by_text("Use it for this order").click()
    block.get_by_role("button", name="$5 off for 150 points").click()
    expect(block.get_by_text("your reward counts in this cart")).to_be_visible()

    laptop.goto(f"{stage.home}?loyalty=codes")
    laptop.get_by_role("dialog").locator("button.line").click()
    press(laptop, "Changed your mind? Return it")
    press(laptop, "Yes, return it")
    expect(laptop.get_by_role("dialog").get_by_text("Returned: you have 150 points back.")).to_be_visible()
    phone.reload()

    block.get_by_text("Use it for this order").click()
    expect(block.get_by_role("button", name="$5 off for 150 points")).to_be_visible()
    assert cart(phone)["discount_codes"] == []
    assert points_of(stage, ann) == (300, 0)


def test_a_code_given_back_elsewhere_is_not_applied_and_says_so(stage: Stage, visitor: Visitor) -> None:
    ann = stage.member(300)
    phone, laptop = visitor(stage, ann, size=PHONE), visitor(stage, ann)
    fill_cart(phone, stage)
    open_panel(phone)
    press(phone, "Money off")
    press(phone, "Redeem for 150 points")
    heading(phone, "Your code is ready")

    laptop.goto(f"{stage.home}?loyalty=codes")
    laptop.get_by_role("dialog").locator("button.line").click()
    press(laptop, "Changed your mind? Return it")
    press(laptop, "Yes, return it")
    expect(laptop.get_by_role("dialog").get_by_text("Returned: you have 150 points back.")).to_be_visible()
    press(phone, "Apply to cart")

    expect(phone.get_by_role("dialog").get_by_text("Returned: you have 150 points back.")).to_be_visible()
    expect(phone.locator(".balance .figure")).to_have_text("300")
    assert cart(phone)["discount_codes"] == []
