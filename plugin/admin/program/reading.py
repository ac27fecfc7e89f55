"""A form is read into values by path, and a document is shown as a form: one is the other's reverse, field by field.

A form is a mapping from names to everything sent under them (`Typed`). The name of a field is its path; a date has its time of day
under `path@time`, a language its code behind the path, and a row's fields stand under `path.<row key>.`; `path` itself has the keys of
the rows in their order, joined by commas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from plugin.admin.formats import Formats
from plugin.admin.program import kinds
from plugin.admin.program.editor import Choice, Field, Follows, Rows, Section
from plugin.admin.program.mistakes import friendly
from plugin.admin.program.paths import GONE, plain, put, value_at
from plugin.loyalty.program import Program

Typed = Mapping[str, Sequence[str]]

ROWS_MAX: Final = 300
_ROW_KEY: Final = re.compile(r"[a-z0-9]{1,24}")


@dataclass(frozen=True, slots=True)
class Look:
    """What fields are read and shown with: the draft, how the shop writes, and its languages, its own first."""

    program: Program
    formats: Formats
    languages: tuple[Choice, ...]

    def choices(self, one: Field) -> Sequence[Choice]:
        """What can be chosen in a field."""
        return one.choices(self.program) if callable(one.choices) else one.choices

    def words(self, text: str) -> str:
        """A declaration's words with the merchant's own words in their places."""
        if "{" not in text:
            return text
        filled = text.replace("{points}", self.program.points_word(2)).replace("{point}", self.program.points_word(1))
        return filled.replace("{currency}", self.formats.currency)


@dataclass(frozen=True, slots=True)
class Named:
    """A field as it stands in a form: its name there, and all that it follows."""

    name: str
    field: Field
    follows: tuple[Follows, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """Fields and what was sent for them."""

    fields: Sequence[Named]
    typed: Typed
    look: Look


@dataclass(frozen=True, slots=True)
class Reading:
    """What a form says: values by path (GONE: take it out), in the order in which they are put; and problems by name."""

    values: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def fields_of(sections: Sequence[Section]) -> tuple[Named, ...]:
    """The fields of a page with their names."""
    return named([(one, section.follows) for section in sections for one in section.fields])


def named(fields: Sequence[tuple[Field, tuple[Follows, ...]]], prefix: str = "") -> tuple[Named, ...]:
    """Fields with names of their own: a path that is declared again gets a number behind it."""
    taken: dict[str, int] = {}
    found = []
    for one, besides in fields:
        taken[one.path] = count = taken.get(one.path, 0) + 1
        name = f"{prefix}{one.path}" if count == 1 else f"{prefix}{one.path}~{count}"
        found.append(Named(name, one, (*besides, *one.follows)))
    return tuple(found)


def row_fields(rows: Rows, prefix: str) -> tuple[Named, ...]:
    """The fields of one row, whose names begin with `prefix`."""
    return named([(one, ()) for one in rows.fields], prefix)


# ---- showing ----------------------------------------------------------------------------------------------------------------


def shown(fields: Sequence[Named], document: Any, look: Look) -> dict[str, list[str]]:
    """The form of a document: what reading it would leave the document as it is."""
    typed: dict[str, list[str]] = {}
    for one in fields:
        value = value_at(document, one.field.path)
        match one.field.kind:
            case "rows":
                _show_rows(one, value, look, typed)
            case "languages":
                for name, path in language_fields(one, value, look):
                    inner = value_at(value, path) if isinstance(value, Mapping) else GONE
                    typed[name] = [inner if isinstance(inner, str) else ""]
            case "moment":
                typed[one.name], typed[f"{one.name}@time"] = kinds.shown_moment(value, look.formats)
            case "select":
                typed[one.name] = [_chosen(one.field, value, look)]
            case "many":
                typed[one.name] = [str(item) for item in value] if isinstance(value, list) else []
            case _:
                typed[one.name] = kinds.shown(one.field, value)
    return typed


def values_of(fields: Sequence[Named], document: Any, look: Look) -> dict[str, Any]:
    """What a document says at the fields' paths, just as reading its untouched form gives it."""
    return read(fields, shown(fields, document, look), document, look).values


def language_fields(one: Named, value: Any, look: Look) -> Iterator[tuple[str, str]]:
    """(name in the form, path below the field) for every language: the shop's, and those that the document has besides.

    One text each is a translation: of the shop's own language there is none unless the document has one.
    """
    codes = [code for code, _ in look.languages][0 if one.field.columns else 1 :]
    codes += [code for code in value if code not in codes] if isinstance(value, Mapping) else []
    for code in codes:
        for column, _ in one.field.columns or (("", ""),):
            path = f"{code}.{column}" if column else code
            yield f"{one.name}.{path}", path


