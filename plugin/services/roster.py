"""The roster as staff see it: a page of members by filter and order, whoever a search finds, and all of them for a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from plugin.db import Database, Session, shops
from plugin.db import roster as rows
from plugin.db.roster import Edge, Facts, Line, Sort
from plugin.db.roster_filter import Asked
from plugin.loyalty.days import zone_of
from plugin.loyalty.people import Wanted

BATCH: Final = 1000
FOUND_MAX: Final = 50
LARGEST_ID: Final = 2**63 - 1

_NOTHING: Final = Facts(None, None, is_blocked=False, expiring=0, expiring_at=None)
_CODE: Final = re.compile(r"[0-9A-Za-z-]{4,64}")


@dataclass(frozen=True, slots=True)
class Listed:
    """One member in a list."""

    line: Line
    facts: Facts

    @property
    def edge(self) -> Edge:
        """Where a page that begins or ends with this line continues."""
        return Edge(self.line.id, self.line.available, self.line.since)


@dataclass(frozen=True, slots=True)
class Page:
    """Members in the list's order, and whether there are more on either side."""

    listed: list[Listed]
    has_earlier: bool
    has_later: bool


def page(
    session: Session,
    wanted: Wanted,
    *,
    sort: Sort = "newest",
    after: Edge | None = None,
    before: Edge | None = None,
    limit: int,
    now: datetime,
) -> Page:
    """The page that follows an edge, or ends before one; the first page without either. Balances as of their last posting."""
    asked = Asked(wanted, now, _zone(session))
    edge = before or after
    lines = rows.page(session, asked, sort=sort, edge=edge, is_backwards=before is not None, limit=limit + 1)
    is_cut = len(lines) > limit
    if before is not None:
        lines = lines[1:] if is_cut else lines
        return Page(_listed(session, lines, now), has_earlier=is_cut, has_later=True)
    return Page(_listed(session, lines[:limit], now), has_earlier=after is not None, has_later=is_cut)


def count(session: Session, wanted: Wanted, *, now: datetime) -> int:
    """How many members it fits."""
    return rows.count(session, Asked(wanted, now, _zone(session)))


def find(session: Session, text: str, *, customer_ids: Sequence[int] = (), now: datetime) -> list[Listed]:
    """Whoever is meant by what staff typed: a member's or customer's number, an order's number or id, a code.

    `customer_ids` are what Shopify found for a name or an e-mail address.
    """
    ids: set[int] = set(rows.of_customers(session, list(customer_ids)) if customer_ids else ())
    typed = text.strip()
    number = _number(typed.removeprefix("#"))
    if number is not None:
        ids |= {*rows.of_customers(session, [number]), *rows.of_ids(session, [number]), *rows.of_order(session, number)}
    if typed:
        names = sorted({typed, typed.upper(), f"#{typed.removeprefix('#')}"})
        ids.update(rows.of_order_names(session, names, limit=FOUND_MAX))
    if _CODE.fullmatch(typed):
        ids |= {*rows.of_code(session, typed), *rows.of_code(session, typed.upper())}
    return _listed(session, rows.some(session, sorted(ids)[-FOUND_MAX:]), now)


def customers_of(session: Session, member_ids: Sequence[int]) -> dict[int, int | None]:
    """The Shopify customer behind each of these members who is still there."""
    return {line.id: line.customer_id for line in rows.some(session, member_ids)}


def every(
    database: Database, shop_id: int, wanted: Wanted, *, ids: Sequence[int] | None = None, now: datetime
) -> Iterator[Listed]:
    """Everybody it fits (or, of these ids, whoever is there), oldest first: for a file, in short transactions of its own."""
    edge: Edge | None = None
    while True:
        with database.transaction(shop_id) as session:
            asked = Asked(wanted, now, _zone(session), ids)
            lines = rows.page(session, asked, sort="oldest", edge=edge, limit=BATCH)
            listed = _listed(session, lines, now)
        yield from listed
        if len(lines) < BATCH:
            return
        edge = listed[-1].edge


def _listed(session: Session, lines: Sequence[Line], now: datetime) -> list[Listed]:
    facts = rows.facts_of(session, [line.id for line in lines], now=now) if lines else {}
    return [Listed(line, facts.get(line.id, _NOTHING)) for line in lines]


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_ID))
    return int(text) if is_number and int(text) <= LARGEST_ID else None


def _zone(session: Session) -> ZoneInfo:
    return zone_of(shops.details(session).timezone)
