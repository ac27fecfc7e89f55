"""The shop's entries as one stream, newest first: a page is a stretch of it, however long the stream is.

Without a filter a page is read off an index by the hour of recording. With one, so many entries are looked through and no more; the
page then says up to where it looked. A member's, an order's and somebody's own entries are found by keys of theirs instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from plugin.db.session import Session
from plugin.loyalty.ledger import key_range

LOOKED_THROUGH: Final = 50_000
"""How many entries one page looks through for those that match: about a tenth of a second."""


class Place(NamedTuple):
    """Where in the stream an entry stands; later entries have greater places."""

    recorded_at: datetime
    member_id: int
    seq: int


class Row(NamedTuple):
    """One entry with what staff typed beside it and whose it is. `kind` is member, household or cause."""

    member_id: int
    seq: int
    move: int
    points: int
    reason: int
    order_id: int | None
    redemption_id: UUID | None
    subject_id: int | None
    program_version: int
    occurred_at: datetime
    recorded_at: datetime
    pending: int
    available: int
    held: int
    note: str | None
    author: str | None
    customer_id: int | None
    kind: str
    is_erased: bool

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.recorded_at, self.member_id, self.seq)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries to read; what is empty or None leaves a filter out. `since` is included, `until` is not.

    `author` is somebody's exact name ("staff:12"), or a group of them with the colon alone ("staff:").
    """

    moves: tuple[int, ...] = ()
    reasons: tuple[int, ...] = ()
    member_id: int | None = None
    order_id: int | None = None
    author: str = ""
    since: datetime | None = None
    until: datetime | None = None


def page(session: Session, wanted: Wanted, *, before: Place | None, limit: int) -> tuple[list[Row], Place | None]:
    """Entries before that place (None: the newest), and up to which place was looked when the limit was not reached there."""
    named = _named(session, wanted, before, limit)
    found = [Row(*row) for row in session.sql(_statement(wanted), named=named)]
    if len(found) >= limit or not _looks_through(wanted):
        return found, None
    reached = session.sql(_REACHED, named=named)
    return found, Place(*reached[0]) if reached else None


def authors(session: Session) -> list[str]:
    """Everybody of the staff and every API key who changed points by hand."""
    return [
        row[0]
        for row in session.sql("SELECT DISTINCT author FROM notes WHERE shop_id = %s ORDER BY author", session.shop_id)
    ]


def whose(session: Session, member_ids: Sequence[int]) -> dict[int, tuple[int | None, str, bool]]:
    """(customer id, kind, is erased) of those accounts."""
    return {
        row[0]: (row[1], row[2], row[3])
        for row in session.sql(
            "SELECT id, customer_id, kind, erased_at IS NOT NULL FROM members WHERE shop_id = %s AND id = ANY(%s)",
            session.shop_id,
            list(member_ids),
        )
    }


def _named(session: Session, wanted: Wanted, before: Place | None, limit: int) -> dict[str, Any]:
    first, last = key_range(wanted.order_id or 0)
    at, member_id, seq = before or (None, None, None)
    return {
        "shop": session.shop_id,
        "moves": list(wanted.moves) or None,
        "reasons": list(wanted.reasons) or None,
        "member": wanted.member_id,
        "order": wanted.order_id,
        "first_key": first,
        "last_key": last,
        "author": wanted.author,
        "since": wanted.since,
        "until": wanted.until,
        "at": at,
        "at_member": member_id,
        "at_seq": seq,
        "first_hour": _hour(wanted.since) if wanted.since is not None else 0,
        "last_hour": min([_hour(end) for end in (at, wanted.until) if end is not None], default=_LAST_HOUR),
        "looked": LOOKED_THROUGH,
        "limit": limit,
    }


