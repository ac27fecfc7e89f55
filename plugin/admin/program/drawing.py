"""A form as the template draws it: every field with its value, its words and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from plugin.admin.program import kinds, reading
from plugin.admin.program.editor import Choice, Section
from plugin.admin.program.paths import value_at
from plugin.admin.program.reading import Look, Named, Typed
from plugin.admin.words import SPOKEN, language_name
from plugin.loyalty.outside import Picked
from plugin.loyalty.program import Program

BLANK: Final = "__row__"
"""Stands for the key of a row that is added in the browser."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One text of a language."""

    name: str
    label: str
    value: str
    error: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row with its fields; `id` where rows have ids."""

    key: str
    prefix: str
    fields: tuple[Drawn, ...]
    id: str | None

    @property
    def groups(self) -> tuple[tuple[Drawn, ...], ...]:
        """Its fields as they stand together, in their order."""
        return _grouped(self.fields)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One field. `follows` are (name of a field, values) that it is shown for; `is_followed`: others follow this one."""

    kind: str
    name: str
    label: str
    details: str
    suffix: str
    placeholder: str
    error: str
    value: str
    is_on: bool
    is_shown: bool
    is_wide: bool
    is_optional: bool
    is_followed: bool
    follows: tuple[tuple[str, str], ...]
    options: tuple[tuple[str, str, bool], ...] = ()
    time: str = ""
    cells: tuple[Cell, ...] = ()
    rows: tuple[Row, ...] = ()
    blank: Row | None = None
    noun: str = ""
    empty: str = ""
    is_ordered: bool = False
    picks: Picked | None = None
    picked: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DrawnSection:
    """One section; `is_advanced` ones are `is_folded` while nothing in them is used or wrong."""

    heading: str
    subheading: str
    is_advanced: bool
    is_folded: bool
    groups: tuple[tuple[Drawn, ...], ...]
    follows: tuple[tuple[str, str], ...] = ()
    is_shown: bool = True


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is drawn from: the form as it stands, the document it is about, its problems, and titles of what was picked."""

    typed: Typed
    document: Any
    problems: Mapping[str, str]
    look: Look
    titles: Mapping[str, str] = field(default_factory=dict)


def languages_of(program: Program, locale: str, published: Sequence[str] = ()) -> tuple[Choice, ...]:
    """The languages that texts can be given in, the shop's own first.

    Where it is known what the store is published in: those that the shoppers' pages are written in, and English where customers
    with another language read it. Else all of the shoppers' pages, and those in use anywhere. A text keeps those it has.
    """
    known = {short(code) for code in published}
    if known:
        offered: list[str] = [code for code in SPOKEN if code in known or (code == "en" and not known.issubset(SPOKEN))]
    else:
        offered = [*SPOKEN, *(code for names in _tables(program) for code in names)]
    codes = dict.fromkeys([short(locale) or "en", *offered])
    return tuple((code, language_name(code)) for code in codes)


def short(locale: str) -> str:
    """Shoppers' pages know languages, no regions: "pt" of "pt-BR"."""
    return locale.replace("_", "-")[:2].lower()


def draw(sections: Sequence[Section], sheet: Sheet) -> tuple[DrawnSection, ...]:
    """The sections of a page; those of which nothing is drawn are left out."""
    fields = reading.fields_of(sections)
    names = iter(fields)
    drawn = []
    for section in sections:
        mine = [next(names) for _ in section.fields]
        visible = [one for one in mine if reading.is_drawn(one, fields, sheet.document, sheet.look)]
        if not visible:
            continue
        found = tuple(_field(one, fields, sheet) for one in visible)
        drawn.append(
            DrawnSection(
                heading=sheet.look.words(section.heading),
                subheading=sheet.look.words(section.subheading),
                is_advanced=section.is_advanced,
                is_folded=section.is_advanced and not any(_is_used(each) for each in found),
                groups=_grouped(found),
                follows=_follows(Named("", section.fields[0], section.follows), fields),
                is_shown=any(each.is_shown for each in found),
            )
        )
    return tuple(drawn)


def chosen(fields: Sequence[Named], typed: Typed) -> dict[Picked, list[int]]:
    """What a form names of the shop, in its rows too: the titles are asked for before drawing."""
    found: dict[Picked, list[int]] = {}
    for one in fields:
        if one.field.kind in _PICKS and (numbers := _numbers(kinds.first(typed.get(one.name, ())))):
            found.setdefault(_PICKS[one.field.kind], []).extend(numbers)
        if one.field.kind == "rows":
            for key in reading.keys_of(one, typed):
                inner = reading.row_fields(reading.rows_of(one.field), f"{one.name}.{key}.")
                for kind, numbers in chosen(inner, typed).items():
                    found.setdefault(kind, []).extend(numbers)
    return found


_PICKS: Final[Mapping[str, Picked]] = {
    "products": "product",
    "product": "product",
    "variants": "variant",
    "variant": "variant",
    "collections": "collection",
    "segments": "segment",
}


