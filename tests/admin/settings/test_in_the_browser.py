"""The settings in a real browser: a key is shown once, a role shuts a door, a mail is looked at, at desk and phone width."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from plugin.db import Database
from plugin.services import shops, staff
from tests.admin.office import Office, fill, opened
from tests.admin.stage import Stage, stage

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def playing(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(database, tmp_path_factory.mktemp("home")) as playing:
        yield playing


@pytest.fixture(params=[1280, 390], ids=["desk", "phone"])
def office(playing: Stage, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Office]:
    with opened(playing, chromium, width=request.param) as office:
        yield office


def test_a_key_is_shown_where_it_was_made_and_is_gone_with_the_page(office: Office) -> None:
    frame = office.open("/settings/keys")
    fill(frame, "label", "Help desk")

    frame.locator('#key-form s-button[type="submit"]').click()

    shown = frame.locator("s-banner s-text-field")
    expect(shown).to_have_attribute("value", re.compile("rgl_.+"))
    assert "rgl_" not in office.page.url
    again = office.open("/settings/keys")
    expect(again.locator("s-table-cell").get_by_text("Help desk")).to_be_visible()
    assert again.locator("s-banner").count() == 0


def test_whoever_lost_the_right_is_told_whom_to_ask_and_stays_where_they_are(office: Office) -> None:
    frame = office.open("/settings/data")
    with office.playing.world.database.transaction() as session:
        shop = shops.find(session, office.shop.domain)
    now = office.playing.world.clock()
    with office.playing.world.database.transaction(shop.id) as session:
        staff.start(session, 7, by="staff:7", now=now)
        staff.give(session, 7, "owner", label="Lisa", by="staff:7", now=now)
        staff.give(session, staff.EVERYBODY_ELSE, "viewer", label="", by="staff:7", now=now)

    frame.locator('s-button[slot="primary-action"]').click()

    expect(office.page.get_by_text("Ask Lisa", exact=False)).to_be_visible()
    expect(frame.get_by_role("heading", name="Data and proof")).to_be_visible()


def test_a_mail_is_shown_in_a_frame_that_can_do_nothing_in_the_language_that_is_chosen(office: Office) -> None:
    frame = office.open("/settings/messages/welcome")

    frame.locator('s-select[name="language"] select').select_option("de")

    expect(frame.frame_locator("iframe.mail-preview").get_by_text("Willkommen", exact=False).first).to_be_visible()
    assert frame.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
