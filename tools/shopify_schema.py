"""Shopify's published Admin schema, as `make setup` brought it: types, topics, and which scope allows what."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

API_VERSION = "2026-10"
ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "node_modules" / "@shopify" / "dev-mcp" / "dist" / "data"

ANY_OF_SCOPES = re.compile(r"Requires (?:at least one of the following scopes: (.+?)\.|the `([a-z_]+)` scope)")
NAMED_SCOPE = re.compile(r"`([a-z_]+)` access scope")


@dataclass(frozen=True, slots=True)
class Topic:
    """A webhook topic as the schema names it; holding any one of `scopes` is enough (none listed: none needed)."""

    name: str
    scopes: frozenset[str]


@cache
def document(name: str = f"admin_{API_VERSION}") -> Mapping[str, Any]:
    """The introspection answer and what Shopify adds to it. Raises FileNotFoundError before `make setup`."""
    with gzip.open(DATA / f"{name}.json.gz", "rt", encoding="utf-8") as file:
        found: Mapping[str, Any] = json.load(file)
    return found


def topics() -> dict[str, Topic]:
    """Every webhook topic of the enum, by its name there (ORDERS_PAID)."""
    enum = next(kind for kind in _types() if kind["name"] == "WebhookSubscriptionTopic")
    return {value["name"]: _topic(value) for value in enum["enumValues"]}


def topic_key(topic: str) -> str:
    """The enum's name of a topic as configuration writes it: orders/paid -> ORDERS_PAID."""
    return re.sub(r"[/.]", "_", topic).upper()


def scopes() -> frozenset[str]:
    """Every access scope the schema speaks of. A few real ones, such as read_all_orders, are never named there."""
    listed = {scope for entry in document()["offline_scopes"]["items"] for scope in entry["offlineScopes"]}
    return frozenset(listed | set(_scopes_in_words()))


def scopes_by_field() -> dict[tuple[str, str | None], frozenset[str]]:
    """Which scopes a field (type, name), or a whole type (type, None), asks for."""
    items = document()["offline_scopes"]["items"]
    return {(entry["typeName"], entry.get("fieldName")): frozenset(entry["offlineScopes"]) for entry in items}


def _types() -> list[dict[str, Any]]:
    kinds: list[dict[str, Any]] = document()["data"]["__schema"]["types"]
    return kinds


def _topic(value: Mapping[str, Any]) -> Topic:
    match = ANY_OF_SCOPES.search(value["description"] or "")
    words = (match[1] or match[2]).split(",") if match else []
    return Topic(value["name"], frozenset(word.strip(" `") for word in words))


def _scopes_in_words() -> Iterator[str]:
    for kind in _types():
        for described in [kind, *(kind.get("fields") or [])]:
            yield from NAMED_SCOPE.findall(described.get("requiredAccess") or "")
