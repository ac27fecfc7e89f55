"""Small forms: a few named fields, each read into a text, a number or an amount, or told what is wrong with it.

The program's pages have many kinds of fields more and read them in plugin.admin.program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

Kind = Literal["text", "whole", "money"]

LONGEST_TEXT = 500
_WHOLE = re.compile(r"-?[0-9]{1,15}")
_AMOUNT = re.compile(r"-?[0-9]{1,15}([.,][0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in the form, what is typed into it, and whether it may be left empty."""

    path: str
    kind: Kind
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a form said: values by name, and problems by name in plain words."""

    values: Mapping[str, Any]
    problems: Mapping[str, str]


def read(fields: Iterable[Field], form: Mapping[str, str], *, digits: int) -> Reading:
    """Read the fields from what was sent. `digits`: decimal places of the shop's currency."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field in fields:
        typed = clean(form.get(field.path, ""))
        try:
            values[field.path] = _value(field, typed, digits)
        except ValueError as error:
            problems[field.path] = str(error)
    return Reading(values, problems)


def clean(text: str) -> str:
    """Typed text without what cannot be seen or stored, on one line, trimmed, at most 5,000 characters long."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text[: LONGEST_TEXT * 10]).split())


def friendly(message: str) -> str:
    """A validator's message in words for people."""
    for pattern, words in _FRIENDLY:
        match = pattern.search(message)
        if match:
            return words.format(*match.groups())
    return message if message.endswith((".", "!")) else f"{message[:1].upper()}{message[1:]}."


def _value(field: Field, typed: str, digits: int) -> Any:
    match field.kind:
        case _ if typed == "":
            if field.is_optional:
                return None
            raise ValueError("Fill this in.")
        case "whole":
            if not _WHOLE.fullmatch(typed):
                raise ValueError("Enter a whole number.")
            return int(typed)
        case "money":
            return _money(typed, digits)
        case _:
            return typed


def _money(typed: str, digits: int) -> str:
    if not _AMOUNT.fullmatch(typed):
        raise ValueError("Enter an amount such as 5 or 2.50.")
    try:
        amount = Decimal(typed.replace(",", "."))
    except InvalidOperation:
        raise ValueError("Enter an amount such as 5 or 2.50.") from None
    if amount != round(amount, digits):
        raise ValueError("This currency has no decimals." if digits == 0 else f"Use at most {digits} decimals.")
    return format(amount, "f")


_FRIENDLY = tuple(
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (r"valid integer", "Enter a whole number."),
        (r"valid decimal|valid number", "Enter an amount such as 5 or 2.50."),
        (r"greater than or equal to ([0-9.]+)", "Enter {0} or more."),
        (r"greater than ([0-9.]+)", "Enter more than {0}."),
        (r"less than or equal to ([0-9.E+]+)", "Enter {0} or less."),
        (r"no more than ([0-9]+) decimal places", "Use at most {0} decimals."),
        (r"at least 1 character", "Fill this in."),
        (r"at most ([0-9]+) characters", "Use at most {0} characters."),
        (r"^Field required|should be a valid string", "Fill this in."),
        (r"say how much the reward takes off", "Enter how much the reward takes off."),
        (r"must not be below minimum_points", "Enter no less than the lowest number."),
        (r"needs a value", "Enter a value."),
    )
)
