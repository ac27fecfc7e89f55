"""Orders as staff look for them: by number, by id, or the latest ones; and the rewards that one used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from plugin.db.session import Session


def named(session: Session, names: Sequence[str]) -> int | None:
    """The newest order that has one of those names."""
    rows = session.sql(
        "SELECT id FROM orders WHERE shop_id = %s AND name = ANY(%s) ORDER BY processed_at DESC NULLS LAST, id DESC LIMIT 1",
        session.shop_id,
        list(names),
    )
    return int(rows[0][0]) if rows else None


def has(session: Session, order_id: int) -> bool:
    """True when an order of that id has reached the program."""
    return bool(session.sql("SELECT 1 FROM orders WHERE shop_id = %s AND id = %s", session.shop_id, order_id))


def name_of(session: Session, order_id: int) -> str | None:
    """The order's name ("#1001"), if it has reached the program and has one."""
    rows = session.sql("SELECT name FROM orders WHERE shop_id = %s AND id = %s", session.shop_id, order_id)
    return rows[0][0] if rows else None


def latest(session: Session, *, limit: int) -> list[tuple[int, str, int | None, datetime | None, bool, int]]:
    """(id, name, member, placed at, is paid, points that stand for it) of the orders with the greatest ids, newest first."""
    return session.sql(
        """
        SELECT id, coalesce(name, id::text), member_id, processed_at, is_paid,
               coalesce((SELECT sum(j.value::bigint)::bigint FROM jsonb_each_text(convert_from(posted, 'UTF8')::jsonb) j), 0)
        FROM orders WHERE shop_id = %s ORDER BY id DESC LIMIT %s
        """,
        session.shop_id,
        limit,
    )


def rewards_of(session: Session, order_id: int, codes: Sequence[str]) -> list[tuple[UUID, str, str, int, int]]:
    """(redemption, title, code, points, points returned) of redemptions with these codes, as far as that order used them."""
    return session.sql(
        """
        SELECT id, title, code, points, restored FROM redemptions
        WHERE shop_id = %s AND code = ANY(%s) AND order_id = %s ORDER BY created_at, id
        """,
        session.shop_id,
        list(codes),
        order_id,
    )
