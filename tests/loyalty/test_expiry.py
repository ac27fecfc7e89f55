"""When points lapse: at the end of a day of the shop, months clamped, and never sooner than was promised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.loyalty import expiry
from plugin.loyalty.expiry import date_of, lapse_at, redated
from plugin.loyalty.program import AfterInactivity, FromEarning, Never, OnDate

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
HAVANA = ZoneInfo("America/Havana")


def local(text: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("rule", "earned", "last_day"),
    [
        (FromEarning(months=1), "2026-01-31T12:00", "2026-02-28"),
        (FromEarning(months=1), "2028-01-31T12:00", "2028-02-29"),
        (FromEarning(months=12), "2028-02-29T23:59", "2029-02-28"),
        (FromEarning(days=30), "2026-01-31T12:00", "2026-03-02"),
        (FromEarning(months=1, to_month_end=True), "2026-01-05T12:00", "2026-02-28"),
        (OnDate(), "2026-12-31T23:00", "2026-12-31"),
        (OnDate(least_days=90), "2026-11-20T12:00", "2027-12-31"),
        (OnDate(month=2, day=29), "2026-03-01T12:00", "2027-02-28"),
        (AfterInactivity(months=6), "2026-08-31T12:00", "2027-02-28"),
    ],
)
def test_points_can_be_spent_to_the_end_of_the_last_day(rule: expiry.Rule, earned: str, last_day: str) -> None:
    end = lapse_at(rule, local(earned), NEW_YORK)

    assert end is not None
    assert (end - timedelta(seconds=1)).astimezone(NEW_YORK).date().isoformat() == last_day
    assert end.astimezone(NEW_YORK).date().isoformat() > last_day


def test_the_day_is_the_shops_and_not_the_one_of_utc() -> None:
    late_evening = local("2026-01-30T22:00")

    end = lapse_at(FromEarning(days=1), late_evening, NEW_YORK)

    assert late_evening.date().isoformat() == "2026-01-31"
    assert end == local("2026-02-01T00:00")


@pytest.mark.parametrize(
    ("zone", "earned", "hours"),
    [(BERLIN, "2026-03-28T12:00", 23), (BERLIN, "2026-10-24T12:00", 25), (HAVANA, "2026-03-07T12:00", 23)],
)
def test_a_day_on_which_the_clocks_change_ends_at_its_own_midnight(zone: ZoneInfo, earned: str, hours: int) -> None:
    before = lapse_at(FromEarning(days=1), local(earned, zone) - timedelta(days=1), zone)
    on_it = lapse_at(FromEarning(days=1), local(earned, zone), zone)

    assert before is not None
    assert on_it is not None
    assert on_it - before == timedelta(hours=hours)


def test_switching_on_gives_what_stands_one_full_period() -> None:
    earned, published = local("2024-01-10T12:00"), local("2026-03-02T12:00")

    end = redated(FromEarning(months=6), available_at=earned, stands=None, published_at=published, zone=NEW_YORK)

    assert end == lapse_at(FromEarning(months=6), published, NEW_YORK)


def test_a_date_of_the_year_gives_what_stands_a_whole_year() -> None:
    earned, published = local("2024-01-10T12:00"), local("2026-12-20T12:00")

    end = redated(OnDate(), available_at=earned, stands=None, published_at=published, zone=NEW_YORK)

    assert end == local("2028-01-01T00:00")


def test_switching_off_takes_the_date_away() -> None:
    stands, published = local("2026-05-01T00:00"), local("2026-03-02T12:00")

    assert redated(Never(), available_at=stands, stands=stands, published_at=published, zone=NEW_YORK) is None


RULES = st.one_of(
    st.just(Never()),
    st.builds(FromEarning, months=st.integers(1, 36), to_month_end=st.booleans()),
    st.builds(FromEarning, days=st.integers(1, 800)),
    st.builds(AfterInactivity, months=st.integers(1, 36)),
    st.builds(OnDate, month=st.integers(1, 12), day=st.integers(1, 31), least_days=st.integers(0, 366)),
)
INSTANTS = st.integers(0, 10 * 365 * 24 * 60).map(
    lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(RULES, INSTANTS, st.one_of(st.none(), INSTANTS), INSTANTS)
def test_publishing_twice_moves_a_date_once(
    rule: expiry.Rule, available_at: datetime, stands: datetime | None, published_at: datetime
) -> None:
    once = redated(rule, available_at=available_at, stands=stands, published_at=published_at, zone=BERLIN)

    assert redated(rule, available_at=available_at, stands=once, published_at=published_at, zone=BERLIN) == once


@given(RULES, INSTANTS, st.one_of(st.none(), INSTANTS), INSTANTS)
def test_a_new_rule_never_takes_more_than_it_must(
    rule: expiry.Rule, available_at: datetime, stands: datetime | None, published_at: datetime
) -> None:
    end = redated(rule, available_at=available_at, stands=stands, published_at=published_at, zone=BERLIN)
    period = expiry.full_period(rule, published_at, BERLIN)

    if end is not None and period is not None:
        assert end >= min(period, stands or period)


@given(st.lists(st.tuples(INSTANTS, RULES), max_size=4), RULES, INSTANTS)
def test_going_through_the_publications_again_changes_nothing(
    published: list[expiry.Published], rule: expiry.Rule, available_at: datetime
) -> None:
    later = sorted(published, key=lambda one: one[0])
    dated = date_of(rule, later, available_at=available_at, zone=BERLIN)

    again = dated
    for published_at, following in later:
        again = redated(following, available_at=available_at, stands=again, published_at=published_at, zone=BERLIN)
    assert again == dated
