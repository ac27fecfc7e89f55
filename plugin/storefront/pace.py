"""How fast one visitor may ask: a bucket of permissions for each, filling up again by the minute, in this process's memory.

It keeps one shopper's script from crowding out the others, and codes from being guessed. Nothing of it is stored: the keys of a
member and of a network address are hashes that last as long as the process.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from secrets import token_bytes
from threading import Lock
from typing import Final

KEYS_MOST: Final = 20_000
"""Visitors remembered at once; the longest quiet are forgotten first."""

_SALT: Final = token_bytes(16)


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


class Pace:
    """The buckets of one door."""

    def __init__(self) -> None:
        self._left: OrderedDict[bytes, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, kind: str, allowance: Allowance, visitor: str, now: datetime) -> int:
        """Use one permission of that visitor; 0, or in how many seconds there is one again."""
        key = blake2b(f"{kind}:{visitor}".encode(), key=_SALT, digest_size=16).digest()
        each, at = 60 / allowance.per_minute, now.timestamp()
        with self._lock:
            left, then = self._left.pop(key, (float(allowance.burst), at))
            left = min(float(allowance.burst), left + max(0.0, at - then) / each)
            is_taken = left >= 1
            self._left[key] = (left - 1 if is_taken else left, at)
            if len(self._left) > KEYS_MOST:
                self._left.popitem(last=False)
        return 0 if is_taken else max(1, round((1 - left) * each))


def times(allowance: Allowance, factor: int) -> Allowance:
    """The same for several people."""
    return Allowance(allowance.burst * factor, allowance.per_minute * factor)
