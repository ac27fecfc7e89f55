"""Changing many members at once: drafted, looked at, then worked off in slices by a job, and undone as far as that is still possible.

What a draft would come to is always counted exactly; in a shop with very many members a job does that. Whom it concerns is fixed when
it begins. Each member is changed once, however often a slice is repeated: by the name of the change in the key of the entry, and by
the member's own line. Taking points takes what there is and makes nobody owe any; undoing likewise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, cast
from uuid import UUID

from plugin.db import Database, Session, blocks, journal, roster, shops
from plugin.db import bulk as rows
from plugin.db import entries as entry_rows
from plugin.db import tiers as tier_rows
from plugin.db.bulk import Figures, UndoFigures, Worked
from plugin.db.roster_filter import Asked
from plugin.db.tables import BulkRow
from plugin.db.tiers import Pin
from plugin.loyalty import ledger, people
from plugin.loyalty.days import zone_of
from plugin.loyalty.errors import (
    BulkForNobody,
    BulkOver,
    BulkTooLarge,
    BulkUncounted,
    BulkUnknown,
    TierPinOver,
    TierUnknown,
)
from plugin.loyalty.ledger import Cause, Reason
from plugin.loyalty.people import Wanted
from plugin.services import effects, expiry, households, programs, tiers
from plugin.services.effects import Kind
from plugin.services.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Callable

Deed = Literal["points", "pin", "block", "unblock"]

MOST_EACH: Final = 1_000_000
"""Points that one change may give to, or take from, each member."""
MOST_TOGETHER: Final = 1_000_000_000
"""Points that one change may move in all."""
LARGE_MEMBERS: Final = 100
LARGE_POINTS: Final = 100_000
"""From so many members or points on, a change is confirmed by typing how many members it concerns."""

COUNTED_AT_ONCE: Final = 50_000
"""Up to so many members of the shop, what a change would come to is counted while staff wait for the page; beyond, by a job."""

SLICE: Final = 200
TURN: Final = timedelta(seconds=20)
"""How long one job works before others get their turn."""


@dataclass(frozen=True, slots=True)
class NewBulk:
    """What is to be done: to those whom `wanted` fits, or to those `picked`. `points` are given, or, negative, taken.

    `words` say why, for the staff; the member reads `shown`, if anything.
    """

    deed: Deed
    wanted: Wanted
    picked: tuple[int, ...] = ()
    points: int | None = None
    tier: str | None = None
    until: datetime | None = None
    words: str = ""
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a drafted change would come to now. `total` is how many points it would move (negative: take)."""

    figures: Figures
    members: int
    total: int

    @property
    def is_large(self) -> bool:
        """True when it has to be confirmed by typing the number of members."""
        return self.members > LARGE_MEMBERS or abs(self.total) > LARGE_POINTS


def draft(session: Session, new: NewBulk, *, bulk_id: UUID, by: str, now: datetime) -> BulkRow:
    """Write a change down without doing it. Raises TierUnknown, TierPinOver."""
    if new.deed == "pin":
        if new.tier is not None and tiers.read(session).tiers.level(new.tier) is None:
            raise TierUnknown(tier=new.tier)
        if new.until is not None and new.until <= now:
            raise TierPinOver(until=new.until.isoformat())
    row = BulkRow(
        shop_id=session.shop_id,
        id=bulk_id,
        deed=new.deed,
        wanted=people.dump(new.wanted),
        picked=list(new.picked),
        points=new.points,
        tier=new.tier,
        until=new.until,
        words=new.words,
        shown=new.shown,
        state="draft",
        made_at=now,
        made_by=by,
        worked=0,
        changed=0,
        moved=0,
        returned=0,
    )
    rows.add(session, row)
    if takes_long(session, row.picked):
        effects.request(session, Kind.BULK, str(bulk_id), now=now)
    return row


def takes_long(session: Session, picked: Sequence[int]) -> bool:
    """True when counting whom a filter fits (nobody is `picked`) is left to a job."""
    return not picked and roster.are_more_than(session, COUNTED_AT_ONCE)


def find(session: Session, bulk_id: UUID) -> BulkRow:
    """One change, as it stands now. Raises BulkUnknown."""
    row = rows.find(session, bulk_id)
    if row is None:
        raise BulkUnknown
    return row


def newest(session: Session, *, limit: int = 50) -> list[BulkRow]:
    """Those that were started, the newest first."""
    return rows.newest(session, limit=limit)


def plan(session: Session, row: BulkRow, *, now: datetime) -> Plan | None:
    """What it would come to if it began now, or as it was counted by the job; None until the job has."""
    if not takes_long(session, row.picked):
        return _planned(row, _figures(session, row, now))
    return _planned(row, Figures(**row.figures)) if row.figures is not None else None


def _planned(row: BulkRow, found: Figures) -> Plan:
    points = row.points or 0
    taken = found.short_points - points * (found.members - found.short)
    total = points * found.members if points >= 0 else -taken
    concerned = {"block": found.unblocked, "unblock": found.members - found.unblocked}.get(row.deed, found.members)
    return Plan(found, concerned, total)


