"""Waiting for a code: a request stays at most two seconds, and at most eight stay at once; everybody else is told to ask again.

A code usually stands within half a second. A web process whose every thread waits for Shopify would serve nobody, so the
places are few.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Final, TypeVar

from plugin.clock import stopwatch_seconds

LONGEST_SECONDS: Final = 2.0
PAUSE_SECONDS: Final = 0.04
PLACES: Final = 8

T = TypeVar("T")


class WaitingRoom:
    """The places for requests that wait. One per door."""

    def __init__(self, *, places: int = PLACES, longest_seconds: float = LONGEST_SECONDS) -> None:
        self._places = BoundedSemaphore(places)
        self._longest_seconds = longest_seconds

    def wait(self, look: Callable[[], T], *, until: Callable[[T], bool]) -> T:
        """What `look` (a short transaction of its own) last saw: as soon as `until` is content, else when time or places run out."""
        seen = look()
        if until(seen) or not self._places.acquire(blocking=False):
            return seen
        try:
            ends = stopwatch_seconds() + self._longest_seconds
            while not until(seen) and stopwatch_seconds() < ends:
                time.sleep(PAUSE_SECONDS)
                seen = look()
            return seen
        finally:
            self._places.release()
