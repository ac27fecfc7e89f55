"""Members: who takes part, what they have, and what staff change by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from plugin.db import Session, journal
from plugin.db.tables import EntryRow, Member, Note
from plugin.loyalty import codes, ledger
from plugin.loyalty.errors import MemberExcluded, MemberUnknown
from plugin.loyalty.ledger import Cause, Reason
from plugin.services import programs


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


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry as others see it. `note` is what staff typed, `author` who."""

    member_id: int
    seq: int
    move: ledger.Move
    points: int
    reason: Reason
    order_id: int | None
    redemption_id: str | None
    amount: str | None
    program_version: int
    occurred_at: datetime
    recorded_at: datetime
    pending: int
    available: int
    held: int
    note: str | None
    author: str | None


def join(session: Session, customer_id: int, *, tombstone_key: bytes, now: datetime) -> int:
    """Make this customer a member (again a no-op); the member's id. Raises MemberExcluded for an erased customer."""
    if session.sql(
        "SELECT 1 FROM tombstones WHERE shop_id = %s AND hash = %s",
        session.shop_id,
        codes.tombstone(tombstone_key, session.shop_id, customer_id),
    ):
        raise MemberExcluded(customer_id=customer_id)
    rows = session.sql(
        """
        INSERT INTO members (shop_id, customer_id, created_at, joined_at) VALUES (%s, %s, %s, %s)
        ON CONFLICT (shop_id, customer_id) DO UPDATE SET joined_at = coalesce(members.joined_at, excluded.joined_at)
        RETURNING coalesce(merged_into, id)
        """,
        session.shop_id,
        customer_id,
        now,
        now,
    )
    return int(rows[0][0])


def by_customer(session: Session, customer_id: int) -> int | None:
    """The member id of that Shopify customer, following merges; None when they are not a member."""
    rows = session.sql(
        "SELECT coalesce(merged_into, id) FROM members WHERE shop_id = %s AND customer_id = %s",
        session.shop_id,
        customer_id,
    )
    return int(rows[0][0]) if rows else None


def view(session: Session, member_id: int, *, handle_key: bytes, now: datetime) -> MemberView:
    """One member, with everything due at `now` posted first. Raises MemberUnknown."""
    row = session.get(Member, (session.shop_id, member_id))
    if row is None:
        raise MemberUnknown(member_id=member_id)
    if row.next_due_at is not None and row.next_due_at <= now:
        post_due(session, member_id, now=now)
        session.refresh(row)
    if row.referral_code is None and row.erased_at is None:
        row.referral_code = codes.handle(handle_key, session.shop_id, member_id)
        session.flush()
    return _view(row)


def page(
    session: Session, *, after: int | None = None, limit: int = 50, customer_ids: Sequence[int] | None = None
) -> list[MemberView]:
    """Members by descending id, below `after`; only those of `customer_ids` when given. Balances as of their last posting."""
    query = session.query(Member).filter(Member.shop_id == session.shop_id, Member.merged_into.is_(None))
    if after is not None:
        query = query.filter(Member.id < after)
    if customer_ids is not None:
        query = query.filter(Member.customer_id.in_(customer_ids))
    return [_view(row) for row in query.order_by(Member.id.desc()).limit(limit)]


def entries(session: Session, member_id: int, *, before: int | None = None, limit: int = 50) -> list[EntryView]:
    """A member's entries, newest first, those with `seq` below `before`."""
    query = (
        session.query(EntryRow, Note)
        .outerjoin(
            Note,
            (Note.shop_id == EntryRow.shop_id) & (Note.member_id == EntryRow.member_id) & (Note.seq == EntryRow.seq),
        )
        .filter(EntryRow.shop_id == session.shop_id, EntryRow.member_id == member_id)
    )
    if before is not None:
        query = query.filter(EntryRow.seq < before)
    return [_entry_view(row, note) for row, note in query.order_by(EntryRow.seq.desc()).limit(limit)]


def post_due(session: Session, member_id: int, *, now: datetime) -> None:
    """Post every vesting and expiry of one member that is due at `now`."""
    account = journal.lock(session, [member_id])[member_id]
    ledger.post_due(account, now=now)
    journal.write(session, [account], now=now)
    session.sql(
        "UPDATE members SET next_due_at = %s WHERE shop_id = %s AND id = %s AND next_due_at IS DISTINCT FROM %s",
        account.next_due_at,
        session.shop_id,
        member_id,
        account.next_due_at,
    )