def start(session: Session, bulk_id: UUID, *, now: datetime) -> Plan:
    """Have a drafted change done, soon, by a job.

    Raises BulkUnknown, BulkOver, BulkUncounted, BulkForNobody, BulkTooLarge.
    """
    row = _locked(session, bulk_id)
    if row.state != "draft":
        raise BulkOver
    planned = plan(session, row, now=now)
    if planned is None:
        raise BulkUncounted
    if not planned.members:
        raise BulkForNobody
    if abs(planned.total) > MOST_TOGETHER:
        raise BulkTooLarge(asked=abs(planned.total), most=MOST_TOGETHER)
    row.state, row.started_at = "running", now
    session.flush()
    effects.request(session, Kind.BULK, str(bulk_id), now=now)
    return planned


def undo_plan(session: Session, bulk_id: UUID) -> UndoFigures:
    """What undoing it would come to now."""
    return rows.undo_figures(session, bulk_id)


def undo(session: Session, bulk_id: UUID, *, by: str, now: datetime) -> None:
    """Have a finished change undone as far as it can be. Raises BulkUnknown, BulkOver."""
    row = _locked(session, bulk_id)
    if row.state != "done":
        raise BulkOver
    row.state, row.undone_by, row.worked = "undoing", by, 0
    session.flush()
    effects.request(session, Kind.BULK, str(bulk_id), now=now)


def forget(session: Session, member_ids: Sequence[int]) -> None:
    """Nobody is behind these members any more."""
    rows.forget(session, member_ids)


def run(database: Database, shop_id: int, bulk_id: UUID, *, keys: Keys, clock: Callable[[], datetime]) -> bool:
    """Work on it for a turn, or count a draft; False when something is left. Safe to repeat and to interrupt."""
    with database.transaction(shop_id) as session:
        row = rows.find(session, bulk_id, is_for_update=True)
        if row is not None and row.state == "draft" and row.figures is None:
            row.figures, row.counted_at = asdict(_figures(session, row, clock())), clock()
        if row is None or row.state not in ("running", "undoing"):
            return True
        if row.members is None:
            row.members = rows.fix(session, bulk_id, _asked(session, row, clock()))
    until = clock() + TURN
    while True:
        with database.transaction(shop_id) as session:
            is_over = _slice(session, bulk_id, keys=keys, now=clock())
        if is_over:
            return True
        if clock() >= until:
            return False


def _slice(session: Session, bulk_id: UUID, *, keys: Keys, now: datetime) -> bool:
    """Change the next members; True when there were none."""
    row = rows.find(session, bulk_id, is_for_update=True)
    if row is None or row.state not in ("running", "undoing"):
        return True
    is_undoing = row.state == "undoing"
    found = rows.following(session, bulk_id, state="done" if is_undoing else "waiting", limit=SLICE)
    if not found:
        row.state, row.finished_at = ("undone" if is_undoing else "done"), now
        return True
    living = [member_id for _, member_id in found if member_id is not None]
    before = rows.worked_on(session, bulk_id, [member_id for member_id, _ in found])
    by_living = {living_id: before[member_id] for member_id, living_id in found if living_id is not None}
    changed = (_undo if is_undoing else _do)(session, row, sorted(set(living)), by_living, keys, now)
    gone: Worked
    worked = []
    for member_id, living_id in found:
        was = before[member_id]
        gone = was._replace(state="kept" if is_undoing else "left")
        outcome = changed.get(living_id) if living_id is not None else None
        if outcome is not None:
            del changed[cast("int", living_id)]  # two who became one are changed once
        worked.append((outcome or gone)._replace(member_id=member_id))
    rows.note(session, bulk_id, worked)
    row.worked += len(worked)
    if is_undoing:
        row.returned += sum(one.moved for one in worked if one.state == "undone")
    else:
        row.changed += sum(one.state == "done" for one in worked)
        row.moved += sum(one.moved for one in worked)
    return False


_Changed = dict[int, Worked]
"""Member -> what became of them; whoever is missing stayed as they were."""


def _do(
    session: Session, row: BulkRow, ids: Sequence[int], before: dict[int, Worked], keys: Keys, now: datetime
) -> _Changed:
    match row.deed:
        case "points":
            wishes = dict.fromkeys(ids, row.points or 0)
            moved = _move(session, row, wishes, before, "do", now=now)
            return {member_id: Worked(member_id, "done", points) for member_id, points in moved.items()}
        case "pin":
            return _pin(session, row, ids, keys, now)
        case "block":
            begun = blocks.begin(session, ids, author=row.made_by, words=row.words, now=now)
            return {member_id: Worked(member_id, "done") for member_id in begun}
        case _:
            return {member_id: Worked(member_id, "done") for member_id in blocks.end(session, ids, now=now)}


