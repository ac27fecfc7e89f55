"""Gifts of tiers and memberships: what is due is written down by name when terms are counted, and made to stand here.

A gift that is no longer due (a refund undid what it was for) is taken back: points are clawed back, a reward nobody used is switched
off. Due again it is given again, without what was used before. A gift's name holds what it is for and not when, so that one that
shifts in time is not another.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from plugin.db import Session, journal
from plugin.db import tiers as tier_rows
from plugin.db.tiers import Gift
from plugin.loyalty import ledger
from plugin.loyalty.days import first_day_after
from plugin.loyalty.errors import RedemptionOver
from plugin.loyalty.ledger import Cause, Reason
from plugin.loyalty.program import Program, RecurringPerk
from plugin.loyalty.rules import CompiledProgram
from plugin.services import programs, redeem
from plugin.services.keys import Keys

RANKS: Final = 1000
"""More than any list of levels or plans is long."""

ENTRY: Final = "entry:"
PERK: Final = "perk:"
PLAN: Final = "plan:"
PLAN_PERK: Final = "plan-perk:"


@dataclass(frozen=True, slots=True)
class _Content:
    """What a gift holds, by the words of the version it is given under."""

    points: int
    rewards: tuple[str, ...]


def perk_name(prefix: str, source: str, perk: RecurringPerk, first: date) -> str:
    """The name of a level's or plan's perk for the period that begins on `first`."""
    return f"{prefix}{source}:{perk.reward}:{perk.every}:{first.isoformat()}"


def plan_name(order_id: int, line_id: int, plan_id: str) -> str:
    """The name of what comes with a membership that was bought."""
    return f"{PLAN}{order_id}:{line_id}:{plan_id}"


def period_of(name: str) -> tuple[str, date, date | None]:
    """(level or plan, first day, first day after) of a perk's name."""
    _, source, _, every, first = name.split(":")
    begins = date.fromisoformat(first)
    return source, begins, first_day_after(begins, every)  # type: ignore[arg-type]  # written by perk_name


def subject_of(version: int, rank: int) -> int:
    """What an entry of a gift is about: the level or plan at that place of that version's list."""
    return version * RANKS + rank


def carry_out(session: Session, member_ids: Collection[int], *, keys: Keys, now: datetime) -> int:
    """Give what is due to these members and take back what no longer is; how many gifts changed."""
    due = tier_rows.gifts_due(session, sorted(member_ids)) if member_ids else []
    if not due:
        return 0
    known = programs.known(session)
    wanted = [(gift, programs.compiled(session, known, gift.program_version)) for gift in due]
    changed = [_changed(gift, program) for gift, program in wanted]
    _post(session, wanted, changed, now)
    for at, (gift, program) in enumerate(wanted):
        after = changed[at]
        redemptions = (
            _grant(session, after, program.program, keys, now) if after.stands else _switch_off(session, gift, now)
        )
        changed[at] = after._replace(redemptions=redemptions)
    tier_rows.note_gifts(session, changed)
    return len(due)


def _changed(gift: Gift, program: CompiledProgram) -> Gift:
    """The gift as it stands once this is done, but for the rewards to be granted."""
    points = _content(program.program, gift).points if gift.is_wanted else 0
    return gift._replace(stands=gift.is_wanted, rev=gift.rev + 1, points=points)


def _post(
    session: Session, wanted: Sequence[tuple[Gift, CompiledProgram]], changed: Sequence[Gift], now: datetime
) -> None:
    """The points of all of them, in one go."""
    moving = {gift.member_id for (gift, _), after in zip(wanted, changed, strict=True) if gift.points or after.points}
    if not moving:
        return
    accounts = journal.lock(session, moving)
    for (gift, program), after in zip(wanted, changed, strict=True):
        if after.points:
            expires_at = program.expires_at(now)
            ledger.accrue(
                accounts[gift.member_id],
                after.points,
                _cause(after, now),
                now=now,
                available_at=now,
                expires_at=expires_at,
            )
        elif gift.points:
            ledger.claw_back(accounts[gift.member_id], gift.points, _cause(after, now))
    journal.write(session, accounts.values(), now=now)


def _grant(session: Session, gift: Gift, program: Program, keys: Keys, now: datetime) -> list[UUID]:
    """Its rewards, but for those that were used when it was taken back: they are the member's already."""
    granted = list(gift.redemptions)
    used = {redeem.find(session, redemption_id).reward_id for redemption_id in granted}
    for at, reward_id in enumerate(_content(program, gift).rewards):
        reward = program.reward(reward_id)
        if reward is not None and reward_id not in used:
            key = f"standing:{gift.member_id}:{gift.gift}:r{gift.rev}:{at}"
            granted.append(
                redeem.grant(session, gift.member_id, reward, key=key, version=gift.program_version, keys=keys, now=now)
            )
    return granted


def _switch_off(session: Session, gift: Gift, now: datetime) -> list[UUID]:
    """What was used stays used, and is remembered: the same gift never gives it twice."""
    used = []
    for redemption_id in gift.redemptions:
        try:
            redeem.cancel(session, redemption_id, now=now)
        except RedemptionOver as over:
            if over.facts["state"] == "used":
                used.append(redemption_id)
    return used


def _cause(gift: Gift, now: datetime) -> Cause:
    """Why points of a gift move, the gift being as it stands afterwards."""
    is_undone = not gift.stands
    if gift.gift.startswith((PLAN, PLAN_PERK)):
        reason = Reason.MEMBERSHIP_UNDONE if is_undone else Reason.MEMBERSHIP
    else:
        reason = Reason.TIER_UNDONE if is_undone else Reason.TIER
    key = f"standing:{gift.member_id}:{gift.gift}:r{gift.rev}"
    return Cause(key, reason, now, gift.program_version, subject_id=subject_of(gift.program_version, gift.subject_id))


def _content(program: Program, gift: Gift) -> _Content:
    prefix, *words = gift.gift.split(":")
    match f"{prefix}:":
        case "entry:":
            level = program.tiers.level(words[0])
            return _Content(level.entry_points, level.entry_rewards) if level is not None else _NOTHING
        case "plan:":
            plan = program.membership.plan(words[2])
            return _Content(plan.points, plan.rewards) if plan is not None else _NOTHING
        case _:
            return _Content(0, (words[1],))


_NOTHING: Final = _Content(0, ())
