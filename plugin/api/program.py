"""The program over the API: the same document, checked by the same model, as the settings page writes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any, Final
from uuid import UUID, uuid4

from flask import Response

from plugin.api import draft_shapes, query, shapes
from plugin.api.bodies import NewPreview, NewRehearsal
from plugin.api.door import Door, answer, by
from plugin.api.problems import invalid
from plugin.loyalty.errors import InvalidProgram, OutsideError, RehearsalUnknown, VersionUnknown
from plugin.loyalty.lint import lint
from plugin.loyalty.program import Program, dump, parse
from plugin.services import drafts, preview, programs, rehearse, shops, tier_preview
from plugin.services.api_keys import KeyHolder

VERSION_MAX: Final = 2**31 - 1


def show_program(door: Door, caller: KeyHolder) -> Response:
    """The program that is live, with its version as ETag."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        current = programs.current(session)
    return _answer(current.program, current.version)


def put_program(door: Door, caller: KeyHolder) -> Response:
    """Publish the next version; with If-Match only if the version that was edited is still the live one.

    The body is the document. What GET answered can be sent back as it is: the document is taken from its `data`.
    """
    query.parameters()
    based_on, document = query.if_match(), query.json_object()
    if document.keys() <= {"data", "version"} and "data" in document:
        document = document["data"]
    program = parse(document)
    with door.world.database.transaction(caller.shop_id) as session:
        version = programs.publish(session, program, by=by(caller), now=door.world.clock(), based_on=based_on)
    return _answer(program, version)


def preview_program(door: Door, caller: KeyHolder) -> Response:
    """What amounts and the latest orders would earn under a draft beside the live program, and whose tier would change. Changes nothing."""
    query.parameters()
    body = query.body(NewPreview)
    draft = _draft(body.program)
    with door.world.database.transaction(caller.shop_id) as session:
        tried = preview.compare(session, draft, amounts=body.amounts, last_orders=body.last_orders)
        moves = tier_preview.preview(session, draft, now=door.world.clock())
        currency = shops.details(session).currency
    return answer(shapes.One(shapes.preview(tried, moves, currency=currency)))


def show_draft(door: Door, caller: KeyHolder) -> Response:
    """The draft, with what the linter finds in it; the live program while nobody drafts anything. The ETag is its revision."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        found = drafts.read(session)
    return _draft_answer(found)


def put_draft(door: Door, caller: KeyHolder) -> Response:
    """Save the draft; with If-Match only if the revision that was edited still stands, else the answer says what differs.

    It is checked as a program is, and saved whatever the linter finds. What GET answered can be sent back as it is; `based_on`
    beside `data` says which live version its author had before them.
    """
    query.parameters()
    revision, document = query.if_match(), query.json_object()
    based_on = None
    if "data" in document:
        based_on, document = document.get("based_on"), document["data"]
    if based_on is not None and (not isinstance(based_on, int) or isinstance(based_on, bool) or based_on < 1):
        raise invalid([("based_on", "Give the number of a version.")])
    with door.world.database.transaction(caller.shop_id) as session:
        found = drafts.save(
            session, document, by=by(caller), now=door.world.clock(), revision=revision, based_on=based_on
        )
    program = parse(found.document)
    return _draft_answer(replace(found, findings=tuple(lint(program, gone=_gone(door, caller, program)))))


def _gone(door: Door, caller: KeyHolder, program: Program) -> frozenset[str]:
    """What the draft's rules name and the shop has no longer; nothing while Shopify cannot be asked: a draft is saved all the same."""
    with suppress(OutsideError):
        return drafts.gone(door.world.shopify(caller.shop_id, caller.domain), program)
    return frozenset()


def publish_draft(door: Door, caller: KeyHolder) -> Response:
    """Make the draft the live program; refused when another version went live since it was begun, with what changed there."""
    query.parameters()
    revision = query.if_match()
    with door.world.database.transaction(caller.shop_id) as session:
        program, version = drafts.publish(session, by=by(caller), now=door.world.clock(), revision=revision)
    return _answer(program, version)


def list_versions(door: Door, caller: KeyHolder) -> Response:
    """The published versions, newest first."""
    given = query.parameters("limit", "next")
    limit, below = query.limit_of(given), query.cursor_of(given, "versions")
    with door.world.database.transaction(caller.shop_id) as session:
        found = drafts.versions(session, below=below, limit=limit + 1)
        live = programs.current(session).version
    following = query.cursor("versions", found[limit - 1].number) if len(found) > limit else None
    lines = [draft_shapes.version_line(each, is_live=each.number == live) for each in found[:limit]]
    return answer(shapes.Page(lines, following))


def show_version(door: Door, caller: KeyHolder, version: str) -> Response:
    """One published version."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        found = drafts.version(session, _version_number(version))
    return answer(draft_shapes.version(found))


def restore_version(door: Door, caller: KeyHolder, version: str) -> Response:
    """Publish an earlier version again, as the next one."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        program, number = drafts.restore(session, _version_number(version), by=by(caller), now=door.world.clock())
    return _answer(program, number)


def compare_versions(door: Door, caller: KeyHolder) -> Response:
    """What differs between two versions, field by field; `draft` stands for the draft."""
    given = query.parameters("from", "to")
    missing = [name for name in ("from", "to") if name not in given]
    if missing:
        raise invalid([(name, 'Give the number of a version, or "draft".') for name in missing], status=400)
    sides = [None if given[name] == "draft" else _version_number(given[name]) for name in ("from", "to")]
    with door.world.database.transaction(caller.shop_id) as session:
        found = drafts.compare(session, *sides)
    return answer(shapes.Page([draft_shapes.difference(each) for each in found], None))


def add_rehearsal(door: Door, caller: KeyHolder) -> Response:
    """Rehearse a program, or the draft, on the orders of the last days. It is done soon; ask for it to see how far it is."""
    query.parameters()
    body = query.body(NewRehearsal)
    program = _draft(body.program) if body.program is not None else None
    now = door.world.clock()
    with door.world.database.transaction(caller.shop_id) as session:
        asked = rehearse.ask(session, program, rehearsal_id=uuid4(), days=body.days, by=by(caller), now=now)
    door.bell.ring("rest", caller.shop_id, caller.domain)
    return answer(shapes.One(draft_shapes.rehearsal(asked)), 202)


def show_rehearsal(door: Door, caller: KeyHolder, rehearsal_id: str) -> Response:
    """A rehearsal: how far it is, or what came of it."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        found = rehearse.find(session, _rehearsal_id(rehearsal_id))
    return answer(shapes.One(draft_shapes.rehearsal(found)))


def _draft_answer(found: drafts.Draft) -> Response:
    return answer(draft_shapes.draft(found), ETag=f'"{found.revision}"')


def _version_number(text: str) -> int:
    number = query.whole_number(text)
    if number is None or number > VERSION_MAX:
        raise VersionUnknown(version=text[:40])
    return number


def _rehearsal_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise RehearsalUnknown(rehearsal_id=text[:40]) from None


def _draft(document: dict[str, Any]) -> Program:
    try:
        return parse(document)
    except InvalidProgram as refusal:
        problems = [(f"program.{name}".rstrip("."), message) for name, message in refusal.facts["problems"]]
        raise InvalidProgram(count=len(problems), problems=problems) from None


def _answer(program: Program, version: int) -> Response:
    return answer(shapes.Program(dump(program), version), ETag=f'"{version}"')
