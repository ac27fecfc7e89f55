"""The points report: per customer and month and in total, for any window, on the page and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from flask import Blueprint, Response, url_for
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin import sheets
from plugin.admin.activity import naming, reading
from plugin.admin.desk import Desk, page, visit
from plugin.loyalty import days
from plugin.services import activity_stream, points_report, programs
from plugin.services.points_report import LONGEST_DAYS, Measure, Sums, Window

Answer = AnyResponse | tuple[str, int] | str

A_PAGE: Final = 25
MONTHS_BESIDE: Final = 6
"""Up to so many months have a column of their own."""

NAMES: Final[dict[Measure, str]] = {
    "given": "Given",
    "redeemed": "Redeemed",
    "taken": "Taken back",
    "expired": "Expired",
    "moved": "Moved",
}
COLUMNS: Final = (
    "Month",
    "Member",
    "Shopify customer",
    "Given",
    "Redeemed",
    "Taken back",
    "Expired",
    "Moved",
    "Change",
)
KINDS: Final = {"household": "Household", "cause": "Cause"}


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The report and its file."""

    @blueprint.get("/activity/points")
    def points_of() -> Answer:
        window, problems = _window()
        measure = points_report.measure_of(reading.text("measure"))
        start = reading.page_number()
        with desk.transaction() as session:
            report = points_report.of_window(session, window, measure=measure, start=start, limit=A_PAGE)
            owners = activity_stream.owners(session, [line.member_id for line in report.lines])
            program = programs.current(session).program
        given = {"since": window.first.isoformat(), "until": window.last.isoformat()}
        shown = given | {"measure": measure if measure != "given" else ""}
        return page(
            "activity/points.html",
            422 if problems else 200,
            program=program,
            names=naming.names(desk, owners.values()),
            report=report,
            window=window,
            measure=measure,
            measures=[
                (one, name, reading.address(url_for("admin.points_of"), given | {"measure": one}))
                for one, name in NAMES.items()
            ],
            columns=window.months if len(window.months) <= MONTHS_BESIDE else [],
            spans=[(name, reading.address(url_for("admin.points_of"), span)) for name, span in _spans().items()],
            picked=_picked(window),
            problems=problems,
            start=start,
            newer=_turned(shown, max(0, start - A_PAGE)) if start else None,
            older=_turned(shown, start + A_PAGE) if report.has_more else None,
            file=reading.address(url_for("admin.points_file"), given),
            values_of=lambda sums: getattr(sums, measure),
        )

    @blueprint.get("/activity/points.csv")
    def points_file() -> Response:
        window, _ = _window()
        rows = points_report.every_line(desk.world.database, visit().shop_id, window)
        return sheets.sheet(f"points-{window.first}-{window.last}.csv", COLUMNS, _cells(rows))


def _window() -> tuple[Window, dict[str, str]]:
    """The days asked for, else this month and the two before; what is wrong with them stands at its field."""
    zone = days.zone_of(visit().details.timezone)
    today = days.day_of(visit().now, zone)
    first, last = reading.day("since"), reading.day("until")
    begin = _months_before(today.replace(day=1), 2)
    problems: dict[str, str] = {}
    if first is None and reading.text("since"):
        problems["since"] = "Enter a day such as 2026-03-31."
    if last is None and reading.text("until"):
        problems["until"] = "Enter a day such as 2026-03-31."
    first, last = first or (begin if last is None or last >= begin else last.replace(day=1)), last or today
    if first > last:
        problems["since"] = "Choose a day before the last one."
        first = last
    if (last - first).days > LONGEST_DAYS:
        problems["since"] = "Choose at most three years."
        first = last - timedelta(days=LONGEST_DAYS)
    last = min(last, date.max - timedelta(days=40))
    return Window(max(min(first, last), date(1970, 1, 2)), max(last, date(1970, 1, 2)), zone), problems


def _spans() -> dict[str, dict[str, object | None]]:
    zone = days.zone_of(visit().details.timezone)
    today = days.day_of(visit().now, zone)
    this_month = today.replace(day=1)
    last_month = _months_before(this_month, 1)
    return {
        "This month": {"since": this_month, "until": today},
        "Last month": {"since": last_month, "until": this_month - timedelta(days=1)},
        "Last 3 months": {"since": _months_before(this_month, 2), "until": today},
        "Last 12 months": {"since": _months_before(this_month, 11), "until": today},
    }


def _picked(window: Window) -> str | None:
    return next(
        (name for name, span in _spans().items() if (span["since"], span["until"]) == (window.first, window.last)), None
    )


def _months_before(first: date, months: int) -> date:
    index = first.year * 12 + first.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def _turned(given: dict[str, Any], start: int) -> str:
    return reading.address(url_for("admin.points_of"), given | {"from": start or None})


def _cells(rows: Iterator[tuple[int, int | None, str, date, Sums]]) -> Iterator[tuple[object, ...]]:
    for member_id, customer_id, kind, month, sums in rows:
        who = f"{KINDS[kind]} {member_id}" if kind in KINDS else member_id
        yield (
            f"{month:%Y-%m}",
            who,
            customer_id,
            sums.given,
            sums.redeemed,
            sums.taken,
            sums.expired,
            sums.moved,
            sums.change,
        )
