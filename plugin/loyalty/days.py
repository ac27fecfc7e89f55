"""The shop's calendar: which day, month or year it is where the shop is, and when the next one begins.

A day of a rule is the shop's day, midnight to midnight in its time zone; it may have 23 or 25 hours.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from plugin.loyalty.program.values import Period

MONTHS_A_QUARTER = 3
DECEMBER = 12


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that IANA name; UTC for a name this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The shop's day in which that instant lies."""
    return instant.astimezone(zone).date()


def begin_of(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which that day of the shop begins."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def next_midnight(instant: datetime, zone: ZoneInfo) -> datetime:
    """When the shop's next day begins, as an instant in UTC."""
    return begin_of(day_of(instant, zone) + timedelta(days=1), zone)


def first_day(day: date, period: Period) -> date:
    """The day on which the period that holds `day` began; weeks begin on Monday, "ever" began with the calendar."""
    match period:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // MONTHS_A_QUARTER * MONTHS_A_QUARTER + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)
        case "ever":
            return date.min


def first_day_after(day: date, period: Period) -> date | None:
    """The day on which the next period begins; None for "ever", which has no next."""
    first = first_day(day, period)
    match period:
        case "day":
            return first + timedelta(days=1)
        case "week":
            return first + timedelta(days=7)
        case "month":
            return months_later(first, 1)
        case "quarter":
            return months_later(first, MONTHS_A_QUARTER)
        case "year":
            return first.replace(year=first.year + 1)
        case "ever":
            return None


def period_number(day: date, period: Period) -> int:
    """A number that grows by one from each period to the next, so that periods in a row can be told; 0 for "ever"."""
    match period:
        case "day":
            return day.toordinal()
        case "week":
            return (day.toordinal() - 1) // 7
        case "month":
            return day.year * DECEMBER + day.month - 1
        case "quarter":
            return (day.year * DECEMBER + day.month - 1) // MONTHS_A_QUARTER
        case "year":
            return day.year
        case "ever":
            return 0


def falls_on(month: int, day: int, *, today: date) -> bool:
    """True when a yearly date (month, day) is kept on `today`: 29 February on the 28th in years that have none."""
    try:
        kept = date(today.year, month, day)
    except ValueError:
        kept = date(today.year, month, day - 1)
    return kept == today


def months_later(day: date, months: int) -> date:
    """The same day so many months later, clamped to the month's last: 31 January and a month is 28 or 29 February."""
    year, month = divmod(day.year * DECEMBER + day.month - 1 + months, DECEMBER)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
