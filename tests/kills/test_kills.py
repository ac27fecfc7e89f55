"""Nothing is lost or doubled, and work moves again, when web, worker, Redis and PostgreSQL are killed in the middle of it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.kills.nemesis import MOVING_AGAIN_SECONDS, TARGETS, storm

SEED = 20260302


@pytest.mark.kills
def test_nothing_is_lost_or_doubled_whoever_is_killed(tmp_path: Path) -> None:
    targets = list(TARGETS)
    random.Random(SEED).shuffle(targets)

    with storm(tmp_path, SEED) as nemesis:
        nemesis.play(targets)

    assert nemesis.tally["redemptions"]
    assert nemesis.tally["codes used"]
    assert nemesis.tally["refunds"]
    assert nemesis.slowest_seconds < MOVING_AGAIN_SECONDS
