"""What people have to do for rewards: the longest waiting first, done with a note, or not done and the points go back."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin import forms
from plugin.admin.activity import naming, reading
from plugin.admin.activity.words import TASKS
from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.words import author
from plugin.services import activity_stream, changelog, fulfilment, programs
from plugin.services.fulfilment import Task

Answer = AnyResponse | tuple[str, int] | str

A_PAGE: Final = 20


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The queue and its two buttons."""

    @blueprint.get("/activity/fulfilment")
    def fulfilment_queue() -> Answer:
        return _queue(desk)

    @blueprint.post("/activity/fulfilment/<uuid:redemption_id>/done")
    def task_done(redemption_id: UUID) -> Answer:
        return _close(desk, redemption_id, is_done=True)

    @blueprint.post("/activity/fulfilment/<uuid:redemption_id>/cancel")
    def task_cancel(redemption_id: UUID) -> Answer:
        return _close(desk, redemption_id, is_done=False)


def _close(desk: Desk, redemption_id: UUID, *, is_done: bool) -> Answer:
    note = forms.clean(request.form.get("note", ""))
    if len(note) > forms.LONGEST_TEXT:
        return _queue(desk, failing=redemption_id, typed=note)
    with desk.transaction() as session:
        close = fulfilment.done if is_done else fulfilment.cancel
        close(session, redemption_id, note=note or None, by=visit().author, now=visit().now)
        changelog.note(
            session,
            by=visit().author,
            deed="task.done" if is_done else "task.cancelled",
            subject=str(redemption_id),
            now=visit().now,
        )
    desk.ring("codes")
    return go("fulfilment_queue", said="task-done" if is_done else "task-cancelled")


def _queue(desk: Desk, *, failing: UUID | None = None, typed: str = "") -> Answer:
    state = reading.text("state") if reading.text("state") in TASKS else "open"
    start = reading.page_number()
    with desk.transaction() as session:
        found = fulfilment.page(session, state=state, start=start, limit=A_PAGE + 1, is_newest_first=state != "open")
        owners = activity_stream.owners(session, [_user(task) for task in found])
        program = programs.current(session).program
    return page(
        "activity/fulfilment.html",
        422 if failing is not None else 200,
        program=program,
        names=naming.names(desk, owners.values()),
        tasks=[_task(task) for task in found[:A_PAGE]],
        state=state,
        states=[(word, name, url_for("admin.fulfilment_queue", state=word)) for word, (name, _) in TASKS.items()],
        words=TASKS,
        older=_turned(state, start + A_PAGE) if len(found) > A_PAGE else None,
        newer=_turned(state, max(0, start - A_PAGE)) if start else None,
        failing=failing,
        typed=typed,
        problems={"note": f"Use at most {forms.LONGEST_TEXT} characters."} if failing is not None else {},
    )


def _turned(state: str, start: int) -> str:
    return reading.address(url_for("admin.fulfilment_queue"), {"state": state, "from": start or None})


def _user(task: Task) -> int:
    return task.redemption.acting_id or task.redemption.member_id


def _task(task: Task) -> dict[str, object]:
    return {
        "id": task.redemption.id,
        "title": task.redemption.title,
        "user_id": _user(task),
        "points": task.redemption.points,
        "opened_at": task.row.opened_at,
        "ends_at": task.redemption.ends_at,
        "is_late": task.row.state == "open" and task.redemption.ends_at < visit().now,
        "state": task.row.state,
        "closed_at": task.row.closed_at,
        "by": author(task.row.closed_by),
        "note": task.row.note,
    }
