"""One mail, before it has words: who gets it, what it tells, and in whose language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.loyalty.program import Program


@dataclass(frozen=True, slots=True)
class MailPart:
    """One thing a mail tells: its kind, and the figures that its words have places for."""

    kind: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one member. `id` names it for ever; the carrier makes words of the parts, in `language`."""

    id: str
    to: str
    sender_name: str
    reply_to: str | None
    language: str
    timezone: str
    currency: str
    program: Program
    parts: tuple[MailPart, ...]
    store_url: str
    unsubscribe_url: str
    is_marketing: bool
    at: datetime
