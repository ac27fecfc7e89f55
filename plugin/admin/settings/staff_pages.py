"""Staff permissions: a role for each member of the staff, by their number at Shopify."""

from __future__ import annotations

import re
from typing import Final, cast

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.forms import clean
from plugin.admin.permissions import ABILITIES, NAMES
from plugin.services import changelog, staff
from plugin.services.staff import EVERYBODY_ELSE, ROLES, OwnerNeeded, Role

Answer = AnyResponse | tuple[str, int] | str

LABEL_LENGTH: Final = 60
LAST_OWNER: Final = "Somebody has to be the owner. Make a colleague the owner first."
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The page and what is sent from it."""

    @blueprint.get("/settings/staff")
    def staff_page() -> Answer:
        return _page(desk)

    @blueprint.post("/settings/staff/start")
    def start_roles() -> Answer:
        with desk.transaction() as session:
            staff.start(session, visit().staff_id, by=visit().author, now=visit().now)
        return go("staff_page", said="roles-started")

    @blueprint.post("/settings/staff")
    def give_role() -> Answer:
        typed = {name: clean(request.form.get(name, "")) for name in ("staff_id", "role", "label")}
        problems = _problems(typed)
        if problems:
            return _page(desk, typed, problems)
        try:
            with desk.transaction() as session:
                staff.give(
                    session,
                    int(typed["staff_id"]),
                    cast("Role", typed["role"]),
                    label=typed["label"],
                    by=visit().author,
                    now=visit().now,
                )
        except OwnerNeeded:
            return _page(desk, typed, {"role": LAST_OWNER})
        return go("staff_page", said="role-given")

    @blueprint.post("/settings/staff/<int:staff_id>/remove")
    def remove_role(staff_id: int) -> Answer:
        with desk.transaction() as session:
            staff.remove(session, staff_id, by=visit().author, now=visit().now)
        return go("staff_page", said="role-removed")


def _page(desk: Desk, typed: dict[str, str] | None = None, problems: dict[str, str] | None = None) -> Answer:
    with desk.transaction() as session:
        colleagues = staff.everyone(session)
        seen = [author.partition(":")[2] for author in changelog.authors(session) if author.startswith("staff:")]
    known = {str(one.staff_id) for one in colleagues}
    chosen = next((one for one in colleagues if str(one.staff_id) == request.args.get("edit")), None)
    values = typed or {
        "staff_id": str(chosen.staff_id) if chosen else request.args.get("add", "")[:18],
        "role": chosen.role if chosen else "support",
        "label": chosen.label if chosen else "",
    }
    return page(
        "settings/staff.html",
        422 if problems else 200,
        colleagues=colleagues,
        others=[number for number in seen if number not in known and number != str(EVERYBODY_ELSE)],
        visitor_id=visit().staff_id,
        is_started=bool(colleagues),
        everybody_else=EVERYBODY_ELSE,
        roles=[(role, NAMES[role], ABILITIES[role]) for role in reversed(ROLES)],
        names=NAMES,
        editing=chosen,
        values=values,
        problems={"": "", **(problems or {})},
    )


def _problems(typed: dict[str, str]) -> dict[str, str]:
    problems = {}
    if typed["staff_id"] != str(EVERYBODY_ELSE) and not _NUMBER.fullmatch(typed["staff_id"]):
        problems["staff_id"] = "Enter the number of a member of your staff, digits only."
    if typed["role"] not in ROLES:
        problems["role"] = "Choose a role."
    elif typed["staff_id"] == str(EVERYBODY_ELSE) and typed["role"] == "owner":
        problems["role"] = "The owner has to be somebody by name. Choose another role for everybody else."
    if len(typed["label"]) > LABEL_LENGTH:
        problems["label"] = f"Use at most {LABEL_LENGTH} characters."
    return problems
