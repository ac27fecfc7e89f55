"""The rows of launches: dry runs, orders that were recorded before anything was live, and what a version's entries come to."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from plugin.db.session import Session
from plugin.db.tables import LaunchTrialRow


def add_trial(session: Session, trial_id: UUID, *, document: dict[str, Any], version: int, now: datetime) -> None:
    """A dry run of this draft was asked for, while that version was live."""
    session.add(LaunchTrialRow(shop_id=session.shop_id, id=trial_id, document=document, version=version, asked_at=now))
    session.flush()


def find_trial(session: Session, trial_id: UUID) -> LaunchTrialRow | None:
    """One dry run as it stands now."""
    return session.get(LaunchTrialRow, (session.shop_id, trial_id), populate_existing=True)


def finish_trial(session: Session, trial_id: UUID, *, outcome: dict[str, Any], now: datetime) -> None:
    """The dry run is over; its draft is no longer needed."""
    row = find_trial(session, trial_id)
    if row is not None:
        row.outcome, row.document, row.finished_at = outcome, None, now
        session.flush()


def orders_since(session: Session, since: datetime, *, above: int, limit: int) -> list[int]:
    """The next higher ids of orders placed from then on, ascending."""
    return [
        row[0]
        for row in session.sql(
            "SELECT id FROM orders WHERE shop_id = %s AND processed_at >= %s AND id > %s ORDER BY id LIMIT %s",
            session.shop_id,
            since,
            above,
            limit,
        )
    ]


def credited(session: Session, version: int, *, limit: int) -> tuple[int, int, int, list[tuple[int, int | None, int]]]:
    """What that version's entries for orders come to: (orders, members, points, [(member, customer, points)] of the most)."""
    named = {"shop": session.shop_id, "version": version, "limit": limit}
    [(orders, members, points)] = session.sql(CREDITED_TOTAL, named=named)
    return orders, members, int(points), session.sql(CREDITED_MOST, named=named)


CREDITED_TOTAL = """
SELECT count(DISTINCT order_id), count(DISTINCT member_id), coalesce(sum(CASE WHEN move IN (1, 2) THEN points ELSE -points END), 0)
FROM entries WHERE shop_id = %(shop)s AND program_version = %(version)s AND order_id IS NOT NULL AND move IN (1, 2, 8, 9, 10)
"""
CREDITED_MOST = """
SELECT m.id, m.customer_id, sum(CASE WHEN e.move IN (1, 2) THEN e.points ELSE -e.points END)::bigint AS points
FROM entries e JOIN members m ON m.shop_id = e.shop_id AND m.id = e.member_id
WHERE e.shop_id = %(shop)s AND e.program_version = %(version)s AND e.order_id IS NOT NULL AND e.move IN (1, 2, 8, 9, 10)
GROUP BY m.id, m.customer_id ORDER BY points DESC, m.id LIMIT %(limit)s
"""
