"""The first page: what waits leads to where it is done, the guide knows by itself how far one is, and figures say what they count."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from plugin.loyalty.program import default_program
from plugin.services import drafts, programs
from plugin.services.perform import World
from tests.admin.staff import Staff
from tests.conftest import TestShop, make_shop
from tests.fakes import StepClock
from tests.services.deliveries import deliver, drained
from tests.services.stories import order


def steps(page: str) -> dict[str, str]:
    """Each step of the guide with its first icon."""
    rows = re.findall(
        r'<s-icon type="([a-z-]+)"[^>]*></s-icon>(?:(?!<s-icon).)*?<s-text type="strong">([^<]+)', page, re.DOTALL
    )
    return {title: icon for icon, title in rows}


def test_the_guide_finds_out_what_is_done(world: World, shop: TestShop, staff: Staff, clock: StepClock) -> None:
    with world.database.transaction(shop.id) as session:
        programs.publish(session, default_program("USD", is_live=False), by="test", now=clock.now)
    before = steps(staff.fetch("/").text)
    deliver(world, shop, "orders/paid", order(1, "20.00", at=clock.now))
    drained(world, shop)
    with world.database.transaction(shop.id) as session:
        drafts.save(session, programs.current(session).program.model_dump(mode="json"), by="test", now=clock.now)
    after = steps(staff.fetch("/").text)

    assert before["See an order arrive"] == "circle-dashed"
    assert after["See an order arrive"] == "check-circle-filled"
    assert after["Find your program"] == "check-circle-filled"
    assert after["Launch"] == "circle-dashed"


def test_a_fresh_shop_is_offered_the_three_questions_and_no_empty_figures(
    world: World, staff: Staff, clock: StepClock
) -> None:
    fresh = make_shop(world, default_program("USD", is_live=False))
    page = Staff(staff.client, fresh.domain, clock).fetch("/").text

    assert 'href="/start"' in page
    assert steps(page)["Find your program"] == "circle-dashed"
    assert "The last 30 days" not in page


def test_the_guide_goes_once_everything_is_done(world: World, shop: TestShop, staff: Staff, clock: StepClock) -> None:
    without_orders = staff.fetch("/").text
    deliver(world, shop, "orders/paid", order(1, "20.00", at=clock.now))
    drained(world, shop)
    done = staff.fetch("/").text

    assert "<div data-guide-left >" in without_orders
    assert (
        "<div data-guide-left hidden>" in done
    )  # the browser shows it again where the theme does not show the program


def test_what_waits_leads_to_where_it_is_done(world: World, shop: TestShop, staff: Staff) -> None:
    quiet = staff.fetch("/").text
    deliver(world, shop, "orders/paid", b"no order", object_id=5001)
    drained(world, shop)
    page = staff.fetch("/").text

    assert "Needs your attention" not in quiet
    assert '<s-link href="/activity/trouble">1 order could not be processed</s-link>' in page


def test_figures_and_chart_tell_the_same(world: World, shop: TestShop, staff: Staff, clock: StepClock) -> None:
    deliver(world, shop, "orders/paid", order(1, "1200.00", at=clock.now - timedelta(minutes=5)))
    drained(world, shop)

    page = staff.fetch("/").text

    assert "1,200 points were given and 0 were redeemed" in page
    assert page.count("1,200") >= 3
    assert '<svg role="img"' in page
    assert "nothing before" in page


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "\N{BABY CHICK}" * 20, "نقاط"])
def test_the_programs_own_words_are_words_in_the_chart_too(
    world: World, shop: TestShop, staff: Staff, clock: StepClock, name: str
) -> None:
    program = default_program("USD", is_live=True)
    words = program.points_name["en"].model_copy(update={"other": name})
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program.model_copy(update={"points_name": {"en": words}}), by="test", now=clock.now)

    page = staff.fetch("/").text

    assert "<script>alert" not in page
    assert page.count("<svg role=") == 1


def test_switching_off_says_what_stays(world: World, shop: TestShop, staff: Staff) -> None:
    staff.send("/launch/off", {})

    page = staff.fetch("/?said=switched-off").text
    assert "Your program is switched off" in page
    with world.database.transaction(shop.id) as session:
        assert not programs.current(session).program.is_live
