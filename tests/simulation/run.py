"""Many seeds in a process of their own: what `make test` starts twice, so that both cores play."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from typing import Any

import psycopg

from tests.simulation.breaking import BreakableDatabase
from tests.simulation.play import Played, play


def play_all(url: str, seeds: Iterable[int]) -> list[Played]:
    """Play the seeds on that (migrated) database; every rest after the first violation is still played."""
    database = BreakableDatabase(url)
    try:
        with psycopg.connect(url, autocommit=True) as owner:
            return [play(seed, database, owner) for seed in seeds]
    finally:
        database.dispose()


def summary(played: Iterable[Played]) -> dict[str, Any]:
    """What the parent needs, as JSON."""
    faults: Counter[str] = Counter()
    reached: Counter[str] = Counter()
    died: Counter[str] = Counter()
    reports = []
    seeds = 0
    for each in played:
        seeds += 1
        faults += each.faults
        reached += each.reached
        died += each.died
        if each.violation is not None:
            reports.append(each.report())
    return {"seeds": seeds, "reports": reports, "faults": faults, "reached": reached, "died": died}


if __name__ == "__main__":
    url, first, last, stride = sys.argv[1], *map(int, sys.argv[2:5])
    sys.stdout.write(json.dumps(summary(play_all(url, range(first, last, stride)))))
