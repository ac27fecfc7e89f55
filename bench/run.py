"""One run: its size, its seed, its servers and its bodies, handed to every measure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import bodies
from bench.stage import SECRET, Stage


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything. `full` is what the figures are about, `quick` shows that everything runs."""

    name: str
    rounds: int
    seconds: float
    bodies: int
    end_to_end: int
    naive_orders: int
    naive_simple_orders: int
    drain: int
    members: int
    entries: int
    awards: int
    memory_orders: int
    clicks: int = 60
    drain_beside: int = 100_000
    page_loads: int = 5
    listed: int = 1_000_000


FULL = Size("full", 3, 5.0, 100_000, 20_000, 30, 400, 20_000, 200_000, 10_000_000, 10_000, 100_000)
QUICK = Size("quick", 1, 2.0, 6_000, 3_000, 8, 60, 3_000, 2_000, 100_000, 2_000, 6_000, 12, 6_000, 1, 20_000)


@dataclass(slots=True)
class Run:
    """What a measure gets."""

    stage: Stage
    size: Size
    seed: int
    say: Callable[[str], None]
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def bodies(self) -> Path:
        """The file of signed bodies, written on first use."""
        path = self.stage.home / "bodies.bin"
        if not path.exists():
            self.say(f"writing {self.size.bodies:,} orders")
            bodies.write(path, count=self.size.bodies, secret=SECRET.encode(), seed=self.seed)
        return path


def interleaved(run: Run, candidates: dict[str, Callable[[int], float]]) -> dict[str, float]:
    """Every candidate once in each round, in turn; the median of each."""
    seen: dict[str, list[float]] = {name: [] for name in candidates}
    for number in range(run.size.rounds):
        for name, measure in candidates.items():
            seen[name].append(measure(number))
            run.say(f"  round {number + 1}, {name}: {seen[name][-1]:,.3g}")
    return {name: median(values) for name, values in seen.items()}


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return float(statistics.median(values))
