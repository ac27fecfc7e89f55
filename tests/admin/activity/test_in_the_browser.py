"""Activity in a real browser: a stream is filtered, an order is explained, and what is to do for a reward gets done."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Frame, expect

from plugin.db import Database
from plugin.loyalty.program import dump, parse
from plugin.services import members, programs, redeem
from plugin.services.redeem import RewardOrder
from tests.admin.office import Office, buyer, opened
from tests.admin.stage import Stage, stage

pytestmark = pytest.mark.browser

TASTING = {"id": "tasting", "kind": "experience", "title": "Tasting for two", "price_points": 100}


@pytest.fixture(scope="module")
def playing(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(database, tmp_path_factory.mktemp("home")) as playing:
        yield playing


@pytest.fixture
def office(playing: Stage, chromium: Browser) -> Iterator[Office]:
    with opened(playing, chromium) as office:
        yield office


@pytest.fixture
def phone(playing: Stage, chromium: Browser) -> Iterator[Office]:
    with opened(playing, chromium, width=390, height=844) as office:
        yield office


def taken(office: Office) -> None:
    """Ada has bought for 160.00 and taken a tasting, which somebody has to arrange."""
    office.open()
    shop_id = office.launch()
    world = office.playing.world
    with world.database.transaction(shop_id) as session:
        document = dump(programs.current(session).program)
        program = parse({**document, "rewards": [*document["rewards"], TASTING]})
        programs.publish(session, program, by="test", now=world.clock())
    customer = buyer(office, "Ada", "Lindqvist")
    with world.database.transaction(shop_id) as session:
        member = members.by_customer(session, customer.id)
        assert member is not None
        redeem.place_hold(session, RewardOrder(member, "tasting", None, uuid4()), keys=world.keys, now=world.clock())
    office.playing.bell.ring("codes", shop_id, office.shop.domain)


def is_too_wide(frame: Frame) -> bool:
    return bool(frame.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"))


def test_the_stream_is_filtered_and_leads_to_the_orders_explanation(office: Office) -> None:
    taken(office)
    frame = office.open("/activity")
    expect(frame.get_by_text("Ada Lindqvist").first).to_be_visible()

    frame.locator('s-page > s-button[commandFor="filter"]').click()
    order = frame.locator('#filter-form [name="order"] input')
    order.fill("#1001")
    frame.locator('#filter s-button[slot="primary-action"]').click()
    expect(frame.get_by_text("Order #1001 ✕")).to_be_visible()
    expect(frame.get_by_text("Reserved for a reward: Tasting for two")).to_have_count(0)
    frame.get_by_role("link", name="Earned with order #1001").click()

    frame.wait_for_selector('s-page[heading="Order #1001"]')
    expect(frame.get_by_text("Points for every purchase")).to_be_visible()
    expect(frame.get_by_text("Blend at 160.00").first).to_be_visible()


def test_what_is_to_do_is_done_with_a_note_by_one_click_each(office: Office) -> None:
    taken(office)
    frame = office.open("/activity/fulfilment")

    frame.get_by_role("button", name="Done: Tasting for two for Ada Lindqvist", exact=True).click()
    frame.locator('s-modal[heading="Tasting for two for Ada Lindqvist"] textarea').fill("Saturday, 3 pm")
    frame.locator('s-modal[heading="Tasting for two for Ada Lindqvist"] s-button[slot="primary-action"]').click()
    office.says("Marked as done")

    expect(frame.get_by_text("Nothing to do")).to_be_visible()


def test_every_page_of_activity_fits_a_phone(phone: Office) -> None:
    taken(phone)

    for path in ("", "/orders", "/redemptions", "/fulfilment", "/referrals", "/trouble", "/points"):
        frame = phone.open(f"/activity{path}")
        frame.evaluate("new Promise((done) => setTimeout(done, 50))")  # tables arrange themselves once they are drawn
        assert not is_too_wide(frame), path
        assert frame.locator("[data-devstore-problem]").count() == 0, path
