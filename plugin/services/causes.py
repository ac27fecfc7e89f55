"""Causes: members give them points, the merchant adds a share of what members who chose one spend, and staff pay them out.

A cause is an account of the same ledger. What it has never lapses, and the share follows the order: a refund takes it back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from plugin.db import Session, accounts, entries, journal
from plugin.db import causes as cause_rows
from plugin.db.causes import Total
from plugin.db.tables import DonationRow
from plugin.loyalty import ledger
from plugin.loyalty.errors import (
    CauseUnknown,
    DonationNotOffered,
    DonationReturned,
    DonationUnknown,
    InsufficientPoints,
)
from plugin.loyalty.ledger import Cause as Because
from plugin.loyalty.ledger import Reason
from plugin.loyalty.program import Cause, Match, Program
from plugin.loyalty.sharing import MATCH, matched_money, matched_points, takes, what_it_takes
from plugin.services import aftermath, programs, spending
from plugin.services.judgement import Judged
from plugin.services.keys import Keys

_NOTHING = Total(0, 0, 0, Decimal(0), 0, 0, 0)


@dataclass(frozen=True, slots=True)
class View:
    """A cause of the live program with what came together for it, or one that it no longer has (`is_on` false)."""

    id: str
    title: str
    text: str | None
    minimum_points: int
    amounts: tuple[int, ...]
    is_on: bool
    total: Total


def donate(
    session: Session, member_id: int, cause_id: str, points: int, *, donation_id: UUID, keys: Keys, now: datetime
) -> DonationRow:
    """The member's points go to the cause. `donation_id` is fresh, chosen by the door.

    Raises CauseUnknown, DonationNotOffered, InsufficientPoints, ProgramNotLive, SpendingStopped, MemberUnknown.
    """
    program = spending.live_program(session)
    cause = _cause(program.program, cause_id)
    if not takes(cause, points):
        raise DonationNotOffered(asked=points, allowed=what_it_takes(cause))
    account_id = _account(session, cause, now)
    locked = spending.approach(session, [member_id], accounts=[account_id], now=now)
    giver = locked[member_id]
    if points > giver.available:
        raise InsufficientPoints(asked=points, available=max(0, giver.available))
    ledger.give(
        giver,
        locked[account_id],
        points,
        Because(f"donation:{donation_id}", Reason.DONATED, now, program.version),
        is_final=True,
    )
    journal.write(session, locked.values(), now=now)
    row = DonationRow(
        shop_id=session.shop_id,
        id=donation_id,
        member_id=member_id,
        account_id=account_id,
        points=points,
        created_at=now,
    )
    cause_rows.add_donation(session, row)
    aftermath.follow(session, aftermath.Happened(members=frozenset({member_id})), keys=keys, now=now)
    return row


def give_back(session: Session, donation_id: UUID, *, keys: Keys, now: datetime) -> DonationRow:
    """Staff return a donation, as long as the cause still has the points. Raises DonationUnknown, DonationReturned, InsufficientPoints."""
    row = cause_rows.donation_for_update(session, donation_id)
    if row is None:
        raise DonationUnknown
    if row.returned_at is not None:
        raise DonationReturned
    locked = spending.approach(session, [row.member_id], accounts=[row.account_id], now=now)
    version = programs.current(session).version
    because = Because(f"donation:{donation_id}:back", Reason.DONATION_RETURNED, now, version)
    ledger.give(locked[row.account_id], locked[row.member_id], row.points, because)
    journal.write(session, locked.values(), now=now)
    cause_rows.note_returned(session, donation_id, now=now)
    aftermath.follow(session, aftermath.Happened(members=frozenset({row.member_id})), keys=keys, now=now)
    return donation(session, donation_id)


def donation(session: Session, donation_id: UUID) -> DonationRow:
    """One donation as it stands now. Raises DonationUnknown."""
    row = cause_rows.donation(session, donation_id)
    if row is None:
        raise DonationUnknown
    return row


def account_of(session: Session, cause_id: str) -> int:
    """The account of that cause, whether or not the program still has it. Raises CauseUnknown before its first points."""
    account_id = cause_rows.account(session, cause_id)
    if account_id is None:
        raise CauseUnknown(cause_id=cause_id)
    return account_id


def cause_of(session: Session, account_id: int) -> str:
    """Which cause has that account."""
    return cause_rows.cause_ids(session)[account_id]


def choose(session: Session, member_id: int, cause_id: str | None, *, now: datetime) -> None:
    """The member's orders from now on are matched for that cause (None: for none). Raises CauseUnknown."""
    program = programs.current(session).program
    account_id = None if cause_id is None else _account(session, _cause(program, cause_id), now)
    cause_rows.choose(session, member_id, account_id, now=now)


def chosen(session: Session, member_id: int, *, now: datetime) -> str | None:
    """The cause that the member's orders are matched for."""
    [account_id] = cause_rows.chosen(session, [(member_id, now)])
    return cause_of(session, account_id) if account_id is not None else None


