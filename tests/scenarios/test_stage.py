"""The stage itself: it says where a story and the app part ways, and a story that is told wrongly does not pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.stage import Theatre, merged
from tests.scenarios.tables import Table, Wrong


def told(tmp_path: Path, *lines: str) -> Table:
    path = tmp_path / "story.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Table.read(path)


@pytest.mark.parametrize(
    ("row", "expected", "seen"),
    [
        ("day 0  order #1 50.00  accrue 51", "entries expected: accrue 51", "seen:     accrue 50"),
        ("day 0  order #1 50.00", "entries expected: nothing", "seen:     accrue 50"),
        ("day 0  order #1 50.00  accrue 50  available 7", "afterwards expected: available 7", "seen:     available 50"),
        (
            "day 0  order #1 50.00  accrue 50  available 50; tags vip",
            "afterwards expected: tags vip",
            "seen:     tags none",
        ),
        ("day 0  redeem coffee  hold 1", "entries expected: hold 1", "seen:     refused member-unknown"),
    ],
)
def test_a_row_that_is_not_as_the_table_says_names_itself_and_what_was_seen(
    theatre: Theatre, tmp_path: Path, row: str, expected: str, seen: str
) -> None:
    with pytest.raises(Wrong) as wrong:
        theatre.play(told(tmp_path, "# a remark", row))

    assert "story.txt:2" in str(wrong.value)
    assert expected in str(wrong.value)
    assert seen in str(wrong.value)


def test_a_verb_or_a_look_that_nobody_wrote_is_named(theatre: Theatre, tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="'fly'"):
        theatre.play(told(tmp_path, "day 0  fly away"))
    with pytest.raises(LookupError, match="'sky'"):
        theatre.play(told(tmp_path, "day 0  wait  nothing  sky blue"))


def test_time_never_runs_backwards(theatre: Theatre, tmp_path: Path) -> None:
    with pytest.raises(Wrong, match="day 1 lies before the row above"):
        theatre.play(told(tmp_path, "day 3  wait", "day 1  wait"))
    with pytest.raises(Wrong, match="10:00 lies before the row above"):
        theatre.play(told(tmp_path, "day 3 11:00  wait", "day 3 10:00  wait"))


def test_a_line_that_is_neither_a_setting_nor_a_row_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Wrong, match=r"story\.txt:1: neither a setting nor a row"):
        told(tmp_path, "once upon a time")


def test_what_webhooks_missed_is_found_at_the_end(theatre: Theatre, tmp_path: Path) -> None:
    table = told(tmp_path, "topics: orders/create", "day 0  order #1 50.00  accrue 50", "day 1  cancel #1")

    with pytest.raises(Wrong, match=r"1 order\(s\) differ"):
        theatre.play(table)


def test_settings_go_on_over_indented_lines(tmp_path: Path) -> None:
    table = told(
        tmp_path, 'program: {"name": "Club",', '  "grace_days": 3}', "day 0  wait", "without: explain - no words"
    )

    assert table.patch == {"name": "Club", "grace_days": 3}
    assert table.without == {"explain": "no words"}


def test_a_patch_replaces_takes_away_and_leaves_alone() -> None:
    assert merged({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": None, "e": 3}, "d": [2]}) == {
        "a": {"c": 2, "e": 3},
        "d": [2],
    }
