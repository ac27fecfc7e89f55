"""Every kind of field: what stands in it for a document, what the document gets of it, and what is wrong with it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from plugin.admin.formats import formats_of
from plugin.admin.program import editor, reading
from plugin.admin.program.editor import Field, Section
from plugin.admin.program.reading import Look
from plugin.loyalty.program import default_program

LOOK = Look(
    default_program("USD", is_live=True),
    formats_of("en", "America/New_York", "USD"),
    (("en", "English"), ("de", "German")),
)
SIZES = (("small", "Small"), ("large", "Large"))
STEPS = editor.rows(
    "steps",
    "Steps",
    [editor.whole("at", "At"), editor.text("badge", "Badge", is_optional=True)],
    noun="step",
    start={"at": 1, "badge": None},
)
QUESTIONS = editor.rows(
    "questions",
    "Questions",
    [editor.text("words", "Words")],
    noun="question",
    start={"words": ""},
    named_by="words",
    is_ordered=True,
)
EVERY_KIND: list[tuple[Field, Any, dict[str, list[str]]]] = [
    (editor.text("a", "A"), "Bean Club", {"a": ["Bean Club"]}),
    (editor.text("a", "A", is_optional=True), None, {"a": [""]}),
    (editor.words("a", "A"), "One\nTwo", {"a": ["One\nTwo"]}),
    (editor.whole("a", "A"), 12, {"a": ["12"]}),
    (editor.decimal("a", "A"), "1.5", {"a": ["1.5"]}),
    (editor.percent("a", "A"), "10", {"a": ["10"]}),
    (editor.share("a", "A"), "0.5", {"a": ["50"]}),
    (editor.money("a", "A"), "2.50", {"a": ["2.50"]}),
    (editor.flag("a", "A"), True, {"a": ["true"]}),
    (editor.flag("a", "A"), False, {"a": []}),
    (editor.select("a", "A", SIZES), "large", {"a": ["large"]}),
    (editor.select("a", "A", SIZES, is_optional=True), None, {"a": [""]}),
    (editor.select("a", "A", (("1", "January"), ("12", "December")), is_number=True), 12, {"a": ["12"]}),
    (editor.select("a", "A", (("false", "All"), ("true", "Some"))), True, {"a": ["true"]}),
    (editor.select("a", "A", editor.rewards), "amount-off", {"a": ["amount-off"]}),
    (editor.many("a", "A", SIZES), ["small", "large"], {"a": ["small", "large"]}),
    (editor.tags("a", "A"), ["staff", "wholesale"], {"a": ["staff, wholesale"]}),
    (editor.lines("a", "A"), ["Free coffee", "Early access"], {"a": ["Free coffee\nEarly access"]}),
    (editor.numbers("a", "A"), [1, 5, 10], {"a": ["1, 5, 10"]}),
    (editor.products("a", "A"), [11, 12], {"a": ["11,12"]}),
    (editor.collections("a", "A"), [21], {"a": ["21"]}),
    (editor.product("a", "A"), 11, {"a": ["11"]}),
    (editor.moment("a", "A"), "2026-11-27T05:00:00Z", {"a": ["2026-11-27"], "a@time": ["00:00"]}),
    (editor.moment("a", "A"), None, {"a": [""], "a@time": [""]}),
    (editor.time_of_day("a", "A"), "18:30", {"a": ["18:30"]}),
    (editor.languages("a", "A"), {"de": "Rabatt"}, {"a.de": ["Rabatt"]}),
    (
        editor.languages("a", "A", columns=(("one", "One"), ("other", "Several"))),
        {"en": {"one": "bean", "other": "beans"}},
        {"a.en.one": ["bean"], "a.en.other": ["beans"], "a.de.one": [""], "a.de.other": [""]},
    ),
    (
        STEPS,
        [{"at": 5, "badge": "Fan"}, {"at": 9, "badge": None}],
        {
            "steps": ["0,1"],
            "steps.0.at": ["5"],
            "steps.0.badge": ["Fan"],
            "steps.1.at": ["9"],
            "steps.1.badge": [""],
        },
    ),
]


@pytest.mark.parametrize(("field", "value", "typed"), EVERY_KIND)
def test_a_value_is_shown_and_an_untouched_form_gives_it_back(
    field: Field, value: Any, typed: dict[str, list[str]]
) -> None:
    document = {field.path: value}
    fields = reading.fields_of([Section("S", (field,))])

    shown = reading.shown(fields, document, LOOK)
    found = reading.read(fields, shown, document, LOOK)

    assert shown == typed
    assert (found.values, found.problems) == ({field.path: value}, {})


@pytest.mark.parametrize(
    ("field", "sent", "words"),
    [
        (editor.text("a", "A"), "  ", "Fill this in."),
        (editor.whole("a", "A"), "1.5", "Enter a whole number."),
        (editor.whole("a", "A"), "9" * 40, "Enter a whole number."),
        (editor.money("a", "A"), "1.999", "Use at most 2 decimals."),
        (editor.money("a", "A"), "1e9", "Enter an amount such as 5 or 2.50."),
        (editor.decimal("a", "A"), "two", "Enter a number such as 2 or 1.5."),
        (editor.decimal("a", "A"), "1.2345", "Use at most 3 decimals."),
        (editor.numbers("a", "A"), "1, x", "Enter a whole number."),
        (editor.products("a", "A"), "1;DROP TABLE programs", "Choose from the list."),
        (editor.product("a", "A"), "", "Choose a product."),
        (editor.select("a", "A", SIZES), "", "Choose one."),
        (editor.moment("a", "A"), "27.11.2026", "Choose a date from the calendar, or write it as 2026-11-27."),
        (editor.moment("a", "A"), "0001-01-01", "Choose a date from the calendar, or write it as 2026-11-27."),
        (editor.time_of_day("a", "A"), "25:00", "Enter a time of day such as 09:30."),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(field: Field, sent: str, words: str) -> None:
    found = reading.read(reading.fields_of([Section("S", (field,))]), {"a": [sent]}, {}, LOOK)

    assert found.problems == {"a": words}
    assert found.values == {}


def test_a_time_without_its_date_is_asked_for() -> None:
    fields = reading.fields_of([Section("S", (editor.moment("a", "A"),))])

    found = reading.read(fields, {"a": [""], "a@time": ["09:00"]}, {}, LOOK)

    assert found.problems == {"a": "Choose a date as well."}


def test_a_currency_without_decimals_takes_none() -> None:
    look = Look(LOOK.program, formats_of("ja", "Asia/Tokyo", "JPY"), LOOK.languages)

    found = reading.read(reading.fields_of([Section("S", (editor.money("a", "A"),))]), {"a": ["100.5"]}, {}, look)

    assert found.problems == {"a": "This currency has no decimals."}


def test_a_language_needs_all_its_words_or_none() -> None:
    field = editor.languages("a", "A", columns=(("one", "One"), ("other", "Several")))
    typed = {"a.en.one": ["point"], "a.en.other": ["points"], "a.de.one": ["Punkt"], "a.de.other": [""]}

    found = reading.read(reading.fields_of([Section("S", (field,))]), typed, {}, LOOK)

    assert found.problems == {"a.de.other": "Fill in all of them, or leave all empty."}


KINDS = Section(
    "Effect",
    (
        editor.select("effect.kind", "Kind", (("fixed", "Fixed"), ("rate", "Rate"))),
        editor.whole("effect.points", "Points", follows=editor.when("effect.kind", "fixed")),
        editor.money("effect.per", "For every", follows=editor.when("effect.kind", "rate")),
    ),
)


def changed(sections: list[Section], document: dict[str, Any], typed: dict[str, list[str]]) -> dict[str, Any]:
    """The document after the form was read into it."""
    fields = reading.fields_of(sections)
    found = reading.read(fields, reading.shown(fields, document, LOOK) | typed, document, LOOK)
    assert found.problems == {}
    after = deepcopy(document)
    reading.apply(found.values, fields, after)
    return after


def test_what_another_choice_hides_leaves_the_document() -> None:
    document = {"effect": {"kind": "fixed", "points": 50}}

    after = changed([KINDS], document, {"effect.kind": ["rate"], "effect.per": ["2"]})

    assert after == {"effect": {"kind": "rate", "per": "2"}}


def test_what_is_hidden_may_be_half_typed() -> None:
    fields = reading.fields_of([KINDS])

    found = reading.read(fields, {"effect.kind": ["rate"], "effect.per": ["2"], "effect.points": ["x"]}, {}, LOOK)

    assert found.problems == {}


def test_a_part_that_is_ticked_off_is_null_and_ticked_on_is_made_of_its_fields() -> None:
    section = Section(
        "Budget",
        (
            editor.present("limits.budget", "Limit the campaign"),
            editor.whole("limits.budget.points", "Points", follows=editor.when("limits.budget", "true")),
        ),
    )

    on = changed([section], {"limits": {"budget": None}}, {"limits.budget": ["true"], "limits.budget.points": ["500"]})
    off = changed([section], on, {"limits.budget": []})

    assert on == {"limits": {"budget": {"points": 500}}}
    assert off == {"limits": {"budget": None}}


def test_fields_that_the_kind_of_the_thing_rules_out_are_neither_drawn_nor_touched() -> None:
    section = Section(
        "S", (editor.money("maximum", "At most", is_optional=True, follows=editor.when("kind", "percent")),)
    )

    after = changed([section], {"kind": "amount", "maximum": "9"}, {"maximum": ["1"]})

    assert after == {"kind": "amount", "maximum": "9"}


def test_rows_are_added_dropped_and_moved_by_their_keys() -> None:
    document = {"steps": [{"at": 5, "badge": "Fan"}, {"at": 9, "badge": None}]}

    after = changed(
        [Section("S", (STEPS,))], document, {"steps": ["1,n7"], "steps.n7.at": ["20"], "steps.n7.badge": [""]}
    )

    assert after == {"steps": [{"at": 9, "badge": None}, {"at": 20, "badge": None}]}


def test_a_row_keeps_what_no_field_shows_and_its_id_when_it_moves() -> None:
    document = {
        "questions": [{"id": "why", "words": "Why?", "kind": "text"}, {"id": "who", "words": "Who?", "kind": "nps"}]
    }

    after = changed([Section("S", (QUESTIONS,))], document, {"questions": ["1,0"], "questions.1.words": ["Who then?"]})

    assert after["questions"] == [
        {"id": "who", "words": "Who then?", "kind": "nps"},
        {"id": "why", "words": "Why?", "kind": "text"},
    ]


def test_a_fresh_row_gets_an_id_of_its_own() -> None:
    document = {"questions": [{"id": "why", "words": "Why?"}]}
    typed = {"questions": ["0,n1"], "questions.n1.words": ["Why?"], "questions.n1.id": [""]}

    after = changed([Section("S", (QUESTIONS,))], document, typed)

    assert [one["id"] for one in after["questions"]] == ["why", "why-2"]


@pytest.mark.parametrize("sent", ["0,../../etc", "<script>", ",".join(f"n{n}" for n in range(2000))])
def test_keys_that_nobody_made_are_no_rows(sent: str) -> None:
    fields = reading.fields_of([Section("S", (STEPS,))])

    keys = reading.keys_of(fields[0], {"steps": [sent]})

    assert len(keys) <= reading.ROWS_MAX
    assert all(key.isalnum() for key in keys)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("effect.fixed.points", "effect.points"),
        ("effect.points", "effect.points"),
        ("effect", "effect.kind"),
        ("steps.1.at", "steps.n4.at"),
        ("steps", "steps"),
        ("titles.de", "titles.de"),
        ("elsewhere", ""),
    ],
)
def test_a_problem_of_the_document_stands_at_its_field(place: str, name: str) -> None:
    sections = [KINDS, Section("More", (STEPS, editor.languages("titles", "Titles")))]
    document = {"effect": {"kind": "fixed", "points": 0}, "steps": [{"at": 1}, {"at": 1}], "titles": {"de": ""}}
    typed = {"effect.kind": ["fixed"], "effect.points": ["0"], "steps": ["0,n4"]}

    found = reading.by_name([(place, "wrong")], reading.fields_of(sections), typed, document, LOOK)

    assert found == {name: "Wrong."}
