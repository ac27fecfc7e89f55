"""The ledger's rules: a point is in exactly one place, and the closed table below says how it may move.

Pure bookkeeping on a working copy of one member's account. `plugin.db.journal` loads accounts, lets these functions decide,
and writes what they recorded. After every call: `available == sum(lot.open) - debt`, and lots and debt are never both positive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from hashlib import blake2b
from typing import Final, Literal
from uuid import UUID

from plugin.loyalty.errors import InsufficientPoints


class Place(StrEnum):
    """Where a point can be. `transit` is empty outside of a transfer's own transaction."""

    ISSUED = "issued"
    PENDING = "pending"
    AVAILABLE = "available"
    HELD = "held"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    TRANSIT = "transit"


class Move(IntEnum):
    """Every legal movement with its two places: the closed table. The numbers are stored; never renumber."""

    ACCRUE_PENDING = 1
    ACCRUE = 2
    VEST = 3
    HOLD = 4
    CAPTURE = 5
    RELEASE = 6
    EXPIRE = 7
    CLAW_BACK_PENDING = 8
    CLAW_BACK = 9
    CLAW_BACK_EXPIRED = 10
    RESTORE = 11
    RESTORE_EXPIRED = 12
    RECAPTURE = 13
    ADJUST_UP = 14
    ADJUST_DOWN = 15
    TRANSFER_PENDING_OUT = 16
    TRANSFER_PENDING_IN = 17
    TRANSFER_OUT = 18
    TRANSFER_IN = 19
    TRANSFER_HELD_OUT = 20
    TRANSFER_HELD_IN = 21

    @property
    def word(self) -> str:
        """The movement's name as the API writes it."""
        return LEGAL[self][0]

    @property
    def source(self) -> Place:
        """Where the points were."""
        return LEGAL[self][1]

    @property
    def target(self) -> Place:
        """Where they are now."""
        return LEGAL[self][2]


LEGAL: Final[dict[Move, tuple[str, Place, Place]]] = {
    Move.ACCRUE_PENDING: ("accrue", Place.ISSUED, Place.PENDING),
    Move.ACCRUE: ("accrue", Place.ISSUED, Place.AVAILABLE),
    Move.VEST: ("vest", Place.PENDING, Place.AVAILABLE),
    Move.HOLD: ("hold", Place.AVAILABLE, Place.HELD),
    Move.CAPTURE: ("capture", Place.HELD, Place.REDEEMED),
    Move.RELEASE: ("release", Place.HELD, Place.AVAILABLE),
    Move.EXPIRE: ("expire", Place.AVAILABLE, Place.EXPIRED),
    Move.CLAW_BACK_PENDING: ("claw_back", Place.PENDING, Place.ISSUED),
    Move.CLAW_BACK: ("claw_back", Place.AVAILABLE, Place.ISSUED),
    Move.CLAW_BACK_EXPIRED: ("claw_back", Place.EXPIRED, Place.ISSUED),
    Move.RESTORE: ("restore", Place.REDEEMED, Place.AVAILABLE),
    Move.RESTORE_EXPIRED: ("restore", Place.EXPIRED, Place.AVAILABLE),
    Move.RECAPTURE: ("recapture", Place.AVAILABLE, Place.REDEEMED),
    Move.ADJUST_UP: ("adjust", Place.ISSUED, Place.AVAILABLE),
    Move.ADJUST_DOWN: ("adjust", Place.AVAILABLE, Place.ISSUED),
    Move.TRANSFER_PENDING_OUT: ("transfer", Place.PENDING, Place.TRANSIT),
    Move.TRANSFER_PENDING_IN: ("transfer", Place.TRANSIT, Place.PENDING),
    Move.TRANSFER_OUT: ("transfer", Place.AVAILABLE, Place.TRANSIT),
    Move.TRANSFER_IN: ("transfer", Place.TRANSIT, Place.AVAILABLE),
    Move.TRANSFER_HELD_OUT: ("transfer", Place.HELD, Place.TRANSIT),
    Move.TRANSFER_HELD_IN: ("transfer", Place.TRANSIT, Place.HELD),
}

MAX_POINTS: Final = 10**15
"""The largest number of points one entry may move: far below bigint, so that no sum of entries overflows."""


