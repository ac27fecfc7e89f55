"""Changes of many members: what is to be done, to whom, and how far it is. Whom it concerns is fixed when it begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from plugin.db import roster, roster_filter
from plugin.db.roster_filter import Asked
from plugin.db.session import Session
from plugin.db.tables import BulkRow

MemberState = Literal["waiting", "done", "left", "undone", "kept"]


class Worked(NamedTuple):
    """What became of one member: `moved` points given (negative: taken), and the tier that was pinned before, if one was."""

    member_id: int
    state: MemberState
    moved: int = 0
    had_pin: bool = False
    had_tier: str | None = None
    had_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """How many members a change would concern, how many have fewer points than it takes, how many points they have in all of those.

    `unblocked` counts those who earn at the moment.
    """

    members: int
    short: int
    short_points: int
    unblocked: int


@dataclass(frozen=True, slots=True)
class UndoFigures:
    """What undoing comes to: members, points that were given and are still there, points that are gone, members who are short of some."""

    members: int
    points: int
    missing: int
    short: int


def add(session: Session, row: BulkRow) -> None:
    """A new one."""
    session.add(row)
    session.flush()


def find(session: Session, bulk_id: UUID, *, is_for_update: bool = False) -> BulkRow | None:
    """One of them as it stands now, locked if asked."""
    return session.get(BulkRow, (session.shop_id, bulk_id), populate_existing=True, with_for_update=is_for_update)


def newest(session: Session, *, limit: int) -> list[BulkRow]:
    """Those that were started, the newest first."""
    query = session.query(BulkRow).filter(BulkRow.shop_id == session.shop_id, BulkRow.state != "draft")
    return list(query.order_by(BulkRow.made_at.desc()).limit(limit))


def figures(session: Session, asked: Asked, *, take: int) -> Figures:
    """What a change would come to now; `take` is how many points it takes from each (0: none)."""
    where, params = roster_filter.condition(session, asked)
    roster.plan_anew(session)
    [row] = session.sql(
        f"""
        SELECT count(*), count(*) FILTER (WHERE m.available < %(take)s),
               coalesce(sum(greatest(m.available, 0)) FILTER (WHERE m.available < %(take)s), 0)::bigint,
               count(*) FILTER (WHERE NOT EXISTS (SELECT FROM member_blocks b
                                WHERE b.shop_id = m.shop_id AND b.member_id = m.id AND b.until IS NULL))
        FROM members m WHERE {where}
        """,  # noqa: S608 - made of constants
        named=params | {"take": take},
    )
    return Figures(*row)


def fix(session: Session, bulk_id: UUID, asked: Asked) -> int:
    """Write down whom the change concerns; how many."""
    where, params = roster_filter.condition(session, asked)
    roster.plan_anew(session)
    session.sql(
        f"""
        INSERT INTO bulk_members (shop_id, bulk_id, member_id, state)
        SELECT m.shop_id, %(bulk)s, m.id, 'waiting' FROM members m WHERE {where} ON CONFLICT DO NOTHING
        """,  # noqa: S608 - made of constants
        named=params | {"bulk": bulk_id},
    )
    [(count,)] = session.sql(
        "SELECT count(*) FROM bulk_members WHERE shop_id = %s AND bulk_id = %s", session.shop_id, bulk_id
    )
    return int(count)


def following(session: Session, bulk_id: UUID, *, state: MemberState, limit: int) -> list[tuple[int, int | None]]:
    """(member, who lives on for them, None when nobody does) of the next ones in that state, locked; nobody else works on them."""
    return session.sql(
        """
        SELECT b.member_id, CASE WHEN l.erased_at IS NULL THEN l.id END
        FROM bulk_members b JOIN members m ON m.shop_id = b.shop_id AND m.id = b.member_id
        JOIN members l ON l.shop_id = m.shop_id AND l.id = coalesce(m.merged_into, m.id)
        WHERE b.shop_id = %s AND b.bulk_id = %s AND b.state = %s ORDER BY b.member_id LIMIT %s
        FOR UPDATE OF b SKIP LOCKED
        """,
        session.shop_id,
        bulk_id,
        state,
        limit,
    )


def worked_on(session: Session, bulk_id: UUID, member_ids: Sequence[int]) -> dict[int, Worked]:
    """What became of these members."""
    return {
        row[0]: Worked(*row)
        for row in session.sql(
            """
            SELECT member_id, state, moved, had_pin, had_tier, had_until FROM bulk_members
            WHERE shop_id = %s AND bulk_id = %s AND member_id = ANY(%s)
            """,
            session.shop_id,
            bulk_id,
            list(member_ids),
        )
    }


def note(session: Session, bulk_id: UUID, worked: Sequence[Worked]) -> None:
    """What became of some members."""
    session.sql(
        """
        UPDATE bulk_members b SET state = v.state, moved = v.moved, had_pin = v.had_pin, had_tier = v.had_tier,
          had_until = v.had_until
        FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bool[], %s::text[], %s::timestamptz[])
          v (member_id, state, moved, had_pin, had_tier, had_until)
        WHERE b.shop_id = %s AND b.bulk_id = %s AND b.member_id = v.member_id
        """,
        *(list(column) for column in zip(*worked, strict=True)),
        session.shop_id,
        bulk_id,
    )


def forget(session: Session, member_ids: Sequence[int]) -> None:
    """What was typed about changes for which these members were chosen by hand goes."""
    session.sql(
        "UPDATE bulks SET words = '', shown = NULL WHERE shop_id = %s AND picked && %s::bigint[]",
        session.shop_id,
        list(member_ids),
    )


def undo_figures(session: Session, bulk_id: UUID) -> UndoFigures:
    """What undoing would come to now."""
    [row] = session.sql(
        """
        SELECT count(*), coalesce(sum(b.moved), 0)::bigint,
               coalesce(sum(b.moved - greatest(l.available, 0)) FILTER (WHERE b.moved > greatest(l.available, 0)), 0)::bigint,
               count(*) FILTER (WHERE b.moved > greatest(l.available, 0))
        FROM bulk_members b JOIN members m ON m.shop_id = b.shop_id AND m.id = b.member_id
        JOIN members l ON l.shop_id = m.shop_id AND l.id = coalesce(m.merged_into, m.id)
        WHERE b.shop_id = %s AND b.bulk_id = %s AND b.state = 'done' AND l.erased_at IS NULL
        """,
        session.shop_id,
        bulk_id,
    )
    members, given, missing, short = row
    return UndoFigures(members, given - missing, missing, short)
