"""Rehearsing: the orders of the last days judged once more, by the live program and by a draft, through what settlement itself uses.

Nothing is changed. Orders are streamed member by member and judged as they were placed, on every core; what comes of a member is
counted and forgotten. The rehearsed points are, to the point, what a later live replay of the same orders posts.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby, islice
from typing import Any, Final
from uuid import UUID

import msgspec
from babel.numbers import get_currency_precision

from plugin import clock
from plugin.db import Database, Session, erasure, proof, rehearsals, shops
from plugin.db import tiers as tier_rows
from plugin.db.rehearsals import PastOrder
from plugin.db.tables import RehearsalRow
from plugin.loyalty import facts as order_facts
from plugin.loyalty.codes import tombstone
from plugin.loyalty.days import zone_of
from plugin.loyalty.errors import OutsideError, RehearsalUnknown
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.pins import Needs, Pins
from plugin.loyalty.program import Program, dump, parse
from plugin.loyalty.program.tiers import Metric
from plugin.loyalty.rehearsal import Judgement, Pair, Tally, conclude
from plugin.loyalty.rules import PURCHASE, SHARE, CompiledProgram, net_of
from plugin.loyalty.tiers import DAWN, Era, Event, Term, course, terms, tier_at
from plugin.services import drafts, effects, memberships, programs, tier_preview, tiers
from plugin.services.effects import Kind
from plugin.services.judgement import Judged, Posted
from plugin.services.keys import Keys
from plugin.services.ports import ShopifyShop
from plugin.services.purchases import judge
from plugin.services.surroundings import Surroundings

WORTH_A_PROCESS: Final = 10_000
"""A process of its own takes a moment to start; fewer orders than this are judged faster without one."""

PARTS_MAX: Final = 4
STEP: Final = 1000
"""So many orders are judged in one go, and then the progress is noted."""

ABANDONED_AFTER: Final = timedelta(minutes=2)

READING_SECONDS: Final = 60.0
"""How long orders of before the installation are read; a job has no more than two minutes."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One rehearsal as others see it; `outcome` is plugin.loyalty.rehearsal.conclude's."""

    id: UUID
    state: str
    live_version: int
    since: datetime
    until: datetime
    done: int
    total: int | None
    asked_at: datetime
    finished_at: datetime | None
    outcome: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Task:
    """What a process needs to judge its part of the orders."""

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


def ask(
    session: Session, program: Program | None, *, rehearsal_id: UUID, days: int, by: str, now: datetime
) -> Rehearsal:
    """Have a program (None: the draft) rehearsed on the orders of the last `days`; it is done soon, by a job."""
    document = dump(program) if program is not None else drafts.read(session).document
    row = RehearsalRow(
        shop_id=session.shop_id,
        id=rehearsal_id,
        document=document,
        live_version=programs.current(session).version,
        since=now - timedelta(days=days),
        until=now,
        state="asked",
        asked_at=now,
        asked_by=by,
        touched_at=now,
        done=0,
    )
    rehearsals.add(session, row)
    effects.request(session, Kind.REHEARSE, str(rehearsal_id), now=now)
    return _view(row)


def find(session: Session, rehearsal_id: UUID) -> Rehearsal:
    """One rehearsal, as it stands now. Raises RehearsalUnknown."""
    row = rehearsals.find(session, rehearsal_id)
    if row is None:
        raise RehearsalUnknown(rehearsal_id=rehearsal_id)
    return _view(row)


def run(
    database: Database,
    shop_id: int,
    rehearsal_id: UUID,
    *,
    shopify: Callable[[], ShopifyShop],
    keys: Keys,
    now: Callable[[], datetime],
    parts: int | None = None,
) -> bool:
    """Do it; False when another is at it. `parts` processes share the work (default: one a core where it is worth it).

    Orders of before the installation are read from Shopify first. Raises OutsideError; it can then be run again.
    """
    with database.transaction(shop_id) as session:
        known = rehearsals.find(session, rehearsal_id)
        if known is None or known.state == "done":
            return True
        if not rehearsals.begin(session, rehearsal_id, now=now(), abandoned_before=now() - ABANDONED_AFTER):
            return False
        rehearsals.forget_unseen(session, rehearsal_id)
        installed_at = shops.details(session).installed_at
    is_complete = True
    if known.since < installed_at:
        is_complete = _read_unseen(database, shop_id, known, shopify, keys=keys, now=now)
    with database.transaction(shop_id, is_snapshot=True) as session:
        task, total, outstanding, currency = _prepare(session, known, database.url, parts)
        with database.transaction(shop_id) as noting:
            rehearsals.set_total(noting, rehearsal_id, total)
        tally = _share_out(session, task, _noting(database, task, now=now))
        moves = tier_preview.preview(session, parse(task.draft), now=known.until).moves
    outcome = conclude(
        tally,
        parse(task.live),
        parse(task.draft),
        outstanding=outstanding,
        currency=currency,
        digits=get_currency_precision(currency),
        tiers=moves,
        is_complete=is_complete,
    )
    with database.transaction(shop_id) as session:
        rehearsals.finish(session, rehearsal_id, outcome=outcome, now=now())
    return True


