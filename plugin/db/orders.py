"""The rows of orders: their merged facts, what was pinned beside them, and what stands posted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from plugin.db.session import Session
from plugin.db.tables import OrderRow

SETTLING_LOCK = 7100


class Saved(NamedTuple):
    """What a settlement leaves of one order, column by column."""

    id: int
    member_id: int | None
    processed_at: datetime | None
    rev: int
    program_version: int | None
    is_paid: bool
    has_referral: bool
    waits_for: str | None
    facts: bytes
    pins: bytes | None
    posted: bytes | None
    name: str | None = None


def lock_shop(session: Session) -> None:
    """Wait to be the one who settles this shop's orders, until the transaction ends."""
    session.sql("SELECT pg_advisory_xact_lock(%s, %s)", SETTLING_LOCK, session.shop_id)


def for_update(session: Session, order_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """(id, facts, pins, posted, rev, member id, has referral, program version) of the known ones, locked in id order."""
    return session.sql(
        """
        SELECT id, facts, pins, posted, rev, member_id, has_referral, program_version FROM orders
        WHERE shop_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE
        """,
        session.shop_id,
        list(order_ids),
    )


def read(session: Session, order_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """The same as `for_update`, without a lock."""
    return session.sql(
        """
        SELECT id, facts, pins, posted, rev, member_id, has_referral, program_version FROM orders
        WHERE shop_id = %s AND id = ANY(%s) ORDER BY id
        """,
        session.shop_id,
        list(order_ids),
    )


def with_referral(session: Session, member_ids: Sequence[int], *, besides: Sequence[int]) -> list[int]:
    """Ids of those members' orders that carry an advocate's code or handle, without the ones named."""
    rows = session.sql(
        "SELECT id FROM orders WHERE shop_id = %s AND member_id = ANY(%s) AND has_referral AND id <> ALL(%s)",
        session.shop_id,
        list(member_ids),
        list(besides),
    )
    return [row[0] for row in rows]


def first_paid(session: Session, member_ids: Sequence[int], *, limit: int | None) -> list[int]:
    """Ids of each member's first paid orders by (processed at, id); all of them without a limit."""
    rows = session.sql(
        """
        SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY member_id ORDER BY processed_at, id) n FROM orders
                        WHERE shop_id = %s AND member_id = ANY(%s) AND is_paid) numbered
        WHERE n <= coalesce(%s::bigint, n)
        """,
        session.shop_id,
        list(member_ids),
        limit,
    )
    return [row[0] for row in rows]


def paid_between(
    session: Session, member_ids: Sequence[int], *, since: datetime | None, until: datetime | None
) -> list[int]:
    """Ids of those members' paid orders that were placed from `since` until before `until` (None: open)."""
    rows = session.sql(
        """
        SELECT id FROM orders WHERE shop_id = %s AND member_id = ANY(%s) AND is_paid
          AND processed_at >= coalesce(%s::timestamptz, '-infinity') AND processed_at < coalesce(%s::timestamptz, 'infinity')
        """,
        session.shop_id,
        list(member_ids),
        since,
        until,
    )
    return [row[0] for row in rows]


def has_earlier_paid(
    session: Session, member_id: int | None, *, before: tuple[datetime, int], besides: Sequence[int]
) -> bool:
    """True when the member has a paid order before (processed at, id), not counting the ones named."""
    return bool(
        session.sql(
            """
            SELECT 1 FROM orders
            WHERE shop_id = %s AND member_id = %s AND is_paid AND (processed_at, id) < (%s, %s) AND id <> ALL(%s) LIMIT 1
            """,
            session.shop_id,
            member_id,
            *before,
            list(besides),
        )
    )


def save(session: Session, rows: Sequence[Saved], *, now: datetime) -> None:
    """Write settled orders, known and new, in one statement."""
    if not rows:
        return
    session.send(
        """
        INSERT INTO orders (shop_id, id, member_id, processed_at, settled_at, rev, program_version, is_paid, has_referral, waits_for,
                            facts, pins, posted, name)
        SELECT %s, v.id, v.member_id, v.processed_at, %s, v.rev, v.version, v.is_paid, v.has_referral, v.waits_for,
               v.facts, v.pins, v.posted, v.name
        FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::int[], %s::int[], %s::bool[], %s::bool[], %s::text[],
                    %s::bytea[], %s::bytea[], %s::bytea[], %s::text[])
          v (id, member_id, processed_at, rev, version, is_paid, has_referral, waits_for, facts, pins, posted, name)
        ON CONFLICT (shop_id, id) DO UPDATE SET member_id = excluded.member_id, processed_at = excluded.processed_at,
          settled_at = excluded.settled_at, rev = excluded.rev, program_version = excluded.program_version, is_paid = excluded.is_paid,
          has_referral = excluded.has_referral, waits_for = excluded.waits_for, facts = excluded.facts, pins = excluded.pins,
          posted = excluded.posted, name = excluded.name
        """,
        session.shop_id,
        now,
        *(list(column) for column in zip(*rows, strict=True)),
    )


def find(session: Session, order_id: int) -> OrderRow | None:
    """One order by Shopify's id."""
    return session.get(OrderRow, {"shop_id": session.shop_id, "id": order_id})


def newest(session: Session, *, limit: int) -> list[OrderRow]:
    """The shop's latest orders, newest first."""
    return list(
        session.query(OrderRow)
        .filter(OrderRow.shop_id == session.shop_id, OrderRow.processed_at.is_not(None))
        .order_by(OrderRow.processed_at.desc(), OrderRow.id.desc())
        .limit(limit)
    )


def facts(session: Session, order_ids: Sequence[int]) -> list[tuple[int, bytes]]:
    """(id, facts) of those orders that are known."""
    return session.sql(
        "SELECT id, facts FROM orders WHERE shop_id = %s AND id = ANY(%s)", session.shop_id, list(order_ids)
    )


def facts_for_update(
    session: Session, *, member_ids: Sequence[int], order_ids: Sequence[int]
) -> list[tuple[int, bytes]]:
    """(id, facts) of the orders of those members and of those ids, locked in id order."""
    return session.sql(
        """
        SELECT id, facts FROM orders WHERE shop_id = %s AND (member_id = ANY(%s) OR id = ANY(%s))
        ORDER BY id FOR UPDATE
        """,
        session.shop_id,
        list(member_ids),
        list(order_ids),
    )


def replace_facts(session: Session, order_id: int, new_facts: bytes) -> None:
    """The order has these facts. What is pinned stays: it says nothing of who the customer was, and it decided what the order gave."""
    session.sql("UPDATE orders SET facts = %s WHERE shop_id = %s AND id = %s", new_facts, session.shop_id, order_id)


def pinned(session: Session, order_ids: Sequence[int]) -> dict[int, bytes]:
    """What is pinned to each of those orders that have anything pinned."""
    return dict(
        session.sql(
            "SELECT id, pins FROM orders WHERE shop_id = %s AND id = ANY(%s) AND pins IS NOT NULL",
            session.shop_id,
            list(order_ids),
        )
    )


def stop_waiting(session: Session, order_id: int) -> None:
    """There is nothing more to be had about this order."""
    session.sql("UPDATE orders SET waits_for = NULL WHERE shop_id = %s AND id = %s", session.shop_id, order_id)


def has_paid(session: Session, customer_id: int) -> bool:
    """True when that customer has a paid order."""
    return bool(
        session.sql(
            """
            SELECT 1 FROM orders o JOIN members m ON m.shop_id = o.shop_id AND m.id = o.member_id
            WHERE o.shop_id = %s AND m.customer_id = %s AND o.is_paid LIMIT 1
            """,
            session.shop_id,
            customer_id,
        )
    )


def count_of(session: Session, member_id: int) -> int:
    """How many orders of the member are known, paid or not."""
    [(count,)] = session.sql(
        "SELECT count(*) FROM orders WHERE shop_id = %s AND member_id = %s", session.shop_id, member_id
    )
    return int(count)


def give_to(session: Session, *, lost: int, kept: int) -> None:
    """Every order of the lost member is the kept one's."""
    session.sql("UPDATE orders SET member_id = %s WHERE shop_id = %s AND member_id = %s", kept, session.shop_id, lost)


def rename_posted(session: Session, *, lost: int, kept: int) -> None:
    """What stood posted for the lost member stands for the kept one, so that a later refund is taken back from there."""
    session.sql(
        """
        UPDATE orders o SET posted = convert_to(v.posted::text, 'UTF8')
        FROM (SELECT id, jsonb_object_agg(k, n) posted
              FROM (SELECT id, CASE WHEN split_part(j.key, ':', 1) = %s::text
                                    THEN %s::text || ':' || split_part(j.key, ':', 2) ELSE j.key END k, sum(j.value::bigint) n
                    FROM orders, jsonb_each_text(convert_from(posted, 'UTF8')::jsonb) j
                    WHERE shop_id = %s AND posted IS NOT NULL
                      AND id IN (SELECT order_id FROM entries WHERE shop_id = %s AND member_id = %s AND order_id IS NOT NULL)
                    GROUP BY id, k) x
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
