"""Stories as tables, played on the stage: see stage.py for how a table reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.stage import Theatre
from tests.scenarios.tables import Table

HERE = Path(__file__).parent
TABLES = sorted([*HERE.glob("*.txt"), *HERE.glob("program/*/*.txt")])


@pytest.mark.parametrize("path", TABLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_story_goes_as_the_table_says(path: Path, theatre: Theatre) -> None:
    table = Table.read(path)

    theatre.play(table)

    assert table.rows
