"""The rows of API keys: a key is found by its hash before a shop is known, so every function names the shop itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from plugin.db.session import Session


def add(
    session: Session, *, digest: bytes, shop_id: int, label: str, now: datetime, partner: str | None, access: str
) -> None:
    """A new key of that shop, or of one of its partners."""
    session.sql(
        "INSERT INTO api_keys (hash, shop_id, label, created_at, partner, access) VALUES (%s, %s, %s, %s, %s, %s)",
        digest,
        shop_id,
        label,
        now,
        partner,
        access,
    )


def holder(session: Session, digest: bytes) -> tuple[Any, ...] | None:
    """(shop id, its domain, its status, the key's label, partner, access, last use) of a key that is not revoked."""
    rows = session.sql(
        """
        SELECT s.id, s.domain, s.status, k.label, k.partner, k.access, k.last_used_at
        FROM api_keys k JOIN shops s ON s.id = k.shop_id
        WHERE k.hash = %s AND k.revoked_at IS NULL
        """,
        digest,
    )
    return rows[0] if rows else None


def note_use(session: Session, digest: bytes, *, now: datetime) -> None:
    """The key opened something."""
    session.sql("UPDATE api_keys SET last_used_at = %s WHERE hash = %s", now, digest)


def of_shop(session: Session, shop_id: int) -> list[tuple[Any, ...]]:
    """(hash, label, created_at, revoked_at, partner, access, last use) of the shop's keys, oldest first."""
    return session.sql(
        """
        SELECT hash, label, created_at, revoked_at, partner, access, last_used_at
        FROM api_keys WHERE shop_id = %s ORDER BY created_at, hash
        """,
        shop_id,
    )


def revoke(session: Session, *, shop_id: int, hash_start: str, now: datetime) -> bool:
    """Revoke the shop's keys whose hash starts with these 12 hexadecimal signs; False when none was left to revoke."""
    rows = session.sql(
        """
        UPDATE api_keys SET revoked_at = %s
        WHERE shop_id = %s AND left(encode(hash, 'hex'), 12) = %s AND revoked_at IS NULL RETURNING 1
        """,
        now,
        shop_id,
        hash_start,
    )
    return bool(rows)
