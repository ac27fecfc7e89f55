"""API keys: made here and shown once, never to be read again; which there are, when they were used, and how they end."""

from __future__ import annotations

import re
from typing import Final, cast

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.forms import clean
from plugin.loyalty.program import Program
from plugin.services import api_keys, changelog, programs
from plugin.services.api_keys import Access

Answer = AnyResponse | tuple[str, int] | str

STREAM: Final = "text/vnd.turbo-stream.html"
"""A page that is put in place without a redirect: the key must stand in no address and in no history."""

LABEL_LENGTH: Final = 60
ACCESS: Final[dict[Access, str]] = {"everything": "Read and change", "reading": "Read only"}
_KEY_ID = re.compile(r"[0-9a-f]{12}")


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The page and what is sent from it."""

    @blueprint.get("/settings/keys")
    def keys_page() -> Answer:
        return _page(desk)

    @blueprint.post("/settings/keys")
    def create_key() -> Answer:
        typed = {name: clean(request.form.get(name, "")) for name in ("label", "access", "partner")}
        with desk.transaction() as session:
            program = programs.current(session).program
            problems = _problems(typed, program)
            if not problems:
                key = api_keys.create(
                    session,
                    visit().shop_id,
                    typed["label"],
                    visit().now,
                    partner=typed["partner"] or None,
                    access=cast("Access", typed["access"]),
                )
                facts = {"access": typed["access"], "partner": typed["partner"] or None}
                made = api_keys.every(session, visit().shop_id)[-1]
                changelog.note(
                    session, by=visit().author, deed="key.created", subject=made.key_id, facts=facts, now=visit().now
                )
        if problems:
            return _page(desk, typed, problems)
        body, _ = _page(desk, fresh=key)
        return AnyResponse(body, mimetype=STREAM)

    @blueprint.post("/settings/keys/<key_id>/revoke")
    def revoke_key(key_id: str) -> Answer:
        with desk.transaction() as session:
            is_known = _KEY_ID.fullmatch(key_id) is not None
            if is_known and api_keys.revoke(session, visit().shop_id, key_id, visit().now):
                changelog.note(session, by=visit().author, deed="key.revoked", subject=key_id, now=visit().now)
        return go("keys_page", said="key-revoked")


def _page(
    desk: Desk, typed: dict[str, str] | None = None, problems: dict[str, str] | None = None, *, fresh: str | None = None
) -> tuple[str, int]:
    with desk.transaction() as session:
        known = api_keys.every(session, visit().shop_id)
        partners = programs.current(session).program.partners
    return page(
        "settings/keys.html",
        422 if problems else 200,
        keys=[key for key in reversed(known) if key.revoked_at is None],
        revoked=[key for key in reversed(known) if key.revoked_at is not None],
        fresh=fresh,
        layout="admin/settings/stream.html" if fresh else None,
        access=ACCESS,
        partners={partner.id: partner.title for partner in partners},
        base_url=f"{desk.settings.app_url}/api/v1",
        values=typed or {"label": "", "access": "everything", "partner": ""},
        problems={"": "", **(problems or {})},
    )


def _problems(typed: dict[str, str], program: Program) -> dict[str, str]:
    problems = {}
    if not typed["label"]:
        problems["label"] = "Say what the key is for, so that you know it again."
    elif len(typed["label"]) > LABEL_LENGTH:
        problems["label"] = f"Use at most {LABEL_LENGTH} characters."
    if typed["access"] not in ACCESS:
        problems["access"] = "Choose what the key may do."
    if typed["partner"] and typed["partner"] not in {partner.id for partner in program.partners}:
        problems["partner"] = "Choose a partner of the program that is live now."
    return problems
