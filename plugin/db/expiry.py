"""The rows of expiry: lots whose dates were moved, warnings, and when a member last did something. Entries are plugin.db.journal's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from plugin.db.session import Session
from plugin.loyalty.ledger import LotUse


class Moved(NamedTuple):
    """A lot whose date is another now, and the version that says so."""

    member_id: int
    opened_by: int
    part: int
    from_at: datetime | None
    to_at: datetime | None


def move_dates(session: Session, moved: Sequence[Moved], *, version: int, now: datetime) -> None:
    """Give those lots their new dates, and record that it was done. A lot may move more than once; it ends where it was moved last."""
    if not moved:
        return
    session.sql(
        """
        WITH v AS (SELECT * FROM unnest(%s::bigint[], %s::int[], %s::smallint[], %s::timestamptz[], %s::timestamptz[])
                   WITH ORDINALITY v (member_id, opened_by, part, from_at, to_at, place)),
        lasting AS (SELECT DISTINCT ON (member_id, opened_by, part) * FROM v ORDER BY member_id, opened_by, part, place DESC),
        dated AS (UPDATE lots l SET expires_at = v.to_at FROM lasting v WHERE l.shop_id = %s AND l.member_id = v.member_id
                    AND l.opened_by = v.opened_by AND l.part = v.part)
        INSERT INTO lot_dates (shop_id, member_id, opened_by, part, version, from_at, to_at, recorded_at)
        SELECT %s, member_id, opened_by, part, %s, from_at, to_at, %s FROM v ORDER BY place
        """,
        *(list(column) for column in zip(*moved, strict=True)),
        session.shop_id,
        session.shop_id,
        version,
        now,
    )


def begin_redating(session: Session, version: int, *, published_at: datetime) -> None:
    """That version changed when points lapse; nobody's points have their new dates yet."""
    session.sql("INSERT INTO redates VALUES (%s, %s, %s, 0, NULL)", session.shop_id, version, published_at)


def unfinished(session: Session) -> list[tuple[int, datetime, int]]:
    """(version, published at, done up to which member) of the versions whose new dates have not reached everybody, ascending."""
    return session.sql(
        """
        SELECT version, published_at, done_to FROM redates WHERE shop_id = %s AND finished_at IS NULL ORDER BY version
        """,
        session.shop_id,
    )


def note_redated(session: Session, version: int, *, done_to: int, finished_at: datetime | None) -> None:
    """Everybody up to that member has the new dates; everybody when `finished_at` is given."""
    session.sql(
        "UPDATE redates SET done_to = %s, finished_at = %s WHERE shop_id = %s AND version = %s",
        done_to,
        finished_at,
        session.shop_id,
        version,
    )


def with_lots_above(session: Session, member_id: int, *, limit: int) -> list[int]:
    """The next higher ids of members and pools whose points can lapse, ascending; a cause's never do."""
    return [
        row[0]
        for row in session.sql(
            """
            SELECT id FROM members WHERE shop_id = %s AND id > %s AND (available > 0 OR pending > 0) AND kind <> 'cause'
            ORDER BY id LIMIT %s
            """,
            session.shop_id,
            member_id,
            limit,
        )
    ]


def last_active(
    session: Session,
    member_ids: Sequence[int],
    *,
    moves: Sequence[int],
    unless: Sequence[int],
    giving: Sequence[int],
) -> dict[int, datetime]:
    """When each member, somebody merged into them or of their pool last ordered or did something: entries of these moves or reasons."""
    return dict(
        session.sql(
            """
            SELECT a.id, max(greatest(o.at, e.at)) FROM
              (SELECT id, id AS own FROM members WHERE shop_id = %s AND id = ANY(%s)
               UNION ALL SELECT merged_into, id FROM members WHERE shop_id = %s AND merged_into = ANY(%s)
               UNION ALL SELECT pool_id, id FROM members WHERE shop_id = %s AND pool_id = ANY(%s)) a
            LEFT JOIN LATERAL (SELECT max(processed_at) AS at FROM orders
                               WHERE shop_id = %s AND member_id = a.own AND is_paid) o ON true
            LEFT JOIN LATERAL (SELECT max(occurred_at) AS at FROM entries
                               WHERE shop_id = %s AND member_id = a.own
                                 AND (move = ANY(%s) AND reason <> ALL(%s) OR reason = ANY(%s))) e ON true
            GROUP BY a.id HAVING max(greatest(o.at, e.at)) IS NOT NULL
            """,
            session.shop_id,
            list(member_ids),
            session.shop_id,
            list(member_ids),
            session.shop_id,
            list(member_ids),
            session.shop_id,
            session.shop_id,
            list(moves),
            list(unless),
            list(giving),
        )
    )


