"""Play seeds by hand: python -m tests.simulation SEED [LAST] [--steps N] [--trace] [--shrink]."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg

from plugin import embedded
from plugin.db.migrate import migrate
from tests.simulation.breaking import BreakableDatabase
from tests.simulation.play import STEPS, play, shrink


def main() -> int:
    """Exit 1 when a seed found something."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("first", type=int, metavar="SEED")
    parser.add_argument("last", type=int, nargs="?", metavar="LAST", help="play all seeds from SEED to LAST")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--trace", action="store_true", help="print everything that happens")
    parser.add_argument("--shrink", action="store_true", help="leave out steps of a failing seed while it still fails")
    asked = parser.parse_args()
    failures = 0
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="rgl", ignore_cleanup_errors=True))
        running = stack.enter_context(embedded.servers(Path(home), fsync=False, want_redis=False))
        migrate(running.database_url)
        database = BreakableDatabase(running.database_url)
        with psycopg.connect(running.database_url, autocommit=True) as owner:
            started = time.monotonic()
            for seed in range(asked.first, (asked.last or asked.first) + 1):
                played = play(
                    seed, database, owner, steps=asked.steps, echo=print if asked.trace else lambda _line: None
                )
                if played.violation:
                    failures += 1
                    print(played.report(), flush=True)
                    if asked.shrink:
                        skip = shrink(seed, database, owner, steps=asked.steps)
                        shorter = play(seed, database, owner, steps=asked.steps, skip=skip)
                        print(f"{asked.steps - len(skip)} steps are enough:", *shorter.trace, sep="\n", flush=True)
                else:
                    print(
                        f"seed {seed}: {len(played.trace)} events, {played.faults.total()} faults, {time.monotonic() - started:.1f} s",
                        flush=True,
                    )
        database.dispose()
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
