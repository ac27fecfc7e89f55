"""What people asked about their data: requests stay until somebody answered them, erasures leave a receipt that names nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from plugin.db import Session
from plugin.db import privacy_requests as rows
from plugin.services import changelog

ANSWER_WITHIN: Final = timedelta(days=30)
"""How long the law, and Shopify, give for an answer."""

SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class DataRequest:
    """Somebody wants to know what is kept about them. `customer_id` is None once they were erased, `done_at` once it is answered."""

    id: int
    customer_id: int | None
    received_at: datetime
    answer_by: datetime
    done_at: datetime | None
    done_by: str | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Somebody was erased: `asked_by` is the topic that asked or the author; how many members and orders no longer name them."""

    asked_by: str
    done_at: datetime
    members: int
    orders: int


def received(session: Session, customer_id: int, *, request_id: int | None, now: datetime) -> None:
    """A customer wants their data."""
    rows.add(
        session,
        kind="data",
        asked_by="customers/data_request",
        request_id=request_id,
        customer_id=customer_id,
        now=now,
    )


def erased(
    session: Session, customer_ids: list[int], *, asked_by: str, members: int, orders: int, now: datetime
) -> None:
    """These customers were erased: what they asked for names them no more, and a receipt stays."""
    rows.forget(session, customer_ids, now=now)
    figures = {"members": members, "orders": orders}
    rows.add(session, kind="erasure", asked_by=asked_by, done_at=now, figures=figures, now=now)


def data_requests(session: Session) -> list[DataRequest]:
    """Those that wait first, the most urgent at the top, then the newest of the others."""
    return [
        DataRequest(row.id, row.customer_id, row.received_at, row.received_at + ANSWER_WITHIN, row.done_at, row.done_by)
        for row in rows.page(session, "data", limit=SHOWN)
    ]


def receipts(session: Session) -> list[Receipt]:
    """The newest erasures."""
    return [
        Receipt(row.asked_by, row.done_at or row.received_at, row.figures["members"], row.figures["orders"])
        for row in rows.page(session, "erasure", limit=SHOWN)
    ]


def waiting(session: Session) -> list[tuple[int, datetime]]:
    """(customer id, when they asked) of those who wait for an answer."""
    return rows.waiting(session, limit=SHOWN)


def answered(session: Session, request_id: int, *, by: str, now: datetime) -> bool:
    """Staff sent the person their data. False when there is no such request that waits."""
    if not rows.close(session, request_id, by=by, now=now):
        return False
    changelog.note(session, by=by, deed="privacy.answered", subject=str(request_id), now=now)
    return True
