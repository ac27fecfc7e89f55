"""What an order is worth: the pure function from a program and the facts of an order to points, with its reasons as data.

Money that earns: eligible lines after discounts, less what was refunded or edited away; no gift cards, tips or shipping; rounded once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from plugin.loyalty import expiry
from plugin.loyalty.facts import Body, Line, OrderFacts, Refund
from plugin.loyalty.order_rules import (
    MOST_POINTS,
    NOWHERE,
    CompiledRules,
    LineSeen,
    RuleOutcome,
    Seen,
    Standing,
    has_rules,
    needs_of,
)
from plugin.loyalty.pins import Pins
from plugin.loyalty.program import BASE, ROUNDING_MODES, Program

PURCHASE: Final = "purchase"
ADVOCATE: Final = "advocate"
FRIEND: Final = "friend"
SHARE: Final = "share"
"""The part of a co-buyer whom a line of the order names."""

UTC_ZONE: Final = ZoneInfo("UTC")

_ONE: Final = Decimal(1)
_CENT: Final = Decimal("0.01")
_NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What one line contributed: `net` money that earns, or why it does not (`excluded`: gift_card, product, collection)."""

    line_id: int
    net: Decimal
    excluded: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the order earns: `points` on `net`, which are the sum of what its rules gave.

    `stopped` names the rule that made it nothing, if one did: test, deleted, cancelled, unpaid, not_live, company, customer_tag.
    A program without order rules has the base rate alone, and `rules` stays empty.
    """

    points: int
    net: Decimal
    lines: tuple[LineOutcome, ...]
    stopped: str | None = None
    rules: tuple[RuleOutcome, ...] = ()

    def by_rule(self) -> tuple[RuleOutcome, ...]:
        """What each rule gave or why it gave nothing, the base rate first; sums to `points`."""
        if self.rules or not self.points:
            return self.rules
        ids = tuple(line.line_id for line in self.lines if line.net)
        return (RuleOutcome(BASE, self.points, self.net, ids, None, self.points),)

    def rewards(self) -> list[tuple[str, str]]:
        """(rule, reward) of every instant reward the order brings."""
        return [(one.rule, one.reward_id) for one in self.rules if one.reward_id is not None]


class CompiledProgram:
    """One program version, made ready to evaluate many orders quickly."""

    __slots__ = (
        "collections",
        "later_expiry",
        "needs",
        "pending",
        "per",
        "points",
        "products",
        "program",
        "rounding",
        "rules",
        "tags",
        "version",
        "zone",
    )

    def __init__(
        self,
        program: Program,
        version: int,
        *,
        zone: ZoneInfo = UTC_ZONE,
        later_expiry: Sequence[expiry.Published] = (),
    ) -> None:
        self.program = program
        self.version = version
        self.zone = zone
        self.later_expiry = tuple(later_expiry)
        self.points = Decimal(program.earning.points)
        self.per = program.earning.per
        self.rounding = ROUNDING_MODES[program.earning.rounding]
        self.pending = timedelta(days=program.earning.pending_days)
        self.products = frozenset(program.exclusions.product_ids)
        self.collections = frozenset(program.exclusions.collection_ids)
        self.tags = frozenset(tag.casefold() for tag in program.exclusions.customer_tags)
        self.needs = needs_of(program)
        self.rules = CompiledRules(program) if has_rules(program) else None

    def points_for(self, net: Decimal) -> int:
        """Points of the base rate for that much eligible money, rounded once."""
        return min(int((net * self.points / self.per).to_integral_value(self.rounding)), MOST_POINTS)

    def available_at(self, paid_at: datetime) -> datetime:
        """When points of an order paid then can be spent."""
        return paid_at + self.pending

    def expires_at(self, available_at: datetime) -> datetime | None:
        """When points that become available then lapse (the end of a day of the shop), by this version and the rules published since."""
        return expiry.date_of(self.program.lapse, self.later_expiry, available_at=available_at, zone=self.zone)


def evaluate(program: CompiledProgram, facts: OrderFacts, pins: Pins | None, standing: Standing = NOWHERE) -> Outcome:
    """The purchase part of an order. Total: every order of facts has an outcome, and a full refund's is exactly zero."""
    stopped = _stopped(program, facts, pins)
    body = facts.body
    if stopped is not None or body is None:
        return Outcome(0, _NOTHING, (), stopped or "unpaid")
    lines, kept, net = _eligible(program, facts, body, pins)
    if net <= 0:
        return Outcome(0, _NOTHING, tuple(lines))
    if program.rules is None:
        return Outcome(program.points_for(net), net, tuple(lines))
    earning = [
        LineSeen(line.id, outcome.net, line.product_id, line.variant_id, line.vendor)
        for line, outcome in zip(body.lines, lines, strict=True)
        if outcome.net
    ]
    given = program.rules.judge(Seen(program.rules, body, earning, kept, net, pins, standing), standing)
    return Outcome(sum([one.points for one in given]), net, tuple(lines), None, given)


