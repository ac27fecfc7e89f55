"""Filters of members that staff gave a name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from plugin.db.session import Session
from plugin.db.tables import SegmentRow


def every(session: Session) -> list[SegmentRow]:
    """All of the shop, by name."""
    return list(session.query(SegmentRow).filter(SegmentRow.shop_id == session.shop_id).order_by(SegmentRow.mark))


def find(session: Session, segment_id: int) -> SegmentRow | None:
    """One of them, as it stands now."""
    return session.get(SegmentRow, (session.shop_id, segment_id), populate_existing=True)


def add(session: Session, *, name: str, mark: str, wanted: Mapping[str, Any], by: str, now: datetime) -> int | None:
    """A new one; its id, None when one has that mark."""
    rows = session.sql(
        """
        INSERT INTO segments (shop_id, name, mark, wanted, made_at, made_by) VALUES (%s, %s, %s, %s::jsonb, %s, %s)
        ON CONFLICT (shop_id, mark) DO NOTHING RETURNING id
        """,
        session.shop_id,
        name,
        mark,
        json.dumps(wanted),
        now,
        by,
    )
    return int(rows[0][0]) if rows else None


def rename(session: Session, segment_id: int, *, name: str, mark: str) -> bool:
    """It has another name; False when another one has that mark."""
    rows = session.sql(
        """
        UPDATE segments SET name = %s, mark = %s WHERE shop_id = %s AND id = %s
          AND NOT EXISTS (SELECT FROM segments WHERE shop_id = %s AND mark = %s AND id <> %s)
        RETURNING id
        """,
        name,
        mark,
        session.shop_id,
        segment_id,
        session.shop_id,
        mark,
        segment_id,
    )
    return bool(rows)


def drop(session: Session, segment_id: int) -> None:
    """It is gone."""
    session.sql("DELETE FROM segments WHERE shop_id = %s AND id = %s", session.shop_id, segment_id)


def count(session: Session) -> int:
    """How many there are."""
    [(found,)] = session.sql("SELECT count(*) FROM segments WHERE shop_id = %s", session.shop_id)
    return int(found)
