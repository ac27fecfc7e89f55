"""The program's document: every wrong field is named with what is allowed, and what is published reads back as it was."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.loyalty.errors import InvalidProgram
from plugin.loyalty.program import (
    Earning,
    Exclusions,
    FriendOffer,
    PointsName,
    Program,
    Referral,
    Reward,
    default_program,
    dump,
    parse,
)
from plugin.loyalty.words import LANGUAGES

FIVE_OFF: dict[str, Any] = {"id": "five", "kind": "amount_off", "title": "Five off", "price_points": 100, "value": "5"}

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"is_live": "perhaps"}, "is_live", "boolean"),
    ({"name": "  "}, "name", "at least 1 character"),
    ({"name": "x" * 61}, "name", "at most 60 characters"),
    ({"points_name": {}}, "points_name", "at least 1 item"),
    ({"points_name": {"english": {}}}, "points_name.english.[key]", "pattern"),
    ({"points_name": {"en": {"one": ""}}}, "points_name.en.one", "at least 1 character"),
    ({"only_joined": 7}, "only_joined", "boolean"),
    ({"earning": {"points": -1}}, "earning.points", "greater than or equal to 0"),
    ({"earning": {"points": 1.5}}, "earning.points", "integer"),
    ({"earning": {"points": 10**10}}, "earning.points", "less than or equal to 1000000000"),
    ({"earning": {"per": "0"}}, "earning.per", "greater than 0"),
    ({"earning": {"per": "NaN"}}, "earning.per", "finite"),
    ({"earning": {"per": "1e13"}}, "earning.per", "less than or equal to"),
    ({"earning": {"per": "0.00001"}}, "earning.per", "3 decimal places"),
    ({"earning": {"rounding": "up"}}, "earning.rounding", "'floor', 'nearest' or 'ceiling'"),
    ({"earning": {"pending_days": -1}}, "earning.pending_days", "greater than or equal to 0"),
    ({"earning": {"pending_days": 366}}, "earning.pending_days", "less than or equal to 365"),
    ({"earning": {"expiry_months": 0}}, "earning.expiry_months", "greater than or equal to 1"),
    ({"earning": {"expiry_months": 121}}, "earning.expiry_months", "less than or equal to 120"),
    ({"earning": {"includes_tax": "some"}}, "earning.includes_tax", "boolean"),
    ({"exclusions": {"product_ids": [0]}}, "exclusions.product_ids.0", "greater than or equal to 1"),
    (
        {"exclusions": {"product_ids": [1, 2**63]}},
        "exclusions.product_ids.1",
        "less than or equal to 9223372036854775807",
    ),
    ({"exclusions": {"collection_ids": ["all"]}}, "exclusions.collection_ids.0", "integer"),
    ({"exclusions": {"customer_tags": [""]}}, "exclusions.customer_tags.0", "at least 1 character"),
    ({"exclusions": {"company_orders": None}}, "exclusions.company_orders", "boolean"),
    ({"rewards": [FIVE_OFF] * 51}, "rewards", "at most 50 items"),
    ({"rewards": [FIVE_OFF, FIVE_OFF]}, "rewards", "two rewards have the id 'five'"),
    ({"rewards": [FIVE_OFF | {"id": "Five off"}]}, "rewards.0.id", "pattern"),
    ({"rewards": [FIVE_OFF | {"kind": "gold"}]}, "rewards.0.kind", "'amount_off', 'percent_off', 'free_shipping'"),
    ({"rewards": [FIVE_OFF | {"price_points": 0}]}, "rewards.0.price_points", "greater than or equal to 1"),
    ({"rewards": [FIVE_OFF | {"value": None}]}, "rewards.0.value", "how much the reward takes off"),
    ({"rewards": [FIVE_OFF | {"value": "-5"}]}, "rewards.0.value", "greater than 0"),
    ({"rewards": [FIVE_OFF | {"kind": "free_shipping"}]}, "rewards.0.value", "leave it out"),
    ({"rewards": [FIVE_OFF | {"kind": "percent_off", "value": "101"}]}, "rewards.0.value", "at most 100"),
    (
        {"rewards": [FIVE_OFF | {"kind": "percent_off", "is_variable": True}]},
        "rewards.0.is_variable",
        "only an amount off",
    ),
    (
        {"rewards": [FIVE_OFF | {"is_variable": True, "minimum_points": 300, "maximum_points": 200}]},
        "rewards.0.maximum_points",
        "must not be below minimum_points",
    ),
    ({"rewards": [FIVE_OFF | {"minimum_spend": "-1"}]}, "rewards.0.minimum_spend", "greater than or equal to 0"),
    ({"rewards": [FIVE_OFF | {"ends_days": 0}]}, "rewards.0.ends_days", "greater than or equal to 1"),
    ({"rewards": [FIVE_OFF | {"title": ""}]}, "rewards.0.title", "at least 1 character"),
    ({"referral": {"advocate_points": -1}}, "referral.advocate_points", "greater than or equal to 0"),
    ({"referral": {"minimum_spend": "x"}}, "referral.minimum_spend", "decimal"),
    ({"referral": {"offer": {"value": None}}}, "referral.offer.value", "needs a value"),
    ({"referral": {"offer": {"kind": "percent_off", "value": "120"}}}, "referral.offer.value", "at most 100"),
    ({"referral": {"offer": {"ends_days": 366}}}, "referral.offer.ends_days", "less than or equal to 365"),
    ({"grace_days": 366}, "grace_days", "less than or equal to 365"),
    ({"returns_points_on_refund": 3}, "returns_points_on_refund", "boolean"),
    ({"points": 1}, "points", "not permitted"),
    ({"earning": {"poinst": 1}}, "earning.poinst", "not permitted"),
]


@pytest.mark.parametrize(
    ("document", "field", "allowed"), WRONG, ids=[f"{field}-{n}" for n, (_, field, _) in enumerate(WRONG)]
)
def test_a_wrong_field_is_named_with_what_is_allowed(document: dict[str, Any], field: str, allowed: str) -> None:
    with pytest.raises(InvalidProgram) as refusal:
        parse(document)

    assert [
        (place, allowed.casefold() in message.casefold()) for place, message in refusal.value.facts["problems"]
    ] == [(field, True)]


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(InvalidProgram) as refusal:
        parse({"name": "", "grace_days": -1, "earning": {"points": -1}})

    assert {place for place, _ in refusal.value.facts["problems"]} == {"name", "grace_days", "earning.points"}


@pytest.mark.parametrize("document", [None, [], "program", 7])
def test_what_is_no_document_is_refused(document: Any) -> None:
    with pytest.raises(InvalidProgram):
        parse(document)


money = st.integers(1, 10**9).map(lambda mills: Decimal(mills) / 1000)
labels = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20)
points = st.integers(1, 10**9)
rewards = st.builds(
    Reward,
    id=st.just("one"),
    kind=st.just("amount_off"),
    title=labels,
    price_points=points,
    value=money,
    minimum_spend=money,
) | st.builds(Reward, id=st.just("two"), kind=st.just("free_shipping"), title=labels, price_points=points)
documents = st.builds(
    Program,
    is_live=st.booleans(),
    name=labels,
    points_name=st.dictionaries(
        st.sampled_from(["en", "de", "pt-BR"]), st.builds(PointsName, one=labels, other=labels), min_size=1
    ),
    earning=st.builds(Earning, points=points, per=money, rounding=st.sampled_from(["floor", "nearest", "ceiling"])),
    exclusions=st.builds(
        Exclusions,
        product_ids=st.lists(st.integers(1, 2**63 - 1), max_size=3).map(tuple),
        customer_tags=st.tuples(labels),
    ),
    rewards=st.lists(rewards, max_size=2, unique_by=lambda reward: reward.id).map(tuple),
    referral=st.builds(Referral, offer=st.builds(FriendOffer, value=money.filter(bool))),
    grace_days=st.integers(0, 365),
)


@given(documents)
def test_a_document_reads_back_as_it_was_written(program: Program) -> None:
    assert parse(json.loads(json.dumps(dump(program)))) == program


AVERAGE_ORDERS = {
    "USD": 60,
    "EUR": 55,
    "GBP": 50,
    "JPY": 8_000,
    "KRW": 70_000,
    "SEK": 600,
    "INR": 2_000,
    "AUD": 90,
    "MXN": 1_000,
    "CZK": 1_300,
}


@pytest.mark.parametrize("currency", AVERAGE_ORDERS)
def test_the_default_program_gives_three_to_five_per_cent_back_and_a_reward_within_about_three_orders(
    currency: str,
) -> None:
    program = default_program(currency, is_live=True)
    points_per_unit = Decimal(program.earning.points) / program.earning.per

    amounts = [reward for reward in program.rewards if reward.kind == "amount_off" and reward.value is not None]
    back = {reward.id: (reward.value or Decimal(0)) / reward.price_points * points_per_unit for reward in amounts}
    cheapest = min(reward.points_range()[0] for reward in program.rewards)

    assert all(Decimal("0.03") <= share <= Decimal("0.05") for share in back.values()), back
    assert cheapest <= 3 * AVERAGE_ORDERS[currency] * points_per_unit * Decimal("1.2")
    assert parse(dump(program)) == program


def test_the_rewards_a_shop_begins_with_have_a_title_in_every_language() -> None:
    for reward in default_program("USD", is_live=True).rewards:
        titles = {language: reward.title_in(language) for language in LANGUAGES}
        assert len(set(titles.values())) == len(LANGUAGES), titles


def test_a_slider_takes_whole_steps_between_its_ends() -> None:
    reward = Reward(
        id="s",
        kind="amount_off",
        title="S",
        price_points=30,
        value=Decimal(1),
        is_variable=True,
        minimum_points=50,
        maximum_points=100,
    )

    assert reward.points_range() == (60, 90, 30)
    assert (reward.worth(60), reward.worth(90)) == (Decimal(2), Decimal(3))
