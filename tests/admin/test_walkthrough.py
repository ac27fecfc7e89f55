"""A new merchant's first quarter of an hour: install, three questions, launch, the first order, why it gave what it gave, and a correction.

The first run is walked by keyboard alone. Nothing is slept: reading is counted at 200 words a minute for every page as it comes, a
key at a third of a second, a click at a second and a half, and what the machine needs is measured. `pytest -s` prints the walk, which
is what docs/walkthrough.md tells.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from devstore.model import Cart, CartLine
from devstore.world import Shop
from plugin.db import Database
from plugin.services import members, shops
from tests.admin.stage import Stage, stage

pytestmark = pytest.mark.browser

WORDS_A_SECOND = 200 / 60
KEY_SECONDS = 0.35
CLICK_SECONDS = 1.5
TEN_MINUTES = 600.0
FARTHEST = 60

FOCUSED = """() => {
  const found = [];
  for (let one = document.activeElement; one; one = one.shadowRoot?.activeElement) found.push(one);
  return found.map((one) => [one.getAttribute("accessibilitylabel"), one.getAttribute("label"), one.getAttribute("name"),
    one.localName === "body" ? "" : one.textContent].filter(Boolean).join(" ")).join(" ").replace(/\\s+/g, " ");
}"""
WORDS = """() => [document.getElementById("page").innerText, ...[...document.querySelectorAll("#page *")]
  .flatMap((one) => ["heading", "subheading", "label", "details"].map((name) => one.getAttribute(name) ?? ""))]
  .join(" ").split(/\\s+/).filter(Boolean).length"""


@dataclass
class Walk:
    """Somebody at a keyboard, with what every step took (seconds)."""

    page: Page
    keys: int = 0
    clicks: int = 0
    seconds: float = 0.0
    steps: list[str] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)

    @property
    def frame(self) -> Frame:
        frame = self.page.frame(name="app-frame")
        assert frame is not None
        return frame

    def arrive(self, heading: str) -> None:
        """A page has come, and is read."""
        self.page.locator("iframe[name=app-frame]").wait_for()
        self.frame.wait_for_selector(f's-page[heading="{heading}"]')
        waited = time.monotonic() - self._began
        words: int = self.frame.evaluate(WORDS)
        self.seconds += waited + words / WORDS_A_SECOND
        self.steps.append(
            f"{self.seconds:4.0f} s  {heading}: {words} words; {self.keys} keys and {self.clicks} clicks so far"
        )

    def press(self, key: str) -> None:
        self._began = time.monotonic()
        self.page.keyboard.press(key)
        self.keys += 1
        self.seconds += KEY_SECONDS

    def type(self, text: str) -> None:
        for sign in text:
            self.press(sign)

    def reach(self, words: str) -> None:
        """Press Tab until what carries these words has the focus."""
        for _ in range(FARTHEST):
            self.press("Tab")
            if words in self.frame.evaluate(FOCUSED):
                return
        pytest.fail(f"{words!r} cannot be reached by keyboard")

    def choose(self, words: str) -> None:
        self.reach(words)
        self.press("Enter")

    def click(self, words: str) -> None:
        self._began = time.monotonic()
        frame = self.frame
        frame.get_by_role("link", name=words).or_(frame.get_by_role("button", name=words)).first.click()
        self.clicks += 1
        self.seconds += CLICK_SECONDS


@pytest.fixture(scope="module")
def playing(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(database, tmp_path_factory.mktemp("home")) as playing:
        yield playing


@pytest.fixture
def shop(playing: Stage) -> Shop:
    """A store that has sold for some weeks and has no loyalty program."""
    shop = playing.shopify.add_shop("new-here", name="Brew & Bloom", currency="USD", is_installed=False)
    beans = shop.add_product("Beans", "24.00")
    for number in range(6):
        customer = shop.add_customer(f"customer{number}@example.com", first_name=f"Customer {number}", last_name="Old")
        shop.checkout(Cart([CartLine(beans.variants[0].id, 2)]), customer.id)
    return shop


def test_from_installing_to_a_corrected_order_in_ten_minutes(playing: Stage, shop: Shop, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    walk = Walk(context.new_page())
    walk.page.goto(playing.address(shop))

    walk.page.get_by_role("button", name="Install").focus()
    walk.press("Enter")
    walk.arrive("Home")
    walk.choose("Start: Find your program")
    walk.arrive("Find your program")
    walk.reach("What do you sell?")
    walk.type("Food")
    walk.reach("What is left of the price")
    walk.type("45")
    walk.reach("Balanced")
    walk.press("ArrowDown")
    walk.choose("Propose a program")
    walk.arrive("Your program")
    expect(walk.frame.get_by_text("customers placed")).to_be_visible()
    walk.choose("Launch")
    walk.arrive("Launch Rewards")
    walk.reach("Orders from now on")
    walk.choose("Launch")
    walk.arrive("Home")
    expect(walk.page.get_by_text("Your program is live", exact=True)).to_be_visible()
    launched = walk.seconds

    order_id = _first_order(playing, shop)
    _menu(walk, "Activity")
    walk.arrive("Activity")
    walk.click(f"order {shop.order(order_id).name}")
    walk.arrive(f"Order {shop.order(order_id).name}")
    expect(walk.frame.get_by_text("48 points").first).to_be_visible()
    walk.click("Nell Newcomer")
    walk.arrive("Nell Newcomer")
    walk.click("Change points")
    walk.reach("Points")
    walk.type("50")
    walk.reach("Reason")
    walk.type("Late parcel")
    walk.click("Save")
    expect(walk.page.get_by_text("Points changed", exact=True)).to_be_visible()
    context.close()

    said = f"launched after {launched / 60:.1f} minutes, corrected after {walk.seconds / 60:.1f}"
    sys.stdout.write("\n".join(["", said, *walk.steps, ""]))
    assert _balance(playing, shop, order_id) == 98
    assert walk.seconds < TEN_MINUTES


def _first_order(playing: Stage, shop: Shop) -> int:
    nell = shop.add_customer("nell@example.com", first_name="Nell", last_name="Newcomer")
    playing.deliver()
    return playing.buy(shop, nell.id, price="48.00")


def _menu(walk: Walk, words: str) -> None:
    walk._began = time.monotonic()
    walk.page.get_by_role("link", name=words, exact=True).click()
    walk.clicks += 1
    walk.seconds += CLICK_SECONDS


def _balance(playing: Stage, shop: Shop, order_id: int) -> int:
    with playing.world.database.transaction() as session:
        shop_id = shops.find(session, shop.domain).id
    customer = shop.order(order_id).customer_id
    assert customer is not None
    with playing.world.database.transaction(shop_id) as session:
        member = members.by_customer(session, customer)
        assert member is not None
        view = members.view(session, member, handle_key=b"h" * 32, now=playing.world.clock())
        return view.available + view.pending