def _read_unseen(
    database: Database,
    shop_id: int,
    row: RehearsalRow,
    shopify: Callable[[], ShopifyShop],
    *,
    keys: Keys,
    now: Callable[[], datetime],
) -> bool:
    """Read the window's orders that the books do not have; False when they were too many for the time there is."""
    until = clock.stopwatch_seconds() + READING_SECONDS
    try:
        for page in shopify().orders_updated_since(row.since):
            placed = [
                (facts.id, facts.body.customer_id, facts.body.processed_at, order_facts.encode(facts))
                for facts in page
                if facts.body is not None
                and facts.body.customer_id
                and row.since <= facts.body.processed_at < row.until
            ]
            with database.transaction(shop_id) as session:
                marks = {tombstone(keys.tombstones, shop_id, customer): customer for _, customer, _, _ in placed}
                erased = {marks[mark] for mark in erasure.buried(session, list(marks))} if marks else set()
                if fresh := [order for order in placed if order[1] not in erased]:
                    rehearsals.add_unseen(session, row.id, fresh)
                rehearsals.note_progress(session, row.id, 0, now=now())
            if clock.stopwatch_seconds() > until:
                return False
    except OutsideError:
        with database.transaction(shop_id) as session:
            rehearsals.put_back(session, row.id)
        raise
    return True


def _prepare(session: Session, row: RehearsalRow, url: str, parts: int | None) -> tuple[Task, int, int, str]:
    known = programs.versions(session)
    live, draft = programs.compiled(session, known, row.live_version), CompiledProgram(parse(row.document), 0)
    details = shops.details(session)
    has_history = any(_looks_back(side) for side in (live, draft))
    has_budgets = any(side.rules is not None and side.rules.budgets for side in (live, draft))
    total = rehearsals.count(session, row.id, since=None if has_history else row.since, until=row.until)
    if parts is None:
        parts = 1 if total < WORTH_A_PROCESS else min(PARTS_MAX, os.cpu_count() or 1)
    task = Task(
        url=url,
        shop_id=session.shop_id,
        rehearsal_id=row.id,
        snapshot=None,
        live=dump(live.program),
        live_version=live.version,
        draft=row.document,
        zone=details.timezone,
        needs={number: programs.compiled(session, known, number).needs for number in known.numbers},
        since=row.since,
        until=row.until,
        has_history=has_history,
        by_member=not has_budgets,  # first come, first served: whoever shares a budget is judged in one row
        part=0,
        parts=1 if has_budgets else parts,
    )
    return task, total, rehearsals.outstanding(session), details.currency


def _looks_back(program: CompiledProgram) -> bool:
    """True when what an order earns depends on its member's orders before it."""
    rules = program.rules
    return rules is not None and bool(rules.order_reach != 0 or rules.member_limits or rules.has_tiers)


def _share_out(session: Session, task: Task, progress: Callable[[int], None]) -> Tally:
    """The first part here, the others in processes of their own, all seeing the same instant."""
    if task.parts == 1:
        return judge_part(session, task, progress)
    snapshot = proof.shared_snapshot(session)
    rehearsals.stay(session)
    others = [replace(task, snapshot=snapshot, part=part) for part in range(1, task.parts)]
    with ProcessPoolExecutor(len(others), mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = [pool.submit(_elsewhere, each) for each in others]
        tally = judge_part(session, task, progress)
        for each in waiting:
            tally.add(each.result())
    return tally


def _elsewhere(task: Task) -> Tally:
    """One part, in a process of its own."""
    database = Database(task.url, pool_size=2)
    try:
        with database.transaction(task.shop_id, is_snapshot=True, snapshot=task.snapshot) as session:
            return judge_part(session, task, _noting(database, task, now=None))
    finally:
        database.dispose()


def _noting(database: Database, task: Task, *, now: Callable[[], datetime] | None) -> Callable[[int], None]:
    def note(more: int) -> None:
        with database.transaction(task.shop_id) as session:
            rehearsals.note_progress(session, task.rehearsal_id, more, now=now() if now is not None else None)

    return note


# --- Judging ------------------------------------------------------------------------------------------------------------


def judge_part(session: Session, task: Task, progress: Callable[[int], None]) -> Tally:
    """Judge every order of the task's part by both programs, as they were placed."""
    live, draft = parse(task.live), parse(task.draft)
    zone = zone_of(task.zone)
    sides = (
        _Side(CompiledProgram(live, task.live_version, zone=zone), task),
        _Side(CompiledProgram(draft, task.live_version + 1, zone=zone), task),
    )
    tally = Tally.begin(live, draft)
    if task.by_member:
        for members in _together(_stream(session, task, by_member=True), progress):
            for side in sides:
                side.rank(session, [order for theirs in members for order in theirs])
            for theirs in members:
                judged = zip(theirs, *(side.judge(theirs) for side in sides), strict=True)
                _count(tally, theirs[0].member_id, [_pair(*each) for each in judged if each[0].placed_at >= task.since])
                for side in sides:
                    side.forget()
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

    def __init__(self, program: CompiledProgram, task: Task) -> None:
        self._program = program
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
            self._terms = _terms(session, self._program, self._eras, orders, now=self._until)

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
            self._around.note(judged, program, outcome)
        else:
            outcome = judge(program, order.facts, order.pins, joined_at=order.joined_at)
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
    session: Session, program: CompiledProgram, eras: Sequence[Era], orders: Sequence[_Past], *, now: datetime
) -> dict[int, list[Term]]:
    """Each member's tiers by what these orders count, by what else counts, and by what staff and memberships say."""
    metric = program.program.tiers.metric
    events: dict[int, list[Event]] = {order.member_id: [] for order in orders}
    for order in orders:
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


def _view(row: RehearsalRow) -> Rehearsal:
    return Rehearsal(
        row.id,
        row.state,
        row.live_version,
        row.since,
        row.until,
        row.done,
        row.total,
        row.asked_at,
        row.finished_at,
        row.outcome,
    )


_PARTS: Final = frozenset({PURCHASE, SHARE})
_pins_decoder = msgspec.json.Decoder(Pins)
_posted_decoder = msgspec.json.Decoder(Posted)
