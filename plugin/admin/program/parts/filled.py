"""A starting point says only what is special about it; everything else is what the program's model begins with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from plugin.admin.formats import Formats
from plugin.admin.program.editor import Start
from plugin.loyalty.program import Program


def filled(model: type[BaseModel], starts: Sequence[Start]) -> tuple[Start, ...]:
    """These starting points of items of that model, with every field that they leave out at its default."""
    return tuple(replace(start, make=_filling(model, start.make)) for start in starts)


def _filling(
    model: type[BaseModel], make: Callable[[Program, Formats, datetime], Any]
) -> Callable[[Program, Formats, datetime], Any]:
    def made(program: Program, formats: Formats, now: datetime) -> Any:
        found = make(program, formats, now)
        if isinstance(found, list):
            return [_over(_defaults(model), one) for one in found]
        return _over(_defaults(model), found)

    return made


def _defaults(model: type[BaseModel]) -> dict[str, Any]:
    return {
        name: to_jsonable_python(field.get_default(call_default_factory=True, validated_data={}))
        for name, field in model.model_fields.items()
        if not field.is_required()
    }


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """The two as one document: what the upper one says goes first."""
    both = dict(below)
    for name, value in above.items():
        standing = both.get(name)
        is_nested = isinstance(value, Mapping) and isinstance(standing, Mapping)
        both[name] = _over(standing, value) if is_nested else value  # type: ignore[arg-type]
    return both
