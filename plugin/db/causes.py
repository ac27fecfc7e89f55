"""The rows of causes: their accounts, who gave what, whose orders are matched for which, and the totals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from plugin.db.session import Session
from plugin.db.tables import DonationRow
from plugin.loyalty.ledger import Move, Reason

OPENING_LOCK = 7112


class Total(NamedTuple):
    """What came together for a cause: points given by members, points and money added by the merchant, points paid out."""

    donated: int
    donors: int
    matched: int
    amount: Decimal
    paid_out: int
    available: int
    pending: int


def account(session: Session, cause_id: str) -> int | None:
    """The account of that cause, once it has one."""
    rows = session.sql("SELECT account_id FROM causes WHERE shop_id = %s AND cause_id = %s", session.shop_id, cause_id)
    return int(rows[0][0]) if rows else None


def add(session: Session, cause_id: str, *, account_id: int, title: str) -> None:
    """The cause has this account."""
    session.sql(
        "INSERT INTO causes (shop_id, account_id, cause_id, title) VALUES (%s, %s, %s, %s)",
        session.shop_id,
        account_id,
        cause_id,
        title,
    )


def lock_opening(session: Session) -> None:
    """One at a time opens accounts of causes in this shop, until the transaction ends."""
    session.sql("SELECT pg_advisory_xact_lock(%s, %s)", OPENING_LOCK, session.shop_id)


def rename(session: Session, cause_id: str, *, title: str) -> None:
    """The merchant calls it something else now."""
    session.sql(
        "UPDATE causes SET title = %s WHERE shop_id = %s AND cause_id = %s AND title <> %s",
        title,
        session.shop_id,
        cause_id,
        title,
    )


def titles(session: Session, account_ids: Sequence[int]) -> dict[int, str]:
    """What those accounts' causes are called."""
    return dict(
        session.sql(
            "SELECT account_id, title FROM causes WHERE shop_id = %s AND account_id = ANY(%s)",
            session.shop_id,
            list(account_ids),
        )
    )


def cause_ids(session: Session) -> dict[int, str]:
    """Account -> cause, for every cause that has an account."""
    return dict(session.sql("SELECT account_id, cause_id FROM causes WHERE shop_id = %s", session.shop_id))


def total(session: Session, account_id: int) -> Total:
    """What came together for the cause of that account."""
    [row] = session.sql(
        """
        SELECT e.donated, d.donors, e.matched, m.amount, e.paid_out, greatest(a.available, 0), a.pending
        FROM members a,
          LATERAL (SELECT
              coalesce(sum(points * CASE move WHEN %(into)s THEN 1 ELSE -1 END)
                       FILTER (WHERE move IN (%(into)s, %(out)s)), 0)::bigint AS donated,
              coalesce(sum(points * CASE WHEN move IN (1, 2) THEN 1 ELSE -1 END)
                       FILTER (WHERE move IN (1, 2, 8, 9, 10) AND order_id IS NOT NULL), 0)::bigint AS matched,
              coalesce(sum(points * CASE move WHEN 5 THEN 1 ELSE -1 END)
                       FILTER (WHERE reason = %(paid)s AND move IN (5, 11)), 0)::bigint AS paid_out
            FROM entries WHERE shop_id = a.shop_id AND member_id = a.id) e,
          LATERAL (SELECT count(DISTINCT member_id) AS donors FROM donations
                   WHERE shop_id = a.shop_id AND account_id = a.id AND returned_at IS NULL) d,
          LATERAL (SELECT coalesce(sum(amount), 0) AS amount FROM cause_matches
                   WHERE shop_id = a.shop_id AND account_id = a.id) m
        WHERE a.shop_id = %(shop)s AND a.id = %(account)s
        """,
        named={
            "shop": session.shop_id,
            "account": account_id,
            "into": int(Move.TRANSFER_IN),
            "out": int(Move.TRANSFER_OUT),
            "paid": int(Reason.PAID_OUT),
        },
    )
    return Total(*row)


