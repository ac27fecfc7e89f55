"""From three questions to a live program: what is asked, what is proposed, what it would have cost, and from when orders count."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from plugin.loyalty.errors import Unreachable
from plugin.loyalty.program import Program, default_program, parse
from plugin.services import drafts, figures, members, programs
from plugin.services.perform import World
from tests.admin.conftest import PromptBell
from tests.admin.staff import Staff, error_at
from tests.conftest import TestShop, make_shop
from tests.fakes import FakeShopify, StepClock
from tests.services.deliveries import drained
from tests.services.stories import order

ANSWERS = {"trade": "food", "margin": "45", "level": "balanced"}


@pytest.fixture
def shop(world: World) -> TestShop:
    """Installed, in set-up."""
    return make_shop(world, default_program("USD", is_live=False))


@pytest.fixture
def sold(shopify: FakeShopify, clock: StepClock) -> None:
    """Three customers with an order of 48.00 each in the last weeks, as Shopify tells of them."""
    for number in (1, 2, 3):
        at = clock.now - timedelta(days=10 * number)
        shopify.orders[number] = order(number, "48.00", customer=100 + number, at=at)


def live(world: World, shop: TestShop) -> Program:
    with world.database.transaction(shop.id) as session:
        return programs.current(session).program


def draft(world: World, shop: TestShop) -> Program:
    with world.database.transaction(shop.id) as session:
        return parse(drafts.read(session).document)


def test_questions_without_an_answer_are_asked_again_at_their_fields(staff: Staff) -> None:
    answer = staff.send("/start", {"trade": "", "margin": "four", "level": "balanced"})

    assert answer.status_code == 422
    assert error_at(answer.text, "trade") == "Choose what comes closest."
    assert error_at(answer.text, "margin") == "Enter a whole number from 1 to 95."
    assert 'value="four"' in answer.text


@pytest.mark.parametrize("margin", ["0", "96", "-5", "12.5", "٤٥", "9" * 300, "<script>"])
def test_no_margin_outside_of_reason_is_taken(staff: Staff, margin: str) -> None:
    answer = staff.send("/start", ANSWERS | {"margin": margin})

    assert (answer.status_code, error_at(answer.text, "margin")) == (422, "Enter a whole number from 1 to 95.")


def test_the_levels_are_told_in_money_while_one_chooses(staff: Staff) -> None:
    said = staff.send("/start/preview", {"trade": "fashion", "margin": "", "level": "balanced"}).text

    assert "Of an order of $50, about $25 are left" in said
    assert "Balanced: $2 of it go back to the customer, 4%." in said


def test_the_proposal_fits_the_shops_own_orders_and_is_a_draft(
    staff: Staff, world: World, shop: TestShop, sold: None
) -> None:
    answer = staff.send("/start", ANSWERS)
    page = staff.fetch(answer.location).text

    assert answer.status_code == 303
    assert "A typical order in your store is $48." in page
    assert "after 3 orders of $48" in page
    assert not draft(world, shop).is_live
    assert draft(world, shop).rewards[0].price_points <= 3 * 48
    assert live(world, shop) == default_program("USD", is_live=False)


def test_the_cost_is_counted_on_the_shops_own_orders(staff: Staff, world: World, shop: TestShop, sold: None) -> None:
    page = staff.fetch(staff.send("/start", ANSWERS).location).text

    assert "Counted on your own orders of the last 60 days." in page
    assert "3 customers placed 3 orders for $144 in goods." in page
    assert "They would have earned 144 points" in page
    assert "data-again" not in page


def test_without_older_orders_it_says_so_and_asks_in_place(
    staff: Staff, world: World, shop: TestShop, sold: None, shopify: FakeShopify
) -> None:
    page = staff.fetch(staff.send("/start", ANSWERS).location).text
    shopify.scopes = frozenset({"read_orders", "read_all_orders"})

    answer = staff.send("/start/orders", {"order": "48"})
    further = staff.fetch(answer.location).text

    assert "We see the orders of the last 60 days" in page
    assert 'data-asks-for="read_all_orders"' in page
    assert "Counted on your own orders of the last 365 days." in further
    assert "We see the orders" not in further


def test_a_shopify_that_cannot_be_asked_holds_nobody_up(
    staff: Staff, world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    shopify.failing_to_tell = [Unreachable("timeout") for _ in range(9)]

    page = staff.fetch(staff.send("/start", ANSWERS).location).text

    assert "A customer who spends $50" in page
    assert "There are no orders of customers in the last 60 days" in page
    assert draft(world, shop).rewards


def test_launching_publishes_the_proposal_and_says_so(
    staff: Staff, world: World, shop: TestShop, sold: None, bell: PromptBell
) -> None:
    staff.send("/start", ANSWERS)
    proposed = draft(world, shop)

    answer = staff.send("/launch", {"since": "now"})

    assert answer.location.endswith("/?said=launched")
    assert live(world, shop) == proposed.model_copy(update={"is_live": True})
    with world.database.transaction(shop.id) as session:
        assert not drafts.read(session).is_begun
        assert figures.since(session, start=world.clock()).outstanding == 0


def test_past_orders_are_counted_before_anything_happens_and_given_on_the_launch(
    staff: Staff, world: World, shop: TestShop, sold: None, bell: PromptBell
) -> None:
    asked = staff.send("/launch", {"since": "30"})
    page = staff.fetch(asked.location).text
    was_live = live(world, shop).is_live
    staff.send(asked.location.split("?")[0], {"days": "30"})
    drained(world, shop)

    assert "3 customers get 144 points for 3 orders" in page
    assert not was_live
    with world.database.transaction(shop.id) as session:
        assert programs.current(session).program.is_live
        found = [members.by_customer(session, customer) for customer in (101, 102, 103)]
        views = [
            members.view(session, one, handle_key=b"h" * 32, now=world.clock()) for one in found if one is not None
        ]
    assert [view.available for view in views] == [48, 48, 48]


def test_a_program_that_was_live_before_counts_from_now_on_only(staff: Staff, world: World, shop: TestShop) -> None:
    staff.send("/launch", {"since": "now"})
    staff.send("/launch/off", {})

    page = staff.fetch("/launch").text
    refused = staff.send("/launch", {"since": "30"})

    assert "orders placed while it was off stay without" in page
    assert refused.status_code == 422
    assert not live(world, shop).is_live


def test_pressing_launch_twice_publishes_once(staff: Staff, world: World, shop: TestShop) -> None:
    staff.send("/launch", {"since": "now"})
    staff.send("/launch", {"since": "now"})

    with world.database.transaction(shop.id) as session:
        assert programs.current(session).version == 2


@pytest.mark.parametrize(
    "path", ["/start/00000000-0000-4000-8000-000000000000", "/launch/00000000-0000-4000-8000-000000000000?days=30"]
)
def test_what_nobody_asked_for_is_not_there(staff: Staff, path: str) -> None:
    answer = staff.fetch(path)

    assert answer.status_code in {400, 404}
    assert re.search(r"<s-page heading=", answer.text)
