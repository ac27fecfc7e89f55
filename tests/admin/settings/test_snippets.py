"""Snippets: what is copied renders, in the merchant's words, and nothing in those words becomes markup or Liquid."""

from __future__ import annotations

import html
import re

import pytest
from liquid import Environment

from plugin.loyalty.errors import Unreachable
from plugin.loyalty.program import PointsName, default_program
from plugin.services import programs
from plugin.services.perform import World
from tests.admin.staff import Staff
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify


def copied(staff: Staff) -> list[str]:
    """What each copy button copies."""
    page = staff.fetch("/settings/snippets").text
    return [html.unescape(lines) for lines in re.findall(r'data-copies="([^"]*)"', page)]


def rendered(lines: str, points: int | None) -> str:
    field = {} if points is None else {"points": {"value": points}}
    return Environment().from_string(lines).render(customer={"metafields": {"app--4711": field}})


def call(world: World, shop: TestShop, *, one: str, other: str, name: str = "Bean Club") -> None:
    words = {"en": PointsName(one=one, other=other)}
    program = default_program("USD", is_live=True).model_copy(update={"name": name, "points_name": words})
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program, by="test", now=NOON)


@pytest.mark.parametrize(("points", "words"), [(1, "You have 1 bean in Bean Club."), (120, "You have 120 beans in")])
def test_the_order_confirmation_says_what_the_customer_has(
    staff: Staff, world: World, shop: TestShop, points: int, words: str
) -> None:
    call(world, shop, one="bean", other="beans")

    assert words in rendered(copied(staff)[0], points)


@pytest.mark.parametrize("points", [0, None])
def test_who_has_nothing_reads_nothing(staff: Staff, points: int | None) -> None:
    assert rendered(copied(staff)[0], points).strip() == ""


def test_names_that_are_markup_or_liquid_stay_text(staff: Staff, world: World, shop: TestShop) -> None:
    call(world, shop, one="<b>{{ 7 | times: 7 }}</b>", other="{% if x %}", name="<script>")

    shown = [rendered(lines, 2) for lines in copied(staff)]

    assert not any("<script" in text or "<b>" in text or "49" in text for text in shown)


def test_while_shopify_is_silent_the_page_says_what_to_replace(staff: Staff, shopify: FakeShopify) -> None:
    shopify.failing_before.append(Unreachable("down"))

    page = staff.fetch("/settings/snippets").text

    assert "app--YOUR-APP-NUMBER" in page
    assert "cannot be asked for the app's number" in page.replace("&#39;", "'")
