"""A part's page and the pages of its items: shown from the draft, saved into the draft, never into the live program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.program import drawing, editing, reading, wording
from plugin.admin.program.editing import Clash, Edited, Seen, Subject
from plugin.admin.program.editor import Listing, Part, Start
from plugin.admin.program.mistakes import friendly
from plugin.admin.program.reading import Look, Typed
from plugin.admin.words import SPOKEN, language_name
from plugin.db import Session
from plugin.loyalty.errors import DraftConflict, InvalidProgram, OutsideError
from plugin.loyalty.program import Program, dump, parse
from plugin.services import changelog, drafts, programs, shops
from plugin.services.drafts import Draft

Answer = AnyResponse | tuple[str, int] | str

TRIES: Final = 3
"""A save that another one overtakes between reading and writing is done again over what stands then."""
CARRIED: Final = "based_on"
COPY: Final = "copy"

NOT_THERE: Final = {
    "heading": "This page does not exist",
    "words": "It may have been removed in the meantime. Go back to the program and look there.",
}
CLASHED: Final = (
    "Somebody else changed the same fields while you were editing. Nothing of yours is saved yet: save yours over theirs, "
    "or take theirs and start from there."
)


Status = Literal["On", "Off", "Planned", "Ended"]


@dataclass(frozen=True, slots=True)
class Filled:
    """A form to be shown: what stands in it, over which draft it was filled in, and what is wrong with it."""

    typed: Typed
    carried: str
    problems: Mapping[str, str]
    clashes: Sequence[Clash] = ()


def add_routes(blueprint: Blueprint, desk: Desk, parts: Sequence[Part]) -> None:
    """/program/<part>, its items, and what a form would mean while it is typed."""
    by_slug = {part.slug: part for part in parts}

    @blueprint.get("/program/<slug>")
    def program_part(slug: str) -> Answer:
        part = by_slug.get(slug)
        return _show(desk, Subject(part)) if part is not None else not_there()

    @blueprint.post("/program/<slug>")
    def save_part(slug: str) -> Answer:
        part = by_slug.get(slug)
        return _save(desk, Subject(part)) if part is not None else not_there()

    @blueprint.post("/program/<slug>/preview")
    def preview_part(slug: str) -> Answer:
        part = by_slug.get(slug)
        return _preview(desk, Subject(part)) if part is not None else not_there()

    @blueprint.get("/program/<slug>/<item_id>")
    def program_item(slug: str, item_id: str) -> Answer:
        part = by_slug.get(slug)
        return _show(desk, Subject(part, item_id)) if _has_list(part) and part else not_there()

    @blueprint.post("/program/<slug>/<item_id>")
    def save_item(slug: str, item_id: str) -> Answer:
        part = by_slug.get(slug)
        return _save(desk, Subject(part, item_id)) if _has_list(part) and part else not_there()

    @blueprint.post("/program/<slug>/<item_id>/preview")
    def preview_item(slug: str, item_id: str) -> Answer:
        part = by_slug.get(slug)
        return _preview(desk, Subject(part, item_id)) if _has_list(part) and part else not_there()

    _add_new(blueprint, desk, by_slug)


def _add_new(blueprint: Blueprint, desk: Desk, by_slug: Mapping[str, Part]) -> None:
    @blueprint.get("/program/<slug>/new/<start>")
    def new_item(slug: str, start: str) -> Answer:
        found = _fresh(desk, by_slug.get(slug), start)
        return _show(desk, found) if found is not None else not_there()

    @blueprint.post("/program/<slug>/new/<start>")
    def add_item(slug: str, start: str) -> Answer:
        found = _fresh(desk, by_slug.get(slug), start)
        return _save(desk, found) if found is not None else not_there()

    @blueprint.post("/program/<slug>/new/<start>/preview")
    def preview_new(slug: str, start: str) -> Answer:
        found = _fresh(desk, by_slug.get(slug), start)
        return _preview(desk, found) if found is not None else not_there()

    @blueprint.post("/program/names/languages")
    def read_languages() -> Answer:
        """The merchant lets the app read which languages the store is published in, or has published another."""
        info = desk.shopify().shop_info()
        with desk.transaction() as session:
            shops.languages_told(session, info)
        return go("program_part", slug="names", said="languages-read" if info.locales else None)

    @blueprint.get("/program/choices/segments")
    def segments_at_shopify() -> dict[str, list[dict[str, str]]]:
        """What the picker of customer segments offers: Shopify has none of its own."""
        return {"segments": [{"id": str(one.id), "title": one.title} for one in desk.shopify().segments()]}


def not_there() -> Answer:
    """For addresses of parts and items that there are none of."""
    return page("trouble.html", 404, **NOT_THERE)


def look_at(program: Program) -> Look:
    """How this program's pages are read and shown in the visited shop."""
    return Look(
        program, visit().formats, drawing.languages_of(program, visit().details.locale, visit().details.locales)
    )


