"""The entries, to be read: a member's, with what staff typed, and an order's. plugin.db.journal writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from plugin.db.session import Session
from plugin.db.tables import EntryRow
from plugin.loyalty.ledger import Move


class Noted(NamedTuple):
    """An entry, and what staff typed beside it."""

    member_id: int
    seq: int
    move: int
    points: int
    reason: int
    order_id: int | None
    redemption_id: UUID | None
    subject_id: int | None
    amount: Decimal | None
    program_version: int
    occurred_at: datetime
    recorded_at: datetime
    pending: int
    available: int
    held: int
    words: str | None
    author: str | None
    shown: str | None


_NOTED: Final = """
SELECT e.member_id, e.seq, e.move, e.points, e.reason, e.order_id, e.redemption_id, e.subject_id, e.amount, e.program_version,
       e.occurred_at, e.recorded_at, e.pending, e.available, e.held, n.words, n.author, n.shown
FROM entries e LEFT JOIN notes n ON n.shop_id = e.shop_id AND n.member_id = e.member_id AND n.seq = e.seq
WHERE e.shop_id = %s AND e.member_id = %s
"""


def of_member(session: Session, member_id: int, *, before: int | None, limit: int) -> list[Noted]:
    """The member's entries, newest first; those with `seq` below `before` when it is given."""
    rows = session.sql(
        f"{_NOTED} AND e.seq < coalesce(%s, 2147483647) ORDER BY e.seq DESC LIMIT %s",
        session.shop_id,
        member_id,
        before,
        limit,
    )
    return [Noted(*row) for row in rows]


def some(session: Session, member_id: int, seqs: Sequence[int]) -> list[Noted]:
    """The member's entries of those numbers, newest first."""
    rows = session.sql(f"{_NOTED} AND e.seq = ANY(%s) ORDER BY e.seq DESC", session.shop_id, member_id, list(seqs))
    return [Noted(*row) for row in rows]


def of_order(session: Session, order_id: int, *, keys: tuple[UUID, UUID]) -> list[EntryRow]:
    """The order's entries in the order they were recorded; `keys` are the first and last key an entry of it can have."""
    return list(
        session.query(EntryRow)
        .filter(EntryRow.shop_id == session.shop_id, EntryRow.key.between(*keys), EntryRow.order_id == order_id)
        .order_by(EntryRow.recorded_at, EntryRow.member_id, EntryRow.seq)
    )


def available_at(session: Session, member_id: int, *, order_id: int) -> datetime | None:
    """When the last of what the member earned with that order can be spent."""
    [(at,)] = session.sql(
        "SELECT max(available_at) FROM lots WHERE shop_id = %s AND member_id = %s AND order_id = %s",
        session.shop_id,
        member_id,
        order_id,
    )
    found: datetime | None = at
    return found


def came_and_went(
    session: Session, member_ids: Sequence[int], *, since: datetime, until: datetime
) -> dict[int, tuple[int, int, int]]:
    """Member -> (points that came in from `since` to `until`, points that were spent in that time, available at its end).

    What was taken back of what came counts against it, and what came back of what was spent against that. Members without a
    movement in that time are left out.
    """
    rows = session.sql(
        """
        SELECT member_id,
          (coalesce(sum(points) FILTER (WHERE move = ANY(%s)), 0) - coalesce(sum(points) FILTER (WHERE move = ANY(%s)), 0))::bigint,
          (coalesce(sum(points) FILTER (WHERE move = ANY(%s)), 0) - coalesce(sum(points) FILTER (WHERE move = ANY(%s)), 0))::bigint,
          (array_agg(available ORDER BY seq DESC))[1]
        FROM entries WHERE shop_id = %s AND member_id = ANY(%s) AND recorded_at >= %s AND recorded_at < %s
        GROUP BY member_id
        """,
        [Move.ACCRUE_PENDING, Move.ACCRUE, Move.ADJUST_UP, Move.TRANSFER_IN, Move.TRANSFER_PENDING_IN],
        [Move.CLAW_BACK_PENDING, Move.CLAW_BACK, Move.CLAW_BACK_EXPIRED, Move.ADJUST_DOWN],
        [Move.HOLD, Move.RECAPTURE, Move.TRANSFER_OUT, Move.TRANSFER_PENDING_OUT],
        [Move.RELEASE, Move.RESTORE],
        session.shop_id,
        list(member_ids),
        since,
        until,
    )
    return {member_id: (came, went, left) for member_id, came, went, left in rows}


def add_note(session: Session, *, member_id: int, seq: int, author: str, words: str, shown: str | None = None) -> None:
    """What `author` typed beside the member's entry of that number; the member reads `shown`."""
    add_notes(session, [(member_id, seq)], author=author, words=words, shown=shown)


def add_notes(
    session: Session, entries: Sequence[tuple[int, int]], *, author: str, words: str, shown: str | None = None
) -> None:
    """The same beside many entries, each (member id, number)."""
    session.sql(
        """
        INSERT INTO notes (shop_id, member_id, seq, author, words, shown)
        SELECT %s, v.member_id, v.seq, %s, %s, %s FROM unnest(%s::bigint[], %s::int[]) v (member_id, seq)
        """,
        session.shop_id,
        author,
        words,
        shown,
        [member_id for member_id, _ in entries],
        [seq for _, seq in entries],
    )
