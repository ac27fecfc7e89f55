"""Instant rewards: a code at once for an order that a rule finds worth it, instead of points; taken back when the order came to nothing.

Follows every settlement. The code is named after order, rule and member, so that however often an order settles it is given once; one
that was used already stays used.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

from plugin.db import Session, redemptions
from plugin.loyalty.rules import CompiledProgram
from plugin.services import redeem
from plugin.services.aftermath import Happened
from plugin.services.judgement import Judged
from plugin.services.keys import Keys

OPEN = ("held", "issued", "suspended")


def follow(session: Session, happened: Happened, keys: Keys, now: datetime) -> None:
    """Give what these orders earned at once, and take back what they do not earn any more."""
    for order in happened.orders:
        program = order.program
        if program is None or program.rules is None or not program.rules.has_rewards or order.outcome is None:
            continue
        earned = dict(order.outcome.rewards()) if order.member_id is not None else {}
        if order.member_id is not None:
            _give(session, order, program, earned, keys=keys, now=now)
        for member_id in {order.member_id, order.left_id} - {None}:
            kept = set(earned) if member_id == order.member_id else set()
            for rule in program.program.order_rules:
                if rule.effect.kind == "reward" and rule.id not in kept:
                    _take_back(session, _granted(session, _key(order.id, rule.id, member_id or 0)), now=now)


def _give(
    session: Session, order: Judged, program: CompiledProgram, earned: dict[str, str], *, keys: Keys, now: datetime
) -> None:
    for rule_id, reward_id in earned.items():
        reward = program.program.reward(reward_id)
        if reward is not None and order.member_id is not None:
            key = _key(order.id, rule_id, order.member_id)
            redeem.grant(session, order.member_id, reward, key=key, version=program.version, keys=keys, now=now)


def _take_back(session: Session, redemption_id: UUID, *, now: datetime) -> None:
    found = redemptions.find(session, redemption_id)
    if found is not None and found.state in OPEN:
        redeem.cancel(session, redemption_id, now=now)


def _granted(session: Session, key: str) -> UUID:
    """The redemption that `redeem.grant` makes for that key."""
    return uuid5(redeem.GRANTS, f"{session.shop_id}:{key}")


def _key(order_id: int, rule_id: str, member_id: int) -> str:
    return f"order:{order_id}:{rule_id}:{member_id}"
