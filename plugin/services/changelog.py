"""The change log: every change that staff or an API key made, noted in the transaction that made it.

A note holds ids, numbers and words of the program, never what somebody typed about a person: it is kept when a person is erased.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from plugin.db import Session
from plugin.db import changelog as change_rows
from plugin.db.changelog import Noted, Wanted

__all__ = ["PAGE", "Changes", "Noted", "Wanted", "authors", "note", "page"]

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of the log, newest first; `next_below` asks for what comes after it, None at the end."""

    notes: Sequence[Noted]
    next_below: int | None


def note(
    session: Session,
    *,
    by: str,
    deed: str,
    subject: str = "",
    facts: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """Note that `by` ("staff:<id>", "api:<key id>") did `deed` ("member.adjusted": group, dot, verb) to `subject` (an id).

    `facts` are ids, numbers and words of the program (JSON-like; Decimals, dates and UUIDs become text), never personal data.
    """
    change_rows.add(session, author=by, deed=deed, subject=subject, facts=facts or {}, noted_at=now)


def page(session: Session, wanted: Wanted | None = None, *, below: int | None = None, limit: int = PAGE) -> Changes:
    """The newest deeds that are wanted (all by default), `limit` at a time; `below` is the `next_below` of the page before."""
    found = change_rows.page(session, wanted or Wanted(), below=below, limit=limit + 1)
    shown = found[:limit]
    return Changes(shown, shown[-1].id if len(found) > limit else None)


def authors(session: Session) -> list[str]:
    """Everybody who stands in the log."""
    return change_rows.authors(session)
