"""What a rehearsal counts: orders to the first reward, the worth of a point, winners and losers; and counting apart is counting."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.loyalty.program import Program, default_program, dump, parse
from plugin.loyalty.rehearsal import (
    BOUNDS,
    TOP,
    Judgement,
    Pair,
    Tally,
    conclude,
    first_price,
    median,
    orders_needed,
    point_value,
)

LIVE = default_program("USD", is_live=True)
AVERAGE = Decimal(50)


def rewarding(*rewards: dict[str, Any]) -> Program:
    return parse(dump(LIVE) | {"rewards": [{"title": each["id"], **each} for each in rewards]})


def pair(live: int, draft: int) -> Pair:
    return Pair(
        Judgement(live, Decimal(live), is_exact=True), Judgement(draft, Decimal(draft), is_exact=True), posted=live
    )


def told(tally: Tally) -> dict[str, Any]:
    return conclude(tally, LIVE, LIVE, outstanding=0, currency="USD", digits=2, tiers={})


@pytest.mark.parametrize(
    ("points", "needed"),
    [
        ([40, 40, 40], (3, True)),
        ([200], (1, True)),
        ([30], (4, False)),
        ([10, 20], (7, False)),
        ([0, 0], (None, False)),
        ([], (None, False)),
        ([1] * 3, (100, False)),
    ],
)
def test_orders_to_the_first_reward_are_counted_or_carried_on_at_the_same_pace(
    points: list[int], needed: tuple[int | None, bool]
) -> None:
    assert orders_needed(points, 100) == needed


def test_who_would_need_too_many_orders_never_gets_there() -> None:
    assert orders_needed([1], 5000) == (None, False)


@pytest.mark.parametrize(
    ("counted", "middle"),
    [({3: 1}, 3), ({1: 1, 2: 1}, 1), ({1: 1, 9: 2}, 9), ({None: 2, 1: 1}, None), ({None: 1, 1: 1}, 1), ({}, None)],
)
def test_the_middle_is_the_lower_of_two_and_never_is_above_everything(
    counted: dict[int | None, int], middle: int | None
) -> None:
    assert median(Counter(counted)) == middle


def test_a_point_is_worth_its_best_use() -> None:
    fixed = {"id": "five", "kind": "amount_off", "price_points": 100, "value": "5"}
    slider = {
        "id": "slider",
        "kind": "amount_off",
        "price_points": 10,
        "value": "1",
        "is_variable": True,
        "minimum_points": 50,
    }
    percent = {"id": "half", "kind": "percent_off", "price_points": 100, "value": "50"}
    capped = percent | {"id": "capped", "maximum": "2"}
    shipping = {"id": "shipping", "kind": "free_shipping", "price_points": 1}

    assert point_value(rewarding(fixed, shipping), average_order=AVERAGE) == Decimal("0.05")
    assert point_value(rewarding(fixed, slider), average_order=AVERAGE) == Decimal("0.1")
    assert point_value(rewarding(fixed, percent), average_order=AVERAGE) == Decimal("0.25")
    assert point_value(rewarding(capped), average_order=AVERAGE) == Decimal("0.02")
    assert point_value(rewarding(shipping), average_order=AVERAGE) is None


def test_the_first_reward_is_the_cheapest_that_can_be_had() -> None:
    cheap = {"id": "cheap", "kind": "free_shipping", "price_points": 10}

    assert first_price(rewarding(cheap | {"is_on": False}, cheap | {"id": "dear", "price_points": 90})) == 90
    assert first_price(rewarding(cheap)) == 10
    assert first_price(rewarding()) is None


orders = st.lists(st.builds(pair, st.integers(0, 400), st.integers(0, 400)), min_size=1, max_size=6)
people = st.lists(orders, max_size=30)


referrals = st.dictionaries(st.integers(1, 40), st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=10)


@given(people, referrals, st.integers(1, 4))
def test_parts_counted_apart_are_together_what_is_counted_at_once(
    shop: list[list[Pair]], besides: dict[int, tuple[int, int]], parts: int
) -> None:
    whole, joined = Tally.begin(LIVE, LIVE, besides=besides), Tally.begin(LIVE, LIVE)
    apart = [
        Tally.begin(LIVE, LIVE, besides={member: got for member, got in besides.items() if member % parts == part})
        for part in range(parts)
    ]
    for member, theirs in enumerate(shop, 1):
        whole.count(member, theirs)
        apart[member % parts].count(member, theirs)

    for each in (whole, *apart):
        each.count_rest()
    for each in apart:
        joined.add(each)

    assert told(joined) == told(whole)


@given(people)
def test_everybody_is_in_one_stretch_of_the_distribution(shop: list[list[Pair]]) -> None:
    tally = Tally.begin(LIVE, LIVE)
    for member, theirs in enumerate(shop, 1):
        tally.count(member, theirs)

    outcome = told(tally)

    def inside(difference: int) -> int:
        fits = [
            bucket
            for bucket in outcome["distribution"]
            if (bucket["least"] is None or bucket["least"] <= difference)
            and (bucket["most"] is None or difference <= bucket["most"])
        ]
        return len(fits)

    differences = [sum(each.draft.points - each.live.points for each in theirs) for theirs in shop]
    assert [inside(difference) for difference in differences] == [1] * len(shop)
    assert sum(bucket["members"] for bucket in outcome["distribution"]) == len(shop)
    assert outcome["winners"] == sum(difference > 0 for difference in differences)
    assert outcome["losers"] == sum(difference < 0 for difference in differences)
    assert len(outcome["top_winners"]) == min(TOP, outcome["winners"])
    assert sorted(BOUNDS) == list(BOUNDS)
