"""The leaflet: what the store's pages promise is what the rules give, in every language, and it always fits."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.loyalty.facts import Body, Line, OrderFacts
from plugin.loyalty.leaflet import numbers, page
from plugin.loyalty.leaflet.texts import LARGEST_BYTES
from plugin.loyalty.leaflet.words import WORDS
from plugin.loyalty.order_rules import Standing
from plugin.loyalty.program import Program, default_program, dump, parse
from plugin.loyalty.rules import CompiledProgram, evaluate
from plugin.loyalty.words import LANGUAGES
from tests.loyalty.rules_drawn import DAWN

UTC_ZONE = ZoneInfo("UTC")


def program(**more: Any) -> Program:
    return parse(dump(default_program("USD", is_live=True)) | more)


def told(live: Program, cents: int, tier: str = "none") -> int:
    """What Liquid and the script count for a product at that price."""
    facts = numbers(live, currency="USD")
    return sum(_by(term, cents, tier) for term in (facts["base"], *facts["bonuses"]) if _holds(term, tier))


def _holds(term: dict[str, Any], tier: str) -> bool:
    return not term.get("tiers") or f"|{tier}|" in term["tiers"]


def _by(term: dict[str, Any], cents: int, tier: str) -> int:
    n, d = term["rates"].get(tier) or term["rates"]["none"]
    extra = {"floor": 0, "nearest": d // 2, "ceiling": d - 1}[term["round"]]
    points = int((cents * n + extra) // d)
    return min(points, term["most"]) if term["most"] else points


def given_for(live: Program, cents: int, tier: str | None = None) -> int:
    line = Line(id=1, quantity=1, gross=Decimal(cents) / 100, product_id=5)
    order = OrderFacts(id=1, body=Body(DAWN, DAWN, "USD", "paid", (line,), customer_id=7), paid_at=DAWN)
    return evaluate(CompiledProgram(live, 1), order, None, Standing(tier=tier)).points


rates = st.builds(
    lambda points, per, rounding: {"points": points, "per": per, "rounding": rounding},
    st.integers(1, 500),
    st.decimals("0.001", "1000", places=3).map(str),
    st.sampled_from(["floor", "nearest", "ceiling"]),
)


@given(rates, st.integers(1, 5_000_000))
def test_what_a_page_promises_of_the_base_rate_is_what_an_order_gives(earning: dict[str, Any], cents: int) -> None:
    live = program(earning=earning)

    assert told(live, cents) == given_for(live, cents)


@given(
    st.integers(1, 5_000_000), st.decimals("1", "9", places=3).map(str), st.decimals("1.001", "9", places=3).map(str)
)
def test_a_tiers_multiplier_and_rules_that_always_add_are_promised_to_the_point(
    cents: int, factor: str, multiplier: str
) -> None:
    levels = [{"id": "gold", "title": "Gold", "threshold": "100", "multiplier": multiplier}]
    rules = [
        {"id": "double", "title": "Double", "effect": {"kind": "multiplier", "factor": factor}},
        {"id": "more", "title": "More", "effect": {"kind": "per_amount", "points": 3, "per": "7"}, "group": "g"},
        {"id": "top", "title": "Top", "effect": {"kind": "multiplier", "factor": factor}, "combines": "multiply"},
    ]
    live = program(tiers={"metric": "spend", "levels": levels}, order_rules=rules)

    assert told(live, cents, "gold") == given_for(live, cents, "gold")
    assert told(live, cents) == given_for(live, cents)


def test_a_rule_whose_conditions_no_page_can_see_is_never_promised() -> None:
    conditions = (
        {"order_numbers": [1]}, {"customer_tags": ["vip"]}, {"channels": ["pos"]}, {"minimum_spend": "50"},
        {"countries": ["DE"]}, {"currencies": ["EUR"]}, {"weekdays": ["monday"]}, {"line_kind": "subscription"},
    )  # fmt: skip
    rules = [
        {"id": f"r{number}", "title": "R", "effect": {"kind": "multiplier", "factor": "2"}, "conditions": each}
        for number, each in enumerate(conditions)
    ]
    limited = {
        "id": "b",
        "title": "B",
        "effect": {"kind": "multiplier", "factor": "2"},
        "limits": {"budget": {"points": 9}},
    }

    assert numbers(program(order_rules=[*rules, limited]), currency="USD")["bonuses"] == []


def test_a_program_that_is_not_live_says_nothing() -> None:
    live = program(is_live=False)

    assert numbers(live, currency="USD") == {"is_live": False}
    assert page(live, language="en", currency="USD", zone=UTC_ZONE) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_sentence_with_the_same_places(language: str) -> None:
    def places(text: str) -> set[str]:
        return {part.partition("}")[0] for part in text.split("{")[1:]}

    assert WORDS[language].keys() == WORDS["en"].keys()
    assert {key: places(text) for key, text in WORDS[language].items()} == {
        key: places(text) for key, text in WORDS["en"].items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_the_merchants_words_and_no_gap(language: str) -> None:
    levels = [{"id": "gold", "title": "{points}", "threshold": "100", "multiplier": "1.5", "perks": ["{0}"]}]
    live = program(
        name="Bean Club",
        tiers={"metric": "spend", "levels": levels},
        expiry={"kind": "inactivity", "months": 12},
        sharing={
            "gifts": {"is_on": True},
            "households": {"is_on": True},
            "causes": {"causes": [{"id": "a", "title": "<b>"}]},
        },
    )

    found = page(live, language=language, currency="EUR", zone=UTC_ZONE)

    assert found["levels"][0]["title"] == "{points}"
    assert found["levels"][0]["perks"][-1] == "{0}"
    assert len(found["rules"]) == 8
    assert all(line.strip() for part in found["rules"] for line in (part["title"], *part["lines"]))


def test_a_campaign_says_what_it_gives_for_which_order_and_when_it_is_over() -> None:
    rules = [
        {
            "id": "first",
            "title": "Welcome",
            "effect": {"kind": "fixed", "points": 30},
            "conditions": {"order_numbers": [1]},
        },
        {
            "id": "friday",
            "title": "Black Friday",
            "effect": {"kind": "multiplier", "factor": "2"},
            "conditions": {"order_numbers": [1, 5], "ends_at": "2026-11-30T00:00:00+00:00"},
        },
    ]
    live = program(order_rules=rules, points_name={"en": {"one": "bean", "other": "beans"}})

    first, friday = page(live, language="en", currency="USD", zone=UTC_ZONE)["earn"][1:]

    assert first == {
        "title": "Welcome",
        "gain": "30 beans extra per order",
        "detail": "on your first order",
        "ends": None,
    }
    assert (friday["gain"], friday["ends"]) == ("2 × beans", 1795996800)
    assert friday["detail"] == "selected orders · until November 30, 2026"


def test_the_largest_program_still_fits_into_a_metafield() -> None:
    words = "字" * 500
    levels = [{"id": f"l{n}", "title": "字" * 60, "threshold": str(n + 1), "perks": [words] * 20} for n in range(20)]
    rules = [
        {"id": f"r{n}", "title": "字" * 60, "effect": {"kind": "fixed", "points": 1}, "group": "g"} for n in range(200)
    ]

    found = page(
        program(tiers={"metric": "spend", "levels": levels}, order_rules=rules),
        language="ja",
        currency="JPY",
        zone=UTC_ZONE,
    )

    assert len(json.dumps(found, ensure_ascii=False).encode()) <= LARGEST_BYTES
    assert len(found["levels"]) == 20
    assert len(found["rules"]) == 7
