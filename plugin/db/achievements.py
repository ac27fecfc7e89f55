"""The rows of achievements: steps that members reached, and the deeds they are judged by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from plugin.db.session import Session
from plugin.db.tables import AchievementRow


def of_members(session: Session, member_ids: Sequence[int]) -> list[AchievementRow]:
    """Everything these members ever reached, what was taken back included."""
    return list(
        session.query(AchievementRow)
        .filter(AchievementRow.shop_id == session.shop_id, AchievementRow.member_id.in_(member_ids))
        .populate_existing()
        .order_by(AchievementRow.id)
    )


def is_any(session: Session, member_ids: Sequence[int]) -> bool:
    """True when one of these members reached something that stands."""
    return bool(
        session.sql(
            "SELECT 1 FROM achievements WHERE shop_id = %s AND member_id = ANY(%s) AND undone_at IS NULL LIMIT 1",
            session.shop_id,
            list(member_ids),
        )
    )


def by_ids(session: Session, ids: Sequence[int]) -> list[AchievementRow]:
    """Those achievements."""
    return list(
        session.query(AchievementRow).filter(AchievementRow.shop_id == session.shop_id, AchievementRow.id.in_(ids))
    )


def add(session: Session, row: AchievementRow) -> AchievementRow:
    """A step that was reached; its id is known afterwards."""
    session.add(row)
    session.flush()
    return row


def orders_of(session: Session, member_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """(member id, order id, program version, facts, pins, posted) of every paid order of these members that a version judged."""
    return session.sql(
        """
        SELECT member_id, id, program_version, facts, pins, posted FROM orders
        WHERE shop_id = %s AND member_id = ANY(%s) AND is_paid AND program_version IS NOT NULL
        ORDER BY processed_at, id
        """,
        session.shop_id,
        list(member_ids),
    )


def activities_of(session: Session, member_ids: Sequence[int]) -> list[tuple[int, int, int, str, int, datetime]]:
    """(member id, activity id, program version, action id, points, when) of everything these members did that stands."""
    return session.sql(
        """
        SELECT member_id, id, program_version, action_id, points, occurred_at FROM activities
        WHERE shop_id = %s AND member_id = ANY(%s) AND undone_at IS NULL ORDER BY occurred_at, id
        """,
        session.shop_id,
        list(member_ids),
    )


def give_to(session: Session, *, lost: int, kept: int) -> None:
    """What the lost member reached is the kept one's; a step that both reached stands once, with the points of both."""
    session.sql(
        """
        UPDATE achievements k SET points = k.points + l.points, seq = NULL
        FROM achievements l
        WHERE k.shop_id = %s AND k.member_id = %s AND l.shop_id = k.shop_id AND l.member_id = %s
          AND l.achievement_id = k.achievement_id AND l.step = k.step AND k.undone_at IS NULL AND l.undone_at IS NULL
        """,
        session.shop_id,
        kept,
        lost,
    )
    session.sql(
        """
        DELETE FROM achievements d USING achievements o
        WHERE d.shop_id = %s AND o.shop_id = d.shop_id AND o.achievement_id = d.achievement_id AND o.step = d.step
          AND ((d.member_id = %s AND o.member_id = %s AND (o.undone_at IS NULL OR d.undone_at IS NOT NULL))
            OR (d.member_id = %s AND o.member_id = %s AND d.undone_at IS NOT NULL AND o.undone_at IS NULL))
        """,
        session.shop_id,
        lost,
        kept,
        kept,
        lost,
    )
    session.sql(
        "UPDATE achievements SET member_id = %s, seq = NULL WHERE shop_id = %s AND member_id = %s",
        kept,
        session.shop_id,
        lost,
    )
