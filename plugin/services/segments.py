"""Segments: a filter of members under a name, kept for the whole team. Whom it fits is found anew each time it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from plugin.db import Session
from plugin.db import segments as rows
from plugin.db.tables import SegmentRow
from plugin.loyalty import people
from plugin.loyalty.errors import SegmentNameTaken, SegmentUnknown, TooManySegments
from plugin.loyalty.people import Wanted

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Segment:
    """A named filter."""

    id: int
    name: str
    wanted: Wanted
    made_at: datetime
    made_by: str

    @property
    def query(self) -> Mapping[str, str]:
        """The filter as it stands in an address."""
        return people.as_fields(people.dump(self.wanted))


def every(session: Session) -> list[Segment]:
    """All of the shop, by name."""
    return [_view(row) for row in rows.every(session)]


def find(session: Session, segment_id: int) -> Segment:
    """One of them. Raises SegmentUnknown."""
    row = rows.find(session, segment_id)
    if row is None:
        raise SegmentUnknown
    return _view(row)


def save(session: Session, name: str, wanted: Wanted, *, by: str, now: datetime) -> int:
    """Keep a filter under a name nobody uses yet (upper and lower case are the same); its id.

    Raises SegmentNameTaken, TooManySegments.
    """
    if rows.count(session) >= MOST:
        raise TooManySegments(most=MOST)
    document: dict[str, Any] = people.dump(wanted)
    made = rows.add(session, name=name, mark=_mark(name), wanted=document, by=by, now=now)
    if made is None:
        raise SegmentNameTaken(name=name)
    return made


def rename(session: Session, segment_id: int, name: str) -> None:
    """Give it another name. Raises SegmentUnknown, SegmentNameTaken."""
    find(session, segment_id)
    if not rows.rename(session, segment_id, name=name, mark=_mark(name)):
        raise SegmentNameTaken(name=name)


def drop(session: Session, segment_id: int) -> None:
    """Forget it; whoever it fitted stays as they are. Raises SegmentUnknown."""
    find(session, segment_id)
    rows.drop(session, segment_id)


def _mark(name: str) -> str:
    return name.casefold()


def _view(row: SegmentRow) -> Segment:
    return Segment(row.id, row.name, people.load(row.wanted), row.made_at, row.made_by)
