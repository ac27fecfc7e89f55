"""The editors in Chromium: every one fits a phone, and what is chosen decides what is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from plugin.admin.program.parts import PARTS
from plugin.db import Database
from plugin.loyalty.program import Program, parse
from plugin.services import drafts, programs, shops
from tests.admin.office import Office, fill, opened
from tests.admin.program.everything import everything
from tests.admin.stage import Stage, stage

pytestmark = pytest.mark.browser

PHONE = 390
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def playing(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(database, tmp_path_factory.mktemp("home")) as playing:
        yield playing


def test_every_editor_fits_a_phone(playing: Stage, chromium: Browser) -> None:
    with opened(playing, chromium, width=PHONE) as office:
        office.open()
        publish(office, everything())
        found = {path: trouble(office, path) for path in pages(everything())}

    assert {path: said for path, said in found.items() if said} == {}


def test_what_is_chosen_decides_what_is_asked(playing: Stage, chromium: Browser) -> None:
    with opened(playing, chromium) as office:
        office.open()
        frame = office.open("/program/campaigns/new/weekend")

        frame.locator('[name="effect.kind"] select').select_option("brackets")
        expect(frame.locator('[name="effect.factor"]')).to_be_hidden()
        frame.get_by_role("button", name="Add rate").click()
        frame.get_by_role("button", name="Add rate").click()
        for place, (start, points) in enumerate((("50", "1"), ("100", "2"))):
            row = frame.locator('[data-rows="effect.brackets"] [data-row-list] [data-row]').nth(place)
            row.locator("s-money-field input").fill(start)
            row.locator("s-number-field input").fill(points)
        fill(frame, "title", "More for larger orders")
        expect(frame.locator("#meaning")).to_contain_text("An order of $200 then earns 450 points instead of 200.")
        frame.get_by_role("button", name="Add campaign").click()
        expect(frame.get_by_text("A better rate from $50")).to_be_visible()

        rule = drafted(office).order_rules[0]

    assert rule.title == "More for larger orders"
    assert rule.effect.model_dump(mode="json") == {
        "kind": "brackets",
        "brackets": [{"start": "50", "points": "1"}, {"start": "100", "points": "2"}],
    }


def pages(program: Program) -> list[str]:
    """Every part, and the first item of its list: the one that uses most."""
    found = ["/program"]
    for part in PARTS:
        found.append(f"/program/{part.slug}")
        if part.listing is not None:
            items: Any = program
            for name in part.listing.path.split("."):
                items = getattr(items, name)
            found.append(f"/program/{part.slug}/{items[0].id}")
    return found


def trouble(office: Office, path: str) -> str:
    """What is wrong with a page: it is wider than the phone, or an element is not what the admin knows."""
    frame = office.open(path)
    frame.locator("details").evaluate_all("all => all.forEach((one) => (one.open = true))")
    frame.evaluate("new Promise((done) => setTimeout(done, 50))")  # the dev store marks mistakes as elements arrive
    wide = frame.evaluate(TOO_WIDE)
    marks = frame.locator("[data-devstore-problem]").evaluate_all("found => found.map((one) => one.title)")
    return "; ".join([*([f"{wide} px too wide"] if wide > 0 else []), *marks])


def publish(office: Office, program: Program) -> None:
    world = office.playing.world
    with world.database.transaction() as session:
        shop = shops.find(session, office.shop.domain)
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program, by="test", now=world.clock())


def drafted(office: Office) -> Program:
    world = office.playing.world
    with world.database.transaction() as session:
        shop = shops.find(session, office.shop.domain)
    with world.database.transaction(shop.id) as session:
        return parse(drafts.read(session).document)
