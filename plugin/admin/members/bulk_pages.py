"""A change of many members: said, looked at with its figures, started, followed, and undone as far as it can be."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any, Final
from uuid import UUID, uuid4

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin import forms
from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.forms import Field
from plugin.admin.members import listing, words
from plugin.admin.words import author
from plugin.db import Session
from plugin.db.tables import BulkRow
from plugin.loyalty import people
from plugin.loyalty.days import begin_of, zone_of
from plugin.loyalty.errors import BulkForNobody, BulkTooLarge, BulkUncounted
from plugin.loyalty.program import Program
from plugin.services import bulk, changelog, programs, roster
from plugin.services.bulk import MOST_EACH, NewBulk

Answer = AnyResponse | tuple[str, int] | str

FIELDS: Final = (
    Field("deed", "text"),
    Field("points", "whole", is_optional=True),
    Field("tier", "text", is_optional=True),
    Field("until", "text", is_optional=True),
    Field("reason", "text"),
    Field("shown", "text", is_optional=True),
)
DEEDS: Final = {
    "give": "Give points",
    "take": "Take points away",
    "pin": "Set the tier",
    "block": "Block: they earn nothing",
    "unblock": "Unblock: they earn again",
}
NO_TIER: Final = "-"
MOST_PICKED: Final = 500
LOOK_AGAIN_MS: Final = 1500


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """`/members/bulk` and below."""

    @blueprint.get("/members/bulk")
    def bulk_list() -> Answer:
        with desk.transaction() as session:
            program = programs.current(session).program
            found = bulk.newest(session)
        return page("members/bulks.html", lines=[_line(row, program) for row in found])

    @blueprint.get("/members/bulk/new")
    def bulk_new() -> Answer:
        return _form(desk, {"deed": "give"}, {})

    @blueprint.post("/members/bulk")
    def bulk_draft() -> Answer:
        return _draft(desk)

    @blueprint.get("/members/bulk/<uuid:bulk_id>")
    def bulk_one(bulk_id: UUID) -> Answer:
        return _one(desk, bulk_id, {})

    @blueprint.post("/members/bulk/<uuid:bulk_id>/start")
    def bulk_start(bulk_id: UUID) -> Answer:
        with desk.transaction() as session:
            row = bulk.find(session, bulk_id)
            problem = _not_confirmed(bulk.plan(session, row, now=visit().now)) if row.state == "draft" else ""
            if not problem:
                try:
                    planned = bulk.start(session, bulk_id, now=visit().now)
                except (BulkForNobody, BulkTooLarge, BulkUncounted) as refusal:
                    problem = str(refusal)
                else:
                    facts = {"deed": row.deed, "members": planned.members, "points": planned.total}
                    _note(session, "bulk.started", bulk_id, facts)
        if problem:
            return _one(desk, bulk_id, {"members": problem})
        desk.ring("rest")
        return go("bulk_one", bulk_id=bulk_id, said="bulk-started")

    @blueprint.post("/members/bulk/<uuid:bulk_id>/undo")
    def bulk_undo(bulk_id: UUID) -> Answer:
        with desk.transaction() as session:
            bulk.undo(session, bulk_id, by=visit().author, now=visit().now)
            _note(session, "bulk.undone", bulk_id, {})
        desk.ring("rest")
        return go("bulk_one", bulk_id=bulk_id, said="bulk-undoing")


def _draft(desk: Desk) -> Answer:
    reading = forms.read(FIELDS, request.form, digits=0)
    with desk.transaction() as session:
        program = programs.current(session).program
        problems = {**_problems(reading.values, program), **reading.problems}
        if not problems:
            row = bulk.draft(
                session, _new(reading.values, program), bulk_id=uuid4(), by=visit().author, now=visit().now
            )
    if not problems:
        desk.ring("rest")
        return go("bulk_one", bulk_id=row.id)
    typed = {field.path: forms.clean(request.form.get(field.path, "")) for field in FIELDS}
    return _form(desk, typed, problems)


def _form(desk: Desk, typed: dict[str, str], problems: dict[str, str]) -> Answer:
    with desk.transaction() as session:
        program = programs.current(session).program
        wanted, _ = listing.asked_for(program)
        picked = _picked()
        is_large = bulk.takes_long(session, picked)
        count = len(picked) if picked else None if is_large else roster.count(session, wanted, now=visit().now)
    return page(
        "members/bulk_new.html",
        422 if problems else 200,
        program=program,
        picked=picked,
        query=listing.query_of(wanted),
        whom=words.sentence(wanted, program, visit().formats),
        count=count,
        deeds=DEEDS,
        no_tier=NO_TIER,
        values=typed,
        problems=problems,
    )


def _one(desk: Desk, bulk_id: UUID, problems: dict[str, str]) -> Answer:
    with desk.transaction() as session:
        program = programs.current(session).program
        row = bulk.find(session, bulk_id)
        planned = bulk.plan(session, row, now=visit().now) if row.state == "draft" else None
        undoing = bulk.undo_plan(session, bulk_id) if row.state == "done" else None
    return page(
        "members/bulk.html",
        422 if problems else 200,
        program=program,
        bulk=_line(row, program),
        plan=planned,
        undo=undoing,
        is_under_way=row.state in ("running", "undoing"),
        is_counting=row.state == "draft" and planned is None,
        counted_at=row.counted_at,
        look_again_ms=LOOK_AGAIN_MS,
        most_together=bulk.MOST_TOGETHER,
        problems=problems,
        values={"members": forms.clean(request.form.get("members", ""))},
    )


def _line(row: BulkRow, program: Program) -> dict[str, Any]:
    """A change in words and figures."""
    label, tone = words.BULK_STATES[row.state]
    return {
        "id": row.id,
        "deed": row.deed,
        "title": _title(row, program),
        "whom": (
            f"{len(row.picked):,} chosen members"
            if row.picked
            else words.sentence(people.load(row.wanted), program, visit().formats)
        ),
        "state": row.state,
        "label": label,
        "tone": tone,
        "points": row.points,
        "until": row.until,
        "words": row.words,
        "shown": row.shown,
        "made_at": row.made_at,
        "by": author(row.made_by),
        "members": row.members,
        "worked": row.worked,
        "total": row.changed if row.state in ("undoing", "undone") else row.members,
        "changed": row.changed,
        "moved": row.moved,
        "returned": row.returned,
        "finished_at": row.finished_at,
    }


def _title(row: BulkRow, program: Program) -> str:
    count = abs(row.points or 0)
    points = f"{visit().formats.number(count)} {program.points_word(count)}"
    match row.deed:
        case "points":
            return f"Give {points} each" if (row.points or 0) > 0 else f"Take {points} each"
        case "pin":
            return f"Set the tier to {words.tier_title(program, row.tier)}"
        case "block":
            return "Block: they earn nothing"
        case _:
            return "Unblock: they earn again"


def _problems(read: Any, program: Program) -> dict[str, str]:
    problems = {}
    deed = read.get("deed")
    if deed is not None and deed not in DEEDS:
        problems["deed"] = "Choose what to do."
    if deed in ("give", "take") and "points" in read and not 0 < (read["points"] or 0) <= MOST_EACH:
        problems["points"] = f"Enter a number from 1 to {MOST_EACH:,}."
    if deed == "pin":
        tier = read.get("tier")
        if tier != NO_TIER and program.tiers.level(tier) is None:
            problems["tier"] = "Choose a tier."
        if read.get("until") and (_day(read["until"]) is None or _begin(read["until"]) <= visit().now):
            problems["until"] = "Choose a day to come."
    problems |= {
        name: f"Use at most {forms.LONGEST_TEXT} characters."
        for name in ("reason", "shown")
        if len(read.get(name) or "") > forms.LONGEST_TEXT
    }
    return problems


def _new(read: Any, program: Program) -> NewBulk:
    wanted, _ = listing.asked_for(program)
    picked = tuple(_picked())
    reason, shown = read["reason"], read["shown"] or None
    whom = people.EVERYBODY if picked else wanted
    match read["deed"]:
        case "give":
            return NewBulk("points", whom, picked, points=read["points"], words=reason, shown=shown)
        case "take":
            return NewBulk("points", whom, picked, points=-read["points"], words=reason, shown=shown)
        case "pin":
            tier = None if read["tier"] == NO_TIER else read["tier"]
            until = _begin(read["until"]) if read["until"] else None
            return NewBulk("pin", whom, picked, tier=tier, until=until, words=reason)
        case "block":
            return NewBulk("block", whom, picked, words=reason)
        case _:
            return NewBulk("unblock", whom, picked, words=reason)


def _picked() -> list[int]:
    """The members who were ticked."""
    given = request.args.getlist("id")[:MOST_PICKED]
    ids = {int(one) for one in given if one.isascii() and one.isdigit() and len(one) < 19}  # noqa: PLR2004 - fits a bigint
    return sorted(ids)


def _not_confirmed(planned: bulk.Plan | None) -> str:
    """What is wrong with the number that confirms a large change; "" for nothing, and for what was not counted yet."""
    if planned is None or not planned.is_large:
        return ""
    if forms.clean(request.form.get("members", "")).replace(",", "") == str(planned.members):
        return ""
    return f"To confirm, type the number of members: {planned.members}."


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _begin(text: str) -> datetime:
    day = _day(text)
    if day is None:
        return datetime.combine(date.min, time(), UTC)
    return begin_of(day, zone_of(visit().details.timezone))


def _note(session: Session, deed: str, bulk_id: UUID, facts: dict[str, Any]) -> None:
    changelog.note(session, by=visit().author, deed=deed, subject=str(bulk_id), facts=facts, now=visit().now)
