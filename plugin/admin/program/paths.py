"""Places in a document: dotted paths, and the difference between a value that is null and one that is not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final


class _Gone:
    """Nothing stands at that path."""

    def __repr__(self) -> str:
        return "GONE"


GONE: Final = _Gone()


def value_at(document: Any, path: str) -> Any:
    """The value at a dotted path (numbers are places in lists); GONE where the path leads nowhere."""
    found = document
    for name in path.split("."):
        if isinstance(found, Mapping) and name in found:
            found = found[name]
        elif isinstance(found, list) and name.isdigit() and int(name) < len(found):
            found = found[int(name)]
        else:
            return GONE
    return found


def put(document: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a dotted path through tables; what is no table on the way becomes one. GONE takes it out."""
    *way, last = path.split(".")
    for name in way:
        inner = document.get(name)
        if not isinstance(inner, dict):
            if value is GONE:
                return
            inner = document[name] = {}
        document = inner
    if value is GONE:
        document.pop(last, None)
    else:
        document[last] = value


def plain(place: str, document: Any) -> str:
    """A problem's place as a path of the document: checks name the chosen kind on the way ("effect.fixed.points"), documents do not."""
    found, way = document, []
    for name in place.split("."):
        if isinstance(found, Mapping) and name not in found and found.get("kind") == name:
            continue
        way.append(name)
        found = value_at(found, name)
    return ".".join(way)
