"""The stream: every booking of the shop, newest first, by what happened, whose it is, its order, who did it, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import Blueprint, Response, url_for
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin import sheets
from plugin.admin.activity import naming, reading
from plugin.admin.activity.words import MOVEMENTS, REASONS
from plugin.admin.desk import Desk, page, visit
from plugin.admin.formats import Formats
from plugin.admin.words import author
from plugin.db import Session
from plugin.loyalty import words
from plugin.loyalty.ledger import Move, Reason
from plugin.services import activity_stream, order_search, programs
from plugin.services.activity_stream import Booking, Wanted

Answer = AnyResponse | tuple[str, int] | str

A_PAGE: Final = 50
PENDING: Final = frozenset(
    {Move.ACCRUE_PENDING, Move.CLAW_BACK_PENDING, Move.TRANSFER_PENDING_IN, Move.TRANSFER_PENDING_OUT}
)
WHO: Final = {"staff:": "Staff", "api:": "The API"}
COLUMNS: Final = (
    "Booked", "Happened", "Member", "Shopify customer", "What happened", "Change", "Points", "Order", "Order ID", "Reward", "Code",
    "Note", "By", "Pending after", "Available after", "Reserved after", "Program version",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the address: each filter as it was given, and what it means."""

    given: dict[str, str]
    wanted: Wanted
    is_unknown: bool
    """An order or a member was named that there is not: nothing can match."""


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The stream and its file."""

    @blueprint.get("/activity")
    def activity() -> Answer:
        with desk.transaction() as session:
            asked = _asked(session)
            stretch = (
                activity_stream.Stretch([], None, is_cut=False)
                if asked.is_unknown
                else activity_stream.page(session, asked.wanted, before=reading.place("before"), limit=A_PAGE)
            )
            program = programs.current(session).program
            authors = activity_stream.authors(session)
        names = naming.names(desk, (one.owner for one in stretch.bookings))
        return page(
            "activity/stream.html",
            program=program,
            names=names,
            lines=[_line(one) for one in stretch.bookings],
            is_cut=stretch.is_cut,
            older=_turned(asked, stretch.following),
            newest=_with(asked) if reading.place("before") is not None else None,
            given=asked.given,
            chosen=_chosen(asked, authors),
            movements=[(word, name, _with(asked, movement=word)) for word, (name, _) in MOVEMENTS.items()],
            everything=_with(asked, movement=None),
            reasons=sorted(((reason.value, name) for reason, name in REASONS.items()), key=lambda one: one[1]),
            authors=[*WHO.items(), *((name, author(name).capitalize()) for name in authors if author(name))],
            file=reading.address(url_for("admin.activity_file"), asked.given),
        )

    @blueprint.get("/activity/bookings.csv")
    def activity_file() -> Response:
        with desk.transaction() as session:
            asked = _asked(session)
        rows = (
            iter(()) if asked.is_unknown else activity_stream.every(desk.world.database, visit().shop_id, asked.wanted)
        )
        return sheets.sheet("activity.csv", COLUMNS, _cells(rows, visit().formats))


def _asked(session: Session) -> Asked:
    given = {
        "movement": reading.text("movement") if reading.text("movement") in MOVEMENTS else "",
        "reason": reading.text("reason") if _reason() is not None else "",
        "member": reading.text("member"),
        "order": reading.text("order"),
        "who": reading.text("who"),
        "since": _spelled(reading.day("since")),
        "until": _spelled(reading.day("until")),
    }
    order_id = order_search.find(session, given["order"]) if given["order"] else None
    member_id = reading.number("member")
    reason = _reason()
    wanted = Wanted(
        moves=tuple(MOVEMENTS[given["movement"]][1]) if given["movement"] else (),
        reasons=(reason,) if reason is not None else (),
        member_id=member_id,
        order_id=order_id,
        author=given["who"],
        since=reading.begin_of(reading.day("since")),
        until=reading.end_of(reading.day("until")),
    )
    is_unknown = (bool(given["order"]) and order_id is None) or (bool(given["member"]) and member_id is None)
    return Asked({name: value for name, value in given.items() if value}, wanted, is_unknown)


def _reason() -> Reason | None:
    found = reading.number("reason")
    return Reason(found) if found is not None and found in set(Reason) else None


def _spelled(found: date | None) -> str:
    return found.isoformat() if found is not None else ""


def _with(asked: Asked, **changed: str | None) -> str:
    return reading.address(url_for("admin.activity"), {**asked.given, **changed})


def _turned(asked: Asked, following: activity_stream.Place | None) -> str | None:
    return _with(asked, before=reading.spell(following)) if following is not None else None


def _chosen(asked: Asked, authors: list[str]) -> list[tuple[str, str]]:
    """(what is looked for, the address without it), for every filter but the movement, which stands there anyway."""
    given, formats = asked.given, visit().formats
    said = {}
    if "reason" in given:
        said["reason"] = REASONS[Reason(int(given["reason"]))]
    if "member" in given:
        said["member"] = f"Member {given['member']}"
    if "order" in given:
        said["order"] = f"Order {given['order']}"
    if "who" in given:
        is_known = given["who"] in WHO or given["who"] in authors
        said["who"] = WHO.get(given["who"]) or (author(given["who"]).capitalize() if is_known else "Nobody we know")
    for name, word in (("since", "From"), ("until", "Until")):
        if name in given:
            said[name] = f"{word} {formats.calendar_day(date.fromisoformat(given[name]))}"
    return [(words_, _with(asked, **{name: None})) for name, words_ in said.items()]


def _line(one: Booking) -> dict[str, object]:
    """A booking as a line of the page."""
    change = words.signed_points(one.move, one.row.points)
    return {
        "member_id": one.row.member_id,
        "booked_at": one.row.recorded_at,
        "happened_at": one.row.occurred_at,
        "text": _text(one),
        "title": one.reward,
        "order_id": one.row.order_id,
        "redemption_id": one.row.redemption_id,
        "note": one.row.note,
        "author": author(one.row.author),
        "change": change,
        "points": one.row.points,
        "is_pending": one.move in PENDING,
        "available": one.row.available,
    }


def _text(one: Booking) -> str:
    return words.reason_text(one.reason, order=one.order, what=one.what, is_for_staff=True)


def _cells(rows: Iterator[Booking], formats: Formats) -> Iterator[tuple[object, ...]]:
    for one in rows:
        row = one.row
        yield (
            formats.stamp(row.recorded_at),
            formats.stamp(row.occurred_at),
            row.member_id,
            row.customer_id,
            _text(one),
            words.signed_points(one.move, row.points),
            row.points,
            one.order,
            row.order_id,
            one.reward,
            one.code,
            row.note,
            author(row.author),
            row.pending,
            row.available,
            row.held,
            row.program_version,
        )
