"""docs/program.md is what the stories say."""

from __future__ import annotations

from tools import program_page


def test_the_page_of_mechanisms_is_what_the_stories_say() -> None:
    written = program_page.PAGE.read_text(encoding="utf-8")

    assert written == program_page.page(program_page.read()), "run: python -m tools.program_page"
