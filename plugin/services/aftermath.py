"""What follows from something that happened: tiers, achievements, memberships and the like look at whom it concerns.

Called once in the transaction of the deed, after the deed is written. Each follower decides by itself whether its part of the
program is switched on, so that a plain program pays for none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from plugin.db import Session
from plugin.loyalty.sharing import MATCH
from plugin.services.judgement import Judged
from plugin.services.keys import Keys


@dataclass(frozen=True, slots=True)
class Happened:
    """What was done: orders that were settled (some of them without a change), and members to whom something else happened."""

    orders: Sequence[Judged] = ()
    members: frozenset[int] = frozenset()

    def concerned(self) -> set[int]:
        """Everybody whose points, orders or ownership of an order may have changed."""
        found = set(self.members)
        for order in self.orders:
            if order.has_changed:
                found |= {member for member in (order.member_id, order.left_id) if member is not None}
                parts = (key.partition(":") for key in (*order.target, *order.posted))
                found |= {int(member) for member, _, part in parts if part != MATCH}  # a cause is nobody
        return found


class Follower(Protocol):
    """A module of verbs that has something to do whenever something happened."""

    def follow(self, session: Session, happened: Happened, keys: Keys, now: datetime, /) -> None:
        """Look at whom it concerns; return at once when this part of the program is switched off."""


def follow(session: Session, happened: Happened, *, keys: Keys, now: datetime) -> None:
    """Let everybody who follows look at what happened."""
    from plugin.services.followers import FOLLOWERS  # noqa: PLC0415 - followers use verbs that end here: the ring closes when called

    for follower in FOLLOWERS:
        follower.follow(session, happened, keys, now)
