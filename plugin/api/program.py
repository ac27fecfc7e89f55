"""The program over the API: the same document, checked by the same model, as the settings page writes."""

from __future__ import annotations

from typing import Any

from flask import Response

from plugin.api import query, shapes
from plugin.api.bodies import NewPreview
from plugin.api.door import Door, answer, by
from plugin.loyalty.errors import InvalidProgram
from plugin.loyalty.program import Program, dump, parse
from plugin.services import preview, programs, shops
from plugin.services.api_keys import KeyHolder


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
    """What amounts and the latest orders would earn under a draft, beside the live program. Changes nothing."""
    query.parameters()
    body = query.body(NewPreview)
    draft = _draft(body.program)
    with door.world.database.transaction(caller.shop_id) as session:
        tried = preview.compare(session, draft, amounts=body.amounts, last_orders=body.last_orders)
        currency = shops.details(session).currency
    return answer(shapes.One(shapes.preview(tried, currency=currency)))


def _draft(document: dict[str, Any]) -> Program:
    try:
        return parse(document)
    except InvalidProgram as refusal:
        problems = [(f"program.{name}".rstrip("."), message) for name, message in refusal.facts["problems"]]
        raise InvalidProgram(count=len(problems), problems=problems) from None


def _answer(program: Program, version: int) -> Response:
    return answer(shapes.Program(dump(program), version), ETag=f'"{version}"')
