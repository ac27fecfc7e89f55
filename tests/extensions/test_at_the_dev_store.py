"""The UI extensions in a browser: the bundle in a frame of the dev store's pages, asking the running app with signed tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from devstore.model import Customer
from plugin.db import Database
from plugin.loyalty.program import Program
from plugin.services import members, programs
from tests.storefront.stage import Stage, playing
from tests.storefront.visiting import DESKTOP, PHONE, Visitor, visitor

pytestmark = pytest.mark.browser

__all__ = ["visitor"]


@pytest.fixture(scope="module")
def stage(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with playing(database, tmp_path_factory.mktemp("extensions")) as stage:
        yield stage


def go_to_checkout(page: Page, stage: Stage, *, price_above: int = 10) -> FrameLocator:
    product = next(each for each in stage.shop.products.values() if each.variants[0].price > price_above)
    page.evaluate(
        """(line) => fetch('/cart/add.js', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(line)})""",
        {"id": product.variants[0].id, "quantity": 2},
    )
    page.goto(f"{stage.home}checkout")
    return page.frame_locator("iframe[data-extension='purchase.checkout.block.render']")


def points_of(stage: Stage, customer: Customer) -> tuple[int, int]:
    """(available, held)"""
    with stage.world.database.transaction(stage.shop_id) as session:
        member = members.by_customer(session, customer.id)
        assert member is not None
        view = members.view(session, member, handle_key=b"h" * 32, now=stage.world.clock())
    return view.available, view.held


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_reward_taken_at_checkout_is_in_the_order_at_once(
    stage: Stage, visitor: Visitor, size: tuple[int, int]
) -> None:
    ann = stage.member(500)
    page = visitor(stage, ann, size=size)
    frame = go_to_checkout(page, stage)

    frame.get_by_role("button", name=re.compile("Money off")).click()

    expect(frame.get_by_text("is in your order")).to_be_visible()
    expect(page.locator(".tag")).to_have_count(1)
    assert points_of(stage, ann) == (350, 150)
    page.get_by_label("Last name").fill("Ames")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect(page).to_have_url(re.compile("thank-you"))
    [order] = [each for each in stage.shop.orders.values() if each.customer_id == ann.id]
    assert [each.code is not None for each in order.applications] == [True]


def test_a_reward_given_back_leaves_the_order_and_brings_the_points_back(stage: Stage, visitor: Visitor) -> None:
    ann = stage.member(500)
    page = visitor(stage, ann)
    frame = go_to_checkout(page, stage)
    frame.get_by_role("button", name=re.compile("Money off")).click()
    expect(page.locator(".tag")).to_have_count(1)

    frame.get_by_role("button", name="Return").click()

    expect(frame.get_by_text("on their way back")).to_be_visible()
    expect(page.locator(".tag")).to_have_count(0)
    assert points_of(stage, ann) == (500, 0)


def test_a_slider_proposes_what_the_cart_can_use_and_not_what_the_member_has(stage: Stage, visitor: Visitor) -> None:
    ann = stage.member(3000)
    page = visitor(stage, ann)
    frame = go_to_checkout(page, stage)
    shown = frame.get_by_role("button", name=re.compile("As much off"))

    label = shown.get_attribute("aria-label") or shown.inner_text()

    subtotal = next(each for each in stage.shop.products.values() if each.variants[0].price > 10).variants[0].price * 2
    assert f"{int(subtotal) * 30:,} points" in label


def test_a_guest_is_asked_to_sign_in_and_a_customer_may_join(stage: Stage, visitor: Visitor) -> None:
    guest = visitor(stage, None)
    bob = stage.shop.add_customer("bob-at-checkout@example.com", first_name="Bob")
    page = visitor(stage, bob)

    expect(go_to_checkout(guest, stage).get_by_text("Sign in to use your points")).to_be_visible()
    frame = go_to_checkout(page, stage)
    frame.get_by_role("button", name="Join for free").click()

    expect(frame.get_by_text("You have 0 points")).to_be_visible()


def test_a_shop_without_checkout_extensions_shows_none(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, stage.member(500))
    stage.shop.has_checkout_extensions = False

    go_to_checkout(page, stage)

    expect(page.locator("iframe[data-extension]")).to_have_count(0)
    stage.shop.has_checkout_extensions = True


@pytest.mark.parametrize(
    ("locale", "said"), [("de", "Du hast 500 Punkte"), ("fr", "Vous avez 500 points"), ("en", "You have 500 points")]
)
def test_the_account_page_shows_points_rewards_and_history_in_the_members_language(
    stage: Stage, visitor: Visitor, locale: str, said: str
) -> None:
    ann = stage.member(500, locale=locale)
    page = visitor(stage, ann, locale=locale)

    page.goto(f"http://accounts.localhost:{stage.port}/{stage.shop.handle}/pages/regulars-account-page")

    frame = page.frame_locator("iframe[data-extension]")
    expect(frame.get_by_text(said)).to_be_visible()
    expect(frame.get_by_text("+500")).to_be_visible()


def test_on_the_account_page_a_reward_becomes_a_code_and_can_be_returned(stage: Stage, visitor: Visitor) -> None:
    ann = stage.member(500)
    page = visitor(stage, ann)
    page.goto(f"http://accounts.localhost:{stage.port}/{stage.shop.handle}/pages/regulars-account-page")
    frame = page.frame_locator("iframe[data-extension]")

    frame.get_by_role("button", name="Redeem for 120 points").click()

    expect(frame.get_by_text("Your codes")).to_be_visible()
    assert points_of(stage, ann) == (380, 120)
    frame.get_by_role("button", name="Return").click()
    expect(frame.get_by_text("Your codes")).to_be_hidden()
    assert points_of(stage, ann) == (500, 0)


# --- when the world has moved on since the page was drawn ---------------------------------------------------------------


def test_a_double_click_at_checkout_takes_one_reward(stage: Stage, visitor: Visitor) -> None:
    ann = stage.member(500)
    page = visitor(stage, ann)
    frame = go_to_checkout(page, stage)

    frame.get_by_role("button", name=re.compile("Money off")).dblclick()

    expect(frame.get_by_text("is in your order")).to_be_visible()
    expect(page.locator(".tag")).to_have_count(1)
    assert points_of(stage, ann) == (350, 150)


def test_points_spent_elsewhere_a_reward_that_is_gone_and_a_paused_program_are_said_at_checkout(
    stage: Stage, visitor: Visitor
) -> None:
    ann = stage.member(200)
    first, second = visitor(stage, ann), visitor(stage, ann)
    frames = [go_to_checkout(page, stage) for page in (first, second)]
    buttons = [frame.get_by_role("button", name=re.compile("Money off")) for frame in frames]
    for button in buttons:
        expect(button).to_be_visible()
    rich = visitor(stage, stage.member(500))
    frame = go_to_checkout(rich, stage)
    expect(frame.get_by_role("button", name=re.compile("Money off"))).to_be_visible()
    with stage.world.database.transaction(stage.shop_id) as session:
        before = programs.current(session).program

    buttons[0].click()
    expect(frames[0].get_by_text("is in your order")).to_be_visible()
    buttons[1].click()
    expect(frames[1].get_by_text("This needs 150 points, and you have 50.")).to_be_visible()
    try:
        publish(stage, rewards=[each.model_dump() for each in before.rewards if each.title != "Money off"])
        frame.get_by_role("button", name=re.compile("Money off")).click()
        expect(frame.get_by_text("This reward is not offered any more.")).to_be_visible()
        publish(stage, is_live=False)
        frame.get_by_role("button", name=re.compile("Free shipping")).click()
        expect(frame.get_by_role("button")).to_have_count(0)
        expect(frame.get_by_text("The program is paused at the moment.")).to_be_visible()
    finally:
        publish(stage, **before.model_dump())

    assert points_of(stage, ann) == (50, 150)


def test_a_code_that_was_taken_out_of_the_order_can_be_used_again(stage: Stage, visitor: Visitor) -> None:
    ann = stage.member(500)
    page = visitor(stage, ann, size=PHONE)
    frame = go_to_checkout(page, stage)
    frame.get_by_role("button", name=re.compile("Money off")).click()
    expect(page.locator(".tag")).to_have_count(1)

    page.locator(".tag button").click()
    expect(page.locator(".tag")).to_have_count(0)
    frame.get_by_role("button", name="Use", exact=True).click()

    expect(page.locator(".tag")).to_have_count(1)
    assert points_of(stage, ann) == (350, 150)


def test_a_code_given_back_on_another_device_does_not_pay_for_the_order(stage: Stage, visitor: Visitor) -> None:
    ann = stage.member(500)
    page, phone = visitor(stage, ann), visitor(stage, ann, size=PHONE)
    frame = go_to_checkout(page, stage)
    frame.get_by_role("button", name=re.compile("Money off")).click()
    expect(frame.get_by_text("is in your order")).to_be_visible()

    phone.goto(f"http://accounts.localhost:{stage.port}/{stage.shop.handle}/pages/regulars-account-page")
    account = phone.frame_locator("iframe[data-extension]")
    account.get_by_role("button", name="Return").click()
    expect(account.get_by_text("Your codes")).to_be_hidden()
    page.reload()

    expect(frame.get_by_text("You have 500 points")).to_be_visible()
    expect(frame.get_by_role("button", name="Return")).to_have_count(0)
    assert points_of(stage, ann) == (500, 0)


def test_a_broken_connection_is_said_on_the_account_page_and_tried_again(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, stage.member(500))
    page.route("**/ext/account/state*", lambda route: route.abort())
    page.goto(f"http://accounts.localhost:{stage.port}/{stage.shop.handle}/pages/regulars-account-page")
    frame = page.frame_locator("iframe[data-extension]")
    expect(frame.get_by_text("That did not work. Please try again.")).to_be_visible()

    page.unroute("**/ext/account/state*")
    frame.get_by_role("button", name="Try again").click()

    expect(frame.get_by_text("You have 500 points")).to_be_visible()


def publish(stage: Stage, **change: object) -> None:
    """The next version of the program."""
    with stage.world.database.transaction(stage.shop_id) as session:
        program = programs.current(session).program.model_dump() | change
        programs.publish(session, Program.model_validate(program), by="test", now=stage.world.clock())
