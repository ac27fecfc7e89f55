"""Hostile texts in a real browser: sixty of them in every place that merchants and shoppers can fill, on every kind of page.

Twenty at a time stand in every list of the program; names, of which there are two, take them in turn. A page passes when nothing ran,
no element was born, nothing was computed, nothing was fetched from elsewhere, and what was typed can be read; what shoppers see, and
the settings, is looked at on a phone and not wider than it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from devstore.model import Customer
from devstore.storefront.stocking import stock_shop
from plugin.db import Database
from plugin.loyalty.program import Program
from plugin.services import api_keys, changelog, members, programs, staff, surveys, tiers
from plugin.services.perform import perform_due
from tests.admin.office import Office, opened
from tests.admin.stage import Stage, stage
from tests.hostile.strings import COMPUTED, STRINGS, labels, saying
from tests.hostile.till import open_till

ROUNDS = [STRINGS[start : start + 20] for start in range(0, len(STRINGS), 20)]
ADMIN = (
    "/",
    "/program",
    "/program/rewards",
    "/program/tiers",
    "/program/rewards/w3",
    "/program/surveys/s4",
    "/program/review",
)
PEOPLE = ("/members", "/members/{member}", "/members/feedback", "/activity", "/activity/redemptions")
SETTINGS = (
    "/settings", "/settings/audit", "/settings/staff", "/settings/keys", "/settings/privacy", "/settings/data",
    "/settings/test-mode", "/settings/snippets", "/settings/messages", "/settings/messages/welcome",
)  # fmt: skip
PANEL = ("home", "earn", "rewards", "tiers", "history", "give")

LOOK = """() => {
  const found = {born: [], text: '', ran: window.hostile === 1};
  const walk = (root) => {
    for (const each of root.querySelectorAll('*')) {
      if (each.hasAttribute('data-hostile')) found.born.push(each.outerHTML.slice(0, 80));
      for (const name of ['value', 'label', 'heading', 'placeholder', 'details', 'accessibilityLabel'])
        found.text += '\\n' + (each.getAttribute(name) ?? '');
      if (each.shadowRoot) walk(each.shadowRoot);
    }
    found.text += '\\n' + root.textContent + '\\n' + (root.innerText ?? '');
  };
  document.querySelectorAll('script, style').forEach((each) => each.hasAttribute('data-hostile') || each.remove());
  walk(document.documentElement);
  return found;
}"""

TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

FOLLOW = """(name) => {
  const link = document.createElement('a');
  link.href = `#loyalty/${name}`;
  document.body.append(link);
  link.click();
}"""

pytestmark = pytest.mark.browser


@dataclass
class Watch:
    """What no page may do while it is watched."""

    page: Page
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self._note(request.url))
        self.page.on("dialog", lambda dialog: self.told.append(f"dialog {dialog.message}"))
        self.page.on("pageerror", lambda error: self.told.append(f"error {error}"))

    def _note(self, url: str) -> None:
        if "hostile.example" in url.partition("?")[0]:
            self.told.append(f"asked {url}")

    def phone(self, place: Page | Frame) -> str:
        """As `text`; and the place must not be wider than the phone it is seen on."""
        assert place.evaluate(TOO_WIDE) == 0, place.url
        return self.text(place)

    def text(self, place: Page | Frame) -> str:
        """Everything that can be read there, blanks made one; fails when anything was run, born or computed."""
        found = place.evaluate(LOOK)
        assert (found["ran"], found["born"], self.told) == (False, [], []), place.url
        assert COMPUTED not in found["text"], place.url
        return plain(found["text"])


def plain(text: str) -> str:
    return " ".join(text.split())


def missing(strings: tuple[str, ...], text: str) -> list[str]:
    """The titles that cannot be read there as they were typed."""
    return [each for each in labels(strings) if plain(each) not in text]


@pytest.fixture(scope="module")
def playing(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(database, tmp_path_factory.mktemp("home")) as playing:
        yield playing


@pytest.fixture
def office(playing: Stage, chromium: Browser) -> Iterator[Office]:
    with opened(playing, chromium) as office:
        stock_shop(office.shop)
        office.open()
        yield office


def publish(office: Office, program: Program) -> int:
    """The program is live, and the store's pages say it; the shop's id."""
    shop_id, world = office.launch(), office.playing.world
    with world.database.transaction(shop_id) as session:
        programs.publish(session, program, by="test", now=world.clock())
    perform_due(world, shop_id, office.shop.domain, limit=100)
    return shop_id


def peopled(office: Office, shop_id: int, strings: tuple[str, ...]) -> tuple[Customer, int]:
    """Customers with these names, and a member about whom staff and who themselves wrote all of them; the latter."""
    world, now = office.playing.world, office.playing.world.clock()
    with world.database.transaction(shop_id) as session:
        for number, text in enumerate(strings):
            customer = office.shop.add_customer(f"c{number}@example.com", first_name=text, last_name=text)
            member_id = members.join(session, customer.id, tombstone_key=world.keys.tombstones, now=now)
            members.adjust(session, member_id, 100, words=text, shown=text, author=text, key=f"{number}", now=now)
            answers = {"q": text.strip()}
            surveys.answer(session, member_id, "s0", answers, key=f"k{number}", keys=world.keys, now=now)
            tiers.pin(session, member_id, f"l{number}", until=None, words=text, author=text, keys=world.keys, now=now)
        for number, text in enumerate(strings):
            members.adjust(session, member_id, 1, words=text, shown=text, author=text, key=f"m{number}", now=now)
    perform_due(world, shop_id, office.shop.domain, limit=100)
    return customer, member_id


def storefront(office: Office, path: str, *, customer: Customer | None = None) -> str:
    home = f"http://{office.shop.handle}.localhost:{office.playing.port}"
    who = "guest" if customer is None else str(customer.id)
    return f"{home}/_devstore/act-as?customer={who}&next={path}"


def accounts(office: Office, path: str) -> str:
    return f"http://accounts.localhost:{office.playing.port}/{office.shop.handle}/{path}"


def fill_cart(office: Office) -> None:
    """Something that earns, so that the checkout offers rewards."""
    variant = next(each.variants[0] for each in office.shop.products.values() if each.variants[0].price > 20)
    office.page.evaluate(
        """(line) => fetch('/cart/add.js', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(line)})""",
        {"id": variant.id, "quantity": 2},
    )


@pytest.mark.parametrize("strings", ROUNDS, ids=["markup", "templates", "alphabets"])
def test_every_list_on_every_kind_of_page_stays_text(office: Office, strings: tuple[str, ...]) -> None:
    watch = Watch(office.page)
    shop_id = publish(office, saying(strings))
    customer, member_id = peopled(office, shop_id, strings)

    seen = {}
    for path in (*ADMIN, *(each.format(member=member_id) for each in PEOPLE)):
        seen[path] = watch.text(office.open(path))
    office.page.set_viewport_size({"width": 390, "height": 844})
    office.page.goto(storefront(office, "/pages/rewards", customer=customer))
    for name in PANEL:
        office.page.evaluate(FOLLOW, name)
        office.page.wait_for_load_state("networkidle")
        expect(office.page.get_by_role("dialog")).to_be_visible()
        seen[f"panel {name}"] = watch.phone(office.page)
    for name in ("rewards", "levels"):
        office.page.goto(storefront(office, f"/pages/{name}", customer=customer))
        seen[name] = watch.phone(office.page)

    fill_cart(office)
    office.page.goto(storefront(office, "").partition("/_devstore")[0] + "/checkout")
    expect(office.page.frame_locator("iframe[data-extension]").locator("s-button").first).to_be_visible()
    seen["checkout"] = " ".join(watch.phone(frame) for frame in office.page.frames)
    office.page.goto(accounts(office, "pages/regulars-account-page"))
    expect(office.page.frame_locator("iframe").get_by_text("History")).to_be_visible()
    seen["account"] = " ".join(watch.phone(frame) for frame in office.page.frames)
    open_till(office.page, office.shop, customer, at=storefront(office, "/"), cdn=office.playing.settings.shopify_cdn)
    expect(office.page.locator("s-heading")).to_be_visible()
    office.page.wait_for_load_state("networkidle")
    seen["till"] = watch.phone(office.page)

    assert missing(strings, seen["rewards"]) == []
    assert missing(strings, seen["panel rewards"]) == []
    assert missing(strings, seen["account"]) == []
    assert missing(strings, seen["till"]) == []
    assert len(missing(strings, seen["checkout"])) < len(strings)  # it offers what fits the order best
    assert missing(strings, seen["levels"]) == []
    assert missing(strings, seen["/program/rewards"]) == []
    assert missing(strings, seen[f"/members/{member_id}"]) == []


def test_settings_show_what_was_typed_as_text_on_a_phone(office: Office) -> None:
    watch, shop_id, world = Watch(office.page), office.launch(), office.playing.world
    with world.database.transaction(shop_id) as session:
        staff.start(session, 1, by="staff:1", now=world.clock())
        for number, text in enumerate(STRINGS):
            staff.give(session, 100 + number, "viewer", label=labels((text,))[0], by="staff:1", now=world.clock())
            changelog.note(session, by=text, deed="branding.changed", subject=text, now=world.clock())
    with world.database.transaction() as session:
        for text in STRINGS:
            api_keys.create(session, shop_id, labels((text,))[0], world.clock())
    office.page.set_viewport_size({"width": 390, "height": 844})

    seen = {path: watch.phone(office.open(path)) for path in SETTINGS}

    assert missing(STRINGS, seen["/settings/staff"]) == []
    assert missing(STRINGS, seen["/settings/keys"]) == []


def test_the_watch_sees_what_it_is_for(office: Office) -> None:
    """Text that a page takes for markup, or computes, fails: else the tests above would say nothing."""
    for harm in (STRINGS[1], STRINGS[0], "12723"):
        watch = Watch(office.page)
        office.page.set_content(f"<main>{harm}</main>")

        with pytest.raises(AssertionError):
            watch.text(office.page)


def test_names_of_which_there_are_two_stay_text_in_the_theme_and_the_panel(office: Office) -> None:
    watch = Watch(office.page)
    unread = []
    office.page.goto(storefront(office, "/"))
    for program, points in zip(STRINGS[::2], STRINGS[1::2], strict=True):
        publish(office, saying((program, "many", points)))
        office.page.goto(storefront(office, "/pages/rewards"))
        expect(office.page.locator(".loyalty-hero h2")).to_be_visible()
        unread += missing((program, points), watch.text(office.page))

    assert unread == []
