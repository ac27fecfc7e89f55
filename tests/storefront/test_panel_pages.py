"""Every page of the panel in a browser, on a phone: what a member does there besides redeeming, and that everybody can use it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from plugin.db import Database
from plugin.loyalty.program import parse
from plugin.services import programs
from tests.storefront.stage import Stage, playing
from tests.storefront.test_pages import EVERYTHING
from tests.storefront.test_panel import heading, open_panel, press
from tests.storefront.visiting import PHONE, Visitor, visitor

pytestmark = pytest.mark.browser

__all__ = ["visitor"]

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
PAGES = (
    "home", "rewards", "reward/any", "reward/card/send", "earn", "birthday", "survey/taste", "check-in", "invite", "tiers",
    "history", "household", "household/invite", "gifts", "causes", "cause/trees",
)  # fmt: skip


@pytest.fixture(scope="module")
def stage(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with playing(database, tmp_path_factory.mktemp("pages")) as stage:
        with stage.world.database.transaction(stage.shop_id) as session:
            programs.publish(session, parse(EVERYTHING), by="test", now=stage.world.clock())
        yield stage


def wrong(page: Page) -> list[str]:
    """What axe finds in the panel, what moves, and whether something is wider than it, also when it is read from right to left."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    found: list[str] = page.evaluate(
        """async () => {
          const {violations} = await axe.run({fromShadowDom: ['#loyalty-panel', 'dialog']});
          const body = document.querySelector('#loyalty-panel').shadowRoot.querySelector('.body');
          const wide = [];
          for (const dir of ['rtl', 'ltr']) {
            document.documentElement.dir = dir;
            if (body.scrollWidth > body.clientWidth) wide.push(`${body.scrollWidth} wide, ${dir}`);
          }
          const isMoving = (each) => parseFloat(getComputedStyle(each).transitionDuration) > 0.01;
          const moves = [...body.querySelectorAll('*')].filter(isMoving).map((each) => `moves: ${each.className}`);
          return [...violations.map((each) => `${each.id}: ${each.nodes[0].html}`), ...wide, ...moves];
        }"""
    )
    return found


def unreached(page: Page) -> list[str]:
    """What can be pressed or filled in the panel and is not come to by Tab; of choices that exclude each other one is enough."""
    count: int = page.evaluate(
        """() => {
          const dialog = document.querySelector('#loyalty-panel').shadowRoot.querySelector('dialog');
          const stops = [...dialog.querySelectorAll('button, a[href], select, textarea, input')];
          const isStop = (each) => !each.disabled && each.type !== 'radio' && each.getClientRects().length > 0;
          window.left = new Set(stops.filter(isStop));
          return stops.length;
        }"""
    )
    for _ in range(count + 2):
        page.keyboard.press("Tab")
        page.evaluate("left.delete(document.querySelector('#loyalty-panel').shadowRoot.activeElement)")
    found: list[str] = page.evaluate("[...left].map((each) => `not by Tab: ${each.outerHTML.slice(0, 80)}`)")
    return found


def show(page: Page, name: str) -> None:
    page.evaluate("document.querySelector('#loyalty-panel').shadowRoot.querySelector('dialog').close()")
    page.evaluate(
        """(name) => {
          const link = Object.assign(document.createElement('a'), {href: `#loyalty/${name}`});
          document.body.append(link);
          link.click();
          link.remove();
        }""",
        name,
    )
    expect(page.get_by_role("dialog").locator(".body > :not(.wait)").first).to_be_visible(timeout=15_000)


def test_every_page_can_be_used_by_everybody(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, stage.member(300, locale="de"), size=(320, 640))
    page.emulate_media(reduced_motion="reduce")
    open_panel(page)
    heading(page, "Prämien")

    found = {}
    for name in PAGES:
        show(page, name)
        if problems := wrong(page) + unreached(page):
            found[name] = problems

    assert found == {}