class Reason(IntEnum):
    """Why an entry was made. Stored as a number; words are made when read (plugin.loyalty.words). Never renumber."""

    ORDER = 1
    ORDER_CHANGED = 2
    REFUND = 3
    CANCELLED = 4
    REFERRAL = 5
    REFERRAL_UNDONE = 6
    WAITING_OVER = 7
    REWARD = 8
    REWARD_USED = 9
    REWARD_CANCELLED = 10
    REWARD_LAPSED = 11
    REWARD_FAILED = 12
    REWARD_USED_LATE = 13
    REWARD_REFUNDED = 14
    EXPIRED = 15
    STAFF = 16
    MERGED = 17
    ORDER_MOVED = 18
    REFERRED = 19
    ACTION = 20
    ACTION_UNDONE = 21
    ACHIEVEMENT = 22
    ACHIEVEMENT_UNDONE = 23
    DIVIDEND = 24
    DIVIDEND_UNDONE = 25
    MEMBERSHIP = 26
    MEMBERSHIP_UNDONE = 27
    PARTNER = 28
    PARTNER_UNDONE = 29
    GOODWILL = 30
    LAUNCH = 31
    TIER = 32
    TIER_UNDONE = 33
    REINSTATED = 34
    POOLED = 35
    POOL_LEFT = 36
    GIFT_SENT = 37
    GIFT_RECEIVED = 38
    DONATED = 39
    MATCHED = 40
    SHARED_ORDER = 41
    IMPORTED = 42
    REWARD_GIVEN = 43
    REWARD_FORFEITED = 44
    REWARD_TAKEN_BACK = 45
    GIFT_RETURNED = 50
    POOL_COVERED = 51
    DONATION_RETURNED = 52
    PAID_OUT = 53
    GOODWILL_UNDONE = 54


@dataclass(slots=True)
class Lot:
    """Points earned together. `points = pending + open + expired + used`; `key` is (entry that opened it, part)."""

    opened_by: int
    part: int
    points: int
    pending: int
    open: int
    expired: int
    available_at: datetime
    expires_at: datetime | None
    order_id: int | None

    @property
    def key(self) -> tuple[int, int]:
        """The entry that opened it, and which of that entry's lots it is."""
        return (self.opened_by, self.part)


@dataclass(slots=True, frozen=True)
class LotUse:
    """What one entry did to one lot; insert-only, so that lots can be rebuilt."""

    seq: int
    opened_by: int
    part: int
    pending: int = 0
    open: int = 0
    expired: int = 0


@dataclass(slots=True, frozen=True)
class Cause:
    """Why and when: everything about an entry that is not arithmetic. `key` is unique per shop (docs/decisions/0005).

    `subject_id` says what the reason is about where that is no order and no redemption: an activity, a grant, another account.
    """

    key: str
    reason: Reason
    occurred_at: datetime
    program_version: int = 0
    order_id: int | None = None
    redemption_id: UUID | None = None
    amount: Decimal | None = None
    subject_id: int | None = None


@dataclass(slots=True, frozen=True)
class Entry:
    """One movement of `points` > 0, with the balances after it. `seq` counts a member's entries without gaps."""

    seq: int
    move: Move
    points: int
    cause: Cause
    key: UUID
    pending: int
    available: int
    held: int


@dataclass(slots=True)
class Account:
    """A working copy of one member's points. `lots` is None while they are not loaded (enough for earning without debt)."""

    member_id: int
    pending: int = 0
    available: int = 0
    held: int = 0
    seq: int = 0
    next_due_at: datetime | None = None
    lots: list[Lot] | None = None
    entries: list[Entry] = field(default_factory=list)
    uses: list[LotUse] = field(default_factory=list)
    opened: list[Lot] = field(default_factory=list)
    touched: dict[tuple[int, int], Lot] = field(default_factory=dict)
    pool_id: int | None = None
    """The account that new points flow on to, and that covers what is taken back: a household's pool."""

    @property
    def debt(self) -> int:
        """Points owed: taken back after they were spent."""
        return max(0, -self.available)


def key_id(text: str, subject: int) -> UUID:
    """The stored form of an entry key: 8 bytes of the subject (an order or member id, so that neighbours lie together), 8 of hash."""
    digest = blake2b(text.encode(), digest_size=8).digest()
    return UUID(bytes=(subject & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "big") + digest)


