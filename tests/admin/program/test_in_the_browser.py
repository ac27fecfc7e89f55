"""The program's pages in a real browser: edited, reviewed, rehearsed, published, gone back; and nothing typed is lost on the way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Frame, expect

from plugin.db import Database
from plugin.loyalty.program import Program, parse
from plugin.services import drafts, shops
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


def drafted(office: Office) -> Program:
    """The draft as it stands in the books."""
    database = office.playing.world.database
    with database.transaction() as session:
        shop = shops.find(session, office.shop.domain)
    with database.transaction(shop.id) as session:
        return parse(drafts.read(session).document)


def save_beside(office: Office, *, surveys: tuple[dict[str, object], ...] = (), **earning: object) -> None:
    """Somebody else saves the draft."""
    database = office.playing.world.database
    with database.transaction() as session:
        shop = shops.find(session, office.shop.domain)
    with database.transaction(shop.id) as session:
        document = drafts.read(session).document
        document["earning"] |= earning
        document["surveys"] = list(surveys)
        drafts.save(session, document, by="staff:2", now=office.playing.world.clock())


def press(frame: Frame, opener: str, dialog: str) -> None:
    """Open a dialog and say yes."""
    frame.locator(f's-button[commandFor="{opener}"]').first.click()
    frame.locator(f'#{dialog} s-button[slot="primary-action"]').click()


def test_a_change_is_edited_reviewed_rehearsed_published_and_gone_back_from(office: Office) -> None:
    office.open()
    office.launch()
    buyer(office, "Ada", "Park")
    frame = office.open("/program/earning")

    fill(frame, "earning.points", "2")
    expect(frame.locator("#meaning")).to_contain_text("A customer who spends $50 earns 100 points.")
    office.save()
    office.says("Saved in your draft")
    assert (office.program().earning.points, drafted(office).earning.points) == (1, 2)
    frame.get_by_text("Review and publish").click()
    expect(frame.locator("s-table")).to_contain_text("2 points")
    frame.locator("#rehearse-form").get_by_text("Rehearse").click()
    expect(frame.get_by_text("1 order for $160 in 90 days")).to_be_visible()
    expect(frame.locator('s-section[heading="Gain most"]').get_by_role("link", name="Ada Park")).to_be_visible()
    press(frame, "publish", "publish")
    office.says("Published")
    assert office.program().earning.points == 2
    frame.get_by_text("History").click()
    frame.locator("#version-2").click()
    press(frame, "restore", "restore")
    office.says("Gone back: it is live as a new version")

    assert office.program().earning.points == 1


def test_a_mistake_is_shown_at_its_field_and_what_was_typed_stays(office: Office) -> None:
    frame = office.open("/program/earning")

    fill(frame, "earning.pending_days", "21")
    fill(frame, "earning.per", "0")
    office.save()

    expect(frame.locator('[name="earning.per"]')).to_contain_text("Enter more than 0.")
    assert frame.locator('[name="earning.pending_days"] input').input_value() == "21"
    fill(frame, "earning.per", "1")
    office.save()
    office.says("Saved in your draft")
    expect(frame.locator('[name="earning.per"]')).not_to_contain_text("Enter more than 0.")
    assert drafted(office).earning.pending_days == 21


def test_the_slower_of_two_editors_sees_both_values_and_may_save_all_the_same(office: Office) -> None:
    frame = office.open("/program/earning")
    fill(frame, "earning.points", "5")
    save_beside(office, points=9, pending_days=14)

    office.save()
    expect(frame.locator("[data-problems]")).to_contain_text("yours 5 points, theirs 9 points")
    frame.get_by_text("Save mine").click()
    office.says("Saved in your draft")

    earning = drafted(office).earning
    assert (earning.points, earning.pending_days) == (5, 14)


def test_rows_are_added_dropped_and_moved_and_discarding_brings_them_back(office: Office) -> None:
    office.open()
    questions = [{"id": word, "kind": "text", "words": f"{word}?"} for word in ("who", "why")]
    save_beside(office, surveys=({"id": "s", "title": "Ask", "questions": questions},))
    frame = office.open("/program/surveys/s")
    rows = frame.locator("[data-rows='questions'] [data-row]:visible")
    asked = rows.locator('[name$=".words"] textarea, [name$=".words"] input')
    expect(rows).to_have_count(2)

    rows.first.locator("[data-drops-row]").click()
    frame.locator("[data-adds-row]").click()
    asked.last.fill("where?")
    asked.last.blur()
    office.page.get_by_role("button", name="Discard").click()
    office.page.get_by_role("button", name="Discard").last.click()
    expect(asked.first).to_have_value("who?")
    expect(rows).to_have_count(2)
    rows.first.locator("[data-drops-row]").click()
    frame.locator("[data-adds-row]").click()
    asked.last.fill("where?")
    asked.last.blur()
    rows.last.locator('[data-moves-row="up"]').click()
    office.save()
    office.says("Saved in your draft")

    assert [(one.id, one.words) for one in drafted(office).surveys[0].questions] == [
        ("where", "where?"),
        ("why", "why?"),
    ]


def test_products_are_picked_and_dropped(office: Office) -> None:
    frame = office.open("/program/earning")

    frame.locator('[data-picks="product"]').click()
    office.page.get_by_text("Kettle").first.click()
    office.page.get_by_role("button", name="Select").click()
    chips = frame.locator("[data-picked] s-clickable-chip")
    expect(chips).to_have_text("Kettle")
    office.save()
    office.says("Saved in your draft")
    picked = drafted(office).exclusions.product_ids
    frame = office.open("/program/earning")
    chips = frame.locator("[data-picked] s-clickable-chip")
    chips.get_by_role("button").last.click()
    expect(chips).to_have_count(0)
    office.save()
    office.says("Saved in your draft")

    assert picked == tuple(office.shop.products)
    assert drafted(office).exclusions.product_ids == ()


def test_the_preview_is_the_panel_itself_with_the_draft_in_it(office: Office) -> None:
    frame = office.open("/program/earning")
    save_beside(office, points=3)

    frame.get_by_text("See the draft as a customer").click()

    panel = frame.frame_locator("iframe.preview")
    expect(panel.get_by_text("Redeem").first).to_be_visible()
    expect(panel.get_by_text("420").first).to_be_visible()  # 120 spent at three each, and 60 for the first reward


def test_unsaved_changes_are_not_lost_by_a_click(office: Office) -> None:
    frame = office.open("/program/earning")
    fill(frame, "earning.points", "5")

    office.page.get_by_role("link", name="Members").click()

    expect(office.page.get_by_text("Unsaved changes").first).to_be_visible()
    assert frame.locator("#part-form").count() == 1


def test_variants_and_segments_are_picked_by_name(office: Office) -> None:
    shirt = office.shop.add_product("Shirt", "20.00", variants=(("Small", "20.00"), ("Large", "20.00")))
    office.shop.add_segment("Newcomers")
    regulars = office.shop.add_segment("Often here <b>")
    frame = office.open("/program/campaigns/new/big-basket")
    for settings in frame.locator("details.advanced").all():
        settings.evaluate("settings => settings.open = true")

    for kind, words in (("variant", "Shirt - Large"), ("segment", "Often here <b>")):
        frame.locator(f'[data-picks="{kind}"]').click()
        office.page.get_by_text(words).click()
        office.page.get_by_role("button", name="Select").click()
        chips = frame.locator(f'[data-picker]:has([data-picks="{kind}"]) s-clickable-chip')
        expect(chips).to_have_text(words)
    frame.locator('s-button[type="submit"]').click()
    office.says("Added to your draft")

    asked = drafted(office).order_rules[-1].conditions
    assert (asked.variant_ids, asked.segment_ids) == ((shirt.variants[1].id,), (regulars.id,))


def test_the_stores_languages_are_read_in_place_and_take_no_unsaved_words_along(office: Office) -> None:
    office.shop.locale, office.shop.other_locales = "fr", ("en",)
    frame = office.open("/program/names")
    fill(frame, "name", "Brew Club")

    frame.get_by_role("button", name="Read my store's languages").click()
    office.page.get_by_role("button", name="Stay").click()
    kept = frame.locator('[name="name"] input').input_value()
    frame.get_by_role("button", name="Read my store's languages").click()
    office.page.get_by_role("button", name="Leave page").click()
    office.says("These are your store's languages")

    assert kept == "Brew Club"
    expect(frame.locator('[label^="Plural, "]')).to_have_count(2)
