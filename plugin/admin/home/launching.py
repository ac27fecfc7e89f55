"""The launch: from when orders count, what that gives to whom, and then live; and switching off again."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin import phrases
from plugin.admin.desk import Desk, go, page, visit
from plugin.db import Session
from plugin.loyalty.program import Launch, Program, dump, parse
from plugin.services import drafts, programs
from plugin.services import launch as launches

Answer = AnyResponse | tuple[str, int] | str

CHOICES: Final = (("now", 0), ("30", 30), ("60", 60))
"""From when orders count: the word in the form, and how many days back."""


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """`/launch`."""

    @blueprint.get("/launch")
    def launch() -> Answer:
        return _choice(desk, "now", {})

    @blueprint.post("/launch")
    def choose_launch() -> Answer:
        chosen = request.form.get("since", "")
        days = dict(CHOICES).get(chosen)
        with desk.transaction() as session:
            is_first = not any(programs.versions(session).live)
        if days is None or (days and not is_first):
            return _choice(desk, "now", {"since": "Choose one of these."})
        if not days:
            with desk.transaction() as session:
                _go_live(session, None)
            desk.ring("rest")
            return go("overview", said="launched")
        trial_id, since = uuid4(), _days_ago(days)
        with desk.transaction() as session:
            launches.ask_trial(session, _launched(session, since), trial_id=trial_id, now=visit().now)
        desk.ring("rest")
        return go("try_launch", trial_id=trial_id, days=days)

    @blueprint.get("/launch/<uuid:trial_id>")
    def try_launch(trial_id: UUID) -> Answer:
        days = _days_asked()
        with desk.transaction() as session:
            trial = launches.find_trial(session, trial_id)
            program = _launched(session, None)
        return page(
            "home/launch_trial.html",
            program=program,
            outcome=trial.outcome,
            sentences=what_it_gives(trial.outcome, program) if trial.outcome is not None else [],
            trial_id=trial_id,
            days=days,
            since=visit().formats.day(_days_ago(days)),
        )

    @blueprint.post("/launch/<uuid:trial_id>")
    def confirm_launch(trial_id: UUID) -> Answer:
        with desk.transaction() as session:
            launches.find_trial(session, trial_id)
            _go_live(session, _days_ago(_days_asked()))
        desk.ring("rest")
        return go("overview", said="launched")

    @blueprint.post("/launch/off")
    def switch_off() -> Answer:
        with desk.transaction() as session:
            drafts.switch_off(session, by=visit().author, now=visit().now)
        return go("overview", said="switched-off")


def what_it_gives(outcome: dict[str, Any], program: Program) -> list[str]:
    """What the orders of before give, in sentences."""
    formats = visit().formats
    if not outcome["credited_orders"]:
        return ["No order of these days earns anything, so nothing is given for the past."]
    points = int(outcome["points"])
    worth = phrases.worth(program, points)
    value = f", worth about {formats.money(worth)}" if worth is not None else ""
    members, orders = int(outcome["members"]), int(outcome["credited_orders"])
    who = f"{formats.number(members)} {'customer gets' if members == 1 else 'customers get'}"
    what = f"{formats.number(orders)} {'order' if orders == 1 else 'orders'}"
    said = [f"{who} {phrases.points(program, points, formats)} for {what}{value}."]
    if most := outcome["most"]:
        said.append(f"The most that one customer gets are {phrases.points(program, int(most[0]['points']), formats)}.")
    return said


def _choice(desk: Desk, since: str, problems: dict[str, str]) -> Answer:
    with desk.transaction() as session:
        program = _launched(session, None)
        known = programs.versions(session)
        findings = drafts.read(session).findings
    formats = visit().formats
    return page(
        "home/launch.html",
        422 if problems else 200,
        program=program,
        is_live=known.live[-1],
        is_first=not any(known.live),
        since=since,
        problems=problems,
        choices=[(word, days, formats.day(_days_ago(days))) for word, days in CHOICES],
        findings=findings,
        meaning=phrases.meaning(program, formats),
    )


def _launched(session: Session, since: datetime | None) -> Program:
    """The draft where there is one, else the program as it is: live, with orders since then counting."""
    program = parse(drafts.read(session).document)
    return program.model_copy(update={"is_live": True, "launch": Launch(counts_from=since)})


def _go_live(session: Session, since: datetime | None) -> None:
    """Publish it. Raises DraftOutdated where somebody else has published since the draft was begun."""
    draft = drafts.read(session)
    if draft.is_begun:
        drafts.save(session, dump(_launched(session, since)), by=visit().author, now=visit().now)
        drafts.publish(session, by=visit().author, now=visit().now)
        return
    current = programs.current(session)
    if not current.program.is_live:
        changed = _launched(session, since)
        programs.publish(session, changed, by=visit().author, now=visit().now, based_on=current.version)


def _days_ago(days: int) -> datetime:
    """The beginning of that day in the shop's calendar."""
    zone = visit().formats.zone
    day = visit().now.astimezone(zone).date() - timedelta(days=days)
    return datetime.combine(day, time.min, zone)


def _days_asked() -> int:
    asked = request.args.get("days", "") or request.form.get("days", "")
    return next((days for _, days in CHOICES if str(days) == asked), 0)
