"""The outbox: effects to have outside, written by the verb in its own commit, done by jobs, repeated by the sweep.

An effect is named by kind and subject, so asking twice is asking once. It is leased while somebody tries it, deleted when it stands,
and put off with growing pauses when it fails. Some effects are set for a later time: a code's lapse, a token's renewal, the next audit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from plugin.db import Session
from plugin.db.journal import clear_waiting, mark_waiting

LEASE = timedelta(seconds=60)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Kind(StrEnum):
    """Every kind of effect. The first three are what shoppers wait for."""

    ISSUE_CODE = "issue_code"
    VOID_CODE = "void_code"
    REFERRAL_CODE = "referral_code"
    REBIND_CODE = "rebind_code"
    FETCH_ORDER = "fetch_order"
    REFRESH_TOKEN = "refresh_token"
    RECONCILE = "reconcile"
    AUDIT = "audit"
    TIDY = "tidy"


URGENT = (Kind.ISSUE_CODE, Kind.VOID_CODE, Kind.REFERRAL_CODE, Kind.REBIND_CODE)


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect that was leased for a try; `attempts` counts this one."""

    kind: Kind
    subject: str
    attempts: int


def request(session: Session, kind: Kind, subject: str, *, now: datetime, at: datetime | None = None) -> None:
    """Have this effect, from `at` (default now) on. Asked again: the earlier of both times."""
    due = at or now
    session.sql(
        """
        INSERT INTO outbox (shop_id, kind, subject, created_at, next_try_at) VALUES (%s, %s, %s, %s, %s)
        ON CONFLICT (shop_id, kind, subject) DO UPDATE SET next_try_at = least(outbox.next_try_at, excluded.next_try_at)
        """,
        session.shop_id,
        kind.value,
        subject,
        now,
        due,
    )
    mark_waiting(session, "outbox", due)


def lease(session: Session, *, now: datetime, kinds: tuple[Kind, ...] = tuple(Kind), limit: int = 20) -> list[Effect]:
    """Take effects that are due; nobody else gets them for a minute. The attempt is counted when this commits, before the try."""
    rows = session.sql(
        """
        UPDATE outbox o SET leased_until = %s, attempts = o.attempts + 1
        FROM (SELECT kind, subject FROM outbox WHERE shop_id = %s AND next_try_at <= %s AND kind = ANY(%s)
                AND (leased_until IS NULL OR leased_until <= %s)
              ORDER BY next_try_at LIMIT %s FOR UPDATE SKIP LOCKED) d
        WHERE o.shop_id = %s AND o.kind = d.kind AND o.subject = d.subject
        RETURNING o.kind, o.subject, o.attempts
        """,
        now + LEASE,
        session.shop_id,
        now,
        [kind.value for kind in kinds],
        now,
        limit,
        session.shop_id,
    )
    return [Effect(Kind(kind), subject, attempts) for kind, subject, attempts in rows]


def done(session: Session, effect: Effect) -> None:
    """The effect stands."""
    drop(session, effect.kind, effect.subject)


def drop(session: Session, kind: Kind, subject: str) -> None:
    """The effect is no longer wanted."""
    session.sql(
        "DELETE FROM outbox WHERE shop_id = %s AND kind = %s AND subject = %s", session.shop_id, kind.value, subject
    )


def put_off(
    session: Session, effect: Effect, *, now: datetime, reason: str, after: timedelta | None = None, counts: bool = True
) -> None:
    """The try failed: again `after` (default: 2 s doubling to 10 min). With `counts` false it was not the effect's fault."""
    pause = after if after is not None else min(timedelta(minutes=10), timedelta(seconds=2 ** min(effect.attempts, 10)))
    session.sql(
        """
        UPDATE outbox SET next_try_at = %s, leased_until = NULL, reason = %s, attempts = attempts - %s
        WHERE shop_id = %s AND kind = %s AND subject = %s
        """,
        now + pause,
        reason,
        0 if counts else 1,
        session.shop_id,
        effect.kind.value,
        effect.subject,
    )


def suspend(session: Session, effect: Effect, *, reason: str) -> None:
    """Nothing can be done until the shop is opened or installed again."""
    session.sql(
        "UPDATE outbox SET next_try_at = %s, leased_until = NULL, reason = %s, attempts = attempts - 1 WHERE shop_id = %s AND kind = %s AND subject = %s",
        NEVER,
        reason,
        session.shop_id,
        effect.kind.value,
        effect.subject,
    )


def resume(session: Session, *, now: datetime) -> None:
    """The shop is back: everything suspended is due."""
    session.sql(
        "UPDATE outbox SET next_try_at = %s WHERE shop_id = %s AND next_try_at = %s", now, session.shop_id, NEVER
    )
    mark_waiting(session, "outbox", now)


def rest(session: Session) -> None:
    """Move the sweep's mark to the next effect that is due, or drop it. Short transactions of their own only."""
    if clear_waiting(session, "outbox", next_since=None):
        [(following,)] = session.sql(
            "SELECT min(greatest(next_try_at, coalesce(leased_until, next_try_at))) FROM outbox WHERE shop_id = %s",
            session.shop_id,
        )
        if following is not None and following < NEVER:
            mark_waiting(session, "outbox", following)


def is_leased(session: Session, kind: Kind, subject: str, *, now: datetime) -> bool:
    """True while somebody is trying that effect."""
    return bool(
        session.sql(
            "SELECT 1 FROM outbox WHERE shop_id = %s AND kind = %s AND subject = %s AND leased_until > %s",
            session.shop_id,
            kind.value,
            subject,
            now,
        )
    )
