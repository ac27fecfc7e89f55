"""The outbox: effects to have outside, written by the verb in its own commit, done by jobs, repeated by the sweep.

An effect is named by kind and subject, so asking twice is asking once. It is leased while somebody tries it, deleted when it stands,
and put off with growing pauses when it fails. Some effects are set for a later time: a code's lapse, a token's renewal, the next audit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from plugin.db import Session, outbox
from plugin.db.journal import clear_waiting, mark_waiting

LEASE = timedelta(seconds=60)
NEVER = outbox.NEVER
"""When an effect that waits for its shop is tried next."""


class Kind(StrEnum):
    """Every kind of effect. The first three are what shoppers wait for."""

    ISSUE_CODE = "issue_code"
    VOID_CODE = "void_code"
    REFERRAL_CODE = "referral_code"
    WEIGH_REFERRAL = "weigh_referral"
    REFERRAL_REWARD = "referral_reward"
    REBIND_CODE = "rebind_code"
    END_ACCESS = "end_access"
    TAKE_BACK = "take_back"
    FETCH_ORDER = "fetch_order"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of an effect
    RECONCILE = "reconcile"
    AUDIT = "audit"
    TIDY = "tidy"
    REHEARSE = "rehearse"
    CALENDAR = "calendar"
    TIERS = "tiers"
    SETTLE_AGAIN = "settle_again"
    MEMBER_STATE = "member_state"
    RETURN_GIFT = "return_gift"
    REDATE = "redate"
    DIVIDEND = "dividend"
    LAUNCH = "launch"
    LAUNCH_TRIAL = "launch_trial"
    MAIL = "mail"
    BULK = "bulk"
    SHOW_PROGRAM = "show_program"


SOON_RANK = 1
"""When, among what is done at a transaction's end, a shop's own effect is asked for."""

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
    outbox.add(session, kind.value, subject=subject, now=now, due=due)
    mark_waiting(session, "outbox", due)


def request_soon(session: Session, kind: Kind, subject: str, *, now: datetime, within: timedelta) -> None:
    """Have this effect within so long. Where it is asked for already, nothing is written, so that many who ask wait for nobody.

    It is asked for as the transaction ends, once: an effect of a whole shop is a row that everybody writes.
    """

    def ask() -> None:
        if not outbox.is_due_by(session, kind.value, subject=subject, by=now + within):
            request(session, kind, subject, now=now, at=now + within)

    session.at_end(SOON_RANK, f"{kind.value}:{subject}", ask)


def lease(session: Session, *, now: datetime, kinds: tuple[Kind, ...] = tuple(Kind), limit: int = 20) -> list[Effect]:
    """Take effects that are due; nobody else gets them for a minute. The attempt is counted when this commits, before the try."""
    leased = outbox.lease(session, [kind.value for kind in kinds], now=now, until=now + LEASE, limit=limit)
    return [Effect(Kind(kind), subject, attempts) for kind, subject, attempts in leased]


def done(session: Session, effect: Effect) -> None:
    """The effect stands."""
    drop(session, effect.kind, effect.subject)


def drop(session: Session, kind: Kind, subject: str) -> None:
    """The effect is no longer wanted."""
    outbox.delete(session, kind.value, subject=subject)


def put_off(
    session: Session, effect: Effect, *, now: datetime, reason: str, after: timedelta | None = None, counts: bool = True
) -> None:
    """The try failed: again `after` (default: 2 s doubling to 10 min). With `counts` false it was not the effect's fault."""
    pause = after if after is not None else min(timedelta(minutes=10), timedelta(seconds=2 ** min(effect.attempts, 10)))
    outbox.put_off(session, effect.kind.value, subject=effect.subject, until=now + pause, reason=reason, counts=counts)
    mark_waiting(session, "outbox", now + pause)  # another's `rest` may have moved the mark to the lease's end


def suspend(session: Session, effect: Effect, *, reason: str) -> None:
    """Nothing can be done until the shop is opened or installed again."""
    outbox.put_off(session, effect.kind.value, subject=effect.subject, until=NEVER, reason=reason, counts=False)


def resume(session: Session, *, now: datetime) -> None:
    """The shop is back: everything suspended is due."""
    outbox.resume(session, now=now)
    mark_waiting(session, "outbox", now)


def rest(session: Session) -> None:
    """Move the sweep's mark to the next effect that is due, or drop it. Short transactions of their own only."""
    if clear_waiting(session, "outbox", next_since=None):
        following = outbox.first_due_at(session)
        if following is not None:
            mark_waiting(session, "outbox", following)


def is_due(session: Session, *, kinds: tuple[Kind, ...], now: datetime) -> bool:
    """True when an effect of these kinds could be leased now."""
    return outbox.is_due(session, [kind.value for kind in kinds], now=now)


def is_leased(session: Session, kind: Kind, subject: str, *, now: datetime) -> bool:
    """True while somebody is trying that effect."""
    return outbox.is_leased(session, kind.value, subject=subject, now=now)
