"""Expiry: points lapse by the rule that is live, a change of the rule reaches what stands, owners are warned, staff can give back.

Every lot carries its date. Two things move dates: a version that says something else about expiry (in batches after it is published, and
at once for whoever has something due before their turn came), and activity where the rule counts from that. Activity is read from the
entries only when a date has passed: nothing is written each time somebody does something. Moved dates are recorded, insert-only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from plugin.db import Database, Session, journal
from plugin.db import entries as entry_rows
from plugin.db import expiry as expiry_rows
from plugin.db import members as member_rows
from plugin.db.expiry import Moved
from plugin.loyalty import expiry, ledger
from plugin.loyalty.days import begin_of
from plugin.loyalty.errors import MemberUnknown, NothingToReinstate
from plugin.loyalty.ledger import Account, Cause, Lot, Reason
from plugin.loyalty.program import AfterInactivity, Never
from plugin.loyalty.rules import CompiledProgram
from plugin.services import messages, programs
from plugin.services.programs import Versions

if TYPE_CHECKING:  # the calendar calls this module
    from plugin.services.calendar import NewDay

BATCH = 500
WARNINGS_SHOWN = 20
REINSTATE_DAYS = 30
"""For how long staff can give back what lapsed by a rule that no longer is: the live program has none that says."""


@dataclass(frozen=True, slots=True)
class ExpiringSoon:
    """So many points lapse at that instant unless they are spent before (or, where the rule says so, their owner does something)."""

    points: int
    at: datetime


def post_due(session: Session, accounts: Iterable[Account], *, now: datetime) -> None:
    """Post what is due on these (locked, loaded) accounts at `now`: points that become available, and points that lapse.

    Reads nothing more unless points are about to lapse. The caller writes the accounts.
    """
    accounts = list(accounts)
    bring_up_to_date(session, accounts, ahead=now, now=now)
    for account in accounts:
        ledger.post_due(account, now=now)


def bring_up_to_date(session: Session, accounts: Sequence[Account], *, ahead: datetime, now: datetime) -> None:
    """Give lots whose date lies before `ahead` the date they should have by now."""
    ripe = [account for account in accounts if any(_lapses_by(lot, ahead) for lot in account.lots or ())]
    if not ripe:
        return
    known = programs.versions(session)
    live = programs.compiled(session, known, known.numbers[-1])
    moved: list[Moved] = []
    for version, _, _ in expiry_rows.unfinished(session):
        moved += _redate(session, known, version, ripe)
    rule_now = live.program.lapse
    if isinstance(rule_now, Never):
        for account in ripe:
            moved += [_move(account, lot, None) for lot in account.lots or () if _lapses_by(lot, ahead)]
    elif isinstance(rule_now, AfterInactivity):
        until = _active_until(session, [account.member_id for account in ripe], live)
        for account in ripe:
            at = until.get(account.member_id)
            lots = [lot for lot in account.lots or () if at and _lapses_by(lot, ahead) and lot.expires_at != at]
            moved += [_move(account, lot, at) for lot in lots if at and _before(lot, at)]
    expiry_rows.move_dates(session, moved, version=live.version, now=now)


def redate(database: Database, shop_id: int, version: int, *, now: datetime) -> None:
    """Give everybody's points the dates that this version says they have, in batches. Safe to repeat and to interrupt."""
    done_to: int | None = 0
    while done_to is not None:
        with database.transaction(shop_id) as session:
            done_to = _redate_batch(session, version, now=now)


def expiring_soon(session: Session, member_id: int) -> ExpiringSoon | None:
    """What lapses next of a member who has something that can; None when nothing does. Everything due must be posted before."""
    found = expiry_rows.soonest(session, member_id)
    if found is None:
        return None
    at, points, everything = found
    live = programs.current(session)
    match live.program.lapse:
        case Never():
            return None
        case AfterInactivity():
            until = _active_until(session, [member_id], live).get(member_id, at)
            return ExpiringSoon(everything, until) if until > at else ExpiringSoon(points, at)
        case _:
            return ExpiringSoon(points, at)


def warn(new: NewDay) -> None:
    """The calendar's duty: note whose points lapse so many days after the day that has begun, as warnings that will be told."""
    with new.database.transaction(new.shop_id) as session:
        rule = programs.current(session).program.lapse
    if isinstance(rule, Never) or not rule.warn_days:
        return
    horizon = begin_of(new.day + timedelta(days=max(rule.warn_days) + 1), new.zone)
    with new.database.transaction(new.shop_id) as session:
        concerned = sorted(
            {member_id for member_id, _, _ in expiry_rows.lapsing(session, after=new.begins_at, until=horizon)}
        )
    for start in range(0, len(concerned), BATCH):
        with new.database.transaction(new.shop_id) as session:
            accounts = journal.lock(session, concerned[start : start + BATCH])
            bring_up_to_date(session, list(accounts.values()), ahead=horizon, now=new.now)
            _note_due(session, accounts.values())
    with new.database.transaction(new.shop_id) as session:
        for days in rule.warn_days:
            begins = begin_of(new.day + timedelta(days=days), new.zone)
            ends = begin_of(new.day + timedelta(days=days + 1), new.zone)
            lapsing = expiry_rows.lapsing(session, after=begins, until=ends)
            rows = [(member_id, at, days, points) for member_id, at, points in lapsing]
            expiry_rows.warn(session, rows, now=new.now)
            _tell(session, rows, now=new.now)


