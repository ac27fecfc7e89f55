"""The queue of what people have to do for a reward: opened when somebody takes it, closed by staff.

Done: the points are captured. Cancelled: they come back. What nobody did before the reward's end is cancelled by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plugin.db import Session, redemptions, tasks
from plugin.db.tables import RedemptionRow, TaskRow
from plugin.loyalty.errors import TaskClosed, TaskUnknown
from plugin.loyalty.ledger import Reason
from plugin.services import effects, held
from plugin.services.effects import Kind


@dataclass(frozen=True, slots=True)
class Task:
    """A task and the redemption it is for, which has its id."""

    row: TaskRow
    redemption: RedemptionRow


def page(session: Session, *, state: str | None, start: int, limit: int, is_newest_first: bool = False) -> list[Task]:
    """Tasks (all, or those "open", "done" or "cancelled"), longest waiting first unless the newest are wanted."""
    found = tasks.page(session, state=state, start=start, limit=limit, is_newest_first=is_newest_first)
    return [Task(row, redemption) for row, redemption in found]


def find(session: Session, redemption_id: UUID) -> Task:
    """One task. Raises TaskUnknown."""
    row, redemption = tasks.find_task(session, redemption_id), redemptions.find(session, redemption_id)
    if row is None or redemption is None:
        raise TaskUnknown
    return Task(row, redemption)


def done(session: Session, redemption_id: UUID, *, note: str | None, by: str, now: datetime) -> Task:
    """Staff did it; its points are captured. Done twice is once. Raises TaskUnknown, TaskClosed."""
    state, *_ = _state(session, redemption_id)
    found = find(session, redemption_id)
    if found.row.state == "done":
        return found
    if found.row.state != "open" or state not in held.OPEN or found.redemption.cancelled_at is not None:
        raise TaskClosed(state="cancelled")
    tasks.close_task(session, redemption_id, state="done", by=by, note=note, now=now)
    held.capture(session, redemption_id, Reason.REWARD_GIVEN, gid=None, now=now)
    return find(session, redemption_id)


def cancel(session: Session, redemption_id: UUID, *, note: str | None, by: str, now: datetime) -> Task:
    """Staff will not do it; its points come back. Cancelled twice is once. Raises TaskUnknown, TaskClosed (done)."""
    _state(session, redemption_id)
    found = find(session, redemption_id)
    if found.row.state == "cancelled":
        return found
    if found.row.state == "done":
        raise TaskClosed(state="done")
    tasks.close_task(session, redemption_id, state="cancelled", by=by, note=note, now=now)
    redemptions.cancel(session, redemption_id, now=now)
    held.give_back(session, redemption_id, Reason.REWARD_CANCELLED, state="released", failure=None, now=now)
    effects.drop(session, Kind.VOID_CODE, str(redemption_id))
    return find(session, redemption_id)


def _state(session: Session, redemption_id: UUID) -> tuple[str, int, int, int, datetime | None]:
    if tasks.find_task(session, redemption_id) is None:
        raise TaskUnknown
    return redemptions.state_for_update(session, redemption_id)
