"""What differs between two programs, in the merchant's words: which part and thing, which field by its label, and both values as read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from plugin.admin.program import reading
from plugin.admin.program.editing import item_of
from plugin.admin.program.editor import Field, Listing, Part, Section
from plugin.admin.program.paths import GONE, value_at
from plugin.admin.program.reading import Look
from plugin.loyalty.program.differences import Difference, differences

NOTHING: Final = "–"
LONGEST: Final = 160
_IN_LIST: Final = re.compile(r"([a-z_.]+)\[([^\]]*)\](?:\.(.*))?")
_INNER: Final = re.compile(r"\[[^\]]*\]")
_SINGULAR: Final = {"{points}": "{point}", "days": "day", "months": "month", "hours": "hour", "minutes": "minute"}
_PLAIN_LABELS: Final = {"is_live": "Program", "is_on": "Switched on", "title": "Title"}


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a comparison. `slug` and `item_id` lead to the page where it is edited; `item_id` is None for settings."""

    part: str
    thing: str
    label: str
    before: str
    after: str
    slug: str | None
    item_id: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path of the document is edited."""

    part: Part
    item_id: str | None
    sections: tuple[Section, ...]
    inner: str


def differences_words(
    before: Mapping[str, Any], after: Mapping[str, Any], parts: Sequence[Part], look: Look
) -> list[Change]:
    """What differs between two documents, as lines."""
    return changes(differences(before, after), parts, look, before=before, after=after)


def changes(
    found: Sequence[Difference],
    parts: Sequence[Part],
    look: Look,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> list[Change]:
    """Every difference as a line, in the order of the documents."""
    return [_change(one, parts, look, before, after) for one in found]


def place_of(path: str, parts: Sequence[Part], document: Mapping[str, Any]) -> Place | None:
    """Where a path is edited: `rewards[coffee].price_points` as differences name it, or `rewards.3.price_points` as checks do."""
    for part in parts:
        if part.listing is not None and (found := _in_listing(path, part, part.listing, document)) is not None:
            return found
    best: tuple[int, Place] | None = None
    for part in parts:
        for section in part.sections:
            for one in section.fields:
                score = _closeness(path, one.path)
                if score and (best is None or score > best[0]):
                    best = score, Place(part, None, part.sections, path)
    return best[1] if best else None


def value_words(one: Field, value: Any, look: Look) -> str:
    """A value of the document as the merchant reads it beside the field's label."""
    if value is GONE or value is None or value in ("", [], {}):
        return NOTHING
    match one.kind:
        case "flag" | "present":
            return "On" if value is True or isinstance(value, dict) else "Off"
        case "select" | "many":
            return _chosen(one, value, look)
        case "products" | "collections" | "product":
            count = len(value) if isinstance(value, list) else 1
            noun = "collection" if one.kind == "collections" else "product"
            return f"{look.formats.number(count)} {noun if count == 1 else noun + 's'}"
        case "rows":
            return _rows(one, value, look)
        case "languages":
            return _languages(value, look)
        case _:
            return _short(_text(one, value, look))


