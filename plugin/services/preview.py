"""Trying a program out: what amounts and the shop's latest orders would earn under a draft, beside the program that is live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from plugin.db import Session, orders
from plugin.db.tables import OrderRow
from plugin.loyalty import facts as order_facts
from plugin.loyalty.pins import Needs, Pins
from plugin.loyalty.program import Program
from plugin.loyalty.rules import CompiledProgram, Outcome, evaluate
from plugin.services import programs


@dataclass(frozen=True, slots=True)
class AmountTried:
    """Points for that much eligible money (shop currency), live and under the draft."""

    amount: Decimal
    live: int
    draft: int


@dataclass(frozen=True, slots=True)
class OrderTried:
    """One stored order, judged by both programs as if it were placed today.

    Judged by itself: what its member's other orders and running budgets leave of a rule is not looked at. `is_exact` is False when the
    draft asks for what was not looked up when the order came in.
    """

    order_id: int
    name: str
    live: Outcome
    draft: Outcome
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """The comparison, and the version that is live."""

    live_version: int
    amounts: list[AmountTried]
    orders: list[OrderTried]


def compare(session: Session, draft: Program, *, amounts: Sequence[Decimal], last_orders: int) -> Tried:
    """Judge `amounts` and the shop's `last_orders` newest orders by the draft and by the live program. Changes nothing."""
    known = programs.versions(session)
    live = programs.compiled(session, known, known.numbers[-1])
    trial = CompiledProgram(draft, live.version + 1)
    return Tried(
        live_version=live.version,
        amounts=[AmountTried(amount, _points(live, amount), _points(trial, amount)) for amount in amounts],
        orders=[
            _order(row, live, trial, _looked_up(session, known, row))
            for row in orders.newest(session, limit=last_orders)
        ],
    )


def _points(program: CompiledProgram, amount: Decimal) -> int:
    return program.points_for(amount) if program.program.is_live else 0


def _looked_up(session: Session, known: programs.Versions, row: OrderRow) -> Needs:
    """What was looked up for that order: what its own version asked."""
    if row.pins is None or row.program_version is None:
        return Needs()
    return programs.compiled(session, known, row.program_version).needs


def _order(row: OrderRow, live: CompiledProgram, trial: CompiledProgram, looked_up: Needs) -> OrderTried:
    facts = order_facts.decode(row.facts)
    pins = msgspec.json.decode(row.pins, type=Pins) if row.pins else None
    return OrderTried(
        order_id=row.id,
        name=facts.body.name if facts.body is not None else "",
        live=evaluate(live, facts, pins),
        draft=evaluate(trial, facts, pins),
        is_exact=looked_up.covers(trial.needs),
    )
