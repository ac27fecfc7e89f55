"""Reading what stands in an address of these pages: numbers, days, places in a list; what makes no sense is as if it were not there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from flask import request

from plugin.admin import forms
from plugin.admin.desk import visit
from plugin.loyalty import days
from plugin.services.activity_stream import Place

LARGEST_ID = 2**63 - 1
LONGEST = 100


def text(name: str) -> str:
    """What was typed, on one line and not too long."""
    return forms.clean(request.args.get(name, ""))[:LONGEST]


def number(name: str) -> int | None:
    """A whole number that can be an id."""
    found = text(name).removeprefix("#")
    return int(found) if found.isascii() and found.isdigit() and int(found) <= LARGEST_ID else None


def page_number(name: str = "from") -> int:
    """From which line of a list on; 0 for nonsense."""
    found = number(name) or 0
    return found if found <= LARGEST_ID // 2 else 0


def day(name: str) -> date | None:
    """A day of the shop."""
    try:
        return date.fromisoformat(text(name))
    except ValueError:
        return None


def begin_of(found: date | None) -> datetime | None:
    """When that day of the shop begins."""
    return days.begin_of(found, days.zone_of(visit().details.timezone)) if found is not None else None


def end_of(found: date | None) -> datetime | None:
    """When that day of the shop is over."""
    return begin_of(found + timedelta(days=1)) if found is not None and found < date.max else None


def spell(place: Place | None) -> str | None:
    """A place in the stream as it stands in an address."""
    return f"{place.recorded_at.isoformat()}|{place.member_id}|{place.seq}" if place is not None else None


def place(name: str) -> Place | None:
    """The place in the stream that was spelled."""
    try:
        at, member_id, seq = text(name).split("|")
        found = Place(datetime.fromisoformat(at), int(member_id), int(seq))
    except ValueError:
        return None
    fits = abs(found.member_id) <= LARGEST_ID and abs(found.seq) < 2**31
    return found if found.recorded_at.tzinfo is not None and fits else None


def spell_uuid(at: datetime, row_id: UUID) -> str:
    """A place in a list of rows that are known by a time and an id."""
    return f"{at.isoformat()}|{row_id}"


def uuid_place(name: str) -> tuple[datetime, UUID] | None:
    """The place that was spelled so."""
    try:
        at, row_id = text(name).split("|")
        found = datetime.fromisoformat(at), UUID(row_id)
    except ValueError:
        return None
    return found if found[0].tzinfo is not None else None


def address(path: str, values: Mapping[str, object | None]) -> str:
    """The path with those parameters that have a value."""
    query = urlencode({name: str(value) for name, value in values.items() if value not in (None, "")})
    return f"{path}?{query}" if query else path
