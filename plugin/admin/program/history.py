"""History: every version that ever was live, who published it and what it changed, and the way back to it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from flask import Blueprint, request, url_for

from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.program import wording
from plugin.admin.program.editor import Part
from plugin.admin.program.pages import Answer, look_at, not_there, refused
from plugin.admin.settings import deeds
from plugin.loyalty.errors import InvalidProgram, VersionUnknown
from plugin.loyalty.program import dump, parse
from plugin.services import changelog, drafts, programs, staff

PAGE: Final = 20
VERSION_MAX: Final = 2**31 - 1
FIRST_CHANGES: Final = 3


def add_routes(blueprint: Blueprint, desk: Desk, parts: Sequence[Part]) -> None:
    """/program/history, one version, and rolling back to it."""

    @blueprint.get("/program/history")
    def history() -> Answer:
        below = _number(request.args.get("below", ""))
        with desk.transaction() as session:
            found = drafts.versions(session, below=below, limit=PAGE + 1)
            live = programs.current(session)
            is_begun = drafts.read(session).is_begun
            names = deeds.names_of(staff.everyone(session), visit().staff_id)
        look = look_at(live.program)
        documents = [dump(parse(one.document)) for one in found]
        changes = [wording.differences_words(before, after, parts, look) for after, before in pairwise(documents)]
        lines = [
            {
                "number": one.number,
                "at": one.published_at,
                "who": names.of(one.published_by),
                "is_live": one.number == live.version,
                "changes": changes[at][:FIRST_CHANGES] if at < len(changes) else [],
                "more": max(0, len(changes[at]) - FIRST_CHANGES) if at < len(changes) else 0,
                "is_first": at >= len(changes),
            }
            for at, one in enumerate(found[:PAGE])
        ]
        older = found[PAGE - 1].number if len(found) > PAGE else None
        return page("program/history.html", lines=lines, older=older, is_newest=below is None, is_begun=is_begun)

    @blueprint.get("/program/history/<int:number>")
    def version(number: int) -> Answer:
        return _version(desk, parts, number)

    @blueprint.post("/program/history/<int:number>/restore")
    def restore(number: int) -> Answer:
        try:
            with desk.transaction() as session:
                _, fresh = drafts.restore(session, min(number, VERSION_MAX), by=visit().author, now=visit().now)
                by, now = visit().author, visit().now
                changelog.note(
                    session, by=by, deed="program.restored", subject=str(number), facts={"version": fresh}, now=now
                )
        except VersionUnknown:
            return not_there()
        except InvalidProgram as error:
            return refused(error, "This version is no valid program today")
        desk.ring("rest")
        return go("history", said="restored")


def _version(desk: Desk, parts: Sequence[Part], number: int) -> Answer:
    """One version beside another: the one before it, unless the address asks for a third."""
    other = _number(request.args.get("with", "")) or number - 1
    with desk.transaction() as session:
        live = programs.current(session)
        try:
            shown = drafts.version(session, min(number, VERSION_MAX))
        except VersionUnknown:
            return not_there()
        known = [one.number for one in drafts.versions(session, limit=100)]
        other = other if other in known else 0
        before = drafts.version(session, other) if other else None
        names = deeds.names_of(staff.everyone(session), visit().staff_id)
    look = look_at(live.program)
    after = dump(parse(shown.document))
    found = wording.differences_words(dump(parse(before.document)), after, parts, look) if before is not None else None
    return page(
        "program/version.html",
        version=shown,
        who=names.of(shown.published_by),
        is_live=number == live.version,
        other=other,
        known=[one for one in known if one != number],
        changes=found,
        address=url_for("admin.version", number=number),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:12]) <= VERSION_MAX else None
