"""What happened to a member's points, newest first, each with its reason."""

from __future__ import annotations

from datetime import datetime

from plugin.storefront import answers
from plugin.storefront.answers import Document, Reader
from plugin.storefront.panel import parts
from plugin.storefront.panel.parts import Part
from plugin.storefront.panel.visit import Visit


def listing(visit: Visit, before: int | None) -> Part:
    """A page of it; `more` at its end continues below."""
    say = visit.speech.say
    entries, following = _read(visit, before=before, limit=answers.PAGE_ENTRIES)
    more = (say("history_more"), f"history/{following}") if following is not None else None
    shown = parts.lines("", [_line(visit, entry) for entry in entries], more=more)
    if shown is not None and more is not None:
        shown["more"]["append"] = True
    return parts.page(
        "history",
        say("history_title"),
        expiring(visit) if before is None else None,
        shown or parts.words(say("history_empty")),
    )


def latest(visit: Visit) -> list[Part | None]:
    """The last few, and the way to the rest."""
    say = visit.speech.say
    entries, following = _read(visit, before=None, limit=answers.FIRST_ENTRIES)
    more = (say("history_all"), "history") if following is not None else None
    shown = parts.lines(say("history_title"), [_line(visit, entry) for entry in entries], more=more)
    return [shown or parts.lines(say("history_title"), [parts.line(say("history_empty"))])]


def expiring(visit: Visit) -> Part | None:
    """What lapses next, and when."""
    soon, speech = visit.me.expiring, visit.speech
    if soon is None:
        return None
    return parts.note(speech.say("expiring", points=speech.points(soon.points), date=speech.day(soon.at)))


def _read(visit: Visit, *, before: int | None, limit: int) -> tuple[list[Document], int | None]:
    reader = Reader(visit.speech.language, visit.speech.currency)
    page = answers.history(visit.session, visit.me.id, reader, before=before, limit=limit)
    return page["entries"], page["next"]


def _line(visit: Visit, entry: Document) -> Part:
    speech = visit.speech
    day = speech.day(datetime.fromisoformat(entry["at"]))
    change = int(entry["change"])
    sign, tone = ("+", "plus") if change > 0 else ("\u2212", "minus") if change < 0 else ("", "soft")
    below = f"{day} · {speech.say('history_pending')}" if entry["is_pending"] else day
    told = [entry["note"]] if entry.get("note") else []
    figure = f"{sign}{speech.number(entry['points'])}"
    return parts.line(
        entry["text"], text=below, items=told, figure=figure, tone=tone, unit=speech.word(entry["points"])
    )
