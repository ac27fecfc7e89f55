"""When a paid membership runs: a function of what was bought and not given back, in the order of buying.

Buying the plan again adds its months at the end. A higher plan begins at once, and what is left of the lower one runs on beneath it;
a lower plan bought under a higher one waits for its end. Months are the shop's, clamped, to the end of the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from plugin.loyalty.days import begin_of, day_of, months_later
from plugin.loyalty.facts import Line, OrderFacts
from plugin.loyalty.program.membership import Membership, Plan
from plugin.loyalty.tiers import JUST_AFTER, Hold


@dataclass(frozen=True, slots=True)
class Purchase:
    """A line that sells a plan; `rank` is the plan's place in the list when it was sold, `months` None for life."""

    at: datetime
    order_id: int
    line_id: int
    plan: str
    rank: int
    tier: str | None
    months: int | None
    units: int


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of time in which a plan runs; `until` None: for life."""

    plan: str
    rank: int
    tier: str | None
    since: datetime
    until: datetime | None

    def runs_at(self, instant: datetime) -> bool:
        """True while it runs."""
        return self.since <= instant and (self.until is None or instant < self.until)


def sold(membership: Membership, facts: OrderFacts) -> list[tuple[Line, Plan, int, int]]:
    """(line, plan, the plan's rank, units kept) of each line that sells a membership and was not given back entirely."""
    body = facts.body
    if body is None or facts.paid_at is None or facts.is_test or facts.cancelled_at is not None or facts.is_deleted:
        return []
    found = []
    for line in body.lines:
        plan = membership.sold_by(line.product_id, line.variant_id)
        units = line.quantity - line.removed - _given_back(facts, line)
        if plan is not None and units > 0:
            found.append((line, plan, membership.plans.index(plan), units))
    return found


def runs(purchases: Iterable[Purchase], zone: ZoneInfo) -> list[Run]:
    """Every run that these purchases make, by plan and time."""
    by_plan: dict[str, list[Run]] = {}
    for bought in sorted(purchases, key=lambda each: (each.at, each.order_id, each.line_id)):
        own = by_plan.setdefault(bought.plan, [])
        last = own[-1] if own else None
        if last is not None and (last.until is None or last.until > bought.at):
            own[-1] = Run(last.plan, bought.rank, bought.tier, last.since, _later(last.until, bought, zone))
            continue
        since = bought.at + JUST_AFTER
        ends = [run.until for runs in by_plan.values() for run in runs if run.rank > bought.rank and run.runs_at(since)]
        if ends and None not in ends:
            since = max(end for end in ends if end is not None)
        own.append(Run(bought.plan, bought.rank, bought.tier, since, _end(since, bought, zone)))
    return [run for own in by_plan.values() for run in own]


def running(found: Sequence[Run], instant: datetime) -> Run | None:
    """The run that counts at that instant: the highest plan's."""
    return max((run for run in found if run.runs_at(instant)), key=lambda run: run.rank, default=None)


def holds(found: Sequence[Run]) -> list[Hold]:
    """The least tiers that these runs give."""
    return [
        Hold(run.tier, run.since, run.until, is_floor=True, reason="membership")
        for run in found
        if run.tier is not None
    ]


def _given_back(facts: OrderFacts, line: Line) -> int:
    return sum(part.quantity for refund in facts.refunds for part in refund.lines if part.line_id == line.id)


def _later(until: datetime | None, bought: Purchase, zone: ZoneInfo) -> datetime | None:
    return None if until is None else _end(until - JUST_AFTER, bought, zone)


def _end(since: datetime, bought: Purchase, zone: ZoneInfo) -> datetime | None:
    if bought.months is None:
        return None
    last = months_later(day_of(since, zone), bought.months * bought.units)
    return begin_of(last + timedelta(days=1), zone)
