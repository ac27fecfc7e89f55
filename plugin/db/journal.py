"""The journal: loads accounts under lock, writes what plugin.loyalty.ledger decided, and answers why a balance is what it is.

Accounts are always locked in one order: people by id, then pools and causes by id. One movement has statements of its own, because
shoppers wait for it: plugin.db.holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from plugin.db.session import Session
from plugin.loyalty.ledger import Account, Lot, LotUse


class KeyConflict(Exception):
    """The same ledger key with other content: a bug, and the transaction that met it must not commit."""


def lock(
    session: Session, member_ids: Iterable[int], *, lots: bool = True, orders: Sequence[int] = ()
) -> dict[int, Account]:
    """Working copies of those accounts, locked until the transaction ends: people in id order, then pools and causes in id order.

    With `lots`, lots that still hold points come along, and those of `orders` even when empty.
    """
    ids = sorted(set(member_ids))
    accounts = {
        row[0]: Account(row[0], row[1], row[2], row[3], row[4], row[5], pool_id=row[6])
        for row in session.sql(
            """
            SELECT id, pending, available, held, seq, next_due_at, pool_id FROM members
            WHERE shop_id = %s AND id = ANY(%s) ORDER BY kind <> 'member', id FOR UPDATE
            """,
            session.shop_id,
            ids,
        )
    }
    if lots:
        load_lots(session, accounts.values(), orders=orders)
    return accounts


def load_lots(session: Session, accounts: Iterable[Account], *, orders: Sequence[int] = ()) -> None:
    """Give the (locked) accounts their lots that hold points, and every lot of `orders`."""
    by_id = {account.member_id: account for account in accounts}
    for account in by_id.values():
        account.lots = []
    rows = session.sql(
        """
        SELECT member_id, opened_by, part, points, pending, open, expired, available_at, expires_at, order_id
        FROM lots WHERE shop_id = %s AND member_id = ANY(%s) AND (open > 0 OR pending > 0 OR order_id = ANY(%s))
        ORDER BY member_id, opened_by, part
        """,
        session.shop_id,
        list(by_id),
        list(orders),
    )
    for row in rows:
        lots = by_id[row[0]].lots
        if lots is not None:
            lots.append(Lot(*row[1:]))


def load_lots_of(session: Session, account: Account, uses: Iterable[LotUse]) -> None:
    """Add the lots named by `uses` that the account does not have loaded yet (they may hold nothing any more)."""
    lots = account.lots if account.lots is not None else []
    known = {lot.key for lot in lots}
    missing = [(use.opened_by, use.part) for use in uses if (use.opened_by, use.part) not in known]
    if missing:
        rows = session.sql(
            """
            SELECT opened_by, part, points, pending, open, expired, available_at, expires_at, order_id
            FROM lots JOIN unnest(%s::int[], %s::smallint[]) w (opened_by, part) USING (opened_by, part)
            WHERE shop_id = %s AND member_id = %s ORDER BY opened_by, part
            """,
            [key[0] for key in missing],
            [key[1] for key in missing],
            session.shop_id,
            account.member_id,
        )
        lots.extend(Lot(*row) for row in rows)
    account.lots = lots


def uses_of_redemption(session: Session, member_id: int, redemption_id: UUID) -> list[LotUse]:
    """Every lot use of the redemption's entries on that member, oldest first."""
    return [
        LotUse(*row)
        for row in session.sql(
            """
            SELECT u.seq, u.opened_by, u.part, u.pending, u.open, u.expired
            FROM entries e JOIN lot_uses u USING (shop_id, member_id, seq)
            WHERE e.shop_id = %s AND e.member_id = %s AND e.redemption_id = %s ORDER BY u.seq
            """,
            session.shop_id,
            member_id,
            redemption_id,
        )
    ]


def uses_of_subject(session: Session, member_id: int, subject_id: int, *, reasons: Sequence[int]) -> list[LotUse]:
    """Every lot use of the member's entries about that subject, of those reasons, oldest first."""
    return [
        LotUse(*row)
        for row in session.sql(
            """
            SELECT u.seq, u.opened_by, u.part, u.pending, u.open, u.expired
            FROM entries e JOIN lot_uses u USING (shop_id, member_id, seq)
            WHERE e.shop_id = %s AND e.member_id = %s AND e.subject_id = %s AND e.reason = ANY(%s) ORDER BY u.seq
            """,
            session.shop_id,
            member_id,
            subject_id,
            list(reasons),
        )
    ]


