"""Every measure by its name, in the order of the table."""

from __future__ import annotations

from collections.abc import Callable

from bench import (
    draining,
    end_to_end,
    evaluating,
    growing,
    holding,
    intake,
    listing,
    memory,
    pages,
    rehearsing,
    shopping,
)
from bench.run import Run
from bench.table import Row

MEASURES: dict[str, Callable[[Run], list[Row]]] = {
    "intake": intake.measure,
    "end-to-end": end_to_end.measure,
    "drain": draining.measure,
    "hold": holding.measure,
    "growth": growing.measure,
    "memory": memory.measure,
    "evaluating": evaluating.measure,
    "rehearsing": rehearsing.measure,
    "members": listing.measure,
    "shopping": shopping.measure,
    "pages": pages.measure,
}
