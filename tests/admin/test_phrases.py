"""Sentences that a merchant can check with a calculator, and forms that read what people type."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.admin import forms, phrases
from plugin.admin.formats import formats_of
from plugin.admin.forms import Field
from plugin.loyalty.program import Program, Reward, default_program, dump, parse

USD = formats_of("en", "America/New_York", "USD")
JPY = formats_of("ja", "Asia/Tokyo", "JPY")


def program(currency: str = "USD", **changes: Any) -> Program:
    return parse(dump(default_program(currency, is_live=True)) | changes)


def test_the_default_program_in_one_breath() -> None:
    only_money_off = [dump(program())["rewards"][0]]

    said = phrases.meaning(program(rewards=only_money_off), USD)

    assert said == [
        "A customer who spends $50 earns 50 points.",
        "The first reward ($5 off) comes after 3 orders of $50.",
        "Customers get about 3.3% of what they spend back.",
    ]


def test_the_example_order_is_an_everyday_one_in_any_currency() -> None:
    said = phrases.meaning(program("JPY"), JPY)

    assert said[0].startswith("A customer who spends ￥5,000 earns 50 points")


def test_waiting_and_expiry_are_said() -> None:
    changed = program(earning={"points": 1, "per": "1", "pending_days": 14, "expiry_months": 1})

    said = phrases.meaning(changed, USD)

    assert "which can be spent 14 days after payment" in said[0]
    assert said[-1] == "Points expire 1 month after they become available."


def test_a_program_without_rewards_says_that_nothing_can_be_bought() -> None:
    said = phrases.meaning(program(rewards=[]), USD)

    assert said[1:] == ["There is nothing to spend them on yet: no reward is switched on."]


def test_rounding_follows_the_setting() -> None:
    def earned(mode: str) -> int:
        return phrases.earned(program(earning={"points": 1, "per": "3", "rounding": mode}), Decimal(50))

    rates = {mode: earned(mode) for mode in ("floor", "nearest", "ceiling")}

    assert rates == {"floor": 16, "nearest": 17, "ceiling": 17}


@pytest.mark.parametrize(
    ("product", "order", "shipping", "words"),
    [
        (False, False, False, "cannot be used together with any other discount"),
        (True, True, True, "together with every other discount"),
        (
            True,
            False,
            True,
            "together with discounts on products and discounts on shipping, but not with discounts on the whole order",
        ),
        (
            False,
            False,
            True,
            "together with discounts on shipping, but not with discounts on products or discounts on the whole order",
        ),
    ],
)
def test_what_goes_together_is_one_sentence(product: bool, order: bool, shipping: bool, words: str) -> None:  # noqa: FBT001
    reward = Reward(
        id="r", kind="free_shipping", title="r", price_points=1,
        combines_with_product=product, combines_with_order=order, combines_with_shipping=shipping,
    )  # fmt: skip

    assert words in phrases.combination(reward)


def test_an_amount_off_needs_an_order_of_its_own_size() -> None:
    reward = program().rewards[0]

    assert phrases.conditions(reward, USD)[0] == "Needs an order of at least $5."


def test_both_sides_of_a_referral_are_promised_what_the_form_says() -> None:
    rules = {
        "advocate_points": 150,
        "friend_points": 20,
        "minimum_spend": "30",
        "offer": {"kind": "percent_off", "value": "10"},
    }

    said = phrases.referral(program(referral=rules), USD)

    assert said == [
        "A friend who follows a member's link gets 10% off their first order, with a code that works for 30 days.",
        "When the friend's first order of at least $30 is paid, the member who invited them gets 150 points and the friend gets 20 points.",
        "If that order is refunded, these are taken back.",
    ]


def test_free_shipping_for_friends_reads_well() -> None:
    said = phrases.referral(program(referral={"offer": {"kind": "free_shipping", "value": None}}), USD)

    assert "gets free shipping on their first order" in said[0]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_sentence(typed: str) -> None:
    fields = [
        Field("a", "whole"),
        Field("b", "money"),
        Field("c", "text", is_optional=True),
    ]

    reading = forms.read(fields, dict.fromkeys("abc", typed), digits=2)

    assert set(reading.values) | set(reading.problems) == set("abc")
    assert all(words.endswith(".") for words in reading.problems.values())
    assert "\x00" not in str(reading.values)


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_an_amount_of_money_is_read_as_it_was_typed(amount: Decimal) -> None:
    for typed in (str(amount), str(amount).replace(".", ",")):
        reading = forms.read([Field("m", "money")], {"m": typed}, digits=2)

        assert Decimal(reading.values["m"]) == amount


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_a_whole_number_is_read_as_it_was_typed(number: int) -> None:
    assert forms.read([Field("n", "whole")], {"n": f" {number} "}, digits=2).values == {"n": number}
