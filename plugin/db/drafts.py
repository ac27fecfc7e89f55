"""The rows of drafts: one a shop, whose revision only ever grows; and the list of versions beside it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from plugin.db.session import Session
from plugin.db.tables import DraftRow, ProgramVersion


def find(session: Session, *, for_update: bool = False) -> DraftRow | None:
    """The shop's row; its document is None while nobody drafts anything."""
    return session.get(DraftRow, session.shop_id, with_for_update=for_update, populate_existing=for_update)


def save(
    session: Session, *, revision: int, document: dict[str, Any] | None, based_on: int, by: str, now: datetime
) -> DraftRow:
    """The draft is this now."""
    row = find(session)
    if row is None:
        row = DraftRow(shop_id=session.shop_id)
        session.add(row)
    row.revision, row.document, row.based_on = revision, document, based_on
    row.saved_at, row.saved_by = now, by
    session.flush()
    return row


def versions(session: Session, *, below: int | None, limit: int) -> list[ProgramVersion]:
    """The shop's versions, newest first, those with numbers below `below`."""
    found = session.query(ProgramVersion).filter(ProgramVersion.shop_id == session.shop_id)
    if below is not None:
        found = found.filter(ProgramVersion.version < below)
    return list(found.order_by(ProgramVersion.version.desc()).limit(limit))


def version(session: Session, number: int) -> ProgramVersion | None:
    """One version, None when there is none of that number."""
    return session.get(ProgramVersion, (session.shop_id, number))
