"""Welcoming back: an order after a long absence is worth something, and the orders themselves say which one it is.

A follower of settlements. Which orders end an absence is a function of the member's paid orders in the order they were placed; so a
late delivery, a refund or an order that moves away gives and takes what it must. Newsletter opts-in that were told before their customer
was a member are looked at here as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from plugin.db import Session, journal, shops
from plugin.db import activities as rows
from plugin.loyalty import actions, days
from plugin.loyalty.errors import Refusal
from plugin.loyalty.milestones import Deed
from plugin.loyalty.program import Action
from plugin.services import achievements, activities, programs
from plugin.services.keys import Keys

if TYPE_CHECKING:
    from plugin.services.aftermath import Happened


def follow(session: Session, happened: Happened, keys: Keys, now: datetime) -> None:
    """Look at the members whose orders were settled."""
    if not programs.ever_had(session, "actions"):
        return
    members = {
        member
        for order in happened.orders
        if order.has_changed
        for member in (order.member_id, order.left_id)
        if member
    }
    if not members:
        return
    journal.lock(session, members, lots=False)
    deeds = achievements.orders_of(session, sorted(members))
    if any(deed.program.action_of("welcome_back") for orders in deeds.values() for deed in orders) or rows.welcomed(
        session, sorted(members)
    ):
        zone = days.zone_of(shops.details(session).timezone)
        for member_id in sorted(members):
            _welcome(session, member_id, deeds.get(member_id, []), zone, keys=keys, now=now)
    activities.credit_consents(session, members, keys=keys, now=now)


@dataclass(frozen=True, slots=True)
class Return:
    """An order that ended an absence, with the action that says so."""

    order_id: int
    action_id: str
    at: datetime


def returns(orders: Sequence[Deed], zone: ZoneInfo) -> list[Return]:
    """The orders that came `absent_days` or more after the one before them, as far as the caps go."""
    found: list[Return] = []
    ordered = sorted(orders, key=lambda deed: (deed.at, deed.id))
    for before, deed in pairwise(ordered):
        action = deed.program.action_of("welcome_back")
        if action is None or deed.at - before.at < timedelta(days=action.absent_days):
            continue
        earlier = [one.at for one in found if one.action_id == action.id]
        if _refusal_of(action.model_copy(update={"tiers": (), "tags": ()}), deed.at, earlier, zone) is None:
            found.append(Return(deed.id, action.id, deed.at))
    return found


def _refusal_of(action: Action, at: datetime, earlier: list[datetime], zone: ZoneInfo) -> Refusal | None:
    return actions.refusal(action, at=at, earlier=earlier, tier=None, tags=(), zone=zone)


def _welcome(
    session: Session, member_id: int, orders: Sequence[Deed], zone: ZoneInfo, *, keys: Keys, now: datetime
) -> None:
    due = {one.order_id: one for one in returns(orders, zone)}
    stands = {row.order_id: row for row in rows.welcomed(session, [member_id]) if row.undone_at is None}
    for order_id, row in stands.items():
        if order_id not in due:
            activities.undo(session, row.id, keys=keys, now=now)
    for order_id, one in due.items():
        if order_id not in stands:
            _record(session, member_id, one, keys=keys, now=now)


def _record(session: Session, member_id: int, one: Return, *, keys: Keys, now: datetime) -> None:
    given = sum(row.order_id == one.order_id for row in rows.welcomed(session, [member_id]))
    doing = activities.Doing(member_id, one.action_id, f"order:{one.order_id}:{given}", one.at, order_id=one.order_id)
    try:
        activities.record(session, doing, keys=keys, now=now)
    except Refusal:
        return  # the member is gone, or the action is for others
