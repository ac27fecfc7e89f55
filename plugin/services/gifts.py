"""Gifts between members: the points are held, and whoever enters the one-time code gets them; else they go back.

Nobody looks anybody up: the giver passes the code on by a way of their own (docs/decisions/0021). A gift may name its member
when the shop knows them. What arrives keeps its dates, and pays the recipient's debt first, as anything does that becomes available.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from plugin.db import Session, journal
from plugin.db import gifts as gift_rows
from plugin.db.tables import GiftRow
from plugin.loyalty import codes, ledger
from plugin.loyalty.errors import (
    GiftLimitReached,
    GiftOver,
    GiftsClosed,
    GiftToOneself,
    GiftTooSmall,
    GiftUnknown,
    InsufficientPoints,
)
from plugin.loyalty.ledger import Account, Cause, LotUse, Reason
from plugin.loyalty.rules import CompiledProgram
from plugin.loyalty.sharing import code_hash
from plugin.services import effects, households, programs, spending
from plugin.services.effects import Kind
from plugin.services.keys import Keys

_OF_GIFTS = (Reason.GIFT_SENT, Reason.GIFT_RECEIVED, Reason.GIFT_RETURNED, Reason.MERGED)


@dataclass(frozen=True, slots=True)
class NewGift:
    """What a member wants to give. `id` is fresh, chosen by the door; `recipient_id` binds it to one member."""

    id: UUID
    giver_id: int
    points: int
    message: str | None = None
    recipient_id: int | None = None


def offer(session: Session, gift: NewGift, *, keys: Keys, now: datetime) -> GiftRow:
    """Hold the points and make the code that gives them away.

    Raises GiftsClosed, GiftTooSmall, GiftLimitReached, GiftToOneself, InsufficientPoints, ProgramNotLive, SpendingStopped,
    MemberUnknown.
    """
    program = _terms(session)
    terms = program.program.sharing.gifts
    if gift.points < terms.minimum_points:
        raise GiftTooSmall(asked=gift.points, minimum=terms.minimum_points)
    if gift.recipient_id == gift.giver_id:
        raise GiftToOneself
    giver = spending.approach(session, [gift.giver_id], now=now)[gift.giver_id]
    if terms.limit_points is not None:
        since = spending.period_start(session, terms.limit_period, now=now)
        left = max(0, terms.limit_points - gift_rows.given_since(session, gift.giver_id, since=since))
        if gift.points > left:
            raise GiftLimitReached(asked=gift.points, left=left, limit=terms.limit_points)
    if gift.points > giver.available:
        raise InsufficientPoints(asked=gift.points, available=max(0, giver.available))
    row = GiftRow(
        shop_id=session.shop_id,
        id=gift.id,
        giver_id=gift.giver_id,
        recipient_id=gift.recipient_id,
        state="offered",
        points=gift.points,
        code_hash=code_hash(code_of(gift.id, keys)),
        message=gift.message,
        program_version=program.version,
        created_at=now,
        ends_at=now + timedelta(days=terms.accept_days),
    )
    number = gift_rows.add(session, row)
    ledger.hold(giver, gift.points, _cause(number, "offer", Reason.GIFT_SENT, version=program.version, now=now))
    journal.write(session, [giver], now=now)
    effects.request(session, Kind.RETURN_GIFT, str(gift.id), now=now, at=row.ends_at)
    return row


def code_of(gift_id: UUID, keys: Keys) -> str:
    """The code of a gift: the same whenever it is asked for, and told to its giver only."""
    return codes.derive(keys.codes, gift_id)


def accept(
    session: Session, member_id: int, *, code: str | None = None, gift_id: UUID | None = None, now: datetime
) -> GiftRow:
    """The member takes the gift of that code, or one that names them. Accepted twice by the same member, it is once.

    Raises GiftUnknown (one answer for whatever is not theirs), GiftOver, GiftToOneself, GiftsClosed.
    """
    _terms(session)
    wanted = gift_rows.id_of_code(session, code_hash(code)) if code is not None else gift_id
    row = gift_rows.find_for_update(session, wanted) if wanted is not None else None
    is_theirs = row is not None and (row.recipient_id == member_id or (code is not None and row.recipient_id is None))
    if row is not None and row.state == "accepted" and row.recipient_id == member_id:
        return row
    if row is not None and code is not None and row.recipient_id is not None and row.state != "offered":
        is_theirs = True  # whoever holds the code may know that it is used up
    if row is None or not is_theirs:
        raise GiftUnknown
    if row.state != "offered" or row.ends_at <= now:
        raise GiftOver(state="lapsed" if row.state == "offered" else row.state)
    if row.giver_id == member_id:
        raise GiftToOneself
    locked = spending.approach(session, [member_id], accounts=[row.giver_id], now=now)
    giver, recipient = locked[row.giver_id], locked[member_id]
    _hand_over(session, row, giver, recipient, now)
    journal.write(session, locked.values(), now=now)
    gift_rows.close(session, row.id, state="accepted", recipient_id=member_id, now=now)
    effects.drop(session, Kind.RETURN_GIFT, str(row.id))
    households.flow(session, [recipient], now=now)
    return find(session, row.id)


def take_back(session: Session, gift_id: UUID, *, giver_id: int | None = None, now: datetime) -> GiftRow:
    """The giver (None: the shop) wants it back before anybody accepted it. Raises GiftUnknown, GiftOver."""
    row = gift_rows.find_for_update(session, gift_id)
    if row is None or giver_id not in (None, row.giver_id):
        raise GiftUnknown
    if row.state != "offered":
        raise GiftOver(state=row.state)
    _give_back(session, row, now)
    effects.drop(session, Kind.RETURN_GIFT, str(gift_id))
    return find(session, gift_id)


def lapse(session: Session, gift_id: UUID, *, now: datetime) -> None:
    """Nobody accepted it in time: the points go back. Safe to repeat."""
    row = gift_rows.find_for_update(session, gift_id)
    if row is not None and row.state == "offered" and row.ends_at <= now:
        _give_back(session, row, now)


def find(session: Session, gift_id: UUID, *, member_id: int | None = None) -> GiftRow:
    """One gift as it stands now. Raises GiftUnknown, also for one that is not the member's to see."""
    row = gift_rows.find(session, gift_id)
    if row is None or (member_id is not None and member_id not in (row.giver_id, row.recipient_id)):
        raise GiftUnknown
    return row


