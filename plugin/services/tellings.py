"""Telling members what their orders brought, what they can spend now, how near the next reward is, and that they rose.

What is told of later ("your points are available") is queued with its day and looked at once more when it is sent: see
plugin.services.messages.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from plugin.db import Session, redemptions
from plugin.db import members as member_rows
from plugin.loyalty.program import Program
from plugin.loyalty.rules import PURCHASE
from plugin.loyalty.tiers import JUST_AFTER, Term, tier_at
from plugin.services import messages, programs

if TYPE_CHECKING:
    from plugin.services.aftermath import Happened
    from plugin.services.judgement import Judged
    from plugin.services.keys import Keys
    from plugin.services.tiers import Known


def follow(session: Session, happened: Happened, keys: Keys, now: datetime) -> None:  # noqa: ARG001 - followers take these four
    """Tell whoever's order gave points for the first time, and whoever came near to a reward."""
    for order in happened.orders:
        _tell_of_order(session, order, now=now)
    _tell_of_rewards(session, happened.concerned(), now=now)


def risen(
    session: Session, known: Known, member_id: int, before: Iterable[Term], after: Iterable[Term], *, now: datetime
) -> None:
    """Tell a member who has a higher tier now than a moment ago."""
    instant = now + JUST_AFTER  # an order lifts its member the moment after it was placed
    reached = next((term for term in after if term.holds_at(instant)), None)
    if reached is None:
        return
    was = tier_at(known.eras, tuple(before), instant)
    if known.tiers.rank(reached.tier) <= known.tiers.rank(was):
        return
    live = _live(session)
    if live is not None:
        cause, facts = f"{reached.tier}:{reached.since.date()}", {"tier": reached.tier}
        messages.queue(
            session, live, member_id, "tier_up", cause=cause, facts=facts, happened_at=reached.since, now=now
        )


def _tell_of_order(session: Session, order: Judged, *, now: datetime) -> None:
    if order.program is None or order.member_id is None or order.facts.paid_at is None or order.posted:
        return
    program, paid_at = order.program.program, order.facts.paid_at
    points = order.target.get(f"{order.member_id}:{PURCHASE}", 0)
    if not points:
        return
    cause, facts = f"order:{order.id}", {"points": points, "order_id": order.id}
    messages.queue(
        session, program, order.member_id, "points_earned", cause=cause, facts=facts, happened_at=paid_at, now=now
    )
    available_at = order.program.available_at(paid_at)
    if available_at > now:
        messages.queue(
            session,
            program,
            order.member_id,
            "points_available",
            cause=cause,
            facts=facts,
            happened_at=paid_at,
            now=now,
            at=available_at,
        )


def _tell_of_rewards(session: Session, member_ids: Iterable[int], *, now: datetime) -> None:
    ids = sorted(member_ids)
    live = _live(session) if ids else None
    if live is None or "reward_near" not in live.messages.on:
        return
    for member_id, available in member_rows.available_of(session, ids).items():
        near = live.reward_near(available)
        if near is None:
            continue
        reward, points = near
        # Told once until they take it: whoever saves for the same reward again is told again.
        taken = redemptions.count_taken_by(session, member_id, reward.id, since=datetime.min.replace(tzinfo=now.tzinfo))
        facts = {"reward_id": reward.id, "points": points}
        messages.queue(
            session, live, member_id, "reward_near", cause=f"{reward.id}:{taken}", facts=facts, happened_at=now, now=now
        )


def _live(session: Session) -> Program | None:
    known = programs.known(session)
    return programs.compiled(session, known, known.numbers[-1]).program if known.numbers else None