def _field(one: Named, fields: Sequence[Named], sheet: Sheet) -> Drawn:
    asked, look = one.field, sheet.look
    sent = sheet.typed.get(one.name, ())
    more: dict[str, Any] = {}
    match asked.kind:
        case "select" | "many":
            more["options"] = _options(one, sent, look)
        case "moment":
            more["time"] = kinds.first(sheet.typed.get(f"{one.name}@time", ()))
        case "languages":
            more["cells"] = _cells(one, sheet)
        case "rows":
            more |= _rows(one, sheet)
        case kind if kind in _PICKS:
            more["picks"] = _PICKS[kind]
            more["picked"] = _picked(_PICKS[kind], kinds.first(sent), sheet.titles)
    return Drawn(
        kind=asked.kind,
        name=one.name,
        label=look.words(asked.label),
        details=look.words(asked.details),
        suffix=look.words(asked.suffix),
        placeholder=look.words(asked.placeholder),
        error=sheet.problems.get(one.name, ""),
        value=kinds.first(sent),
        is_on="true" in sent,
        is_shown=reading.is_shown(one, fields, sheet.typed, sheet.document, sheet.look),
        is_wide=asked.is_wide,
        is_optional=asked.is_optional,
        is_followed=any(follows.path == asked.path for other in fields for follows in other.follows),
        follows=_follows(one, fields),
        **more,
    )


def _follows(one: Named, fields: Sequence[Named]) -> tuple[tuple[str, str], ...]:
    """What it follows, and what that follows in its turn: hiding one hides all that hang on it."""
    found: dict[tuple[str, str], None] = {}
    for follows in one.follows:
        leader = next((other for other in fields if other.field.path == follows.path), None)
        if leader is not None:
            found |= dict.fromkeys(_follows(leader, fields))
            found[leader.name, " ".join(follows.values)] = None
    return tuple(found)


def _options(one: Named, sent: Sequence[str], look: Look) -> tuple[tuple[str, str, bool], ...]:
    choices = list(look.choices(one.field))
    known = {value for value, _ in choices}
    choices += [(value, f"{value} (no longer there)") for value in sent if value and value not in known]
    if one.field.kind == "select" and one.field.is_optional:
        choices.insert(0, ("", one.field.placeholder or "None"))
    return tuple((value, look.words(label), value in sent) for value, label in choices)


def _cells(one: Named, sheet: Sheet) -> tuple[Cell, ...]:
    value = value_at(sheet.document, one.field.path)
    columns = dict(one.field.columns)
    names = dict(sheet.look.languages)
    cells = []
    for name, path in reading.language_fields(one, value, sheet.look):
        code, _, column = path.partition(".")
        language = names.get(code) or language_name(code)
        label = f"{columns[column]}, {language}" if column else language
        text = kinds.first(sheet.typed.get(name, ()))
        cells.append(Cell(name, label, text, sheet.problems.get(name, "")))
    return tuple(cells)


def _rows(one: Named, sheet: Sheet) -> dict[str, Any]:
    rows = reading.rows_of(one.field)
    items = value_at(sheet.document, one.field.path)
    drawn = []
    for key in reading.keys_of(one, sheet.typed):
        is_known = key.isdigit() and isinstance(items, list) and int(key) < len(items)
        item = items[int(key)] if is_known and isinstance(items, list) else rows.start
        prefix = f"{one.name}.{key}."
        row_id = kinds.first(sheet.typed.get(f"{prefix}id", ())) if rows.named_by else None
        drawn.append(Row(key, prefix, _row_fields(one, prefix, sheet, item), row_id))
    prefix = f"{one.name}.{BLANK}."
    typed = reading.shown(reading.row_fields(rows, prefix), dict(rows.start), sheet.look)
    blank = Sheet(typed, dict(rows.start), {}, sheet.look, sheet.titles)
    fresh = Row(BLANK, prefix, _row_fields(one, prefix, blank, rows.start), "" if rows.named_by else None)
    return {
        "rows": tuple(drawn),
        "blank": fresh,
        "noun": rows.noun,
        "empty": sheet.look.words(rows.empty),
        "is_ordered": rows.is_ordered,
    }


def _row_fields(one: Named, prefix: str, sheet: Sheet, item: Any) -> tuple[Drawn, ...]:
    fields = reading.row_fields(reading.rows_of(one.field), prefix)
    inner = Sheet(sheet.typed, item, sheet.problems, sheet.look, sheet.titles)
    return tuple(_field(each, fields, inner) for each in fields if reading.is_drawn(each, fields, item, sheet.look))


def _picked(kind: Picked, sent: str, titles: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((str(number), titles.get(f"{kind}:{number}", f"No. {number}")) for number in _numbers(sent))


def _numbers(sent: str) -> list[int]:
    return [int(part) for part in sent.replace(" ", "").split(",") if part.isascii() and part.isdigit()]


def _grouped(fields: Sequence[Drawn]) -> tuple[tuple[Drawn, ...], ...]:
    """Wide fields by themselves, the others together as long as they follow one another."""
    groups: list[list[Drawn]] = []
    for one in fields:
        if one.is_wide or not groups or groups[-1][0].is_wide:
            groups.append([one])
        else:
            groups[-1].append(one)
    return tuple(tuple(group) for group in groups)


def _is_used(one: Drawn) -> bool:
    """True when something in it is switched on, filled in by choice, or wrong."""
    is_wrong = one.error or any(cell.error for cell in one.cells)
    is_filled = one.is_optional and (one.value or one.picked)
    is_chosen = one.kind == "many" and any(is_chosen for _, _, is_chosen in one.options)
    is_text = any(cell.value for cell in one.cells)
    is_listed = one.kind in _LISTS and one.value
    return one.is_shown and bool(is_wrong or one.is_on or is_filled or is_chosen or is_text or is_listed or one.rows)


_LISTS: Final = frozenset({"tags", "lines", "numbers", "products", "variants", "collections", "segments"})


def _tables(program: Program) -> list[Mapping[str, Any]]:
    return [
        program.points_name,
        *(reward.titles for reward in program.rewards),
        *(level.titles for level in program.tiers.levels),
        *(plan.titles for plan in program.membership.plans),
    ]
