"""A mechanism of the program counts as done when its story goes all the way: trigger, effect, reversal, explanation, refusal."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.scenarios import verbs
from tests.scenarios.tables import PARTS, Table
from tests.scenarios.verbs import VERBS

PROGRAM = Path(__file__).parent / "program"
TABLES = [Table.read(path) for path in sorted(PROGRAM.glob("*/*.txt"))]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: f"{table.path.parent.name}-{table.path.stem}")
def test_a_mechanism_is_told_from_trigger_to_refusal(table: Table) -> None:
    verbs.load()

    lacking = table.lacks
    if any(VERBS[row.verb].is_reversal and not row.is_refused for row in table.rows if row.verb in VERBS):
        lacking.discard("reversal")

    assert lacking == set(table.without), (
        "say `without: WHAT - WHY` for what this mechanism rightly lacks, and only for that"
    )
    assert all(table.without.values()), "say why"
    assert table.settings.get("part") == table.path.parent.name
    assert table.settings["part"] in PARTS
    assert table.settings.get("mechanism")
    assert table.settings.get("says", "").endswith(".")


def test_every_mechanism_has_a_name_of_its_own() -> None:
    names = Counter(table.settings.get("mechanism") for table in TABLES)

    assert [name for name, count in names.items() if count > 1] == []
