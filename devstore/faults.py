"""Faults on demand: what can go wrong between an app and Shopify, chosen by hand or by seed.

A fault on an answer names an operation ("discountCodeBasicCreate", "token", "*") and happens before it is applied or after;
a fault on deliveries is a chance. The same seed and the same calls give the same faults.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, replace
from typing import Final, Literal

FaultKind = Literal[
    "before",  # 503, nothing was applied
    "after",  # applied, then 500
    "cut",  # applied, then the connection ends without an answer
    "hang",  # applied after `seconds`, then answered
    "drip",  # applied, answered one byte at a time over `seconds`
    "throttled",  # 200 with THROTTLED, nothing was applied
    "redirect",  # 302 to `target`, nothing was applied
    "html",  # 200 with a page instead of JSON, nothing was applied
    "unauthorized",  # 401, nothing was applied
]
FAULT_KINDS: Final[tuple[FaultKind, ...]] = (
    "before", "after", "cut", "hang", "drip", "throttled", "redirect", "html", "unauthorized",
)  # fmt: skip
IS_APPLIED: Final = frozenset({"after", "cut", "hang", "drip"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule. `operation` is a root field of the GraphQL document, "token", or "*"; `times` None means until cleared.

    `chance` below 1.0 draws from the seed; `shop` limits it to one shop's domain.
    """

    kind: FaultKind
    operation: str = "*"
    times: int | None = 1
    chance: float = 1.0
    seconds: float = 5.0
    target: str = "http://127.0.0.1:9/elsewhere"
    shop: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryFaults:
    """Chances for each delivery: never sent, sent twice, or held back for up to `delay_seconds` (which reorders)."""

    drop: float = 0.0
    duplicate: float = 0.0
    delay: float = 0.0
    delay_seconds: float = 60.0


class Faults:
    """The faults in force. `deliveries` may be replaced at any time."""

    def __init__(self, seed: int = 0) -> None:
        self.deliveries = DeliveryFaults()
        self.happened = 0
        self._rng = random.Random(seed)
        self._rules: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Put a fault in force."""
        with self._lock:
            self._rules.append(fault)

    def clear(self) -> None:
        """Everything works again, deliveries too."""
        with self._lock:
            self._rules.clear()
            self.deliveries = DeliveryFaults()

    def rules(self) -> list[Fault]:
        """The faults still in force."""
        with self._lock:
            return list(self._rules)

    def draw(self, operations: tuple[str, ...], shop: str) -> Fault | None:
        """The fault that hits this request, used up by one; None when it goes well."""
        with self._lock:
            for at, fault in enumerate(self._rules):
                if fault.operation != "*" and fault.operation not in operations:
                    continue
                if fault.shop not in (None, shop) or (fault.chance < 1.0 and self._rng.random() >= fault.chance):
                    continue
                if fault.times == 1:
                    del self._rules[at]
                elif fault.times is not None:
                    self._rules[at] = replace(fault, times=fault.times - 1)
                self.happened += 1
                return fault
        return None

    def fate(self) -> tuple[int, float]:
        """For one delivery: how many copies are sent (0 is a drop) and by how many seconds it is held back."""
        chances = self.deliveries
        with self._lock:
            if chances.drop and self._rng.random() < chances.drop:
                return 0, 0.0
            copies = 2 if chances.duplicate and self._rng.random() < chances.duplicate else 1
            is_late = chances.delay and self._rng.random() < chances.delay
            return copies, self._rng.uniform(0.0, chances.delay_seconds) if is_late else 0.0
