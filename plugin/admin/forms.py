"""Forms speak the program's own paths: a field named `earning.per` is that place in the document, and so is its error.

What was typed is read here into numbers, money and lists; `plugin.loyalty.program.parse` judges the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

Kind = Literal["text", "whole", "money", "flag", "ids", "words"]

LONGEST_TEXT = 500
LONGEST_LIST = 250
_WHOLE = re.compile(r"-?[0-9]{1,15}")
_AMOUNT = re.compile(r"-?[0-9]{1,15}([.,][0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its path in the document (and its name in the form), what is typed into it, and whether it may be left empty."""

    path: str
    kind: Kind
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a form said: values by path for the document, and problems by path in plain words."""

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


def shown(fields: Iterable[Field], document: Mapping[str, Any]) -> dict[str, str]:
    """What stands in each field for a document: flags are "true" or "", lists are joined by commas."""
    return {field.path: _shown(get(document, field.path)) for field in fields}


def get(document: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path; None where the path leads nowhere."""
    found: Any = document
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def put(document: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a dotted path, making what lies on the way."""
    *way, last = path.split(".")
    for name in way:
        document = document.setdefault(name, {})
    document[last] = value


def by_field(problems: Sequence[tuple[str, str]], fields: Iterable[Field], *, prefix: str = "") -> dict[str, str]:
    """Problems of the document, each at the field it belongs to (in plain words); what belongs to none stands under ""."""
    paths = sorted((field.path for field in fields), key=len, reverse=True)
    found: dict[str, str] = {}
    for place, message in problems:
        inner = place.removeprefix(prefix)
        path = next((path for path in paths if inner == path or inner.startswith(f"{path}.")), "")
        found.setdefault(path, friendly(message))
    return found


def friendly(message: str) -> str:
    """A validator's message in words for people."""
    for pattern, words in _FRIENDLY:
        match = pattern.search(message)
        if match:
            return words.format(*match.groups())
    return message if message.endswith((".", "!")) else f"{message[:1].upper()}{message[1:]}."


def _value(field: Field, typed: str, digits: int) -> Any:
    match field.kind:
        case "flag":
            return typed == "true"
        case "ids":
            return _ids(typed)
        case "words":
            return _words(typed)
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


def _ids(typed: str) -> list[int]:
    found = [part.strip() for part in typed.split(",") if part.strip()]
    if any(not part.isascii() or not part.isdigit() for part in found):
        raise ValueError("Choose from the list.")
    if len(found) > LONGEST_LIST:
        raise ValueError(f"Choose at most {LONGEST_LIST}.")
    return list(dict.fromkeys(int(part[:20]) for part in found))


def _words(typed: str) -> list[str]:
    found = list(dict.fromkeys(part.strip() for part in typed.split(",") if part.strip()))
    if len(found) > LONGEST_LIST:
        raise ValueError(f"Use at most {LONGEST_LIST} tags.")
    return found


def _shown(value: Any) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "true"
        case list() | tuple():
            return ", ".join(str(item) for item in value)
        case _:
            return str(value)


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
