"""How the program does: the last 30 days beside the 30 before, and what waits for somebody.

Days are those of the shop's calendar, today included, so that the figures and the chart under them say the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from plugin.db import Session, shops
from plugin.db import figures as figure_rows
from plugin.db import members as member_rows
from plugin.db.figures import AttentionRow, DayRow, SalesRow
from plugin.loyalty.days import zone_of
from plugin.services.health import STUCK_AFTER_ATTEMPTS

DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Figures:
    """Points of all members together, as of their last posting, and how many members came since an instant."""

    members: int
    joined_since: int
    available: int
    pending: int
    held: int

    @property
    def outstanding(self) -> int:
        """Points that members could still spend, now or later."""
        return self.available + self.pending + self.held


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the shop's calendar: points given, and redeemed less what was returned."""

    on: date
    given: int
    redeemed: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A figure of the last 30 days (or as it stands now), and of the 30 before (or as it stood then). None: there is none."""

    now: Decimal | None
    before: Decimal | None

    @property
    def change(self) -> Decimal | None:
        """By how many per cent it grew; None where nothing can be compared."""
        if self.now is None or not self.before:
            return None
        return (self.now - self.before) * 100 / self.before


@dataclass(frozen=True, slots=True)
class Month:
    """The first page's figures. Rates are per cent, sales in the shop's currency, `outstanding` counts what members hold."""

    members: Pair
    given: Pair
    redeemed: Pair
    outstanding: Pair
    redemption_rate: Pair
    influenced_orders: Pair
    influenced_sales: Pair
    referred_orders: Pair
    referred_sales: Pair
    members_again: Pair
    others_again: Pair
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Attention:
    """What waits for somebody, by its number; `drift` are orders whose points differed from Shopify."""

    orders: int
    codes: int
    reviews: int
    tasks: int
    requests: int
    drift: int
    is_spending_stopped: bool
    is_currency_changed: bool


def since(session: Session, *, start: datetime) -> Figures:
    """The session's shop: balances now, members who came from `start` on."""
    return Figures(*member_rows.totals(session, joined_since=start))


def month(session: Session, *, now: datetime) -> Month:
    """The last 30 days of the session's shop, today included, beside the 30 before."""
    zone_name = shops.details(session).timezone
    zone = zone_of(zone_name)
    today = now.astimezone(zone).date()
    first = today - timedelta(days=DAYS - 1)
    middle = datetime.combine(first, time.min, zone)
    start = datetime.combine(first - timedelta(days=DAYS), time.min, zone)
    end = now + timedelta(seconds=1)  # what is booked in this second counts

    totals = since(session, start=middle)
    rows = figure_rows.days(session, start=start, end=end, zone=str(zone))
    late, early = [row for row in rows if row.day >= first], [row for row in rows if row.day < first]
    influenced, referred = figure_rows.sales(session, start=start, middle=middle, end=end)
    again = figure_rows.returning(session, start=middle, end=end)
    again_before = figure_rows.returning(session, start=start, end=middle)

    return Month(
        members=_pair(totals.members, totals.members - totals.joined_since),
        given=_sums(late, early, lambda row: row.given),
        redeemed=_sums(late, early, lambda row: row.redeemed),
        outstanding=_pair(totals.outstanding, totals.outstanding - sum(_flow(row) for row in late)),
        redemption_rate=Pair(_redemption_rate(late), _redemption_rate(early)),
        **_sales_pairs("influenced", influenced),
        **_sales_pairs("referred", referred),
        members_again=Pair(
            _per_cent(again.members_again, again.members),
            _per_cent(again_before.members_again, again_before.members),
        ),
        others_again=Pair(
            _per_cent(again.others_again, again.others), _per_cent(again_before.others_again, again_before.others)
        ),
        days=_filled(late, first, today),
    )


def attention(session: Session) -> Attention:
    """What waits for somebody in the session's shop."""
    details = shops.details(session)
    found: AttentionRow = figure_rows.attention(session, attempts=STUCK_AFTER_ATTEMPTS)
    return Attention(
        *found,
        drift=details.drift,
        is_spending_stopped=details.spending_stopped_at is not None,
        is_currency_changed=details.currency_before is not None,
    )


def last_order_at(session: Session) -> datetime | None:
    """When the newest paid order that we know of was placed."""
    return figure_rows.last_order_at(session)


def _pair(now: int | Decimal, before: int | Decimal) -> Pair:
    return Pair(Decimal(now), Decimal(before))


def _sums(late: list[DayRow], early: list[DayRow], of: Callable[[DayRow], int]) -> Pair:
    return _pair(sum(map(of, late)), sum(map(of, early)))


def _sales_pairs(name: str, row: SalesRow) -> dict[str, Pair]:
    return {f"{name}_orders": _pair(row.orders, row.orders_before), f"{name}_sales": _pair(row.sales, row.sales_before)}


def _flow(row: DayRow) -> int:
    """By how much a day changed what members hold."""
    return row.given - row.redeemed - row.taken - row.expired


def _redemption_rate(rows: list[DayRow]) -> Decimal | None:
    return _per_cent(sum(row.redeemed for row in rows), sum(row.given for row in rows))


def _per_cent(part: int, whole: int) -> Decimal | None:
    return Decimal(part) * 100 / whole if whole > 0 else None


def _filled(rows: list[DayRow], first: date, last: date) -> tuple[Day, ...]:
    known = {row.day: row for row in rows}
    found = []
    for offset in range((last - first).days + 1):
        on = first + timedelta(days=offset)
        row = known.get(on)
        found.append(Day(on, row.given if row else 0, row.redeemed if row else 0))
    return tuple(found)
