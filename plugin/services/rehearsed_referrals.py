"""The referrals of the past judged once more by two programs: who would be paid for which friend.

Which friend came by whose link is known from the books, and so is what spoke against a referral when it was looked at; the terms are
the program's. Nobody knows who would have come for other terms. Referrals are streamed advocate by advocate, as their friends
ordered, because limits fill in that order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, cast

import msgspec

from plugin.db import Session, rehearsals
from plugin.db.rehearsals import PastReferral
from plugin.loyalty import days, referring, suspicion
from plugin.loyalty import facts as order_facts
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.pins import Pins
from plugin.loyalty.referring import CHECKING, Case, Decision
from plugin.loyalty.rules import CompiledProgram
from plugin.services import blocks
from plugin.services.blocks import Blocks
from plugin.services.purchases import judge, unless_blocked


@dataclass(slots=True)
class Referred:
    """What came of them: member -> points (live, draft), of advocates and friends.

    `friends` ordered in the window; `unchecked` of them the draft would have looked at before paying, and nobody ever did.
    """

    points: dict[int, tuple[int, int]] = field(default_factory=dict)
    friends: int = 0
    unchecked: int = 0

    def of_part(self, part: int, parts: int) -> dict[int, tuple[int, int]]:
        """The points of every `parts`-th member."""
        return {member_id: points for member_id, points in self.points.items() if member_id % parts == part}


def judge_all(
    session: Session, live: CompiledProgram, draft: CompiledProgram, *, since: datetime, until: datetime
) -> Referred:
    """Judge every friend's order that was placed from `since` up to `until` by both programs."""
    found = Referred()
    blocked = blocks.of_everybody(session)
    sides = _Side(live, blocked), _Side(draft, blocked)
    for row in rehearsals.referrals(session, since=_reach(sides, since), until=until):
        facts = order_facts.decode(row.facts)
        paid = [side.judge(row, facts) for side in sides]
        if row.placed_at < since:
            continue  # it only filled limits
        found.friends += 1
        found.unchecked += sides[1].misses(row)
        for place, side in enumerate(paid):
            for member_id, points in side:
                both = list(found.points.get(member_id, (0, 0)))
                both[place] += points
                found.points[member_id] = both[0], both[1]
    return found


class _Side:
    """One program's terms, and for which friends each advocate was paid so far in each period."""

    def __init__(self, program: CompiledProgram, blocked: Blocks) -> None:
        self._program = program
        self._blocked = blocked
        self._advocate: int | None = None
        self._paid: dict[date | None, set[int]] = {}
        self.terms = program.program.referral
        self.zone = program.zone

    def judge(self, row: PastReferral, facts: OrderFacts) -> list[tuple[int, int]]:
        """(member, points) of both sides of one referral, if they get any."""
        if row.advocate_id != self._advocate:
            self._advocate, self._paid = row.advocate_id, {}
        paid = self._paid.setdefault(self._period(row.placed_at), set())
        limit = self.terms.limit
        case = self._case(row, facts, is_late=limit is not None and len(paid) >= limit.friends)
        standing = referring.judge(case, self.terms)
        found = []
        if standing.pays_advocate and not self._blocked.stop(row.advocate_id, row.placed_at):
            paid.add(row.friend_id)
            found.append((row.advocate_id, self.terms.advocate_points))
        if standing.pays_friend:
            found.append((row.friend_id, self.terms.friend_points))
        return [(member_id, points) for member_id, points in found if points]

    def misses(self, row: PastReferral) -> bool:
        """True when these terms look at both people first, and nobody ever did."""
        return self.terms.suspicion.is_on and not row.is_checked and row.reason != CHECKING

    def _case(self, row: PastReferral, facts: OrderFacts, *, is_late: bool) -> Case:
        """What is known of it. Whom nobody looked at is taken for honest; who is being looked at waits."""
        pins = _pins.decode(row.pins) if row.pins else None
        outcome = judge(self._program, facts, pins, joined_at=row.joined_at)
        outcome = unless_blocked(outcome, facts, row.friend_id, self._blocked)
        return Case(
            net=outcome.net,
            paid_at=facts.paid_at,
            stopped=outcome.stopped,
            is_refunded=bool(facts.refunds) or facts.cancelled_at is not None,
            is_own=row.friend_id == row.advocate_id,
            is_first_order=not row.bought_before and not row.has_earlier,
            was_referred=self.terms.suspicion.is_on and row.reason == "referred_before",
            is_late=is_late,
            is_checked=row.is_checked or self.misses(row),
            score=suspicion.score(row.signals, self.terms.suspicion),
            decision=cast("Decision | None", row.decision),
        )

    def _period(self, at: datetime) -> date | None:
        limit = self.terms.limit
        if limit is None or limit.per == "ever":
            return None
        return days.first_day(days.day_of(at, self.zone), limit.per)


def _reach(sides: Iterable[_Side], since: datetime) -> datetime | None:
    """From when on friends count against limits that reach into the window; None: from the first one on."""
    reach = since
    for side in sides:
        limit = side.terms.limit
        if limit is not None and limit.per == "ever":
            return None
        if limit is not None:
            first = days.first_day(days.day_of(since, side.zone), limit.per)
            reach = min(reach, days.begin_of(first, side.zone))
    return reach


_pins: Final = msgspec.json.Decoder(Pins)