def _change(
    one: Difference, parts: Sequence[Part], look: Look, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Change:
    place = place_of(one.path, parts, after) or place_of(one.path, parts, before)
    if place is None:
        return Change(
            "", "", _PLAIN_LABELS.get(one.path, _spoken(one.path)), _plain(one.before), _plain(one.after), None, None
        )
    title = look.words(place.part.title)
    listing = place.part.listing
    if place.item_id is None or listing is None:
        return _field_change(one, place, title, "", look)
    if place.item_id == "":
        titles = {**_titles(listing, before), **_titles(listing, after)}
        order = [", ".join(titles.get(name, name) for name in ids or []) for ids in (one.before, one.after)]
        return Change(title, "", "Order", _short(order[0]), _short(order[1]), place.part.slug, None)
    item = item_of(listing, after, place.item_id) or item_of(listing, before, place.item_id) or {}
    thing = str(item.get("title") or place.item_id)
    if not place.inner:
        words = [NOTHING if side is None else "There" for side in (one.before, one.after)]
        item_id = place.item_id if one.after is not None else None
        label = "Added" if one.before is None else "Removed"
        return Change(title, thing, label, words[0], words[1], place.part.slug, item_id)
    return _field_change(one, place, title, thing, look)


def _field_change(one: Difference, place: Place, title: str, thing: str, look: Look) -> Change:
    inner = _INNER.sub("", place.inner)
    declared, rest = _declared(inner, place.sections)
    if declared is None:
        before, after, label = _plain(one.before), _plain(one.after), _PLAIN_LABELS.get(inner, _spoken(inner))
    else:
        label = look.words(declared.label)
        before, after = (
            _part_of_value(declared, rest, inner, value, place.sections, look) for value in (one.before, one.after)
        )
        if declared.kind == "rows" and rest and declared.rows is not None:
            row_field = next((each for each in declared.rows.fields if each.path == rest), None)
            label = f"{label}: {look.words(row_field.label).lower()}" if row_field else label
    return Change(title, thing, label, before, after, place.part.slug, place.item_id)


def _part_of_value(one: Field, rest: str, inner: str, value: Any, sections: Sequence[Section], look: Look) -> str:
    """The words for a value that is the field's own, one of its rows', or a whole table of which it is the first field."""
    if one.kind == "rows" and rest and one.rows is not None:
        row_field = next((each for each in one.rows.fields if each.path == rest), None)
        return value_words(row_field, value, look) if row_field else _plain(value)
    if isinstance(value, dict) and one.kind not in ("languages", "present"):
        return _table(value, inner, sections, look)
    if one.kind == "present" and isinstance(value, dict):
        return _table(value, inner, sections, look) or "On"
    if rest and one.kind == "languages":
        return _short(str(value)) if isinstance(value, str) else _plain(value)
    return value_words(one, value, look)


def _table(value: Mapping[str, Any], path: str, sections: Sequence[Section], look: Look) -> str:
    """A table of several fields: each that says something, with its label."""
    said: dict[str, str] = {}
    for one in (each for section in sections for each in section.fields):
        if one.path.startswith(f"{path}.") and one.kind not in ("flag", "present"):
            words = value_words(one, value_at(value, one.path.removeprefix(f"{path}.")), look)
            if words != NOTHING:
                said.setdefault(one.path, f"{look.words(one.label)}: {words}")
    return _short("; ".join(said.values()))


def _declared(inner: str, sections: Sequence[Section]) -> tuple[Field | None, str]:
    """The field that a path belongs to, and what the path says below it."""
    fields = [one for section in sections for one in section.fields]
    within = [one for one in fields if inner == one.path or inner.startswith(f"{one.path}.")]
    if within:
        one = max(within, key=lambda each: len(each.path))
        return one, inner.removeprefix(one.path).removeprefix(".")
    return next((one for one in fields if one.path.startswith(f"{inner}.")), None), ""


def _in_listing(path: str, part: Part, listing: Listing, document: Mapping[str, Any]) -> Place | None:
    found = _IN_LIST.fullmatch(path)
    if found is not None and found[1] == listing.path:
        return Place(part, found[2], listing.sections, found[3] or "")
    if path != listing.path and not path.startswith(f"{listing.path}."):
        return None
    number, _, inner = path.removeprefix(listing.path).removeprefix(".").partition(".")
    item_id = value_at(document, f"{listing.path}.{number}.id") if number.isdigit() else GONE
    return Place(part, item_id if isinstance(item_id, str) else None, listing.sections, inner)


def _closeness(path: str, declared: str) -> int:
    """How many steps of two paths agree from the start, the whole of the shorter at least, or more than one."""
    one, other = _INNER.sub("", path).split("."), declared.split(".")
    same = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        same += 1
    if same == min(len(one), len(other)):
        return same * 2 + 1
    return same * 2 if same else 0


def _text(one: Field, value: Any, look: Look) -> str:
    formats = look.formats
    match one.kind:
        case "money" if (number := _number(value)) is not None:
            return formats.money(number)
        case "percent" if (number := _number(value)) is not None:
            return formats.percent(number)
        case "whole" | "decimal" if (number := _number(value)) is not None:
            suffix = _SINGULAR.get(one.suffix, one.suffix) if number == 1 else one.suffix
            return f"{formats.number(number)} {look.words(suffix)}".strip()
        case "share" if (number := _number(value)) is not None:
            return formats.percent(number * 100)
        case "time" if isinstance(value, str):
            return value[:5]
        case "moment" if isinstance(value, str):
            return formats.moment(datetime.fromisoformat(value))
        case _:
            return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def _chosen(one: Field, value: Any, look: Look) -> str:
    labels = dict(look.choices(one))
    items = value if isinstance(value, list) else [value]
    texts = [str(item).lower() if isinstance(item, bool) else str(item) for item in items]
    return _short(", ".join(look.words(labels.get(text, text)) for text in texts))


def _rows(one: Field, value: Any, look: Look) -> str:
    rows = reading.rows_of(one)
    if not isinstance(value, list):
        return _plain(value)
    said = []
    for item in value:
        words = [value_words(each, value_at(item, each.path), look) for each in rows.fields]
        said.append(" · ".join(word for word in words if word != NOTHING))
    return _short("; ".join(said))


def _languages(value: Any, look: Look) -> str:
    if not isinstance(value, Mapping):
        return _plain(value)
    names = dict(look.languages)
    return _short(
        "; ".join(
            f"{names.get(code, code)}: {', '.join(texts.values()) if isinstance(texts, Mapping) else texts}"
            for code, texts in value.items()
        )
    )


def _titles(listing: Listing, document: Mapping[str, Any]) -> dict[str, str]:
    found = value_at(document, listing.path)
    return {one["id"]: str(one.get("title") or one["id"]) for one in found} if isinstance(found, list) else {}


def _plain(value: Any) -> str:
    """A value of a field that no page shows."""
    match value:
        case None | "" | [] | {}:
            return NOTHING
        case True:
            return "On"
        case False:
            return "Off"
        case list() | dict():
            return _short(", ".join(_leaves(value)))
        case _:
            return _short(str(value))


def _leaves(value: Any) -> Iterator[str]:
    inner = value.values() if isinstance(value, dict) else value
    for each in inner:
        if isinstance(each, (dict, list)):
            yield from _leaves(each)
        elif each is not None:
            yield str(each)


def _spoken(path: str) -> str:
    last = _INNER.sub("", path).rpartition(".")[2].replace("_", " ")
    return last[:1].upper() + last[1:]


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"
