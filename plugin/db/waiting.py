"""The sweep's list, read before a shop is known: which shop has work of which kind since when. plugin.db.journal keeps the marks."""

from __future__ import annotations

from datetime import datetime

from plugin.db.session import Session


def since(session: Session, *, now: datetime) -> list[tuple[int, str]]:
    """(shop id, kind) of all work that waits at `now`, oldest first."""
    return session.sql("SELECT shop_id, kind FROM waiting WHERE since <= %s ORDER BY since", now)


def by_kind(session: Session, *, now: datetime) -> list[tuple[str, int, datetime]]:
    """(kind, shops that wait, the oldest of it) of all work that waits at `now`."""
    return session.sql(
        "SELECT kind, count(*), min(since) FROM waiting WHERE since <= %s GROUP BY kind ORDER BY kind", now
    )


def is_any(session: Session, kind: str) -> bool:
    """True when some shop has work of that kind, now or at a time to come."""
    return bool(session.sql("SELECT 1 FROM waiting WHERE kind = %s LIMIT 1", kind))
