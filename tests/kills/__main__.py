"""The nemesis by hand: `python -m tests.kills --rounds 50 --seed 7` kills that many times and prints how it went."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.kills.nemesis import TARGETS, Broken, storm


def say(words: str) -> None:
    """Print, now."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main() -> int:
    """0 when nothing was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    told = parser.parse_args()
    rng = random.Random(told.seed)
    say(f"seed {told.seed}")
    with (
        tempfile.TemporaryDirectory(prefix="rgk", ignore_cleanup_errors=True) as home,
        storm(Path(home), told.seed, say) as nemesis,
    ):
        try:
            nemesis.play([rng.choice(TARGETS) for _ in range(told.rounds)])
        except Broken as error:
            say(f"seed {told.seed}: {error}")
            return 1
        say(", ".join(f"{count} {what}" for what, count in sorted(nemesis.tally.items())))
        say(f"Nothing was lost or doubled; the slowest start took {nemesis.slowest_seconds:.1f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
