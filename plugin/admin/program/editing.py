"""A form is put into the draft as it stands now: what others changed meanwhile stays, and where both changed a field, both are asked.

Everything here is pure: documents and forms in, a document or what is wrong with it out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from plugin.admin.program import reading
from plugin.admin.program.editor import Listing, Part, Section
from plugin.admin.program.kinds import free_id
from plugin.admin.program.paths import GONE, put, value_at
from plugin.admin.program.reading import Look, Named, Typed
from plugin.loyalty.errors import InvalidProgram
from plugin.loyalty.program import Program, parse


@dataclass(frozen=True, slots=True)
class Seen:
    """What the form was filled in over: the draft's revision, and what its fields said then."""

    revision: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that both changed: what each wants to stand there."""

    field: Named
    mine: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Edited:
    """The document with the form in it and its program, or problems by name, or fields that both changed."""

    document: dict[str, Any] | None = None
    program: Program | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    clashes: Sequence[Clash] = ()
    item_id: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What one page edits: a part's settings, one item of its list, or (`fresh`) an item that is to be added."""

    part: Part
    item_id: str | None = None
    fresh: Mapping[str, Any] | None = None

    @property
    def listing(self) -> Listing | None:
        """The list, when the page is about an item of it."""
        return self.part.listing if self.item_id is not None or self.fresh is not None else None

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections of the page."""
        return self.listing.sections if self.listing is not None else self.part.sections

    def open(self, document: Mapping[str, Any]) -> dict[str, Any] | None:
        """What the fields speak of; None when the item is no longer there."""
        if self.listing is None:
            whole = deepcopy(dict(document))
            return self.part.opened(whole) if self.part.opened else whole
        item = self.fresh if self.fresh is not None else item_of(self.listing, document, self.item_id)
        if item is None:
            return None
        inner = deepcopy(dict(item))
        return self.listing.opened(inner) if self.listing.opened else inner

    def close(self, document: Mapping[str, Any], inner: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """The whole document with that in its place, and the path of that place."""
        inner = deepcopy(inner)
        if self.listing is None:
            return (self.part.closed(inner) if self.part.closed else inner), ""
        item = self.listing.closed(inner) if self.listing.closed else inner
        whole = deepcopy(dict(document))
        items = items_of(self.listing, whole)
        if self.fresh is not None:
            item = {
                "id": free_id(str(item.get("title", "")), {one["id"] for one in items} | {"new"}, self.listing.noun)
            } | item
            items.append(item)
        else:
            items = [item if one["id"] == self.item_id else one for one in items]
        put(whole, self.listing.path, in_order(self.listing, items))
        place = next(at for at, one in enumerate(value_at(whole, self.listing.path)) if one["id"] == item["id"])
        return whole, f"{self.listing.path}.{place}"


def edit(
    subject: Subject, document: Mapping[str, Any], typed: Typed, seen: Seen | None, look: Look, *, revision: int
) -> Edited:
    """Put the form into the draft's document, which is at `revision`. Without `seen` nobody else is looked out for."""
    inner = subject.open(document)
    if inner is None:
        return Edited(problems={"": "It was removed in the meantime. Nothing was saved."})
    fields = reading.fields_of(subject.sections)
    found = reading.read(fields, typed, inner, look)
    values = dict(found.values)
    clashes: Sequence[Clash] = ()
    if seen is not None and seen.revision != revision:
        theirs = reading.values_of(fields, inner, look)
        clashes = _clashes(fields, values, seen.values, theirs)
        values = {
            path: theirs.get(path, GONE) if _same(value, seen.values.get(path, GONE)) else value
            for path, value in values.items()
        }
    reading.apply(values, fields, inner)
    whole, base = subject.close(document, inner)
    problems = dict(found.problems)
    program = None
    if not problems:
        try:
            program = parse(whole)
        except InvalidProgram as error:
            problems = reading.by_name(error.facts["problems"], fields, typed, whole, look, base=base)
    if problems:
        return Edited(problems=problems, clashes=clashes)
    item_id = value_at(whole, f"{base}.id") if base else None
    return Edited(document=whole, program=program, clashes=clashes, item_id=item_id)


def seen_of(subject: Subject, document: Mapping[str, Any], look: Look, *, revision: int) -> str:
    """What a form carries along, to be compared when it comes back."""
    inner = subject.open(document)
    values = reading.values_of(reading.fields_of(subject.sections), inner, look) if inner is not None else {}
    kept = {path: value for path, value in values.items() if value is not GONE}
    return json.dumps({"revision": revision, "values": kept}, separators=(",", ":"))


def asked_about(seen: Seen, clashes: Sequence[Clash]) -> str:
    """What the form carries along after its author was shown what both changed: saved again, theirs wins there and nowhere else."""
    values = dict(seen.values)
    for clash in clashes:
        if clash.theirs is GONE:
            values.pop(clash.field.field.path, None)
        else:
            values[clash.field.field.path] = clash.theirs
    return json.dumps({"revision": seen.revision, "values": values}, separators=(",", ":"))


def read_seen(sent: str) -> Seen:
    """What a form carried along; of something else, a draft that never was: then every difference is asked about."""
    try:
        carried = json.loads(sent)
        revision, values = carried["revision"], carried["values"]
    except (ValueError, TypeError, KeyError):
        return Seen(-1, {})
    if not isinstance(revision, int) or not isinstance(values, dict):
        return Seen(-1, {})
    return Seen(revision, values)


def items_of(listing: Listing, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items of a list in a document."""
    found = value_at(document, listing.path)
    return list(found) if isinstance(found, list) else []


def item_of(listing: Listing, document: Mapping[str, Any], item_id: str | None) -> dict[str, Any] | None:
    """One item, None when there is none of that id."""
    return next((one for one in items_of(listing, document) if one["id"] == item_id), None)


def typed_item(listing: Listing, program: Program, item_id: str) -> Any:
    """One item of a program as its own type; None when there is none of that id."""
    found: Any = program
    for name in listing.path.split("."):
        found = getattr(found, name)
    return next((one for one in found if one.id == item_id), None)


def in_order(listing: Listing, items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items in the order that the list asks for; those whose number cannot be read stay where they are put."""
    path = listing.sorted_by
    if path is None:
        return list(items)
    return sorted(items, key=lambda item: _number(value_at(item, path)))


def _number(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return Decimal("Infinity")


def _clashes(
    fields: Sequence[Named], mine: Mapping[str, Any], seen: Mapping[str, Any], theirs: Mapping[str, Any]
) -> list[Clash]:
    found = {}
    for one in fields:
        path = one.field.path
        if path not in mine or path in found:
            continue
        wanted, was, stands = mine[path], seen.get(path, GONE), theirs.get(path, GONE)
        if not _same(wanted, was) and not _same(stands, was) and not _same(wanted, stands):
            found[path] = Clash(one, wanted, stands)
    return list(found.values())


def _same(one: Any, other: Any) -> bool:
    """Equal as documents are: what is missing is not null, and true is not 1."""
    if one is GONE or other is GONE:
        return one is other
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
