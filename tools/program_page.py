"""Write docs/program.md from the stories of tests/scenarios/program: what stands there has been played, so it cannot lie.

`python -m tools.program_page` writes the page; a test fails while the page is not what this would write.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.scenarios import verbs
from tests.scenarios.tables import PARTS, Row, Table
from tests.scenarios.verbs import VERBS

ROOT: Final = Path(__file__).resolve().parent.parent
STORIES: Final = ROOT / "tests/scenarios/program"
PAGE: Final = ROOT / "docs/program.md"
ASKING: Final = ("explain",)
QUIET: Final = ("wait", "program", "begin", "again")
SHORT: Final = 700
"""A part of the document longer than this is told by its beginning; the story has all of it."""

HEAD: Final = """# What a program can do

Written by `python -m tools.program_page` from the stories that the tests play at the dev store; change a story, not this page.

The program is one document (`GET /api/v1/program`), and each row says which part of it brings a mechanism about, as a merge patch onto the
program that a shop begins with. The story names the file that proves it: the trigger goes through a real door, the effect is looked up in
the store, it is taken back, explained and refused. How to read such a file stands at the top of `tests/scenarios/stage.py`.
"""


def page(tables: Sequence[Table]) -> str:
    """The whole page."""
    verbs.load()
    parts = [HEAD]
    for part, title in PARTS.items():
        theirs = sorted((table for table in tables if table.path.parent.name == part), key=_name)
        if theirs:
            parts.append(_part(title, theirs))
    return "\n".join(parts)


def read() -> list[Table]:
    """Every story of a mechanism."""
    return [Table.read(path) for path in sorted(STORIES.glob("*/*.txt"))]


def _part(title: str, tables: Sequence[Table]) -> str:
    lines = [
        f"## {title}",
        "",
        "| Mechanism | What it does | In the document | Its story |",
        "| --- | --- | --- | --- |",
        *(_line(table) for table in tables),
        "",
    ]
    return "\n".join(lines)


def _line(table: Table) -> str:
    says = table.settings.get("says", "")
    cells = [_name(table), says, _document(table), _story(table)]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _name(table: Table) -> str:
    return table.settings.get("mechanism", table.path.stem)


def _document(table: Table) -> str:
    if not table.patch:
        return "as it begins"
    text = json.dumps(table.patch, ensure_ascii=False)
    return f"`{text if len(text) <= SHORT else text[:SHORT].rsplit(' ', 1)[0] + ' …'}`"


def _story(table: Table) -> str:
    """The first row of each station, and where the rest is."""
    link = f"[{table.path.stem}](../{table.path.relative_to(ROOT)})"
    told = [f"{label}: {_row(row)}" for label, row in _stations(table.rows) if row is not None]
    return "<br>".join([*told, link])


def _stations(rows: Sequence[Row]) -> list[tuple[str, Row | None]]:
    done = [row for row in rows if not row.is_refused]
    asked = next((row for row in done if _asks(row)), None)
    gives = _first_effect(done, about=asked)
    back = next((row for row in done if row is not gives and _takes_back(row)), None)
    refused = next((row for row in rows if row.is_refused), None)
    return [("gives", gives), ("taken back", back), ("explained", asked), ("refused", refused)]


def _first_effect(rows: Sequence[Row], *, about: Row | None) -> Row | None:
    """The first row that has an effect, of those about the order that is explained later where one is."""
    found = [
        row
        for row in rows
        if row.verb not in QUIET and not _asks(row) and (row.entries != "nothing" or ";" in row.seen)
    ]
    subject = about.deed.split()[1] if about is not None and " #" in about.deed else ""
    own = [row for row in found if subject and subject in row.deed.split()]
    return next(iter([*own, *found]), None)


def _asks(row: Row) -> bool:
    return row.verb.startswith(ASKING)


def _takes_back(row: Row) -> bool:
    known = VERBS.get(row.verb)
    return (known is not None and known.is_reversal) or "reversal" in row.shows()


def _row(row: Row) -> str:
    effects = [each.strip() for each in row.seen.split(";")[1:]]
    result = ", ".join([each for each in (row.entries,) if each != "nothing"] + effects) or "nothing"
    return f"`{_shortened(row.deed)}` → {re.sub(r'^refused ', '', result)}"


def _shortened(deed: str) -> str:
    verb, _, rest = deed.partition(" ")
    return f"{verb} …" if rest.startswith("{") else deed


if __name__ == "__main__":
    PAGE.write_text(page(read()), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(read())} mechanisms", file=sys.stderr)
