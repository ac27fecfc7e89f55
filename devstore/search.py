"""Shopify's search language, as far as apps use it: terms joined by AND, such as `updated_at:>='2026-01-01' status:any`.

A term the dev store does not know is refused aloud. (Shopify ignores it with a warning and returns everything, which hides
the mistake.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

_TERM: Final = re.compile(r"""\s*(?:(?P<field>[a-z_]+):(?P<op>>=|<=|>|<)?)?(?P<value>'[^']*'|"[^"]*"|[^\s()]+)""")


class UnknownTerm(ValueError):
    """The query has a term the dev store does not play; the message names it."""


@dataclass(frozen=True, slots=True)
class Term:
    """`field` is "" for free text; `op` is "=" or a comparison."""

    field: str
    op: str
    value: str


def terms(query: str | None) -> list[Term]:
    """The terms of a query, in order; all of them must hold. OR and NOT are refused."""
    found: list[Term] = []
    rest = (query or "").strip()
    while rest:
        match = _TERM.match(rest)
        if match is None:
            raise UnknownTerm(rest)
        rest = rest[match.end() :].strip()
        value = match["value"].strip("'\"")
        if not match["field"] and match["value"] in ("OR", "NOT"):
            raise UnknownTerm(match["value"])
        if match["field"] or match["value"] != "AND":
            found.append(Term(match["field"] or "", match["op"] or "=", value))
    return found


def matcher(
    query: str | None, fields: Mapping[str, Callable[[Any], Any]], free_text: Callable[[Any], str], timezone: ZoneInfo
) -> Callable[[Any], bool]:
    """A predicate for a query. `fields` read what a term compares: a text, number, bool, instant, or a list of texts."""
    asked = terms(query)
    for term in asked:
        if term.field and term.field not in fields:
            raise UnknownTerm(term.field)

    def holds(subject: Any) -> bool:
        return all(
            _compare(fields[term.field](subject), term, timezone)
            if term.field
            else _matches_text(free_text(subject), term.value)
            for term in asked
        )

    return holds


def _matches_text(text: str, wanted: str) -> bool:
    """Free text matches the beginnings of words, as Shopify does."""
    prefix = wanted.rstrip("*").casefold()
    folded = text.casefold()
    return any(word.startswith(prefix) for word in [folded, *re.split(r"[\s@.+_-]+", folded), *folded.split()])


def _compare(have: Any, term: Term, timezone: ZoneInfo) -> bool:
    if have is None:
        return False
    if isinstance(have, list):
        return term.value.casefold() in [each.casefold() for each in have]
    if isinstance(have, bool):
        return have == (term.value.lower() == "true")
    if isinstance(have, str):
        if term.op != "=":
            raise UnknownTerm(f"{term.field}:{term.op}")
        if term.value.endswith("*"):
            return have.casefold().startswith(term.value[:-1].casefold())
        return have.casefold() == term.value.casefold()
    wanted = _instant(term, timezone) if isinstance(have, datetime) else _number(term)
    return _OPERATORS[term.op](have, wanted)


@lru_cache(maxsize=100)  # asked once for every order that a query looks at
def _instant(term: Term, timezone: ZoneInfo) -> datetime:
    try:
        at = datetime.fromisoformat(term.value)
    except ValueError:
        raise UnknownTerm(f"{term.field}:{term.value}") from None
    return at if at.tzinfo else at.replace(tzinfo=timezone)


def _number(term: Term) -> Decimal:
    try:
        return Decimal(term.value)
    except InvalidOperation:
        raise UnknownTerm(f"{term.field}:{term.value}") from None


_OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": lambda a, b: bool(a == b),
    ">=": lambda a, b: bool(a >= b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    "<": lambda a, b: bool(a < b),
}