def save_document(
    session: Session, draft: Draft, document: dict[str, Any], *, subject: str, facts: Mapping[str, Any]
) -> None:
    """Keep this document as the draft, and note who did; where it says what the live program says, there is no draft any more.

    Raises DraftConflict when the draft is no longer the one that was read, and InvalidProgram.
    """
    if document == draft.document:
        return
    if document == dump(programs.current(session).program):
        drafts.discard(session, by=visit().author, now=visit().now)
    else:
        drafts.save(session, document, by=visit().author, now=visit().now, revision=draft.revision)
    changelog.note(session, by=visit().author, deed="program.saved", subject=subject, facts=facts, now=visit().now)


def _has_list(part: Part | None) -> bool:
    return part is not None and part.listing is not None


def _fresh(desk: Desk, part: Part | None, start: str) -> Subject | None:
    """An item to be added: from a starting point, or as a copy of one that is there."""
    if part is None or part.listing is None:
        return None
    with desk.transaction() as session:
        document = drafts.read(session).document
    if start == COPY:
        item = editing.item_of(part.listing, document, request.values.get("of", ""))
        return Subject(part, fresh=_copy(item)) if item is not None else None
    found = start_of(part, start)
    if found is None or found.is_set:
        return None
    return Subject(part, fresh=dict(found.make(parse(document), visit().formats, visit().now)))


def start_of(part: Part, slug: str) -> Start | None:
    """A starting point of the part's list."""
    starts = part.listing.starts if part.listing is not None else ()
    return next((start for start in starts if start.slug == slug), None)


def _copy(item: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in item.items() if name != "id"}
    return kept | {"title": f"{item.get('title', '')} (copy)"[:60]}


def _typed() -> dict[str, list[str]]:
    return {name: request.form.getlist(name) for name in request.form}


def _show(desk: Desk, subject: Subject) -> Answer:
    with desk.transaction() as session:
        draft = drafts.read(session)
        program = parse(draft.document)
    look = look_at(program)
    inner = subject.open(draft.document)
    if inner is None:
        return not_there()
    typed = reading.shown(reading.fields_of(subject.sections), inner, look)
    carried = editing.seen_of(subject, draft.document, look, revision=draft.revision)
    return _form(desk, subject, draft, look, Filled(typed, carried, {}))


def _save(desk: Desk, subject: Subject) -> Answer:
    typed = _typed()
    carried = request.form.get(CARRIED, "")
    for _ in range(TRIES):
        try:
            with desk.transaction() as session:
                seen = editing.read_seen(carried) if subject.fresh is None else None  # nobody else has a new thing open
                draft, look, edited = _edited(session, subject, typed, seen)
                if edited.program is not None and not edited.clashes:
                    facts = {"item": edited.item_id} if edited.item_id else {}
                    save_document(session, draft, dump(edited.program), subject=subject.part.slug, facts=facts)
                    return _done(subject)
            problems = dict(edited.problems)
            break
        except DraftConflict:
            problems = {"": "Somebody saved at the same moment. Nothing of yours is lost: save again."}
    if edited.clashes:
        problems[""] = CLASHED
        carried = editing.asked_about(editing.read_seen(carried), edited.clashes)
    return _form(desk, subject, draft, look, Filled(typed, carried, problems, edited.clashes))


def _edited(session: Session, subject: Subject, typed: Typed, seen: Seen | None) -> tuple[Draft, Look, Edited]:
    draft = drafts.read(session)
    look = look_at(parse(draft.document))
    return draft, look, editing.edit(subject, draft.document, typed, seen, look, revision=draft.revision)


def _done(subject: Subject) -> Answer:
    slug = subject.part.slug
    if subject.fresh is not None:
        return go("program_part", slug=slug, said="draft-added")
    if subject.item_id is not None:
        return go("program_item", slug=slug, item_id=subject.item_id, said="draft-saved")
    return go("program_part", slug=slug, said="draft-saved")


def _preview(desk: Desk, subject: Subject) -> Answer:
    """What the form, as typed so far, would mean."""
    with desk.transaction() as session:
        draft = drafts.read(session)
    look = look_at(parse(draft.document))
    edited = editing.edit(subject, draft.document, _typed(), None, look, revision=draft.revision)
    said = _meaning(subject, edited.program, edited.item_id) if edited.program is not None else None
    return render_template("admin/meaning.html", meaning=said)


def _meaning(subject: Subject, program: Program, item_id: str | None) -> Sequence[str] | None:
    formats = visit().formats
    listing = subject.listing
    if listing is None:
        return subject.part.meaning(program, formats) if subject.part.meaning else ()
    item = editing.typed_item(listing, program, item_id or "")
    if item is None or listing.meaning is None:
        return ()
    return listing.meaning(program, item, formats)


