"""Members in a real browser, with names and where Shopify withholds them, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Frame, expect

from plugin.db import Database
from plugin.services import members
from tests.admin.office import Office, buyer, opened
from tests.admin.stage import Stage, stage

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def playing(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(database, tmp_path_factory.mktemp("home")) as playing:
        yield playing


@pytest.fixture(params=[False, True], ids=["named", "withheld"])
def withheld(playing: Stage, request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether Shopify keeps names and addresses to itself."""
    playing.shopify.config.withholds_protected_data = request.param
    yield request.param
    playing.shopify.config.withholds_protected_data = False


@pytest.fixture
def office(playing: Stage, chromium: Browser) -> Iterator[Office]:
    with opened(playing, chromium) as office:
        yield office


@pytest.fixture
def phone(playing: Stage, chromium: Browser) -> Iterator[Office]:
    with opened(playing, chromium, width=390, height=844) as office:
        yield office


def fill(frame: Frame, name: str, text: str) -> None:
    control = frame.locator(f'[name="{name}"] :is(input, textarea)').first
    control.fill(text)
    control.blur()


def do(frame: Frame, dialog: str) -> None:
    frame.locator(f'#{dialog} s-button[slot="primary-action"]').click()


def test_a_member_is_found_changed_and_blocked_with_names_and_without(office: Office, *, withheld: bool) -> None:
    office.open()
    shop_id = office.launch()
    customer = buyer(office, "Ada", "Lindqvist")
    name = f"Customer #{customer.id}" if withheld else "Ada Lindqvist"

    frame = office.open("/members")
    frame.locator('[name="q"] input').fill("#1001")
    frame.locator('[name="q"] input').press("Enter")
    frame.get_by_role("link", name=name).click()
    frame.wait_for_selector(f's-page[heading="{name}"]')
    assert frame.get_by_text("Shopify keeps names and e-mail addresses to itself").count() == int(withheld)
    frame.locator('s-page > s-button[slot="primary-action"]').click()
    fill(frame, "points", "25")
    fill(frame, "reason", "Late parcel")
    fill(frame, "shown", "Sorry for the wait!")
    do(frame, "adjust")
    office.says("Points changed")
    frame.get_by_role("button", name="More", exact=True).click()
    frame.locator("#member-more").get_by_text("Block", exact=True).click()
    fill(frame, "block_reason", "Reseller")
    do(frame, "block")
    office.says("Blocked: earns nothing from now on")

    expect(frame.get_by_text("They read: “Sorry for the wait!”")).to_be_visible()
    expect(frame.get_by_text("Blocked: earns nothing from now on").first).to_be_visible()
    with office.playing.world.database.transaction(shop_id) as session:
        who = members.by_customer(session, customer.id)
        assert who is not None
        assert members.view(session, who, handle_key=b"h" * 32, now=office.playing.world.clock()).available == 185
    office.playing.buy(office.shop, customer.id, price="160.00")
    with office.playing.world.database.transaction(shop_id) as session:
        assert members.view(session, who, handle_key=b"h" * 32, now=office.playing.world.clock()).available == 185


def test_ticked_members_get_points_and_it_is_undone(office: Office) -> None:
    office.open()
    office.launch()
    for first in ("Ada", "Teo", "Ida"):
        buyer(office, first, "Berg")

    frame = office.open("/members")
    for name in ("Ada Berg", "Teo Berg"):
        frame.get_by_role("checkbox", name=f"Choose {name}").click()
    frame.get_by_role("button", name="Change the chosen ones").click()
    frame.wait_for_selector("#bulk-form", state="attached")
    fill(frame, "points", "40")
    fill(frame, "reason", "Sorry")
    frame.get_by_role("button", name="Look at it first").click()
    frame.get_by_role("button", name="Start now").click()
    expect(frame.get_by_text("Members changed")).to_be_visible()
    done = frame.locator("#page").inner_text()
    frame.get_by_role("button", name="Undo this change").click()
    do(frame, "undo")

    expect(frame.get_by_text("80 points were moved back.")).to_be_visible()
    assert "80" in done


def test_filters_are_set_kept_as_a_segment_and_opened_on_a_phone(phone: Office) -> None:
    phone.open()
    phone.launch()
    buyer(phone, "Ada", "Berg")

    frame = phone.open("/members")
    frame.get_by_role("button", name="Filters").click()
    fill(frame, "least", "100")
    do(frame, "filters")
    expect(frame.get_by_text("At least 100 points ✕")).to_be_visible()
    frame.get_by_role("button", name="Save as segment").click()
    fill(frame, "name", "")
    do(frame, "segment")
    expect(frame.locator('#segment-form [name="name"]')).to_contain_text("Give the segment a name.")
    fill(frame, "name", "Rich")
    do(frame, "segment")
    phone.says("Segment saved")
    frame = phone.open("/members/segments")
    frame.get_by_role("link", name="Rich").click()

    expect(frame.get_by_role("link", name="Ada Berg")).to_be_visible()
    assert frame.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