def write(session: Session, accounts: Iterable[Account], *, now: datetime) -> int:
    """Write the entries, lots and uses that were recorded on the accounts, and their new balances; the number of entries."""
    changed = [account for account in accounts if account.entries or account.touched or account.opened]
    if not changed:
        return 0
    with session.pipelined():
        count = _insert_entries(session, changed, now)
        _insert_lots(session, changed)
        _insert_uses(session, changed)
        _update_lots(session, changed)
        session.send(
            """
            UPDATE members m SET pending = v.pending, available = v.available, held = v.held, seq = v.seq, next_due_at = v.next_due_at
            FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::int[], %s::timestamptz[])
              v (id, pending, available, held, seq, next_due_at)
            WHERE m.shop_id = %s AND m.id = v.id
            """,
            [account.member_id for account in changed],
            [account.pending for account in changed],
            [account.available for account in changed],
            [account.held for account in changed],
            [account.seq for account in changed],
            [account.next_due_at for account in changed],
            session.shop_id,
        )
    due = min((account.next_due_at for account in changed if account.next_due_at is not None), default=None)
    if due is not None:
        mark_waiting(session, "due", due)
    for account in changed:
        account.entries, account.uses, account.opened, account.touched = [], [], [], {}
    return count


def mark_waiting(session: Session, kind: LiteralString, since: datetime) -> None:
    """Tell the sweep, when this transaction commits, that the shop has work of that kind from `since` on. Cleared only by `clear_waiting`.

    A mark that is early enough is left alone and not even locked: much of what a shop does passes here.
    """
    marks: dict[LiteralString, datetime] = session.info.setdefault(_MARKS, {})
    marks[kind] = min(since, marks.get(kind, since))
    session.at_end(MARKS_LAST, "waiting", lambda: _write_marks(session))


def _write_marks(session: Session) -> None:
    """In one order for everybody, so that two who write several never wait for each other."""
    marks = session.info.pop(_MARKS)
    for kind in MARKED:
        if kind in marks:
            _write_mark(session, kind, marks[kind])


def _write_mark(session: Session, kind: LiteralString, since: datetime) -> None:
    session.sql("SELECT pg_advisory_xact_lock_shared(%s, %s)", WAITING_LOCKS[kind], session.shop_id)
    session.sql(
        """
        INSERT INTO waiting SELECT %s, %s, %s
        WHERE NOT EXISTS (SELECT FROM waiting WHERE shop_id = %s AND kind = %s AND since <= %s)
        ON CONFLICT (shop_id, kind) DO UPDATE SET since = least(waiting.since, excluded.since)
        """,
        session.shop_id,
        kind,
        since,
        session.shop_id,
        kind,
        since,
    )


def clear_waiting(session: Session, kind: LiteralString, *, next_since: datetime | None) -> bool:
    """Move the mark to `next_since`, or drop it, unless somebody is just adding work; call it before looking for what is left.

    The exclusive lock waits for nobody: when a door holds the shared one, the mark simply stays.
    """
    [(locked,)] = session.sql("SELECT pg_try_advisory_xact_lock(%s, %s)", WAITING_LOCKS[kind], session.shop_id)
    if not locked:
        return False
    if next_since is None:
        session.sql("DELETE FROM waiting WHERE shop_id = %s AND kind = %s", session.shop_id, kind)
    else:
        session.sql("UPDATE waiting SET since = %s WHERE shop_id = %s AND kind = %s", next_since, session.shop_id, kind)
    return True


WAITING_LOCKS = {"inbox": 7101, "outbox": 7102, "due": 7103}
MARKED: tuple[LiteralString, ...] = ("outbox", "due", "inbox")
MARKS_LAST = 9
_MARKS = "marks"