def soonest(session: Session, member_id: int) -> tuple[datetime, int, int] | None:
    """(when points of the member lapse next, how many, how many can lapse in all); None when none ever does."""
    rows = session.sql(
        """
        SELECT expires_at, sum(open)::bigint, sum(sum(open)) OVER ()::bigint FROM lots
        WHERE shop_id = %s AND member_id = %s AND open > 0 AND expires_at IS NOT NULL GROUP BY expires_at ORDER BY expires_at LIMIT 1
        """,
        session.shop_id,
        member_id,
    )
    return rows[0] if rows else None


def lapsing(session: Session, *, after: datetime, until: datetime) -> list[tuple[int, datetime, int]]:
    """(member, when, how many points) of everything that lapses in between, by member."""
    return session.sql(
        """
        SELECT l.member_id, l.expires_at, sum(l.open)::bigint FROM members m
        JOIN lots l ON l.shop_id = m.shop_id AND l.member_id = m.id
        WHERE m.shop_id = %s AND m.next_due_at <= %s AND m.erased_at IS NULL AND l.open > 0 AND l.expires_at > %s AND l.expires_at <= %s
        GROUP BY l.member_id, l.expires_at ORDER BY l.member_id, l.expires_at
        """,
        session.shop_id,
        until,
        after,
        until,
    )


def warn(session: Session, rows: Sequence[tuple[int, datetime, int, int]], *, now: datetime) -> int:
    """Note (member, when, days before, points) as warnings to be told, those not noted yet; how many were new."""
    if not rows:
        return 0
    return len(
        session.sql(
            """
            INSERT INTO warnings (shop_id, member_id, lapses_at, days, points, made_at)
            SELECT %s, v.member_id, v.at, v.days, v.points, %s
            FROM unnest(%s::bigint[], %s::timestamptz[], %s::smallint[], %s::bigint[]) v (member_id, at, days, points)
            ON CONFLICT DO NOTHING RETURNING 1
            """,
            session.shop_id,
            now,
            *(list(column) for column in zip(*rows, strict=True)),
        )
    )


def warnings_of(
    session: Session, member_id: int, *, limit: int
) -> list[tuple[datetime, int, int, datetime, datetime | None]]:
    """(when, days before, points, made at, told at) of a member's warnings, newest first."""
    return session.sql(
        """
        SELECT lapses_at, days, points, made_at, told_at FROM warnings
        WHERE shop_id = %s AND member_id = %s ORDER BY made_at DESC, days LIMIT %s
        """,
        session.shop_id,
        member_id,
        limit,
    )


def lapsed_lots(session: Session, member_id: int, *, since: datetime) -> list[LotUse]:
    """The lots that lost points to a lapse from then on and have some left there, the latest lapse first, to be loaded."""
    return [
        LotUse(0, opened_by, part)
        for opened_by, part in session.sql(
            """
            SELECT l.opened_by, l.part FROM entries e JOIN lot_uses u USING (shop_id, member_id, seq)
            JOIN lots l ON l.shop_id = u.shop_id AND l.member_id = u.member_id AND l.opened_by = u.opened_by AND l.part = u.part
            WHERE e.shop_id = %s AND e.member_id = %s AND e.move = 7 AND e.occurred_at >= %s AND l.expired > 0
            GROUP BY l.opened_by, l.part ORDER BY max(e.seq) DESC
            """,
            session.shop_id,
            member_id,
            since,
        )
    ]


def give_warnings(session: Session, *, lost: int, kept: int) -> None:
    """Warnings of somebody who was merged away are no longer true: their points have another owner, who is warned anew."""
    session.sql(
        "DELETE FROM warnings WHERE shop_id = %s AND member_id = ANY(%s) AND told_at IS NULL",
        session.shop_id,
        [lost, kept],
    )


def forget_warnings(session: Session, member_ids: Sequence[int]) -> None:
    """Nobody is there to be warned."""
    session.sql("DELETE FROM warnings WHERE shop_id = %s AND member_id = ANY(%s)", session.shop_id, list(member_ids))
