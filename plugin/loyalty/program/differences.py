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
