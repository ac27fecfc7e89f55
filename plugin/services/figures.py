"""Figures for a merchant's first look, and paging through members in both directions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugin.db import Session
from plugin.services import members
from plugin.services.members import MemberView


@dataclass(frozen=True, slots=True)
class Figures:
    """Points of all members together, as of their last posting, and what happened since an instant."""

    members: int
    joined_since: int
    available: int
    pending: int
    held: int
    rewards_used: int
    points_used: int
    friends: int


@dataclass(frozen=True, slots=True)
class Roster:
    """One page of members, newest first. `newer` and `older` say whether there are more on either side."""

    members: list[MemberView]
    newer: bool
    older: bool


def since(session: Session, *, start: datetime) -> Figures:
    """The session's shop: balances now, deeds from `start` on."""
    shop = session.shop_id
    [(count, joined, available, pending, held)] = session.sql(
        """
        SELECT count(*), count(*) FILTER (WHERE created_at >= %s), coalesce(sum(greatest(available, 0)), 0)::bigint,
               coalesce(sum(pending), 0)::bigint, coalesce(sum(held), 0)::bigint
        FROM members WHERE shop_id = %s AND merged_into IS NULL AND erased_at IS NULL
        """,
        start,
        shop,
    )
    [(used, points)] = session.sql(
        "SELECT count(*), coalesce(sum(points), 0)::bigint FROM redemptions WHERE shop_id = %s AND state = 'used' AND closed_at >= %s",
        shop,
        start,
    )
    [(friends,)] = session.sql(
        "SELECT count(*) FROM referrals WHERE shop_id = %s AND state = 'ordered' AND claimed_at >= %s", shop, start
    )
    return Figures(count, joined, available, pending, held, used, points, friends)


def roster(session: Session, *, below: int | None = None, above: int | None = None, limit: int = 50) -> Roster:
    """The page of members just below an id, or just above one; the newest page when neither is given."""
    if above is not None:
        ids = session.sql(
            "SELECT id FROM members WHERE shop_id = %s AND id > %s AND merged_into IS NULL ORDER BY id LIMIT %s",
            session.shop_id,
            above,
            limit,
        )
        below = ids[-1][0] + 1 if len(ids) == limit else None
    found = members.page(session, after=below, limit=limit + 1)
    shown = found[:limit]
    has_newer = bool(shown) and bool(
        session.sql(
            "SELECT 1 FROM members WHERE shop_id = %s AND id > %s AND merged_into IS NULL LIMIT 1",
            session.shop_id,
            shown[0].id,
        )
    )
    return Roster(shown, has_newer, len(found) > limit)
