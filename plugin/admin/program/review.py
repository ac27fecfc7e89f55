"""Review: what the draft would change, what is worth a look in it, what it would have cost on past orders, and publishing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

from flask import Blueprint, request, url_for

from plugin.admin import forms
from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.forms import Field
from plugin.admin.members.names import names
from plugin.admin.program import outcome, wording
from plugin.admin.program.editor import Part
from plugin.admin.program.pages import Answer, look_at, refused
from plugin.admin.settings import deeds
from plugin.db import Session
from plugin.loyalty.errors import (
    DraftConflict,
    DraftMissing,
    DraftOutdated,
    InvalidProgram,
    OutsideError,
    RehearsalUnknown,
)
from plugin.loyalty.lint import Finding, lint
from plugin.loyalty.program import Program, dump, parse
from plugin.services import changelog, drafts, peers, programs, rehearse, roster, staff
from plugin.services.drafts import Draft
from plugin.services.peers import PEERS_MAX, Peer
from plugin.services.rehearse import Rehearsal

WINDOWS: Final = (
    (30, "the last 30 days"),
    (90, "the last 90 days"),
    (180, "the last 180 days"),
    (365, "the last year"),
)
DEFAULT_DAYS: Final = 90
HISTORY_DAYS: Final = 60
"""How far back Shopify shows orders to an app without read_all_orders."""

FINDINGS: Final = {
    "overlap": ("info", "These add up"),
    "unreachable": ("warning", "This never happens"),
    "leak": ("warning", "This gives more than it looks"),
    "dangling": ("critical", "This names something that is gone"),
}
"""A finding's kind: its tone, and what stands over its sentence."""

PEER_FIELDS: Final = tuple(
    field
    for place in range(PEERS_MAX)
    for field in (
        Field(f"peer.{place}.name", "text", is_optional=True),
        Field(f"peer.{place}.percent", "money", is_optional=True),
    )
)


def add_routes(blueprint: Blueprint, desk: Desk, parts: Sequence[Part]) -> None:
    """/program/review and what can be done there."""

    @blueprint.get("/program/review")
    def review() -> Answer:
        return _show(desk, parts, {}, {})

    @blueprint.post("/program/review/rehearse")
    def rehearse_draft() -> Answer:
        typed = forms.clean(request.form.get("days", ""))
        days = int(typed) if typed in {str(days) for days, _ in WINDOWS} else DEFAULT_DAYS
        with desk.transaction() as session:
            asked = rehearse.ask(session, None, rehearsal_id=uuid4(), days=days, by=visit().author, now=visit().now)
        desk.ring("rest")
        return go("review", rehearsal=asked.id)

    @blueprint.post("/program/review/peers")
    def save_peers() -> Answer:
        reading = forms.read(PEER_FIELDS, request.form, digits=2)
        problems = {**reading.problems, **_peer_problems(reading.values)}
        if problems:
            typed = {field.path: forms.clean(request.form.get(field.path, "")) for field in PEER_FIELDS}
            return _show(desk, parts, typed, problems)
        with desk.transaction() as session:
            peers.replace(session, _peers(reading.values))
            changelog.note(session, by=visit().author, deed="program.peers_noted", now=visit().now)
        return go("review", said="saved", rehearsal=request.form.get("rehearsal") or None)

    _add_deeds(blueprint, desk)