def _show_rows(one: Named, value: Any, look: Look, typed: dict[str, list[str]]) -> None:
    items = value if isinstance(value, list) else []
    typed[one.name] = [",".join(str(place) for place in range(len(items)))]
    rows = rows_of(one.field)
    for place, item in enumerate(items):
        prefix = f"{one.name}.{place}."
        typed |= shown(row_fields(rows, prefix), item, look)
        if rows.named_by:
            typed[f"{prefix}id"] = [str(item.get("id", ""))]


def _chosen(one: Field, value: Any, look: Look) -> str:
    if value is not GONE and value is not None:
        return str(value).lower() if isinstance(value, bool) else str(value)
    first = next(iter(look.choices(one)), ("", ""))[0]
    return "" if one.is_optional or value is None else first


# ---- reading ----------------------------------------------------------------------------------------------------------------


def read(fields: Sequence[Named], typed: Typed, document: Any, look: Look) -> Reading:
    """What was typed, for a document that stands (its rows keep what no field shows)."""
    reading = Reading()
    for one in fields:
        path = one.field.path
        if not is_drawn(one, fields, document, look):
            continue
        if not is_shown(one, fields, typed, document, look):
            if not _is_kept(one, fields, typed):
                reading.values.setdefault(path, GONE)
            continue
        match one.field.kind:
            case "rows":
                reading.values[path] = _read_rows(one, typed, document, look, reading.problems)
            case "languages":
                reading.values[path] = _read_languages(one, typed, value_at(document, path), look, reading.problems)
            case _:
                try:
                    reading.values[path] = _read_one(one, typed, look)
                except ValueError as error:
                    reading.problems[one.name] = str(error)
    return reading


def apply(values: Mapping[str, Any], fields: Sequence[Named], document: dict[str, Any]) -> None:
    """Put what was read into the document, in the fields' order."""
    switches = {one.field.path for one in fields if one.field.kind == "present"}
    for path, value in values.items():
        if path not in switches:
            put(document, path, value)
        elif value is not True:
            put(document, path, None if value is False else GONE)
        elif not isinstance(value_at(document, path), Mapping):
            put(document, path, {})


def is_drawn(one: Named, fields: Sequence[Named], document: Any, look: Look) -> bool:
    """False when the field follows a value that nothing on the page edits, and that value is another."""
    paths = {other.field.path for other in fields}
    return all(_standing(it.path, document, look) in it.values for it in one.follows if it.path not in paths)


def is_shown(one: Named, fields: Sequence[Named], typed: Typed, document: Any, look: Look) -> bool:
    """True when every field that this one follows is shown and has one of the values it asks for."""
    for follows in one.follows:
        followed = [other for other in fields if other.field.path == follows.path]
        if followed and not any(
            _current(other, typed) in follows.values and is_shown(other, fields, typed, document, look)
            for other in followed
        ):
            return False
    return is_drawn(one, fields, document, look)


def _is_kept(one: Named, fields: Sequence[Named], typed: Typed) -> bool:
    """True when the field is hidden by something that is switched off for now, and so stays as it is."""
    switches = {other.field.path: _current(other, typed) for other in fields}
    return any(it.keeps and switches.get(it.path) not in (None, *it.values) for it in one.follows)


def by_name(
    problems: Sequence[tuple[str, str]],
    fields: Sequence[Named],
    typed: Typed,
    document: Any,
    look: Look,
    *,
    base: str = "",
) -> dict[str, str]:
    """The document's problems, each at the field it belongs to; what belongs to none stands under "".

    `document` is the whole one, and `base` the path of the page's own within it.
    """
    form = Form(fields, typed, look)
    inner = value_at(document, base) if base else document
    found: dict[str, str] = {}
    for place, message in problems:
        whole = plain(place, document)
        is_ours = not base or whole == base or whole.startswith(f"{base}.")
        path = whole.removeprefix(base).removeprefix(".") if is_ours else ""
        found.setdefault(_name_at(path, form, inner) if path else "", friendly(message))
    return found


def _name_at(path: str, form: Form, document: Any) -> str:
    shown_ones = [one for one in form.fields if is_shown(one, form.fields, form.typed, document, form.look)]
    fitting = [one for one in shown_ones if path == one.field.path or path.startswith(f"{one.field.path}.")]
    if not fitting:
        return next((one.name for one in shown_ones if one.field.path.startswith(f"{path}.")), "")
    one = max(fitting, key=lambda it: len(it.field.path))
    rest = path.removeprefix(one.field.path).removeprefix(".")
    match one.field.kind:
        case "languages" if rest:
            return f"{one.name}.{rest}"
        case "rows" if rest:
            return _name_in_rows(one, rest, form, document)
        case _:
            return one.name


