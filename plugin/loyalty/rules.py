"""What an order is worth: the pure function from a program and the facts of an order to points, with its reasons as data.

Money that earns: eligible lines after discounts, less what was refunded or edited away; no gift cards, tips or shipping; rounded once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from plugin.loyalty.facts import Body, Line, OrderFacts, Refund
from plugin.loyalty.program import ROUNDING_MODES, Program

PURCHASE: Final = "purchase"
ADVOCATE: Final = "advocate"
FRIEND: Final = "friend"

_ONE: Final = Decimal(1)
_CENT: Final = Decimal("0.01")
_NOTHING: Final = Decimal(0)


class Pins(msgspec.Struct, frozen=True):
    """What rules need beyond an order's own facts, read once when the order first settles and kept.

    The customer's tags then, and for each product the excluded collections it was in.
    """

    tags: tuple[str, ...] = ()
    collections: dict[int, tuple[int, ...]] = {}


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What one line contributed: `net` money that earns, or why it does not (`excluded`: gift_card, product, collection)."""

    line_id: int
    net: Decimal
    excluded: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the order earns: `points` on `net`.

    `stopped` names the rule that made it nothing, if one did: test, deleted, cancelled, unpaid, not_live, company, customer_tag.
    """

    points: int
    net: Decimal
    lines: tuple[LineOutcome, ...]
    stopped: str | None = None


class CompiledProgram:
    """One program version, made ready to evaluate many orders quickly."""

    __slots__ = ("collections", "pending", "per", "points", "products", "program", "rounding", "tags", "version")

    def __init__(self, program: Program, version: int) -> None:
        self.program = program
        self.version = version
        self.points = Decimal(program.earning.points)
        self.per = program.earning.per
        self.rounding = ROUNDING_MODES[program.earning.rounding]
        self.pending = timedelta(days=program.earning.pending_days)
        self.products = frozenset(program.exclusions.product_ids)
        self.collections = frozenset(program.exclusions.collection_ids)
        self.tags = frozenset(tag.casefold() for tag in program.exclusions.customer_tags)

    @property
    def needs_pins(self) -> bool:
        """True when an order cannot be judged by its own facts alone."""
        return bool(self.collections or self.tags)

    def points_for(self, net: Decimal) -> int:
        """Points for that much eligible money, rounded once."""
        return int((net * self.points / self.per).to_integral_value(self.rounding))

    def available_at(self, paid_at: datetime) -> datetime:
        """When points of an order paid then can be spent."""
        return paid_at + self.pending

    def expires_at(self, available_at: datetime) -> datetime | None:
        """When points that become available then lapse; None for never. A month's last day stays a month's last day."""
        months = self.program.earning.expiry_months
        return None if months is None else add_months(available_at, months)


def evaluate(program: CompiledProgram, facts: OrderFacts, pins: Pins | None) -> Outcome:
    """The purchase part of an order. Total: every order of facts has an outcome, and a full refund's is exactly zero."""
    stopped = _stopped(program, facts, pins)
    body = facts.body
    if stopped is not None or body is None:
        return Outcome(0, _NOTHING, (), stopped or "unpaid")
    net = _NOTHING
    lines = []
    for line in body.lines:
        excluded = _excluded(program, line, pins)
        if excluded is None:
            kept = line_net(line, facts.refunds, includes_tax=program.program.earning.includes_tax)
            net += kept
            lines.append(LineOutcome(line.id, kept, None))
        else:
            lines.append(LineOutcome(line.id, _NOTHING, excluded))
    for refund in facts.refunds:
        if refund.adjustment:
            net -= refund.adjustment
    if net <= 0:
        return Outcome(0, _NOTHING, tuple(lines))
    return Outcome(program.points_for(net), net, tuple(lines))


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


def add_months(instant: datetime, months: int) -> datetime:
    """The same day and time so many months later, clamped to the month's last day."""
    index = instant.year * 12 + instant.month - 1 + months
    year, month = divmod(index, 12)
    for day in (instant.day, 30, 29, 28):
        try:
            return instant.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def customer_of(facts: OrderFacts) -> int | None:
    """The customer the order belongs to now, if any."""
    return facts.body.customer_id if facts.body is not None else None


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
    if not program.program.is_live:
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
