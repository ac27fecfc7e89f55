"""What is on the pictures."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page, expect

from tests.pictures.album import Picture


def panel(page: Page) -> None:
    """Open the panel."""
    page.locator("button.launcher").click()
    expect(page.locator(".balance")).to_be_visible()


def framed(page: Page) -> None:
    """Wait until the app's page stands in the admin's frame."""
    frame = page.frame_locator('iframe[name="app-frame"]')
    expect(frame.locator("s-page").first).to_be_visible()


PICTURES: Final = (
    Picture("panel", "member", "/", panel),
    Picture("home", "staff", "/", framed),
    Picture("program", "staff", "/program", framed),
    Picture("review", "staff", "/program/review", framed),
    Picture("members", "staff", "/members", framed),
    Picture("activity", "staff", "/activity", framed),
    Picture("settings", "staff", "/settings", framed),
)