def pay_out(
    session: Session, cause_id: str, points: int, *, words: str, author: str, payout_id: UUID, now: datetime
) -> tuple[int, int]:
    """Staff paid so many of the cause's points out, and say how (a receipt's number, say): (account, entry) of it.

    Raises CauseUnknown, InsufficientPoints.
    """
    account_id = account_of(session, cause_id)
    account = journal.lock(session, [account_id])[account_id]
    if points > account.available:
        raise InsufficientPoints(asked=points, available=max(0, account.available))
    version = programs.current(session).version
    because = Because(f"payout:{payout_id}", Reason.PAID_OUT, now, version)
    ledger.hold(account, points, because)
    ledger.capture(account, points, because)
    seq = account.seq
    journal.write(session, [account], now=now)
    entries.add_note(session, member_id=account_id, seq=seq, author=author, words=words)
    return account_id, seq


def views(session: Session) -> list[View]:
    """Every cause of the live program in its order, then those it no longer has, each with what came together for it."""
    program = programs.current(session).program
    known = {cause_id: account_id for account_id, cause_id in cause_rows.cause_ids(session).items()}
    found = [
        View(
            cause.id,
            cause.title,
            cause.text,
            cause.minimum_points,
            cause.amounts,
            cause.is_on,
            cause_rows.total(session, known[cause.id]) if cause.id in known else _NOTHING,
        )
        for cause in program.sharing.causes.causes
    ]
    listed = {cause.id for cause in found}
    old = [(cause_id, account_id) for cause_id, account_id in sorted(known.items()) if cause_id not in listed]
    titles = cause_rows.titles(session, [account_id for _, account_id in old])
    return found + [
        View(cause_id, titles[account_id], None, 1, (), False, cause_rows.total(session, account_id))
        for cause_id, account_id in old
    ]


def decide(session: Session, orders: Iterable[Judged]) -> None:
    """Add to each order's target what the merchant gives to the cause that its member had chosen when it was placed.

    What once went to a cause stays with it, whatever the member chooses later. Reads nothing where no program matches.
    """
    matched = [(order, match) for order in orders if (match := _match(order, "points")) is not None]
    if not matched:
        return
    for (order, match), account_id in zip(matched, _accounts(session, [order for order, _ in matched]), strict=True):
        points = matched_points(match, order.outcome.net) if order.outcome is not None else 0
        if account_id is not None and points:
            order.target = order.target | {f"{account_id}:{MATCH}": points}


def follow(session: Session, happened: aftermath.Happened, keys: Keys, now: datetime) -> None:  # noqa: ARG001 - a follower's shape
    """Keep what the merchant owes causes in money, where the program matches in money: by order, so that a refund lowers it."""
    matched = [
        (order, match)
        for order in happened.orders
        if order.has_changed and (match := _match(order, "money")) is not None
    ]
    if not matched:
        return
    stands = cause_rows.matches(session, [order.id for order, _ in matched])
    for (order, match), chosen_now in zip(matched, _accounts(session, [order for order, _ in matched]), strict=True):
        account_id = stands[order.id][0] if order.id in stands else chosen_now
        amount = matched_money(match, order.outcome.net) if order.outcome is not None else Decimal(0)
        if account_id is not None and (amount or order.id in stands):
            cause_rows.set_match(session, order.id, account_id=account_id, amount=amount)


def titles(session: Session, account_ids: Collection[int]) -> dict[int, str]:
    """What the causes of those accounts are called."""
    return cause_rows.titles(session, sorted(account_ids))


def merge(session: Session, *, lost: int, kept: int) -> None:
    """What the lost member gave and chose is the kept one's."""
    cause_rows.give_to(session, lost=lost, kept=kept)


def forget(session: Session, member_ids: Sequence[int]) -> None:
    """Nothing says any more what these members care for."""
    cause_rows.forget(session, member_ids)


def _cause(program: Program, cause_id: str) -> Cause:
    cause = program.sharing.causes.cause(cause_id)
    if cause is None:
        raise CauseUnknown(cause_id=cause_id)
    return cause


def _account(session: Session, cause: Cause, now: datetime) -> int:
    """The cause's account, opened when it is first needed; two who need it at once open one."""
    found = cause_rows.account(session, cause.id)
    if found is not None:
        cause_rows.rename(session, cause.id, title=cause.title)
        return found
    cause_rows.lock_opening(session)
    found = cause_rows.account(session, cause.id)
    if found is None:
        found = accounts.open_account(session, "cause", now=now)
        cause_rows.add(session, cause.id, account_id=found, title=cause.title)
    return found


def _match(order: Judged, kind: str) -> Match | None:
    """How the order's program matches it, if it does so in that kind and the order was judged."""
    if order.program is None or order.member_id is None or order.outcome is None or order.facts.body is None:
        return None
    match = order.program.program.sharing.causes.match
    return match if match is not None and match.kind == kind else None


def _accounts(session: Session, orders: Sequence[Judged]) -> list[int | None]:
    """For each order the account of the cause it is matched for: the one it was matched for before, else the one chosen then."""
    moments = [
        (order.member_id, order.facts.body.processed_at)
        for order in orders
        if order.member_id is not None and order.facts.body is not None
    ]
    chosen_then = cause_rows.chosen(session, moments)
    return [_posted_for(order) or account for order, account in zip(orders, chosen_then, strict=True)]


def _posted_for(order: Judged) -> int | None:
    stands = [int(key.partition(":")[0]) for key in order.posted if key.endswith(f":{MATCH}")]
    return stands[0] if stands else None
