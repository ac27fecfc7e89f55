"""When points lapse: pure dates from a rule, an instant and the shop's time zone.

Every lot carries the date on which it lapses. A rule that is published later moves that date by `redated`, which changes nothing when it
is applied twice; so a lot that comes late is dated as if it had been there all along.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from plugin.loyalty.days import begin_of, day_of, months_later
from plugin.loyalty.ledger import Move, Reason
from plugin.loyalty.program.expiry import AfterInactivity, FromEarning, Never, OnDate

Rule = Never | FromEarning | AfterInactivity | OnDate
Published = tuple[datetime, Rule]
"""When a rule came into force, and the rule."""

ACTIVE_MOVES: Final = (Move.ACCRUE_PENDING, Move.ACCRUE, Move.HOLD)
"""Movements that are a member's own doing, unless their reason says that they are not."""

NOT_THEIR_DOING: Final = (
    Reason.GOODWILL,
    Reason.LAUNCH,
    Reason.DIVIDEND,
    Reason.IMPORTED,
    Reason.MATCHED,
    Reason.REFERRAL,
)
THEIR_GIVING: Final = (Reason.GIFT_SENT, Reason.DONATED)
_MONTHS: Final = 12


def lapse_at(rule: Rule, since: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant (UTC) after which points counted from `since` can no longer be spent; None for never.

    `since` is when they became available, or the member's last activity.
    """
    if isinstance(rule, Never):
        return None
    day = day_of(since, zone)
    last = _yearly(rule, day) if isinstance(rule, OnDate) else _counted(rule, day)
    return begin_of(last + timedelta(days=1), zone)


def full_period(rule: Rule, since: datetime, zone: ZoneInfo) -> datetime | None:
    """When one whole period of the rule has passed since then: for a date of the year, the first such date a year away or more."""
    if isinstance(rule, OnDate):
        return begin_of(_next(rule, months_later(day_of(since, zone), _MONTHS)) + timedelta(days=1), zone)
    return lapse_at(rule, since, zone)


def redated(
    rule: Rule, *, available_at: datetime, stands: datetime | None, published_at: datetime, zone: ZoneInfo
) -> datetime | None:
    """The date of a lot once `rule` is published: by the rule, but no earlier than its old date or a full period from publishing."""
    by_rule, period = lapse_at(rule, available_at, zone), full_period(rule, published_at, zone)
    if by_rule is None or period is None:
        return None
    return max(by_rule, period if stands is None else min(stands, period))


def date_of(rule: Rule, later: Sequence[Published], *, available_at: datetime, zone: ZoneInfo) -> datetime | None:
    """The date of a lot that `rule` gave, after all the rules that were published since (ascending)."""
    found = lapse_at(rule, available_at, zone)
    for published_at, following in later:
        found = redated(following, available_at=available_at, stands=found, published_at=published_at, zone=zone)
    return found


def _counted(rule: FromEarning | AfterInactivity, day: date) -> date:
    last = months_later(day, rule.months) if rule.months is not None else day + timedelta(days=rule.days or 0)
    return last.replace(day=monthrange(last.year, last.month)[1]) if rule.to_month_end else last


def _yearly(rule: OnDate, day: date) -> date:
    return _next(rule, day + timedelta(days=rule.least_days))


def _next(rule: OnDate, day: date) -> date:
    """The first such date on or after `day`."""
    this_year = _in_year(rule, day.year)
    return this_year if this_year >= day else _in_year(rule, day.year + 1)


def _in_year(rule: OnDate, year: int) -> date:
    return date(year, rule.month, min(rule.day, monthrange(year, rule.month)[1]))
