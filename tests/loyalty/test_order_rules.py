"""Order rules: whatever the program, what an order gives is the sum of what its rules give, and giving everything back leaves nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from plugin.loyalty.errors import InvalidProgram
from plugin.loyalty.facts import Body, Line, OrderFacts, Refund, RefundLine
from plugin.loyalty.order_rules import MOST_POINTS, RuleOutcome, Standing, offer_of
from plugin.loyalty.pins import Pins
from plugin.loyalty.program import Budget, Program, dump, parse
from plugin.loyalty.program.order_rules import Step
from plugin.loyalty.rules import CompiledProgram, Outcome, evaluate, shares
from tests.loyalty import rules_drawn
from tests.loyalty.rules_drawn import DAWN, cents


def program(*rules: dict[str, Any], **more: Any) -> CompiledProgram:
    written = [{"id": f"r{number}", "title": "Rule"} | rule for number, rule in enumerate(rules)]
    return CompiledProgram(parse({"is_live": True, "order_rules": written} | more), 1)


def paid(*lines: Line, given_back: tuple[Refund, ...] = (), **more: Any) -> OrderFacts:
    return OrderFacts(
        id=1, body=Body(DAWN, DAWN, "USD", "paid", lines, customer_id=7, **more), refunds=given_back, paid_at=DAWN
    )


def by_rule(outcome: Outcome) -> dict[str, int]:
    return {one.rule: one.points for one in outcome.rules}


def refusals(outcome: Outcome) -> dict[str, str | None]:
    return {one.rule: one.refused for one in outcome.rules}


@given(rules_drawn.programs(), rules_drawn.orders(), rules_drawn.pins, rules_drawn.standings)
def test_every_order_has_an_outcome_that_is_the_sum_of_its_rules(
    drawn: Program, facts: OrderFacts, pins: Pins | None, standing: Standing
) -> None:
    outcome = evaluate(CompiledProgram(drawn, 1), facts, pins, standing)

    assert sum(one.points for one in outcome.by_rule()) == outcome.points
    assert all(0 <= one.points <= one.wanted for one in outcome.rules)
    assert all((one.refused is None) or one.points == 0 for one in outcome.rules)
    assert outcome.points == 0 or outcome.net > 0
    assert {one.rule for one in outcome.rules} >= {rule.id for rule in drawn.order_rules} or not outcome.rules


@given(rules_drawn.programs(), rules_drawn.orders(), rules_drawn.pins, rules_drawn.standings)
def test_an_order_of_which_every_unit_came_back_is_worth_exactly_nothing_whatever_its_rules(
    drawn: Program, facts: OrderFacts, pins: Pins | None, standing: Standing
) -> None:
    body = facts.body
    assert body is not None
    everything = Refund(99, DAWN, tuple(RefundLine(line.id, line.quantity, Decimal(0)) for line in body.lines))

    outcome = evaluate(CompiledProgram(drawn, 1), replace(facts, refunds=(*facts.refunds, everything)), pins, standing)

    assert (outcome.points, outcome.net, outcome.rewards()) == (0, Decimal(0), [])


@given(rules_drawn.programs())
def test_a_document_with_rules_comes_back_as_it_was_written(drawn: Program) -> None:
    assert parse(dump(drawn)) == drawn


@st.composite
def proportional_programs(draw: st.DrawFn) -> CompiledProgram:
    """Rates, multipliers and rising brackets, rounded down, on any lines, combined in any way but against fixed ones."""
    kinds = st.one_of(rules_drawn.proportional, rules_drawn.rising_brackets)
    written = []
    for number in range(draw(st.integers(1, 5))):
        rule = draw(rules_drawn.rules(number, kinds))
        is_marginal = rule["effect"]["kind"] == "brackets"
        written.append(
            rule
            | {"rounding": "floor", "limits": {}, "conditions": draw(rules_drawn.line_conditions)}
            | {"combines": "add" if is_marginal else rule["combines"]}
        )
    return program(*written, earning={"points": draw(st.integers(0, 20)), "per": draw(rules_drawn.amounts)})


@given(proportional_programs(), st.lists(cents, min_size=2, max_size=5), rules_drawn.pins, st.data())
def test_splitting_an_order_never_earns_more_under_rates_and_rising_brackets(
    rules: CompiledProgram, amounts: list[Decimal], pins: Pins | None, data: st.DataObject
) -> None:
    lines = [
        Line(number, 1, amount, product_id=number % 4 + 1, vendor="Acme" if number % 2 else None)
        for number, amount in enumerate(amounts, start=1)
    ]
    cut = data.draw(st.integers(1, len(lines) - 1))

    whole = evaluate(rules, paid(*lines), pins).points
    parts = sum(evaluate(rules, paid(*part), pins).points for part in (lines[:cut], lines[cut:]))

    assert parts <= whole


@given(
    rules_drawn.programs(),
    rules_drawn.orders(),
    rules_drawn.pins,
    st.dictionaries(st.integers(1, 4), st.integers(7, 9)),
)
def test_shares_of_co_buyers_never_exceed_the_order(
    drawn: Program, facts: OrderFacts, pins: Pins | None, owners: dict[int, int]
) -> None:
    outcome = evaluate(CompiledProgram(drawn, 1), facts, pins)

    given_away = shares(outcome, owners)

    assert all(points > 0 for points in given_away.values())
    assert sum(given_away.values()) <= outcome.points


def test_a_multiplier_gives_what_goes_beyond_the_base_rate_on_its_lines_only() -> None:
    rules = program({"effect": {"kind": "multiplier", "factor": "2.5"}, "conditions": {"product_ids": [2]}})

    outcome = evaluate(rules, paid(Line(1, 1, Decimal(30), product_id=1), Line(2, 1, Decimal(10), product_id=2)), None)

    assert by_rule(outcome) == {"base": 40, "r0": 15}
    assert outcome.rules[1] == RuleOutcome("r0", 15, Decimal(10), (2,), None, 15)


def test_multipliers_that_multiply_work_on_top_of_the_tier_and_of_one_another() -> None:
    rules = program(
        {"effect": {"kind": "multiplier", "factor": "2"}, "combines": "multiply"},
        {"effect": {"kind": "multiplier", "factor": "3"}, "combines": "multiply"},
        {"effect": {"kind": "multiplier", "factor": "2"}},
        tiers={"levels": [{"id": "gold", "title": "Gold", "threshold": "0", "multiplier": "1.5"}]},
    )

    outcome = evaluate(rules, paid(Line(1, 1, Decimal(10))), None, Standing(tier="gold"))

    assert by_rule(outcome) == {"base": 10, "tier:gold": 5, "r0": 15, "r1": 60, "r2": 10}


def test_brackets_are_marginal() -> None:
    steps = [{"start": "50", "points": "1"}, {"start": "100", "points": "2"}]
    rules = program({"effect": {"kind": "brackets", "brackets": steps}}, earning={"points": 0})

    points = [evaluate(rules, paid(Line(1, 1, Decimal(amount))), None).points for amount in (50, 100, 120, 200)]

    assert points == [0, 50, 90, 250]


def test_the_first_condition_that_does_not_hold_is_named() -> None:
    conditions: dict[str, dict[str, Any]] = {
        "starts_at": {"starts_at": "2026-04-01T00:00:00Z"},
        "ends_at": {"ends_at": "2026-02-01T00:00:00Z"},
        "channels": {"channels": ["pos"]},
        "currencies": {"currencies": ["EUR"]},
        "order_numbers": {"order_numbers": [2]},
        "tiers": {"tiers": ["gold"]},
        "weekdays": {"weekdays": ["friday"]},
        "hours": {"hours": {"start": "09:00", "end": "10:00"}},
        "customer_tags": {"customer_tags": ["vip"]},
        "segment_ids": {"segment_ids": [7]},
        "countries": {"countries": ["DE"]},
        "product_ids": {"product_ids": [9]},
        "variant_ids": {"variant_ids": [9]},
        "vendors": {"vendors": ["Acme"]},
        "collection_ids": {"collection_ids": [9]},
        "product_tags": {"product_tags": ["new"]},
        "product_types": {"product_types": ["Tea"]},
        "line_kind": {"line_kind": "subscription"},
        "minimum_spend": {"minimum_spend": "11"},
    }
    rules = program(
        *(
            {"id": name.replace("_", "-"), "effect": {"kind": "fixed", "points": 5}, "conditions": one}
            for name, one in conditions.items()
        ),
        tiers={"levels": [{"id": "gold", "title": "Gold", "threshold": "100"}]},
    )

    outcome = evaluate(rules, paid(Line(1, 1, Decimal(10), product_id=1)), Pins(), Standing(number=1))

    assert refusals(outcome) == {"base": None} | {name.replace("_", "-"): name for name in conditions}
    assert outcome.points == 10


def test_a_rule_that_refers_to_what_is_gone_is_skipped_with_its_reason() -> None:
    rules = program(
        {"effect": {"kind": "reward", "reward_id": "gone"}},
        {"effect": {"kind": "fixed", "points": 5}, "conditions": {"tiers": ["gone"]}},
        {"effect": {"kind": "fixed", "points": 5}, "is_on": False},
    )

    outcome = evaluate(rules, paid(Line(1, 1, Decimal(10))), None, Standing(tier="gone"))

    assert refusals(outcome) == {"base": None, "r0": "reward_missing", "r1": "tier_missing", "r2": "off"}


def test_of_a_group_each_line_goes_to_the_best_rate_and_the_sum_competes_with_fixed_rules() -> None:
    rules = program(
        {"effect": {"kind": "multiplier", "factor": "2"}, "combines": "best", "group": "sale"},
        {
            "effect": {"kind": "multiplier", "factor": "3"},
            "combines": "best",
            "group": "sale",
            "conditions": {"product_ids": [2]},
        },
        {"effect": {"kind": "fixed", "points": 31}, "combines": "best", "group": "sale"},
    )
    mug, tea = Line(1, 1, Decimal(10), product_id=1), Line(2, 1, Decimal(10), product_id=2)

    small, large = evaluate(rules, paid(mug, tea), None), evaluate(rules, paid(mug, tea, replace(tea, id=3)), None)

    assert by_rule(small) == {"base": 20, "r0": 0, "r1": 0, "r2": 31}
    assert [one.beaten_by for one in small.rules[1:]] == ["r2", "r2", None]
    assert by_rule(large) == {"base": 30, "r0": 10, "r1": 40, "r2": 0}


def test_a_used_up_rule_leaves_the_field_to_the_next_of_its_group() -> None:
    rules = program(
        {
            "effect": {"kind": "multiplier", "factor": "3"},
            "combines": "best",
            "group": "sale",
            "limits": {"points_per_member": 50},
        },
        {"effect": {"kind": "multiplier", "factor": "2"}, "combines": "best", "group": "sale"},
    )

    outcome = evaluate(rules, paid(Line(1, 1, Decimal(10))), None, Standing(used={"r0": 50}))

    assert by_rule(outcome) == {"base": 10, "r0": 0, "r1": 10}
    assert outcome.rules[1].caps == ("member",)


def test_money_given_back_for_no_line_lowers_every_rules_money_in_its_share() -> None:
    rules = program({"effect": {"kind": "per_amount", "points": 1}, "conditions": {"product_ids": [2]}})
    lines = (Line(1, 1, Decimal(30), product_id=1), Line(2, 1, Decimal(10), product_id=2))

    outcome = evaluate(rules, paid(*lines, given_back=(Refund(5, DAWN, adjustment=Decimal(20)),)), None)

    assert by_rule(outcome) == {"base": 20, "r0": 5}


def test_hours_are_the_shops_and_may_reach_over_midnight() -> None:
    rules = program(
        {"effect": {"kind": "fixed", "points": 5}, "conditions": {"hours": {"start": "22:00", "end": "02:00"}}}
    )
    facts = paid(Line(1, 1, Decimal(10)))
    body = facts.body
    assert body is not None

    held = [
        hour
        for hour in range(24)
        if evaluate(
            rules,
            replace(facts, body=replace(body, processed_at=DAWN + timedelta(hours=hour))),
            Pins(zone="America/New_York"),
        ).points
        > 10
    ]

    assert held == [3, 4, 5, 6]


def test_a_budgets_rate_falls_as_it_runs_out() -> None:
    budget = Budget(
        points=100,
        steps=(Step(used=Decimal("0.5"), factor=Decimal("0.5")), Step(used=Decimal("0.9"), factor=Decimal(0))),
    )

    offers = [offer_of(budget, spent) for spent in (0, 49, 50, 89, 90, 150)]

    assert [(offer.factor, offer.points) for offer in offers] == [
        (Decimal(1), 100),
        (Decimal(1), 51),
        (Decimal("0.5"), 50),
        (Decimal("0.5"), 11),
        (Decimal(0), 10),
        (Decimal(0), 0),
    ]


def test_points_stay_within_what_an_entry_can_move() -> None:
    rules = program(
        *({"effect": {"kind": "multiplier", "factor": "100"}, "combines": "multiply"} for _ in range(200)),
        earning={"points": 1_000_000_000, "per": "0.001"},
    )

    outcome = evaluate(rules, paid(Line(1, 1, Decimal(10) ** 12)), None)

    assert outcome.points == 201 * MOST_POINTS < 10**15


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"effect": {"kind": "multiplier", "factor": "0.5"}}, "order_rules.0.effect.multiplier.factor"),
        ({"effect": {"kind": "multiplier", "factor": "Infinity"}}, "order_rules.0.effect.multiplier.factor"),
        ({"effect": {"kind": "fixed", "points": -5}}, "order_rules.0.effect.fixed.points"),
        ({"effect": {"kind": "per_amount", "points": 1, "per": "0"}}, "order_rules.0.effect.per_amount.per"),
        ({"effect": {"kind": "brackets", "brackets": []}}, "order_rules.0.effect.brackets.brackets"),
        ({"effect": {"kind": "magic"}}, "order_rules.0.effect"),
        ({"effect": {"kind": "fixed", "points": 5}, "combines": "multiply"}, "order_rules.0.combines"),
        ({"effect": {"kind": "fixed", "points": 5}, "combines": "best"}, "order_rules.0.group"),
        ({"effect": {"kind": "fixed", "points": 5}, "id": "base"}, "order_rules.0.id"),
        (
            {"effect": {"kind": "fixed", "points": 5}, "conditions": {"hours": {"start": "25:00", "end": "02:00"}}},
            "order_rules.0.conditions.hours.start",
        ),
        (
            {
                "effect": {"kind": "fixed", "points": 5},
                "conditions": {"starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"},
            },
            "order_rules.0.conditions.ends_at",
        ),
        ({"effect": {"kind": "reward", "reward_id": "x"}, "limits": {"points_per_order": 5}}, "order_rules.0.limits"),
    ],
)
def test_a_rule_that_could_give_nonsense_cannot_be_published(rule: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidProgram) as refused:
        program(rule)

    assert [path for path, _ in refused.value.facts["problems"]] == [field]


def test_two_rules_of_one_id_are_refused() -> None:
    rule = {"id": "same", "effect": {"kind": "fixed", "points": 5}}

    with pytest.raises(InvalidProgram) as refused:
        program(rule, rule)

    assert "same" in str(refused.value.facts["problems"])
