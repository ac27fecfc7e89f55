"""The change log as a page and as a file: every change, by whom, what and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin.desk import Desk, page, visit
from plugin.admin.settings import deeds
from plugin.admin.sheets import sheet
from plugin.services import changelog, staff
from plugin.services.changelog import Noted, Wanted

Answer = AnyResponse | tuple[str, int] | str

FILE_ROWS: Final = 100_000
FILE_PAGE: Final = 1_000
LARGEST_ID: Final = 2**63 - 1
HEADER: Final = ("When", "Who", "Author", "Area", "What", "Subject", "Details")


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The page and its file."""

    @blueprint.get("/settings/audit")
    def audit_log() -> Answer:
        typed = {name: request.args.get(name, "")[:100] for name in ("group", "author", "since", "until")}
        with desk.transaction() as session:
            names = deeds.names_of(staff.everyone(session), visit().staff_id)
            found = changelog.page(session, _wanted(typed), below=_below())
            authors = changelog.authors(session)
        asked = {name: value for name, value in typed.items() if value}
        return page(
            "settings/audit.html",
            lines=[deeds.line(noted, names, visit().formats) for noted in found.notes],
            next_below=found.next_below,
            is_first=_below() is None,
            authors=[(author, names.of(author)) for author in authors],
            groups=deeds.GROUPS,
            values=typed,
            asked=asked,
        )

    @blueprint.get("/settings/audit.csv")
    def audit_file() -> AnyResponse:
        typed = {name: request.args.get(name, "")[:100] for name in ("group", "author", "since", "until")}
        with desk.transaction() as session:
            names = deeds.names_of(staff.everyone(session), visit().staff_id)
        shop_id, formats, wanted = visit().shop_id, visit().formats, _wanted(typed)

        def rows() -> Iterator[tuple[object, ...]]:
            for noted in _every(desk, shop_id, wanted):
                shown = deeds.line(noted, names, formats)
                details = "; ".join(f"{name}: {value}" for name, value in noted.facts.items())
                yield (
                    noted.noted_at.isoformat(),
                    shown.who,
                    noted.author,
                    shown.group,
                    shown.what,
                    noted.subject,
                    details,
                )

        return sheet("changes.csv", HEADER, rows())


def _every(desk: Desk, shop_id: int, wanted: Wanted) -> Iterator[Noted]:
    """All that is wanted, up to FILE_ROWS, read page by page in transactions of their own."""
    below: int | None = None
    for _ in range(FILE_ROWS // FILE_PAGE):
        with desk.world.database.transaction(shop_id) as session:
            found = changelog.page(session, wanted, below=below, limit=FILE_PAGE)
        yield from found.notes
        below = found.next_below
        if below is None:
            return


def _wanted(typed: Mapping[str, str]) -> Wanted:
    until = _midnight(typed["until"], days=1)
    return Wanted(typed["group"], typed["author"], "", _midnight(typed["since"]), until)


def _midnight(text: str, *, days: int = 0) -> datetime | None:
    """The start of that day (plus `days`) where the shop is; None for anything that is no day."""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
        return datetime.combine(day, time(), visit().formats.zone)
    except (ValueError, OverflowError):
        return None


def _below() -> int | None:
    text = request.args.get("below", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(LARGEST_ID)) else None
