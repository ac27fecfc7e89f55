"""Two who edit one draft: what only one of them changed is kept, what both changed is asked about, nothing is lost unseen."""

from __future__ import annotations

from typing import Any

from plugin.admin.formats import formats_of
from plugin.admin.program import editing, editor, reading
from plugin.admin.program.editing import Edited, Subject
from plugin.admin.program.editor import Listing, Part, Section, State
from plugin.admin.program.reading import Look
from plugin.loyalty.program import default_program, dump, parse

DEFAULT = default_program("USD", is_live=True)
LOOK = Look(DEFAULT, formats_of("en", "UTC", "USD"), (("en", "English"),))
EARNING = Part(
    slug="earning",
    title="Earning",
    group="earning",
    icon="cart",
    about="",
    state=lambda _program, _formats: State(""),
    sections=(Section("S", (editor.whole("earning.points", "Points"), editor.whole("earning.pending_days", "Wait"))),),
)
LEVELS = Part(
    slug="tiers",
    title="Tiers",
    group="tiers",
    icon="star",
    about="",
    state=lambda _program, _formats: State(""),
    listing=Listing(
        path="tiers.levels",
        noun="level",
        plural="levels",
        sections=(Section("S", (editor.text("title", "Title"), editor.money("threshold", "From"))),),
        starts=(),
        line=lambda _program, _item, _formats: "",
        removal="",
        empty="",
        sorted_by="threshold",
        has_switch=False,
    ),
)


def filled(subject: Subject, document: dict[str, Any], **typed: str) -> dict[str, list[str]]:
    """The page's form with some fields typed over (dots are written __)."""
    inner = subject.open(document)
    shown = reading.shown(reading.fields_of(subject.sections), inner, LOOK)
    return shown | {name.replace("__", "."): [text] for name, text in typed.items()}


def save(document: dict[str, Any], theirs: dict[str, Any], **typed: str) -> Edited:
    """I open the page over `document`; meanwhile the draft becomes `theirs`; I save."""
    subject = Subject(EARNING)
    seen = editing.read_seen(editing.seen_of(subject, document, LOOK, revision=3))
    return editing.edit(subject, theirs, filled(subject, document, **typed), seen, LOOK, revision=4)


def with_earning(**values: Any) -> dict[str, Any]:
    document = dump(DEFAULT)
    document["earning"] |= values
    return document


def test_what_another_changed_in_other_fields_stays() -> None:
    edited = save(dump(DEFAULT), with_earning(pending_days=14), earning__points="5")

    assert not edited.clashes
    assert edited.program is not None
    assert (edited.program.earning.points, edited.program.earning.pending_days) == (5, 14)


def test_a_field_that_both_changed_is_asked_about() -> None:
    edited = save(dump(DEFAULT), with_earning(points=9), earning__points="5")

    assert [(one.field.name, one.mine, one.theirs) for one in edited.clashes] == [("earning.points", 5, 9)]


def test_a_field_that_both_changed_to_the_same_is_not() -> None:
    edited = save(dump(DEFAULT), with_earning(points=5), earning__points="5")

    assert not edited.clashes
    assert edited.program is not None
    assert edited.program.earning.points == 5


def test_a_form_that_carries_nothing_is_asked_about_every_difference() -> None:
    subject = Subject(EARNING)
    document = with_earning(points=9)
    for carried in ("", "x", "[]", '{"revision": "1", "values": {}}'):
        seen = editing.read_seen(carried)

        edited = editing.edit(subject, document, filled(subject, dump(DEFAULT)), seen, LOOK, revision=4)

        assert [one.field.name for one in edited.clashes] == ["earning.points"]


def test_what_no_field_shows_stays_as_it_is() -> None:
    document = with_earning(rounding="nearest")

    edited = editing.edit(Subject(EARNING), document, filled(Subject(EARNING), document), None, LOOK, revision=1)

    assert edited.document == document


def test_a_thing_is_put_where_its_number_belongs() -> None:
    document = dump(DEFAULT)
    document["tiers"]["levels"] = [
        {"id": "silver", "title": "Silver", "threshold": "100"},
        {"id": "gold", "title": "Gold", "threshold": "500"},
    ]
    document = dump(parse(document))
    fresh = Subject(LEVELS, fresh={"title": "Bronze", "threshold": "50"})

    edited = editing.edit(fresh, document, filled(fresh, document), None, LOOK, revision=1)

    assert edited.program is not None
    assert [level.id for level in edited.program.tiers.levels] == ["bronze", "silver", "gold"]
    assert edited.item_id == "bronze"


def test_two_things_of_one_title_get_ids_of_their_own() -> None:
    document = dump(DEFAULT)
    for threshold in ("100", "200"):
        fresh = Subject(LEVELS, fresh={"title": "Für Stammgäste!", "threshold": threshold})
        edited = editing.edit(fresh, document, filled(fresh, document), None, LOOK, revision=1)
        assert edited.program is not None
        document = dump(edited.program)

    assert [one["id"] for one in document["tiers"]["levels"]] == ["f-r-stammg-ste", "f-r-stammg-ste-2"]


def test_a_thing_that_was_removed_meanwhile_cannot_be_saved() -> None:
    edited = editing.edit(Subject(LEVELS, "gone"), dump(DEFAULT), {}, None, LOOK, revision=1)

    assert edited.program is None
    assert "removed in the meantime" in edited.problems[""]
