"""The orders of the past judged once more by two programs, as they were placed: one part of them, in one process.

Orders are streamed member by member and judged through what settlement itself uses; what comes of a member is counted and forgotten.
What surrounds an order is found out anew for each program: its number, the member's tier, what limits and budgets leave. Who was
blocked is no matter of the program: it stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import groupby, islice
from typing import Any, Final
from uuid import UUID

import msgspec

from plugin.db import Session, rehearsals
from plugin.db import tiers as tier_rows
from plugin.db.rehearsals import PastOrder
from plugin.loyalty import facts as order_facts
from plugin.loyalty.days import zone_of
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.pins import Needs, Pins
from plugin.loyalty.program import parse
from plugin.loyalty.program.tiers import Metric
from plugin.loyalty.rehearsal import Judgement, Pair, Tally
from plugin.loyalty.rules import ADVOCATE, FRIEND, PURCHASE, SHARE, CompiledProgram, net_of
from plugin.loyalty.tiers import DAWN, Era, Event, Term, course, terms, tier_at
from plugin.services import blocks, memberships, tiers
from plugin.services.blocks import Blocks
from plugin.services.judgement import Judged, Posted
from plugin.services.purchases import judge, unless_blocked
from plugin.services.surroundings import Surroundings

STEP: Final = 1000
"""So many orders are judged in one go, and then the progress is noted."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a process needs to judge its part of the orders. `besides`: member -> points that referrals bring, (live, draft)."""

    url: str
    shop_id: int
    rehearsal_id: UUID
    snapshot: str | None
    live: dict[str, Any]
    live_version: int
    draft: dict[str, Any]
    zone: str
    needs: dict[int, Needs]
    since: datetime
    until: datetime
    has_history: bool
    by_member: bool
    part: int
    parts: int
    besides: Mapping[int, tuple[int, int]] = field(default_factory=dict)


def judge_part(session: Session, task: Task, progress: Callable[[int], None]) -> Tally:
    """Judge every order of the task's part by both programs, as they were placed."""
    live, draft = parse(task.live), parse(task.draft)
    zone = zone_of(task.zone)
    blocked = blocks.of_everybody(session)
    sides = (
        _Side(CompiledProgram(live, task.live_version, zone=zone), task, blocked),
        _Side(CompiledProgram(draft, task.live_version + 1, zone=zone), task, blocked),
    )
    tally = Tally.begin(live, draft, besides=task.besides)
    if task.by_member:
        for members in _together(_stream(session, task, by_member=True), progress):
            for side in sides:
                side.rank(session, [order for theirs in members for order in theirs])
            for theirs in members:
                judged = zip(theirs, *(side.judge(theirs) for side in sides), strict=True)
                _count(tally, theirs[0].member_id, [_pair(*each) for each in judged if each[0].placed_at >= task.since])
                for side in sides:
                    side.forget()
        tally.count_rest()
        return tally
    for side in sides:
        side.rank_all(session, task)
    pairs: dict[int, list[Pair]] = {}
    for orders in _batches(_stream(session, task, by_member=False), progress):
        for each in zip(orders, *(side.judge(orders) for side in sides), strict=True):
            if each[0].placed_at >= task.since:
                pairs.setdefault(each[0].member_id, []).append(_pair(*each))
    for member_id, theirs_judged in sorted(pairs.items()):
        _count(tally, member_id, theirs_judged)
    tally.count_rest()
    return tally


def _stream(session: Session, task: Task, *, by_member: bool) -> Iterator[PastOrder]:
    return rehearsals.stream(
        session,
        task.rehearsal_id,
        since=None if task.has_history else task.since,
        until=task.until,
        part=task.part,
        parts=task.parts,
        by_member=by_member,
    )


