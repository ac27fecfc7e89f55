"""How fast one visitor may ask: so many at once and so many more each minute, counted for all web processes together.

It keeps one shopper's script from crowding out the others, and codes from being guessed. What is left to a visitor is one number:
the moment at which all of it is there again. Redis keeps that number for everybody (jobs.tally); while it does not answer, each
process keeps its own. Nobody can be found by it: a member and a network address are keyed hashes there, gone within minutes.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from threading import Lock
from typing import Final, Protocol

KEYS_MOST: Final = 20_000
"""Visitors remembered at once by one process; the longest quiet are forgotten first."""

Want = tuple[str, int, int]
"""One permission of a bucket that is wanted: the bucket's name, its permissions, and the milliseconds after which one more is there."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many at once, and so many more each minute."""

    burst: int
    per_minute: int


READING: Final = Allowance(120, 120)
CHANGING: Final = Allowance(40, 40)
GUESSING: Final = Allowance(12, 3)
"""Entering a code that somebody else was given, and claiming gifts."""

SHARED: Final = 5
"""An address is allowed so many times as much as a member: offices, schools and mobile networks share one."""


class Tally(Protocol):
    """Counts for all processes at once (jobs.tally.Tally)."""

    def take(self, wants: Sequence[Want], now_ms: int, /) -> int | None:
        """Use one permission of each bucket; the longest wait in milliseconds, 0 for none, None when nobody counted."""


class Memory:
    """Counts for this process alone."""

    def __init__(self) -> None:
        self._full_at_ms: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()

    def take(self, wants: Sequence[Want], now_ms: int, /) -> int:
        """As Tally does; somebody always counted."""
        with self._lock:
            return max((self._take(want, now_ms) for want in wants), default=0)

    def _take(self, want: Want, now_ms: int) -> int:
        name, burst, each_ms = want
        full_at_ms = max(self._full_at_ms.pop(name, now_ms), now_ms)
        missing_ms = full_at_ms + each_ms - now_ms - burst * each_ms
        self._full_at_ms[name] = full_at_ms if missing_ms > 0 else full_at_ms + each_ms
        if len(self._full_at_ms) > KEYS_MOST:
            self._full_at_ms.popitem(last=False)
        return max(0, missing_ms)


class Pace:
    """The buckets of the shoppers' doors. `key` makes their names."""

    def __init__(self, key: bytes, tally: Tally | None = None) -> None:
        self._key = key
        self._tally = tally
        self._memory = Memory()

    def take(self, kind: str, visitors: Sequence[tuple[str, Allowance]], now: datetime) -> int:
        """Use one permission of each visitor; 0, or in how many seconds all of them have one again."""
        wants = [
            (self._name(f"{kind}:{visitor}"), allowance.burst, round(60_000 / allowance.per_minute))
            for visitor, allowance in visitors
        ]
        now_ms = round(now.timestamp() * 1000)
        wait_ms = self._tally.take(wants, now_ms) if self._tally is not None and wants else None
        return ceil((self._memory.take(wants, now_ms) if wait_ms is None else wait_ms) / 1000)

    def _name(self, text: str) -> str:
        return hmac.digest(self._key, text.encode(), "sha256").hex()[:32]


def times(allowance: Allowance, factor: int) -> Allowance:
    """The same for several people."""
    return Allowance(allowance.burst * factor, allowance.per_minute * factor)
