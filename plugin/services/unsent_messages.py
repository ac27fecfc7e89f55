"""Messages that could not be sent because of an address, for staff to see. That somebody wants no mail is no problem."""

from __future__ import annotations

from plugin.db import Session, unsent_messages
from plugin.db.unsent_messages import Unsent

__all__ = ["Unsent", "latest"]


def latest(session: Session, *, limit: int) -> list[Unsent]:
    """The latest of them, newest first."""
    return unsent_messages.latest(session, limit=limit)
