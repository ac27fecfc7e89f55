"""Rewards that were taken: how each stands, its code, whose it is, and what can still be done about it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import Blueprint, url_for
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin.activity import naming, reading
from plugin.admin.activity.words import TASKS
from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.words import REWARD_KINDS, REWARD_STATES
from plugin.db import Session
from plugin.db.tables import RedemptionRow
from plugin.loyalty import words
from plugin.loyalty.errors import TaskUnknown
from plugin.services import activity_stream, changelog, fulfilment, order_search, programs, redeem, redemption_list
from plugin.services.redemption_list import Place, Wanted

Answer = AnyResponse | tuple[str, int] | str

A_PAGE: Final = 25
OPEN: Final = frozenset({"held", "issued", "suspended"})
UNWRITTEN: Final = frozenset({"held", "suspended"})


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The list of rewards taken, one of them, and its buttons."""

    @blueprint.get("/activity/redemptions")
    def redemptions() -> Answer:
        given = _given()
        before = reading.uuid_place("before")
        with desk.transaction() as session:
            found = redemption_list.page(
                session, _wanted(given), before=Place(*before) if before else None, limit=A_PAGE
            )
            owners = activity_stream.owners(session, [_user(row) for row in found.rows])
            program = programs.current(session).program
        return page(
            "activity/redemptions.html",
            program=program,
            names=naming.names(desk, owners.values()),
            rows=[_row(one) for one in found.rows],
            given=given,
            everything=_with(given, state=None),
            states=[(word, name, _with(given, state=word)) for word, (name, _) in REWARD_STATES.items()],
            kinds=REWARD_KINDS,
            older=_with(given, before=reading.spell_uuid(*found.following)) if found.following else None,
            newest=_with(given) if before is not None else None,
        )

    @blueprint.get("/activity/redemptions/<uuid:redemption_id>")
    def redemption(redemption_id: UUID) -> Answer:
        with desk.transaction() as session:
            row = redeem.find(session, redemption_id)
            owners = activity_stream.owners(session, [_user(row), row.member_id])
            task = _task(session, redemption_id)
            order = order_search.name_of(session, row.order_id) if row.order_id is not None else None
            booked = activity_stream.page(session, activity_stream.Wanted(member_id=row.member_id), limit=500).bookings
            program = programs.current(session).program
        return page(
            "activity/redemption.html",
            program=program,
            names=naming.names(desk, owners.values()),
            row=_row(row),
            task=task,
            order=order,
            entries=[
                {
                    "text": words.reason_text(one.reason, order=one.order, what=one.what, is_for_staff=True),
                    "at": one.row.occurred_at,
                    "change": words.signed_points(one.move, one.row.points),
                    "points": one.row.points,
                    "is_pending": False,
                }
                for one in booked
                if one.row.redemption_id == redemption_id
            ],
        )

    @blueprint.post("/activity/redemptions/<uuid:redemption_id>/cancel")
    def cancel_redemption(redemption_id: UUID) -> Answer:
        with desk.transaction() as session:
            row = redeem.cancel(session, redemption_id, now=visit().now)
            _note(session, "redemption.cancelled", row)
        desk.ring("codes")
        return go("redemption", redemption_id=redemption_id, said="cancelled")

    @blueprint.post("/activity/redemptions/<uuid:redemption_id>/retry")
    def retry_redemption(redemption_id: UUID) -> Answer:
        with desk.transaction() as session:
            row = redemption_list.retry(session, redemption_id, now=visit().now)
            _note(session, "redemption.retried", row)
        desk.ring("codes")
        return go("redemption", redemption_id=redemption_id, said="trying-again")


def _given() -> dict[str, str]:
    state, kind = reading.text("state"), reading.text("kind")
    found = {
        "state": state if state in REWARD_STATES else "",
        "kind": kind if kind in REWARD_KINDS else "",
        "member": str(reading.number("member") or ""),
        "code": reading.text("code"),
    }
    return {name: value for name, value in found.items() if value}


def _wanted(given: dict[str, str]) -> Wanted:
    return Wanted(
        states=(given["state"],) if "state" in given else (),
        kinds=(given["kind"],) if "kind" in given else (),
        member_id=int(given["member"]) if "member" in given else None,
        code=given.get("code", ""),
    )


def _with(given: dict[str, str], **changed: str | None) -> str:
    return reading.address(url_for("admin.redemptions"), {**given, **changed})


def _user(row: RedemptionRow) -> int:
    return row.acting_id or row.member_id


def _task(session: Session, redemption_id: UUID) -> fulfilment.Task | None:
    try:
        return fulfilment.find(session, redemption_id)
    except TaskUnknown:
        return None


def _note(session: Session, deed: str, row: RedemptionRow) -> None:
    changelog.note(
        session,
        by=visit().author,
        deed=deed,
        subject=str(row.id),
        facts={"member_id": row.member_id, "points": row.points, "reward": row.reward_id},
        now=visit().now,
    )


def _row(row: RedemptionRow) -> dict[str, object]:
    """A redemption as the pages show it."""
    label, tone = REWARD_STATES.get(row.state, (row.state, "neutral"))
    is_open = row.state in OPEN
    if is_open and row.cancelled_at is not None:
        label, tone = "Being cancelled", "info"
    elif row.state == "issued" and row.ends_at < visit().now:
        label, tone = "Expired, points come back soon", "neutral"
    elif row.state == "issued" and row.kind == "experience":
        label, tone = TASKS["open"]
    return {
        "id": row.id,
        "title": row.title,
        "kind": REWARD_KINDS.get(row.kind, row.kind),
        "code": row.code if redeem.has_code(row) else "",
        "points": row.points,
        "value": row.value,
        "is_percentage": row.kind == "percent_off",
        "currency": row.currency,
        "minimum_spend": max(row.minimum_spend, row.value or 0) if row.kind == "amount_off" else row.minimum_spend,
        "user_id": _user(row),
        "payer_id": row.member_id,
        "label": label,
        "tone": tone,
        "created_at": row.created_at,
        "issued_at": row.issued_at if row.kind != "experience" else None,
        "closed_at": row.closed_at,
        "ends_at": row.ends_at,
        "order_id": row.order_id,
        "restored": row.restored,
        "failure": row.failure,
        "version": row.program_version,
        "discount_id": (row.discount_gid or "").rpartition("/")[2] if "Discount" in (row.discount_gid or "") else "",
        "can_cancel": is_open and row.cancelled_at is None,
        "can_retry": (row.state in UNWRITTEN) or (is_open and row.cancelled_at is not None),
    }
