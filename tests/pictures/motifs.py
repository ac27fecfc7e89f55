"""What is on the pictures."""

from __future__ import annotations

import re
from typing import Final

from playwright.sync_api import FrameLocator, Page, expect

from tests.pictures.album import Picture


def panel(page: Page) -> None:
    """Open the panel."""
    page.locator("button.launcher").click()
    expect(page.locator(".balance")).to_be_visible()


def checkout(page: Page) -> None:
    """Put the product into the cart and go to the checkout, where the block offers rewards."""
    page.get_by_role("button", name="Add to cart").first.click()
    page.wait_for_load_state("networkidle")
    page.goto(f"{page.url.split('/products')[0]}/checkout")
    block = page.frame_locator("iframe[data-extension='purchase.checkout.block.render']")
    expect(block.get_by_role("button").first).to_be_visible()


def framed(page: Page) -> FrameLocator:
    """Wait until the app's page stands in the admin's frame."""
    frame = page.frame_locator('iframe[name="app-frame"]')
    expect(frame.locator("s-page").first).to_be_visible()
    return frame


def in_frame(page: Page) -> None:
    """Nothing but wait."""
    framed(page)


def a_member(page: Page) -> None:
    """Open the first member of the list."""
    _open(page, r"/members/[0-9]+$")


def an_order(page: Page) -> None:
    """Open the first order that the stream names."""
    _open(page, r"/activity/orders/[0-9]+$")


def _open(page: Page, address: str) -> None:
    frame = framed(page)
    links = frame.locator("s-link[href], a[href]")
    expect(links.first).to_be_attached()
    for link in links.all():
        href = link.get_attribute("href") or ""
        if re.search(address, href):
            link.click()
            break
    page.wait_for_load_state("networkidle")
    framed(page)


PICTURES: Final = (
    Picture("panel", "member", "/", panel),
    Picture("loyalty-page", "member", "/pages/rewards"),
    Picture("checkout", "member", "/products/ember-mug", checkout),
    Picture("home", "staff", "/", in_frame),
    Picture("program", "staff", "/program", in_frame),
    Picture("campaigns", "staff", "/program/campaigns", in_frame),
    Picture("review", "staff", "/program/review", in_frame),
    Picture("members", "staff", "/members", in_frame),
    Picture("member", "staff", "/members", a_member),
    Picture("activity", "staff", "/activity", in_frame),
    Picture("order", "staff", "/activity", an_order),
    Picture("referrals", "staff", "/activity/referrals", in_frame),
    Picture("messages", "staff", "/settings/messages", in_frame),
)
