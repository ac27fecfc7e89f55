"""The rows of rehearsals, and the shop's orders as a stream, member by member, for whoever judges all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg

from plugin.db.session import DatabaseUnavailable, Session
from plugin.db.tables import RehearsalRow

FETCHED_AT_ONCE = 2000
KEPT = 50
"""How many rehearsals a shop keeps; older ones go when another is asked for."""


class PastOrder(NamedTuple):
    """One order as the stream gives it.

    `member_id` is below zero for a customer who is no member yet; what is not `is_in_books` was read from Shopify.
    """

    id: int
    member_id: int
    facts: bytes
    pins: bytes | None
    posted: bytes | None
    version: int | None
    joined_at: datetime | None
    is_in_books: bool


class PastReferral(NamedTuple):
    """One friend's order, and what is known of their referral: `signals` spoke against it when it was looked at (`is_checked`).

    `has_earlier` is true when the friend had paid for an order before, `bought_before` when Shopify said so.
    """

    order_id: int
    advocate_id: int
    friend_id: int
    facts: bytes
    pins: bytes | None
    placed_at: datetime
    joined_at: datetime | None
    has_earlier: bool
    bought_before: bool
    reason: str | None
    decision: str | None
    signals: list[str]
    is_checked: bool


def add(session: Session, row: RehearsalRow) -> None:
    """A rehearsal was asked for; the oldest beyond KEPT are forgotten."""
    session.add(row)
    session.flush()
    session.sql(
        """
        DELETE FROM rehearsals WHERE shop_id = %s AND id IN (
          SELECT id FROM rehearsals WHERE shop_id = %s ORDER BY asked_at DESC, id OFFSET %s)
        """,
        session.shop_id,
        session.shop_id,
        KEPT,
    )


def find(session: Session, rehearsal_id: UUID) -> RehearsalRow | None:
    """One rehearsal as it stands now."""
    return session.get(RehearsalRow, (session.shop_id, rehearsal_id), populate_existing=True)


def begin(session: Session, rehearsal_id: UUID, *, now: datetime, abandoned_before: datetime) -> bool:
    """Be the one who does it; False when somebody else is at it (and was since `abandoned_before`) or it is done."""
    rows = session.sql(
        """
        UPDATE rehearsals SET state = 'running', touched_at = %s, done = 0, total = NULL
        WHERE shop_id = %s AND id = %s AND (state = 'asked' OR (state = 'running' AND touched_at < %s)) RETURNING id
        """,
        now,
        session.shop_id,
        rehearsal_id,
        abandoned_before,
    )
    return bool(rows)


def set_total(session: Session, rehearsal_id: UUID, total: int) -> None:
    """So many orders will be judged."""
    session.sql("UPDATE rehearsals SET total = %s WHERE shop_id = %s AND id = %s", total, session.shop_id, rehearsal_id)


def note_progress(session: Session, rehearsal_id: UUID, more: int, *, now: datetime | None) -> None:
    """So many more are judged, at `now` where somebody says so."""
    session.sql(
        "UPDATE rehearsals SET done = done + %s, touched_at = coalesce(%s::timestamptz, touched_at) WHERE shop_id = %s AND id = %s",
        more,
        now,
        session.shop_id,
        rehearsal_id,
    )


def put_back(session: Session, rehearsal_id: UUID) -> None:
    """It could not be done now; whoever comes next begins anew."""
    session.sql(
        "UPDATE rehearsals SET state = 'asked', done = 0 WHERE shop_id = %s AND id = %s", session.shop_id, rehearsal_id
    )


def finish(session: Session, rehearsal_id: UUID, *, outcome: dict[str, Any], now: datetime) -> None:
    """It is over; what was read from Shopify for it is forgotten."""
    row = session.get_one(RehearsalRow, (session.shop_id, rehearsal_id), populate_existing=True)
    row.state, row.outcome = "done", outcome
    row.done = row.total or 0
    row.finished_at = row.touched_at = now
    session.flush()
    forget_unseen(session, rehearsal_id)


def add_unseen(session: Session, rehearsal_id: UUID, orders: Sequence[tuple[int, int, datetime, bytes]]) -> None:
    """Keep (id, customer, processed at, facts) of orders that are not in the books, until the rehearsal is over."""
    session.sql(
        """
        INSERT INTO rehearsal_orders (shop_id, rehearsal_id, id, customer_id, processed_at, facts)
        SELECT %s, %s, v.* FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::bytea[]) v (id, customer_id, processed_at, facts)
        WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.shop_id = %s AND o.id = v.id)
        ON CONFLICT DO NOTHING
        """,
        session.shop_id,
        rehearsal_id,
        *(list(column) for column in zip(*orders, strict=True)),
        session.shop_id,
    )


def forget_unseen(session: Session, rehearsal_id: UUID) -> None:
    """What was read from Shopify for this rehearsal is gone."""
    session.sql("DELETE FROM rehearsal_orders WHERE shop_id = %s AND rehearsal_id = %s", session.shop_id, rehearsal_id)


def count(session: Session, rehearsal_id: UUID, *, since: datetime | None, until: datetime) -> int:
    """How many orders the stream will give."""
    [(found,)] = session.sql(
        """
        SELECT (SELECT count(*) FROM orders WHERE shop_id = %s AND member_id IS NOT NULL
                  AND processed_at >= coalesce(%s::timestamptz, '-infinity') AND processed_at < %s)
             + (SELECT count(*) FROM rehearsal_orders WHERE shop_id = %s AND rehearsal_id = %s)
        """,
        session.shop_id,
        since,
        until,
        session.shop_id,
        rehearsal_id,
    )
    return int(found)


def outstanding(session: Session) -> int:
    """The points that members of the shop have, wherever they are."""
    [(found,)] = session.sql(
        "SELECT coalesce(sum(pending + available + held), 0)::bigint FROM members WHERE shop_id = %s", session.shop_id
    )
    return int(found)


def stay(session: Session) -> None:
    """Whoever shares this transaction's snapshot may take longer than it does: it is not ended for being idle."""
    session.sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def stream(
    session: Session,
    rehearsal_id: UUID,
    *,
    since: datetime | None,
    until: datetime,
    part: int,
    parts: int,
    by_member: bool,
) -> Iterator[PastOrder]:
    """Orders of members, each member's as they were placed, one member after the other; or all as they were placed.

    `part` of `parts` has every `parts`-th member. Rows come from a cursor at the server, so that memory stays flat.
    """
    values = {
        "shop": session.shop_id,
        "rehearsal": rehearsal_id,
        "since": since,
        "until": until,
        "part": part,
        "parts": parts,
    }
    for row in _streamed(session, "rehearsal", _BY_MEMBER if by_member else _BY_PLACE, values):
        yield PastOrder._make(row)


