"""The purchase part of an order: what its goods earn, by the version in force when it was placed, and for whom.

Orders are judged one by one in the order in which they were placed, because limits fill in that order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import msgspec

from plugin.db import Session
from plugin.db import members as member_rows
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.order_rules import NOWHERE, Standing
from plugin.loyalty.pins import Pins
from plugin.loyalty.rules import PURCHASE, SHARE, CompiledProgram, Outcome, evaluate, shares
from plugin.services import blocks, programs, surroundings
from plugin.services.blocks import Blocks
from plugin.services.judgement import Judged
from plugin.services.programs import Versions


@dataclass(slots=True)
class _Owners:
    """Who is named by lines: handle -> member; members that were merged away -> who has what they had."""

    by_handle: dict[str, int] = field(default_factory=dict)
    living: dict[int, int] = field(default_factory=dict)

    def everybody(self) -> set[int]:
        """All of them."""
        return {*self.by_handle.values(), *self.living.values()}


def related(session: Session, orders: Mapping[int, Judged], known: Versions) -> list[int]:
    """Other orders that have to be judged again with these."""
    return surroundings.related(session, orders, known)


def decide(session: Session, orders: Iterable[Judged], known: Versions, *, takes: bool = True) -> None:
    """What each order should have given for its goods, by the version in force when it was placed.

    `takes` false recomputes what was settled, for an explanation: nothing is taken of budgets, and nothing is written.
    """
    orders = list(orders)
    ready = []
    for order in orders:
        order.waits_for = "facts" if order.facts.needs_fetch else None
        # Resolved once: a version published later in the same second, or by a clock that was slow, changes no order's rule.
        body = order.facts.body
        version = known.judging(body.processed_at, settled_by=order.version) if body is not None else order.version
        if version is None or body is None:
            continue
        order.program = program = programs.compiled(session, known, version)
        if program.needs and order.facts.is_paid and not program.needs.are_met(order.pins, body):
            order.waits_for = "pins"
            order.target = order.posted
            continue
        ready.append((order, program))
    if any(program.rules is not None for _, program in ready):
        ready.sort(key=lambda one: surroundings.placed(one[0]))
    around = surroundings.look(session, orders, ready, known, takes=takes)
    owners = _owners(session, ready)
    joined = _joined(session, ready, owners)
    blocked = blocks.of(session, [*(order.member_id for order, _ in ready), *owners.everybody()])
    for order, program in ready:
        standing = around.standing(order, program)
        has_joined = joined.get(order.member_id or 0)
        outcome = judge(program, order.facts, order.pins, joined_at=has_joined, standing=standing)
        order.outcome = outcome = unless_blocked(outcome, order.facts, order.member_id, blocked)
        around.note(order, program, outcome)
        order.target = _parts(order, program, outcome, owners, joined, blocked)
    if takes:
        around.keep(session)


def judge(
    program: CompiledProgram,
    facts: OrderFacts,
    pins: Pins | None,
    *,
    joined_at: datetime | None,
    standing: Standing = NOWHERE,
) -> Outcome:
    """The purchase part of an order, given when its member joined (which only matters where one must join to earn)."""
    outcome = evaluate(program, facts, pins, standing)
    if not program.program.only_joined or outcome.stopped is not None or facts.body is None:
        return outcome
    has_joined = joined_at is not None and joined_at <= facts.body.processed_at
    return outcome if has_joined else Outcome(0, Decimal(0), outcome.lines, "not_joined")


def unless_blocked(outcome: Outcome, facts: OrderFacts, member_id: int | None, blocked: Blocks) -> Outcome:
    """The outcome, or that the member earned nothing when the order was placed."""
    body = facts.body
    if outcome.stopped is not None or body is None or not blocked.stop(member_id, body.processed_at):
        return outcome
    return Outcome(0, Decimal(0), outcome.lines, blocks.STOPPED)


def _parts(
    order: Judged,
    program: CompiledProgram,
    outcome: Outcome,
    owners: _Owners,
    joined: Mapping[int, datetime],
    blocked: Blocks,
) -> dict[str, int]:
    """Who gets how much: co-buyers whom lines name their share, whoever bought the rest."""
    if not outcome.points:
        return {}
    given = _shares(order, program, outcome, owners, joined, blocked) if program.program.group_orders.is_on else {}
    parts = {f"{member}:{SHARE}": points for member, points in given.items()}
    rest = outcome.points - sum(given.values())
    if order.member_id is not None and rest:
        parts[f"{order.member_id}:{PURCHASE}"] = rest
    return parts


def _shares(
    order: Judged,
    program: CompiledProgram,
    outcome: Outcome,
    owners: _Owners,
    joined: Mapping[int, datetime],
    blocked: Blocks,
) -> dict[int, int]:
    """Points of each member whom a line names; who that is is pinned to the order."""
    body = order.facts.body
    pinned = dict(order.pins.shares) if order.pins is not None else {}
    for line in body.lines if body is not None else ():
        if line.shared_with in owners.by_handle:
            pinned.setdefault(line.id, owners.by_handle[line.shared_with])
    if not pinned or body is None:
        return {}
    if order.pins is None or order.pins.shares != pinned:
        order.pins = msgspec.structs.replace(order.pins or Pins(), shares=pinned)
        order.pins_raw = msgspec.json.encode(order.pins)
    living = {line: owners.living.get(member, member) for line, member in pinned.items()}
    may_earn = {
        line: member
        for line, member in living.items()
        if member != order.member_id
        and not blocked.stop(member, body.processed_at)
        and (not program.program.only_joined or (member in joined and joined[member] <= body.processed_at))
    }
    return shares(outcome, may_earn)


def _owners(session: Session, ready: Sequence[surroundings.Ready]) -> _Owners:
    """The members whom lines of these orders name; nothing is read where programs share no orders."""
    handles: set[str] = set()
    pinned: set[int] = set()
    for order, program in ready:
        if program.program.group_orders.is_on and order.facts.body is not None:
            handles |= {line.shared_with for line in order.facts.body.lines if line.shared_with is not None}
            pinned |= set(order.pins.shares.values()) if order.pins is not None else set()
    return _Owners(
        dict(member_rows.by_links(session, sorted(handles))) if handles else {},
        member_rows.living_of(session, sorted(pinned)) if pinned else {},
    )


def _joined(session: Session, ready: Sequence[surroundings.Ready], owners: _Owners) -> dict[int, datetime]:
    members = {
        order.member_id for order, program in ready if program.program.only_joined and order.member_id is not None
    }
    if not members:
        return {}
    members |= owners.everybody()
    return member_rows.joined_at(session, sorted(members))
