"""The course of tiers: it follows from the set of events alone, it ends, and pins, floors and memberships are laid over it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from plugin.loyalty import tiers as rules
from plugin.loyalty.memberships import Purchase, runs
from plugin.loyalty.program import CalendarYear, Level, Lifetime, Rolling, Tiers
from plugin.loyalty.tiers import Era, Event, Hold, Term

ZONE = ZoneInfo("America/New_York")
BEGIN = datetime(2024, 1, 1, 5, tzinfo=UTC)


def tiers(*thresholds: int, **more: object) -> Tiers:
    levels = tuple(
        Level(id=f"l{n}", title=f"Level {n}", threshold=Decimal(each)) for n, each in enumerate(thresholds, 1)
    )
    return Tiers.model_validate({"levels": levels, **more})


def on(day: str, amount: int, number: int = 1) -> Event:
    return Event(datetime.fromisoformat(f"{day}T15:00:00+00:00"), number, Decimal(amount))


def terms(config: Tiers, *events: Event, holds: tuple[Hold, ...] = ()) -> list[Term]:
    eras = [Era(BEGIN, 1, config)]
    return rules.terms(eras, rules.course(eras, {config.metric: sorted(events)}, ZONE), holds)


def last_days(found: list[Term]) -> list[tuple[str, str]]:
    return [
        (
            term.tier,
            "ever" if term.until is None else (term.until - timedelta(seconds=1)).astimezone(ZONE).date().isoformat(),
        )
        for term in found
    ]


def test_a_calendar_tier_reached_in_november_is_kept_to_the_end_of_the_next_year() -> None:
    found = terms(tiers(100, window=CalendarYear()), on("2024-11-05", 100))

    assert last_days(found) == [("l1", "2025-12-31")]


def test_a_twelve_month_tier_reached_on_3_march_is_kept_to_3_march() -> None:
    found = terms(tiers(100, window=Rolling(months=12)), on("2024-03-03", 100))

    assert last_days(found) == [("l1", "2025-03-03")]


def test_months_clamp_to_the_last_day_of_a_shorter_one() -> None:
    found = terms(tiers(100, window=Rolling(months=1)), on("2024-01-31", 100))

    assert last_days(found) == [("l1", "2024-02-29")]


def test_what_was_spent_during_a_term_keeps_the_tier_for_another() -> None:
    config = tiers(100, window=Rolling(months=12))

    found = terms(config, on("2024-03-03", 100), on("2025-03-01", 100, 2))

    assert last_days(found) == [("l1", "2026-03-01")]


def test_a_calendar_year_that_qualifies_again_adds_the_next() -> None:
    config = tiers(100, window=CalendarYear())

    found = terms(config, on("2024-11-05", 100), on("2025-06-01", 100, 2))

    assert last_days(found) == [("l1", "2026-12-31")]


def test_straight_down_goes_to_the_level_that_is_earned_and_one_down_a_level_a_term() -> None:
    straight = terms(tiers(100, 300, 600, window=Rolling(months=12)), on("2024-03-03", 600))
    one_down = terms(tiers(100, 300, 600, window=Rolling(months=12), downgrade="one_down"), on("2024-03-03", 600))

    assert last_days(straight) == [("l3", "2025-03-03")]
    assert last_days(one_down) == [("l3", "2025-03-03"), ("l2", "2026-03-03"), ("l1", "2027-03-03")]


def test_days_of_grace_keep_the_tier_and_buying_in_them_keeps_it_a_term() -> None:
    config = tiers(100, window=Rolling(months=12), grace_days=30)

    lost = terms(config, on("2024-03-03", 100))
    kept = terms(config, on("2024-03-03", 100), on("2025-03-20", 100, 2))

    assert last_days(lost) == [("l1", "2025-04-02")]
    assert last_days(kept) == [("l1", "2026-04-19")]


def test_over_a_lifetime_only_what_was_undone_takes_a_level() -> None:
    config = tiers(100, 300, metric="points", window=Lifetime())

    kept = terms(config, on("2024-03-03", 100), on("2024-05-03", 200, 2))
    lost = terms(config, on("2024-03-03", 99), on("2024-05-03", 200, 2))

    assert [term.tier for term in kept] == ["l1", "l2"]
    assert last_days(lost) == [("l1", "ever")]


def test_a_level_that_needs_nothing_is_everybodys() -> None:
    config = tiers(0, 100)
    eras = [Era(BEGIN, 1, config)]

    assert rules.tier_at(eras, [], BEGIN) == "l1"
    assert rules.tier_at(eras, [], BEGIN - timedelta(seconds=1)) is None
    assert last_days(terms(config, on("2024-03-03", 100))) == [("l2", "2025-03-03")]


def test_every_passed_level_is_entered_once_and_entered_again_after_a_fall() -> None:
    config = tiers(100, 300, window=Rolling(months=12))
    eras = [Era(BEGIN, 1, config)]
    events = [on("2024-03-03", 300), on("2024-04-03", 300, 2), on("2026-03-03", 300, 3)]

    found = rules.entries(eras, rules.course(eras, {"spend": events}, ZONE))

    assert [entry.name for entry in found] == ["entry:l1:1", "entry:l2:1", "entry:l1:2", "entry:l2:2"]


def test_another_version_counts_from_its_day_on_and_changes_no_past() -> None:
    later = BEGIN + timedelta(days=100)
    eras = [Era(BEGIN, 1, tiers(100)), Era(later, 2, tiers(500, 1000, metric="orders", window=Lifetime()))]
    events = {"spend": [on("2024-02-01", 100)], "orders": [on("2024-02-01", 1)]}

    found = rules.terms(eras, rules.course(eras, events, ZONE), [])  # type: ignore[arg-type]

    assert [(term.tier, term.until) for term in found] == [("l1", later)]


def test_a_pin_decides_alone_and_a_floor_is_the_least() -> None:
    config = tiers(100, 300, 600)
    day = datetime(2024, 6, 1, 4, tzinfo=UTC)
    down = Hold(None, day, day + timedelta(days=1), is_floor=False, reason="pinned")
    up = Hold("l3", day + timedelta(days=1), day + timedelta(days=2), is_floor=False, reason="pinned")
    floor = Hold("l1", day + timedelta(days=2), day + timedelta(days=3), is_floor=True, reason="membership")
    gone = Hold("no-such-level", day + timedelta(days=3), None, is_floor=False, reason="pinned")

    found = terms(config, on("2024-03-03", 300), holds=(down, up, floor, gone))

    assert [(term.tier, term.reason) for term in found] == [("l2", "earned"), ("l3", "pinned"), ("l2", "earned")]


def test_progress_says_what_is_missing_and_by_when() -> None:
    config = tiers(100, 300, window=CalendarYear())
    now = datetime(2024, 6, 1, tzinfo=UTC)

    found = rules.progress(config, [on("2023-12-01", 500), on("2024-03-03", 120)], ZONE, tier="l1", now=now)

    assert (found.amount, found.missing) == (Decimal(120), Decimal(180))
    assert found.by == datetime(2025, 1, 1, 5, tzinfo=UTC)
    assert rules.progress(config, [], ZONE, tier="l2", now=now).next is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"levels": [{"id": "a", "title": "A", "threshold": "10"}, {"id": "a", "title": "B", "threshold": "20"}]},
        {"levels": [{"id": "a", "title": "A", "threshold": "10"}, {"id": "b", "title": "B", "threshold": "10"}]},
        {"levels": [{"id": "a", "title": "A", "threshold": "-1"}]},
        {"levels": [{"id": "a", "title": "A", "threshold": "NaN"}]},
        {"metric": "orders", "levels": [{"id": "a", "title": "A", "threshold": "1.5"}]},
        {"levels": [{"id": "a", "title": "A", "threshold": "0", "entry_points": 5}]},
        {"levels": [{"id": "a", "title": "A", "threshold": "10", "multiplier": "0.5"}]},
        {"levels": [{"id": "none", "title": "A", "threshold": "10"}]},
    ],
)
def test_levels_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Tiers.model_validate(wrong)


# --- Laws ---------------------------------------------------------------------------------------------------------------

configs = st.builds(
    lambda window, grace, downgrade, base: tiers(
        base, 100, 300, 600, window=window, grace_days=grace, downgrade=downgrade
    ),
    st.one_of(st.just(Lifetime()), st.builds(Rolling, months=st.integers(1, 24)), st.just(CalendarYear())),
    st.integers(0, 60),
    st.sampled_from(["one_down", "straight"]),
    st.sampled_from([0, 50]),
)
events = st.lists(
    st.builds(
        lambda hours, amount, number: Event(BEGIN + timedelta(hours=hours), number, Decimal(amount)),
        st.integers(0, 24 * 1200),
        st.integers(0, 400),
        st.integers(1, 10**6),
    ),
    max_size=12,
    unique_by=lambda event: event.id,
)


@given(configs, events, st.randoms())
def test_history_depends_only_on_the_set_of_events(config: Tiers, happened: list[Event], chance: object) -> None:
    shuffled = list(happened)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert terms(config, *shuffled) == terms(config, *happened)


@given(configs, events)
def test_terms_follow_one_another_without_overlap(config: Tiers, happened: list[Event]) -> None:
    found = terms(config, *happened)

    assert all(term.until is None or term.since < term.until for term in found)
    assert all(one.until is not None and one.until <= two.since for one, two in pairwise(found))
    assert config.window.kind == "lifetime" or all(term.until is not None for term in found)


@given(configs, events, events)
def test_what_happens_later_changes_nothing_before(config: Tiers, happened: list[Event], more: list[Event]) -> None:
    cut = BEGIN + timedelta(days=600)
    before = [event for event in happened if event.at < cut]
    after = [Event(event.at, event.id + 10**7, event.amount) for event in more if event.at >= cut]
    eras = [Era(BEGIN, 1, config)]

    for days in range(0, 600, 25):
        moment = BEGIN + timedelta(days=days)
        alone = rules.tier_at(eras, terms(config, *before), moment)
        assert rules.tier_at(eras, terms(config, *before, *after), moment) == alone


@given(configs, events)
def test_more_never_lowers_a_tier(config: Tiers, happened: list[Event]) -> None:
    fewer = happened[1:]
    eras = [Era(BEGIN, 1, config)]

    for days in range(0, 1600, 40):
        moment = BEGIN + timedelta(days=days)
        lower = config.rank(rules.tier_at(eras, terms(config, *fewer), moment))
        assert config.rank(rules.tier_at(eras, terms(config, *happened), moment)) >= lower


purchases = st.lists(
    st.builds(
        lambda days, number, rank, months, units: Purchase(
            BEGIN + timedelta(days=days), number, 1, f"plan{rank}", rank, None, months, units
        ),
        st.integers(0, 800),
        st.integers(1, 10**6),
        st.integers(0, 2),
        st.one_of(st.none(), st.integers(1, 24)),
        st.integers(1, 3),
    ),
    max_size=8,
    unique_by=lambda bought: bought.order_id,
)


@given(purchases, st.randoms())
def test_memberships_depend_only_on_what_was_bought(bought: list[Purchase], chance: object) -> None:
    shuffled = list(bought)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    found = runs(bought, ZONE)

    assert runs(shuffled, ZONE) == found or sorted(runs(shuffled, ZONE), key=repr) == sorted(found, key=repr)
    for plan in {run.plan for run in found}:
        own = [run for run in found if run.plan == plan]
        assert all(one.until is not None and one.until <= two.since for one, two in pairwise(own))
