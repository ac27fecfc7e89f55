"""The program's pages: the draft is edited part by part, reviewed and rehearsed, published, and brought back from its history.

editor            how a part declares its page: fields by their paths in the document (parts/ has the declarations)
reading, kinds    a form from and to the document
editing           a form into the draft, also when somebody else was faster
drawing           a form as the template draws it
wording           what differs between two programs, in words
pages, lists      a part and its items; review, history: what becomes of the draft; preview: how shoppers will see it
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint

from plugin.admin.desk import Desk, page, visit
from plugin.admin.program import history, lists, pages, preview, review
from plugin.admin.program.editor import GROUPS, Part
from plugin.admin.program.pages import Answer, look_at
from plugin.admin.program.parts import PARTS
from plugin.loyalty.program import parse
from plugin.services import drafts


def add_routes(blueprint: Blueprint, desk: Desk, parts: Sequence[Part] = PARTS) -> None:
    """/program and below."""

    @blueprint.get("/program")
    def program_index() -> Answer:
        with desk.transaction() as session:
            draft = drafts.read(session)
        program = parse(draft.document)
        look = look_at(program)
        cards: dict[str, list[dict[str, object]]] = {group: [] for group, _ in GROUPS}
        for part in parts:
            state = part.state(program, visit().formats)
            cards[part.group].append(
                {
                    "slug": part.slug,
                    "title": look.words(part.title),
                    "icon": part.icon,
                    "words": look.words(state.words),
                    "is_on": state.is_on,
                }
            )
        groups = [(title, cards[group]) for group, title in GROUPS if cards[group]]
        return page("program/index.html", groups=groups, is_begun=draft.is_begun)

    review.add_routes(blueprint, desk, parts)
    history.add_routes(blueprint, desk, parts)
    preview.add_routes(blueprint, desk)
    pages.add_routes(blueprint, desk, parts)
    lists.add_routes(blueprint, desk, parts)