def _tell(session: Session, rows: Sequence[tuple[int, datetime, int, int]], *, now: datetime) -> None:
    program = programs.current(session).program
    for member_id, at, days, points in rows:
        facts = {"points": points, "date": at.isoformat()}
        cause = f"{at.date()}:{days}"
        messages.queue(
            session, program, member_id, "points_expiring", cause=cause, facts=facts, happened_at=now, now=now
        )


def warnings(session: Session, member_id: int) -> list[tuple[datetime, int, int, datetime, datetime | None]]:
    """(when points lapse, days before, points, made at, told at) of the member's latest warnings."""
    return expiry_rows.warnings_of(session, member_id, limit=WARNINGS_SHOWN)


def reinstate(
    session: Session, member_id: int, points: int | None, *, words: str, author: str, key: str, now: datetime
) -> int:
    """Staff give lapsed points back (None: all that still can be); the number of the entry. Raises NothingToReinstate, MemberUnknown."""
    account = journal.lock(session, [member_id]).get(member_id)
    if account is None:
        raise MemberUnknown(member_id=member_id)
    post_due(session, [account], now=now)
    journal.write(session, [account], now=now)
    live = programs.current(session)
    rule = live.program.lapse
    days = rule.reinstate_days if not isinstance(rule, Never) else REINSTATE_DAYS
    lapsed = expiry_rows.lapsed_lots(session, member_id, since=now - timedelta(days=days))
    journal.load_lots_of(session, account, lapsed)
    keys = [(use.opened_by, use.part) for use in lapsed]
    there = sum(lot.expired for lot in account.lots or () if lot.key in keys)
    asked = there if points is None else points
    if not 0 < asked <= there:
        raise NothingToReinstate(asked=asked, available=there, days=days)
    cause = Cause(f"reinstate:{member_id}:{key}", Reason.REINSTATED, now, live.version)
    ledger.reinstate(account, asked, cause, lapsed=keys, now=now, expires_at=live.expires_at(now))
    seq = account.seq
    journal.write(session, [account], now=now)
    entry_rows.add_note(session, member_id=member_id, seq=seq, author=author, words=words)
    return seq


def _redate_batch(session: Session, version: int, *, now: datetime) -> int | None:
    done_to = next((done for number, _, done in expiry_rows.unfinished(session) if number == version), None)
    if done_to is None:
        return None
    known = programs.versions(session)
    ids = expiry_rows.with_lots_above(session, done_to, limit=BATCH)
    accounts = journal.lock(session, ids)
    expiry_rows.move_dates(session, _redate(session, known, version, list(accounts.values())), version=version, now=now)
    _note_due(session, accounts.values())
    following = max(ids) if len(ids) == BATCH else None
    expiry_rows.note_redated(
        session, version, done_to=max([done_to, *ids]), finished_at=now if following is None else None
    )
    return following


def _redate(session: Session, known: Versions, version: int, accounts: Sequence[Account]) -> list[Moved]:
    """Move the accounts' dates as the publishing of that version does; until then activity may have kept points alive."""
    program, published_at = programs.compiled(session, known, version), known.instant_of(version)
    before = programs.compiled(session, known, version - 1)
    active: Mapping[int, datetime] = {}
    if isinstance(before.program.lapse, AfterInactivity):
        active = _active_until(session, [account.member_id for account in accounts], before)
    moved = []
    for account in accounts:
        for lot in account.lots or ():
            stands = lot.expires_at
            if stands is not None:
                stands = max(stands, active.get(account.member_id, stands))
            to = expiry.redated(
                program.program.lapse,
                available_at=lot.available_at,
                stands=stands,
                published_at=published_at,
                zone=program.zone,
            )
            if (lot.open or lot.pending) and to != lot.expires_at:
                moved.append(_move(account, lot, to))
    return moved


def _move(account: Account, lot: Lot, to: datetime | None) -> Moved:
    moved = Moved(account.member_id, lot.opened_by, lot.part, lot.expires_at, to)
    lot.expires_at = to
    account.next_due_at = ledger.next_due(account)
    return moved


def _active_until(session: Session, member_ids: Sequence[int], program: CompiledProgram) -> dict[int, datetime]:
    """Until when each member's points live because of what they last did."""
    rule = program.program.lapse
    counts_all = isinstance(rule, AfterInactivity) and rule.counts == "any"
    last = expiry_rows.last_active(
        session,
        member_ids,
        moves=[int(move) for move in expiry.ACTIVE_MOVES] if counts_all else [],
        unless=[int(reason) for reason in expiry.NOT_THEIR_DOING],
        giving=[int(reason) for reason in expiry.THEIR_GIVING] if counts_all else [],
    )
    until = {member_id: expiry.lapse_at(rule, at, program.zone) for member_id, at in last.items()}
    return {member_id: at for member_id, at in until.items() if at is not None}


def _note_due(session: Session, accounts: Iterable[Account]) -> None:
    """Tell the sweep when these members are next due, after their dates were moved."""
    due = [(account.member_id, ledger.next_due(account)) for account in accounts]
    member_rows.set_next_due(session, due)
    first = min((at for _, at in due if at is not None), default=None)
    if first is not None:
        journal.mark_waiting(session, "due", first)


def _lapses_by(lot: Lot, instant: datetime) -> bool:
    return bool(lot.open or lot.pending) and _before(lot, instant)


def _before(lot: Lot, instant: datetime) -> bool:
    return lot.expires_at is not None and lot.expires_at <= instant