def _hour(instant: datetime) -> int:
    """The number of that instant's hour, as the table has it."""
    return int(instant.timestamp() // 3600)


_LAST_HOUR: Final = 2**31 - 1


def _statement(wanted: Wanted) -> LiteralString:
    """Whose entries are known by a key is asked by that key; everything else looks through the stream."""
    if wanted.order_id is not None:
        return _OF_ORDER
    if wanted.member_id is not None:
        return _OF_MEMBER
    if wanted.author:
        return _OF_AUTHOR
    return _LOOKED if _looks_through(wanted) else _PLAIN


def _looks_through(wanted: Wanted) -> bool:
    by_key = wanted.order_id is not None or wanted.member_id is not None or bool(wanted.author)
    return not by_key and bool(wanted.moves or wanted.reasons)


_COLUMNS: Final = """
  e.member_id, e.seq, e.move, e.points, e.reason, e.order_id, e.redemption_id, e.subject_id, e.program_version,
  e.occurred_at, e.recorded_at, e.pending, e.available, e.held, n.words, n.author, m.customer_id, m.kind, m.erased_at IS NOT NULL
"""
_BESIDE: Final = """
  JOIN members m ON m.shop_id = e.shop_id AND m.id = e.member_id
  LEFT JOIN notes n ON n.shop_id = e.shop_id AND n.member_id = e.member_id AND n.seq = e.seq
"""
_IN_TIME: Final = """
  e.shop_id = %(shop)s
  AND (%(at)s::timestamptz IS NULL OR (e.recorded_at, e.member_id, e.seq) < (%(at)s, %(at_member)s::bigint, %(at_seq)s::int))
  AND e.recorded_at >= coalesce(%(since)s::timestamptz, '-infinity')
  AND e.recorded_at < coalesce(%(until)s::timestamptz, 'infinity')
"""
_IN_HOURS: Final = """
  AND e.recorded_hour BETWEEN %(first_hour)s::int AND %(last_hour)s::int
"""
_KIND: Final = """
  AND (%(moves)s::int[] IS NULL OR e.move = ANY(%(moves)s::int[]))
  AND (%(reasons)s::int[] IS NULL OR e.reason = ANY(%(reasons)s::int[]))
  AND (%(member)s::bigint IS NULL OR e.member_id = %(member)s)
  AND (%(order)s::bigint IS NULL OR e.order_id = %(order)s)
"""
_BY_AUTHOR: Final = """
  AND (%(author)s = '' OR n.author = %(author)s OR (right(%(author)s, 1) = ':' AND starts_with(n.author, %(author)s)))
"""
_BY_HOUR: Final = "ORDER BY recorded_hour DESC, recorded_at DESC, member_id DESC, seq DESC "
_NEWEST_FIRST: Final = "ORDER BY e.recorded_at DESC, e.member_id DESC, e.seq DESC LIMIT %(limit)s"

# The page is cut out of the index first and completed afterwards: the planner must not join ten million rows to read fifty.
_STRETCH: Final[LiteralString] = (
    "(SELECT e.* FROM entries e WHERE" + _IN_TIME + _IN_HOURS + _BY_HOUR + "LIMIT "  # noqa: S608 - made of constants
)  # fmt: skip
_PLAIN: Final[LiteralString] = "SELECT" + _COLUMNS + "FROM " + _STRETCH + "%(limit)s) e" + _BESIDE + _NEWEST_FIRST
_LOOKED: Final[LiteralString] = (
    "SELECT" + _COLUMNS + "FROM (SELECT * FROM " + _STRETCH + "%(looked)s) e WHERE true" + _KIND + _BY_HOUR + "LIMIT %(limit)s) e"  # noqa: S608 - made of constants
    + _BESIDE + _NEWEST_FIRST
)  # fmt: skip
_REACHED: Final[LiteralString] = (
    "SELECT recorded_at, member_id, seq FROM " + _STRETCH + "1 OFFSET %(looked)s - 1) e"  # noqa: S608 - made of constants
)
_OF_MEMBER: Final[LiteralString] = (
    "SELECT" + _COLUMNS + "FROM entries e" + _BESIDE + "WHERE" + _IN_TIME + _KIND + _BY_AUTHOR + _NEWEST_FIRST
)
_OF_ORDER: Final[LiteralString] = (
    """
    WITH concerned AS (
      SELECT member_id FROM entries WHERE shop_id = %(shop)s AND key BETWEEN %(first_key)s AND %(last_key)s AND order_id = %(order)s
      UNION SELECT member_id FROM orders WHERE shop_id = %(shop)s AND id = %(order)s AND member_id IS NOT NULL
    )
    SELECT"""  # noqa: S608 - made of constants
    + _COLUMNS + "FROM concerned c JOIN entries e ON e.shop_id = %(shop)s AND e.member_id = c.member_id" + _BESIDE
    + "WHERE" + _IN_TIME + _KIND + _BY_AUTHOR + _NEWEST_FIRST
)  # fmt: skip
_OF_AUTHOR: Final[LiteralString] = (
    "SELECT" + _COLUMNS
    + """
    FROM notes n JOIN entries e ON e.shop_id = n.shop_id AND e.member_id = n.member_id AND e.seq = n.seq
    JOIN members m ON m.shop_id = e.shop_id AND m.id = e.member_id
    WHERE n.shop_id = %(shop)s AND"""
    + _IN_TIME + _KIND + _BY_AUTHOR + _NEWEST_FIRST
)  # fmt: skip
