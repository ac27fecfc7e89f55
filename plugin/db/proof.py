"""The proof's statements: each rebuilds something from the entries and finds the places where what stands differs.

They run in one snapshot; what they found is recorded in a transaction of its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, LiteralString

from plugin.db.session import Session
from plugin.db.tables import AuditRow

CHECKS: Final[dict[str, tuple[str, LiteralString]]] = {
    "entries_chain": (
        "every entry's balances follow from the entry before it, and no number is missing",
        """
        SELECT member_id, seq FROM (
          SELECT member_id, seq, move, points, pending, available, held,
                 lag(seq, 1, 0) OVER w AS before, lag(pending, 1, 0::bigint) OVER w AS p, lag(available, 1, 0::bigint) OVER w AS a,
                 lag(held, 1, 0::bigint) OVER w AS h
          FROM entries WHERE shop_id = %(shop)s WINDOW w AS (PARTITION BY member_id ORDER BY seq)) e
        WHERE seq <> before + 1
           OR pending <> p + points * (CASE WHEN move IN (1, 17) THEN 1 WHEN move IN (3, 8, 16) THEN -1 ELSE 0 END)
           OR available <> a + points * (CASE WHEN move IN (2, 3, 6, 11, 12, 14, 19) THEN 1
                                              WHEN move IN (4, 7, 9, 13, 15, 18) THEN -1 ELSE 0 END)
           OR held <> h + points * (CASE WHEN move IN (4, 21) THEN 1 WHEN move IN (5, 6, 20) THEN -1 ELSE 0 END)
        LIMIT 20
        """,
    ),
    "members_balance": (
        "every member's balances are those after their last entry",
        """
        SELECT m.id, m.seq FROM members m
        LEFT JOIN entries e ON e.shop_id = m.shop_id AND e.member_id = m.id AND e.seq = m.seq
        WHERE m.shop_id = %(shop)s
          AND (m.pending, m.available, m.held) IS DISTINCT FROM (coalesce(e.pending, 0), coalesce(e.available, 0), coalesce(e.held, 0))
        LIMIT 20
        """,
    ),
    "entries_beyond": (
        "no member has more entries than they count",
        """
        SELECT m.id, m.seq FROM members m
        WHERE m.shop_id = %(shop)s
          AND EXISTS (SELECT FROM entries e WHERE e.shop_id = m.shop_id AND e.member_id = m.id AND e.seq > m.seq)
        LIMIT 20
        """,
    ),
    "lots_rebuilt": (
        "every lot is what its opening and its uses make it",
        """
        SELECT l.member_id, l.opened_by, l.part FROM lots l
        JOIN entries e ON e.shop_id = l.shop_id AND e.member_id = l.member_id AND e.seq = l.opened_by
        LEFT JOIN (SELECT member_id, opened_by, part, sum(pending) AS pending, sum(open) AS open, sum(expired) AS expired
                   FROM lot_uses WHERE shop_id = %(shop)s GROUP BY member_id, opened_by, part) u
          ON u.member_id = l.member_id AND u.opened_by = l.opened_by AND u.part = l.part
        WHERE l.shop_id = %(shop)s
          AND (l.pending <> l.points * (e.move IN (1, 17))::int + coalesce(u.pending, 0)
            OR l.open <> l.points * (e.move NOT IN (1, 17))::int + coalesce(u.open, 0)
            OR l.expired <> coalesce(u.expired, 0))
        LIMIT 20
        """,
    ),
    "lots_orphaned": (
        "every use belongs to a lot, and every lot to the entry that opened it",
        """
        (SELECT u.member_id, u.opened_by, u.part FROM lot_uses u
         WHERE u.shop_id = %(shop)s AND NOT EXISTS (SELECT FROM lots l WHERE l.shop_id = u.shop_id AND l.member_id = u.member_id
                                                    AND l.opened_by = u.opened_by AND l.part = u.part) LIMIT 10)
        UNION ALL
        (SELECT l.member_id, l.opened_by, l.part FROM lots l
         WHERE l.shop_id = %(shop)s AND NOT EXISTS (SELECT FROM entries e WHERE e.shop_id = l.shop_id AND e.member_id = l.member_id
                                                    AND e.seq = l.opened_by AND e.move IN (1, 2, 6, 11, 12, 14, 17, 19, 21)) LIMIT 10)
        """,
    ),
    "available_is_lots_less_debt": (
        "available points are the open lots less the debt, pending points the pending lots",
        """
        SELECT m.id FROM members m
        LEFT JOIN (SELECT member_id, sum(open) AS open, sum(pending) AS pending FROM lots WHERE shop_id = %(shop)s
                   GROUP BY member_id) l ON l.member_id = m.id
        WHERE m.shop_id = %(shop)s
          AND (greatest(m.available, 0) <> coalesce(l.open, 0) OR m.pending <> coalesce(l.pending, 0))
        LIMIT 20
        """,
    ),
    "held_is_redemptions": (
        "held points are those of redemptions whose code is neither used nor given back, and of gifts that wait",
        """
        SELECT m.id FROM members m
        LEFT JOIN (SELECT member_id, sum(points) AS held FROM
                     (SELECT member_id, points FROM redemptions
                      WHERE shop_id = %(shop)s AND state IN ('held', 'issued', 'suspended')
                      UNION ALL SELECT giver_id, points FROM gifts WHERE shop_id = %(shop)s AND state = 'offered') h
                   GROUP BY member_id) r
          ON r.member_id = m.id
        WHERE m.shop_id = %(shop)s AND m.held <> coalesce(r.held, 0) LIMIT 20
        """,
    ),
    "transit_is_empty": (
        "nothing is under way between two members",
        """
        SELECT sum(points * (CASE WHEN move IN (16, 18, 20) THEN 1 ELSE -1 END)) FROM entries
        WHERE shop_id = %(shop)s AND move BETWEEN 16 AND 21
        HAVING sum(points * (CASE WHEN move IN (16, 18, 20) THEN 1 ELSE -1 END)) <> 0
        """,
    ),
    "orders_posted": (
        "what stands posted for every order is the sum of its entries",
        """
        SELECT coalesce(o.id, e.order_id) FROM
          (SELECT id, CASE WHEN strpos(posted, ',') = 0 THEN rtrim(split_part(posted, ':', 3), '}')::bigint
                           ELSE (SELECT sum(v::bigint) FROM jsonb_each_text(posted::jsonb) j (k, v)) END AS posted
           FROM (SELECT id, convert_from(posted, 'UTF8') AS posted FROM orders
                 WHERE shop_id = %(shop)s AND posted IS NOT NULL AND posted <> '{}') p) o
        FULL JOIN
          (SELECT order_id, sum(points * (CASE WHEN move IN (1, 2) THEN 1 ELSE -1 END)) AS posted FROM entries
           WHERE shop_id = %(shop)s AND order_id IS NOT NULL AND move IN (1, 2, 8, 9, 10) GROUP BY order_id) e ON e.order_id = o.id
        WHERE coalesce(o.posted, 0) <> coalesce(e.posted, 0) LIMIT 20
        """,
    ),
    "lots_dated": (
        "a lot whose date of lapse was moved has the date it was moved to, and was moved from the one before",
        """
        SELECT d.member_id, d.opened_by, d.part FROM
          (SELECT member_id, opened_by, part, from_at, to_at, lag(to_at) OVER w AS before, row_number() OVER w AS n,
                  lead(id) OVER w IS NULL AS is_last
           FROM lot_dates WHERE shop_id = %(shop)s WINDOW w AS (PARTITION BY member_id, opened_by, part ORDER BY id)) d
        LEFT JOIN lots l ON l.shop_id = %(shop)s AND l.member_id = d.member_id AND l.opened_by = d.opened_by AND l.part = d.part
        WHERE (d.is_last AND l.expires_at IS DISTINCT FROM d.to_at) OR (d.n > 1 AND d.from_at IS DISTINCT FROM d.before) LIMIT 20
        """,
    ),
    "nothing_lapsed_early": (
        "no point lapsed before its lot's date",
        """
        SELECT e.member_id, e.seq FROM entries e
        JOIN lot_uses u ON u.shop_id = e.shop_id AND u.member_id = e.member_id AND u.seq = e.seq
        JOIN lots l ON l.shop_id = u.shop_id AND l.member_id = u.member_id AND l.opened_by = u.opened_by AND l.part = u.part
        WHERE e.shop_id = %(shop)s AND e.move = 7 AND (l.expires_at IS NULL OR e.occurred_at < l.expires_at) LIMIT 20
        """,
    ),
}
"""Name -> (what holds in sound books, the statement that finds where it does not)."""

_SLOW = ("orders_posted", "entries_chain", "lots_rebuilt", "lots_orphaned")
SLOWEST_FIRST: Final = (*_SLOW, *(check for check in CHECKS if check not in _SLOW))
"""The order in which two who share the checks are through soonest."""

STREAMING: Final[tuple[LiteralString, ...]] = (
    "SET LOCAL enable_hashjoin = off",
    "SET LOCAL enable_hashagg = off",
    "SET LOCAL enable_memoize = off",
    "SET LOCAL work_mem = '64MB'",
)


def shared_snapshot(session: Session) -> str:
    """The name under which other transactions can see the very instant that this one sees, as long as it is open."""
    [(name,)] = session.sql("SELECT pg_export_snapshot()")
    return str(name)


def places(session: Session, check: str) -> list[tuple[Any, ...]]:
    """Where that check fails; empty in sound books.

    Everything is sorted and merged, never hashed: what a hash of millions of groups takes nobody can foresee, a sort takes work_mem.
    """
    for setting in STREAMING:
        session.sql(setting)
    _, statement = CHECKS[check]
    return session.sql(statement, named={"shop": session.shop_id})


def count(session: Session) -> tuple[int, int]:
    """(entries, members) of the shop."""
    [(entries, members)] = session.sql(
        "SELECT (SELECT count(*) FROM entries WHERE shop_id = %s), (SELECT count(*) FROM members WHERE shop_id = %s)",
        session.shop_id,
        session.shop_id,
    )
    return entries, members


def record(
    session: Session,
    *,
    entries: int,
    members: int,
    findings: dict[str, list[list[Any]]],
    started_at: datetime,
    finished_at: datetime,
) -> None:
    """Keep what a proof found."""
    session.add(
        AuditRow(
            shop_id=session.shop_id,
            started_at=started_at,
            finished_at=finished_at,
            entries=entries,
            members=members,
            is_ok=not findings,
            findings=findings,
        )
    )


def last(session: Session) -> AuditRow | None:
    """The newest audit of the shop."""
    return session.query(AuditRow).filter(AuditRow.shop_id == session.shop_id).order_by(AuditRow.id.desc()).first()
