"""Referrals as staff look through them."""

from __future__ import annotations

from plugin.db.session import Session


def brought(session: Session, advocate_id: int) -> tuple[int, int]:
    """(friends of that advocate who ordered, how many of those referrals are blocked)."""
    [(friends, blocked)] = session.sql(
        """
        SELECT count(DISTINCT friend_id), count(*) FILTER (WHERE state = 'blocked') FROM referrals
        WHERE shop_id = %s AND advocate_id = %s AND order_id IS NOT NULL
        """,
        session.shop_id,
        advocate_id,
    )
    return int(friends), int(blocked)
