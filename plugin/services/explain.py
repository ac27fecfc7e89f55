"""Explaining an order: what each line gave, which rule of which version decided, and the entries that came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec

from plugin.db import Session, entries, members, orders
from plugin.loyalty import facts as order_facts
from plugin.loyalty.errors import OrderUnknown
from plugin.loyalty.ledger import Move, Reason, key_range
from plugin.loyalty.rules import LineOutcome, Pins
from plugin.services import purchases


@dataclass(frozen=True, slots=True)
class Explanation:
    """The recomputed judgement beside what stands posted; `adds_up` when the entries sum to the latter."""

    order_id: int
    name: str
    is_paid: bool
    processed_at: datetime | None
    program_version: int | None
    points_per: tuple[int, Decimal] | None
    net: Decimal
    points: int
    stopped: str | None
    lines: tuple[LineOutcome, ...]
    posted: dict[str, int]
    entries: list[tuple[int, int, Move, int, Reason, datetime]]
    adds_up: bool
    waits_for: str | None


def order(session: Session, order_id: int) -> Explanation:
    """Explain one order by its Shopify id. Raises OrderUnknown."""
    row = orders.find(session, order_id)
    if row is None:
        raise OrderUnknown(order_id=order_id)
    facts = order_facts.decode(row.facts)
    pins = msgspec.json.decode(row.pins, type=Pins) if row.pins else None
    member = members.find(session, row.member_id) if row.member_id is not None else None
    program, outcome = purchases.explain_target(
        session,
        facts,
        pins,
        version=row.program_version,
        joined_at=member.joined_at if member is not None else None,
    )
    posted = msgspec.json.decode(row.posted, type=dict[str, int]) if row.posted else {}
    entered = [
        (entry.member_id, entry.seq, Move(entry.move), entry.points, Reason(entry.reason), entry.occurred_at)
        for entry in entries.of_order(session, order_id, keys=key_range(order_id))
    ]
    total = sum(points * _sign(move) for _, _, move, points, _, _ in entered)
    return Explanation(
        order_id=order_id,
        name=facts.body.name if facts.body is not None else "",
        is_paid=facts.is_paid,
        processed_at=facts.body.processed_at if facts.body is not None else None,
        program_version=program.version if program is not None else None,
        points_per=(program.program.earning.points, program.program.earning.per) if program is not None else None,
        net=outcome.net if outcome is not None else Decimal(0),
        points=outcome.points if outcome is not None else 0,
        stopped=outcome.stopped if outcome is not None else "before_program",
        lines=outcome.lines if outcome is not None else (),
        posted=posted,
        entries=entered,
        adds_up=total == sum(posted.values()),
        waits_for=row.waits_for,
    )


def order_names(session: Session, order_ids: set[int]) -> dict[int, str]:
    """The names ("#1001") of orders that reached the program."""
    names = {}
    for order_id, facts in orders.facts(session, sorted(order_ids)):
        body = order_facts.decode(facts).body
        names[order_id] = body.name if body is not None and body.name else f"{order_id}"
    return names


def _sign(move: Move) -> int:
    if move in (Move.ACCRUE, Move.ACCRUE_PENDING):
        return 1
    return -1 if move in (Move.CLAW_BACK, Move.CLAW_BACK_PENDING, Move.CLAW_BACK_EXPIRED) else 0
