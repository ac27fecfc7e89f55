"""The rows of members: who they are, and what was merged into whom. Balances and `seq` are plugin.db.journal's to change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select

from plugin.db.session import Session
from plugin.db.tables import Member

_OF_CUSTOMER: Final = select(Member).where(
    Member.shop_id == bindparam("shop"), Member.customer_id == bindparam("customer")
)


def find(session: Session, member_id: int) -> Member | None:
    """One member, merged away or erased or neither."""
    return session.get(Member, (session.shop_id, member_id))


def living(session: Session, member_id: int) -> int | None:
    """The member who has what `member_id` had; None when there was none."""
    rows = session.sql(
        "SELECT coalesce(merged_into, id) FROM members WHERE shop_id = %s AND id = %s AND kind = 'member'",
        session.shop_id,
        member_id,
    )
    return int(rows[0][0]) if rows else None


def living_of(session: Session, member_ids: Sequence[int]) -> dict[int, int]:
    """For each of those members: who has what they had."""
    return dict(
        session.sql(
            "SELECT id, coalesce(merged_into, id) FROM members WHERE shop_id = %s AND id = ANY(%s)",
            session.shop_id,
            list(member_ids),
        )
    )


def is_erased(session: Session, member_id: int) -> bool:
    """True when there is nobody behind this member any more."""
    return bool(
        session.sql(
            "SELECT 1 FROM members WHERE shop_id = %s AND id = %s AND erased_at IS NOT NULL", session.shop_id, member_id
        )
    )


def by_customer(session: Session, customer_id: int) -> int | None:
    """The living member of that Shopify customer."""
    rows = session.sql(
        "SELECT coalesce(merged_into, id) FROM members WHERE shop_id = %s AND customer_id = %s",
        session.shop_id,
        customer_id,
    )
    return int(rows[0][0]) if rows else None


def row_of_customer(session: Session, customer_id: int) -> Member | None:
    """The living member of that Shopify customer, whole; who asks for them in the same session again waits for nobody."""
    row = session.scalars(_OF_CUSTOMER, {"shop": session.shop_id, "customer": customer_id}).first()
    return row if row is None or row.merged_into is None else find(session, row.merged_into)


def by_customers(session: Session, customer_ids: Iterable[int]) -> dict[int, int]:
    """Customer -> living member, for those who are members."""
    return dict(
        session.sql(
            "SELECT customer_id, coalesce(merged_into, id) FROM members WHERE shop_id = %s AND customer_id = ANY(%s)",
            session.shop_id,
            sorted(customer_ids),
        )
    )


def add_customers(session: Session, customer_ids: Sequence[int], *, now: datetime) -> None:
    """These customers are members from now on, if they were not already."""
    session.sql(
        """
        INSERT INTO members (shop_id, customer_id, created_at) SELECT %s, c, %s FROM unnest(%s::bigint[]) c
        ON CONFLICT DO NOTHING
        """,
        session.shop_id,
        now,
        list(customer_ids),
    )


def joined_at(session: Session, member_ids: Sequence[int]) -> dict[int, datetime]:
    """When each member joined, for those who did."""
    return dict(
        session.sql(
            "SELECT id, joined_at FROM members WHERE shop_id = %s AND id = ANY(%s) AND joined_at IS NOT NULL",
            session.shop_id,
            list(member_ids),
        )
    )


def by_links(session: Session, referral_codes: Sequence[str]) -> list[tuple[str, int]]:
    """(code, living member) of the advocates' codes that are known and whose owner is not erased."""
    return session.sql(
        """
        SELECT referral_code, coalesce(merged_into, id) FROM members
        WHERE shop_id = %s AND referral_code = ANY(%s) AND erased_at IS NULL
        """,
        session.shop_id,
        list(referral_codes),
    )


def customer_of(session: Session, member_id: int) -> int | None:
    """The Shopify customer behind a member that exists; None once erased."""
    [(customer_id,)] = session.sql(
        "SELECT customer_id FROM members WHERE shop_id = %s AND id = %s", session.shop_id, member_id
    )
    found: int | None = customer_id
    return found


def of_customer_for_update(session: Session, customer_id: int) -> list[tuple[int, int | None]]:
    """(member id, customer id) of the member that carries this customer's id and of those merged into it, locked."""
    return [
        (row[0], row[1])
        for row in session.sql(
            """
            SELECT id, customer_id FROM members
            WHERE shop_id = %s AND (customer_id = %s OR merged_into = (SELECT id FROM members WHERE shop_id = %s AND customer_id = %s))
            ORDER BY id FOR UPDATE
            """,
            session.shop_id,
            customer_id,
            session.shop_id,
            customer_id,
        )
    ]


def has_link(session: Session, referral_code: str) -> bool:
    """True when an advocate who is not erased has this code."""
    return bool(
        session.sql(
            "SELECT 1 FROM members WHERE shop_id = %s AND referral_code = %s AND erased_at IS NULL",
            session.shop_id,
            referral_code,
        )
    )


