"""One value typed into one field, by its kind: from what was sent to what the document keeps, and back.

Whatever cannot be read raises ValueError with a sentence for the field; what the document itself does not allow is its own to say.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from plugin.admin import forms
from plugin.admin.formats import Formats
from plugin.admin.program.editor import Field
from plugin.admin.program.paths import GONE

clean = forms.clean

LONGEST_LIST: Final = 250
LONGEST_WORDS: Final = 5000
_WHOLE: Final = re.compile(r"-?[0-9]{1,15}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}([.,][0-9]{1,9})?")
_TIME: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(:[0-5][0-9])?")


def first(sent: Sequence[str]) -> str:
    """The one thing sent under a name, trimmed; "" for none."""
    return sent[0].strip() if sent else ""


def shown(asked: Field, value: Any) -> list[str]:
    """What stands in the field for a value of the document."""
    if asked.kind in ("flag", "present"):
        return ["true"] if value is True or isinstance(value, dict) else []
    return [_text(asked, value) if value not in (GONE, None, "") else ""]


def _text(asked: Field, value: Any) -> str:
    match asked.kind:
        case "lines":
            return "\n".join(str(item) for item in value)
        case "tags" | "numbers":
            return ", ".join(str(item) for item in value)
        case "products" | "variants" | "collections" | "segments":
            return ",".join(str(item) for item in value)
        case "share":
            return _short(Decimal(str(value)) * 100)
        case "decimal" | "percent":
            return _short(Decimal(str(value)))
        case "time":
            return str(value)[:5]
        case _:
            return str(value)


def read(asked: Field, sent: Sequence[str], *, digits: int) -> Any:
    """What the document keeps of what was sent. `digits`: decimal places of the shop's currency. Raises ValueError."""
    if asked.kind in ("flag", "present"):
        return "true" in sent
    typed = first(sent)
    match asked.kind:
        case "words":
            typed = _paragraphs(typed)
        case "lines":
            return _listed(typed.splitlines())
        case "tags":
            return _listed(re.split(r"[,\n]", typed))
        case "numbers":
            return [_whole(part) for part in _listed(re.split(r"[,\s]+", typed))]
        case "products" | "variants" | "collections" | "segments":
            return _ids(typed)
        case _:
            typed = clean(typed)
    if not typed:
        if asked.is_optional:
            return None
        raise ValueError(f"Choose a {asked.kind}." if asked.kind in ("product", "variant") else "Fill this in.")
    return _single(asked, typed, digits)


def _single(asked: Field, typed: str, digits: int) -> Any:
    match asked.kind:
        case "whole":
            return _whole(typed)
        case "product" | "variant":
            return _ids(typed)[0]
        case "money":
            return _decimal(typed, digits, "Enter an amount such as 5 or 2.50.", is_money=True)
        case "decimal" | "percent":
            return _decimal(typed, 3, "Enter a number such as 2 or 1.5.")
        case "share":
            return format(Decimal(_decimal(typed, 1, "Enter a number such as 50.")) / 100, "f")
        case "time":
            return _time(typed)
        case _:
            return typed


def shown_moment(value: Any, formats: Formats) -> tuple[list[str], list[str]]:
    """Date and time of day where the shop is."""
    if not isinstance(value, str) or not value:
        return [""], [""]
    local = datetime.fromisoformat(value).astimezone(formats.zone)
    return [local.strftime("%Y-%m-%d")], [local.strftime("%H:%M")]


def read_moment(date: str, time: str, formats: Formats, asked: Field) -> str | None:
    """The instant, in UTC, of a date and a time of day (midnight by default) where the shop is. Raises ValueError."""
    if not date:
        if time:
            raise ValueError("Choose a date as well.")
        if asked.is_optional:
            return None
        raise ValueError("Choose a date.")
    at = _time(time) if time else "00:00"
    try:
        local = datetime.strptime(f"{date} {at}", "%Y-%m-%d %H:%M").replace(tzinfo=formats.zone)
    except ValueError:
        raise ValueError("Choose a date from the calendar, or write it as 2026-11-27.") from None
    if local.year < 1970:  # noqa: PLR2004 - before there were shops online
        raise ValueError("Choose a date from the calendar, or write it as 2026-11-27.")
    return local.astimezone(UTC).isoformat().replace("+00:00", "Z")


def free_id(words: str, taken: Collection[Any], otherwise: str) -> str:
    """An id made from words that nothing else has: small letters, digits and dashes. It never changes afterwards."""
    base = _slug(words) or _slug(otherwise) or "item"
    number = 1
    name = base
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return name


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:30].strip("-")


def _whole(typed: str) -> int:
    if not _WHOLE.fullmatch(typed):
        raise ValueError("Enter a whole number.")
    return int(typed)


def _decimal(typed: str, digits: int, otherwise: str, *, is_money: bool = False) -> str:
    if not _NUMBER.fullmatch(typed):
        raise ValueError(otherwise)
    number = Decimal(typed.replace(",", "."))
    if number != round(number, digits):
        raise ValueError(
            "This currency has no decimals." if is_money and not digits else f"Use at most {digits} decimals."
        )
    return format(number, "f")


def _time(typed: str) -> str:
    found = _TIME.fullmatch(typed)
    if found is None:
        raise ValueError("Enter a time of day such as 09:30.")
    return f"{int(found[1]):02}:{found[2]}"


def _ids(typed: str) -> list[int]:
    found = [part.strip() for part in typed.split(",") if part.strip()]
    if any(not part.isascii() or not part.isdigit() for part in found):
        raise ValueError("Choose from the list.")
    if len(found) > LONGEST_LIST:
        raise ValueError(f"Choose at most {LONGEST_LIST}.")
    return list(dict.fromkeys(int(part[:20]) for part in found))


def _listed(parts: Sequence[str]) -> list[str]:
    found = [text for text in (clean(part) for part in parts) if text]
    if len(found) > LONGEST_LIST:
        raise ValueError(f"Use at most {LONGEST_LIST}.")
    return list(dict.fromkeys(found))


def _paragraphs(typed: str) -> str:
    return "\n".join(clean(line) for line in typed[:LONGEST_WORDS].splitlines()).strip()


def _short(number: Decimal) -> str:
    """Without zeros that say nothing: 2, 1.5."""
    return format(number.normalize(), "f") if number else "0"
