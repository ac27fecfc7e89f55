"""Actions and surveys in the document: what is allowed is said by field; caps follow the shop's calendar; scores are what they are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.loyalty import asking, days
from plugin.loyalty.actions import refusal
from plugin.loyalty.errors import InvalidProgram
from plugin.loyalty.program import Action, Program, default_program, dump, parse
from plugin.loyalty.program.values import Period

ACTION = {"id": "one", "kind": "review", "title": "One"}
SURVEY = {"id": "ask", "title": "Ask", "questions": [{"id": "q", "kind": "nps", "words": "How?"}]}
PERIODS: tuple[Period, ...] = ("day", "week", "month", "quarter", "year")


def document(**parts: Any) -> dict[str, Any]:
    return default_program("USD", is_live=True).model_dump(mode="json") | parts


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"actions": [ACTION | {"kind": "social_follow"}]}, "actions.0.url"),
        ({"actions": [ACTION | {"kind": "social_follow", "url": "http://x.example"}]}, "actions.0.url"),
        ({"actions": [ACTION | {"url": "https://x.example"}]}, "actions.0.url"),
        ({"actions": [ACTION | {"kind": "survey"}]}, "actions.0.survey_id"),
        ({"actions": [ACTION | {"kind": "survey", "survey_id": "none"}]}, "actions"),
        ({"actions": [ACTION, ACTION]}, "actions"),
        ({"actions": [ACTION | {"kind": "birthday"}, ACTION | {"id": "two", "kind": "birthday"}]}, "actions"),
        ({"actions": [ACTION | {"points": -5}]}, "actions.0.points"),
        ({"actions": [ACTION | {"points": 10**10}]}, "actions.0.points"),
        ({"actions": [ACTION | {"caps": [{"count": 0}]}]}, "actions.0.caps.0.count"),
        ({"actions": [ACTION | {"caps": [{"period": "hour"}]}]}, "actions.0.caps.0.period"),
        ({"surveys": [SURVEY, SURVEY]}, "surveys"),
        ({"surveys": [SURVEY | {"questions": SURVEY["questions"] * 2}]}, "surveys.0.questions"),  # type: ignore[operator]
        (
            {"surveys": [SURVEY | {"questions": [{"id": "q", "kind": "choice", "words": "?"}]}]},
            "surveys.0.questions.0.choices",
        ),
    ],
)
def test_what_cannot_be_is_named_with_its_field(parts: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidProgram) as refused:
        parse(document(**parts))

    assert [name for name, _ in refused.value.facts["problems"]] == [field]


def test_a_program_of_before_has_none_of_it_and_one_with_it_round_trips() -> None:
    plain = parse(document())
    rich = parse(document(actions=[ACTION | {"kind": "survey", "survey_id": "ask"}], surveys=[SURVEY]))

    assert (plain.actions, plain.achievements, plain.surveys) == ((), (), ())
    assert parse(dump(rich)) == rich
    assert isinstance(rich, Program)


@given(
    st.integers(0, 15 * 366 * 24 * 3600).map(
        lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
    st.sampled_from(PERIODS),
    st.sampled_from(["UTC", "America/New_York", "Pacific/Auckland", "Asia/Kolkata"]),
)
def test_a_cap_opens_with_the_shops_next_period_and_not_a_moment_before(
    at: datetime, period: Period, zone_name: str
) -> None:
    zone = ZoneInfo(zone_name)
    action = Action.model_validate(ACTION | {"caps": [{"count": 1, "period": period}]})

    def refused(then: datetime) -> Any:
        return refusal(action, at=then, earlier=[at], tier=None, tags=(), zone=zone)

    opens_at = refused(at).facts["opens_at"]

    assert opens_at > at
    assert refused(opens_at) is None
    assert refused(opens_at - timedelta(microseconds=1)) is not None


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(PERIODS))
def test_periods_follow_one_another_without_a_gap(day: date, period: Period) -> None:
    first, following = days.first_day(day, period), days.first_day_after(day, period)

    assert following is not None
    assert first <= day < following
    assert days.first_day(following, period) == following
    assert days.period_number(following, period) == days.period_number(day, period) + 1
    assert days.period_number(first, period) == days.period_number(day, period)


@given(st.integers(1, 12), st.integers(1, 31), st.integers(2000, 2100))
def test_every_birthday_is_kept_on_one_day_of_every_year(month: int, number: int, year: int) -> None:
    try:
        date(2000, month, number)
    except ValueError:
        return
    year_long = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]

    kept = [one for one in year_long if one.year == year and days.falls_on(month, number, today=one)]

    assert len(kept) == 1


def test_the_day_has_23_hours_when_the_clocks_go_forward() -> None:
    zone = ZoneInfo("America/New_York")

    begins, ends = (days.begin_of(date(2026, 3, day), zone) for day in (8, 9))

    assert ends - begins == timedelta(hours=23)


def test_scores_are_what_they_are_known_to_be() -> None:
    assert asking.loyalty_index({1: 1, 2: 1, 3: 1}) == Decimal("80.0")
    assert (asking.loyalty_index({1: 4}), asking.loyalty_index({6: 2}), asking.loyalty_index({})) == (
        Decimal(100),
        Decimal(0),
        None,
    )
    assert asking.nps({10: 5, 9: 0, 8: 3, 6: 2}) == Decimal("30.0")
    assert (asking.nps({}), asking.nps({0: 1}), asking.nps({9: 1})) == (None, Decimal(-100), Decimal(100))
