"""What surrounds an order: the member's other orders, their tier, and what campaigns have left.

A member's orders count in the order in which they were placed, never in which they were told: an order that arrives late, or changes,
brings along those whose place among the member's orders, or whose share of a limit, depends on it. Budgets alone are first come, first
served; what an order had of one is pinned to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from plugin.db import Session, budgets
from plugin.db import orders as order_rows
from plugin.loyalty import days
from plugin.loyalty.order_rules import NOWHERE, CompiledRules, Offer, Standing, offer_of
from plugin.loyalty.pins import BudgetPin, Pins
from plugin.loyalty.program.values import Period
from plugin.loyalty.rules import CompiledProgram, Outcome
from plugin.services import programs, tiers
from plugin.services.judgement import Judged
from plugin.services.programs import Versions

Ready = tuple[Judged, CompiledProgram]
"""An order that can be judged, and the version that judges it."""


def related(session: Session, orders: Mapping[int, Judged], known: Versions) -> list[int]:
    """Other orders of the same members that these may change: their number, or what a limit of a period leaves them."""
    rules = list(_reaching(session, orders, known)) if known.numbers else []
    if not rules:
        return []
    members = sorted({member for one in orders.values() for member in (one.member_id, one.left_id) if member})
    if not members:
        return []
    ids: set[int] = set()
    reaches = [one.order_reach for one in rules]
    if any(reach != 0 for reach in reaches):
        # As many more as there are orders here: each of these may have been counted until now and be counted no longer.
        limit = None if None in reaches else max(filter(None, reaches)) + len(orders)
        ids |= set(order_rows.first_paid(session, members, limit=limit))
    periods = {period for one in rules for period in one.member_limits.values()}
    if periods:
        since, until = _window(orders, periods, known)
        ids |= set(order_rows.paid_between(session, members, since=since, until=until))
    return sorted(ids - orders.keys())


@dataclass(slots=True)
class Surroundings:
    """What has been found out for one settlement; asked order by order, as they were placed.

    With `takes` false nothing is taken of budgets: each pinned order is shown what it had.
    """

    takes: bool
    zone: str | None = None
    numbers: dict[int, int] = field(default_factory=dict)
    tiers: Mapping[tuple[int, datetime], str | None] = field(default_factory=dict)
    spent: dict[str, int] = field(default_factory=dict)
    spent_before: dict[str, int] = field(default_factory=dict)
    used: dict[tuple[int, str, Period, int], int] = field(default_factory=dict)

    def standing(self, order: Judged, program: CompiledProgram) -> Standing:
        """Where the order stands. Pins the shop's time zone to it where rules ask for the hour or the calendar."""
        rules, body, member = program.rules, order.facts.body, order.member_id
        if rules is None or body is None or not order.facts.is_paid:
            return NOWHERE
        if self.zone is not None and (rules.needs_zone or rules.member_limits) and _pins(order).zone is None:
            _pin(order, msgspec.structs.replace(_pins(order), zone=self.zone))
        if member is None:
            return NOWHERE
        return Standing(
            number=self.numbers.get(order.id),
            tier=self.tiers.get((member, body.processed_at)),
            used={name: self.used.get(key, 0) for name, key in _period_keys(order, rules, member)},
            offers=dict(self._offers(order, rules)),
        )

    def note(self, order: Judged, program: CompiledProgram, outcome: Outcome) -> None:
        """The order was judged so: later ones of its member have less of each limit, and other members less of each budget."""
        rules, member = program.rules, order.member_id
        if rules is None:
            return
        given = {one.rule: one for one in outcome.rules} if member is not None else {}
        if member is not None:
            for name, key in _period_keys(order, rules, member):
                if name in given:
                    self.used[key] = self.used.get(key, 0) + given[name].points
        if not self.takes or not rules.budgets:
            return
        pinned = dict(_pins(order).budgets)
        for name in rules.budgets:
            before, one = pinned.get(name), given.get(name)
            if before is None and (one is None or not one.wanted):
                continue
            points = one.points if one is not None else 0
            if before is not None:
                pinned[name] = BudgetPin(before.factor, before.most, points)
            elif one is not None:
                pinned[name] = BudgetPin(one.factor if one.factor is not None else _ONE, points, points)
            self.spent[name] = self.spent.get(name, 0) + points - (before.taken if before is not None else 0)
        if pinned != _pins(order).budgets:
            _pin(order, msgspec.structs.replace(_pins(order), budgets=pinned))

    def keep(self, session: Session) -> None:
        """Write what budgets lost and got back."""
        changes = {name: spent - self.spent_before.get(name, 0) for name, spent in self.spent.items()}
        budgets.add(session, {name: change for name, change in changes.items() if change})

    def _offers(self, order: Judged, rules: CompiledRules) -> Iterator[tuple[str, Offer]]:
        pinned = _pins(order).budgets
        for name, budget in rules.budgets.items():
            left = max(0, budget.points - self.spent.get(name, 0))
            before = pinned.get(name)
            if before is not None:
                # Never more than at first: what others gave back since is for those who come, not for those who are told again.
                yield name, Offer(before.factor, min(before.most, before.taken + left) if self.takes else before.taken)
            elif self.takes:
                yield name, offer_of(budget, self.spent.get(name, 0))
            else:
                yield name, Offer(_ONE, 0)


