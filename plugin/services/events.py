"""Events: staff open one with a code, and members who are there enter it, as many as there are places."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from plugin.db import Session, journal
from plugin.db import activities as rows
from plugin.db.tables import ActivityRow, EventRow
from plugin.loyalty.errors import (
    ActionUnknown,
    CheckInClosed,
    CheckInCodeTaken,
    CheckInCodeUnknown,
    EventFull,
    EventUnknown,
)
from plugin.services import activities, programs
from plugin.services.activities import Doing
from plugin.services.keys import Keys

_LOOK_ALIKES = str.maketrans("ILO", "110", " -")


@dataclass(frozen=True, slots=True)
class Plan:
    """An event to open: attending it is the action of that id. `code` is what members enter; `capacity` None for no bound."""

    action_id: str
    title: str
    code: str
    starts_at: datetime
    ends_at: datetime
    capacity: int | None


def open_event(session: Session, plan: Plan, *, now: datetime) -> EventRow:
    """Open an event. Raises ActionUnknown where the live program has no such action of kind event, CheckInCodeTaken."""
    action = programs.current(session).program.action(plan.action_id)
    if action is None or action.kind != "event":
        raise ActionUnknown(action_id=plan.action_id)
    code = plain(plan.code)
    if rows.has_event_code(session, code):
        raise CheckInCodeTaken
    return rows.add_event(
        session,
        EventRow(
            shop_id=session.shop_id,
            action_id=action.id,
            title=plan.title,
            code=code,
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
            capacity=plan.capacity,
            attended=0,
            created_at=now,
        ),
    )


def check_in(
    session: Session, member_id: int, code: str, *, tags: Collection[str] = (), keys: Keys, now: datetime
) -> ActivityRow:
    """A member is there. Twice is once. Raises CheckInCodeUnknown, CheckInClosed, EventFull, and as `activities.record`."""
    journal.lock(session, [member_id], lots=False)  # before the event, as whoever undoes an attendance does
    event = rows.event_for_update(session, plain(code))
    if event is None:
        raise CheckInCodeUnknown
    doing = Doing(member_id, event.action_id, f"event:{event.id}", now, tags=tags, event_id=event.id)
    program = activities.in_force(session, now).program
    action = program.action(event.action_id)
    known = rows.by_key(session, member_id, "event", activities.name_of(action, doing.key)) if action else None
    if known is not None:
        return known
    if now < event.starts_at:
        raise CheckInClosed(opens_at=event.starts_at)
    if now >= event.ends_at or event.closed_at is not None:
        raise CheckInClosed(ended_at=event.closed_at or event.ends_at)
    if event.capacity is not None and event.attended >= event.capacity:
        raise EventFull(capacity=event.capacity)
    row = activities.record(session, doing, keys=keys, now=now)
    rows.note_attendance(session, event.id, change=1)
    return row


def action_of(session: Session, code: str) -> str | None:
    """The action that entering this code would be; None for an unknown code."""
    event = rows.event_for_update(session, plain(code))
    return event.action_id if event is not None else None


def find(session: Session, event_id: int) -> EventRow:
    """One event. Raises EventUnknown."""
    row = rows.event(session, event_id)
    if row is None:
        raise EventUnknown(event_id=event_id)
    return row


def every(session: Session, *, below: int | None = None, limit: int = 50) -> list[EventRow]:
    """The shop's events, newest first."""
    return rows.events(session, below=below, limit=limit)


def close(session: Session, event_id: int, *, now: datetime) -> EventRow:
    """Nobody can check in from now on; who did stays. Again a no-op. Raises EventUnknown."""
    row = find(session, event_id)
    if row.closed_at is None:
        row.closed_at = now
        session.flush()
    return row


def plain(code: str) -> str:
    """A code as it is compared: capitals, no spaces or dashes, and signs that look alike made one."""
    return code.upper().translate(_LOOK_ALIKES)
