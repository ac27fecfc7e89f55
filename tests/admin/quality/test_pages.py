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
from plugin import admin
from plugin.admin.permissions import needed_at
from plugin.admin.program.parts import PARTS
from plugin.db import Database
from plugin.services import shops
from plugin.services import staff as roles
from plugin.services.staff import Role
from tests.admin.office import Office
from tests.admin.quality.furnished import furnish
from tests.admin.stage import Stage, stage
from tests.docs.test_words import INTERNAL
from tools.check_markup import problems_in

TEMPLATES = Path(admin.__file__).parent / "templates"
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

    def fetch(self, path: str, *, staff_id: int = STAFF_ID) -> TestResponse:
        token = oauth.id_token(self.playing.shopify, self.shop, user_id=staff_id, now=self.playing.shopify.now())
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
                for href in re.findall(r"""(?:href|data-next|data-downloads|data-from|src)="([^"]+)""", answer.text)
            ]

    def give_roles(self) -> None:
        """From here on there is a member of the staff with each role."""
        with self.playing.world.database.transaction() as session:
            shop_id = shops.find(session, self.shop.domain).id
        with self.playing.world.database.transaction(shop_id) as session:
            roles.start(session, STAFF_ID, by="test", now=self.playing.world.clock())
            for number, role in enumerate(roles.ROLES, 1):
                roles.give(session, number, role, label=f"The {role}", by="test", now=self.playing.world.clock())

    def needed(self, endpoint: str) -> Role:
        """The least role that may send something there."""
        return needed_at(next(self.playing.app.url_map.iter_rules(endpoint)).rule)

    def needed_of_a_deed(self, name: str) -> Role | None:
        """The least role for this endpoint of the admin when it changes something; None when it only shows."""
        rule = next(self.playing.app.url_map.iter_rules(f"admin.{name}"))
        return needed_at(rule.rule) if "POST" in (rule.methods or ()) else None

    def endpoint(self, path: str, *, method: str = "GET") -> str | None:
        """The page of the admin that answers there."""
        parts = urlsplit(path)
        if parts.netloc or parts.scheme or not parts.path.startswith("/"):
            return None
        try:
            endpoint, _ = self.playing.app.url_map.bind("localhost").match(parts.path, method=method)
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


def test_nobody_is_shown_a_form_that_would_be_refused_or_misses_one(gallery: Gallery) -> None:
    gallery.give_roles()
    owner = len(roles.ROLES)
    paths = [path for path, _ in gallery.drawn()] + [f"/program/{part.slug}" for part in PARTS] + ["/members?least=1"]
    shown = {
        (path, number): gallery.fetch(path, staff_id=number).text for path in paths for number in range(1, owner + 1)
    }

    for (path, number), markup in shown.items():
        role, deeds = roles.ROLES[number - 1], sent_to(gallery, shown[path, owner])
        mine = {to for to in deeds if roles.is_enough(role, gallery.needed(to))}
        assert sent_to(gallery, markup) == mine, f"{path} as {role}"
        assert dangling(markup) == set(), f"{path} as {role}"
        assert ("role-note" in markup) >= bool(deeds - mine), f"{path} as {role}"


def test_no_template_leads_to_a_deed_without_asking_whether_the_visitor_may(gallery: Gallery) -> None:
    sources = {path.name: path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html")}
    led_to = {
        (name, to)
        for name, source in sources.items()
        for to in re.findall(r"""url_for\(['"]admin\.(\w+)['"]""", source)
        if gallery.needed_of_a_deed(to) not in {None, "viewer"}
    }

    assert len(led_to) > 30
    assert {(name, to) for name, to in led_to if f'may("{to}")' not in sources[name]} == set()


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


def sent_to(gallery: Gallery, markup: str) -> set[str]:
    """Where the forms of a page lead that change something."""
    actions = re.findall(r'<form[^>]* method="post" action="([^"]+)"', markup)
    return {str(gallery.endpoint(html.unescape(action), method="POST")) for action in actions}


def dangling(markup: str) -> set[str]:
    """What a page's buttons open or send, and what is not there."""
    return set(re.findall(r'(?:data-submits|commandFor)="([^"]+)"', markup)) - set(re.findall(r' id="([^"]+)"', markup))


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
