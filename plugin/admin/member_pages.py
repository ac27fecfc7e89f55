"""Pages about members: who they are, what they have and why, and what staff do for them.

Names are read from Shopify for each page and never kept; every page also works without them.
"""

from __future__ import annotations

import json
from typing import Final
from uuid import UUID, uuid4

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin import forms
from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.forms import Field
from plugin.db.tables import RedemptionRow
from plugin.loyalty import links, words
from plugin.loyalty.errors import KeyReused, OutsideError
from plugin.loyalty.ledger import Move, Place
from plugin.services import explain, figures, members, privacy, programs, redeem, referrals
from plugin.services.figures import Roster
from plugin.services.members import EntryView

Answer = AnyResponse | tuple[str, int] | str

MEMBERS_A_PAGE: Final = 25
ENTRIES_A_PAGE: Final = 25
LARGEST_ID: Final = 2**63 - 1
MOST_POINTS: Final = 1_000_000_000
ADJUST_FIELDS: Final = (Field("direction", "text"), Field("points", "whole"), Field("reason", "text"))

STATES: Final = {
    "held": ("Being created", "info"),
    "issued": ("Ready to use", "success"),
    "used": ("Used", "neutral"),
    "released": ("Cancelled, points returned", "neutral"),
    "suspended": ("Waiting for the app to be opened", "warning"),
    "failed": ("Could not be created, points returned", "critical"),
}
"""What a redemption's state is called on a page, and its colour."""


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The list of members and one member."""
    _add_list(blueprint, desk)
    _add_member(blueprint, desk)


def _add_list(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.get("/members")
    def members_list() -> Answer:
        sought = forms.clean(request.args.get("q", ""))[:100]
        is_cut_off = False
        if sought:
            ids, is_cut_off = _sought(desk, sought)
            with desk.transaction() as session:
                found = Roster(members.page(session, customer_ids=ids, limit=MEMBERS_A_PAGE), newer=False, older=False)
        else:
            with desk.transaction() as session:
                found = figures.roster(session, below=_id("below"), above=_id("above"), limit=MEMBERS_A_PAGE)
        with desk.transaction() as session:
            program = programs.current(session).program
        people = desk.people([member.customer_id for member in found.members if member.customer_id is not None])
        return page(
            "members.html",
            program=program,
            roster=found,
            people=people or {},
            is_cut_off=is_cut_off or people is None,
            sought=sought,
        )


def _sought(desk: Desk, text: str) -> tuple[list[int], bool]:
    """Customer ids that match what was typed, and whether Shopify could not be asked; a customer number works without Shopify."""
    ids = [int(text)] if text.isascii() and text.isdigit() and int(text) <= LARGEST_ID else []
    try:
        return [*ids, *(person.customer_id for person in desk.shopify().find_customers(text))], False
    except OutsideError:
        return ids, True


def _id(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 - fits a bigint


def _add_member(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.get(f"/members/<int(max={LARGEST_ID}):member_id>")
    def member(member_id: int) -> Answer:
        return _member_page(desk, member_id, {"direction": "add", "points": "", "reason": ""}, {})

    @blueprint.post(f"/members/<int(max={LARGEST_ID}):member_id>/adjustments")
    def adjust(member_id: int) -> Answer:
        reading = forms.read(ADJUST_FIELDS, request.form, digits=0)
        problems = {**_adjust_problems(reading.values), **reading.problems}
        key = forms.clean(request.form.get("key", ""))[:64]
        if problems or not key:
            typed = {field.path: forms.clean(request.form.get(field.path, "")) for field in ADJUST_FIELDS}
            return _member_page(desk, member_id, typed, problems or {"": "Open this page again and repeat the change."})
        points = reading.values["points"] * (1 if reading.values["direction"] == "add" else -1)
        _adjust_once(desk, member_id, points, reading.values["reason"], key)
        return go("member", member_id=member_id, said="adjusted")

    @blueprint.post(f"/members/<int(max={LARGEST_ID}):member_id>/redemptions/<uuid:redemption_id>/cancel")
    def cancel(member_id: int, redemption_id: UUID) -> Answer:
        with desk.transaction() as session:
            redeem.cancel(session, redemption_id, member_id=member_id, now=visit().now)
        desk.ring("codes")
        return go("member", member_id=member_id, said="cancelled")

    @blueprint.get(f"/members/<int(max={LARGEST_ID}):member_id>/export.json")
    def export(member_id: int) -> AnyResponse:
        with desk.transaction() as session:
            document = privacy.export(session, member_id, handle_key=desk.handle_key, now=visit().now)
        return AnyResponse(
            json.dumps(document, indent=2, ensure_ascii=False),
            mimetype="application/json",
            headers={"Content-Disposition": f'attachment; filename="member-{member_id}.json"'},
        )


def _adjust_problems(values: object) -> dict[str, str]:
    read = values if isinstance(values, dict) else {}
    problems = {}
    if "points" in read and not 0 < read["points"] <= MOST_POINTS:
        problems["points"] = f"Enter a number from 1 to {MOST_POINTS:,}."
    if "direction" in read and read["direction"] not in {"add", "take"}:
        problems["direction"] = "Choose whether to add or to take away."
    if len(read.get("reason", "")) > forms.LONGEST_TEXT:
        problems["reason"] = f"Use at most {forms.LONGEST_TEXT} characters."
    return problems


def _adjust_once(desk: Desk, member_id: int, points: int, reason: str, key: str) -> None:
    """Change the points, unless this form was sent before: the key is the form's own."""
    caller, route = visit().author, f"adjust:{member_id}"
    body = f"{points}:{reason}".encode()
    with desk.transaction() as session:
        members.view(session, member_id, handle_key=desk.handle_key, now=visit().now)
        try:
            if redeem.find_request(session, caller=caller, route=route, key=key, body=body) is not None:
                return
        except KeyReused:
            # The page was sent once, came back with the browser's history, and was sent again with something else.
            key = str(uuid4())
        redeem.remember_request(
            session, caller=caller, route=route, key=key, body=body, subject=str(member_id), now=visit().now
        )
        members.adjust(
            session, member_id, points, words=reason, author=visit().author, key=f"{member_id}:{key}", now=visit().now
        )


