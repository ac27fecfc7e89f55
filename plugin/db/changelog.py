"""The rows of the change log: who of the staff (or which API key) did what, and when. Insert-only, and no personal data in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.db.session import Session


@dataclass(frozen=True, slots=True)
class Noted:
    """One deed. `author` is "staff:<id>", "api:<key id>" or another author as the books name it; `subject` an id or nothing."""

    id: int
    noted_at: datetime
    author: str
    deed: str
    subject: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deeds to read; None or "" leaves out a filter. `group` is what stands before the dot of a deed, `author` exact."""

    group: str = ""
    author: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def add(
    session: Session, *, author: str, deed: str, subject: str, facts: Mapping[str, Any], noted_at: datetime
) -> None:
    """Note one deed."""
    session.sql(
        "INSERT INTO changelog (shop_id, noted_at, author, deed, subject, facts) VALUES (%s, %s, %s, %s, %s, %s::jsonb)",
        session.shop_id,
        noted_at,
        author,
        deed,
        subject,
        json.dumps(facts, default=str),
    )


def page(session: Session, wanted: Wanted, *, below: int | None, limit: int) -> list[Noted]:
    """Deeds, newest first, those with ids below `below`; `since` is included, `until` is not."""
    rows = session.sql(
        """
        SELECT id, noted_at, author, deed, subject, facts FROM changelog
        WHERE shop_id = %s AND id < %s
          AND (%s = '' OR split_part(deed, '.', 1) = %s) AND (%s = '' OR author = %s) AND (%s = '' OR subject = %s)
          AND (%s::timestamptz IS NULL OR noted_at >= %s) AND (%s::timestamptz IS NULL OR noted_at < %s)
        ORDER BY id DESC LIMIT %s
        """,
        session.shop_id,
        below if below is not None else 2**63 - 1,
        wanted.group,
        wanted.group,
        wanted.author,
        wanted.author,
        wanted.subject,
        wanted.subject,
        wanted.since,
        wanted.since,
        wanted.until,
        wanted.until,
        limit,
    )
    return [Noted(*row) for row in rows]


def authors(session: Session) -> list[str]:
    """Everybody who ever did something, in the order of their names."""
    return [
        author
        for (author,) in session.sql(
            "SELECT DISTINCT author FROM changelog WHERE shop_id = %s ORDER BY 1", session.shop_id
        )
    ]
