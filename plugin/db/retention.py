"""How long a shop keeps what no proof needs, and the deleting of what is older."""

from __future__ import annotations

from datetime import datetime

from plugin.db.session import Session


def read(session: Session) -> tuple[int, int, int] | None:
    """Days that news, unread bodies and the contents of messages are kept; None when the shop never chose."""
    rows: list[tuple[int, int, int]] = session.sql(
        "SELECT news_days, bodies_days, messages_days FROM retention WHERE shop_id = %s", session.shop_id
    )
    return rows[0] if rows else None


def save(session: Session, *, news_days: int, bodies_days: int, messages_days: int) -> None:
    """What the shop chose, in place of what it chose before."""
    session.sql(
        """
        INSERT INTO retention VALUES (%s, %s, %s, %s) ON CONFLICT (shop_id) DO UPDATE
        SET news_days = excluded.news_days, bodies_days = excluded.bodies_days, messages_days = excluded.messages_days
        """,
        session.shop_id,
        news_days,
        bodies_days,
        messages_days,
    )


def delete_news(session: Session, *, before: datetime) -> None:
    """Deliveries that were done and received before then go, and clients' keys as old; those of redemptions are kept."""
    session.sql(
        "DELETE FROM inbox WHERE shop_id = %s AND received_at < %s AND done_at IS NOT NULL", session.shop_id, before
    )
    session.sql(
        "DELETE FROM requests WHERE shop_id = %s AND created_at < %s AND route <> 'redemptions'",
        session.shop_id,
        before,
    )


def delete_bodies(session: Session, *, before: datetime) -> None:
    """Deliveries that were set aside and received before then go, with their bodies."""
    session.sql(
        "DELETE FROM inbox WHERE shop_id = %s AND received_at < %s AND set_aside_at IS NOT NULL AND done_at IS NULL",
        session.shop_id,
        before,
    )


def empty_messages(session: Session, *, before: datetime) -> None:
    """What messages closed before then said goes. That they were sent stays, so that nobody is told the same again."""
    session.sql(
        "UPDATE messages SET facts = '{}' WHERE shop_id = %s AND done_at < %s AND state <> 'queued' AND facts <> '{}'",
        session.shop_id,
        before,
    )