def key_range(subject: int) -> tuple[UUID, UUID]:
    """The first and the last key that a subject can have: how an order's entries are found without an index of their own."""
    prefix = (subject & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "big")
    return UUID(bytes=prefix + bytes(8)), UUID(bytes=prefix + b"\xff" * 8)


def accrue(
    account: Account, points: int, cause: Cause, *, now: datetime, available_at: datetime, expires_at: datetime | None
) -> None:
    """Award points: pending until `available_at`, else available at once (and then debt is paid first). Opens a lot."""
    if available_at > now:
        _record(account, Move.ACCRUE_PENDING, points, cause)
        _open_lot(
            account, points, pending=points, available_at=available_at, expires_at=expires_at, order_id=cause.order_id
        )
        return
    _open_available(account, Move.ACCRUE, points, cause, available_at=available_at, expires_at=expires_at)


def vest(account: Account, lot: Lot, cause: Cause) -> None:
    """A pending lot becomes available; debt is paid first."""
    points, debt = lot.pending, account.debt
    entry = _record(account, Move.VEST, points, cause)
    gained = points - min(points, debt)
    _change(account, entry.seq, lot, pending=-points, open=gained)


def expire(account: Account, lot: Lot, cause: Cause) -> None:
    """What is left of a lot lapses."""
    points = lot.open
    entry = _record(account, Move.EXPIRE, points, cause)
    _change(account, entry.seq, lot, open=-points, expired=points)


def post_due(account: Account, *, now: datetime, version: int = 0) -> None:
    """Post every VEST and EXPIRE that is due at `now`, in the order in which they fell due."""
    lots = _lots(account)
    due: list[tuple[datetime, int, tuple[int, int], Lot]] = []
    for lot in lots:
        if lot.pending and lot.available_at <= now:
            due.append((lot.available_at, 0, lot.key, lot))
        if lot.expires_at is not None and lot.expires_at <= now and lot.open + lot.pending:
            due.append((max(lot.expires_at, lot.available_at), 1, lot.key, lot))
    for at, kind, (opened_by, part), lot in sorted(due, key=lambda item: item[:3]):
        name = f"lot:{account.member_id}:{opened_by}.{part}"
        if kind == 0:
            vest(account, lot, Cause(f"{name}:vest", Reason.WAITING_OVER, at, version, lot.order_id))
        elif lot.open:
            expire(account, lot, Cause(f"{name}:expire:{account.seq + 1}", Reason.EXPIRED, at, version, lot.order_id))
    account.next_due_at = _next_due(lots)


def hold(account: Account, points: int, cause: Cause) -> None:
    """Set points aside behind a code. Raises InsufficientPoints; never goes below zero."""
    if points > account.available:
        raise InsufficientPoints(asked=points, available=account.available)
    _spend(account, Move.HOLD, points, cause)


def capture(account: Account, points: int, cause: Cause) -> None:
    """Held points are redeemed: their code was used."""
    _record(account, Move.CAPTURE, points, cause)


def release(
    account: Account, points: int, cause: Cause, *, taken: Sequence[LotUse], now: datetime, grace_days: int
) -> None:
    """Held points come back to the lots they were taken from."""
    _give_back(account, Move.RELEASE, points, cause, taken=taken, now=now, grace_days=grace_days)


def restore(
    account: Account, points: int, cause: Cause, *, taken: Sequence[LotUse], now: datetime, grace_days: int
) -> None:
    """Redeemed points come back to the lots they were taken from (the order they paid for was refunded)."""
    _give_back(account, Move.RESTORE, points, cause, taken=taken, now=now, grace_days=grace_days)


def reinstate(
    account: Account,
    points: int,
    cause: Cause,
    *,
    lapsed: Sequence[tuple[int, int]],
    now: datetime,
    expires_at: datetime | None,
) -> None:
    """Lapsed points become available again, from the lots of those keys in their order; debt is paid first. They get a new date."""
    by_key = {lot.key: lot for lot in _lots(account)}
    owed = account.debt
    shares = _shares([(by_key[key], by_key[key].expired) for key in lapsed], points)
    if _sum(shares) < points:
        raise InsufficientPoints(asked=points, available=_sum(shares))
    entry = _record(account, Move.RESTORE_EXPIRED, points, cause)
    for part, (lot, n) in enumerate(shares):
        _change(account, entry.seq, lot, expired=-n)
        child = _open_lot(account, n, open=n, available_at=now, expires_at=expires_at, order_id=lot.order_id, part=part)
        paid = min(owed, n)
        owed -= paid
        if paid:
            _change(account, entry.seq, child, open=-paid)
    account.next_due_at = _next_due(_lots(account))


