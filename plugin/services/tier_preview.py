"""What publishing another tier program would do: who moves where, and what greeting them would cost. Changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from plugin.db import Session
from plugin.db import members as member_rows
from plugin.db import tiers as tier_rows
from plugin.loyalty import facts as order_facts
from plugin.loyalty import tiers as rules
from plugin.loyalty.pins import Pins
from plugin.loyalty.program import Program, Tiers
from plugin.loyalty.rules import net_of
from plugin.loyalty.tiers import Era, Event, Events
from plugin.services import blocks, memberships, programs, tiers
from plugin.services.tiers import Known

BATCH: Final = 1000
SHOWN: Final = 50
"""Members who are named; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One member who would have another tier."""

    member_id: int
    live: str | None
    draft: str | None


@dataclass(slots=True)
class Diff:
    """The draft's tiers beside the live ones. Counts are by tier id, None for no tier; `moves` by (live, draft).

    `entry_points` and `entry_rewards` (by reward) is what members who enter or pass levels at once would be given.
    """

    members: int = 0
    live: Counter[str | None] = field(default_factory=Counter)
    draft: Counter[str | None] = field(default_factory=Counter)
    moves: Counter[tuple[str | None, str | None]] = field(default_factory=Counter)
    moved: list[Moved] = field(default_factory=list)
    entry_points: int = 0
    entry_rewards: Counter[str] = field(default_factory=Counter)


def preview(session: Session, draft: Program, *, now: datetime) -> Diff:
    """The diff between the live tier program and the draft's, over all members, as if the draft were published now."""
    known, diff = tiers.read(session), Diff()
    if not known.tiers.levels and not draft.tiers.levels:
        return diff
    trial = _with(known, draft.tiers, now)
    above = 0
    while ids := member_rows.ids_above(session, above, limit=BATCH):
        _compare(session, known, trial, diff, ids, now)
        above = ids[-1]
    return diff


def _with(known: Known, draft: Tiers, now: datetime) -> tuple[Era, ...]:
    if known.eras and known.eras[-1].tiers == draft:
        return known.eras
    return (*known.eras, Era(now, known.version + 1, draft))


def _compare(
    session: Session, known: Known, trial: tuple[Era, ...], diff: Diff, ids: Sequence[int], now: datetime
) -> None:
    runs = memberships.runs_of(session, ids, known.zone) if known.has_plans else {}
    holds = tiers.holds_of(session, ids, runs)
    events = _events(session, known, trial, ids, now)
    for member_id in ids:
        live = _tier(known.eras, events[member_id], holds[member_id], known, now)
        draft = _tier(trial, events[member_id], holds[member_id], known, now)
        diff.members += 1
        diff.live[live] += 1
        diff.draft[draft] += 1
        if live != draft:
            diff.moves[live, draft] += 1
            if len(diff.moved) < SHOWN:
                diff.moved.append(Moved(member_id, live, draft))
        if trial is not known.eras:
            for entry in rules.entries(trial, rules.course(trial, events[member_id], known.zone)):
                if entry.version == known.version + 1:
                    diff.entry_points += entry.level.entry_points
                    diff.entry_rewards.update(entry.level.entry_rewards)


def _tier(eras: Sequence[Era], events: Events, holds: Sequence[rules.Hold], known: Known, now: datetime) -> str | None:
    found = rules.terms(eras, rules.course(eras, events, known.zone), holds)
    return rules.tier_at(eras, found, now + rules.JUST_AFTER)


def _events(
    session: Session, known: Known, trial: Sequence[Era], ids: Sequence[int], now: datetime
) -> dict[int, Events]:
    """What counts under both; orders that were never counted (there were no tiers) are judged here by their own version."""
    metrics = {era.tiers.metric for era in trial if era.tiers.levels}
    found = tiers.events_of(session, known, ids, metrics=metrics, now=now)
    versions = programs.known(session)
    blocked = blocks.of(session, ids)
    fresh: dict[int, list[tuple[datetime, int, Decimal, int]]] = {}
    for member_id, order_id, raw, pins, version in tier_rows.uncounted_facts(session, ids):
        facts, program = order_facts.decode(raw), programs.compiled(session, versions, version)
        net = net_of(program, facts, _pins.decode(pins) if pins else None)
        if net > 0 and facts.body is not None and not blocked.stop(member_id, facts.body.processed_at):
            row = (facts.body.processed_at, order_id, net, program.points_for(net))
            fresh.setdefault(member_id, []).append(row)
    for member_id, rows in fresh.items():
        of_member = {metric: list(events) for metric, events in found[member_id].items()}
        for at, order_id, net, points in rows:
            counts = {"spend": net, "points": Decimal(points), "orders": Decimal(1)}
            for metric, events in of_member.items():
                if metric in counts:
                    events.append(Event(at, order_id, counts[metric]))
        for events in of_member.values():
            events.sort()
        found[member_id] = of_member
    return found


_pins = msgspec.json.Decoder(Pins)
