"""What the panel reads of tiers: the levels of the program, and where the shopper stands, as JSON-like documents.

The way to the next level is said in the metric's unit: money as text with its currency, else a whole number.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from plugin.loyalty.program import Program
from plugin.services.tiers import Standing

Document = dict[str, Any]


def levels(live: Program, *, language: str, currency: str) -> Document | None:
    """The levels as everybody may see them; None for a program without tiers."""
    tiers = live.tiers
    if not tiers.levels:
        return None
    return {
        "metric": tiers.metric,
        "window": tiers.window.model_dump(mode="json"),
        "levels": [
            {
                "id": level.id,
                "title": level.title_in(language),
                "threshold": _amount(live, level.threshold, currency),
                "multiplier": format(level.multiplier.normalize(), "f"),
                "perks": list(level.perks),
            }
            for level in tiers.levels
        ],
    }


def standing(live: Program, found: Standing | None, *, language: str, currency: str) -> Document | None:
    """The shopper's level, its end, what counts towards the next, what is missing and by when; None without tiers."""
    if found is None or not live.tiers.levels:
        return None
    level, progress = found.level, found.progress
    return {
        "id": level.id if level is not None else None,
        "title": level.title_in(language) if level is not None else None,
        "perks": list(level.perks) if level is not None else [],
        "since": _instant(found.since),
        "until": _instant(found.until),
        "counted": _amount(live, progress.amount, currency),
        "next": {
            "id": progress.next.id,
            "title": progress.next.title_in(language),
            "missing": _amount(live, progress.missing, currency),
            "by": _instant(progress.by),
        }
        if progress.next is not None
        else None,
    }


def membership(found: Standing | None, *, language: str) -> Document | None:
    """The paid membership that runs; None without one."""
    if found is None or found.run is None:
        return None
    return {
        "id": found.run.plan,
        "title": found.plan.title_in(language) if found.plan is not None else found.run.plan,
        "perks": list(found.plan.perks) if found.plan is not None else [],
        "since": _instant(found.run.since),
        "until": _instant(found.run.until),
    }


def _amount(live: Program, amount: Decimal, currency: str) -> Any:
    if live.tiers.metric == "spend":
        return {"amount": format(amount, "f"), "currency": currency}
    return int(amount)


def _instant(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at is not None else None
