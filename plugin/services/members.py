"""Members: who takes part, what they have, and what staff change by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from plugin.db import Session, achievements, activities, erasure, journal, orders, redemptions, referrals
from plugin.db import entries as entry_rows
from plugin.db import expiry as expiry_rows
from plugin.db import grants as grant_rows
from plugin.db import members as member_rows
from plugin.db import messages as message_rows
from plugin.db import partners as partner_rows
from plugin.db.entries import Noted
from plugin.db.tables import Member
from plugin.loyalty import codes, ledger
from plugin.loyalty.errors import MemberExcluded, MemberUnknown
from plugin.loyalty.ledger import Cause, Reason
from plugin.services import balances, blocks, causes, expiry, gifts, households, programs, subjects, tiers


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member as others see them: no names (those are read from Shopify when a page needs them)."""

    id: int
    customer_id: int | None
    pending: int
    available: int
    held: int
    debt: int
    referral_code: str
    joined_at: datetime | None
    created_at: datetime
    is_erased: bool
    expiring: expiry.ExpiringSoon | None = None
    standing: tiers.Standing | None = None


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry as others see it. `what` is the merchant's title of what it is about.

    `note` is what staff typed for themselves, `shown` what they typed for the member to read, `author` who.
    """

    member_id: int
    seq: int
    move: ledger.Move
    points: int
    reason: Reason
    order_id: int | None
    redemption_id: str | None
    subject_id: int | None
    amount: str | None
    program_version: int
    occurred_at: datetime
    recorded_at: datetime
    pending: int
    available: int
    held: int
    note: str | None
    author: str | None
    what: str | None = None
    shown: str | None = None


def join(session: Session, customer_id: int, *, tombstone_key: bytes, now: datetime) -> int:
    """Make this customer a member (again a no-op); the member's id. Raises MemberExcluded for an erased customer."""
    if erasure.is_buried(session, codes.tombstone(tombstone_key, session.shop_id, customer_id)):
        raise MemberExcluded(customer_id=customer_id)
    return member_rows.join(session, customer_id, now=now)


def by_customer(session: Session, customer_id: int) -> int | None:
    """The member id of that Shopify customer, following merges; None when they are not a member."""
    return member_rows.by_customer(session, customer_id)


def meet(session: Session, customer_id: int) -> int | None:
    """The same, for a transaction that goes on to look at the member: `view` need not read them again."""
    row = member_rows.row_of_customer(session, customer_id)
    session.keep(row)
    return row.id if row is not None else None


def customer_of(session: Session, member_id: int) -> int | None:
    """The Shopify customer behind a member that exists; None once erased."""
    return member_rows.customer_of(session, member_id)


def view(session: Session, member_id: int, *, handle_key: bytes, now: datetime) -> MemberView:
    """One member, with everything due at `now` posted first. Raises MemberUnknown."""
    row = member_rows.find(session, member_id)
    if row is None or row.kind != "member":
        raise MemberUnknown(member_id=member_id)
    if row.next_due_at is not None and row.next_due_at <= now:
        post_due(session, member_id, now=now)
        session.refresh(row)
    if row.referral_code is None and row.erased_at is None:
        row.referral_code = codes.handle(handle_key, session.shop_id, member_id)
        session.flush()
    found = replace(_view(row), standing=tiers.standing_if_any(session, member_id, now=now))
    return found if row.next_due_at is None else replace(found, expiring=expiry.expiring_soon(session, member_id))


def page(
    session: Session, *, after: int | None = None, limit: int = 50, customer_ids: Sequence[int] | None = None
) -> list[MemberView]:
    """Members by descending id, below `after`; only those of `customer_ids` when given. Balances as of their last posting."""
    return [_view(row) for row in member_rows.page(session, below=after, limit=limit, customer_ids=customer_ids)]


def entries(session: Session, member_id: int, *, before: int | None = None, limit: int = 50) -> list[EntryView]:
    """A member's entries, newest first, those with `seq` below `before`."""
    return _entry_views(session, entry_rows.of_member(session, member_id, before=before, limit=limit))


def some_entries(session: Session, member_id: int, seqs: Sequence[int]) -> list[EntryView]:
    """The member's entries of those numbers, newest first."""
    return _entry_views(session, entry_rows.some(session, member_id, seqs)) if seqs else []


def post_due(session: Session, member_id: int, *, now: datetime) -> None:
    """Post every vesting and expiry of one member that is due at `now`."""
    account = journal.lock(session, [member_id])[member_id]
    expiry.post_due(session, [account], now=now)
    journal.write(session, [account], now=now)
    member_rows.set_next_due(session, [(member_id, account.next_due_at)])
    households.flow(session, [account], now=now)


