"""How the shop's engine room stands: what waits, what was set aside, what differs from Shopify, and the last proof of the books."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from plugin.db import Session, health, inbox, outbox
from plugin.db.journal import mark_waiting
from plugin.loyalty.errors import UnreadableFacts
from plugin.services import audit, privacy_requests, shops

STUCK_AFTER_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class SetAside:
    """A delivery that could not be processed, and why."""

    id: int
    topic: str
    object_id: int | None
    received_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class StuckEffect:
    """Something not yet written to Shopify after several tries, or waiting for the app to be opened again."""

    kind: str
    subject: str
    since: datetime
    attempts: int
    reason: str


@dataclass(frozen=True, slots=True)
class Health:
    """Figures for the health page and the API. Ages in seconds."""

    inbox_waiting: int
    inbox_age_seconds: float
    last_webhook_at: datetime | None
    set_aside: list[SetAside]
    codes_not_written: list[StuckEffect]
    drift: int
    reconciled_at: datetime | None
    audit_at: datetime | None
    audit_ok: bool | None
    audit_entries: int
    spending_stopped_at: datetime | None
    data_requests: list[tuple[int, datetime]]
    currency: str = ""
    currency_before: str | None = None
    currency_changed_at: datetime | None = None
    """Set while the program's amounts are still those meant in the currency before; publishing the program clears it."""


def of_shop(session: Session, *, now: datetime) -> Health:
    """The session's shop, now."""
    count, oldest = health.waiting(session)
    details = shops.details(session)
    proof = audit.last(session)
    return Health(
        inbox_waiting=count,
        inbox_age_seconds=max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0.0,
        last_webhook_at=health.last_received_at(session),
        set_aside=[
            SetAside(row.id, row.topic, row.object_id, row.received_at, row.reason or "")
            for row in health.set_aside(session)
        ],
        codes_not_written=[
            StuckEffect(row.kind, row.subject, row.created_at, row.attempts, row.reason or "")
            for row in outbox.failing(session, attempts=STUCK_AFTER_ATTEMPTS)
        ],
        drift=details.drift,
        reconciled_at=details.reconciled_at,
        audit_at=proof.finished_at if proof is not None else None,
        audit_ok=proof.is_ok if proof is not None else None,
        audit_entries=proof.entries if proof is not None else 0,
        spending_stopped_at=details.spending_stopped_at,
        data_requests=privacy_requests.waiting(session),
        currency=details.currency,
        currency_before=details.currency_before,
        currency_changed_at=details.currency_changed_at,
    )


def retry_set_aside(session: Session, row_id: int, *, read_again: Callable[[str, bytes], bytes], now: datetime) -> bool:
    """Put a set-aside delivery back to be worked on; `read_again(topic, raw)` reads a kept raw body into facts.

    False when there is no such delivery or its body still cannot be read.
    """
    row = health.delivery(session, row_id)
    if row is None or row.set_aside_at is None:
        return False
    facts = None
    if row.facts is None:
        if row.raw is None:
            return False
        try:
            facts = read_again(row.topic, row.raw)
        except UnreadableFacts as error:
            row.reason = error.reason
            return False
    inbox.retry(session, row_id, facts)
    mark_waiting(session, "inbox", now)
    return True