def choose(session: Session, member_id: int, account_id: int | None, *, now: datetime) -> None:
    """The member's orders from now on are matched for that cause (None: for none)."""
    session.sql(
        """
        INSERT INTO cause_choices (shop_id, member_id, chosen_at, account_id) VALUES (%s, %s, %s, %s)
        ON CONFLICT (shop_id, member_id, chosen_at) DO UPDATE SET account_id = excluded.account_id
        """,
        session.shop_id,
        member_id,
        now,
        account_id,
    )


def chosen(session: Session, moments: Sequence[tuple[int, datetime]]) -> list[int | None]:
    """For each (member, instant): the account of the cause that the member had chosen then."""
    rows = session.sql(
        """
        SELECT (SELECT c.account_id FROM cause_choices c
                WHERE c.shop_id = %s AND c.member_id = v.member_id AND c.chosen_at <= v.at
                ORDER BY c.chosen_at DESC LIMIT 1)
        FROM unnest(%s::bigint[], %s::timestamptz[]) WITH ORDINALITY v (member_id, at, n) ORDER BY v.n
        """,
        session.shop_id,
        [member_id for member_id, _ in moments],
        [at for _, at in moments],
    )
    return [row[0] for row in rows]


def matches(session: Session, order_ids: Sequence[int]) -> dict[int, tuple[int, Decimal]]:
    """(account, amount) that stands matched in money, by order."""
    return {
        row[0]: (row[1], row[2])
        for row in session.sql(
            "SELECT order_id, account_id, amount FROM cause_matches WHERE shop_id = %s AND order_id = ANY(%s)",
            session.shop_id,
            list(order_ids),
        )
    }


def set_match(session: Session, order_id: int, *, account_id: int, amount: Decimal) -> None:
    """The merchant owes the cause so much for the order."""
    session.sql(
        """
        INSERT INTO cause_matches (shop_id, order_id, account_id, amount) VALUES (%s, %s, %s, %s)
        ON CONFLICT (shop_id, order_id) DO UPDATE SET account_id = excluded.account_id, amount = excluded.amount
        """,
        session.shop_id,
        order_id,
        account_id,
        amount,
    )


def add_donation(session: Session, row: DonationRow) -> None:
    """A member gave points."""
    session.add(row)
    session.flush()


def donation(session: Session, donation_id: UUID) -> DonationRow | None:
    """One donation as it stands now."""
    return session.get(DonationRow, (session.shop_id, donation_id), populate_existing=True)


def donation_for_update(session: Session, donation_id: UUID) -> DonationRow | None:
    """One donation, locked."""
    return session.get(DonationRow, (session.shop_id, donation_id), populate_existing=True, with_for_update=True)


def note_returned(session: Session, donation_id: UUID, *, now: datetime) -> None:
    """Staff gave it back."""
    session.sql(
        "UPDATE donations SET returned_at = %s WHERE shop_id = %s AND id = %s", now, session.shop_id, donation_id
    )


def give_to(session: Session, *, lost: int, kept: int) -> None:
    """What the lost member gave and chose is the kept one's."""
    session.sql(
        "UPDATE donations SET member_id = %s WHERE shop_id = %s AND member_id = %s", kept, session.shop_id, lost
    )
    session.sql(
        """
        INSERT INTO cause_choices (shop_id, member_id, chosen_at, account_id)
        SELECT shop_id, %s, chosen_at, account_id FROM cause_choices WHERE shop_id = %s AND member_id = %s
        ON CONFLICT DO NOTHING
        """,
        kept,
        session.shop_id,
        lost,
    )
    forget(session, [lost])


def forget(session: Session, member_ids: Sequence[int]) -> None:
    """Nothing says what these members care for."""
    session.sql(
        "DELETE FROM cause_choices WHERE shop_id = %s AND member_id = ANY(%s)", session.shop_id, list(member_ids)
    )
