"""What differs between two program documents, field by field, as a merchant would point at it.

Lists of things with ids (rewards, rules) are compared thing by thing: `rewards[amount-off].price_points`; other lists as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: its path, and its value in either document (None where it is absent)."""

    path: str
    before: Any
    after: Any


def differences(before: Any, after: Any) -> list[Difference]:
    """Every field that differs, in the order of the documents."""
    return list(_differences(before, after, ""))


def merged(base: Any, mine: Any, theirs: Any) -> Any:
    """Both changes to one document, put together: where both changed the same field, mine stays.

    Things with ids are put together thing by thing: what either side added is there, what either removed is not, unless the other
    changed it. The order is mine, what only they added comes last.
    """
    if mine in (base, theirs):
        return theirs
    if theirs == base:
        return mine
    if isinstance(mine, dict) and isinstance(theirs, dict):
        if mine.get("kind") != theirs.get("kind"):  # fields of two kinds make neither
            return mine
        return _merged_tables(base if isinstance(base, dict) else {}, mine, theirs)
    ours, others = _by_id(mine), _by_id(theirs)
    if ours is not None and others is not None:
        return list(_merged_tables(_by_id(base) or {}, ours, others).values())
    return mine


def _merged_tables(base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name in [*mine, *(name for name in theirs if name not in mine)]:
        value = merged(base.get(name, _ABSENT), mine.get(name, _ABSENT), theirs.get(name, _ABSENT))
        if value is not _ABSENT:
            found[name] = value
    return found


_ABSENT = object()


def _differences(before: Any, after: Any, path: str) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _by_name(before, after, path, "{path}.{name}" if path else "{name}")
    elif (old := _by_id(before)) is not None and (new := _by_id(after)) is not None and (old or new):
        shared = [name for name in old if name in new]
        if [name for name in new if name in old] != shared:
            yield Difference(f"{path}[]", list(old), list(new))
        yield from _by_name(old, new, path, "{path}[{name}]")
    else:
        yield Difference(path, before, after)


def _by_name(before: dict[str, Any], after: dict[str, Any], path: str, pattern: str) -> Iterator[Difference]:
    for name in [*before, *(name for name in after if name not in before)]:
        yield from _differences(before.get(name), after.get(name), pattern.format(path=path, name=name))


def _by_id(value: Any) -> dict[str, Any] | None:
    """A list of things that each have an id of their own, by it; None for anything else."""
    if not isinstance(value, list) or not all(
        isinstance(each, dict) and isinstance(each.get("id"), str) for each in value
    ):
        return None
    found = {each["id"]: each for each in value}
    return found if len(found) == len(value) else None
