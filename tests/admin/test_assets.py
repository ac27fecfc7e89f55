"""A checkout without `make setup` says what is missing, instead of serving pages that do nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from plugin.admin import assets
from plugin.cli import main


def test_what_make_setup_puts_there_is_there() -> None:
    assert assets.missing() is None


def test_the_web_server_refuses_to_start_without_it_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(assets, "TURBO", tmp_path / "turbo.js")

    answer = CliRunner().invoke(main, ["web"])

    assert answer.exit_code == 1
    assert "run `make setup`" in answer.output
