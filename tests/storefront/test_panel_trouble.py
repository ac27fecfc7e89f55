"""The panel when the world has moved on since the page was drawn: each time a clear sentence, and the books stay right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Page, expect

from devstore.model import Customer
from plugin.db import Database
from plugin.loyalty.program import Program
from plugin.services import members, perform, programs, redeem
from tests.storefront.stage import Stage, playing
from tests.storefront.test_panel import cart, fill_cart, heading, open_panel, press
from tests.storefront.visiting import PHONE, Visitor, visitor

pytestmark = pytest.mark.browser

__all__ = ["visitor"]


@pytest.fixture(scope="module")
def stage(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with playing(database, tmp_path_factory.mktemp("trouble")) as stage:
        yield stage


def available(stage: Stage, customer: Customer) -> int:
    with stage.world.database.transaction(stage.shop_id) as session:
        member_id = members.by_customer(session, customer.id)
        assert member_id is not None
        return members.view(session, member_id, handle_key=b"k" * 32, now=stage.world.clock()).available


def said(page: Page, words: str) -> None:
    expect(page.get_by_role("dialog").locator(".note").filter(has_text=words)).to_be_visible()


def publish(stage: Stage, **change: object) -> None:
    with stage.world.database.transaction(stage.shop_id) as session:
        program = programs.current(session).program.model_dump() | change
        programs.publish(session, Program.model_validate(program), by="test", now=stage.world.clock())


def test_a_guest_who_wants_a_reward_signs_in_by_code_and_is_back_at_that_reward(stage: Stage, visitor: Visitor) -> None:
    ann = stage.member(200)
    page = visitor(stage, None, size=PHONE)
    page.goto(f"{stage.home}collections/tea?sort=new")
    open_panel(page)
    press(page, "Money off")

    page.get_by_role("dialog").get_by_role("link", name="Sign in to take part").click()
    page.get_by_label("E-mail").fill(ann.email or "")
    page.get_by_role("button", name="Continue").click()
    with page.context.expect_page() as mail:
        page.get_by_role("link", name=re.compile("mail", re.IGNORECASE)).click()
    page.get_by_label("Code").fill(re.findall(r"\b\d{6}\b", mail.value.locator("body").inner_text())[0])
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("dialog").get_by_role("button", name="Redeem for 150 points")).to_be_visible()
    assert page.url == f"{stage.home}collections/tea?sort=new"


def test_with_classic_accounts_and_a_password_they_are_back_there_too(stage: Stage, visitor: Visitor) -> None:
    ann = stage.member(200)
    page = visitor(stage, None, size=PHONE)
    stage.shop.customer_accounts = "CLASSIC"
    try:
        page.goto(f"{stage.home}account/register")
        enter_password(page, ann)
        page.goto(f"{stage.home}account/logout")
        page.goto(f"{stage.home}collections/tea?sort=new")
        open_panel(page)
        press(page, "Money off")
        page.get_by_role("dialog").get_by_role("link", name="Sign in to take part").click()
        enter_password(page, ann)

        expect(page.get_by_role("dialog").get_by_role("button", name="Redeem for 150 points")).to_be_visible()
    finally:
        stage.shop.customer_accounts = "NEW_CUSTOMER_ACCOUNTS"

    assert page.url == f"{stage.home}collections/tea?sort=new"


def enter_password(page: Page, customer: Customer) -> None:
    page.get_by_label("E-mail").fill(customer.email or "")
    page.get_by_label("Password").fill("roasted")
    page.locator("main button").click()


def test_points_that_were_spent_in_another_tab_are_missed_in_a_sentence(stage: Stage, visitor: Visitor) -> None:
    ann = stage.member(200)
    first = visitor(stage, ann)
    second = first.context.new_page()
    for page in (first, second):
        page.goto(stage.home)
        open_panel(page)
        press(page, "Money off")

    press(first, "Redeem for 150 points")
    heading(first, "Your code is ready")
    press(second, "Redeem for 150 points")

    said(second, "This needs 150 points, and you have 50.")
    assert available(stage, ann) == 50


def test_a_reward_that_is_gone_and_a_program_that_is_switched_off_say_so(stage: Stage, visitor: Visitor) -> None:
    ann = stage.member(200)
    page = visitor(stage, ann)
    open_panel(page)
    press(page, "Money off")
    with stage.world.database.transaction(stage.shop_id) as session:
        before = programs.current(session).program

    try:
        publish(stage, rewards=[each.model_dump() for each in before.rewards if each.kind != "amount_off"])
        press(page, "Redeem for 150 points")
        said(page, "This reward is not offered any more.")
        publish(stage, is_live=False)
        press(page, "Redeem for 150 points")
        said(page, "The program is paused at the moment.")
        press(page, "Back")
        heading(page, "That did not work")
        expect(page.get_by_role("dialog").get_by_text("The program is paused at the moment.")).to_have_count(2)
    finally:
        publish(stage, **before.model_dump())

    assert available(stage, ann) == 200


def test_a_code_that_does_not_count_is_given_back_and_leaves_the_cart(stage: Stage, visitor: Visitor) -> None:
    ann = stage.member(3000)
    page = visitor(stage, ann, size=PHONE)
    fill_cart(page, stage, quantity=1)
    open_panel(page)
    press(page, "As much off as you like")
    press(page, "Redeem for 3,000 points")
    heading(page, "Your code is ready")
    press(page, "Apply to cart")
    said(page, "It is for orders of $100 or more.")

    expect(page.get_by_role("dialog").get_by_role("button", name="Keep the code for later")).to_be_visible()
    press(page, "Return it and get 3,000 points back")
    press(page, "Yes, return it")

    said(page, "Returned: you have 3,000 points back.")
    expect(page.locator(".balance .figure")).to_have_text("3,000")
    assert cart(page)["discount_codes"] == []


def test_a_free_product_comes_into_the_cart_with_its_code_and_one_that_is_gone_says_so(
    stage: Stage, visitor: Visitor
) -> None:
    ann = stage.member(200)
    product = next(each for each in stage.shop.products.values() if each.variants[0].price > 10)
    variant = product.variants[0]
    with stage.world.database.transaction(stage.shop_id) as session:
        before = programs.current(session).program
    free = {
        "id": "gift", "kind": "free_product", "title": "A present", "price_points": 50,
        "product_id": product.id, "variant_id": variant.id,
    }  # fmt: skip
    publish(stage, rewards=[free])
    page = visitor(stage, ann, size=PHONE)
    try:
        page.goto(f"{stage.home}?loyalty=reward/gift")
        press(page, "Redeem for 50 points")
        heading(page, "Your code is ready")
        stage.shop.variants.pop(variant.id)
        press(page, "Apply to cart")
        said(page, "This product is not available right now.")
        stage.shop.variants[variant.id] = variant

        press(page, "Apply to cart")
        said(page, "the code counts in your cart")
    finally:
        stage.shop.variants[variant.id] = variant
        publish(stage, **before.model_dump())

    assert cart(page)["total_price"] == 0


def test_a_code_that_ended_meanwhile_or_is_somebody_elses_says_so(stage: Stage, visitor: Visitor) -> None:
    ann, ben = stage.member(200), stage.member(0)
    code_id = take(stage, ann)
    page = visitor(stage, ann)
    page.goto(f"{stage.home}?loyalty=codes")
    expect(page.get_by_role("dialog").locator(".code")).to_be_visible()

    give_back(stage, code_id)
    page.get_by_role("dialog").locator("button.line").click()
    said(page, "Returned: you have 150 points back.")
    other = visitor(stage, ben)
    other.goto(f"{stage.home}?loyalty=code/{code_id}")

    heading(other, "That did not work")
    expect(other.get_by_role("dialog").locator(".hero p")).to_have_text("We could not find this reward.")


def test_a_code_that_ended_unused_says_so_and_its_points_are_back(stage: Stage, visitor: Visitor) -> None:
    ann = stage.member(200)
    code_id = take(stage, ann)
    page = visitor(stage, ann)
    page.goto(f"{stage.home}?loyalty=codes")
    expect(page.get_by_role("dialog").locator(".code")).to_be_visible()
    in_half_a_year = stage.world.clock() + timedelta(days=182)

    perform.perform_due(replace(stage.world, clock=lambda: in_half_a_year), stage.shop_id, stage.domain)
    page.get_by_role("dialog").locator("button.line").click()

    expect(page.get_by_role("dialog").locator(".note").filter(has_text="This code has ended.")).to_be_visible()
    expect(page.locator(".balance .figure")).to_have_text("200")
    page.goto(f"{stage.home}?loyalty=code/{code_id}")
    said(page, "This code has ended.")


def test_a_code_that_was_taken_out_of_the_cart_can_be_applied_again(stage: Stage, visitor: Visitor) -> None:
    ann = stage.member(200)
    code_id = take(stage, ann)
    page = visitor(stage, ann)
    fill_cart(page, stage)
    page.goto(f"{stage.home}?loyalty=code/{code_id}")
    press(page, "Apply to cart")
    said(page, "the code counts in your cart")
    page.evaluate("Shopify.actions.updateCart({discountCodes: []})")
    page.wait_for_function("fetch('/cart.js').then((it) => it.json()).then((it) => !it.discount_codes.length)")

    press(page, "Apply to cart")
    said(page, "the code counts in your cart")

    assert len(cart(page)["discount_codes"]) == 1  # type: ignore[arg-type]


def test_a_friend_whose_browser_keeps_nothing_gets_the_gift_and_is_known_by_the_cart(
    stage: Stage, visitor: Visitor
) -> None:
    ann = visitor(stage, stage.member(10))
    open_panel(ann)
    press(ann, "Get your link")
    link = ann.get_by_role("dialog").locator(".link [title]").get_attribute("title")
    assert link is not None
    friend = visitor(stage, None, size=PHONE)
    friend.add_init_script(
        """for (const name of ['localStorage', 'sessionStorage']) {
          Object.defineProperty(window, name, {get() { throw new DOMException('blocked', 'SecurityError'); }});
        }"""
    )

    friend.goto(link)
    heading(friend, "A friend sent you $5 off")
    press(friend, "Get my code")
    heading(friend, "Your code is ready")
    press(friend, "Apply to cart")
    said(friend, "Saved. It counts as soon as something is in your cart.")

    assert cart(friend)["attributes"] == {"regulars_ref": link.partition("?ref=")[2]}


def take(stage: Stage, customer: Customer) -> UUID:
    """The customer redeems "Money off" elsewhere."""
    now, redemption_id = stage.world.clock(), uuid4()
    with stage.world.database.transaction(stage.shop_id) as session:
        reward = next(each for each in programs.current(session).program.rewards if each.title == "Money off")
        member_id = members.by_customer(session, customer.id)
        assert member_id is not None
        order = redeem.RewardOrder(member_id, reward.id, None, redemption_id)
        redeem.place_hold(session, order, keys=stage.world.keys, now=now)
    perform.perform_due(stage.world, stage.shop_id, stage.domain)
    return redemption_id


def give_back(stage: Stage, redemption_id: UUID) -> None:
    with stage.world.database.transaction(stage.shop_id) as session:
        redeem.cancel(session, redemption_id, now=stage.world.clock())
    perform.perform_due(stage.world, stage.shop_id, stage.domain)