def of_member(session: Session, member_id: int, *, limit: int = 20) -> list[GiftRow]:
    """Gifts the member gave, can accept or has accepted, newest first."""
    return gift_rows.of_member(session, member_id, limit=limit)


def transfer(session: Session, source: Account, target: Account, *, now: datetime) -> None:
    """Two customers became one: points held for gifts of the lost one are held by the kept one. The caller writes both accounts."""
    for gift_id, number, points in gift_rows.offered_by(session, [source.member_id]):
        taken = _taken(session, source, number)
        cause = Cause(f"merge:{source.member_id}:gift:{gift_id}", Reason.MERGED, now, subject_id=number)
        ledger.transfer_held(source, target, points, cause, taken=taken)


def merge(session: Session, *, lost: int, kept: int) -> None:
    """The lost member's gifts are the kept one's; call it once their accounts are written."""
    gift_rows.give_to(session, lost=lost, kept=kept)


def forget(session: Session, member_ids: list[int], *, now: datetime) -> None:
    """These members are being erased: what they wrote and what was written to them goes, and what nobody accepted goes back."""
    gift_rows.forget_words(session, member_ids)
    for gift_id, _, _ in gift_rows.offered_by(session, member_ids):
        take_back(session, gift_id, now=now)


def _terms(session: Session) -> CompiledProgram:
    program = spending.live_program(session)
    if not program.program.sharing.gifts.is_on:
        raise GiftsClosed
    return program


def _hand_over(session: Session, row: GiftRow, giver: Account, recipient: Account, now: datetime) -> None:
    """The held points move to the recipient, still held, and are released there: their lots keep their dates."""
    version = row.program_version
    taken = _taken(session, giver, row.number)
    ledger.transfer_held(
        giver,
        recipient,
        row.points,
        _cause(row.number, "away", Reason.GIFT_SENT, version=version, now=now),
        taken=taken,
        received=Reason.GIFT_RECEIVED,
    )
    arrived = recipient.seq
    ledger.release(
        recipient,
        row.points,
        _cause(row.number, "arrived", Reason.GIFT_RECEIVED, version=version, now=now),
        taken=ledger.taken_by(use for use in recipient.uses if use.seq == arrived),
        now=now,
        grace_days=_grace_days(session, version),
    )


def _give_back(session: Session, row: GiftRow, now: datetime) -> None:
    giver = journal.lock(session, [row.giver_id])[row.giver_id]
    ledger.release(
        giver,
        row.points,
        _cause(row.number, "back", Reason.GIFT_RETURNED, version=row.program_version, now=now),
        taken=_taken(session, giver, row.number),
        now=now,
        grace_days=_grace_days(session, row.program_version),
    )
    journal.write(session, [giver], now=now)
    gift_rows.close(session, row.id, state="returned", recipient_id=None, now=now)
    households.flow(session, [giver], now=now)


def _taken(session: Session, giver: Account, number: int) -> list[LotUse]:
    """Which of the giver's lots the gift's points came from, with those lots loaded."""
    uses = journal.uses_of_subject(session, giver.member_id, number, reasons=[int(reason) for reason in _OF_GIFTS])
    taken = ledger.taken_by(uses)
    journal.load_lots_of(session, giver, taken)
    return taken


def _grace_days(session: Session, version: int) -> int:
    return programs.compiled(session, programs.versions(session), version).program.grace_days


def _cause(number: int, name: str, reason: Reason, *, version: int, now: datetime) -> Cause:
    return Cause(f"gift:{number}:{name}", reason, now, version, subject_id=number)