def _together(orders: Iterable[PastOrder], progress: Callable[[int], None]) -> Iterator[list[list[_Past]]]:
    """Some members at a time, each with all their orders: what has to be asked of the database is asked for all of them."""
    members: list[list[_Past]] = []
    count = 0
    for _, group in groupby(orders, key=lambda order: order.member_id):
        members.append([_read(order) for order in group])
        count += len(members[-1])
        if count >= STEP:
            yield members
            progress(count)
            members, count = [], 0
    if members:
        yield members
        progress(count)


def _batches(orders: Iterable[PastOrder], progress: Callable[[int], None]) -> Iterator[list[_Past]]:
    """Orders as they come, some at a time."""
    left = iter(orders)
    while batch := [_read(order) for order in islice(left, STEP)]:
        yield batch
        progress(len(batch))


@dataclass(frozen=True, slots=True)
class _Past:
    """An order of the past as settlement would see it for the first time: nothing posted, nothing taken of any budget."""

    id: int
    member_id: int
    facts: OrderFacts
    pins: Pins | None
    posted: int
    version: int | None
    joined_at: datetime | None
    placed_at: datetime
    is_in_books: bool


class _Side:
    """One program, and what surrounds the orders that it judges."""

    def __init__(self, program: CompiledProgram, task: Task, blocked: Blocks) -> None:
        self._program = program
        self._blocked = blocked
        self._zone = task.zone
        self._asks = program.needs
        self._asked = task.needs
        self._since = task.since
        self._until = task.until
        self._is_ruled = program.rules is not None
        self._has_tiers = program.rules is not None and program.rules.has_tiers
        self._eras = (Era(DAWN, program.version, program.program.tiers),)
        self._terms: dict[int, list[Term]] = {}
        self.forget()

    def forget(self) -> None:
        """The next orders are another member's."""
        self._around = Surroundings(takes=True, zone=self._zone)
        self._counted: dict[int, int] = {}
        self._is_window = False

    def rank(self, session: Session, orders: Sequence[_Past]) -> None:
        """Find out which tiers the members of these orders had when, had this program been in force all the time."""
        if self._has_tiers:
            counting = [order for order in orders if not self._blocked.stop(order.member_id, order.placed_at)]
            self._terms = _terms(session, self._program, self._eras, orders, counting, now=self._until)

    def rank_all(self, session: Session, task: Task) -> None:
        """The same for every member of the task."""
        if not self._has_tiers:
            return
        found: dict[int, list[Term]] = {}
        for members in _together(_stream(session, task, by_member=True), lambda _: None):
            self.rank(session, [order for theirs in members for order in theirs])
            found |= self._terms
        self._terms = found

    def judge(self, orders: Sequence[_Past]) -> list[Judgement]:
        """These orders one after the other, exactly as settlement judges them."""
        if self._is_ruled:
            self._around.numbers = self._numbers(orders)
        if self._has_tiers:
            self._around.tiers = {
                (order.member_id, order.placed_at): tier_at(
                    self._eras, self._terms.get(order.member_id, ()), order.placed_at
                )
                for order in orders
            }
        return [self._judge(order) for order in orders]

    def _judge(self, order: _Past) -> Judgement:
        program = self._program
        if self._is_ruled:
            if not self._is_window and order.placed_at >= self._since:
                self._is_window = True
                self._around.spent = {}  # what a campaign gives, it gives in the window
            judged = Judged(order.id, order.facts, pins=order.pins, member_id=order.member_id)
            standing = self._around.standing(judged, program)
            outcome = judge(program, order.facts, judged.pins, joined_at=order.joined_at, standing=standing)
            outcome = unless_blocked(outcome, order.facts, order.member_id, self._blocked)
            self._around.note(judged, program, outcome)
        else:
            outcome = judge(program, order.facts, order.pins, joined_at=order.joined_at)
            outcome = unless_blocked(outcome, order.facts, order.member_id, self._blocked)
        return Judgement(outcome.points, outcome.net, not self._asks or self._is_known(order))

    def _is_known(self, order: _Past) -> bool:
        """True when what this program asks beyond the order's facts was looked up when it came."""
        if not order.facts.is_paid:
            return True
        asked = self._asked.get(order.version) if order.version is not None else None
        body = order.facts.body
        return (
            asked is not None and body is not None and asked.covers(self._asks) and self._asks.are_met(order.pins, body)
        )

    def _numbers(self, orders: Sequence[_Past]) -> dict[int, int]:
        """Each order's number among the paid ones of its member."""
        numbers = {}
        for order in orders:
            if order.facts.is_paid and not order.facts.is_test:
                numbers[order.id] = self._counted[order.member_id] = self._counted.get(order.member_id, 0) + 1
        return numbers


