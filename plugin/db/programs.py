"""The rows of program versions: published once, never changed."""

from __future__ import annotations

from datetime import datetime

from plugin.db.session import Session
from plugin.db.tables import ProgramVersion


def versions(session: Session) -> list[tuple[int, datetime]]:
    """(number, published_at) of the shop's versions, ascending."""
    return session.sql(
        "SELECT version, published_at FROM programs WHERE shop_id = %s ORDER BY version", session.shop_id
    )


def version(session: Session, number: int) -> ProgramVersion:
    """One version that is known to exist."""
    return session.get_one(ProgramVersion, (session.shop_id, number))
