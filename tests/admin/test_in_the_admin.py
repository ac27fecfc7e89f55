"""The admin in a real browser, framed by the dev store's admin on another site, with third-party cookies blocked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Request, Route, expect

from plugin.db import Database
from plugin.services import members, shops
from tests.admin.office import Office, buyer, fill, opened
from tests.admin.stage import Stage, stage

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def playing(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(database, tmp_path_factory.mktemp("home")) as playing:
        yield playing


@pytest.fixture
def office(playing: Stage, chromium: Browser) -> Iterator[Office]:
    with opened(playing, chromium) as office:
        yield office


def test_the_first_opening_installs_and_no_cookie_is_left(office: Office) -> None:
    frame = office.open()

    expect(frame.get_by_text("In set-up")).to_be_visible()
    assert office.page.context.cookies() == []
    assert not office.program().is_live


def test_no_element_of_any_page_is_marked_as_a_mistake(office: Office) -> None:
    for path in ("/", "/program", "/members", "/settings"):
        frame = office.open(path)
        frame.evaluate("new Promise((done) => setTimeout(done, 50))")  # the dev store marks mistakes as elements arrive
        assert frame.locator("s-page").count() == 1
        assert frame.locator("[data-devstore-problem]").evaluate_all("found => found.map((one) => one.title)") == []


def test_a_member_gets_points_once_for_an_impatient_double_click(office: Office) -> None:
    office.open()
    shop_id = office.launch()
    customer = buyer(office, "Ada", "Lindqvist")

    frame = office.open("/members")
    frame.get_by_text("Ada Lindqvist").click()
    frame.wait_for_selector('s-page[heading="Ada Lindqvist"]')
    frame.locator('s-page > s-button[slot="primary-action"]').click()
    fill(frame, "points", "25")
    frame.locator('[name="reason"] textarea').fill("Late parcel")
    frame.locator('#adjust s-button[slot="primary-action"]').dblclick()
    office.says("Points changed")

    expect(frame.get_by_text("“Late parcel”")).to_be_visible()
    with office.playing.world.database.transaction(shop_id) as session:
        member = members.by_customer(session, customer.id)
        assert member is not None
        assert members.view(session, member, handle_key=b"h" * 32, now=office.playing.world.clock()).available == 185


def test_hostile_names_stay_words_in_the_browser(office: Office) -> None:
    office.open()
    office.launch()
    buyer(office, "<b>Mallory</b>", "<img src=x onerror=alert(1)>")

    frame = office.open("/members")

    expect(frame.get_by_text("<b>Mallory</b> <img src=x onerror=alert(1)>")).to_be_visible()


def test_the_search_and_the_back_button_work_without_loading_a_document(office: Office) -> None:
    frame = office.open("/members")
    frame.evaluate("window.isSameDocument = true")

    office.page.get_by_role("link", name="Program").click()
    frame.wait_for_selector('s-page[heading="Program"]')
    frame.evaluate("history.back()")
    frame.wait_for_selector('s-page[heading="Members"]')

    assert frame.evaluate("window.isSameDocument")


def test_reloading_the_frame_comes_back_to_the_same_page(office: Office) -> None:
    frame = office.open()
    office.page.get_by_role("link", name="Members").click()
    frame.wait_for_selector('s-page[heading="Members"]')

    frame.evaluate("location.reload()")

    frame.wait_for_selector('s-page[heading="Members"]')


def test_the_download_is_a_file_with_the_members_data(office: Office, tmp_path: Path) -> None:
    office.open()
    with office.playing.world.database.transaction() as session:
        shop = shops.find(session, office.shop.domain)
    with office.playing.world.database.transaction(shop.id) as session:
        member = members.join(session, 7001, tombstone_key=b"t" * 32, now=office.playing.world.clock())

    frame = office.open(f"/members/{member}")
    frame.get_by_role("button", name="More", exact=True).click()
    with office.page.expect_download() as download:
        frame.locator("[data-downloads]").click()
    download.value.save_as(tmp_path / "member.json")

    assert '"shopify_customer_id": "7001"' in (tmp_path / "member.json").read_text(encoding="utf-8")


def test_a_page_that_says_what_is_wrong_leads_on_without_loading_a_document(office: Office) -> None:
    frame = office.open("/members")
    frame.evaluate("window.isSameDocument = true")

    frame.evaluate("Turbo.visit('/members/999999')")
    frame.wait_for_selector('s-page[heading="This member does not exist"]')
    frame.evaluate("history.back()")
    frame.wait_for_selector('s-page[heading="Members"]')

    assert frame.evaluate("window.isSameDocument")


def test_a_token_that_expires_and_a_line_that_breaks_in_the_middle_of_a_form_lose_nothing(office: Office) -> None:
    frame = office.open("/members")
    office.launch()
    ada = buyer(office, "Ada", "Lindqvist")
    frame = office.open(f"/members/{_member_of(office, ada.id)}")
    frame.locator('s-page > s-button[slot="primary-action"]').click()
    fill(frame, "points", "25")
    frame.locator('[name="reason"] textarea').fill("Late parcel")
    sent = []

    def fail(route: Route, request: Request) -> None:
        if request.method != "POST":
            route.continue_()
            return
        sent.append(request.post_data)
        if len(sent) == 1:
            route.abort()
        elif len(sent) == 2:
            headers = {"X-Shopify-Retry-Invalid-Session-Request": "1"}
            route.fulfill(status=401, headers=headers, body="This page was open for too long. Try again.")
        else:
            route.continue_()

    office.page.route("**/members/**", fail)
    frame.locator('#adjust s-button[slot="primary-action"]').click()
    office.says("The app could not be reached. Nothing was saved; try again.")
    frame.evaluate("document.getElementById('adjust-form').requestSubmit()")
    office.says("Points changed")

    expect(frame.get_by_text("“Late parcel”")).to_be_visible()
    assert sent[0] == sent[1] == sent[2]
    office.troubles.remove("Failed to fetch")  # Turbo throws what it has told us of already


def _member_of(office: Office, customer_id: int) -> int:
    with office.playing.world.database.transaction() as session:
        shop = shops.find(session, office.shop.domain)
    with office.playing.world.database.transaction(shop.id) as session:
        member = members.by_customer(session, customer_id)
    assert member is not None
    return member
