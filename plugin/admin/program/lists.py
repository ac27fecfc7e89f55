"""What is done to an item from its list: switched, moved, removed. Copies and new items have a form of their own first (pages)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from flask import Blueprint, request

from plugin.admin.desk import Desk, go, visit
from plugin.admin.program import editing
from plugin.admin.program.editor import Listing, Part
from plugin.admin.program.kinds import free_id
from plugin.admin.program.pages import Answer, not_there, refused, save_document, start_of
from plugin.admin.program.paths import put
from plugin.loyalty.errors import InvalidProgram
from plugin.loyalty.program import dump, parse
from plugin.services import drafts

Items = list[dict[str, Any]]

STEPS: Final = {"up": -1, "down": 1}


def add_routes(blueprint: Blueprint, desk: Desk, parts: Sequence[Part]) -> None:
    """POST /program/<part>/<item>/switch, /move, /remove, and /program/<part>/new/<start>/all."""
    with_lists = {part.slug: part for part in parts if part.listing is not None}

    @blueprint.post("/program/<slug>/<item_id>/switch")
    def switch_item(slug: str, item_id: str) -> Answer:
        is_on = request.form.get("is_on") == "true"
        return _change(
            desk,
            with_lists.get(slug),
            lambda items: [one | {"is_on": is_on} if one["id"] == item_id else one for one in items],
            said="draft-on" if is_on else "draft-off",
            facts={"item": item_id, "is_on": is_on},
        )

    @blueprint.post("/program/<slug>/<item_id>/move")
    def move_item(slug: str, item_id: str) -> Answer:
        step = STEPS.get(request.form.get("to", ""), 0)
        return _change(
            desk,
            with_lists.get(slug),
            lambda items: _moved(items, item_id, step),
            said="draft-moved",
            facts={"item": item_id},
        )

    @blueprint.post("/program/<slug>/<item_id>/remove")
    def remove_item(slug: str, item_id: str) -> Answer:
        return _change(
            desk,
            with_lists.get(slug),
            lambda items: [one for one in items if one["id"] != item_id],
            said="draft-removed",
            facts={"item": item_id, "removed": True},
        )

    @blueprint.post("/program/<slug>/new/<start>/all")
    def add_items(slug: str, start: str) -> Answer:
        part = with_lists.get(slug)
        found = start_of(part, start) if part is not None else None
        if part is None or part.listing is None or found is None or not found.is_set:
            return not_there()
        with desk.transaction() as session:
            program = parse(drafts.read(session).document)
        fresh = found.make(program, visit().formats, visit().now)
        listing = part.listing
        return _change(
            desk, part, lambda items: _with_all(items, fresh, listing), said="draft-added", facts={"start": start}
        )


def _change(
    desk: Desk, part: Part | None, change: Callable[[Items], Items], *, said: str, facts: Mapping[str, Any]
) -> Answer:
    """Change the draft's list, as it stands now; what would make no program is refused with the reason."""
    if part is None or part.listing is None:
        return not_there()
    with desk.transaction() as session:
        draft = drafts.read(session)
        document = deepcopy(draft.document)
        items = change(editing.items_of(part.listing, document))
        put(document, part.listing.path, editing.in_order(part.listing, items))
        try:
            document = dump(parse(document))
        except InvalidProgram as error:
            return refused(error, "Not done")
        save_document(session, draft, document, subject=part.slug, facts=facts)
    return go("program_part", slug=part.slug, said=said)


def _moved(items: Items, item_id: str, step: int) -> Items:
    place = next((at for at, one in enumerate(items) if one["id"] == item_id), None)
    if place is None or not 0 <= place + step < len(items):
        return items
    moved = list(items)
    moved[place], moved[place + step] = moved[place + step], moved[place]
    return moved


def _with_all(items: Items, fresh: Sequence[Mapping[str, Any]], listing: Listing) -> Items:
    found = list(items)
    for one in fresh:
        taken = {each["id"] for each in found} | {"new"}
        found.append({"id": free_id(str(one.get("title", "")), taken, listing.noun), **one})
    return found
