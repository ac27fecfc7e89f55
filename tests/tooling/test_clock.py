"""The clock: the wall's time in production, a stepped one where somebody asks for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from plugin import clock


@pytest.fixture
def clock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "clock"
    monkeypatch.setenv(clock.CLOCK_FILE_VARIABLE, str(path))
    return path


def test_the_wall_is_aware_and_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(clock.CLOCK_FILE_VARIABLE, raising=False)

    before = datetime.now(UTC)
    now = clock.now()

    assert before <= now <= datetime.now(UTC)
    assert now.utcoffset() == timedelta(0)


def test_a_stepped_clock_stands_still_until_it_is_stepped(clock_file: Path) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    clock.step(clock_file, noon)
    first, second = clock.now(), clock.now()

    clock.step(clock_file, noon + timedelta(days=14))

    assert first == second == noon
    assert clock.now() == noon + timedelta(days=14)


def test_an_instant_of_another_zone_is_read_as_utc(clock_file: Path) -> None:
    clock.step(clock_file, datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2))))

    now = clock.now()

    assert now == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert now.tzinfo is UTC


def test_an_offset_runs_ahead_of_the_wall(clock_file: Path) -> None:
    clock_file.write_text("+86400\n", encoding="ascii")

    ahead = clock.now() - datetime.now(UTC)

    assert timedelta(hours=23, minutes=59) < ahead <= timedelta(days=1)


@pytest.mark.parametrize("line", ["2026-03-01T12:00:00", "yesterday", ""])
def test_an_unclear_clock_file_is_refused(clock_file: Path, line: str) -> None:
    clock_file.write_text(line, encoding="ascii")

    with pytest.raises(ValueError, match=r".+"):
        clock.now()


def test_a_naive_instant_cannot_be_stepped_to(clock_file: Path) -> None:
    with pytest.raises(ValueError, match="aware"):
        clock.step(clock_file, datetime(2026, 3, 1))  # noqa: DTZ001 - the point of the test
