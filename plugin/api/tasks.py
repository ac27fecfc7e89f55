"""The queue of what people have to do for rewards, over the API."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Response

from plugin.api import query, shapes
from plugin.api.bodies import TaskNote
from plugin.api.door import Door, answer, by
from plugin.api.problems import invalid
from plugin.loyalty.errors import RedemptionUnknown, TaskUnknown
from plugin.services import fulfilment
from plugin.services.api_keys import KeyHolder
from plugin.services.fulfilment import Task

STATES = ("open", "done", "cancelled")


def list_tasks(door: Door, caller: KeyHolder) -> Response:
    """A page of tasks, longest waiting first; those of one state when it is given."""
    given = query.parameters("state", "limit", "next")
    state = given.get("state")
    if state is not None and state not in STATES:
        raise invalid([("state", f"A task is one of {', '.join(STATES)}.")], status=400)
    listing = f"tasks:{state or ''}"
    limit, start = query.limit_of(given), query.cursor_of(given, listing) or 0
    with door.world.database.transaction(caller.shop_id) as session:
        found = fulfilment.page(session, state=state, start=start, limit=limit + 1)
        shown = [shapes.task(each) for each in found[:limit]]
    return answer(shapes.Page(shown, query.cursor(listing, start + limit) if len(found) > limit else None))


def finish_task(door: Door, caller: KeyHolder, task_id: str) -> Response:
    """Staff did it: the points are spent for good. Sent again it is the same."""
    return _close(door, caller, task_id, fulfilment.done)


def cancel_task(door: Door, caller: KeyHolder, task_id: str) -> Response:
    """Staff will not do it: the points come back. Sent again it is the same."""
    return _close(door, caller, task_id, fulfilment.cancel)


def _close(door: Door, caller: KeyHolder, task_id: str, close: Callable[..., Task]) -> Response:
    query.parameters()
    body = query.body(TaskNote)
    with door.world.database.transaction(caller.shop_id) as session:
        task = close(session, _id(task_id), note=body.note, by=by(caller), now=door.world.clock())
        door.note(session, caller, "task.done" if close is fulfilment.done else "task.cancelled", task_id)
        shown = shapes.task(task)
    return answer(shapes.One(shown))


def _id(text: str) -> UUID:
    try:
        return query.redemption_id(text)
    except RedemptionUnknown:
        raise TaskUnknown from None