def advocate(session: Session, referral_code: str) -> tuple[int, int | None]:
    """(living member, customer id on the link's own row) of a code that is known to exist."""
    [(member_id, customer_id)] = session.sql(
        "SELECT coalesce(merged_into, id), customer_id FROM members WHERE shop_id = %s AND referral_code = %s",
        session.shop_id,
        referral_code,
    )
    return member_id, customer_id


def join(session: Session, customer_id: int, *, now: datetime) -> int:
    """The living member of that customer, made if need be, with `joined_at` set if it was not."""
    [(member_id,)] = session.sql(
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
    return int(member_id)


def page(session: Session, *, below: int | None, limit: int, customer_ids: Sequence[int] | None) -> list[Member]:
    """Members who were not merged away, by descending id; below that id, and of those customers, when given."""
    query = session.query(Member).filter(
        Member.shop_id == session.shop_id, Member.merged_into.is_(None), Member.kind == "member"
    )
    if below is not None:
        query = query.filter(Member.id < below)
    if customer_ids is not None:
        query = query.filter(Member.customer_id.in_(customer_ids))
    return list(query.order_by(Member.id.desc()).limit(limit))


def available_of(session: Session, member_ids: Sequence[int]) -> dict[int, int]:
    """What each of these living members could spend, as the cache says."""
    rows = session.sql(
        """
        SELECT id, available FROM members
        WHERE shop_id = %s AND id = ANY(%s) AND kind = 'member' AND merged_into IS NULL AND erased_at IS NULL
        """,
        session.shop_id,
        list(member_ids),
    )
    return dict(rows)


def ids_above(session: Session, member_id: int, *, limit: int) -> list[int]:
    """The next higher ids of members who were not merged away, ascending."""
    return [
        row[0]
        for row in session.sql(
            """
            SELECT id FROM members WHERE shop_id = %s AND id > %s AND merged_into IS NULL AND kind = 'member'
            ORDER BY id LIMIT %s
            """,
            session.shop_id,
            member_id,
            limit,
        )
    ]


def totals(session: Session, *, joined_since: datetime) -> tuple[int, int, int, int, int]:
    """(members, those made since then, points available, pending, held) over everybody neither merged away nor erased."""
    [(count, joined, available, pending, held)] = session.sql(
        """
        SELECT count(*), count(*) FILTER (WHERE created_at >= %s), coalesce(sum(greatest(available, 0)), 0)::bigint,
               coalesce(sum(pending), 0)::bigint, coalesce(sum(held), 0)::bigint
        FROM members WHERE shop_id = %s AND merged_into IS NULL AND erased_at IS NULL AND kind = 'member'
        """,
        joined_since,
        session.shop_id,
    )
    return count, joined, available, pending, held


def ids_due(session: Session, *, now: datetime, limit: int) -> list[int]:
    """Members with something to vest or expire at `now`, the longest due first."""
    return [
        row[0]
        for row in session.sql(
            "SELECT id FROM members WHERE shop_id = %s AND next_due_at <= %s ORDER BY next_due_at LIMIT %s",
            session.shop_id,
            now,
            limit,
        )
    ]


def first_due_at(session: Session) -> datetime | None:
    """When the shop's next vesting or expiry is due."""
    [(due,)] = session.sql("SELECT min(next_due_at) FROM members WHERE shop_id = %s", session.shop_id)
    found: datetime | None = due
    return found


def set_next_due(session: Session, due: Sequence[tuple[int, datetime | None]]) -> None:
    """(member id, when their next vesting or expiry is due), where that is something new."""
    session.sql(
        """
        UPDATE members m SET next_due_at = v.at FROM unnest(%s::bigint[], %s::timestamptz[]) v (id, at)
        WHERE m.shop_id = %s AND m.id = v.id AND m.next_due_at IS DISTINCT FROM v.at
        """,
        [member_id for member_id, _ in due],
        [at for _, at in due],
        session.shop_id,
    )


def merge(session: Session, *, lost: int, kept: int, next_due_at: datetime | None) -> None:
    """The kept member lives on for the lost one and for all who were merged into them, and joined when the first of both did."""
    session.sql(
        "UPDATE members SET merged_into = %s, next_due_at = NULL WHERE shop_id = %s AND (id = %s OR merged_into = %s)",
        kept,
        session.shop_id,
        lost,
        lost,
    )
    session.sql(
        "UPDATE members SET next_due_at = %s WHERE shop_id = %s AND id = %s", next_due_at, session.shop_id, kept
    )
    session.sql(
        """
        UPDATE members SET joined_at = least(joined_at, (SELECT joined_at FROM members WHERE shop_id = %s AND id = %s))
        WHERE shop_id = %s AND id = %s
        """,
        session.shop_id,
        lost,
        session.shop_id,
        kept,
    )


def erase(session: Session, member_ids: Sequence[int], *, now: datetime) -> None:
    """Nothing on these rows says who it was."""
    session.sql(
        """
        UPDATE members SET customer_id = NULL, referral_code = NULL, erased_at = coalesce(erased_at, %s)
        WHERE shop_id = %s AND id = ANY(%s)
        """,
        now,
        session.shop_id,
        list(member_ids),
    )