def recapture(account: Account, points: int, cause: Cause) -> None:
    """A code was used after its points had been released: they are taken again, into debt if need be."""
    _spend(account, Move.RECAPTURE, points, cause)


def adjust(account: Account, points: int, cause: Cause, *, now: datetime, expires_at: datetime | None) -> None:
    """Staff add (points > 0) or take away (points < 0)."""
    if points > 0:
        _open_available(account, Move.ADJUST_UP, points, cause, available_at=now, expires_at=expires_at)
    else:
        _spend(account, Move.ADJUST_DOWN, -points, cause)


def claw_back(account: Account, points: int, cause: Cause, *, opened_by: int | None = None) -> None:
    """Take points of `cause.order_id` back: from its own lots (pending, available, expired), then the soonest to expire, then as debt.

    Where no order gave them, `opened_by` names the entry that opened their lot.
    """
    lots = _lots(account)
    own = [lot for lot in lots if (lot.order_id == cause.order_id if opened_by is None else lot.opened_by == opened_by)]
    others = [lot for lot in _by_expiry(lots) if not any(lot is mine for mine in own)]
    pending = _shares([(lot, lot.pending) for lot in own], points)
    rest = points - _sum(pending)
    available = _shares([(lot, lot.open) for lot in own], rest)
    rest -= _sum(available)
    expired = _shares([(lot, lot.expired) for lot in own], rest)
    beyond = rest - _sum(expired)
    from_available = _sum(available) + beyond
    available += _shares([(lot, lot.open) for lot in others], beyond)
    if pending:
        entry = _record(account, Move.CLAW_BACK_PENDING, _sum(pending), cause)
        for lot, n in pending:
            _change(account, entry.seq, lot, pending=-n)
    if from_available:
        entry = _record(account, Move.CLAW_BACK, from_available, cause)
        for lot, n in available:
            _change(account, entry.seq, lot, open=-n)
    if expired:
        entry = _record(account, Move.CLAW_BACK_EXPIRED, _sum(expired), cause)
        for lot, n in expired:
            _change(account, entry.seq, lot, expired=-n)


def transfer(source: Account, target: Account, cause: Cause) -> None:
    """Pending and available points, or the debt, of `source` go to `target`; lots travel along (a merge of customers)."""
    if source.pending:
        _transfer_place(source, target, Move.TRANSFER_PENDING_OUT, Move.TRANSFER_PENDING_IN, source.pending, cause)
    if source.available > 0:
        _transfer_place(source, target, Move.TRANSFER_OUT, Move.TRANSFER_IN, source.available, cause)
    if debt := source.debt:
        owed = _sub(cause, "debt")
        _spend(target, Move.TRANSFER_OUT, debt, owed)
        _record(source, Move.TRANSFER_IN, debt, owed)
    source.next_due_at = None
    target.next_due_at = _next_due(_lots(target))


def give(
    source: Account,
    target: Account,
    points: int,
    cause: Cause,
    *,
    received: Reason | None = None,
    lots: Sequence[Lot] | None = None,
    is_final: bool = False,
) -> None:
    """Available points of `source` go to `target`, the soonest to expire first (of `lots`, if given); debt there is paid first.

    Their dates travel along, unless `is_final`: then they never lapse. `received` is the reason at the target. Raises
    InsufficientPoints; debt cannot be given, and nobody gets below zero by giving.
    """
    chosen = _by_expiry(_lots(source) if lots is None else lots)
    shares = _shares([(lot, lot.open) for lot in chosen], points)
    if _sum(shares) < points:
        raise InsufficientPoints(asked=points, available=sum(lot.open for lot in chosen))
    debt = target.debt
    left = _record(source, Move.TRANSFER_OUT, points, replace(cause, subject_id=target.member_id))
    arrived = _record(
        target, Move.TRANSFER_IN, points, replace(cause, reason=received or cause.reason, subject_id=source.member_id)
    )
    if is_final:
        for lot, n in shares:
            _change(source, left.seq, lot, open=-n)
        merged = _open_lot(target, points, open=points, available_at=cause.occurred_at, expires_at=None, order_id=None)
        if debt:
            _change(target, arrived.seq, merged, open=-min(points, debt))
    else:
        _carry(source, left, target, arrived, shares, debt=debt)
    source.next_due_at = _next_due(_lots(source))
    target.next_due_at = _next_due(_lots(target))