def _undo(
    session: Session, row: BulkRow, ids: Sequence[int], before: dict[int, Worked], keys: Keys, now: datetime
) -> _Changed:
    match row.deed:
        case "points":
            wishes = {member_id: -before[member_id].moved for member_id in ids}
            moved = _move(session, row, wishes, before, "undo", now=now)
            return {
                member_id: before[member_id]._replace(state="undone", moved=-points)
                for member_id, points in moved.items()
            }
        case "pin":
            return _unpin(session, row, ids, before, keys, now)
        case "block":
            standing = blocks.standing(session, ids)
            ours = [
                one for one, block in standing.items() if row.started_at is not None and block.since >= row.started_at
            ]
            ended = blocks.end(session, ours, now=now)
            return {member_id: Worked(member_id, "undone") for member_id in ended}
        case _:
            begun = blocks.begin(session, ids, author=row.undone_by or row.made_by, words=row.words, now=now)
            return {member_id: Worked(member_id, "undone") for member_id in begun}


def _move(
    session: Session,
    row: BulkRow,
    wishes: dict[int, int],
    before: dict[int, Worked],
    name: Literal["do", "undo"],
    *,
    now: datetime,
) -> dict[int, int]:
    """Give (or, negative, take) points; what was moved, by member. Nobody is taken more than they have.

    The key names the member as they were fixed: two of them may have become one since.
    """
    accounts = journal.lock(session, wishes)
    program = programs.current(session)
    expiry.post_due(session, accounts.values(), now=now)
    moved: dict[int, int] = {}
    noted = []
    for member_id, account in accounts.items():
        points = max(wishes[member_id], -max(0, account.available))
        if not points:
            continue
        cause = Cause(f"adjust:bulk:{row.id}:{name}:{before[member_id].member_id}", Reason.STAFF, now, program.version)
        ledger.adjust(account, points, cause, now=now, expires_at=program.expires_at(now))
        moved[member_id] = points
        noted.append((member_id, account.seq))
    journal.write(session, accounts.values(), now=now)
    author = row.made_by if name == "do" else row.undone_by or row.made_by
    if noted:
        shown = row.shown if name == "do" else None
        entry_rows.add_notes(session, noted, author=author, words=row.words, shown=shown)
    households.flow(session, accounts.values(), now=now)
    return moved


def _pin(session: Session, row: BulkRow, ids: Sequence[int], keys: Keys, now: datetime) -> _Changed:
    standing = _pins(session, ids, now)
    changed = {}
    for member_id in ids:
        had = standing.get(member_id)
        if had is not None and (had.tier, had.until) == (row.tier, row.until):
            continue
        _set_pin(session, member_id, row.tier, row.until, row=row, author=row.made_by, keys=keys, now=now)
        if had is None:
            changed[member_id] = Worked(member_id, "done")
        else:
            changed[member_id] = Worked(member_id, "done", had_pin=True, had_tier=had.tier, had_until=had.until)
    return changed


def _unpin(
    session: Session, row: BulkRow, ids: Sequence[int], before: dict[int, Worked], keys: Keys, now: datetime
) -> _Changed:
    standing = _pins(session, ids, now)
    changed = {}
    for member_id in ids:
        found, was = standing.get(member_id), before[member_id]
        is_ours = found is not None and row.started_at is not None and found.since >= row.started_at
        if found is None or not is_ours or (found.tier, found.until) != (row.tier, row.until):
            continue
        if was.had_pin and (was.had_until is None or was.had_until > now):
            author = row.undone_by or row.made_by
            _set_pin(session, member_id, was.had_tier, was.had_until, row=row, author=author, keys=keys, now=now)
        else:
            tiers.unpin(session, member_id, keys=keys, now=now)
        changed[member_id] = was._replace(state="undone")
    return changed


def _set_pin(
    session: Session,
    member_id: int,
    tier: str | None,
    until: datetime | None,
    *,
    row: BulkRow,
    author: str,
    keys: Keys,
    now: datetime,
) -> None:
    tiers.pin(session, member_id, tier, until=until, words=row.words, author=author, keys=keys, now=now)


def _pins(session: Session, ids: Sequence[int], now: datetime) -> dict[int, Pin]:
    """The pin that stands on each of these members who have one."""
    return {
        pin.member_id: pin
        for pin in tier_rows.pins_of(session, ids)
        if not pin.is_floor and pin.since <= now and (pin.until is None or pin.until > now)
    }


def _figures(session: Session, row: BulkRow, now: datetime) -> Figures:
    return rows.figures(session, _asked(session, row, now), take=max(0, -(row.points or 0)))


def _asked(session: Session, row: BulkRow, now: datetime) -> Asked:
    zone = zone_of(shops.details(session).timezone)
    return Asked(people.load(row.wanted), now, zone, list(row.picked) if row.picked else None)


def _locked(session: Session, bulk_id: UUID) -> BulkRow:
    row = rows.find(session, bulk_id, is_for_update=True)
    if row is None:
        raise BulkUnknown
    return row
