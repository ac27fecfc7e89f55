"""The linter says what a merchant would find out too late: overlaps, rules that never apply, leaks, and names of what is gone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from plugin.loyalty.lint import highest_return, lint
from plugin.loyalty.program import Program, default_program, dump, parse
from tests.loyalty import rules_drawn

BONUS: dict[str, Any] = {"kind": "fixed", "points": 5}
DOUBLE: dict[str, Any] = {"kind": "multiplier", "factor": "2"}


def program(*rules: dict[str, Any], **more: Any) -> Program:
    written = [{"id": f"r{number}", "title": f"Rule {number}"} | rule for number, rule in enumerate(rules)]
    return parse(dump(default_program("USD", is_live=True)) | {"order_rules": written} | more)


def found(drawn: Program) -> list[tuple[str, str]]:
    return [(finding.kind, finding.where) for finding in lint(drawn)]


def test_the_default_program_is_clean() -> None:
    assert lint(default_program("USD", is_live=True)) == []
    assert lint(default_program("JPY", is_live=True)) == []


@given(rules_drawn.programs())
def test_every_program_can_be_looked_at(drawn: Program) -> None:
    findings = lint(drawn)

    assert {finding.kind for finding in findings} <= {"overlap", "unreachable", "leak", "dangling"}
    assert all(finding.text.endswith(".") for finding in findings)


def test_two_rules_that_add_on_the_same_lines_are_pointed_out_unless_they_name_one_group() -> None:
    silent = program({"effect": DOUBLE}, {"effect": DOUBLE, "conditions": {"product_ids": [1]}})
    spoken = program(
        {"effect": DOUBLE, "group": "sale"}, {"effect": DOUBLE, "group": "sale", "conditions": {"product_ids": [1]}}
    )

    assert found(silent) == [("overlap", "order_rules.1")]
    assert found(spoken) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"product_ids": [1]}, {"product_ids": [2]}),
        ({"vendors": ["Acme"]}, {"vendors": ["Brew"]}),
        ({"channels": ["pos"]}, {"channels": ["online"]}),
        ({"line_kind": "subscription"}, {"line_kind": "one_time"}),
        ({"ends_at": "2026-03-01T00:00:00Z"}, {"starts_at": "2026-03-01T00:00:00Z"}),
        ({"hours": {"start": "08:00", "end": "10:00"}}, {"hours": {"start": "22:00", "end": "08:00"}}),
        ({"weekdays": ["monday"]}, {"weekdays": ["tuesday"]}),
        ({"order_numbers": [1]}, {"order_numbers": [2]}),
        ({"currencies": ["EUR"]}, {"currencies": ["USD"]}),
    ],
)
def test_rules_that_can_never_meet_do_not_overlap(one: dict[str, Any], other: dict[str, Any]) -> None:
    apart = program({"effect": DOUBLE, "conditions": one}, {"effect": DOUBLE, "conditions": other})
    together = program({"effect": DOUBLE, "conditions": one}, {"effect": DOUBLE, "conditions": one})

    assert found(apart) == []
    assert found(together) == [("overlap", "order_rules.1")]


def test_a_product_in_two_collections_can_meet_both_rules() -> None:
    drawn = program(
        {"effect": DOUBLE, "conditions": {"collection_ids": [1]}},
        {"effect": DOUBLE, "conditions": {"collection_ids": [2]}},
    )

    assert found(drawn) == [("overlap", "order_rules.1")]


def test_a_rule_that_nothing_is_left_for_is_unreachable() -> None:
    excluded = program({"effect": DOUBLE, "conditions": {"product_ids": [1, 2]}}, exclusions={"product_ids": [1, 2, 3]})
    once = program({"effect": {"kind": "multiplier", "factor": "1"}})
    baseless = program({"effect": DOUBLE}, earning={"points": 0})

    assert found(excluded) == [("unreachable", "order_rules.0.conditions.product_ids")]
    assert found(once) == [("unreachable", "order_rules.0.effect")]
    assert found(baseless) == [("unreachable", "order_rules.0.effect")]


def test_a_rule_of_a_group_that_another_always_beats_is_unreachable() -> None:
    best = {"combines": "best", "group": "sale"}
    beaten = program(
        {"effect": {"kind": "multiplier", "factor": "3"}} | best,
        {"effect": DOUBLE, "conditions": {"product_ids": [1]}} | best,
    )
    useful = program(
        {"effect": {"kind": "multiplier", "factor": "3"}, "conditions": {"product_ids": [1]}} | best,
        {"effect": DOUBLE} | best,
    )

    assert found(beaten) == [("unreachable", "order_rules.1")]
    assert found(useful) == []


@pytest.mark.parametrize(
    ("rule", "where"),
    [
        ({"effect": BONUS}, "conditions.minimum_spend"),
        ({"effect": DOUBLE, "rounding": "ceiling"}, "rounding"),
        ({"effect": DOUBLE, "limits": {"points_per_order": 10}}, "limits.points_per_order"),
        (
            {
                "effect": {
                    "kind": "brackets",
                    "brackets": [{"start": "0", "points": "2"}, {"start": "50", "points": "1"}],
                }
            },
            "effect.brackets",
        ),
    ],
)
def test_what_splitting_an_order_gains_is_a_leak_until_it_is_limited_per_member(
    rule: dict[str, Any], where: str
) -> None:
    limits = rule.get("limits", {}) | {"points_per_member": 100}

    assert found(program(rule)) == [("leak", f"order_rules.0.{where}")]
    assert found(program(rule | {"limits": limits})) == []


def test_what_comes_back_at_most_is_told_when_it_is_a_lot() -> None:
    plain = default_program("USD", is_live=True)
    generous = program(
        {"effect": {"kind": "multiplier", "factor": "4"}, "combines": "multiply"},
        {"effect": {"kind": "multiplier", "factor": "3"}, "combines": "multiply"},
    )

    assert (highest_return(plain) or Decimal(0)).quantize(Decimal("0.1")) == Decimal("3.3")
    assert found(generous) == [("leak", "order_rules")]
    assert "40.0%" in lint(generous)[0].text


def test_names_of_what_is_gone_are_pointed_out() -> None:
    drawn = program(
        {"effect": {"kind": "reward", "reward_id": "gone"}},
        {"effect": DOUBLE, "conditions": {"tiers": ["gone"]}},
        tiers={"levels": [{"id": "gold", "title": "Gold", "threshold": "100", "entry_rewards": ["gone"]}]},
    )

    assert found(drawn) == [
        ("dangling", "order_rules.0.effect.reward_id"),
        ("dangling", "order_rules.1.conditions.tiers"),
        ("dangling", "tiers.levels.0"),
    ]


def test_what_the_store_no_longer_has_is_pointed_out_by_those_who_asked() -> None:
    drawn = program({"effect": DOUBLE, "conditions": {"product_ids": [1, 2], "segment_ids": [3]}})

    findings = lint(drawn, gone={"product:2", "segment:3", "collection:9"})

    assert [(one.kind, one.where) for one in findings] == [
        ("dangling", "order_rules.0.conditions.product_ids"),
        ("dangling", "order_rules.0.conditions.segment_ids"),
    ]
    assert "products that the store no longer has: 2." in findings[0].text
