"""The mail sink: whatever the shop would send by e-mail is kept here, to be read on a page instead of in an inbox."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

KEPT = 500


@dataclass(frozen=True)
class Message:
    """One e-mail: plain text, newest `number` is the latest."""

    number: int
    sent_at: datetime
    sender: str
    to: str
    subject: str
    text: str


class Mailbox:
    """All mail of all shops; the oldest is dropped beyond `KEPT` messages."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._sent = 0
        self._lock = threading.Lock()

    def deliver(self, *, sender: str, to: str, subject: str, text: str, now: datetime) -> Message:
        """Keep a message and return it with its number."""
        with self._lock:
            self._sent += 1
            message = Message(self._sent, now, sender, to, subject, text)
            self._messages.append(message)
            del self._messages[:-KEPT]
        return message

    def newest_first(self, *, to: str | None = None) -> Iterator[Message]:
        """Yield messages, newest first; `to` keeps those of one address (any case of letters)."""
        with self._lock:
            messages = list(reversed(self._messages))
        wanted = to.casefold() if to else None
        yield from (each for each in messages if wanted is None or each.to.casefold() == wanted)

    def message(self, number: int) -> Message | None:
        """Return the message of that number, or None."""
        return next((each for each in self.newest_first() if each.number == number), None)
