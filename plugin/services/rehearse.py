"""Rehearsing: the orders of the last days judged once more, by the live program and by a draft, through what settlement itself uses.

Nothing is changed. Orders are judged as they were placed, on every core, and so are the referrals they carry. The rehearsed points
are, to the point, what a later live replay of the same orders posts.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from babel.numbers import get_currency_precision

from plugin import clock
from plugin.db import Database, Session, erasure, proof, rehearsals, shops
from plugin.db.tables import RehearsalRow
from plugin.loyalty import facts as order_facts
from plugin.loyalty.codes import tombstone
from plugin.loyalty.days import zone_of
from plugin.loyalty.errors import OutsideError, RehearsalUnknown
from plugin.loyalty.program import Program, dump, parse
from plugin.loyalty.rehearsal import Tally, conclude
from plugin.loyalty.rules import CompiledProgram
from plugin.services import drafts, effects, programs, rehearsed_orders, rehearsed_referrals, tier_preview
from plugin.services.effects import Kind
from plugin.services.keys import Keys
from plugin.services.ports import ShopifyShop
from plugin.services.rehearsed_orders import Task
from plugin.services.rehearsed_referrals import Referred

WORTH_A_PROCESS: Final = 10_000
"""A process of its own takes a moment to start; fewer orders than this are judged faster without one."""

PARTS_MAX: Final = 4
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
        referred = _referred(session, task)
        tally = _share_out(session, task, referred, _noting(database, task, now=now))
        moves = tier_preview.preview(session, parse(task.draft), now=known.until).moves
    outcome = conclude(
        tally,
        parse(task.live),
        parse(task.draft),
        outstanding=outstanding,
        currency=currency,
        digits=get_currency_precision(currency),
        tiers=moves,
        friends=referred.friends,
        unchecked=referred.unchecked,
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


def _referred(session: Session, task: Task) -> Referred:
    """What the window's referrals would have brought: few beside the orders, so they are judged here, and told to every part."""
    zone = zone_of(task.zone)
    sides = [CompiledProgram(parse(document), 0, zone=zone) for document in (task.live, task.draft)]
    return rehearsed_referrals.judge_all(session, *sides, since=task.since, until=task.until)


def _share_out(session: Session, task: Task, referred: Referred, progress: Callable[[int], None]) -> Tally:
    """The first part here, the others in processes of their own, all seeing the same instant."""
    tasks = [replace(task, part=part, besides=referred.of_part(part, task.parts)) for part in range(task.parts)]
    if task.parts == 1:
        return rehearsed_orders.judge_part(session, tasks[0], progress)
    snapshot = proof.shared_snapshot(session)
    rehearsals.stay(session)
    with ProcessPoolExecutor(task.parts - 1, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = [pool.submit(_elsewhere, replace(each, snapshot=snapshot)) for each in tasks[1:]]
        tally = rehearsed_orders.judge_part(session, tasks[0], progress)
        for each in waiting:
            tally.add(each.result())
    return tally


def _elsewhere(task: Task) -> Tally:
    """One part, in a process of its own."""
    database = Database(task.url, pool_size=2)
    try:
        with database.transaction(task.shop_id, is_snapshot=True, snapshot=task.snapshot) as session:
            return rehearsed_orders.judge_part(session, task, _noting(database, task, now=None))
    finally:
        database.dispose()


def _noting(database: Database, task: Task, *, now: Callable[[], datetime] | None) -> Callable[[int], None]:
    def note(more: int) -> None:
        with database.transaction(task.shop_id) as session:
            rehearsals.note_progress(session, task.rehearsal_id, more, now=now() if now is not None else None)

    return note


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