def _member_page(desk: Desk, member_id: int, typed: dict[str, str], problems: dict[str, str]) -> Answer:
    with desk.transaction() as session:
        found = members.view(session, member_id, handle_key=desk.handle_key, now=visit().now)
        program = programs.current(session).program
        entries = members.entries(session, member_id, before=_id("before"), limit=ENTRIES_A_PAGE + 1)
        names = explain.order_names(session, {entry.order_id for entry in entries if entry.order_id is not None})
        taken = redeem.of_member(session, member_id)
        friends = referrals.of_advocate(session, member_id)
    people = desk.people([found.customer_id] if found.customer_id is not None else [])
    titles = {str(row.id): row.title for row in taken}
    return page(
        "member.html",
        422 if problems else 200,
        program=program,
        member=found,
        person=(people or {}).get(found.customer_id or 0),
        is_cut_off=people is None,
        entries=[_entry(entry, names, titles) for entry in entries[:ENTRIES_A_PAGE]],
        older_before=entries[ENTRIES_A_PAGE - 1].seq if len(entries) > ENTRIES_A_PAGE else None,
        is_first_page=_id("before") is None,
        redemptions=[_redemption(row) for row in taken],
        friends=friends,
        referral_url=links.referral(visit().details.primary_host or visit().domain, found.referral_code)
        if found.referral_code
        else "",
        typed=typed,
        problems=problems,
        key=str(uuid4()),
    )


def _entry(entry: EntryView, orders: dict[int, str], titles: dict[str, str]) -> dict[str, object]:
    """An entry as a line of the page."""
    change = words.signed_points(entry.move, entry.points)
    is_pending = entry.move in {
        Move.ACCRUE_PENDING,
        Move.CLAW_BACK_PENDING,
        Move.TRANSFER_PENDING_IN,
        Move.TRANSFER_PENDING_OUT,
    }
    return {
        "when": entry.occurred_at,
        "text": words.reason_text(
            entry.reason,
            order=orders.get(entry.order_id) if entry.order_id is not None else None,
            what=entry.what,
            is_for_staff=True,
        ),
        "title": titles.get(entry.redemption_id or ""),
        "note": entry.note,
        "author": _author(entry.author),
        "change": change,
        "points": entry.points,
        "is_pending": is_pending,
        "is_quiet": change == 0,
        "available": entry.available,
        "is_back": entry.move.target is Place.AVAILABLE,
    }


def _author(author: str | None) -> str:
    kind, _, number = (author or "").partition(":")
    return f"staff member {number}" if kind == "staff" else "the API" if kind == "api" else ""


def _redemption(row: RedemptionRow) -> dict[str, object]:
    """A redemption as a line of the page."""
    label, tone = STATES.get(row.state, (row.state, "neutral"))
    is_open = row.state in {"held", "issued", "suspended"}
    if is_open and row.cancelled_at is not None:
        label, tone = "Being cancelled", "info"
    elif row.state == "issued" and row.ends_at < visit().now:
        label, tone = "Expired, points come back soon", "neutral"
    return {
        "id": str(row.id),
        "title": row.title,
        "code": row.code,
        "points": row.points,
        "label": label,
        "tone": tone,
        "created_at": row.created_at,
        "ends_at": row.ends_at,
        "can_cancel": is_open and row.cancelled_at is None,
    }