def _has_meaning(subject: Subject) -> bool:
    return bool(subject.part.meaning if subject.listing is None else subject.listing.meaning)


def _form(desk: Desk, subject: Subject, draft: Draft, look: Look, filled: Filled) -> Answer:
    part, listing = subject.part, subject.listing
    inner = subject.open(draft.document) or {}
    fields = reading.fields_of(subject.sections)
    sheet = drawing.Sheet(filled.typed, inner, filled.problems, look, _titles(desk, fields, filled.typed))
    edited = editing.edit(subject, draft.document, filled.typed, None, look, revision=draft.revision)
    heading = str(inner.get("title") or "") if listing is not None else part.title
    if subject.fresh is not None and listing is not None:
        heading = f"New {listing.noun}"
    return page(
        "program/page.html",
        422 if filled.problems else 200,
        part=part,
        listing=listing,
        heading=look.words(heading),
        about=look.words(_about(subject)),
        is_fresh=subject.fresh is not None,
        item_id=subject.item_id,
        is_on=inner.get("is_on") if listing is not None and listing.has_switch else None,
        sections=drawing.draw(subject.sections, sheet),
        carried=filled.carried,
        problems=filled.problems,
        clashes=[_clash_words(clash, look) for clash in filled.clashes],
        meaning=_meaning(subject, edited.program, edited.item_id) if edited.program is not None else None,
        has_meaning=_has_meaning(subject),
        addresses=_addresses(subject),
        sends_to="add_item" if subject.fresh is not None else "save_part" if listing is None else "save_item",
        is_begun=draft.is_begun,
        lines=lines_of(part, look.program, look, now=visit().now) if listing is None else (),
        words=look.words,
        published=_published() if subject.part.slug == "names" else None,
    )


def _published() -> list[tuple[str, bool]]:
    """The languages that the store is published in, and whether shoppers' pages are written in them; empty when not known."""
    return [(language_name(code), drawing.short(code) in SPOKEN) for code in visit().details.locales]


def _about(subject: Subject) -> str:
    """What stands under the heading: what the part is for, or what a starting point makes."""
    if subject.listing is None:
        return subject.part.about
    start = start_of(subject.part, str((request.view_args or {}).get("start")))
    return start.about if start is not None else ""


def _clash_words(clash: Clash, look: Look) -> tuple[str, str, str]:
    asked = clash.field.field
    mine, theirs = (wording.value_words(asked, value, look) for value in (clash.mine, clash.theirs))
    return look.words(asked.label), mine, theirs


def _addresses(subject: Subject) -> dict[str, str]:
    """Where the form goes, and where its meaning is asked for."""
    slug = subject.part.slug
    if subject.fresh is not None:
        start = request.view_args["start"] if request.view_args else ""
        more: dict[str, Any] = {"slug": slug, "start": start, "of": request.values.get("of")}
        return {"save": url_for("admin.add_item", **more), "preview": url_for("admin.preview_new", **more)}
    if subject.item_id is not None:
        more = {"slug": slug, "item_id": subject.item_id}
        return {"save": url_for("admin.save_item", **more), "preview": url_for("admin.preview_item", **more)}
    return {"save": url_for("admin.save_part", slug=slug), "preview": url_for("admin.preview_part", slug=slug)}


def lines_of(part: Part, program: Program, look: Look, *, now: datetime) -> list[dict[str, Any]]:
    """The items of the part's list as lines: what each is called and does, whether it is on (None: it has no switch), and its status."""
    if part.listing is None:
        return []
    found: Any = program
    for name in part.listing.path.split("."):
        found = getattr(found, name)
    return [
        {
            "id": item.id,
            "title": item.title,
            "words": look.words(part.listing.line(program, item, look.formats)),
            "is_on": item.is_on if part.listing.has_switch else None,
            "status": _status(part.listing, item, now) if part.listing.has_switch else None,
        }
        for item in found
    ]


def _status(listing: Listing, item: Any, now: datetime) -> Status:
    if not item.is_on:
        return "Off"
    since, until = listing.runs(item) if listing.runs is not None else (None, None)
    if until is not None and until <= now:
        return "Ended"
    return "Planned" if since is not None and since > now else "On"


def _titles(desk: Desk, fields: Sequence[reading.Named], typed: Typed) -> dict[str, str]:
    """Titles of what was picked; none while Shopify cannot be asked: then numbers stand there."""
    asked = drawing.chosen(fields, typed)
    if not asked:
        return {}
    try:
        found = desk.shopify().titles(asked)
    except OutsideError:
        return {}
    return {key: one.title for key, one in found.items()}


def refused(error: InvalidProgram, what: str) -> Response:
    """Why a deed on the list was not done; the script shows it for a moment."""
    _, message = error.facts["problems"][0]
    return Response(f"{what}. {friendly(message)}", 409, mimetype="text/plain")
