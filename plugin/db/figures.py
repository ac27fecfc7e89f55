"""A shop's figures by the day, and what waits for its staff: a few statements over the tables that are there anyway.

Days are those of the shop's calendar; a window is (`start`, `middle`, `end`), the days of interest and as many before them.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from plugin.db.outbox import NEVER
from plugin.db.session import Session
from plugin.loyalty.ledger import Move


class DayRow(NamedTuple):
    """One day's points: given, redeemed (less what was returned), taken back, lapsed (less what came back)."""

    day: date
    given: int
    redeemed: int
    taken: int
    expired: int


class SalesRow(NamedTuple):
    """Orders that used a reward, and orders of friends, before and in the days of interest: how many, and their totals."""

    orders: int
    sales: Decimal
    orders_before: int
    sales_before: Decimal


class ReturningRow(NamedTuple):
    """Who bought in a window: those with points and those without, and how many of each had bought before."""

    members: int
    members_again: int
    others: int
    others_again: int


class AttentionRow(NamedTuple):
    """What waits for somebody, by its number."""

    orders: int
    codes: int
    reviews: int
    tasks: int
    requests: int


def days(session: Session, *, start: datetime, end: datetime, zone: str) -> list[DayRow]:
    """The days of a window on which points moved, oldest first."""
    return [
        DayRow(*row)
        for row in session.sql(
            """
            SELECT (recorded_at AT TIME ZONE %(zone)s)::date AS day,
              coalesce(sum(points) FILTER (WHERE move = ANY(%(given)s::int[])), 0)::bigint,
              (coalesce(sum(points) FILTER (WHERE move = ANY(%(redeemed)s::int[])), 0)
               - coalesce(sum(points) FILTER (WHERE move = ANY(%(returned)s::int[])), 0))::bigint,
              coalesce(sum(points) FILTER (WHERE move = ANY(%(taken)s::int[])), 0)::bigint,
              (coalesce(sum(points) FILTER (WHERE move = ANY(%(expired)s::int[])), 0)
               - coalesce(sum(points) FILTER (WHERE move = ANY(%(unexpired)s::int[])), 0))::bigint
            FROM entries
            WHERE shop_id = %(shop)s AND recorded_at >= %(start)s AND recorded_at < %(end)s
              AND date_trunc('hour', recorded_at AT TIME ZONE 'UTC') >= date_trunc('hour', %(start)s::timestamptz AT TIME ZONE 'UTC')
              AND date_trunc('hour', recorded_at AT TIME ZONE 'UTC') <= date_trunc('hour', %(end)s::timestamptz AT TIME ZONE 'UTC')
            GROUP BY day ORDER BY day
            """,
            named={"shop": session.shop_id, "start": start, "end": end, "zone": zone, **_MOVES},
        )
    ]


def sales(session: Session, *, start: datetime, middle: datetime, end: datetime) -> tuple[SalesRow, SalesRow]:
    """(orders that used a reward, by when it was used; first orders of friends, by when they were placed).

    Friends who were found to be none are left out. The total is read out of the facts' text, where only the order itself has one: to
    read all of a row's JSON takes four times as long.
    """
    rows = session.sql(
        """
        WITH which (kind, order_id, at) AS (
          SELECT 'influenced', order_id, min(closed_at) FROM redemptions
          WHERE shop_id = %(shop)s AND state = 'used' AND order_id IS NOT NULL AND closed_at >= %(start)s AND closed_at < %(end)s
          GROUP BY order_id
          UNION ALL
          SELECT 'referred', order_id, min(ordered_at) FROM referrals
          WHERE shop_id = %(shop)s AND state IN ('ordered', 'review', 'holding') AND order_id IS NOT NULL
            AND ordered_at >= %(start)s AND ordered_at < %(end)s
          GROUP BY order_id
        )
        SELECT kind, count(*) FILTER (WHERE at >= %(middle)s), coalesce(sum(total) FILTER (WHERE at >= %(middle)s), 0),
               count(*) FILTER (WHERE at < %(middle)s), coalesce(sum(total) FILTER (WHERE at < %(middle)s), 0)
        FROM (SELECT kind, at, substring(convert_from(o.facts, 'UTF8') FROM '"total":"([0-9.]+)"')::numeric AS total
              FROM which JOIN orders o ON o.shop_id = %(shop)s AND o.id = which.order_id) found
        GROUP BY kind
        """,
        named={"shop": session.shop_id, "start": start, "middle": middle, "end": end},
    )
    found = {kind: SalesRow(*figures) for kind, *figures in rows}
    return found.get("influenced", _NO_SALES), found.get("referred", _NO_SALES)


