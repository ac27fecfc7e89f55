"""What `make setup` puts beside the admin's own scripts: Turbo, as npm delivers it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

TURBO: Final = Path(__file__).parent / "static" / "turbo.js"


def missing() -> str | None:
    """What to do when the admin's pages could not work for want of a script; None when all are there."""
    if TURBO.is_file():
        return None
    return "The script that the admin's pages travel with is missing (plugin/admin/static/turbo.js): run `make setup`."