def _insert_entries(session: Session, accounts: list[Account], now: datetime) -> int:
    flat = [(account.member_id, entry) for account in accounts for entry in account.entries]
    if not flat:
        return 0

    def check(inserted: int) -> None:
        if inserted != len(flat):
            raise KeyConflict(f"{len(flat) - inserted} of {len(flat)} entries carry a key that was used before")

    session.send(
        """
        INSERT INTO entries (shop_id, member_id, seq, move, points, key, reason, occurred_at, recorded_at, pending, available, held,
                             program_version, order_id, redemption_id, amount, subject_id)
        SELECT %s, v.member_id, v.seq, v.move, v.points, v.key, v.reason, v.occurred_at, %s, v.pending, v.available, v.held,
               v.version, v.order_id, v.redemption_id, v.amount, v.subject_id
        FROM unnest(%s::bigint[], %s::int[], %s::smallint[], %s::bigint[], %s::uuid[], %s::smallint[], %s::timestamptz[],
                    %s::bigint[], %s::bigint[], %s::bigint[], %s::int[], %s::bigint[], %s::uuid[], %s::numeric[], %s::bigint[])
          v (member_id, seq, move, points, key, reason, occurred_at, pending, available, held, version, order_id, redemption_id, amount,
             subject_id)
        ON CONFLICT (shop_id, key) DO NOTHING
        """,
        session.shop_id,
        now,
        [member_id for member_id, _ in flat],
        [entry.seq for _, entry in flat],
        [int(entry.move) for _, entry in flat],
        [entry.points for _, entry in flat],
        [entry.key for _, entry in flat],
        [int(entry.cause.reason) for _, entry in flat],
        [entry.cause.occurred_at for _, entry in flat],
        [entry.pending for _, entry in flat],
        [entry.available for _, entry in flat],
        [entry.held for _, entry in flat],
        [entry.cause.program_version for _, entry in flat],
        [entry.cause.order_id for _, entry in flat],
        [entry.cause.redemption_id for _, entry in flat],
        [entry.cause.amount for _, entry in flat],
        [entry.cause.subject_id for _, entry in flat],
        check=check,
    )
    return len(flat)


def _insert_lots(session: Session, accounts: list[Account]) -> None:
    flat = [(account.member_id, lot) for account in accounts for lot in account.opened]
    if not flat:
        return
    session.send(
        """
        INSERT INTO lots (shop_id, member_id, opened_by, part, points, pending, open, expired, available_at, expires_at, order_id)
        SELECT %s, * FROM unnest(%s::bigint[], %s::int[], %s::smallint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
                                 %s::timestamptz[], %s::timestamptz[], %s::bigint[])
        """,
        session.shop_id,
        [member_id for member_id, _ in flat],
        [lot.opened_by for _, lot in flat],
        [lot.part for _, lot in flat],
        [lot.points for _, lot in flat],
        [lot.pending for _, lot in flat],
        [lot.open for _, lot in flat],
        [lot.expired for _, lot in flat],
        [lot.available_at for _, lot in flat],
        [lot.expires_at for _, lot in flat],
        [lot.order_id for _, lot in flat],
    )


def _insert_uses(session: Session, accounts: list[Account]) -> None:
    flat = [(account.member_id, use) for account in accounts for use in account.uses]
    if not flat:
        return
    session.send(
        """
        INSERT INTO lot_uses (shop_id, member_id, seq, opened_by, part, pending, open, expired)
        SELECT %s, * FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::smallint[], %s::bigint[], %s::bigint[], %s::bigint[])
        """,
        session.shop_id,
        [member_id for member_id, _ in flat],
        [use.seq for _, use in flat],
        [use.opened_by for _, use in flat],
        [use.part for _, use in flat],
        [use.pending for _, use in flat],
        [use.open for _, use in flat],
        [use.expired for _, use in flat],
    )


def _update_lots(session: Session, accounts: list[Account]) -> None:
    flat = [
        (account.member_id, lot)
        for account in accounts
        for lot in account.touched.values()
        if not any(lot is opened for opened in account.opened)
    ]
    if not flat:
        return
    session.send(
        """
        UPDATE lots l SET pending = v.pending, open = v.open, expired = v.expired
        FROM unnest(%s::bigint[], %s::int[], %s::smallint[], %s::bigint[], %s::bigint[], %s::bigint[])
          v (member_id, opened_by, part, pending, open, expired)
        WHERE l.shop_id = %s AND l.member_id = v.member_id AND l.opened_by = v.opened_by AND l.part = v.part
        """,
        [member_id for member_id, _ in flat],
        [lot.opened_by for _, lot in flat],
        [lot.part for _, lot in flat],
        [lot.pending for _, lot in flat],
        [lot.open for _, lot in flat],
        [lot.expired for _, lot in flat],
        session.shop_id,
    )
