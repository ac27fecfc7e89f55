"""Points per customer and month: sums over the entries of a window, by the day on which they were recorded.

What is recorded never changes, so a month that is over has the same figures for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, LiteralString, NamedTuple

from plugin.db.session import Session
from plugin.loyalty.ledger import Move

MEASURES: Final = ("given", "redeemed", "taken", "expired", "moved")
"""The columns of a sum, in this order. All of them together (given less the middle three, plus moved) are the change of a balance."""


WORK_MEMORY: Final = "64MB"
"""What one reading may use for its groups, which are as many as accounts and months, before it writes them to disk."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Points that moved. `taken` is what refunds and staff took back, `moved` what came from other accounts less what went to them.

    Returned rewards lower `redeemed`, reinstated points lower `expired`; both can be negative in a month.
    """

    given: int = 0
    redeemed: int = 0
    taken: int = 0
    expired: int = 0
    moved: int = 0

    @property
    def change(self) -> int:
        """What balances (pending, available and reserved together) grew by."""
        return self.given - self.redeemed - self.taken - self.expired + self.moved


class Report(NamedTuple):
    """`total` and `months` as (accounts concerned, sums); `lines` as (account, sums), `by_month` of those as (account, month, sums)."""

    total: tuple[int, Sums]
    months: list[tuple[date, int, Sums]]
    lines: list[tuple[int, Sums]]
    by_month: list[tuple[int, date, Sums]]


def of_window(
    session: Session, *, since: datetime, until: datetime, zone: str, measure: str, start: int, limit: int
) -> Report:
    """A window in one reading; lines with the most of that measure first, from the `start`-th on. Months are those of that time zone."""
    named = _window(session, since, until) | {"zone": zone, "start": start, "limit": limit}
    named["order"] = MEASURES.index(measure) + 1
    session.sql("SELECT set_config('work_mem', %s, true)", WORK_MEMORY)
    report = Report((0, Sums()), [], [], [])
    total = report.total
    for what, month, member_id, accounts, *sums in session.sql(_REPORT, named=named):
        if what == _IN_ALL:
            total = (accounts, Sums(*sums))
        elif what == _A_MONTH:
            report.months.append((month, accounts, Sums(*sums)))
        elif what == _A_LINE:
            report.lines.append((member_id, Sums(*sums)))
        else:
            report.by_month.append((member_id, month, Sums(*sums)))
    return report._replace(total=total)


def by_member_and_month(
    session: Session, member_ids: Sequence[int], *, since: datetime, until: datetime, zone: str
) -> list[tuple[int, date, Sums]]:
    """(account, first day of the month, sums) of those accounts in a window, by account and month."""
    named = _window(session, since, until) | {"zone": zone, "members": list(member_ids)}
    return [(row[0], row[1], Sums(*row[2:])) for row in session.sql(_BY_MEMBER_AND_MONTH, named=named)]


def members_after(session: Session, member_id: int, *, limit: int) -> list[tuple[int, int | None, str]]:
    """(account, customer id, kind) of the accounts with greater ids, in the order of ids."""
    return session.sql(
        "SELECT id, customer_id, kind FROM members WHERE shop_id = %s AND id > %s ORDER BY id LIMIT %s",
        session.shop_id,
        member_id,
        limit,
    )


def _window(session: Session, since: datetime, until: datetime) -> dict[str, Any]:
    hours = {"first_hour": int(since.timestamp() // 3600), "last_hour": int(until.timestamp() // 3600)}
    return {"shop": session.shop_id, "since": since, "until": until, **hours, **_MOVES}


_MOVES: Final[dict[str, Any]] = {
    "given": [Move.ACCRUE_PENDING, Move.ACCRUE, Move.ADJUST_UP],
    "redeemed": [Move.CAPTURE, Move.RECAPTURE],
    "returned": [Move.RESTORE],
    "taken": [Move.CLAW_BACK_PENDING, Move.CLAW_BACK, Move.CLAW_BACK_EXPIRED, Move.ADJUST_DOWN],
    "expired": [Move.EXPIRE],
    "unexpired": [Move.RESTORE_EXPIRED, Move.CLAW_BACK_EXPIRED],
    "came": [Move.TRANSFER_PENDING_IN, Move.TRANSFER_IN, Move.TRANSFER_HELD_IN],
    "went": [Move.TRANSFER_PENDING_OUT, Move.TRANSFER_OUT, Move.TRANSFER_HELD_OUT],
}
"""Which movements count for what. A point of which a refund took the expired remains leaves `expired` for `taken`."""

_SUMS: Final = """
  coalesce(sum(CASE WHEN move = ANY(%(given)s::int[]) THEN points END), 0)::bigint,
  coalesce(sum(CASE WHEN move = ANY(%(redeemed)s::int[]) THEN points WHEN move = ANY(%(returned)s::int[]) THEN -points END), 0)::bigint,
  coalesce(sum(CASE WHEN move = ANY(%(taken)s::int[]) THEN points END), 0)::bigint,
  coalesce(sum(CASE WHEN move = ANY(%(expired)s::int[]) THEN points WHEN move = ANY(%(unexpired)s::int[]) THEN -points END), 0)::bigint,
  coalesce(sum(CASE WHEN move = ANY(%(came)s::int[]) THEN points WHEN move = ANY(%(went)s::int[]) THEN -points END), 0)::bigint