def test_a_member_follows_answers_tells_a_birthday_gives_and_shares(stage: Stage, visitor: Visitor) -> None:
    ann = stage.member(300)
    page = visitor(stage, ann, size=PHONE)
    page.context.route("https://example.com/**", lambda route: route.fulfill(body="us"))
    panel = page.get_by_role("dialog")
    open_panel(page)
    press(page, "See all ways to earn")

    with page.context.expect_page():
        panel.get_by_role("link", name="Follow us").click()
    expect(panel.locator(".note")).to_have_text("Thank you! You get 10 beans.")
    expect(panel.locator("li").filter(has_text="Follow us")).to_contain_text("Done")

    panel.get_by_role("button", name="Newsletter").click()
    expect(panel.locator(".note")).to_have_text("Thank you! You get our newsletter now.")
    expect(panel.locator("li").filter(has_text="Newsletter")).to_contain_text("Done")
    assert ann.accepts_marketing

    panel.get_by_role("button", name="Taste").click()
    press(page, "Send answers")
    expect(panel.get_by_role("heading", name="Taste")).to_be_visible()
    panel.get_by_role("radio", name="9").check()
    panel.locator("fieldset").nth(1).get_by_label("1", exact=True).check()
    panel.get_by_role("radio", name="Coffee").check()
    panel.get_by_label("Why? (optional)").fill("<b>Because</b>")
    press(page, "Send answers")
    expect(panel.locator(".note")).to_have_text("Thank you! That counts.")
    expect(panel.locator(".balance .figure")).to_have_text("335")

    show(page, "birthday")
    panel.get_by_label("Day").select_option("31")
    panel.get_by_label("Month").select_option("2")
    press(page, "Save")
    expect(panel.locator(".note.bad")).to_have_text("There is no such day.")
    expect(panel.get_by_label("Day")).to_have_value("31")
    panel.get_by_label("Month").select_option("3")
    press(page, "Save")
    expect(panel.locator(".note")).to_have_text("Saved.")

    show(page, "cause/trees")
    panel.get_by_label("How many?").fill("15")
    press(page, "Donate")
    press(page, "Yes, donate")
    expect(panel.locator(".note")).to_have_text("Thank you for your donation.")
    press(page, "Back")
    expect(panel.locator(".balance .figure")).to_have_text("320")


def test_two_share_a_household_and_one_gives_the_other_a_gift(stage: Stage, visitor: Visitor) -> None:
    ann, ben = visitor(stage, stage.member(300), size=PHONE), visitor(stage, stage.member(50), size=PHONE)
    for page in (ann, ben):
        open_panel(page)
        show(page, "household")
    hers, his = ann.get_by_role("dialog"), ben.get_by_role("dialog")

    press(ann, "Start a household")
    heading(ann, "0 beans")
    press(ann, "Invite somebody")
    heading(ann, "Invite somebody")
    press(ann, "Invite somebody")
    code = hers.locator(".ticket .code").inner_text()
    his.get_by_label("Invitation code").fill("WRONG-CODE-1")
    press(ben, "Continue")
    expect(his.locator(".note.bad")).to_have_text("This invitation is not valid any more, or it is for somebody else.")
    his.get_by_label("Invitation code").fill(code)
    press(ben, "Continue")
    expect(his.locator(".note")).to_have_text("Welcome to the household.")

    press(ann, "Back")
    hers.get_by_label("How many?").fill("200")
    press(ann, "Put beans in")
    heading(ann, "200 beans")
    show(ben, "reward/five")
    press(ben, "Pay with the household’s beans")
    press(ben, "Redeem for 150 beans")
    heading(ben, "Your code is ready")

    show(ann, "gifts")
    hers.get_by_label("How many?").fill("40")
    hers.get_by_label("A few words (optional)").fill("For you <3")
    press(ann, "Make the gift")
    gift = hers.locator(".line .code").inner_text()
    show(ben, "gifts")
    his.get_by_label("Gift code").fill(gift)
    press(ben, "Continue")
    expect(his.locator(".balance .figure")).to_have_text("90")
