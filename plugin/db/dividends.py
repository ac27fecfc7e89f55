"""What a year's orders were: read by member, for dividends. Grants themselves are plugin.db.grants'."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from plugin.db.session import Session


def members_between(session: Session, *, since: datetime, until: datetime, above: int, limit: int) -> list[int]:
    """The next higher ids of members with a paid order placed then, ascending; those who are erased are left out."""
    return [
        row[0]
        for row in session.sql(
            """
            SELECT id FROM members m WHERE shop_id = %s AND id > %s AND erased_at IS NULL AND merged_into IS NULL
              AND EXISTS (SELECT FROM orders o WHERE o.shop_id = m.shop_id AND o.member_id = m.id AND o.is_paid
                          AND o.processed_at >= %s AND o.processed_at < %s)
            ORDER BY id LIMIT %s
            """,
            session.shop_id,
            above,
            since,
            until,
            limit,
        )
    ]


def orders_between(
    session: Session, member_ids: Sequence[int], *, since: datetime, until: datetime
) -> list[tuple[int, bytes, bytes | None, int]]:
    """(member, facts, pins, program version) of those members' paid orders that were placed then and settled by a version."""
    return session.sql(
        """
        SELECT member_id, facts, pins, program_version FROM orders
        WHERE shop_id = %s AND member_id = ANY(%s) AND is_paid AND processed_at >= %s AND processed_at < %s
          AND program_version IS NOT NULL ORDER BY member_id, id
        """,
        session.shop_id,
        list(member_ids),
        since,
        until,
    )
