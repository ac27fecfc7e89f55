"""Milestones: what is reached depends on the set of deeds alone, and never gets less by doing more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.loyalty.errors import InvalidProgram
from plugin.loyalty.milestones import REPEATS_MAX, Deed, Piece, progress, reached
from plugin.loyalty.program import Program, default_program, parse

ZONE = ZoneInfo("America/New_York")
BEGIN = datetime(2026, 1, 1, 12, tzinfo=UTC)


def program(*lines: dict[str, Any]) -> Program:
    document = default_program("USD", is_live=True).model_dump(mode="json")
    return parse(document | {"achievements": list(lines)})


LINES = (
    {"id": "meals", "title": "Meals", "metric": "quantity", "steps": [{"at": 3, "points": 1}, {"at": 9, "points": 2}]},
    {"id": "spend", "title": "Spend", "metric": "spend", "repeats": True, "steps": [{"at": 40, "points": 1}]},
    {"id": "points", "title": "Points", "metric": "points", "steps": [{"at": 50, "points": 1}]},
    {"id": "orders", "title": "Orders", "metric": "orders", "steps": [{"at": 2, "points": 1}, {"at": 5, "points": 1}]},
    {"id": "streak", "title": "Streak", "metric": "streak", "period": "week", "steps": [{"at": 2, "points": 1}]},
    {
        "id": "helper",
        "title": "Helper",
        "metric": "actions",
        "action_ids": ["answer"],
        "steps": [{"at": 2, "points": 1}],
    },
    {
        "id": "both",
        "title": "Both",
        "metric": "challenge",
        "tasks": [{"action_id": "answer"}, {"times": 2}],
        "steps": [{"at": 1, "points": 1}],
    },
)
VERSIONS = {1: program(*LINES[:3]), 2: program(*LINES), 3: program(*LINES[2:])}


@st.composite
def deeds(draw: st.DrawFn) -> list[Deed]:
    """Orders and actions over some weeks, each under the version of its time."""
    found = []
    for number in range(draw(st.integers(0, 8))):
        hours = draw(st.integers(0, 24 * 40))
        version = 1 + hours // (24 * 14)
        is_order = draw(st.booleans())
        found.append(
            Deed(
                BEGIN + timedelta(hours=hours),
                number,
                min(version, 3),
                VERSIONS[min(version, 3)],
                draw(st.integers(0, 60)),
                Decimal(draw(st.integers(0, 90))) if is_order else Decimal(0),
                (Piece(1, 11, draw(st.integers(1, 4))),) if is_order else (),
                None if is_order else draw(st.sampled_from(["answer", "post"])),
            )
        )
    return found


@given(deeds(), st.randoms())
def test_the_order_in_which_we_were_told_does_not_matter(told: list[Deed], chance: Any) -> None:
    shuffled = list(told)
    chance.shuffle(shuffled)

    assert reached(told, ZONE) == reached(shuffled, ZONE)


@given(deeds(), deeds())
def test_whoever_does_more_reaches_no_less(some: list[Deed], more: list[Deed]) -> None:
    others = [Deed(one.at, 100 + one.id, one.version, one.program, one.points, one.spend, one.pieces) for one in more]

    assert reached(some, ZONE).keys() <= reached([*some, *others], ZONE).keys()


@given(deeds())
def test_each_line_announces_one_step_of_those_reached_together(told: list[Deed]) -> None:
    together: dict[tuple[str, datetime], list[tuple[int, bool]]] = {}
    for (line, step), one in reached(told, ZONE).items():
        together.setdefault((line, one.at), []).append((step, one.is_announced))

    for steps in together.values():
        assert max(steps)[1]


def test_variants_count_before_their_product_and_others_as_told() -> None:
    line = program(
        {
            "id": "meals",
            "title": "Meals",
            "metric": "quantity",
            "other_units": "0.5",
            "units": [{"product_id": 1, "units": "10"}, {"variant_id": 12, "units": "7"}],
            "steps": [{"at": 1000}],
        }
    ).achievements[0]
    pieces = (Piece(1, 11, 2), Piece(1, 12, 3), Piece(2, 21, 4))

    value = progress(line, [Deed(BEGIN, 1, 1, VERSIONS[1], pieces=pieces)], ZONE)

    assert value == 20 + 21 + 2


def test_a_streak_breaks_and_begins_again() -> None:
    line = program(LINES[4]).achievements[0]
    days_of_orders = {(0, 7): 2, (0, 14): 1, (0, 1, 7, 14): 3, (0, 7, 21, 28, 35): 3}

    found = {
        days: progress(line, [Deed(BEGIN + timedelta(days=day), day, 1, VERSIONS[1]) for day in days], ZONE)
        for days in days_of_orders
    }

    assert found == days_of_orders


def test_a_milestone_that_repeats_has_an_end() -> None:
    line = program(
        {"id": "each", "title": "Each", "metric": "spend", "repeats": True, "steps": [{"at": 1, "points": 1}]}
    )

    found = reached([Deed(BEGIN, 1, 1, line, spend=Decimal("1e12"))], ZONE)

    assert len(found) == REPEATS_MAX


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"metric": "challenge"}, "achievements.0.tasks"),
        ({"metric": "actions"}, "achievements.0.action_ids"),
        ({"metric": "orders", "units": [{"product_id": 1, "units": "2"}]}, "achievements.0.units"),
        ({"metric": "streak", "period": "ever"}, "achievements.0.period"),
        ({"steps": [{"at": 5}, {"at": 5}]}, "achievements.0.steps"),
        ({"steps": [{"at": 1}, {"at": 2}], "repeats": True}, "achievements.0.repeats"),
        ({"steps": [{"at": 0}]}, "achievements.0.steps.0.at"),
        ({"steps": [{"at": 1, "points": -1}]}, "achievements.0.steps.0.points"),
        ({"units": [{"units": "1"}]}, "achievements.0.units.0.product_id"),
        ({"starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"}, "achievements.0.ends_at"),
    ],
)
def test_a_line_that_cannot_be_is_named_with_its_field(changes: dict[str, Any], field: str) -> None:
    line = {"id": "one", "title": "One", "metric": "quantity", "steps": [{"at": 1}]} | changes

    with pytest.raises(InvalidProgram) as refused:
        program(line)

    assert [name for name, _ in refused.value.facts["problems"]] == [field]
