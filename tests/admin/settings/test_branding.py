"""Branding and what is sent, edited as parts of the program: what is published is what shoppers, mails and machines get."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.loyalty.colours import BLACK, TEXT_CONTRAST, WHITE, contrast, ink_on
from plugin.loyalty.program import Program
from plugin.services import programs
from plugin.services.perform import World
from plugin.storefront import answers
from plugin.storefront.answers import Reader
from tests.admin.staff import Staff, error_at
from tests.conftest import TestShop

PAGE = ("/program/branding", "part-form")
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def publish(staff: Staff, path: str, **typed: str) -> None:
    """What a merchant does: change the draft, and publish it."""
    answer = staff.send(path, staff.form(path, "part-form") | typed)
    assert answer.status_code == 303, answer.text
    staff.send("/program/review/publish", staff.form("/program/review", "publish-form"))


def live(world: World, shop: TestShop) -> Program:
    with world.database.transaction(shop.id) as session:
        return programs.current(session).program


def test_a_published_colour_and_icon_are_given_to_the_store(staff: Staff, world: World, shop: TestShop) -> None:
    publish(staff, PAGE[0], **{"branding.accent": " #FFE066", "branding.icon": "cup"})

    told = answers.program(live(world, shop), Reader("en", "USD"))["branding"]

    assert told == {"accent": "#ffe066", "on_accent": BLACK, "icon": "cup"}


def test_without_a_colour_the_theme_decides(world: World, shop: TestShop) -> None:
    told = answers.program(live(world, shop), Reader("en", "USD"))["branding"]

    assert told == {"accent": None, "on_accent": None, "icon": "gift"}


@pytest.mark.parametrize("typed", ["green", "#12345", "#12345g", "url(x)", "#1f5f54;}"])
def test_what_is_no_colour_is_told_at_the_field(staff: Staff, typed: str) -> None:
    answer = staff.send(PAGE[0], staff.form(*PAGE) | {"branding.accent": typed})

    assert answer.status_code == 422
    assert error_at(answer.text, "branding.accent")


@pytest.mark.parametrize(
    ("colour", "words"),
    [
        ("#1f5f54", "On a white page it stands out"),
        ("#ffe066", "On a white page buttons in this colour are hard to see"),
    ],
)
def test_the_page_says_whether_the_colour_can_be_seen(staff: Staff, colour: str, words: str) -> None:
    page = staff.send(f"{PAGE[0]}/preview", staff.form(*PAGE) | {"branding.accent": colour}).text

    assert words in page


@given(COLOURS)
def test_text_on_any_colour_can_be_read(colour: str) -> None:
    assert contrast(colour, ink_on(colour)) >= TEXT_CONTRAST


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", WHITE) == pytest.approx(21)
    assert contrast("#777777", WHITE) == pytest.approx(4.48, abs=0.01)
    assert contrast(WHITE, WHITE) == 1


def test_what_is_sent_and_when_is_published_with_the_program(staff: Staff, world: World, shop: TestShop) -> None:
    publish(staff, "/program/messages", **{"messages.reply_to": "hello@beans.example", "messages.quiet_from": "22:30"})

    terms = live(world, shop).messages
    page = staff.fetch("/settings/messages").text
    assert (terms.reply_to, f"{terms.quiet_from:%H:%M}") == ("hello@beans.example", "22:30")
    assert "hello@beans.example" in page
    assert "22:30 to 08:00" in page