def returning(session: Session, *, start: datetime, end: datetime) -> ReturningRow:
    """Customers with a paid order in the window. An order from before the app was installed is not known here."""
    [row] = session.sql(
        """
        WITH buyers AS (
          SELECT member_id, min(processed_at) AS first_at, count(*) AS orders FROM orders
          WHERE shop_id = %(shop)s AND is_paid AND processed_at >= %(start)s AND processed_at < %(end)s AND member_id IS NOT NULL
          GROUP BY member_id
        ), known AS (
          SELECT b.orders > 1 OR EXISTS (
            SELECT 1 FROM orders o WHERE o.shop_id = %(shop)s AND o.member_id = b.member_id AND o.processed_at < b.first_at AND o.is_paid
          ) AS is_again, m.seq > 0 AS is_member
          FROM buyers b JOIN members m ON m.shop_id = %(shop)s AND m.id = b.member_id
        )
        SELECT count(*) FILTER (WHERE is_member), count(*) FILTER (WHERE is_member AND is_again),
               count(*) FILTER (WHERE NOT is_member), count(*) FILTER (WHERE NOT is_member AND is_again) FROM known
        """,
        named={"shop": session.shop_id, "start": start, "end": end},
    )
    return ReturningRow(*row)


def attention(session: Session, *, attempts: int) -> AttentionRow:
    """What waits; a duty counts once it was tried `attempts` times or says why it cannot be done."""
    [row] = session.sql(
        """
        SELECT
          (SELECT count(*) FROM inbox WHERE shop_id = %(shop)s AND set_aside_at IS NOT NULL),
          (SELECT count(*) FROM outbox
           WHERE shop_id = %(shop)s AND (attempts >= %(attempts)s OR next_try_at = %(never)s) AND reason IS NOT NULL),
          (SELECT count(*) FROM referrals WHERE shop_id = %(shop)s AND state = 'review'),
          (SELECT count(*) FROM tasks WHERE shop_id = %(shop)s AND state = 'open'),
          (SELECT count(*) FROM privacy_requests WHERE shop_id = %(shop)s AND done_at IS NULL)
        """,
        named={"shop": session.shop_id, "attempts": attempts, "never": NEVER},
    )
    return AttentionRow(*row)


def last_order_at(session: Session) -> datetime | None:
    """When the newest order that we know of was placed."""
    [(at,)] = session.sql(
        "SELECT max(processed_at) FROM orders WHERE shop_id = %s AND is_paid",
        session.shop_id,
    )
    return at  # type: ignore[no-any-return]


_NO_SALES: Final = SalesRow(0, Decimal(0), 0, Decimal(0))
_MOVES: Final = {
    "given": [Move.ACCRUE_PENDING, Move.ACCRUE, Move.ADJUST_UP],
    "redeemed": [Move.CAPTURE, Move.RECAPTURE],
    "returned": [Move.RESTORE],
    "taken": [Move.CLAW_BACK_PENDING, Move.CLAW_BACK, Move.CLAW_BACK_EXPIRED, Move.ADJUST_DOWN],
    "expired": [Move.EXPIRE],
    "unexpired": [Move.RESTORE_EXPIRED, Move.CLAW_BACK_EXPIRED],
}
