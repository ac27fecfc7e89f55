"""Segments: filters under a name, for the whole team."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin import forms
from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.members import listing, words
from plugin.db import Session
from plugin.loyalty.errors import SegmentNameTaken, TooManySegments
from plugin.services import changelog, programs, segments
from plugin.services.roster import LARGEST_ID

Answer = AnyResponse | tuple[str, int] | str

LONGEST_NAME = 60


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """`/members/segments` and what is done there."""

    @blueprint.get("/members/segments")
    def segments_list() -> Answer:
        return _page(desk)

    @blueprint.post("/members/segments")
    def segment_save() -> Answer:
        name, problem = _name()
        with desk.transaction() as session:
            wanted, _ = listing.asked_for(programs.current(session).program)
            if not problem:
                try:
                    made = segments.save(session, name, wanted, by=visit().author, now=visit().now)
                except (SegmentNameTaken, TooManySegments) as refusal:
                    problem = str(refusal)
                else:
                    _note(session, "segment.saved", made)
        if problem:
            return page("members/segment_problem.html", 422, problems={"name": problem})
        return go("members_list", said="segment-saved", **listing.query_of(wanted))

    @blueprint.post(f"/members/segments/<int(max={LARGEST_ID}):segment_id>/name")
    def segment_rename(segment_id: int) -> Answer:
        name, problem = _name()
        if not problem:
            try:
                with desk.transaction() as session:
                    segments.rename(session, segment_id, name)
                    _note(session, "segment.renamed", segment_id)
            except SegmentNameTaken as refusal:
                problem = str(refusal)
        return _page(desk, problem_at=segment_id, problem=problem) if problem else go("segments_list", said="saved")

    @blueprint.post(f"/members/segments/<int(max={LARGEST_ID}):segment_id>/delete")
    def segment_delete(segment_id: int) -> Answer:
        with desk.transaction() as session:
            segments.drop(session, segment_id)
            _note(session, "segment.deleted", segment_id)
        return go("segments_list", said="segment-deleted")


def _page(desk: Desk, *, problem_at: int = 0, problem: str = "") -> Answer:
    with desk.transaction() as session:
        program = programs.current(session).program
        found = segments.every(session)
    return page(
        "members/segments.html",
        422 if problem else 200,
        segments=found,
        about={one.id: words.sentence(one.wanted, program, visit().formats) for one in found},
        problem_at=problem_at,
        problem=problem,
    )


def _name() -> tuple[str, str]:
    """The name that was typed, and what is wrong with it."""
    name = forms.clean(request.form.get("name", ""))
    if not name:
        return name, "Give the segment a name."
    return name, f"Use at most {LONGEST_NAME} characters." if len(name) > LONGEST_NAME else ""


def _note(session: Session, deed: str, segment_id: int) -> None:
    changelog.note(session, by=visit().author, deed=deed, subject=str(segment_id), now=visit().now)
