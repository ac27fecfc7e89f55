"""Which members staff look for: a filter as data, so that it can be typed, kept under a name and applied to a change of many members.

Days are days of the shop's calendar; the database turns them into instants. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final, Literal, get_args

State = Literal["blocked", "pinned", "review", "code"]
STATES: Final[tuple[State, ...]] = get_args(State)
NO_TIER: Final = "-"
"""The tier of members who have none."""

MOST_POINTS: Final = 10**12
MOST_DAYS: Final = 3650

_WHOLE: Final = re.compile(r"-?[0-9]{1,15}")
_NUMBERS: Final = ("least", "most")
_COUNTS_OF_DAYS: Final = ("expiring_days", "active_days", "quiet_days", "joined_days")
_DATES: Final = ("ordered_after", "ordered_before", "joined_after", "joined_before")


@dataclass(frozen=True, slots=True)
class Wanted:
    """All of these at once; None asks for nothing.

    `least` and `most` bound the balance that can be spent (points), negative for members who owe. Points that lapse within
    `expiring_days`; a paid order within the last `active_days`, or one before but none within the last `quiet_days`; the last paid
    order on or after, or before a day; member since at most `joined_days`, from or before a day. `states`: does not earn (blocked),
    has a tier that staff set (pinned), invited a friend who waits for a review, has a reward that can still be used (code).
    """

    tier: str | None = None
    least: int | None = None
    most: int | None = None
    expiring_days: int | None = None
    active_days: int | None = None
    quiet_days: int | None = None
    ordered_after: date | None = None
    ordered_before: date | None = None
    joined_days: int | None = None
    joined_after: date | None = None
    joined_before: date | None = None
    states: tuple[State, ...] = ()

    def __bool__(self) -> bool:
        """False when everybody is wanted."""
        return self != EVERYBODY


EVERYBODY: Final = Wanted()


def read(typed: Mapping[str, str], *, tiers: tuple[str, ...] = ()) -> tuple[Wanted, dict[str, str]]:
    """What was typed, by field ("states" joined by commas), and what is wrong with it. `tiers` are those of the program."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name in (field.name for field in fields(Wanted)):
        text = typed.get(name, "").strip()
        if not text:
            continue
        try:
            values[name] = _value(name, text, tiers)
        except ValueError as error:
            problems[name] = str(error)
    if "least" in values and "most" in values and values["least"] > values["most"]:
        problems["most"] = "Enter no less than the lowest balance."
    return Wanted(**{name: value for name, value in values.items() if name not in problems}), problems


def dump(wanted: Wanted) -> dict[str, Any]:
    """The filter as JSON: only what is asked for."""
    found: dict[str, Any] = {}
    for field in fields(Wanted):
        value = getattr(wanted, field.name)
        if value not in (None, ()):
            found[field.name] = value.isoformat() if isinstance(value, date) else value
    return found


def load(document: Mapping[str, Any]) -> Wanted:
    """The filter that `dump` wrote; what a later version no longer knows is left out."""
    wanted, _ = read(as_fields(document), tiers=(str(document.get("tier", "")),))
    return wanted


def as_fields(document: Mapping[str, Any]) -> dict[str, str]:
    """A dumped filter as fields of a form or an address."""
    return {
        name: ",".join(value) if isinstance(value, list | tuple) else str(value) for name, value in document.items()
    }


def _value(name: str, text: str, tiers: tuple[str, ...]) -> Any:
    if name == "tier":
        if text != NO_TIER and text not in tiers:
            raise ValueError("Choose a tier of the program.")
        return text
    if name == "states":
        return _states(text)
    if name in _DATES:
        return _date(text)
    if not _WHOLE.fullmatch(text):
        raise ValueError("Enter a whole number.")
    number = int(text)
    if name in _NUMBERS and abs(number) > MOST_POINTS:
        raise ValueError("This is more than anybody can have.")
    if name in _COUNTS_OF_DAYS and not 0 < number <= MOST_DAYS:
        raise ValueError(f"Enter a number of days from 1 to {MOST_DAYS:,}.")
    return number


def _states(text: str) -> tuple[State, ...]:
    asked = {part.strip() for part in text.split(",") if part.strip()}
    if not asked <= set(STATES):
        raise ValueError("Choose from the list.")
    return tuple(state for state in STATES if state in asked)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("Enter a date such as 2026-01-31.") from None
