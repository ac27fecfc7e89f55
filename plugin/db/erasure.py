"""What is deleted outside the ledger, and what stays of it: traces of a person, a whole shop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from plugin.db.session import Session


def bury(session: Session, tombstone: bytes, *, now: datetime) -> None:
    """Remember the keyed hash of an erased customer."""
    session.sql("INSERT INTO tombstones VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", session.shop_id, tombstone, now)


def buried(session: Session, tombstones: Sequence[bytes]) -> list[bytes]:
    """Which of these keyed hashes are of erased customers."""
    rows = session.sql(
        "SELECT hash FROM tombstones WHERE shop_id = %s AND hash = ANY(%s)", session.shop_id, list(tombstones)
    )
    return [bytes(row[0]) for row in rows]


def is_buried(session: Session, tombstone: bytes) -> bool:
    """True when the customer with this keyed hash was erased."""
    return bool(session.sql("SELECT 1 FROM tombstones WHERE shop_id = %s AND hash = %s", session.shop_id, tombstone))


def delete_words(session: Session, member_ids: Sequence[int]) -> None:
    """What was typed about these members, and what they asked for under keys of their own, goes."""
    session.sql("DELETE FROM notes WHERE shop_id = %s AND member_id = ANY(%s)", session.shop_id, list(member_ids))
    session.sql(
        "DELETE FROM requests WHERE shop_id = %s AND caller = ANY(%s)",
        session.shop_id,
        [f"member:{member_id}" for member_id in member_ids],
    )


def delete_deliveries(session: Session, customer_ids: Sequence[int], *, order_ids: Sequence[int]) -> None:
    """Done deliveries no longer name these customers; those set aside that tell of them or of their orders go."""
    session.sql(
        """
        UPDATE inbox SET object_id = NULL, raw = NULL, facts = NULL
        WHERE shop_id = %s AND object_id = ANY(%s) AND done_at IS NOT NULL
        """,
        session.shop_id,
        list(customer_ids),
    )
    session.sql(
        """
        DELETE FROM inbox WHERE shop_id = %s AND set_aside_at IS NOT NULL
          AND (object_id = ANY(%s) OR convert_from(facts, 'UTF8') ~ ('"(customer_id|kept_id|lost_id)":(' || %s::text || ')[,}]'))
        """,
        session.shop_id,
        [*customer_ids, *order_ids],
        "|".join(map(str, customer_ids)),
    )


def redact_shop(session: Session, *, now: datetime) -> None:
    """Delete every row of the shop and leave a receipt, by the function that alone may delete entries."""
    session.sql("SELECT redact_shop(%s)", now)