def _add_deeds(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.post("/program/review/publish")
    def publish() -> Answer:
        try:
            with desk.transaction() as session:
                drafts.publish(session, by=visit().author, now=visit().now, revision=_revision())
        except DraftMissing:
            return go("review", said="nothing-to-publish")
        except DraftConflict:
            return go("review", said="draft-changed")
        except DraftOutdated:
            return go("review", said="draft-outdated")
        desk.ring("rest")
        return go("program_index", said="published")

    @blueprint.post("/program/review/discard")
    def discard() -> Answer:
        with desk.transaction() as session:
            if drafts.discard(session, by=visit().author, now=visit().now):
                changelog.note(session, by=visit().author, deed="program.draft_discarded", now=visit().now)
        return go("program_index", said="discarded")

    @blueprint.post("/program/review/catch-up")
    def catch_up() -> Answer:
        try:
            with desk.transaction() as session:
                drafts.catch_up(session, by=visit().author, now=visit().now)
                changelog.note(session, by=visit().author, deed="program.draft_caught_up", now=visit().now)
        except DraftMissing:
            return go("review", said="nothing-to-publish")
        except InvalidProgram as error:
            return refused(error, "Both together make no program")
        return go("review", said="brought-together")


def _show(desk: Desk, parts: Sequence[Part], typed: dict[str, str], problems: dict[str, str]) -> Answer:
    with desk.transaction() as session:
        draft = drafts.read(session)
        live = programs.current(session)
        team = deeds.names_of(staff.everyone(session), visit().staff_id)
        rehearsal = _rehearsal(session)
        known_peers = peers.read(session)
        since = _news(session, draft, live.version)
        found_outcome = rehearsal.outcome if rehearsal is not None else None
        customers = roster.customers_of(session, outcome.movers(found_outcome)) if found_outcome is not None else {}
    called = names(desk, customers.values())
    program = parse(draft.document)
    look = look_at(program)
    before = dump(live.program)
    found = wording.differences_words(before, draft.document, parts, look)
    is_stale = rehearsal is not None and draft.saved_at is not None and draft.saved_at > rehearsal.asked_at
    return page(
        "program/review.html",
        422 if problems else 200,
        draft=draft,
        live=live,
        program=program,
        who=team.of(draft.saved_by) if draft.saved_by else "",
        changes=found,
        news=wording.differences_words(*since, parts, look) if since else None,
        findings=[_finding(one, parts, draft.document) for one in _findings(desk, program)],
        windows=WINDOWS,
        default_days=DEFAULT_DAYS,
        history_days=HISTORY_DAYS,
        rehearsal=rehearsal,
        rehearsal_days=(rehearsal.until - rehearsal.since).days if rehearsal is not None else None,
        is_stale=is_stale,
        outcome=outcome.read(
            found_outcome,
            program,
            live.program,
            visit().formats,
            known_peers,
            name_of=lambda member_id: called.of(member_id, customers.get(member_id)),
        )
        if found_outcome is not None
        else None,
        peer_places=range(_places(typed) if typed else min(PEERS_MAX, len(known_peers) + 1)),
        values=typed or _shown_peers(known_peers),
        problems=problems,
    )


def _rehearsal(session: Session) -> Rehearsal | None:
    """The one that the address names; none for what is no rehearsal of this shop."""
    try:
        return rehearse.find(session, UUID(request.values.get("rehearsal", "")))
    except (ValueError, RehearsalUnknown):
        return None


def _news(session: Session, draft: Draft, live: int) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The version that the draft was begun on and the one that is live now, when they are two."""
    if not draft.is_begun or draft.based_on == live:
        return None
    documents = [dump(parse(drafts.version(session, number).document)) for number in (draft.based_on, live)]
    return documents[0], documents[1]


def _findings(desk: Desk, program: Program) -> list[Finding]:
    """What the linter finds, also about what the store no longer has, as far as Shopify can be asked."""
    gone: frozenset[str] = frozenset()
    with suppress(OutsideError):
        gone = drafts.gone(desk.shopify(), program)
    return lint(program, gone=gone)


def _finding(one: Finding, parts: Sequence[Part], document: dict[str, Any]) -> dict[str, Any]:
    tone, heading = FINDINGS.get(one.kind, ("info", "Worth a look"))
    place = wording.place_of(one.where, parts, document)
    href = None
    if place is not None and place.item_id:
        href = url_for("admin.program_item", slug=place.part.slug, item_id=place.item_id)
    elif place is not None:
        href = url_for("admin.program_part", slug=place.part.slug)
    return {"tone": tone, "heading": heading, "words": one.text, "href": href}


def _revision() -> int | None:
    """The revision that was looked at: whoever publishes what they have not seen is shown it first."""
    typed = forms.clean(request.form.get("revision", ""))
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1  # noqa: PLR2004 - fits a column


def _peers(values: Any) -> list[Peer]:
    found = [(values[f"peer.{place}.name"], values[f"peer.{place}.percent"]) for place in range(PEERS_MAX)]
    return [Peer(name[:60], Decimal(percent)) for name, percent in found if name and percent is not None]


def _peer_problems(values: Any) -> dict[str, str]:
    problems = {}
    for place in range(PEERS_MAX):
        name, percent = values.get(f"peer.{place}.name"), values.get(f"peer.{place}.percent")
        if percent is not None and not name:
            problems[f"peer.{place}.name"] = "Say whose program it is."
        if percent is not None and not 0 <= Decimal(percent) <= 100:  # noqa: PLR2004 - per cent
            problems[f"peer.{place}.percent"] = "Enter a number from 0 to 100."
    return problems


def _places(typed: Mapping[str, str]) -> int:
    """As many lines as were filled in, and one more."""
    filled = [
        place for place in range(PEERS_MAX) if any(typed.get(f"peer.{place}.{part}") for part in ("name", "percent"))
    ]
    return min(PEERS_MAX, max(filled, default=0) + 2)


def _shown_peers(known: Sequence[Peer]) -> dict[str, str]:
    shown = {}
    for place, peer in enumerate(known):
        shown[f"peer.{place}.name"] = peer.name
        shown[f"peer.{place}.percent"] = format(peer.percent.normalize(), "f")
    return shown
