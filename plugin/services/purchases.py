"""The purchase part of an order: what its goods earn, by the version in force when it was placed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from plugin.db import Session
from plugin.db import members as member_rows
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.rules import PURCHASE, CompiledProgram, Outcome, Pins, evaluate
from plugin.services import programs
from plugin.services.judgement import Judged


def decide(session: Session, orders: Iterable[Judged]) -> None:
    """What each order should have given for its goods, by the version in force when it was placed."""
    known = programs.versions(session)
    judged = []
    for order in orders:
        order.waits_for = "facts" if order.facts.needs_fetch else None
        # Resolved once: a version published later in the same second, or by a clock that was slow, changes no order's rule.
        version = order.version or (known.in_force_at(order.facts.body.processed_at) if order.facts.body else None)
        if version is not None and order.facts.body is not None:
            order.program = programs.compiled(session, known, version)
            judged.append((order, order.program))
    joined = _joined(session, [order for order, program in judged if program.program.only_joined])
    for order, program in judged:
        if program.needs_pins and order.pins is None and order.facts.is_paid:
            order.waits_for = "pins"
            order.target = order.posted
            continue
        order.outcome = outcome = judge(program, order.facts, order.pins, joined_at=joined.get(order.member_id or 0))
        if order.member_id is not None and outcome.points:
            order.target = {f"{order.member_id}:{PURCHASE}": outcome.points}


def judge(program: CompiledProgram, facts: OrderFacts, pins: Pins | None, *, joined_at: datetime | None) -> Outcome:
    """The purchase part of an order, given when its member joined (which only matters where one must join to earn)."""
    outcome = evaluate(program, facts, pins)
    if not program.program.only_joined or outcome.stopped is not None or facts.body is None:
        return outcome
    has_joined = joined_at is not None and joined_at <= facts.body.processed_at
    return outcome if has_joined else Outcome(0, Decimal(0), outcome.lines, "not_joined")


def explain_target(
    session: Session, facts: OrderFacts, pins: Pins | None, *, version: int | None, joined_at: datetime | None
) -> tuple[CompiledProgram | None, Outcome | None]:
    """The version that judged the order and its outcome, recomputed now; (None, None) before the first version."""
    if version is None:
        return None, None
    program = programs.compiled(session, programs.versions(session), version)
    return program, judge(program, facts, pins, joined_at=joined_at)


def _joined(session: Session, orders: Sequence[Judged]) -> dict[int, datetime]:
    members = sorted({order.member_id for order in orders if order.member_id is not None})
    if not members:
        return {}
    return member_rows.joined_at(session, members)
