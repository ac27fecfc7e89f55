"""A merchant's browser with the app open in one shop of the dev store, for tests in Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from playwright.sync_api import Browser, Frame, Page, expect

from devstore.model import Customer
from devstore.world import Shop
from plugin.loyalty.program import Program
from plugin.services import programs, shops
from tests.admin.stage import Stage


@dataclass
class Office:
    """A merchant's browser with the app open in one shop."""

    playing: Stage
    shop: Shop
    page: Page
    troubles: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Frame:
        self.page.goto(self.playing.address(self.shop, path))
        frame = self.page.frame(name="app-frame")
        assert frame is not None
        frame.wait_for_selector("s-page")
        frame.evaluate("shopify.ready")
        return frame

    def save(self) -> None:
        self.page.get_by_role("button", name="Save", exact=True).click()

    def says(self, words: str) -> None:
        """The toast stands there."""
        expect(self.page.get_by_text(words, exact=True)).to_be_visible()

    def program(self) -> Program:
        with self.playing.world.database.transaction() as session:
            shop = shops.find(session, self.shop.domain)
        with self.playing.world.database.transaction(shop.id) as session:
            return programs.current(session).program

    def launch(self) -> int:
        """Let the program be live without walking there; the shop's id in our books."""
        with self.playing.world.database.transaction() as session:
            shop = shops.find(session, self.shop.domain)
        with self.playing.world.database.transaction(shop.id) as session:
            program = programs.current(session).program.model_copy(update={"is_live": True})
            programs.publish(session, program, by="test", now=self.playing.world.clock())
        return shop.id


@contextmanager
def opened(playing: Stage, chromium: Browser, *, width: int = 1280, height: int = 900) -> Iterator[Office]:
    """A new shop and a fresh browser; whatever goes wrong in the page's scripts fails the test."""
    shop = playing.shopify.add_shop(f"office-{uuid4().hex[:10]}", name="Brew & Bloom", currency="USD")
    shop.add_product("Kettle", "89.00")
    context = chromium.new_context(viewport={"width": width, "height": height})
    office = Office(playing, shop, context.new_page())
    office.page.on("pageerror", lambda error: office.troubles.append(str(error)))
    office.page.on("dialog", lambda dialog: office.troubles.append(f"dialog: {dialog.message}"))
    yield office
    context.close()
    assert not office.troubles, office.troubles


def buyer(office: Office, first: str, last: str) -> Customer:
    """A customer who has bought once, for 160.00."""
    customer = office.shop.add_customer(
        f"{first}@example.com".lower().replace("<b>", "x"), first_name=first, last_name=last
    )
    office.playing.deliver()
    office.playing.buy(office.shop, customer.id, price="160.00")
    return customer


def fill(frame: Frame, name: str, text: str) -> None:
    control = frame.locator(f'[name="{name}"] input')
    control.fill(text)
    control.blur()
