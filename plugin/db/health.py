"""The inbox as merchants see it: what waits, what was set aside, what people asked for."""

from __future__ import annotations

from datetime import datetime

from plugin.db.session import Session
from plugin.db.tables import InboxRow


def waiting(session: Session) -> tuple[int, datetime | None]:
    """(deliveries nobody has worked on yet, when the oldest of them came)."""
    [(count, oldest)] = session.sql(
        "SELECT count(*), min(received_at) FROM inbox WHERE shop_id = %s AND done_at IS NULL AND set_aside_at IS NULL",
        session.shop_id,
    )
    return count, oldest


def last_received_at(session: Session) -> datetime | None:
    """When the newest delivery came."""
    rows = session.sql("SELECT received_at FROM inbox WHERE shop_id = %s ORDER BY id DESC LIMIT 1", session.shop_id)
    return rows[0][0] if rows else None


def set_aside(session: Session, *, limit: int = 100) -> list[InboxRow]:
    """Deliveries that could not be worked on, newest first."""
    return list(
        session.query(InboxRow)
        .filter(InboxRow.shop_id == session.shop_id, InboxRow.set_aside_at.is_not(None))
        .order_by(InboxRow.id.desc())
        .limit(limit)
    )


def delivery(session: Session, row_id: int) -> InboxRow | None:
    """One delivery."""
    return session.get(InboxRow, (session.shop_id, row_id))
