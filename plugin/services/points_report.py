"""Points per customer per month and in total, for any window of whole months or days of the shop.

Entries count on the day they were recorded, so a month that is over keeps its figures, whatever is refunded later: that counts
in the month of the refund.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, cast
from zoneinfo import ZoneInfo

from plugin.db import Database, Session, reports, shops
from plugin.db.reports import MEASURES, Sums
from plugin.loyalty import days

__all__ = [
    "LONGEST_DAYS",
    "MEASURES",
    "Line",
    "Measure",
    "Report",
    "Sums",
    "Window",
    "every_line",
    "measure_of",
    "of_window",
    "window_of",
]

Measure = Literal["given", "redeemed", "taken", "expired", "moved"]

LONGEST_DAYS: Final = 366 * 3
"""The longest window of one report."""

A_SLICE: Final = 1_000
"""Accounts that an export reads at a time."""


@dataclass(frozen=True, slots=True)
class Window:
    """Days of the shop, both included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def since(self) -> datetime:
        """When it begins."""
        return days.begin_of(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """When it is over."""
        return days.begin_of(self.last + timedelta(days=1), self.zone)

    @property
    def months(self) -> list[date]:
        """The first days of the months it touches."""
        found = [self.first.replace(day=1)]
        while (following := (found[-1] + timedelta(days=32)).replace(day=1)) <= self.last:
            found.append(following)
        return found


@dataclass(frozen=True, slots=True)
class Line:
    """One account's points: in all, and by the first day of each month in which any moved."""

    member_id: int
    total: Sums
    months: dict[date, Sums]


@dataclass(frozen=True, slots=True)
class Report:
    """A window: `months` as (first day, accounts concerned, sums), and a page of `lines`. `has_more` says whether more follow."""

    window: Window
    months: list[tuple[date, int, Sums]]
    accounts: int
    total: Sums
    lines: list[Line]
    has_more: bool


def window_of(session: Session, first: date, last: date) -> Window:
    """That window in the shop's time zone."""
    return Window(first, last, days.zone_of(shops.details(session).timezone))


def of_window(
    session: Session, window: Window, *, measure: Measure = "given", start: int = 0, limit: int = 50
) -> Report:
    """Sums by month and in all, and the accounts with the most of that measure, from the `start`-th on."""
    found = reports.of_window(
        session,
        since=window.since,
        until=window.until,
        zone=str(window.zone),
        measure=measure,
        start=start,
        limit=limit + 1,
    )
    months: dict[int, dict[date, Sums]] = {member_id: {} for member_id, _ in found.lines}
    for member_id, month, sums in found.by_month:
        months[member_id][month] = sums
    accounts, total = found.total
    return Report(
        window,
        found.months,
        accounts,
        total,
        [Line(member_id, sums, months[member_id]) for member_id, sums in found.lines[:limit]],
        has_more=len(found.lines) > limit,
    )


def every_line(database: Database, shop_id: int, window: Window) -> Iterator[tuple[int, int | None, str, date, Sums]]:
    """(account, customer id, kind, month, sums) of every account and month in which points moved, slice by slice."""
    after = 0
    while True:
        with database.transaction(shop_id) as session:
            slice_ = reports.members_after(session, after, limit=A_SLICE)
            known = {member_id: (customer_id, kind) for member_id, customer_id, kind in slice_}
            found = reports.by_member_and_month(
                session, list(known), since=window.since, until=window.until, zone=str(window.zone)
            )
        for member_id, month, sums in found:
            yield member_id, *known[member_id], month, sums
        if len(slice_) < A_SLICE:
            return
        after = slice_[-1][0]


def measure_of(text: str) -> Measure:
    """The measure that a form names; "given" for anything else."""
    return cast("Measure", text) if text in MEASURES else "given"
