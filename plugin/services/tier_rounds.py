"""Rounds: everybody is counted again in batches, in the background, while the program stays on.

Asked for when a version with tiers is published, after a merge, and daily. A round can be cut off anywhere and begun again: what is
counted carries its version, what is given carries its name.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from plugin.db import Database, Session
from plugin.db import memberships as membership_rows
from plugin.db import tiers as tier_rows
from plugin.loyalty.days import day_of
from plugin.loyalty.facts import OrderFacts
from plugin.services import balances, settle, standing_gifts, tiers
from plugin.services.keys import Keys
from plugin.services.tiers import Known

if TYPE_CHECKING:
    from plugin.services.calendar import NewDay

BATCH: Final = 500
LATE_MAX: Final = timedelta(days=8)
"""How long ago a friend's window may have ended without having been looked at: nobody's workers stand still for longer."""

TURN: Final = 40
"""Batches in one go; then others have their turn, and the round goes on after them."""


def run(database: Database, shop_id: int, *, keys: Keys, now: datetime) -> datetime | None:
    """One go of a round. None when everybody is counted; else when it goes on."""
    turns = 0
    for step in (_settle_uncounted, _count_uncounted, _give_due):
        last = 0
        while True:
            with database.transaction(shop_id) as session:
                settle.lock_shop(session)
                known = tiers.read(session)
                ids = step(session, known, last, keys, now) if known.is_on else []
            if not ids:
                break
            last, turns = ids[-1], turns + 1
            if turns >= TURN:
                return now
    return None


def new_day(new: NewDay) -> None:
    """A day of the shop begins: perks of periods that began are given, friends whose window is over count, changes are shown.

    All of it says how things stand now, so of several days that were missed only the last does anything.
    """
    if new.day < day_of(new.now, new.zone):
        return
    with new.database.transaction(new.shop_id) as session:
        known = tiers.read(session)
        if not known.is_on:
            return
        tiers.request_round(session, now=new.now)
        balances.ask(session, now=new.now)
    with_perks = [level.id for level in known.tiers.levels if level.recurring]
    if with_perks:
        _everybody(
            new, lambda session, last: tier_rows.holders(session, with_perks, above=last, now=new.now, limit=BATCH)
        )
    if any(plan.recurring for plan in known.membership.plans):
        _everybody(new, lambda session, last: membership_rows.members_above(session, last, limit=BATCH))
    if "referrals" in known.metrics:
        since = new.now - LATE_MAX
        _everybody(
            new,
            lambda session, last: tier_rows.advocates_of_over(
                session, after=since, until=new.now, above=last, limit=BATCH
            ),
        )


def settle_again(database: Database, shop_id: int, order_id: int, *, keys: Keys, now: datetime) -> None:
    """Settle one order that we know already: its member's tier at that time is another than was thought."""
    with database.transaction(shop_id) as session:
        settle.lock_shop(session)
        settle.settle(session, [OrderFacts(id=order_id)], keys=keys, now=now)


def _everybody(new: NewDay, following: Callable[[Session, int], list[int]]) -> None:
    last = 0
    while True:
        with new.database.transaction(new.shop_id) as session:
            ids = following(session, last)
            tiers.recount(session, ids, now=new.now)
            standing_gifts.carry_out(session, ids, keys=new.keys, now=new.now)
        if len(ids) < BATCH:
            return
        last = ids[-1]


def _settle_uncounted(session: Session, known: Known, last: int, keys: Keys, now: datetime) -> list[int]:
    """Orders from before there were tiers count too: settling them again posts nothing new and notes what they are worth."""
    ids = tier_rows.uncounted_orders(session, above=last, limit=BATCH) if known.has_levels else []
    settle.settle(session, [OrderFacts(id=order_id) for order_id in ids], keys=keys, now=now)
    return ids


def _count_uncounted(session: Session, known: Known, _last: int, _keys: Keys, now: datetime) -> list[int]:
    ids = tier_rows.uncounted_members(session, version=known.mark, limit=BATCH) if known.has_levels else []
    tiers.recount(session, ids, now=now)
    return ids


def _give_due(session: Session, _known: Known, last: int, keys: Keys, now: datetime) -> list[int]:
    ids = tier_rows.members_with_gifts_due(session, above=last, limit=BATCH)
    standing_gifts.carry_out(session, ids, keys=keys, now=now)
    return ids
