"""The theatre in which every story is played."""

from __future__ import annotations

import pytest

from plugin.db import Database
from tests.scenarios.stage import Theatre


@pytest.fixture(scope="session")
def theatre(database: Database) -> Theatre:
    """One app for all stories; each brings its own shop, dev store and clock."""
    return Theatre(database)