def transfer_held(
    source: Account,
    target: Account,
    points: int,
    cause: Cause,
    *,
    taken: Sequence[LotUse],
    received: Reason | None = None,
) -> None:
    """Points that are held go to `target`, with lots of the same dates to come back to. `received` is the reason there."""
    origins = {lot.key: lot for lot in _lots(source)}
    _record(source, Move.TRANSFER_HELD_OUT, points, cause)
    arrived = _record(target, Move.TRANSFER_HELD_IN, points, replace(cause, reason=received or cause.reason))
    for part, use in enumerate(taken):
        lot, n = origins[use.opened_by, use.part], -use.open
        traveller = _open_lot(
            target,
            n,
            open=n,
            available_at=lot.available_at,
            expires_at=lot.expires_at,
            order_id=lot.order_id,
            part=part,
        )
        _change(target, arrived.seq, traveller, open=-n)
    target.next_due_at = _next_due(_lots(target))


def taken_by(uses: Iterable[LotUse]) -> list[LotUse]:
    """Fold a redemption's lot uses (takings and earlier returns) into what still may be given back, per lot; `open` is negative."""
    total: dict[tuple[int, int], int] = {}
    for use in uses:
        key = (use.opened_by, use.part)
        total[key] = total.get(key, 0) + use.open
    return [LotUse(0, key[0], key[1], open=n) for key, n in total.items() if n < 0]


def next_due_with(account: Account, lot_due_at: datetime) -> datetime:
    """The account's next due instant once a lot due at `lot_due_at` is added."""
    return lot_due_at if account.next_due_at is None else min(account.next_due_at, lot_due_at)


def next_due(account: Account) -> datetime | None:
    """When the next of the account's (loaded) lots becomes available or lapses; None when none ever does."""
    return _next_due(_lots(account))


def _record(account: Account, move: Move, points: int, cause: Cause) -> Entry:
    if not 0 < points <= MAX_POINTS:
        raise ValueError(f"an entry moves 1 to {MAX_POINTS} points, not {points}")
    source, target = move.source, move.target
    account.pending += points * ((target is Place.PENDING) - (source is Place.PENDING))
    account.available += points * ((target is Place.AVAILABLE) - (source is Place.AVAILABLE))
    account.held += points * ((target is Place.HELD) - (source is Place.HELD))
    if account.pending < 0 or account.held < 0:
        raise AssertionError(f"{move.name} of {points} would leave pending {account.pending}, held {account.held}")
    account.seq += 1
    entry = Entry(
        account.seq,
        move,
        points,
        cause,
        key_id(f"{cause.key}:{move.word}:{source}", cause.order_id or account.member_id),
        account.pending,
        account.available,
        account.held,
    )
    account.entries.append(entry)
    return entry


def _open_available(
    account: Account, move: Move, points: int, cause: Cause, *, available_at: datetime, expires_at: datetime | None
) -> None:
    debt = account.debt
    entry = _record(account, move, points, cause)
    lot = _open_lot(
        account, points, open=points, available_at=available_at, expires_at=expires_at, order_id=cause.order_id
    )
    if debt:
        _change(account, entry.seq, lot, open=-min(points, debt))


def _open_lot(
    account: Account,
    points: int,
    *,
    available_at: datetime,
    expires_at: datetime | None,
    order_id: int | None,
    pending: int = 0,
    open: int = 0,  # noqa: A002 - the lot's own word
    part: int = 0,
) -> Lot:
    lot = Lot(account.seq, part, points, pending, open, 0, available_at, expires_at, order_id)
    account.opened.append(lot)
    if account.lots is not None:
        account.lots.append(lot)
    due = available_at if pending else expires_at
    if due is not None:
        account.next_due_at = next_due_with(account, due)
    return lot


def _spend(account: Account, move: Move, points: int, cause: Cause) -> None:
    _record(account, move, points, cause)
    _take(account, points)


def _take(account: Account, points: int) -> None:
    for lot, n in _shares([(lot, lot.open) for lot in _by_expiry(_lots(account))], points):
        _change(account, account.seq, lot, open=-n)