def referrals(session: Session, *, since: datetime | None, until: datetime) -> Iterator[PastReferral]:
    """The referrals whose friend's order was placed then, advocate by advocate, as the orders were placed."""
    values = {"shop": session.shop_id, "since": since, "until": until}
    for row in _streamed(session, "referrals", _REFERRALS, values):
        yield PastReferral._make(row)


def _streamed(session: Session, name: str, statement: LiteralString, values: dict[str, Any]) -> Iterator[Any]:
    with session.raw.cursor(name) as cursor:
        cursor.itersize = FETCHED_AT_ONCE
        try:
            cursor.execute(statement, values, binary=True)
            yield from cursor
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise DatabaseUnavailable("a stream", None, error) from error


_ORDERS = """
SELECT id, member_id, facts, pins, posted, version, joined_at, is_in_books FROM (
  SELECT o.id, o.member_id, o.facts, o.pins, o.posted, o.program_version AS version, m.joined_at, true AS is_in_books, o.processed_at
  FROM orders o JOIN members m ON m.shop_id = o.shop_id AND m.id = o.member_id
  WHERE o.shop_id = %(shop)s AND o.processed_at >= coalesce(%(since)s::timestamptz, '-infinity') AND o.processed_at < %(until)s
  UNION ALL
  SELECT r.id, coalesce(m.merged_into, m.id, -r.customer_id), r.facts, NULL, NULL, NULL, m.joined_at, false, r.processed_at
  FROM rehearsal_orders r LEFT JOIN members m ON m.shop_id = r.shop_id AND m.customer_id = r.customer_id
  WHERE r.shop_id = %(shop)s AND r.rehearsal_id = %(rehearsal)s
) all_orders WHERE mod(abs(member_id), %(parts)s) = %(part)s
"""
_BY_MEMBER = _ORDERS + "ORDER BY member_id, processed_at, id"
_BY_PLACE = _ORDERS + "ORDER BY processed_at, id"
_REFERRALS = """
SELECT id, advocate_id, member_id, facts, pins, processed_at, joined_at, has_earlier, bought_before, reason, decision, signals, is_checked
FROM (
  SELECT DISTINCT ON (o.id) o.id, coalesce(a.merged_into, a.id) AS advocate_id, o.member_id, o.facts, o.pins, o.processed_at, f.joined_at,
    EXISTS (SELECT FROM orders e WHERE e.shop_id = o.shop_id AND e.member_id = o.member_id AND e.is_paid
            AND (e.processed_at, e.id) < (o.processed_at, o.id)) AS has_earlier,
    r.bought_before, r.reason, r.decision, r.signals, r.checked_at IS NOT NULL AS is_checked
  FROM referrals r JOIN orders o ON o.shop_id = r.shop_id AND o.id = r.order_id
  JOIN members f ON f.shop_id = o.shop_id AND f.id = o.member_id
  JOIN members a ON a.shop_id = r.shop_id AND a.id = r.advocate_id
  WHERE r.shop_id = %(shop)s AND o.processed_at >= coalesce(%(since)s::timestamptz, '-infinity') AND o.processed_at < %(until)s
  ORDER BY o.id, r.state = 'void', r.claimed_at, r.id
) found ORDER BY advocate_id, processed_at, id
"""
