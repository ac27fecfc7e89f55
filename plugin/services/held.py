"""The points behind a redemption: captured when the reward is had, released when it is not, restored when it is given back.

Each takes the redemption's row first and then the account, posts at most once, and leaves what belongs together together: the entry,
the row's state, the note that staff typed.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from plugin.db import Session, entries, journal, redemptions, tasks
from plugin.db.tables import RedemptionRow
from plugin.loyalty import ledger
from plugin.loyalty.ledger import Cause, Reason
from plugin.services import effects, households, programs
from plugin.services.effects import Kind

OPEN = ("held", "issued", "suspended")
"""States in which the points are held."""


def capture(session: Session, redemption_id: UUID, reason: Reason, *, gid: str | None, now: datetime) -> bool:
    """The member has what they paid for. False when the points are not held any more."""
    state, member_id, points, version, _ = redemptions.state_for_update(session, redemption_id)
    if state not in OPEN:
        return False
    if points:  # a granted reward cost none
        account = journal.lock(session, [member_id])[member_id]
        ledger.capture(
            account, points, Cause(f"redeem:{redemption_id}:use", reason, now, version, redemption_id=redemption_id)
        )
        journal.write(session, [account], now=now)
    redemptions.note_given(session, redemption_id, gid=gid, now=now)
    for kind in (Kind.ISSUE_CODE, Kind.VOID_CODE, Kind.REBIND_CODE):
        effects.drop(session, kind, str(redemption_id))
    return True


def give_back(
    session: Session, redemption_id: UUID, reason: Reason, *, state: str, failure: str | None, now: datetime
) -> None:
    """RELEASE, unless the code was used meanwhile."""
    current, member_id, points, version, _ = redemptions.state_for_update(session, redemption_id)
    if current not in OPEN:
        return
    if points:
        account = journal.lock(session, [member_id])[member_id]
        taken = ledger.taken_by(journal.uses_of_redemption(session, member_id, redemption_id))
        journal.load_lots_of(session, account, taken)
        known = programs.versions(session)
        ledger.release(
            account,
            points,
            Cause(f"redeem:{redemption_id}:release", reason, now, version, redemption_id=redemption_id),
            taken=taken,
            now=now,
            grace_days=programs.compiled(session, known, version).program.grace_days,
        )
        seq = account.seq
        journal.write(session, [account], now=now)
        _tell_why(session, redemption_id, member_id, seq)
        households.flow(session, [account], now=now)
    tasks.drop_take_back(session, redemption_id)
    tasks.drop_recipient(session, redemption_id)
    tasks.close_task(session, redemption_id, state="cancelled", by=None, note=None, now=now)
    redemptions.close(session, redemption_id, state=state, failure=failure, now=now)
    for kind in (Kind.ISSUE_CODE, Kind.REBIND_CODE):
        effects.drop(session, kind, str(redemption_id))


def restore(
    session: Session, row: RedemptionRow, points: int, *, words: str | None, author: str, now: datetime
) -> None:
    """RESTORE so many of a used redemption's points, at most those not given back before; what staff typed stands beside the entry.

    The caller holds the redemption's row.
    """
    points = min(points, row.points - row.restored)
    if points <= 0:
        return
    account = journal.lock(session, [row.member_id])[row.member_id]
    taken = ledger.taken_by(journal.uses_of_redemption(session, row.member_id, row.id))
    journal.load_lots_of(session, account, taken)
    restored = row.restored + points
    key = f"redeem:{row.id}:return:{restored}"
    ledger.restore(
        account,
        points,
        Cause(key, Reason.REWARD_TAKEN_BACK, now, row.program_version, redemption_id=row.id),
        taken=taken,
        now=now,
        grace_days=programs.compiled(session, programs.versions(session), row.program_version).program.grace_days,
    )
    seq = account.seq
    journal.write(session, [account], now=now)
    if words is not None:
        entries.add_note(session, member_id=row.member_id, seq=seq, author=author, words=words)
    redemptions.note_restored(session, row.id, restored=restored)
    households.flow(session, [account], now=now)


def _tell_why(session: Session, redemption_id: UUID, member_id: int, seq: int) -> None:
    """What staff typed when they gave it back stands beside the entry that did."""
    asked = tasks.find_take_back(session, redemption_id)
    if asked is not None and asked.words is not None:
        entries.add_note(session, member_id=member_id, seq=seq, author=asked.author, words=asked.words)
