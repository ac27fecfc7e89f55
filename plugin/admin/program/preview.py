"""The preview: the panel as shoppers will see it, drawn from the draft (plugin.storefront.sample serves it)."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, request

from plugin.admin.desk import Desk, page, visit
from plugin.admin.program.pages import Answer
from plugin.admin.words import SPOKEN, language_name
from plugin.loyalty.words import language_of
from plugin.services import drafts, sample

ADDRESS: Final = "/preview"
WHO: Final = (("member", "A member with points"), ("guest", "Somebody who is not signed in"))


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """/program/preview."""

    @blueprint.get("/program/preview")
    def preview() -> Answer:
        with desk.transaction() as session:
            is_begun = drafts.read(session).is_begun
        language = language_of(request.args.get("language") or visit().details.locale)
        who = "guest" if request.args.get("who") == "guest" else "member"
        return page(
            "program/preview.html",
            is_begun=is_begun,
            address=address(desk, language=language, who=who),
            language=language,
            who=who,
            people=WHO,
            languages=[(code, language_name(code)) for code in SPOKEN],
        )


def address(desk: Desk, *, language: str, who: str = "member") -> str:
    """Where a frame finds the panel, opened, for the next two hours."""
    token = sample.token(desk.settings.derived_key(sample.KEY), visit().domain, now=visit().now)
    return f"{ADDRESS}/{token}/?{urlencode({'loyalty': 'home', 'lang': language, 'as': who})}"
