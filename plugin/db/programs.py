"""The rows of program versions: published once, never changed."""

from __future__ import annotations

from datetime import datetime

from plugin.db.session import Session
from plugin.db.tables import ProgramVersion


def versions(session: Session) -> list[tuple[int, datetime, bool, datetime | None, bool, str | None]]:
    """(number, published_at, is live, counts from, changes expiry, the shop's time zone now) of the shop's versions, ascending."""
    return session.sql(
        """
        SELECT p.version, p.published_at, p.is_live, p.counts_from, p.changes_expiry, d.timezone
        FROM programs p LEFT JOIN shop_details d ON d.shop_id = p.shop_id WHERE p.shop_id = %s ORDER BY p.version
        """,
        session.shop_id,
    )


def is_any_with(session: Session, part: str) -> bool:
    """True when some version of the shop has something in that list of its document."""
    return bool(
        session.sql(
            "SELECT 1 FROM programs WHERE shop_id = %s AND coalesce(document->%s::text, '[]') <> '[]'::jsonb LIMIT 1",
            session.shop_id,
            part,
        )
    )


def version(session: Session, number: int) -> ProgramVersion:
    """One version that is known to exist."""
    return session.get_one(ProgramVersion, (session.shop_id, number))