def _give_back(
    account: Account, move: Move, points: int, cause: Cause, *, taken: Sequence[LotUse], now: datetime, grace_days: int
) -> None:
    lots = {lot.key: lot for lot in _lots(account)}
    taken = [use for use in taken if (use.opened_by, use.part) in lots]
    owed = account.debt
    entry = _record(account, move, points, cause)
    rest = points - min(points, owed)
    part = 0
    for use in sorted(
        taken, key=lambda use: (lots[use.opened_by, use.part].expires_at is None, use.opened_by, use.part)
    ):
        lot = lots[use.opened_by, use.part]
        n = min(rest, -use.open)
        rest -= n
        if not n:
            continue
        if lot.expires_at is None or lot.expires_at > now:
            _change(account, entry.seq, lot, open=n)
            continue
        child_ends = now + timedelta(days=grace_days)
        _open_lot(account, n, open=n, available_at=now, expires_at=child_ends, order_id=lot.order_id, part=part)
        part += 1
    if rest:
        _open_lot(account, rest, open=rest, available_at=now, expires_at=None, order_id=None, part=part)
    account.next_due_at = _next_due(_lots(account))


def _transfer_place(source: Account, target: Account, out: Move, into: Move, points: int, cause: Cause) -> None:
    place: Literal["pending", "open"] = "pending" if out is Move.TRANSFER_PENDING_OUT else "open"
    debt = target.debt if out is Move.TRANSFER_OUT else 0
    moved = _sub(cause, str(out.source))
    left = _record(source, out, points, moved)
    arrived = _record(target, into, points, moved)
    shares = [(lot, getattr(lot, place)) for lot in _by_expiry(_lots(source)) if getattr(lot, place)]
    _carry(source, left, target, arrived, shares, debt=debt, place=place)


def _carry(
    source: Account,
    left: Entry,
    target: Account,
    arrived: Entry,
    shares: Sequence[tuple[Lot, int]],
    *,
    debt: int,
    place: Literal["pending", "open"] = "open",
) -> None:
    """Parts of lots go to another account and keep their dates; there, `debt` is paid before anything is open."""
    for part, (lot, n) in enumerate(shares):
        _change(source, left.seq, lot, **{place: -n})
        paid = min(debt, n)
        debt -= paid
        traveller = _open_lot(
            target,
            n,
            pending=n if place == "pending" else 0,
            open=n if place == "open" else 0,
            available_at=lot.available_at,
            expires_at=lot.expires_at,
            order_id=lot.order_id,
            part=part,
        )
        if paid:
            _change(target, arrived.seq, traveller, open=-paid)


def _change(
    account: Account,
    seq: int,
    lot: Lot,
    *,
    pending: int = 0,
    open: int = 0,  # noqa: A002 - the lot's own word
    expired: int = 0,
) -> None:
    lot.pending += pending
    lot.open += open
    lot.expired += expired
    account.uses.append(LotUse(seq, lot.opened_by, lot.part, pending, open, expired))
    account.touched[lot.key] = lot


def _shares(sources: Sequence[tuple[Lot, int]], points: int) -> list[tuple[Lot, int]]:
    shares = []
    for lot, available in sources:
        n = min(available, points)
        if n > 0:
            shares.append((lot, n))
            points -= n
    return shares


def _sum(shares: Iterable[tuple[Lot, int]]) -> int:
    return sum(n for _, n in shares)


def _by_expiry(lots: Iterable[Lot]) -> list[Lot]:
    return sorted(
        (lot for lot in lots if lot.open or lot.pending),
        key=lambda lot: (lot.expires_at is None, lot.expires_at or lot.available_at, lot.opened_by, lot.part),
    )


def _next_due(lots: Iterable[Lot]) -> datetime | None:
    due = [lot.available_at for lot in lots if lot.pending]
    due += [lot.expires_at for lot in lots if lot.open and lot.expires_at is not None]
    return min(due, default=None)


def _lots(account: Account) -> list[Lot]:
    if account.lots is None:
        raise AssertionError("this movement needs the account's lots loaded")
    return account.lots


def _sub(cause: Cause, suffix: str) -> Cause:
    return Cause(
        f"{cause.key}:{suffix}",
        cause.reason,
        cause.occurred_at,
        cause.program_version,
        cause.order_id,
        cause.redemption_id,
        cause.amount,
        cause.subject_id,
    )
