"""The program as a merchant changes it: what is saved, what is refused and where the reason stands, and who was first."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from plugin.loyalty.errors import Unreachable
from plugin.loyalty.program import Program
from plugin.services import programs
from plugin.services.perform import World
from tests.admin.staff import Staff, error_at
from tests.conftest import TestShop, make_shop
from tests.fakes import FakeShopify, StepClock

PROGRAM = ("/program", "program-form")
REFERRALS = ("/referrals", "referral-form")


def live(world: World, shop: TestShop) -> Program:
    with world.database.transaction(shop.id) as session:
        return programs.current(session).program


def test_saving_an_untouched_form_changes_nothing_of_the_program(staff: Staff, world: World, shop: TestShop) -> None:
    before = live(world, shop)

    for path, form_id in (
        PROGRAM,
        REFERRALS,
        ("/rewards/money-slider", "reward-form"),
        ("/rewards/free-shipping", "reward-form"),
    ):
        assert staff.send(path, staff.form(path, form_id)).status_code == 303

    assert live(world, shop) == before


def test_what_the_form_says_is_what_is_published(staff: Staff, world: World, shop: TestShop) -> None:
    changes = {
        "name": "Bean Club",
        "points_name.en.one": "bean",
        "points_name.en.other": "beans",
        "points_name.de.one": "Bohne",
        "points_name.de.other": "Bohnen",
        "earning.points": "3",
        "earning.per": "2.50",
        "earning.rounding": "nearest",
        "earning.pending_days": "14",
        "earning.expiry_months": "12",
        "exclusions.product_ids": "11,12",
        "exclusions.collection_ids": "21",
        "exclusions.customer_tags": "staff,  wholesale, staff",
        "only_joined": "true",
        "grace_days": "10",
    }

    answer = staff.send("/program", staff.form(*PROGRAM) | changes)

    program = live(world, shop)
    assert answer.status_code == 303
    assert program.name == "Bean Club"
    assert program.points_word(2, "de") == "Bohnen"
    assert (program.earning.points, program.earning.per, program.earning.rounding) == (3, Decimal("2.50"), "nearest")
    assert (program.earning.pending_days, program.earning.expiry_months, program.grace_days) == (14, 12, 10)
    assert program.exclusions.product_ids == (11, 12)
    assert program.exclusions.collection_ids == (21,)
    assert program.exclusions.customer_tags == ("staff", "wholesale")
    assert program.only_joined


def test_an_unticked_box_is_switched_off(staff: Staff, world: World, shop: TestShop) -> None:
    form = staff.form(*PROGRAM)
    del form["exclusions.company_orders"]

    staff.send("/program", form)

    assert live(world, shop).exclusions.company_orders is False


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("earning.points", "", "Fill this in."),
        ("earning.points", "-1", "Enter 0 or more."),
        ("earning.points", "1.5", "Enter a whole number."),
        ("earning.points", "9" * 40, "Enter a whole number."),
        ("earning.per", "0", "Enter more than 0."),
        ("earning.per", "-1", "Enter more than 0."),
        ("earning.per", "1.999", "Use at most 2 decimals."),
        ("earning.per", "NaN", "Enter an amount such as 5 or 2.50."),
        ("earning.per", "1e9", "Enter an amount such as 5 or 2.50."),
        ("earning.pending_days", "366", "Enter 365 or less."),
        ("earning.expiry_months", "0", "Enter 1 or more."),
        ("name", "", "Fill this in."),
        ("name", "x" * 61, "Use at most 60 characters."),
        ("points_name.de.one", "Punkt", ""),
        ("grace_days", "many", "Enter a whole number."),
    ],
)
def test_what_is_wrong_stands_next_to_its_field_and_nothing_is_saved(
    staff: Staff, world: World, shop: TestShop, name: str, typed: str, words: str
) -> None:
    before = live(world, shop)

    answer = staff.send("/program", staff.form(*PROGRAM) | {name: typed})

    assert answer.status_code == 422
    assert error_at(answer.text, name) == words
    assert live(world, shop) == before


def test_a_language_needs_both_forms_of_the_word(staff: Staff) -> None:
    answer = staff.send("/program", staff.form(*PROGRAM) | {"points_name.de.one": "Punkt"})

    assert error_at(answer.text, "points_name.de.other") == "Fill in both forms, or leave both empty."


def test_a_currency_without_decimals_takes_none(app: Any, world: World, clock: StepClock) -> None:
    shop = make_shop(world)
    staff = Staff(app.test_client(), shop.domain, clock)
    with world.database.transaction(shop.id) as session:
        session.sql("UPDATE shop_details SET currency = 'JPY' WHERE shop_id = %s", shop.id)

    answer = staff.send("/program", staff.form(*PROGRAM) | {"earning.per": "100.5"})

    assert error_at(answer.text, "earning.per") == "This currency has no decimals."


def test_the_second_of_two_editors_is_told_and_may_save_all_the_same(
    staff: Staff, world: World, shop: TestShop
) -> None:
    mine = staff.form(*PROGRAM) | {"earning.points": "5"}
    theirs = staff.form(*PROGRAM) | {"earning.pending_days": "30"}
    staff.send("/program", theirs)

    refused = staff.send("/program", mine)

    assert refused.status_code == 422
    assert "Somebody else saved the program" in refused.text
    assert live(world, shop).earning.points == 1
    again = mine | {"based_on": "2"}
    assert 'name="based_on" value="2"' in refused.text
    assert staff.send("/program", again).status_code == 303
    assert live(world, shop).earning.points == 5


def test_a_mistake_in_a_form_does_not_hide_that_somebody_else_saved(staff: Staff) -> None:
    mine = staff.form(*PROGRAM)
    staff.send("/program", staff.form(*PROGRAM) | {"earning.pending_days": "30"})

    mistaken = staff.send("/program", mine | {"name": ""})

    assert 'name="based_on" value="1"' in mistaken.text


@pytest.mark.parametrize("based_on", ["", "0", "99", "-1", "x", "9" * 30])
def test_a_form_based_on_no_version_is_not_saved(staff: Staff, world: World, shop: TestShop, based_on: str) -> None:
    answer = staff.send("/program", staff.form(*PROGRAM) | {"earning.points": "9", "based_on": based_on})

    assert answer.status_code == 422
    assert live(world, shop).earning.points == 1


def test_launching_and_switching_off_are_versions(staff: Staff, world: World, shop: TestShop) -> None:
    off = staff.send("/launch", {"is_live": ""})
    was_live = live(world, shop).is_live

    on = staff.send("/launch", {"is_live": "true"})

    assert (off.status_code, on.status_code) == (303, 303)
    assert (was_live, live(world, shop).is_live) == (False, True)
    with world.database.transaction(shop.id) as session:
        assert programs.versions(session).numbers == (1, 2, 3)


def test_launching_twice_is_one_version(staff: Staff, world: World, shop: TestShop) -> None:
    staff.send("/launch", {"is_live": "true"})

    with world.database.transaction(shop.id) as session:
        assert programs.versions(session).numbers == (1,)


def test_a_version_remembers_which_member_of_staff_saved_it(staff: Staff, world: World, shop: TestShop) -> None:
    staff.send("/program", staff.form(*PROGRAM) | {"name": "Bean Club"})

    with world.database.transaction(shop.id) as session:
        assert (
            session.sql("SELECT published_by FROM programs WHERE shop_id = %s ORDER BY version", shop.id)[-1][0]
            == "staff:70200300401"
        )


@pytest.mark.parametrize("kind", ["amount_off", "percent_off", "free_shipping"])
def test_a_new_reward_can_be_added_as_it_is_proposed(staff: Staff, world: World, shop: TestShop, kind: str) -> None:
    path = f"/rewards/new/{kind}"

    answer = staff.send(path, staff.form(path, "reward-form") | {"title": "Für Stammgäste!"})

    reward = live(world, shop).rewards[-1]
    assert answer.status_code == 303
    assert (reward.kind, reward.title, reward.id) == (kind, "Für Stammgäste!", "f-r-stammg-ste")


def test_two_rewards_of_one_title_get_ids_of_their_own(staff: Staff, world: World, shop: TestShop) -> None:
    path = "/rewards/new/percent_off"
    for _ in range(2):
        staff.send(path, staff.form(path, "reward-form") | {"title": "Tenth off"})

    assert [reward.id for reward in live(world, shop).rewards][-2:] == ["tenth-off", "tenth-off-2"]


@pytest.mark.parametrize(
    ("reward", "changes", "name", "words"),
    [
        ("ten-percent", {"value": "101"}, "value", "A percentage is at most 100."),
        ("amount-off", {"value": ""}, "value", "Enter how much the reward takes off."),
        ("amount-off", {"price_points": "0"}, "price_points", "Enter 1 or more."),
        (
            "money-slider",
            {"minimum_points": "90", "maximum_points": "60"},
            "maximum_points",
            "Enter no less than the lowest number.",
        ),
        ("free-shipping", {"ends_days": "731"}, "ends_days", "Enter 730 or less."),
    ],
)
def test_a_rewards_mistakes_stand_next_to_their_fields(
    staff: Staff, world: World, shop: TestShop, reward: str, changes: dict[str, str], name: str, words: str
) -> None:
    path, before = f"/rewards/{reward}", live(world, shop)

    answer = staff.send(path, staff.form(path, "reward-form") | changes)

    assert answer.status_code == 422
    assert error_at(answer.text, name) == words
    assert live(world, shop) == before


def test_a_reward_is_changed_in_its_place_and_keeps_its_id(staff: Staff, world: World, shop: TestShop) -> None:
    path = "/rewards/ten-percent"

    staff.send(path, staff.form(path, "reward-form") | {"title": "A sixth off", "value": "16.5"})

    rewards = live(world, shop).rewards
    assert [reward.id for reward in rewards] == ["amount-off", "money-slider", "ten-percent", "free-shipping"]
    assert (rewards[2].title, rewards[2].value) == ("A sixth off", Decimal("16.5"))


def test_a_reward_is_switched_off_and_on_and_removed(staff: Staff, world: World, shop: TestShop) -> None:
    staff.send("/rewards/amount-off/switch", {"is_on": ""})
    was_on = live(world, shop).rewards[0].is_on
    staff.send("/rewards/amount-off/switch", {"is_on": "true"})
    is_on = live(world, shop).rewards[0].is_on

    staff.send("/rewards/amount-off/remove", {})

    assert (was_on, is_on) == (False, True)
    assert "amount-off" not in {reward.id for reward in live(world, shop).rewards}


def test_a_reward_that_is_gone_is_a_page_that_says_so(staff: Staff) -> None:
    assert staff.fetch("/rewards/no-such-reward").status_code == 404
    assert staff.send("/rewards/no-such-reward", {"title": "x"}).status_code == 404


def test_free_shipping_for_friends_needs_no_value(staff: Staff, world: World, shop: TestShop) -> None:
    answer = staff.send(
        "/referrals",
        staff.form(*REFERRALS) | {"referral.offer.kind": "free_shipping", "referral.advocate_points": "200"},
    )

    rules = live(world, shop).referral
    assert answer.status_code == 303
    assert (rules.offer.kind, rules.offer.value, rules.advocate_points) == ("free_shipping", None, 200)


def test_an_amount_off_for_friends_needs_a_value(staff: Staff) -> None:
    answer = staff.send("/referrals", staff.form(*REFERRALS) | {"referral.offer.value": ""})

    assert error_at(answer.text, "referral.offer.value") == "Enter a value."


def test_a_friends_percentage_above_a_hundred_is_refused_at_its_field(staff: Staff) -> None:
    answer = staff.send(
        "/referrals", staff.form(*REFERRALS) | {"referral.offer.kind": "percent_off", "referral.offer.value": "120"}
    )

    assert error_at(answer.text, "referral.offer.value") == "A percentage is at most 100."


def test_the_sentence_follows_what_is_typed_and_saves_nothing(staff: Staff, world: World, shop: TestShop) -> None:
    answer = staff.send(
        "/program/preview", staff.form(*PROGRAM) | {"earning.points": "4", "points_name.en.other": "stars"}
    )

    assert "A customer who spends $50 earns 200 stars." in answer.text
    assert live(world, shop).earning.points == 1


def test_the_sentence_of_a_reward_says_what_goes_together(staff: Staff) -> None:
    form = staff.form("/rewards/amount-off", "reward-form")
    del form["combines_with_product"], form["combines_with_shipping"]

    answer = staff.send("/rewards/preview/amount_off", form)

    assert "$5 off for 150 points." in answer.text
    assert "cannot be used together with any other discount" in answer.text


@pytest.mark.parametrize(
    "path", ["/program/preview", "/referrals/preview", "/rewards/preview/amount_off", "/rewards/preview/nonsense"]
)
def test_a_half_typed_form_has_a_sentence_that_asks_to_go_on(staff: Staff, path: str) -> None:
    answer = staff.send(path, {"earning.points": "x", "referral.advocate_points": "x", "title": ""})

    assert answer.status_code == 200
    assert "Correct the fields" in answer.text


def test_chosen_products_are_shown_by_title_or_by_number_while_shopify_is_away(
    staff: Staff, world: World, shop: TestShop, shopify: FakeShopify, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff.send("/program", staff.form(*PROGRAM) | {"exclusions.product_ids": "11"})
    with_titles = staff.fetch("/program").text

    def away(**_: object) -> None:
        raise Unreachable("down")

    monkeypatch.setattr(shopify, "titles", away)
    without = staff.fetch("/program").text

    assert ">Product 11<" in with_titles
    assert ">No. 11<" in without


@pytest.mark.parametrize("typed", ["1,x", "-1", "1;DROP TABLE programs"])
def test_ids_that_nobody_could_have_picked_are_refused(staff: Staff, world: World, shop: TestShop, typed: str) -> None:
    answer = staff.send("/program", staff.form(*PROGRAM) | {"exclusions.product_ids": typed})

    assert answer.status_code == 422
    assert live(world, shop).exclusions.product_ids == ()
