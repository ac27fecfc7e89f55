"""The simulation finds what it is for: every planted fault, within a few seeds."""

from __future__ import annotations

from contextlib import closing

import psycopg
import pytest

from plugin import embedded
from tests.simulation.breaking import BreakableDatabase
from tests.simulation.planted import PLANTED, Planted
from tests.simulation.play import play

pytestmark = pytest.mark.simulation


@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.name)
def test_a_planted_fault_is_found(fault: Planted, servers: embedded.Running) -> None:
    with (
        closing(BreakableDatabase(servers.database_url)) as database,
        psycopg.connect(servers.database_url, autocommit=True) as owner,
        fault.plant(),
    ):
        found = next(
            (played for seed in range(fault.within) if (played := play(seed, database, owner)).violation), None
        )

    assert found is not None, f"{fault.within} seeds did not find: {fault.wrong}"


def test_the_table_lists_at_least_a_dozen_different_faults() -> None:
    names = [fault.name for fault in PLANTED]

    assert len(set(names)) == len(names) >= 12