def adjust(
    session: Session, member_id: int, points: int, *, words: str, author: str, key: str, now: datetime
) -> EntryView:
    """Staff add or take away points, saying why. `key` names this adjustment: the same key twice adjusts once (KeyConflict)."""
    accounts = journal.lock(session, [member_id])
    if member_id not in accounts:
        raise MemberUnknown(member_id=member_id)
    account = accounts[member_id]
    program = programs.current(session)
    ledger.post_due(account, now=now)
    ledger.adjust(
        account,
        points,
        Cause(f"adjust:{key}", Reason.STAFF, now, program.version),
        now=now,
        expires_at=program.expires_at(now),
    )
    seq = account.seq
    journal.write(session, [account], now=now)
    session.add(Note(shop_id=session.shop_id, member_id=member_id, seq=seq, author=author, words=words))
    session.flush()
    return entries(session, member_id, before=seq + 1, limit=1)[0]


def merge(
    session: Session, *, kept_customer_id: int, lost_customer_id: int, tombstone_key: bytes, now: datetime
) -> list[str]:
    """Two customers became one: everything of the lost one's membership goes to the kept one. The ids of redemptions whose
    codes must be bound to the kept customer. Twice is once.
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
    live = session.sql(
        "SELECT id, points, state FROM redemptions WHERE shop_id = %s AND member_id = %s ORDER BY id FOR UPDATE",
        session.shop_id,
        lost,
    )
    for redemption_id, points, state in live:
        if state in ("held", "issued", "suspended"):
            taken = ledger.taken_by(journal.uses_of_redemption(session, lost, redemption_id))
            journal.load_lots_of(session, source, taken)
            cause = Cause(f"merge:{lost}:{redemption_id}", Reason.MERGED, now, redemption_id=redemption_id)
            ledger.transfer_held(source, target, points, cause, taken=taken)
    ledger.transfer(source, target, Cause(f"merge:{lost}:{kept}", Reason.MERGED, now))
    journal.write(session, [source, target], now=now)
    shop = session.shop_id
    session.sql(
        "UPDATE members SET merged_into = %s, next_due_at = NULL WHERE shop_id = %s AND (id = %s OR merged_into = %s)",
        kept,
        shop,
        lost,
        lost,
    )
    session.sql("UPDATE members SET next_due_at = %s WHERE shop_id = %s AND id = %s", target.next_due_at, shop, kept)
    session.sql(
        "UPDATE members SET joined_at = least(joined_at, (SELECT joined_at FROM members WHERE shop_id = %s AND id = %s)) WHERE shop_id = %s AND id = %s",
        shop,
        lost,
        shop,
        kept,
    )
    session.sql("UPDATE redemptions SET member_id = %s WHERE shop_id = %s AND member_id = %s", kept, shop, lost)
    session.sql("UPDATE orders SET member_id = %s WHERE shop_id = %s AND member_id = %s", kept, shop, lost)
    _rename_posted(session, lost=lost, kept=kept)
    return [str(row[0]) for row in live if row[2] in ("held", "issued")]


def _rename_posted(session: Session, *, lost: int, kept: int) -> None:
    """What stood posted for the lost member stands for the kept one, so that a later refund is taken back from there."""
    session.sql(
        """
        UPDATE orders o SET posted = convert_to(v.posted::text, 'UTF8')
        FROM (SELECT id, jsonb_object_agg(CASE WHEN split_part(k, ':', 1) = %s::text THEN %s::text || ':' || split_part(k, ':', 2) ELSE k END, n) posted
              FROM (SELECT id, j.key k, j.value n FROM orders, jsonb_each(convert_from(posted, 'UTF8')::jsonb) j
                    WHERE shop_id = %s AND posted IS NOT NULL
                      AND id IN (SELECT order_id FROM entries WHERE shop_id = %s AND member_id = %s AND order_id IS NOT NULL)) x
              GROUP BY id) v
        WHERE o.shop_id = %s AND o.id = v.id
        """,
        str(lost),
        str(kept),
        session.shop_id,
        session.shop_id,
        lost,
        session.shop_id,
    )


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


def _entry_view(row: EntryRow, note: Note | None) -> EntryView:
    return EntryView(
        row.member_id,
        row.seq,
        ledger.Move(row.move),
        row.points,
        Reason(row.reason),
        row.order_id,
        str(row.redemption_id) if row.redemption_id else None,
        format(row.amount, "f") if row.amount is not None else None,
        row.program_version,
        row.occurred_at,
        row.recorded_at,
        row.pending,
        row.available,
        row.held,
        note.words if note is not None else None,
        note.author if note is not None else None,
    )
