"""The demo's year: a program that grows by versions that are all valid, a Black Friday that is one, and the same people every time."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta

import pytest

from plugin.demo import buying, mishaps
from plugin.demo.club import black_friday, stages
from plugin.demo.run import _counted
from plugin.loyalty.errors import UnreadableFacts
from plugin.loyalty.program import Program, default_program, dump, parse
from plugin.shopify.webhook_facts import read_order

BEGIN = datetime(2025, 11, 22, 6, tzinfo=UTC)


def grown(begin: datetime) -> list[Program]:
    """Each version of the year, as the API would take it."""
    document = json.loads(json.dumps(dump(default_program("USD", is_live=True))))
    found = []
    for _, change in sorted(stages(begin, UTC).items()):
        change(document)
        document = json.loads(json.dumps(dump(parse(document))))
        found.append(parse(document))
    return found


@pytest.mark.parametrize(
    ("begin", "friday"),
    [
        (datetime(2025, 11, 22, tzinfo=UTC), date(2025, 11, 28)),
        (datetime(2025, 11, 28, tzinfo=UTC), date(2026, 11, 27)),
        (datetime(2024, 3, 1, tzinfo=UTC), date(2024, 11, 29)),
        (datetime(2023, 12, 31, tzinfo=UTC), date(2024, 11, 29)),
    ],
)
def test_black_friday_follows_the_fourth_thursday_of_november(begin: datetime, friday: date) -> None:
    assert black_friday(begin) == friday
    assert friday.weekday() == 4


@pytest.mark.parametrize("shift", [0, 1, 7, 120, 200, 364])
def test_every_version_of_the_year_is_a_valid_program(shift: int) -> None:
    versions = grown(BEGIN + timedelta(days=shift))

    assert len(versions) == 4
    last = versions[-1]
    assert last.tiers.is_on
    assert last.referral.suspicion.is_on
    assert {rule.id for rule in last.order_rules} == {"first-order", "black-friday"}
    assert last.sharing.households.is_on
    assert last.survey("how-we-do") is not None


def test_the_same_seed_makes_the_same_people_and_chains_of_referrals() -> None:
    first, second = (buying.shoppers(random.Random(7)) for _ in range(2))

    assert [(each.person, each.joins_on, each.pace_days) for each in first] == [
        (each.person, each.joins_on, each.pace_days) for each in second
    ]
    chained = [each for each in first if each.advocate is not None and each.advocate.advocate is not None]
    assert chained


def test_coffee_is_a_gift_in_december_and_weekends_are_busier() -> None:
    quiet_tuesday, busy_saturday = datetime(2026, 7, 7, tzinfo=UTC), datetime(2025, 12, 20, tzinfo=UTC)

    assert buying.busy_on(busy_saturday) > 2 * buying.busy_on(quiet_tuesday)


def test_the_order_that_nobody_can_read_is_really_unreadable() -> None:
    with pytest.raises(UnreadableFacts):
        read_order(mishaps.unreadable(at=BEGIN))


@pytest.mark.parametrize(
    ("count", "what", "words"),
    [(1, "households", "1 household"), (2, "households", "2 households"), (1, "goodwill gifts", "1 goodwill gift")],
)
def test_what_happened_is_counted_in_words(count: int, what: str, words: str) -> None:
    assert _counted(count, what) == words
