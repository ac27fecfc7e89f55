"""How a table of a story reads; stage.py says what each line means, and plays it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PARTS = {
    "rules": "Earning from orders",
    "rewards": "Rewards",
    "actions": "Earning from what people do",
    "achievements": "Milestones, streaks, challenges",
    "tiers": "Tiers",
    "membership": "Paid membership",
    "expiry": "Points that lapse",
    "referrals": "Referrals",
    "giving": "Dividend and goodwill",
    "partners": "Partners and group orders",
    "sharing": "Households, gifts, causes",
    "launch": "Launch",
    "life": "What happens in a program's life",
}
"""The folders of tests/scenarios/program, in the order of docs/program.md, and what they are called there."""

KNOWN = frozenset(
    {"mechanism", "part", "says", "program", "goods", "without", "begins", "timezone", "currency", "topics"}
)
"""Settings of a table; any other is an attribute of the dev store's shop."""

Json = dict[str, Any]


class Wrong(AssertionError):
    """A row was not as the table says, or the table cannot be read."""


@dataclass(frozen=True)
class Row:
    """One row: `when` as written, what is done, what must be made, and what must be seen afterwards."""

    number: int
    when: str
    deed: str
    entries: str
    seen: str

    @property
    def verb(self) -> str:
        return self.deed.split(" ", 1)[0]

    @property
    def is_refused(self) -> bool:
        return self.entries.startswith("refused")

    def shows(self) -> set[str]:
        """Which stations of a mechanism the row is one of (a verb that takes back is known to the stage)."""
        if self.is_refused:
            return {"refused"}
        if self.verb.startswith("explain"):
            return {"explain"}
        shown = set() if self.verb in _QUIET else {"trigger"}
        if self.entries != "nothing" or ";" in self.seen:
            shown.add("effect")
        if _GIVEN_BACK.search(self.entries):
            shown.add("reversal")
        return shown


@dataclass(frozen=True)
class Table:
    """A story as written: its settings by name, and its rows."""

    path: Path
    settings: dict[str, str]
    rows: tuple[Row, ...]

    @classmethod
    def read(cls, path: Path) -> Table:
        """Raises Wrong for a line that is neither a setting nor a row."""
        settings: dict[str, str] = {}
        rows: list[Row] = []
        name = ""
        for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            line = raw.rstrip()
            if not line or line.startswith("#"):
                continue
            if _WHEN.match(line):
                columns = [*re.split(r"\s{2,}", line), "", "", ""]
                rows.append(Row(number, columns[0], columns[1], columns[2] or "nothing", columns[3]))
            elif line.startswith(" ") and name:
                settings[name] += " " + line.strip()
            elif match := re.match(r"([a-z_]+): +(.*)", line):
                name = match[1]
                settings[name] = match[2]
            else:
                raise Wrong(f"{path.name}:{number}: neither a setting nor a row: {line}")
        return cls(path, settings, tuple(rows))

    @property
    def patch(self) -> Json:
        """The program of the table, as a merge patch onto the default one."""
        patch: Json = json.loads(self.settings.get("program", "{}"))
        return patch

    @property
    def without(self) -> dict[str, str]:
        """What the table lacks on purpose -> why."""
        told = self.settings.get("without", "")
        pairs = (each.partition(" - ") for each in told.split(";") if each.strip())
        return {name.strip(): why.strip() for what, _, why in pairs for name in what.split(",")}

    @property
    def lacks(self) -> set[str]:
        """What a mechanism needs and this story does not show."""
        shown = {name for row in self.rows for name in row.shows()}
        return {"trigger", "effect", "reversal", "explain", "refused"} - shown


_QUIET = ("wait", "program", "again")
_GIVEN_BACK = re.compile(r"claw back|release|restore|expire|recapture")
_WHEN = re.compile(r"(day \d+|\d{4}-\d\d-\d\d)( \d\d:\d\d)?(\s{2}|$)")
