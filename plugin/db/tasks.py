"""What stands beside a redemption while people work on it: tasks for staff, a gift card's recipient, money being taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from plugin.db.session import Session
from plugin.db.tables import GiftRecipient, RedemptionRow, TakeBack, TaskRow


def open_task(session: Session, redemption_id: UUID, *, now: datetime) -> None:
    """Somebody has to do this; opened twice is once."""
    session.sql(
        "INSERT INTO tasks (shop_id, redemption_id, state, opened_at) VALUES (%s, %s, 'open', %s) ON CONFLICT DO NOTHING",
        session.shop_id,
        redemption_id,
        now,
    )


def find_task(session: Session, redemption_id: UUID) -> TaskRow | None:
    """The task of a redemption, as it stands now."""
    return session.get(TaskRow, (session.shop_id, redemption_id), populate_existing=True)


def close_task(
    session: Session, redemption_id: UUID, *, state: str, by: str | None, note: str | None, now: datetime
) -> bool:
    """Close an open task; False when it is not open."""
    return bool(
        session.sql(
            """
            UPDATE tasks SET state = %s, closed_at = %s, closed_by = %s, note = %s
            WHERE shop_id = %s AND redemption_id = %s AND state = 'open' RETURNING 1
            """,
            state,
            now,
            by,
            note,
            session.shop_id,
            redemption_id,
        )
    )


def page(
    session: Session, *, state: str | None, start: int, limit: int, is_newest_first: bool = False
) -> list[tuple[TaskRow, RedemptionRow]]:
    """Tasks with their redemptions, longest waiting first or the newest, from number `start` on; those of one state when given."""
    order = (TaskRow.opened_at, TaskRow.redemption_id)
    query = (
        session.query(TaskRow, RedemptionRow)
        .join(
            RedemptionRow,
            (RedemptionRow.shop_id == TaskRow.shop_id) & (RedemptionRow.id == TaskRow.redemption_id),
        )
        .filter(TaskRow.shop_id == session.shop_id)
        .order_by(*(column.desc() for column in order) if is_newest_first else order)
    )
    if state is not None:
        query = query.filter(TaskRow.state == state)
    return [(task, redemption) for task, redemption in query.offset(start).limit(limit)]


def add_recipient(session: Session, redemption_id: UUID, *, email: str, name: str | None, message: str | None) -> None:
    """Remember to whom a gift card goes, until Shopify has it."""
    session.add(
        GiftRecipient(shop_id=session.shop_id, redemption_id=redemption_id, email=email, name=name, message=message)
    )
    session.flush()


def find_recipient(session: Session, redemption_id: UUID) -> GiftRecipient | None:
    """To whom the gift card goes; None when it is for the member."""
    return session.get(GiftRecipient, (session.shop_id, redemption_id), populate_existing=True)


def drop_recipient(session: Session, redemption_id: UUID) -> None:
    """Shopify has the gift card, or nobody gets it."""
    session.sql("DELETE FROM gift_recipients WHERE shop_id = %s AND redemption_id = %s", session.shop_id, redemption_id)


def add_take_back(session: Session, redemption_id: UUID, *, author: str, words: str, now: datetime) -> bool:
    """Staff want the money back; False when they have asked before."""
    return bool(
        session.sql(
            """
            INSERT INTO take_backs (shop_id, redemption_id, author, words, asked_at) VALUES (%s, %s, %s, %s, %s)
            ON CONFLICT DO NOTHING RETURNING 1
            """,
            session.shop_id,
            redemption_id,
            author,
            words,
            now,
        )
    )


def find_take_back(session: Session, redemption_id: UUID) -> TakeBack | None:
    """What staff asked for, as it stands now."""
    return session.get(TakeBack, (session.shop_id, redemption_id), populate_existing=True)


def note_take_back(session: Session, redemption_id: UUID, *, amount: Decimal | None, tried_at: datetime | None) -> None:
    """So much is being taken from an account that tells debits apart by nothing else; None: surely not."""
    session.sql(
        "UPDATE take_backs SET amount = %s, tried_at = %s WHERE shop_id = %s AND redemption_id = %s",
        amount,
        tried_at,
        session.shop_id,
        redemption_id,
    )


def drop_take_back(session: Session, redemption_id: UUID) -> None:
    """It is done."""
    session.sql("DELETE FROM take_backs WHERE shop_id = %s AND redemption_id = %s", session.shop_id, redemption_id)


def forget(session: Session, member_ids: Sequence[int]) -> None:
    """What was typed about these members' redemptions, and to whom they give, goes."""
    named = {"shop": session.shop_id, "members": list(member_ids)}
    session.sql(
        """
        UPDATE tasks t SET note = NULL FROM redemptions r
        WHERE t.shop_id = %(shop)s AND t.note IS NOT NULL AND r.shop_id = t.shop_id AND r.id = t.redemption_id
          AND (r.member_id = ANY(%(members)s) OR r.acting_id = ANY(%(members)s))
        """,
        named=named,
    )
    session.sql(
        """
        DELETE FROM gift_recipients g USING redemptions r
        WHERE g.shop_id = %(shop)s AND r.shop_id = g.shop_id AND r.id = g.redemption_id
          AND (r.member_id = ANY(%(members)s) OR r.acting_id = ANY(%(members)s))
        """,
        named=named,
    )
    session.sql(
        """
        UPDATE take_backs t SET words = NULL FROM redemptions r
        WHERE t.shop_id = %(shop)s AND r.shop_id = t.shop_id AND r.id = t.redemption_id
          AND (r.member_id = ANY(%(members)s) OR r.acting_id = ANY(%(members)s))
        """,
        named=named,
    )