def look(
    session: Session, orders: Iterable[Judged], ready: Sequence[Ready], known: Versions, *, takes: bool
) -> Surroundings:
    """Read what the rules of the orders that can be judged ask about their surroundings; nothing at all without order rules."""
    found = Surroundings(takes)
    ruled = [(order, program.rules) for order, program in ready if program.rules is not None]
    if not ruled:
        return found
    found.zone = known.timezone
    found.numbers = _numbers(orders)
    if any(rules.has_tiers for _, rules in ruled):
        found.tiers = tiers.at(
            session,
            [
                (order.member_id, order.facts.body.processed_at)
                for order, _ in ready
                if order.member_id is not None and order.facts.body is not None
            ],
        )
    names = sorted({name for _, rules in ruled for name in rules.budgets})
    if names and takes:
        found.spent_before = budgets.spent_for_update(session, names)
        found.spent = dict(found.spent_before)
    return found


def placed(order: Judged) -> tuple[datetime, int]:
    """Where an order stands in time: the order in which limits fill."""
    body = order.facts.body
    return (body.processed_at if body is not None else _DAWN, order.id)


def _reaching(session: Session, orders: Mapping[int, Judged], known: Versions) -> Iterator[CompiledRules]:
    """Rules of the versions from the earliest of these orders on that look at a member's other orders.

    Later versions too: an order of before moves the number of those that came after it.
    """
    first = min(
        (
            known.judging(order.facts.body.processed_at, settled_by=order.version) or known.numbers[0]
            for order in orders.values()
            if order.facts.body is not None
        ),
        default=None,
    )
    if first is None:
        return
    for version in known.numbers:
        if version >= first:
            rules = programs.compiled(session, known, version).rules
            if rules is not None and (rules.order_reach != 0 or rules.member_limits):
                yield rules


def _window(
    orders: Mapping[int, Judged], periods: set[Period], known: Versions
) -> tuple[datetime | None, datetime | None]:
    """The stretch of time that holds every whole period of these orders; weeks fit into no month, so together they take all there is."""
    if "ever" in periods or ("week" in periods and periods & {"month", "quarter", "year"}):
        return None, None
    widest = next(period for period in _WIDEST_FIRST if period in periods)
    zone = days.zone_of(known.timezone)
    placed_on = [
        days.day_of(facts.body.processed_at, zone)
        for order in orders.values()
        for facts in (order.facts, order.was)
        if facts is not None and facts.body is not None
    ]
    end = days.first_day_after(max(placed_on), widest) if placed_on else None
    return (
        days.begin_of(days.first_day(min(placed_on), widest), zone) if placed_on else None,
        days.begin_of(end, zone) if end is not None else None,
    )


def _numbers(orders: Iterable[Judged]) -> dict[int, int]:
    """The number of each order among the paid ones of its member that are at hand."""
    counted: dict[int, int] = {}
    numbers = {}
    for order in sorted(orders, key=placed):
        if order.member_id is not None and order.facts.is_paid and not order.facts.is_test:
            counted[order.member_id] = numbers[order.id] = counted.get(order.member_id, 0) + 1
    return numbers


def _period_keys(
    order: Judged, rules: CompiledRules, member: int
) -> Iterator[tuple[str, tuple[int, str, Period, int]]]:
    """For each rule with a limit per member: the key under which that limit is counted for this order."""
    body = order.facts.body
    if body is None or not rules.member_limits:
        return
    zone: ZoneInfo = days.zone_of(_pins(order).zone or "UTC")
    today = days.day_of(body.processed_at, zone)
    for name, period in rules.member_limits.items():
        yield name, (member, name, period, days.period_number(today, period))


def _pins(order: Judged) -> Pins:
    return order.pins if order.pins is not None else _NO_PINS


def _pin(order: Judged, pins: Pins) -> None:
    order.pins = pins
    order.pins_raw = msgspec.json.encode(pins)


_WIDEST_FIRST: Final[tuple[Period, ...]] = ("year", "quarter", "month", "week", "day")
_DAWN: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_ONE: Final = Decimal(1)
_NO_PINS: Final = Pins()
