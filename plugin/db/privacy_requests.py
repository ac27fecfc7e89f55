"""The rows of privacy requests: who asked for their data (until it is answered or they are erased), and that somebody was erased."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from plugin.db.session import Session
from plugin.db.tables import PrivacyRequest

Kind = Literal["data", "erasure"]


def add(
    session: Session,
    *,
    kind: Kind,
    asked_by: str,
    now: datetime,
    request_id: int | None = None,
    customer_id: int | None = None,
    done_at: datetime | None = None,
    figures: Mapping[str, int] | None = None,
) -> None:
    """Note a request; the same one again (by `request_id`) is passed over."""
    session.sql(
        """
        INSERT INTO privacy_requests (shop_id, kind, asked_by, request_id, customer_id, received_at, done_at, done_by, figures)
        VALUES (%s, %s, %s, %s, %s, %s, %s, NULL, %s::jsonb) ON CONFLICT DO NOTHING
        """,
        session.shop_id,
        kind,
        asked_by,
        request_id,
        customer_id,
        now,
        done_at,
        json.dumps(figures or {}),
    )


def page(session: Session, kind: Kind, *, limit: int) -> list[PrivacyRequest]:
    """The newest requests of that kind; those for data that wait for an answer come first, the most urgent at the top."""
    rows = session.query(PrivacyRequest).filter(PrivacyRequest.shop_id == session.shop_id, PrivacyRequest.kind == kind)
    is_waiting = PrivacyRequest.done_at.is_(None)
    first = list(rows.filter(is_waiting).order_by(PrivacyRequest.id).limit(limit))
    return first + list(rows.filter(~is_waiting).order_by(PrivacyRequest.id.desc()).limit(limit - len(first)))


def waiting(session: Session, *, limit: int) -> list[tuple[int, datetime]]:
    """(customer id, when they asked) of requests for data that nobody answered yet, the most urgent first."""
    return session.sql(
        """
        SELECT customer_id, received_at FROM privacy_requests
        WHERE shop_id = %s AND kind = 'data' AND done_at IS NULL AND customer_id IS NOT NULL ORDER BY id LIMIT %s
        """,
        session.shop_id,
        limit,
    )


def close(session: Session, row_id: int, *, by: str, now: datetime) -> bool:
    """It was answered; False when there is none that waits."""
    return bool(
        session.sql(
            """
            UPDATE privacy_requests SET done_at = %s, done_by = %s
            WHERE shop_id = %s AND id = %s AND kind = 'data' AND done_at IS NULL RETURNING 1
            """,
            now,
            by,
            session.shop_id,
            row_id,
        )
    )


def forget(session: Session, customer_ids: Sequence[int], *, now: datetime) -> None:
    """These customers are erased: their requests no longer name them, and nothing is left to be answered."""
    session.sql(
        """
        UPDATE privacy_requests SET customer_id = NULL, done_at = coalesce(done_at, %s), done_by = coalesce(done_by, 'erasure')
        WHERE shop_id = %s AND customer_id = ANY(%s)
        """,
        now,
        session.shop_id,
        list(customer_ids),
    )
