"""Milestones: a pure function from what a member bought and did to the steps they have reached. Pure.

Deeds are taken in the order in which they happened, whatever the order in which we were told, and the version in force at each deed says
which milestones there are; so the result depends on the set of deeds alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from plugin.loyalty import days
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.program import Achievement, Program

REPEATS_MAX: Final = 1000
"""How often a milestone that repeats can be reached by one member."""

_NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Piece:
    """Pieces of one product that were kept."""

    product_id: int | None
    variant_id: int | None
    quantity: int


@dataclass(frozen=True, slots=True)
class Deed:
    """One order or one action, under the program version of its time. `points` is what it gave."""

    at: datetime
    id: int
    version: int
    program: Program
    points: int = 0
    spend: Decimal = _NOTHING
    pieces: tuple[Piece, ...] = ()
    action_id: str | None = None

    @property
    def is_order(self) -> bool:
        """True for an order, false for an action."""
        return self.action_id is None


@dataclass(frozen=True, slots=True)
class Reached:
    """A step that was reached, by the definition of that version. `is_announced`: no higher step of its line was reached with it."""

    achievement: Achievement
    step: int
    version: int
    at: datetime
    is_announced: bool


def reached(deeds: Sequence[Deed], zone: ZoneInfo) -> dict[tuple[str, int], Reached]:
    """The steps reached, keyed by (achievement id, threshold), each at the first deed that brought the member there."""
    ordered = sorted(deeds, key=lambda deed: (deed.at, deed.is_order, deed.id))
    found: dict[tuple[str, int], Reached] = {}
    for line in _lines(ordered):
        for deed, gained in _climb(line, ordered, zone):
            for step in gained:
                known = found.get((line.id, step))
                if known is None or deed.at < known.at:
                    found[line.id, step] = Reached(line, step, deed.version, deed.at, step == max(gained))
    return found


def progress(line: Achievement, deeds: Sequence[Deed], zone: ZoneInfo) -> int:
    """How far these deeds bring a member on this line, in whole units of its metric."""
    value = 0
    for value, _ in _measure(line, sorted(deeds, key=lambda deed: (deed.at, deed.is_order, deed.id)), zone):  # noqa: B007
        pass
    return value


def order_deed(
    facts: OrderFacts, program: Program, *, version: int, points: int, spend: Decimal, customer_tags: Sequence[str] = ()
) -> Deed | None:
    """What an order counts for, `spend` being the money of it that earns.

    None when it counts for nothing: unpaid, given back, a test, or of somebody who takes no part.
    """
    body = facts.body
    if body is None or not facts.is_paid or facts.is_test or facts.is_deleted or facts.cancelled_at is not None:
        return None
    excluded = {tag.casefold() for tag in program.exclusions.customer_tags}
    if not program.is_live_for(customer_tags) or (body.is_company and program.exclusions.company_orders):
        return None
    if excluded.intersection(tag.casefold() for tag in customer_tags):
        return None
    pieces = []
    for line in body.lines:
        gone = line.removed + sum(
            part.quantity for refund in facts.refunds for part in refund.lines if part.line_id == line.id
        )
        if line.is_gift_card or gone >= line.quantity:
            continue
        pieces.append(Piece(line.product_id, line.variant_id, line.quantity - gone))
    if not pieces:
        return None
    return Deed(body.processed_at, facts.id, version, program, points, spend, tuple(pieces))


def _lines(deeds: Sequence[Deed]) -> list[Achievement]:
    """Every definition that was in force at one of the deeds, once."""
    lines: list[Achievement] = []
    seen: set[int] = set()
    for deed in deeds:
        if deed.version not in seen:
            seen.add(deed.version)
            lines += [line for line in deed.program.achievements if line.is_on and line not in lines]
    return lines


def _climb(line: Achievement, deeds: Sequence[Deed], zone: ZoneInfo) -> Iterator[tuple[Deed, list[int]]]:
    """The deeds under this very definition that reached steps, with those steps."""
    done: set[int] = set()
    in_force: dict[int, bool] = {}
    for value, deed in _measure(line, deeds, zone):
        if deed.version not in in_force:
            in_force[deed.version] = any(line == one and one.is_on for one in deed.program.achievements)
        if in_force[deed.version]:
            gained = [step for step in _thresholds(line, value) if step not in done]
            if gained:
                done.update(gained)
                yield deed, gained


def _thresholds(line: Achievement, value: int) -> list[int]:
    if not line.repeats:
        return [step.at for step in line.steps if step.at <= value]
    each = line.steps[0].at
    return [each * n for n in range(1, min(value // each, REPEATS_MAX) + 1)]


def _measure(line: Achievement, deeds: Sequence[Deed], zone: ZoneInfo) -> Iterator[tuple[int, Deed]]:
    """The value of the line's metric after each deed that counts for it."""
    counting = [deed for deed in deeds if _lies_within(line, deed)]
    if line.metric == "streak":
        yield from _streak(line, counting, zone)
    elif line.metric == "challenge":
        yield from _challenge(line, counting)
    else:
        total = _NOTHING
        for deed in counting:
            share = _share(line, deed)
            if share:
                total += share
                yield int(total), deed


def _lies_within(line: Achievement, deed: Deed) -> bool:
    return (line.starts_at is None or deed.at >= line.starts_at) and (line.ends_at is None or deed.at < line.ends_at)


def _share(line: Achievement, deed: Deed) -> Decimal:
    match line.metric:
        case "points":
            return Decimal(deed.points)
        case "actions":
            return Decimal(deed.action_id in line.action_ids)
        case "orders":
            return Decimal(deed.is_order)
        case "spend":
            return deed.spend
        case _:
            return sum((_units(line, piece) * piece.quantity for piece in deed.pieces), _NOTHING)


def _units(line: Achievement, piece: Piece) -> Decimal:
    by_product = line.other_units
    for unit in line.units:
        if unit.variant_id is not None and unit.variant_id == piece.variant_id:
            return unit.units
        if unit.product_id is not None and unit.product_id == piece.product_id:
            by_product = unit.units
    return by_product


def _streak(line: Achievement, deeds: Sequence[Deed], zone: ZoneInfo) -> Iterator[tuple[int, Deed]]:
    """The longest run of periods with an order so far; for a streak that repeats, the periods of every full run."""
    each, run, best, last = line.steps[0].at, 0, 0, None
    for deed in deeds:
        if not deed.is_order:
            continue
        number = days.period_number(days.day_of(deed.at, zone), line.period)
        if number == last:
            yield (
                best,
                deed,
            )  # nothing new, unless the line is: a version that began within the period has not seen this run
            continue
        run = run + 1 if last is not None and number == last + 1 else 1
        last = number
        best = (best + each if run % each == 0 else best) if line.repeats else max(best, run)
        yield best, deed


def _challenge(line: Achievement, deeds: Sequence[Deed]) -> Iterator[tuple[int, Deed]]:
    """1 once every task is done."""
    counts = [0] * len(line.tasks)
    for deed in deeds:
        for place, task in enumerate(line.tasks):
            counts[place] += deed.action_id == task.action_id
        if all(count >= task.times for count, task in zip(counts, line.tasks, strict=True)):
            yield 1, deed