def _terms(
    session: Session,
    program: CompiledProgram,
    eras: Sequence[Era],
    orders: Sequence[_Past],
    counting: Sequence[_Past],
    *,
    now: datetime,
) -> dict[int, list[Term]]:
    """Each member's tiers by what their `counting` orders are worth, what else counts, and what staff and memberships say."""
    metric = program.program.tiers.metric
    events: dict[int, list[Event]] = {order.member_id: [] for order in orders}
    for order in counting:
        worth = _worth(program, order, metric)
        if worth:
            events[order.member_id].append(Event(order.placed_at, order.id, worth))
    known = sorted(member_id for member_id in events if member_id > 0)
    for member_id, event in _events_besides(session, known, metric, now=now):
        events[member_id].append(event)
    holds = tiers.holds_of(session, known, memberships.runs_of(session, known, program.zone))
    return {
        member_id: terms(eras, course(eras, {metric: sorted(found)}, program.zone), holds.get(member_id, ()))
        for member_id, found in events.items()
    }


def _events_besides(
    session: Session, member_ids: Sequence[int], metric: Metric, *, now: datetime
) -> Iterator[tuple[int, Event]]:
    """What counts towards a tier and is no order's: it happened as it did, whatever the program."""
    if metric == "points":
        rows = tier_rows.earnings_of(session, member_ids, gains=tiers.EARNINGS, losses=tiers.UNDONE)
        for member_id, when, seq, points in rows:
            yield member_id, Event(when, -seq, Decimal(points))
    if metric == "referrals":
        for member_id, when, order_id in tier_rows.friends_of(session, member_ids, now=now):
            yield member_id, Event(when, order_id, Decimal(1))


def _worth(program: CompiledProgram, order: _Past, metric: Metric) -> Decimal:
    """What an order counts towards a tier."""
    net = net_of(program, order.facts, order.pins)
    if program.program.only_joined and (order.joined_at is None or order.joined_at > order.placed_at):
        net = Decimal(0)
    match metric:
        case "spend":
            return net
        case "points":
            return Decimal(program.points_for(net))
        case "orders":
            return Decimal(bool(net))
        case "referrals":
            return Decimal(0)


def _pair(order: _Past, live: Judgement, draft: Judgement) -> Pair:
    return Pair(live, draft, order.posted, is_from_shopify=not order.is_in_books)


def _count(tally: Tally, member_id: int, pairs: Sequence[Pair]) -> None:
    """What came of one member's orders in the window; those before it only surrounded them."""
    if pairs:
        tally.count(member_id, pairs)


def _read(order: PastOrder) -> _Past:
    facts = order_facts.decode(order.facts)
    pins = _pins_decoder.decode(order.pins) if order.pins else None
    if pins is not None and (pins.budgets or pins.shares):
        pins = msgspec.structs.replace(pins, budgets={}, shares={})
    posted = _posted_decoder.decode(order.posted) if order.posted else {}
    return _Past(
        order.id,
        order.member_id,
        facts,
        pins,
        sum(points for key, points in posted.items() if key.partition(":")[2] in _PARTS),
        order.version,
        order.joined_at,
        facts.body.processed_at if facts.body is not None else DAWN,
        order.is_in_books,
    )


_PARTS: Final = frozenset({PURCHASE, SHARE, ADVOCATE, FRIEND})
_pins_decoder = msgspec.json.Decoder(Pins)
_posted_decoder = msgspec.json.Decoder(Posted)
