"""The rows of requests: what a client's idempotency key made, remembered in the transaction that made it."""

from __future__ import annotations

from datetime import datetime

from plugin.db.session import Session
from plugin.db.tables import RequestRow


def find(session: Session, *, caller: str, route: str, key: str) -> RequestRow | None:
    """What this caller's key was used for before."""
    return session.get(RequestRow, (session.shop_id, caller, route, key))


def add(
    session: Session, *, caller: str, route: str, key: str, request_hash: bytes, subject: str, now: datetime
) -> None:
    """The key made `subject`. A twin that comes at the same moment waits here, and then fails on the key."""
    session.add(
        RequestRow(
            shop_id=session.shop_id,
            caller=caller,
            route=route,
            key=key,
            request_hash=request_hash,
            subject=subject,
            created_at=now,
        )
    )
    session.flush()
