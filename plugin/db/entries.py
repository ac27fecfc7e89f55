"""The entries, to be read: a member's, with what staff typed, and an order's. plugin.db.journal writes them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from plugin.db.session import Session
from plugin.db.tables import EntryRow, Note


def of_member(
    session: Session, member_id: int, *, before: int | None, limit: int
) -> list[tuple[EntryRow, Note | None]]:
    """The member's entries and their notes, newest first; those with `seq` below `before` when it is given."""
    query = (
        session.query(EntryRow, Note)
        .outerjoin(
            Note,
            (Note.shop_id == EntryRow.shop_id) & (Note.member_id == EntryRow.member_id) & (Note.seq == EntryRow.seq),
        )
        .filter(EntryRow.shop_id == session.shop_id, EntryRow.member_id == member_id)
    )
    if before is not None:
        query = query.filter(EntryRow.seq < before)
    return [(row, note) for row, note in query.order_by(EntryRow.seq.desc()).limit(limit)]


def of_order(session: Session, order_id: int, *, keys: tuple[UUID, UUID]) -> list[EntryRow]:
    """The order's entries in the order they were recorded; `keys` are the first and last key an entry of it can have."""
    return list(
        session.query(EntryRow)
        .filter(EntryRow.shop_id == session.shop_id, EntryRow.key.between(*keys), EntryRow.order_id == order_id)
        .order_by(EntryRow.recorded_at, EntryRow.member_id, EntryRow.seq)
    )


def available_at(session: Session, member_id: int, *, order_id: int) -> datetime | None:
    """When the last of what the member earned with that order can be spent."""
    [(at,)] = session.sql(
        "SELECT max(available_at) FROM lots WHERE shop_id = %s AND member_id = %s AND order_id = %s",
        session.shop_id,
        member_id,
        order_id,
    )
    found: datetime | None = at
    return found


def add_note(session: Session, *, member_id: int, seq: int, author: str, words: str) -> None:
    """What `author` typed beside the member's entry of that number."""
    session.add(Note(shop_id=session.shop_id, member_id=member_id, seq=seq, author=author, words=words))
    session.flush()