def net_of(program: CompiledProgram, facts: OrderFacts, pins: Pins | None) -> Decimal:
    """The money of an order that earns, as `evaluate` counts it, whatever rules and tiers make of it; never negative."""
    if facts.body is None or _stopped(program, facts, pins) is not None:
        return _NOTHING
    return max(_NOTHING, _eligible(program, facts, facts.body, pins)[2])


def shares(outcome: Outcome, owners: Mapping[int, int]) -> dict[int, int]:
    """Points of each co-buyer (`owners`: line -> member): their lines' share of the order's points, rounded down."""
    worth: dict[int, Decimal] = {}
    kept = _NOTHING
    for line in outcome.lines:
        kept += line.net
        if line.net and line.line_id in owners:
            owner = owners[line.line_id]
            worth[owner] = worth.get(owner, _NOTHING) + line.net
    return {owner: points for owner, money in worth.items() if (points := int(outcome.points * money / kept))}


def line_net(line: Line, refunds: Iterable[Refund], *, includes_tax: bool) -> Decimal:
    """What is left of a line: after discounts, contained tax (unless counted), refunds and edits; never negative."""
    net = line.gross
    for discount in line.discounts:
        net -= discount.amount
    if line.tax and not includes_tax:
        net -= line.tax
    left, gone = net, line.removed
    for refund in refunds:
        for part in refund.lines:
            if part.line_id == line.id:
                gone += part.quantity
                left -= part.subtotal if includes_tax else part.subtotal - part.tax
    if line.removed:
        left -= (net * line.removed / line.quantity).quantize(_CENT) if line.quantity else net
    return left if gone < line.quantity and left > 0 else _NOTHING


def refunded_share(facts: OrderFacts) -> Decimal:
    """The share of the order's goods that was given back, 0 to 1: what decides how many redeemed points return."""
    body = facts.body
    if body is None:
        return _NOTHING
    if facts.cancelled_at is not None or facts.is_deleted:
        return _ONE
    before = sum((_charged(line) for line in body.lines), _NOTHING)
    after = sum((line_net(line, facts.refunds, includes_tax=True) for line in body.lines), _NOTHING)
    after -= sum((refund.adjustment for refund in facts.refunds), _NOTHING)
    if before <= 0:
        quantity = sum(line.quantity for line in body.lines)
        gone = sum(line.removed for line in body.lines)
        gone += sum(part.quantity for refund in facts.refunds for part in refund.lines)
        return _ONE if quantity and gone >= quantity else _NOTHING
    return min(_ONE, max(_NOTHING, (before - after) / before))


def customer_of(facts: OrderFacts) -> int | None:
    """The customer the order belongs to now, if any."""
    return facts.body.customer_id if facts.body is not None else None


def _eligible(
    program: CompiledProgram, facts: OrderFacts, body: Body, pins: Pins | None
) -> tuple[list[LineOutcome], Decimal, Decimal]:
    """(lines, what is kept of them, that less what was given back beside any line)."""
    kept = _NOTHING
    lines = []
    for line in body.lines:
        excluded = _excluded(program, line, pins)
        if excluded is None:
            left = line_net(line, facts.refunds, includes_tax=program.program.earning.includes_tax)
            kept += left
            lines.append(LineOutcome(line.id, left, None))
        else:
            lines.append(LineOutcome(line.id, _NOTHING, excluded))
    net = kept
    for refund in facts.refunds:
        if refund.adjustment:
            net -= refund.adjustment
    return lines, kept, net


def _charged(line: Line) -> Decimal:
    return line.gross - sum((discount.amount for discount in line.discounts), _NOTHING)


def _stopped(program: CompiledProgram, facts: OrderFacts, pins: Pins | None) -> str | None:
    body: Body | None = facts.body
    if facts.is_test:
        return "test"
    if facts.is_deleted:
        return "deleted"
    if facts.cancelled_at is not None:
        return "cancelled"
    if body is None or facts.paid_at is None:
        return "unpaid"
    if not program.program.is_live_for(pins.tags if pins is not None else ()):
        return "not_live"
    if body.is_company and program.program.exclusions.company_orders:
        return "company"
    if program.tags and pins is not None and any(tag.casefold() in program.tags for tag in pins.tags):
        return "customer_tag"
    return None


def _excluded(program: CompiledProgram, line: Line, pins: Pins | None) -> str | None:
    if line.is_gift_card:
        return "gift_card"
    if line.product_id is None:
        return None
    if line.product_id in program.products:
        return "product"
    if (
        program.collections
        and pins is not None
        and program.collections.intersection(pins.collections.get(line.product_id, ()))
    ):
        return "collection"
    return None
