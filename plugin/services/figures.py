"""Figures for a merchant's first look, and paging through members in both directions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugin.db import Session, redemptions, referrals
from plugin.db import members as member_rows
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
    count, joined, available, pending, held = member_rows.totals(session, joined_since=start)
    used, points = redemptions.count_used(session, since=start)
    friends = referrals.count_ordered(session, since=start)
    return Figures(count, joined, available, pending, held, used, points, friends)


def roster(session: Session, *, below: int | None = None, above: int | None = None, limit: int = 50) -> Roster:
    """The page of members just below an id, or just above one; the newest page when neither is given."""
    if above is not None:
        ids = member_rows.ids_above(session, above, limit=limit)
        below = ids[-1] + 1 if len(ids) == limit else None
    found = members.page(session, after=below, limit=limit + 1)
    shown = found[:limit]
    has_newer = bool(shown) and member_rows.is_any_above(session, shown[0].id)
    return Roster(shown, has_newer, len(found) > limit)
