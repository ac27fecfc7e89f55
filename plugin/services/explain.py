"""Explaining an order: what each line and each rule gave, of which version, and the entries that came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec

from plugin.db import Session, entries, orders
from plugin.loyalty import facts as order_facts
from plugin.loyalty.errors import OrderUnknown
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.ledger import Move, Reason, key_range
from plugin.loyalty.order_rules import TIER, RuleOutcome
from plugin.loyalty.pins import Pins
from plugin.loyalty.program import Program
from plugin.loyalty.rules import PURCHASE, SHARE, LineOutcome
from plugin.services import programs, purchases
from plugin.services.judgement import Judged, Posted


@dataclass(frozen=True, slots=True)
class Explanation:
    """The recomputed judgement beside what stands posted; `adds_up` when the entries sum to the latter.

    `rules` are what each rule gave or why it gave nothing (they sum to `points`), `titles` what the merchant calls them.
    `unexplained` is what stands posted for the order's goods and no rule gives: (member, part) -> points, negative for too few.
    """

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
    rules: tuple[RuleOutcome, ...]
    titles: dict[str, str]
    posted: dict[str, int]
    unexplained: dict[str, int]
    entries: list[tuple[int, int, Move, int, Reason, datetime]]
    adds_up: bool
    waits_for: str | None
    facts: OrderFacts
    member_id: int | None


def order(session: Session, order_id: int) -> Explanation:
    """Explain one order by its Shopify id. Raises OrderUnknown."""
    row = orders.find(session, order_id)
    if row is None:
        raise OrderUnknown(order_id=order_id)
    judged = judge_again(session, order_id)
    program, outcome, facts = judged.program, judged.outcome, judged.facts
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
        stopped=outcome.stopped if outcome is not None else "before_program" if program is None else None,
        lines=outcome.lines if outcome is not None else (),
        rules=outcome.by_rule() if outcome is not None else (),
        titles=_titles(program.program) if program is not None else {},
        posted=judged.posted,
        unexplained=_unexplained(judged),
        entries=entered,
        adds_up=total == sum(judged.posted.values()),
        waits_for=row.waits_for,
        facts=facts,
        member_id=row.member_id,
    )


def judge_again(session: Session, order_id: int) -> Judged:
    """A stored order judged anew by the version of its day, as its settlement did; nothing is changed."""
    known = programs.versions(session)
    judged = _stored(session, [order_id])
    near = purchases.related(session, judged, known)
    if near:
        judged |= _stored(session, near)
    purchases.decide(session, judged.values(), known, takes=False)
    return judged[order_id]


def _stored(session: Session, order_ids: list[int]) -> dict[int, Judged]:
    return {
        number: Judged(
            number,
            order_facts.decode(facts),
            pins=msgspec.json.decode(pins, type=Pins) if pins else None,
            posted=msgspec.json.decode(posted, type=Posted) if posted else {},
            rev=rev,
            member_id=member_id,
            left_id=member_id,
            version=version,
        )
        for number, facts, pins, posted, rev, member_id, _, version in orders.read(session, order_ids)
    }


def _unexplained(judged: Judged) -> dict[str, int]:
    differences = {
        key: judged.posted.get(key, 0) - judged.target.get(key, 0)
        for key in sorted({*judged.posted, *judged.target})
        if key.partition(":")[2] in (PURCHASE, SHARE)
    }
    return {key: points for key, points in differences.items() if points}


def _titles(program: Program) -> dict[str, str]:
    return {rule.id: rule.title for rule in program.order_rules} | {
        f"{TIER}{level.id}": level.title for level in program.tiers.levels
    }


def available_at(session: Session, member_id: int, order_id: int) -> datetime | None:
    """When the last of what the member earned with that order can be spent; None when it gave them nothing."""
    return entries.available_at(session, member_id, order_id=order_id)


def order_names(session: Session, order_ids: set[int]) -> dict[int, str]:
    """The names ("#1001") of orders that reached the program."""
    if not order_ids:
        return {}
    names = {}
    for order_id, facts in orders.facts(session, sorted(order_ids)):
        body = order_facts.decode(facts).body
        names[order_id] = body.name if body is not None and body.name else f"{order_id}"
    return names


def _sign(move: Move) -> int:
    if move in (Move.ACCRUE, Move.ACCRUE_PENDING):
        return 1
    return -1 if move in (Move.CLAW_BACK, Move.CLAW_BACK_PENDING, Move.CLAW_BACK_EXPIRED) else 0
