"""The outbox's rows: one for each effect to have outside, named by kind and subject; what they mean is plugin.services.effects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from plugin.db.session import Session
from plugin.db.tables import OutboxRow

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a suspended effect is tried next."""


def add(session: Session, kind: str, *, subject: str, now: datetime, due: datetime) -> None:
    """A new effect, or the earlier of both times for one that is there."""
    session.sql(
        """
        INSERT INTO outbox (shop_id, kind, subject, created_at, next_try_at) VALUES (%s, %s, %s, %s, %s)
        ON CONFLICT (shop_id, kind, subject) DO UPDATE SET next_try_at = least(outbox.next_try_at, excluded.next_try_at)
        """,
        session.shop_id,
        kind,
        subject,
        now,
        due,
    )


def is_due_by(session: Session, kind: str, *, subject: str, by: datetime) -> bool:
    """True when that effect is asked for, and due by then."""
    return bool(
        session.sql(
            "SELECT 1 FROM outbox WHERE shop_id = %s AND kind = %s AND subject = %s AND next_try_at <= %s",
            session.shop_id,
            kind,
            subject,
            by,
        )
    )


def lease(
    session: Session, kinds: Sequence[str], *, now: datetime, until: datetime, limit: int
) -> list[tuple[str, str, int]]:
    """(kind, subject, attempts with this one) of effects that are due at `now` and nobody's, longest due first; ours `until` then."""
    rows = session.sql(
        """
        UPDATE outbox o SET leased_until = %s, attempts = o.attempts + 1
        FROM (SELECT kind, subject FROM outbox WHERE shop_id = %s AND next_try_at <= %s AND kind = ANY(%s)
                AND (leased_until IS NULL OR leased_until <= %s)
              ORDER BY next_try_at, kind, subject LIMIT %s FOR UPDATE SKIP LOCKED) d
        WHERE o.shop_id = %s AND o.kind = d.kind AND o.subject = d.subject
        RETURNING o.next_try_at, o.kind, o.subject, o.attempts
        """,
        until,
        session.shop_id,
        now,
        list(kinds),
        now,
        limit,
        session.shop_id,
    )
    return [(kind, subject, attempts) for _, kind, subject, attempts in sorted(rows)]


def is_due(session: Session, kinds: Sequence[str], *, now: datetime) -> bool:
    """True when an effect of these kinds is due and nobody's."""
    return bool(
        session.sql(
            """
            SELECT 1 FROM outbox WHERE shop_id = %s AND next_try_at <= %s AND kind = ANY(%s)
              AND (leased_until IS NULL OR leased_until <= %s) LIMIT 1
            """,
            session.shop_id,
            now,
            list(kinds),
            now,
        )
    )


def delete(session: Session, kind: str, *, subject: str) -> None:
    """The effect is gone."""
    session.sql("DELETE FROM outbox WHERE shop_id = %s AND kind = %s AND subject = %s", session.shop_id, kind, subject)


def put_off(session: Session, kind: str, *, subject: str, until: datetime, reason: str, counts: bool) -> None:
    """End the lease; the next try is at `until`. With `counts` false this try is not counted."""
    session.sql(
        """
        UPDATE outbox SET next_try_at = %s, leased_until = NULL, reason = %s, attempts = attempts - %s
        WHERE shop_id = %s AND kind = %s AND subject = %s
        """,
        until,
        reason,
        0 if counts else 1,
        session.shop_id,
        kind,
        subject,
    )


def resume(session: Session, *, now: datetime) -> None:
    """Everything suspended is due."""
    session.sql(
        "UPDATE outbox SET next_try_at = %s WHERE shop_id = %s AND next_try_at = %s", now, session.shop_id, NEVER
    )


def first_due_at(session: Session) -> datetime | None:
    """When something can be tried next: due and out of its lease. None when nothing is there or all of it is suspended."""
    [(due,)] = session.sql(
        "SELECT min(greatest(next_try_at, coalesce(leased_until, next_try_at))) FROM outbox WHERE shop_id = %s",
        session.shop_id,
    )
    return due if due is not None and due < NEVER else None


def is_leased(session: Session, kind: str, *, subject: str, now: datetime) -> bool:
    """True while somebody is trying that effect."""
    return bool(
        session.sql(
            "SELECT 1 FROM outbox WHERE shop_id = %s AND kind = %s AND subject = %s AND leased_until > %s",
            session.shop_id,
            kind,
            subject,
            now,
        )
    )


def failing(session: Session, *, attempts: int, limit: int = 100) -> list[OutboxRow]:
    """What was tried that often or is suspended, and has a reason; oldest first."""
    return list(
        session.query(OutboxRow)
        .filter(
            OutboxRow.shop_id == session.shop_id,
            (OutboxRow.attempts >= attempts) | (OutboxRow.next_try_at == NEVER),
            OutboxRow.reason.is_not(None),
        )
        .order_by(OutboxRow.created_at)
        .limit(limit)
    )


def has_due(session: Session, *, now: datetime) -> bool:
    """True when something is to be tried now."""
    return bool(
        session.sql("SELECT 1 FROM outbox WHERE shop_id = %s AND next_try_at <= %s LIMIT 1", session.shop_id, now)
    )
