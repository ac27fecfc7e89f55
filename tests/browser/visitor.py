"""Somebody at a browser who notices what is wrong: script errors, marked mistakes, and pages wider than a phone."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.sync_api import BrowserContext, ConsoleMessage, Frame, Locator, Page, expect

from plugin.demo.stage import Stage

Size = tuple[int, int]
PHONE: Final[Size] = (390, 844)
DESKTOP: Final[Size] = (1280, 900)
PATIENCE_MS: Final = 20_000
SHOTS: Final = os.environ.get("REGULARS_SHOTS")

DRAWN: Final = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
MISTAKES: Final = "[...document.querySelectorAll('[data-devstore-problem]')].map((one) => one.title)"
TOO_WIDE: Final = """() => {
  const parts = [document.documentElement];
  const panel = document.querySelector('#loyalty-panel')?.shadowRoot?.querySelector('dialog[open] .body');
  if (panel) parts.push(panel);
  return parts.map((part) => part.scrollWidth - part.clientWidth).filter((more) => more > 0);
}"""


@dataclass
class Visitor:
    """One person's browser; `troubles` is what a careful eye saw that should not be there."""

    stage: Stage
    name: str
    size: Size
    context: BrowserContext
    page: Page
    expected: set[str] = field(default_factory=set)
    troubles: list[str] = field(default_factory=list)
    shots: int = 0

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        self.page.on("console", self._hear)
        self.page.on("dialog", lambda dialog: self.troubles.append(f"dialog: {dialog.message}"))

    def _hear(self, message: ConsoleMessage) -> None:
        is_expected = any(words in message.text for words in self.expected)
        if message.type == "error" and not is_expected:
            self.troubles.append(f"console: {message.text} at {message.location.get('url')}")

    def look(self, what: str) -> None:
        """Look at the page as it stands and once more at a phone's width; note what is marked as wrong or scrolls sideways."""
        for size in dict.fromkeys([PHONE, self.size]):
            self.page.set_viewport_size({"width": size[0], "height": size[1]})
            for frame in self.page.frames:
                frame.evaluate(DRAWN)
                self.troubles += [f"{what}: {words}" for words in frame.evaluate(MISTAKES)]
                if size == PHONE and (wide := frame.evaluate(TOO_WIDE)):
                    self.troubles.append(f"{what}: {wide} pixels too wide for a phone")
            self._photograph(f"{what}-{size[0]}")

    def _photograph(self, what: str) -> None:
        if not SHOTS:
            return
        self.shots += 1
        name = re.sub(r"\W+", "-", f"{self.name}-{self.shots:02}-{what}")
        self.page.screenshot(path=Path(SHOTS) / f"{name}.png")

    def press(self, name: str | re.Pattern[str]) -> None:
        """Press the page's button of that name."""
        self.page.get_by_role("button", name=name).first.click()

    def sees(self, words: str) -> None:
        """The words stand on the page, to be seen."""
        expect(self.page.get_by_text(words, exact=True).first).to_be_visible(timeout=PATIENCE_MS)


@dataclass
class Shopper(Visitor):
    """Somebody in the shop at `home`."""

    home: str = ""

    @property
    def panel(self) -> Locator:
        """The loyalty panel."""
        return self.page.get_by_role("dialog").filter(has=self.page.locator(".bar"))

    def look(self, what: str) -> None:
        """Look as everybody does; and a shopper never reads the app's name."""
        super().look(what)
        shown = [self.page.locator("body").inner_text(), *self.panel.all_inner_texts()]
        if any("regulars" in text.lower() for text in shown):
            self.troubles.append(f"{what}: names the app")

    def open_panel(self) -> None:
        self.page.locator("button.launcher").click()
        expect(self.panel).to_be_visible()

    def close_panel(self) -> None:
        self.page.keyboard.press("Escape")
        expect(self.panel).to_be_hidden()

    def find_balance(self, points: str) -> None:
        """Open the panel until the points of the last order have arrived, as somebody would who has just bought."""
        self.stage.store.wait_for_deliveries()
        figure = self.panel.locator(".balance .figure")
        for _ in range(40):
            self.open_panel()
            expect(figure).to_be_visible(timeout=PATIENCE_MS)
            if figure.inner_text() == points:
                return
            self.close_panel()
            self.page.wait_for_timeout(250)
        self.open_panel()
        expect(figure).to_have_text(points)

    def in_panel(self, name: str | re.Pattern[str]) -> None:
        """Press a button of the panel."""
        self.panel.get_by_role("button", name=name).first.click()

    def reads(self, words: str | re.Pattern[str]) -> None:
        """The words stand in the panel."""
        expect(self.panel.get_by_text(words).first).to_be_visible(timeout=PATIENCE_MS)

    def activity(self) -> dict[str, str]:
        """The panel's history: what happened -> how many points."""
        lines = self.panel.locator("div.line.row").filter(has=self.page.locator(".figure-end")).all()
        return {
            line.locator(".grow > span").first.inner_text(): line.locator(".figure-end").inner_text().split()[0]
            for line in lines
        }

    def add_to_cart(self, handle: str, quantity: int, *, add: str = "Add to cart") -> None:
        """Open a product and put so many into the cart."""
        self.page.goto(f"{self.home}products/{handle}")
        self.look(f"product {handle}")
        self.page.locator('input[name="quantity"]').first.fill(str(quantity))
        self.press(add)

    def pay(self) -> str:
        """Pay at the checkout; the order's name."""
        self.page.locator('button[name="pay"]').click()
        self.page.wait_for_url("**/thank-you")
        self.look("thank you")
        name = self.page.locator("[data-order-name]").get_attribute("data-order-name")
        assert name is not None
        return name

    def sums(self) -> dict[str, str]:
        """The checkout's sums by their words."""
        rows = self.page.locator(".sums > div").all()
        return {row.locator("dt").inner_text(): row.locator("dd").inner_text() for row in rows}


@dataclass
class Staff(Visitor):
    """A member of the merchant's staff in the admin at `admin`."""

    admin: str = ""

    @property
    def frame(self) -> Frame:
        """The app inside the admin."""
        frame = self.page.frame(name="app-frame")
        assert frame is not None
        return frame

    def menu(self, name: str) -> None:
        """Choose a page of the app in the admin's menu."""
        self.page.get_by_role("link", name=name, exact=True).first.click()
        self.on(name)

    def on(self, heading: str) -> None:
        """The app shows the page of that heading."""
        expect(self.frame.locator(f's-page[heading="{heading}"]')).to_be_visible(timeout=PATIENCE_MS)

    def fill(self, name: str, text: str) -> None:
        control = self.frame.locator(f'[name="{name}"] input')
        control.fill(text)
        control.blur()

    def save(self) -> None:
        """Press the save bar's button."""
        self.page.get_by_role("button", name="Save", exact=True).click()

    def reads(self, words: str | re.Pattern[str]) -> None:
        """The words stand on the app's page."""
        expect(self.frame.get_by_text(words).first).to_be_visible(timeout=PATIENCE_MS)