"""
_IN_WINDOW: Final = """
  FROM entries
  WHERE shop_id = %(shop)s AND recorded_at >= %(since)s AND recorded_at < %(until)s
    AND recorded_hour BETWEEN %(first_hour)s::int AND %(last_hour)s::int
"""
_MONTH: Final = "date_trunc('month', recorded_at AT TIME ZONE %(zone)s)::date"

_IN_ALL, _A_MONTH, _A_LINE, _A_MONTH_OF_LINE = range(4)
_ADDED: Final = """
  sum(given)::bigint, sum(redeemed)::bigint, sum(taken)::bigint, sum(expired)::bigint, sum(moved)::bigint
"""
_REPORT: Final[LiteralString] = (
    "WITH sums (member_id, month, given, redeemed, taken, expired, moved) AS MATERIALIZED (SELECT member_id, "  # noqa: S608 - made of constants
    + _MONTH + " AS month," + _SUMS + _IN_WINDOW + " GROUP BY member_id, month"
    "), ranked (member_id, given, redeemed, taken, expired, moved) AS (SELECT member_id," + _ADDED + "FROM sums GROUP BY member_id"
    """
    ), lines AS MATERIALIZED (
      SELECT *, row_number() OVER (ORDER BY (ARRAY[given, redeemed, taken, expired, moved])[%(order)s] DESC, member_id) AS rank
      FROM ranked ORDER BY rank OFFSET %(start)s LIMIT %(limit)s
    )
    SELECT what, month, member_id, accounts, given, redeemed, taken, expired, moved FROM (
      SELECT 0 AS what, NULL::date AS month, NULL::bigint AS member_id, count(DISTINCT member_id) AS accounts, 0 AS rank,
             coalesce(sum(given), 0)::bigint AS given, coalesce(sum(redeemed), 0)::bigint AS redeemed,
             coalesce(sum(taken), 0)::bigint AS taken, coalesce(sum(expired), 0)::bigint AS expired,
             coalesce(sum(moved), 0)::bigint AS moved FROM sums
      UNION ALL SELECT 1, month, NULL, count(*), 0,""" + _ADDED + """FROM sums GROUP BY month
      UNION ALL SELECT 2, NULL, member_id, 1, rank, given, redeemed, taken, expired, moved FROM lines
      UNION ALL SELECT 3, s.month, s.member_id, 1, l.rank, s.given, s.redeemed, s.taken, s.expired, s.moved
                FROM sums s JOIN lines l USING (member_id)
    ) found ORDER BY what, rank, month
    """
)  # fmt: skip
_BY_MEMBER_AND_MONTH: Final[LiteralString] = (
    "SELECT member_id, " + _MONTH + " AS month," + _SUMS  # noqa: S608 - made of constants
    + """ FROM entries WHERE shop_id = %(shop)s AND member_id = ANY(%(members)s) AND recorded_at >= %(since)s AND recorded_at < %(until)s
    GROUP BY member_id, month ORDER BY member_id, month"""
)  # fmt: skip