def adjust(
    session: Session,
    member_id: int,
    points: int,
    *,
    words: str,
    shown: str | None = None,
    author: str,
    key: str,
    now: datetime,
) -> EntryView:
    """Staff add or take away points, saying why; the member reads `shown`, if anything.

    `key` names this adjustment: the same key twice adjusts once (KeyConflict).
    """
    accounts = journal.lock(session, [member_id])
    if member_id not in accounts:
        raise MemberUnknown(member_id=member_id)
    account = accounts[member_id]
    program = programs.current(session)
    expiry.post_due(session, [account], now=now)
    ledger.adjust(
        account,
        points,
        Cause(f"adjust:{key}", Reason.STAFF, now, program.version),
        now=now,
        expires_at=program.expires_at(now),
    )
    seq = account.seq
    journal.write(session, [account], now=now)
    entry_rows.add_note(session, member_id=member_id, seq=seq, author=author, words=words, shown=shown)
    households.flow(session, [account], now=now)
    balances.ask(session, now=now)
    return entries(session, member_id, before=seq + 1, limit=1)[0]


def merge(
    session: Session, *, kept_customer_id: int, lost_customer_id: int, tombstone_key: bytes, now: datetime
) -> list[str]:
    """Two customers became one: everything of the lost one's membership goes to the kept one. Twice is once.

    Returns the ids of redemptions whose codes must be bound to the kept customer. Raises MemberExcluded when that one was erased.
    """
    lost = by_customer(session, lost_customer_id)
    if lost is None:
        return []
    kept = by_customer(session, kept_customer_id) or join(
        session, kept_customer_id, tombstone_key=tombstone_key, now=now
    )
    if kept == lost:
        return []
    accounts = journal.lock(session, [kept, lost])
    source, target = accounts[lost], accounts[kept]
    taken_rewards = redemptions.of_member_for_update(session, lost)
    for redemption_id, points, state in taken_rewards:
        if points and state in ("held", "issued", "suspended"):
            taken = ledger.taken_by(journal.uses_of_redemption(session, lost, redemption_id))
            journal.load_lots_of(session, source, taken)
            cause = Cause(f"merge:{lost}:{redemption_id}", Reason.MERGED, now, redemption_id=redemption_id)
            ledger.transfer_held(source, target, points, cause, taken=taken)
    gifts.transfer(session, source, target, now=now)
    ledger.transfer(source, target, Cause(f"merge:{lost}:{kept}", Reason.MERGED, now))
    journal.write(session, [source, target], now=now)
    message_rows.give_to(session, lost=lost, kept=kept)
    member_rows.merge(session, lost=lost, kept=kept, next_due_at=target.next_due_at)
    from_pools = redemptions.taken_from_pools(session, lost)
    redemptions.give_to(session, lost=lost, kept=kept)
    orders.give_to(session, lost=lost, kept=kept)
    orders.rename_posted(session, lost=lost, kept=kept)
    referrals.give_to(session, lost=lost, kept=kept)
    activities.give_to(session, lost=lost, kept=kept)
    achievements.give_to(session, lost=lost, kept=kept)
    gifts.merge(session, lost=lost, kept=kept)
    causes.merge(session, lost=lost, kept=kept)
    grant_rows.give_to(session, lost=lost, kept=kept)
    blocks.merge(session, lost=lost, kept=kept)
    partner_rows.give_to(session, lost=lost, kept=kept, now=now)
    expiry_rows.give_warnings(session, lost=lost, kept=kept)
    households.merge(session, lost=lost, kept=kept, now=now)
    tiers.merge(session, lost=lost, kept=kept, now=now)
    bound = [(redemption_id, state) for redemption_id, _, state in taken_rewards] + from_pools
    return [str(redemption_id) for redemption_id, state in bound if state in ("held", "issued")]


def _view(row: Member) -> MemberView:
    return MemberView(
        row.id,
        row.customer_id,
        row.pending,
        max(0, row.available),
        row.held,
        max(0, -row.available),
        row.referral_code or "",
        row.joined_at,
        row.created_at,
        row.erased_at is not None,
    )


def _entry_views(session: Session, found: Sequence[Noted]) -> list[EntryView]:
    views = [_entry_view(row) for row in found]
    named = subjects.titles(session, views)
    return [replace(view, what=named.get((view.member_id, view.seq))) for view in views] if named else views


def _entry_view(row: Noted) -> EntryView:
    return EntryView(
        row.member_id,
        row.seq,
        ledger.Move(row.move),
        row.points,
        Reason(row.reason),
        row.order_id,
        str(row.redemption_id) if row.redemption_id else None,
        row.subject_id,
        format(row.amount, "f") if row.amount is not None else None,
        row.program_version,
        row.occurred_at,
        row.recorded_at,
        row.pending,
        row.available,
        row.held,
        row.words,
        row.author,
        shown=row.shown,
    )