def _name_in_rows(one: Named, rest: str, form: Form, document: Any) -> str:
    place, _, inner = rest.partition(".")
    keys = keys_of(one, form.typed)
    if not place.isdigit() or int(place) >= len(keys):
        return one.name
    fields = row_fields(rows_of(one.field), f"{one.name}.{keys[int(place)]}.")
    item = value_at(document, f"{one.field.path}.{place}")
    name = _name_at(inner, Form(fields, form.typed, form.look), item) if inner else ""
    return name or fields[0].name


def _read_one(one: Named, typed: Typed, look: Look) -> Any:
    asked, sent = one.field, typed.get(one.name, ())
    match asked.kind:
        case "select":
            return _read_choice(asked, kinds.first(sent), look)
        case "many":
            known = [value for value, _ in look.choices(asked)]
            return [value for value in known if value in sent] + [
                value for value in dict.fromkeys(sent) if value and value not in known
            ]
        case "moment":
            return kinds.read_moment(
                kinds.first(sent), kinds.first(typed.get(f"{one.name}@time", ())), look.formats, asked
            )
        case _:
            return kinds.read(asked, sent, digits=look.formats.digits)


def _read_choice(asked: Field, sent: str, look: Look) -> Any:
    if not sent:
        if asked.is_optional:
            return None
        raise ValueError("Choose one.")
    if asked.is_number:
        return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else sent  # noqa: PLR2004 - fits a number field
    if sent in ("true", "false") and {value for value, _ in look.choices(asked)} <= {"true", "false"}:
        return sent == "true"
    return sent


def _read_languages(one: Named, typed: Typed, value: Any, look: Look, problems: dict[str, str]) -> dict[str, Any]:
    """One text each, or several that go together: a language with none of them is left out."""
    found: dict[str, Any] = {}
    columns = [column for column, _ in one.field.columns]
    for code in dict.fromkeys(path.partition(".")[0] for _, path in language_fields(one, value, look)):
        if not columns:
            if text := kinds.clean(kinds.first(typed.get(f"{one.name}.{code}", ()))):
                found[code] = text
            continue
        texts = {column: kinds.clean(kinds.first(typed.get(f"{one.name}.{code}.{column}", ()))) for column in columns}
        if any(texts.values()):
            found[code] = texts
            for column in (column for column, text in texts.items() if not text):
                problems[f"{one.name}.{code}.{column}"] = "Fill in all of them, or leave all empty."
    if not found and columns and not one.field.is_optional:
        code = look.languages[0][0] if look.languages else "en"
        problems[f"{one.name}.{code}.{columns[0]}"] = "Fill this in."
    return found


def _read_rows(one: Named, typed: Typed, document: Any, look: Look, problems: dict[str, str]) -> list[Any]:
    rows = rows_of(one.field)
    standing = value_at(document, one.field.path)
    found: list[Any] = []
    for key in keys_of(one, typed):
        prefix = f"{one.name}.{key}."
        item = _standing_row(rows, standing, key, kinds.first(typed.get(f"{prefix}id", ())))
        fields = row_fields(rows, prefix)
        reading = read(fields, typed, item, look)
        problems.update(reading.problems)
        apply(reading.values, fields, item)
        if rows.named_by and not item.get("id"):
            item["id"] = kinds.free_id(str(item.get(rows.named_by, "")), {each.get("id") for each in found}, rows.noun)
        found.append(item)
    return found


def _standing_row(rows: Rows, standing: Any, key: str, row_id: str) -> dict[str, Any]:
    """What the row was before, so that what no field shows is kept; a fresh one otherwise."""
    items = standing if isinstance(standing, list) else []
    if rows.named_by:
        known = next((item for item in items if row_id and item.get("id") == row_id), None)
    else:
        known = items[int(key)] if key.isdigit() and int(key) < len(items) else None
    return deepcopy(dict(known if known is not None else rows.start))


def keys_of(one: Named, typed: Typed) -> list[str]:
    """The keys of the rows that a form has, in their order."""
    sent = kinds.first(typed.get(one.name, ())).split(",")
    return [key for key in dict.fromkeys(sent) if _ROW_KEY.fullmatch(key)][:ROWS_MAX]


def rows_of(one: Field) -> Rows:
    """How the rows of a field are declared."""
    if one.rows is None:
        raise AssertionError(f"{one.path} is declared as rows without saying which")
    return one.rows


def _current(one: Named, typed: Typed) -> str:
    sent = typed.get(one.name, ())
    if one.field.kind in ("flag", "present"):
        return "true" if "true" in sent else "false"
    return kinds.first(sent)


def _standing(path: str, document: Any, look: Look) -> str:
    """A value that no field of the page edits, as text: of the page's document, or with a leading "/" of the whole program."""
    if not path.startswith("/"):
        return _as_text(value_at(document, path))
    found: Any = look.program
    for name in path[1:].split("."):
        found = getattr(found, name, None)
    return _as_text(found)


def _as_text(value: Any) -> str:
    if value is GONE or value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
