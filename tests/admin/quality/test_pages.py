"""Every page of the admin, found by following what leads there: its markup, its words, its heading, its width, and what axe-core finds.

A page is any address that answers with the admin's frame. Whoever adds one gets these checks without asking for them; whoever adds
one that nothing leads to hears of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Frame
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from devstore import oauth
from devstore.world import Shop
from plugin.db import Database
from tests.admin.office import Office
from tests.admin.quality.furnished import furnish
from tests.admin.stage import Stage, stage
from tests.docs.test_words import INTERNAL
from tools.check_markup import problems_in

AXE = Path(__file__).parents[3] / "node_modules/axe-core/axe.min.js"
STAFF_ID = 70200300401
OK = 200
UNSEEN_BY_AXE = ("aria-required-children", "aria-required-parent")
"""axe-core does not see the roles that custom elements give themselves (ElementInternals), as the rows of a table do."""
NO_PAGES = frozenset({"admin.static", "admin.bounce"})
READ_ALOUD = frozenset(
    {"accessibilitylabel", "alt", "details", "error", "heading", "label", "placeholder", "subheading"}
)


@dataclass
class Gallery:
    """The furnished shop, and every page that was found in it, by the endpoint that answers: address and markup.

    `broken` are addresses that something leads to and that do not answer with a page.
    """

    playing: Stage
    shop: Shop
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)

    def fetch(self, path: str) -> TestResponse:
        token = oauth.id_token(self.playing.shopify, self.shop, user_id=STAFF_ID, now=self.playing.shopify.now())
        with self.playing.app.test_client() as client:
            return client.get(path, headers={"Authorization": f"Bearer {token}", "Sec-Fetch-Dest": "empty"})

    def walk(self, seeds: list[str]) -> None:
        """Follow every link from the first page on, one address of each endpoint."""
        waiting, seen = ["/", *seeds], set()
        while waiting:
            path = waiting.pop(0)
            endpoint = self.endpoint(path)
            if path in seen or endpoint is None or endpoint in self.pages:
                continue
            seen.add(path)
            answer = self.fetch(path)
            if "text/html" not in answer.content_type:
                self.pages[endpoint] = (path, "")
                continue
            if answer.status_code != OK:
                self.broken[path] = answer.status_code
                continue
            self.pages[endpoint] = (path, answer.text)
            waiting += [
                html.unescape(href)
                for href in re.findall(r"""(?:href|data-next|data-downloads|src)="([^"]+)""", answer.text)
            ]

    def endpoint(self, path: str) -> str | None:
        """The page of the admin that answers there."""
        parts = urlsplit(path)
        if parts.netloc or parts.scheme or not parts.path.startswith("/"):
            return None
        try:
            endpoint, _ = self.playing.app.url_map.bind("localhost").match(parts.path, method="GET")
        except (RequestRedirect, NotFound, MethodNotAllowed):
            return None
        return str(endpoint) if str(endpoint).startswith("admin.") and endpoint not in NO_PAGES else None

    def drawn(self) -> Iterator[tuple[str, str]]:
        """Address and markup of every page."""
        return ((path, markup) for path, markup in self.pages.values() if 'id="page"' in markup)


@pytest.fixture(scope="module")
def gallery(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    with stage(database, tmp_path_factory.mktemp("home")) as playing:
        shop = playing.shopify.add_shop("gallery", name="Brew & Bloom", currency="USD")
        shop.add_product("Kettle", "160.00")
        gallery = Gallery(playing, shop)
        assert gallery.fetch("/").status_code == 200
        gallery.walk(furnish(playing, shop))
        yield gallery


def test_something_leads_to_every_page(gallery: Gallery) -> None:
    rules = [rule for rule in gallery.playing.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    pages = {rule.endpoint: rule.rule for rule in rules if rule.endpoint.startswith("admin.")}

    assert {at for endpoint, at in pages.items() if endpoint not in NO_PAGES and endpoint not in gallery.pages} == set()


def test_no_link_is_broken(gallery: Gallery) -> None:
    assert gallery.broken == {}


def test_the_markup_is_what_shopify_publishes(gallery: Gallery) -> None:
    assert {path: found for path, markup in gallery.drawn() if (found := problems_in(markup))} == {}


def test_merchants_read_their_own_words(gallery: Gallery) -> None:
    found = {
        path: sorted({hit[0] for hit in INTERNAL.finditer(read_aloud(markup))}) for path, markup in gallery.drawn()
    }

    assert {path: words for path, words in found.items() if words} == {}


def test_each_page_has_one_heading(gallery: Gallery) -> None:
    headings = {path: re.findall(r"<s-page[^>]*?heading=\"([^\"]*)\"", markup) for path, markup in gallery.drawn()}

    assert {path: found for path, found in headings.items() if len(found) != 1 or not found[0].strip()} == {}


@pytest.mark.browser
def test_each_page_can_be_used_by_everybody_and_fits_a_phone(gallery: Gallery, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    office = Office(gallery.playing, gallery.shop, context.new_page())
    office.page.on("pageerror", lambda error: office.troubles.append(str(error)))
    frame = office.open("/")
    found: dict[str, Any] = {}
    for path, _ in gallery.drawn():
        go(frame, path)
        if wrong := [*marked(frame), *axe(frame), *sideways(office, frame)]:
            found[path] = wrong
    context.close()

    assert not found, "\n".join(f"{path}: {one}" for path, wrong in found.items() for one in wrong)
    assert office.troubles == []


def go(frame: Frame, path: str) -> None:
    """As a link does it."""
    frame.evaluate(
        """path => new Promise((done) => {
            document.addEventListener("turbo:load", () => requestAnimationFrame(() => setTimeout(done, 60)), { once: true });
            Turbo.visit(path);
        })""",
        path,
    )


def marked(frame: Frame) -> list[str]:
    """What the dev store marks as a mistake."""
    titles: list[str] = frame.locator("[data-devstore-problem]").evaluate_all("found => found.map((one) => one.title)")
    return titles


def axe(frame: Frame) -> list[str]:
    """Serious and critical findings, with the first place of each."""
    if not frame.evaluate("'axe' in window"):
        frame.evaluate(AXE.read_text(encoding="utf-8"))
    results: list[dict[str, Any]] = frame.evaluate(
        """async (UNSEEN) => (await axe.run(document, { resultTypes: ["violations"], rules: UNSEEN })).violations
            .filter((one) => ["serious", "critical"].includes(one.impact))
            .map((one) => ({ id: one.id, at: one.nodes[0].target.flat().join(" "), why: one.nodes[0].failureSummary }))""",
        {rule: {"enabled": False} for rule in UNSEEN_BY_AXE},
    )
    return [f"{one['id']} at {one['at']}: {one['why']}" for one in results]


def sideways(office: Office, frame: Frame) -> list[str]:
    """How much wider than a phone the page is."""
    office.page.set_viewport_size({"width": 390, "height": 844})
    frame.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    wide: int = frame.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    culprit = frame.evaluate(
        """() => { const edge = document.documentElement.clientWidth;
            return [...document.querySelectorAll("#page *")].filter((one) => one.getBoundingClientRect().right > edge + 1)
              .map((one) => one.outerHTML.slice(0, 120)).at(-1) ?? ""; }"""
    ) if wide > 1 else ""  # fmt: skip
    office.page.set_viewport_size({"width": 1280, "height": 900})
    return [f"{wide} px too wide: {culprit}"] if wide > 1 else []


def read_aloud(markup: str) -> str:
    """What people see or hear of a page, without the names of the program itself."""
    reader = _Reader()
    reader.feed(markup)
    return " ".join(reader.words)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._is_silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_silent += tag in {"script", "style"}
        self.words += [value for name, value in attrs if value and name in READ_ALOUD]

    def handle_endtag(self, tag: str) -> None:
        self._is_silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._is_silent:
            self.words.append(data)
