"""The rows of messages: what members are to be told, and the marks of addresses that want none. No address is ever in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.db.session import Session


@dataclass(frozen=True, slots=True)
class Queued:
    """One message that waits; `facts` are figures and ids, `due_at` when it may go."""

    id: int
    member_id: int
    kind: str
    cause: str
    facts: dict[str, Any]
    made_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """One message as staff see it. `state` is queued, sent or left_out, `why` the reason for the last."""

    id: int
    kind: str
    state: str
    why: str | None
    made_at: datetime
    done_at: datetime | None


def add(
    session: Session,
    member_id: int,
    *,
    kind: str,
    cause: str,
    facts: Mapping[str, Any],
    now: datetime,
    due_at: datetime,
) -> bool:
    """Queue a message, once per cause; True when it is new."""
    return bool(
        session.sql(
            """
            INSERT INTO messages (shop_id, member_id, kind, cause, facts, state, made_at, due_at)
            VALUES (%s, %s, %s, %s, %s::jsonb, 'queued', %s, %s) ON CONFLICT DO NOTHING RETURNING 1
            """,
            session.shop_id,
            member_id,
            kind,
            cause,
            json.dumps(facts),
            now,
            due_at,
        )
    )


def queued(session: Session, member_id: int) -> list[Queued]:
    """The member's messages that wait, the oldest first, locked until the transaction ends."""
    return [
        Queued(*row)
        for row in session.sql(
            """
            SELECT id, member_id, kind, cause, facts, made_at, due_at FROM messages
            WHERE shop_id = %s AND member_id = %s AND state = 'queued' ORDER BY id FOR UPDATE
            """,
            session.shop_id,
            member_id,
        )
    ]


def close(session: Session, ids: Sequence[int], *, state: str, why: str | None, now: datetime) -> None:
    """These were sent, or left out for that reason."""
    session.sql(
        "UPDATE messages SET state = %s, why = %s, done_at = %s WHERE shop_id = %s AND id = ANY(%s) AND state = 'queued'",
        state,
        why,
        now,
        session.shop_id,
        list(ids),
    )


def of_member(session: Session, member_id: int, *, limit: int) -> list[Told]:
    """The member's messages, newest first."""
    return [
        Told(*row)
        for row in session.sql(
            "SELECT id, kind, state, why, made_at, done_at FROM messages WHERE shop_id = %s AND member_id = %s ORDER BY id DESC LIMIT %s",
            session.shop_id,
            member_id,
            limit,
        )
    ]


def forget(session: Session, member_ids: Sequence[int]) -> None:
    """Nothing was ever said to them."""
    session.sql("DELETE FROM messages WHERE shop_id = %s AND member_id = ANY(%s)", session.shop_id, list(member_ids))


def give_to(session: Session, *, lost: int, kept: int) -> None:
    """What waits for the lost member of a merge goes to the kept one, unless they were told the same."""
    session.sql(
        """
        DELETE FROM messages l USING messages k
        WHERE l.shop_id = %s AND l.member_id = %s AND k.shop_id = l.shop_id AND k.member_id = %s AND k.kind = l.kind AND k.cause = l.cause
        """,
        session.shop_id,
        lost,
        kept,
    )
    session.sql("UPDATE messages SET member_id = %s WHERE shop_id = %s AND member_id = %s", kept, session.shop_id, lost)


def suppress(session: Session, mark: bytes, *, is_marketing_only: bool, now: datetime) -> None:
    """Whoever has this address wants no mail any more (or no marketing)."""
    session.sql(
        """
        INSERT INTO suppressions VALUES (%s, %s, %s, %s)
        ON CONFLICT (shop_id, mark) DO UPDATE SET is_marketing_only = suppressions.is_marketing_only AND excluded.is_marketing_only
        """,
        session.shop_id,
        mark,
        is_marketing_only,
        now,
    )


def suppressed(session: Session, mark: bytes) -> bool | None:
    """None: the address takes mail; True: no marketing; False: nothing at all."""
    rows = session.sql(
        "SELECT is_marketing_only FROM suppressions WHERE shop_id = %s AND mark = %s", session.shop_id, mark
    )
    return bool(rows[0][0]) if rows else None
