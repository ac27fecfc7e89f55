"""Two members become one: because Shopify merged two customers, or because staff say that they are one person.

Everything of the one goes to the other, and stays there: also what the one's customer buys later. It cannot be taken apart again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugin.db import Session
from plugin.db import households as household_rows
from plugin.db import orders as order_rows
from plugin.db import redemptions as redemption_rows
from plugin.loyalty.errors import MergeImpossible
from plugin.services import aftermath, effects, lookup, members, referrals, settle
from plugin.services.effects import Kind
from plugin.services.keys import Keys
from plugin.services.members import MemberView


@dataclass(frozen=True, slots=True)
class Plan:
    """What becoming one would mean: both as they are, and what moves from the lost one."""

    kept: MemberView
    lost: MemberView
    orders: int
    codes: int
    friends: int
    leaves_household: bool

    @property
    def available(self) -> int:
        """Points that can be spent afterwards; negative for what is owed."""
        return self.kept.available - self.kept.debt + self.lost.available - self.lost.debt


def plan(session: Session, kept_id: int, lost_id: int, *, handle_key: bytes, now: datetime) -> Plan:
    """What it would mean. Raises MemberUnknown, MergeImpossible (which says why)."""
    if kept_id == lost_id:
        raise MergeImpossible(because="This is the same member. Choose the other one.")
    if lookup.living(session, kept_id) != kept_id or lookup.living(session, lost_id) != lost_id:
        raise MergeImpossible(because="One of them is part of another member already.")
    kept = members.view(session, kept_id, handle_key=handle_key, now=now)
    lost = members.view(session, lost_id, handle_key=handle_key, now=now)
    if kept.is_erased or lost.is_erased or kept.customer_id is None or lost.customer_id is None:
        raise MergeImpossible(because="One of them was erased: there is nobody left to merge.")
    codes = [state for _, _, state in redemption_rows.of_member_for_update(session, lost_id)]
    return Plan(
        kept,
        lost,
        order_rows.count_of(session, lost_id),
        sum(state in ("held", "issued", "suspended") for state in codes),
        len(referrals.of_advocate(session, lost_id, limit=1000)),
        household_rows.household_of(session, kept_id) is not None
        and household_rows.household_of(session, lost_id) is not None,
    )


def by_staff(session: Session, kept_id: int, lost_id: int, *, handle_key: bytes, keys: Keys, now: datetime) -> Plan:
    """Make them one. Raises as `plan`."""
    settle.lock_shop(session)
    planned = plan(session, kept_id, lost_id, handle_key=handle_key, now=now)
    kept, lost = planned.kept.customer_id, planned.lost.customer_id
    if kept is not None and lost is not None:
        become_one(session, kept_customer_id=kept, lost_customer_id=lost, keys=keys, now=now)
    return planned


def become_one(session: Session, *, kept_customer_id: int, lost_customer_id: int, keys: Keys, now: datetime) -> None:
    """Make the members of two customers one, and have everything done that follows. Raises MemberExcluded. Twice is once."""
    bound = members.merge(
        session,
        kept_customer_id=kept_customer_id,
        lost_customer_id=lost_customer_id,
        tombstone_key=keys.tombstones,
        now=now,
    )
    for redemption_id in bound:
        effects.request(session, Kind.REBIND_CODE, redemption_id, now=now)
    referrals.became_one(session, kept_customer_id, keys=keys, now=now)
    kept = members.by_customer(session, kept_customer_id)
    if kept is not None:
        aftermath.follow(session, aftermath.Happened(members=frozenset({kept})), keys=keys, now=now)
