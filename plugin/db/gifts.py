"""The rows of gifts: points that one member holds for another until they are accepted or go back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from plugin.db.session import Session
from plugin.db.tables import GiftRow


def add(session: Session, row: GiftRow) -> int:
    """A new gift; its number."""
    session.add(row)
    session.flush()
    session.refresh(row)
    return row.number


def find(session: Session, gift_id: UUID) -> GiftRow | None:
    """One gift as it stands now."""
    return session.get(GiftRow, (session.shop_id, gift_id), populate_existing=True)


def find_for_update(session: Session, gift_id: UUID) -> GiftRow | None:
    """One gift, locked."""
    return session.get(GiftRow, (session.shop_id, gift_id), populate_existing=True, with_for_update=True)


def id_of_code(session: Session, code_hash: bytes) -> UUID | None:
    """The gift of that code."""
    rows = session.sql("SELECT id FROM gifts WHERE shop_id = %s AND code_hash = %s", session.shop_id, code_hash)
    return rows[0][0] if rows else None


def close(session: Session, gift_id: UUID, *, state: str, recipient_id: int | None, now: datetime) -> None:
    """It was accepted by that member, or went back."""
    session.sql(
        """
        UPDATE gifts SET state = %s, recipient_id = coalesce(%s, recipient_id), closed_at = %s
        WHERE shop_id = %s AND id = %s
        """,
        state,
        recipient_id,
        now,
        session.shop_id,
        gift_id,
    )


def given_since(session: Session, member_id: int, *, since: datetime) -> int:
    """Points that the member gave from then on and that did not come back."""
    [(points,)] = session.sql(
        """
        SELECT coalesce(sum(points), 0)::bigint FROM gifts
        WHERE shop_id = %s AND giver_id = %s AND created_at >= %s AND state <> 'returned'
        """,
        session.shop_id,
        member_id,
        since,
    )
    return int(points)


def of_member(session: Session, member_id: int, *, limit: int) -> list[GiftRow]:
    """Gifts that the member gave or that are theirs to accept or were accepted by them, newest first."""
    return list(
        session.query(GiftRow)
        .filter(
            GiftRow.shop_id == session.shop_id, (GiftRow.giver_id == member_id) | (GiftRow.recipient_id == member_id)
        )
        .order_by(GiftRow.created_at.desc(), GiftRow.number.desc())
        .limit(limit)
    )


def offered_by(session: Session, member_ids: Sequence[int]) -> list[tuple[UUID, int, int]]:
    """(id, number, points) of the members' gifts that wait to be accepted, locked in id order."""
    return session.sql(
        """
        SELECT id, number, points FROM gifts
        WHERE shop_id = %s AND giver_id = ANY(%s) AND state = 'offered' ORDER BY id FOR UPDATE
        """,
        session.shop_id,
        list(member_ids),
    )


def give_to(session: Session, *, lost: int, kept: int) -> None:
    """Every gift of or for the lost member is the kept one's."""
    session.sql("UPDATE gifts SET giver_id = %s WHERE shop_id = %s AND giver_id = %s", kept, session.shop_id, lost)
    session.sql(
        "UPDATE gifts SET recipient_id = %s WHERE shop_id = %s AND recipient_id = %s", kept, session.shop_id, lost
    )


def forget_words(session: Session, member_ids: Sequence[int]) -> None:
    """What was written with gifts of these members or to them goes."""
    session.sql(
        """
        UPDATE gifts SET message = NULL
        WHERE shop_id = %s AND (giver_id = ANY(%s) OR recipient_id = ANY(%s)) AND message IS NOT NULL
        """,
        session.shop_id,
        list(member_ids),
        list(member_ids),
    )
