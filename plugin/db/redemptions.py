"""The rows of redemptions: points held behind a code, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from plugin.db.session import Session


def of_member_for_update(session: Session, member_id: int) -> list[tuple[UUID, int, str]]:
    """(id, points, state) of every redemption of the member, locked in id order."""
    return session.sql(
        "SELECT id, points, state FROM redemptions WHERE shop_id = %s AND member_id = %s ORDER BY id FOR UPDATE",
        session.shop_id,
        member_id,
    )


def open_for_update(session: Session, member_ids: Sequence[int]) -> list[UUID]:
    """Ids of the members' redemptions whose points are held and which nobody has cancelled; locked."""
    rows = session.sql(
        """
        SELECT id FROM redemptions
        WHERE shop_id = %s AND member_id = ANY(%s) AND state IN ('held', 'issued', 'suspended') AND cancelled_at IS NULL
        FOR UPDATE
        """,
        session.shop_id,
        list(member_ids),
    )
    return [row[0] for row in rows]


def cancel(session: Session, redemption_id: UUID, *, now: datetime) -> None:
    """Note that it is no longer wanted."""
    session.sql(
        "UPDATE redemptions SET cancelled_at = %s WHERE shop_id = %s AND id = %s", now, session.shop_id, redemption_id
    )


def give_to(session: Session, *, lost: int, kept: int) -> None:
    """Every redemption of the lost member is the kept one's."""
    session.sql(
        "UPDATE redemptions SET member_id = %s WHERE shop_id = %s AND member_id = %s", kept, session.shop_id, lost
    )


def suspend_held(session: Session) -> None:
    """Codes that were not written yet wait until the shop is back."""
    session.sql("UPDATE redemptions SET state = 'suspended' WHERE shop_id = %s AND state = 'held'", session.shop_id)


def count_used(session: Session, *, since: datetime) -> tuple[int, int]:
    """(rewards used from then on, the points they cost)."""
    [(count, points)] = session.sql(
        """
        SELECT count(*), coalesce(sum(points), 0)::bigint FROM redemptions
        WHERE shop_id = %s AND state = 'used' AND closed_at >= %s
        """,
        session.shop_id,
        since,
    )
    return count, points
