"""Laws of the editors: nothing of the program is out of their reach, nothing changes by being looked at, every start is sound."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from plugin.admin.formats import Formats, formats_of
from plugin.admin.program import editing, reading
from plugin.admin.program.editing import Subject
from plugin.admin.program.editor import GROUPS, Field, Listing, Part, Section, Start
from plugin.admin.program.parts import PARTS, rewards
from plugin.admin.program.reading import Look
from plugin.loyalty.lint import lint
from plugin.loyalty.program import Program, default_program, dump, parse
from plugin.loyalty.program.rewards import RewardKind
from tests.admin.program.everything import OTHER_CHOICES, everything
from tests.docs.test_words import INTERNAL

NOW: Final = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)
USD: Final = formats_of("en", "America/New_York", "USD")
JPY: Final = formats_of("ja", "Asia/Tokyo", "JPY")
LANGUAGES: Final = (("en", "English"), ("de", "German"), ("fr", "French"), ("ja", "Japanese"))

NOT_IN_FORMS: Final = {
    "is_live": "launching and switching off are done on the home page, with what they mean beside the button",
    "earning.expiry_months": "the short form of expiry.months; the page about expiry shows it there and writes the long one",
    "order_rules[].id": "made from the title once, and never changed: orders remember it",
    "rewards[].id": "made from the title once, and never changed: codes remember it",
    "rewards[].kind": "chosen with the starting point; another kind is another reward",
    "tiers.levels[].id": "made from the title once, and never changed: members remember it",
    "membership.plans[].id": "made from the title once, and never changed: purchases remember it",
    "actions[].id": "made from the title once, and never changed: what was done remembers it",
    "actions[].kind": "chosen with the starting point; another kind is another action",
    "achievements[].id": "made from the title once, and never changed: what was reached remembers it",
    "surveys[].id": "made from the title once, and never changed: answers remember it",
    "surveys[].questions[].id": "made from the question once, and never changed: answers remember it",
    "sharing.causes.causes[].id": "made from the title once, and never changed: donations remember it",
    "goodwill.codes[].id": "made from the title once, and never changed: what was given remembers it",
    "partners[].id": "made from the title once, and never changed: the partner's key remembers it",
    "order_rules[].is_on": "the switch in the list",
    "rewards[].is_on": "the switch in the list",
    "actions[].is_on": "the switch in the list",
    "achievements[].is_on": "the switch in the list",
    "sharing.causes.causes[].is_on": "the switch in the list",
    "partners[].is_on": "the switch in the list",
}
WRITTEN_OTHERWISE: Final = {
    "expiry.unit": "months or days: which of expiry.months and expiry.days there is",
    "points_back.returning": "whether points_back.shopper_minutes is null, 0 or a number",
    "rewards[].values[].currency": "the keys of rewards[].values",
    "rewards[].values[].amount": "the values of rewards[].values",
}
LEFT_TO_THE_MERCHANT: Final[Mapping[str, dict[str, Any]]] = {
    "rewards/free-product": {"product_id": 501},
    "membership/year": {"product_ids": [901]},
    "membership/month": {"product_ids": [902]},
    "membership/life": {"product_ids": [903]},
    "actions/social-follow": {"url": "https://www.instagram.com/roastery"},
    "actions/social-share": {"url": "https://www.facebook.com/sharer"},
    "actions/survey": {"survey_id": "taste"},
    "achievements/helper": {"action_ids": ["review"]},
}
"""What only the merchant knows: the rest of these starting points stands."""


def test_every_field_of_the_program_has_an_editor_or_a_reason() -> None:
    fields = set(_leaves(Program))

    edited = {path for part in PARTS for path in _edited(part)}

    uncovered = {path for path in fields - edited if not _is_excused(path)}
    assert uncovered == set()
    assert edited - fields - set(WRITTEN_OTHERWISE) == set()


def test_reasons_are_not_older_than_the_program() -> None:
    fields = set(_leaves(Program))

    stale = [reason for reason in NOT_IN_FORMS if not any(_is_under(path, reason) for path in fields)]
    edited = [path for part in PARTS for path in _edited(part) if path in NOT_IN_FORMS]

    assert (stale, edited) == ([], [])


def test_the_program_that_uses_everything_does() -> None:
    """Or else the round trips below would prove less than they say."""
    plain = Program()
    tried = [everything(), *(everything(**changes) for changes in OTHER_CHOICES)]

    same = {path for path in _leaves(Program) if all(_values(one, path) <= _values(plain, path) for one in tried)}

    assert {path for path in same if not _is_excused(path) and not path.endswith(".id")} == set()


def test_every_part_has_a_place_among_the_cards_and_an_address_of_its_own() -> None:
    slugs = [part.slug for part in PARTS]
    starts = [(part.slug, start.slug) for part in PARTS if part.listing for start in part.listing.starts]

    assert len(set(slugs)) == len(slugs)
    assert len(set(starts)) == len(starts)
    assert {part.group for part in PARTS} == {group for group, _ in GROUPS}


@pytest.mark.parametrize("part", PARTS, ids=[part.slug for part in PARTS])
@pytest.mark.parametrize("currency", ["USD", "JPY"])
def test_saving_an_untouched_page_changes_nothing_in_a_new_program(part: Part, currency: str) -> None:
    formats = {"USD": USD, "JPY": JPY}[currency]
    program = default_program(currency, is_live=True)

    saved = {str(subject.item_id): _saved_untouched(subject, program, formats) for subject in _pages(part, program)}

    assert saved == dict.fromkeys(saved, program)


@pytest.mark.parametrize("part", PARTS, ids=[part.slug for part in PARTS])
def test_saving_an_untouched_page_changes_nothing_in_a_program_that_uses_everything(part: Part) -> None:
    program = everything()

    saved = {str(subject.item_id): _saved_untouched(subject, program, USD) for subject in _pages(part, program)}

    assert saved == dict.fromkeys(saved, program)


@pytest.mark.parametrize("changes", OTHER_CHOICES, ids=lambda changes: next(iter(changes)))
def test_saving_untouched_pages_changes_nothing_whatever_was_chosen(changes: dict[str, Any]) -> None:
    program = everything(**changes)

    saved = [_saved_untouched(subject, program, USD) for part in PARTS for subject in _pages(part, program)]

    assert all(one == program for one in saved)


def test_the_short_form_of_expiry_is_shown_and_written_as_the_long_one() -> None:
    short = parse(dump(default_program("USD", is_live=True)) | {"earning": {"expiry_months": 12}})

    saved = _saved_untouched(Subject(_part("expiry")), short, USD)

    assert saved.lapse == short.lapse
    assert saved.earning.expiry_months is None


def test_what_is_switched_off_keeps_its_settings() -> None:
    program = everything()
    part = _part("referrals")
    typed = _shown(Subject(part), program, USD)

    off = _saved(Subject(part), program, {**typed, "referral.is_on": []}, USD)

    assert off.referral == program.referral.model_copy(update={"is_on": False})


def _starts() -> Iterator[Any]:
    for part in PARTS:
        for start in part.listing.starts if part.listing is not None else ():
            yield pytest.param(part, start, id=f"{part.slug}/{start.slug}")


@pytest.mark.parametrize("currency", ["USD", "JPY"])
@pytest.mark.parametrize(("part", "start"), list(_starts()))
def test_every_start_is_a_sound_program(part: Part, start: Start, currency: str) -> None:
    formats = {"USD": USD, "JPY": JPY}[currency]
    program = _ground(part, currency)

    started = _started(part, start, program, formats)

    new = {finding.text for finding in lint(started)} - {finding.text for finding in lint(program)}
    assert new == set()
    assert _count(started, part) > _count(program, part)


@pytest.mark.parametrize(("part", "start"), list(_starts()))
def test_every_start_says_what_it_means(part: Part, start: Start) -> None:
    listing = _listing(part)
    started = _started(part, start, _ground(part, "USD"), USD)
    items = editing.items_of(listing, dump(started))

    item = editing.typed_item(listing, started, items[-1]["id"])
    said = [listing.line(started, item, USD), *(listing.meaning(started, item, USD) if listing.meaning else ())]

    assert all(words and words[0] == words[0].upper() for words in said)
    assert [words for words in said if INTERNAL.search(words) or re.search(r"[{}]|None|Decimal", words)] == []


def test_starts_are_worth_the_same_in_every_currency_and_at_every_rate() -> None:
    part = _part("rewards")
    generous = parse(dump(default_program("USD", is_live=True)) | {"earning": {"points": 10, "per": "1"}})

    plain = _made(part, "amount-off", default_program("USD", is_live=True), USD)
    yen = _made(part, "amount-off", default_program("JPY", is_live=True), JPY)
    tenfold = _made(part, "amount-off", generous, USD)

    assert (plain["value"], plain["price_points"]) == ("5", 150)
    assert (yen["value"], yen["price_points"]) == ("500", 150)
    assert (tenfold["value"], tenfold["price_points"]) == ("5", 1500)


def test_a_weekend_is_the_next_one_where_the_shop_is() -> None:
    friday_night = datetime(2026, 3, 7, 3, 0, tzinfo=UTC)  # still Friday in New York
    start = _start_named(_part("campaigns"), "weekend")

    made = start.make(default_program("USD", is_live=True), USD, friday_night)

    begins, ends = (
        datetime.fromisoformat(made["conditions"][name]).astimezone(USD.zone) for name in ("starts_at", "ends_at")
    )
    assert (begins.isoformat(), ends.isoformat()) == ("2026-03-07T00:00:00-05:00", "2026-03-09T00:00:00-04:00")


@pytest.mark.parametrize("kind", get_args(RewardKind))
def test_every_reward_says_in_a_sentence_what_it_does_to_other_discounts(kind: str) -> None:
    program = everything()
    reward = next(one for one in program.rewards if one.kind == kind)

    said = rewards.meaning(program, reward, USD)

    assert sum("discount" in words for words in said) == 1


@pytest.mark.parametrize("program", [default_program("USD", is_live=False), everything()], ids=["new", "everything"])
@pytest.mark.parametrize("part", PARTS, ids=[part.slug for part in PARTS])
def test_every_part_says_how_it_stands_in_the_merchants_words(part: Part, program: Program) -> None:
    said = [part.state(program, USD).words, *(part.meaning(program, USD) if part.meaning else ())]
    if part.listing is not None:
        for item in editing.items_of(part.listing, dump(program)):
            typed = editing.typed_item(part.listing, program, item["id"])
            said.append(part.listing.line(program, typed, USD))
            said += part.listing.meaning(program, typed, USD) if part.listing.meaning else ()

    assert all(words.strip() and len(words) <= 600 for words in said)
    assert [words for words in said if INTERNAL.search(words) or re.search(r"[{}]|None|Decimal", words)] == []
    if program.points_word(2) == "beans":
        assert [
            words for words in said if re.search(r"\bpoints?\b(?! of sale)", words) and "point of sale" not in words
        ] == []


@pytest.mark.parametrize("part", PARTS, ids=[part.slug for part in PARTS])
def test_labels_are_in_the_merchants_words(part: Part) -> None:
    look = Look(everything(), USD, LANGUAGES)

    said = [look.words(words) for words in _words_of(part)]

    assert [words for words in said if INTERNAL.search(words) or "{" in words] == []
    assert [words for words in said if re.search(r"\bpoints\b", words, re.IGNORECASE)] == []


@pytest.mark.parametrize("part", PARTS, ids=[part.slug for part in PARTS])
def test_whatever_a_field_follows_is_there(part: Part) -> None:
    whole = set(_leaves(Program))
    for sections, base in ((part.sections, ""), (part.listing.sections if part.listing else (), _base(part))):
        fields = [field for section in sections for field in section.fields]
        paths = {field.path for field in fields}
        follows = [it for section in sections for it in section.follows] + [it for one in fields for it in one.follows]
        for it in follows:
            known = it.path in paths or f"{base}{it.path}" in whole or it.path.removeprefix("/") in whole
            assert known, f"{part.slug}: nothing at {it.path}"


# ---- pages, and saving them --------------------------------------------------------------------------------------------------


def _pages(part: Part, program: Program) -> list[Subject]:
    """The part's own form, where it has one, and the form of every item of its list."""
    listing = part.listing
    items = editing.items_of(listing, dump(program)) if listing is not None else []
    return [*([Subject(part)] if part.sections else []), *(Subject(part, item["id"]) for item in items)]


def _shown(subject: Subject, program: Program, formats: Formats) -> dict[str, Any]:
    inner = subject.open(dump(program))
    return reading.shown(reading.fields_of(subject.sections), inner, Look(program, formats, LANGUAGES))


def _saved(subject: Subject, program: Program, typed: Mapping[str, Any], formats: Formats) -> Program:
    look = Look(program, formats, LANGUAGES)
    edited = editing.edit(subject, dump(program), typed, None, look, revision=0)
    assert edited.program is not None, edited.problems
    return edited.program


def _saved_untouched(subject: Subject, program: Program, formats: Formats) -> Program:
    return _saved(subject, program, _shown(subject, program, formats), formats)


def _ground(part: Part, currency: str) -> Program:
    """What a starting point is added to: a new program, with a survey and an action where one must be there to be named."""
    changes: dict[str, Any] = {}
    if part.slug in {"actions", "achievements"}:
        review = {"id": "review", "kind": "review", "title": "Review", "points": 5}
        taste = {"id": "taste", "title": "Taste", "questions": [{"id": "nps", "kind": "nps", "words": "Would you?"}]}
        asked = {"id": "asked", "kind": "survey", "title": "Answer", "survey_id": "taste"}
        changes = {"surveys": [taste], "actions": [review, asked]}
    if part.slug == "surveys":
        return parse(dump(default_program(currency, is_live=True)))
    return parse(dump(default_program(currency, is_live=True)) | changes)


def _started(part: Part, start: Start, program: Program, formats: Formats) -> Program:
    """The program with the starting point saved, as its form says it."""
    listing = _listing(part)
    made = start.make(program, formats, NOW)
    for item in made if start.is_set else [made]:
        fresh = {**item, **LEFT_TO_THE_MERCHANT.get(f"{part.slug}/{start.slug}", {})}
        subject = Subject(part, fresh=fresh)
        program = _saved(subject, program, _shown(subject, program, formats), formats)
    if listing.path == "surveys":
        asked = {"id": "asked", "kind": "survey", "title": "Answer", "survey_id": program.surveys[-1].id}
        program = parse(dump(program) | {"actions": [asked]})
    return program


def _made(part: Part, slug: str, program: Program, formats: Formats) -> dict[str, Any]:
    return dict(_start_named(part, slug).make(program, formats, NOW))


def _start_named(part: Part, slug: str) -> Start:
    return next(start for start in _listing(part).starts if start.slug == slug)


def _part(slug: str) -> Part:
    return next(part for part in PARTS if part.slug == slug)


def _listing(part: Part) -> Listing:
    assert part.listing is not None
    return part.listing


def _count(program: Program, part: Part) -> int:
    return len(editing.items_of(_listing(part), dump(program)))


# ---- the fields of the program, and those of the pages -------------------------------------------------------------------------


def _leaves(model: Any, path: str = "") -> Iterator[str]:
    """Every value of the document by its path: lists of parts as `[]`, tables and lists of values as one value."""
    origin, arguments = get_origin(model), get_args(model)
    if origin is Annotated:
        yield from _leaves(arguments[0], path)
    elif isinstance(model, type) and issubclass(model, BaseModel):
        for name, field in model.model_fields.items():
            yield from _leaves(field.annotation, f"{path}.{name}" if path else name)
    elif origin in (Union, UnionType):
        for each in arguments:
            if each is not type(None):
                yield from _leaves(each, path)
    elif origin is tuple and _is_part(arguments[0]):
        yield from _leaves(arguments[0], f"{path}[]")
    else:
        yield path


def _values(program: Program, path: str) -> set[str]:
    """Everything that a program says at a path, through all items of lists; a value that is not there is none."""
    found: list[Any] = [dump(program)]
    for name in path.replace("[]", ".[]").split("."):
        if name == "[]":
            found = [item for each in found for item in each]
        else:
            found = [each[name] for each in found if isinstance(each, dict) and name in each]
    return {str(each) for each in found if each is not None}


def _is_part(model: Any) -> bool:
    inner = get_args(model)[0] if get_origin(model) is Annotated else model
    return isinstance(inner, type) and issubclass(inner, BaseModel)


def _edited(part: Part) -> Iterator[str]:
    yield from _paths(part.sections, "")
    if part.listing is not None:
        yield from _paths(part.listing.sections, _base(part))


def _base(part: Part) -> str:
    return f"{part.listing.path}[]." if part.listing is not None else ""


def _paths(sections: tuple[Section, ...], base: str) -> Iterator[str]:
    for section in sections:
        for field in section.fields:
            yield from _paths_of(field, base)


def _paths_of(field: Field, base: str) -> Iterator[str]:
    if field.rows is not None:
        for one in field.rows.fields:
            yield from _paths_of(one, f"{base}{field.path}[].")
    elif field.kind != "present":  # the switch of an optional part; its fields are there by themselves
        yield f"{base}{field.path}"


def _is_excused(path: str) -> bool:
    return any(_is_under(path, reason) for reason in NOT_IN_FORMS) or path == "rewards[].values"


def _is_under(path: str, reason: str) -> bool:
    return path.startswith(reason) if reason.endswith(".") else path == reason


def _words_of(part: Part) -> Iterator[str]:
    yield from (part.title, part.about)
    sections = part.sections
    if part.listing is not None:
        sections += part.listing.sections
        yield from (part.listing.noun, part.listing.plural, part.listing.removal, part.listing.empty)
        for start in part.listing.starts:
            yield from (start.label, start.about)
    for section in sections:
        yield from (section.heading, section.subheading)
        for field in section.fields:
            yield from _words_of_field(field)


def _words_of_field(field: Field) -> Iterator[str]:
    yield from (field.label, field.details, field.suffix, field.placeholder)
    if not callable(field.choices):
        yield from (label for _, label in field.choices)
    if field.rows is not None:
        yield from (field.rows.noun, field.rows.empty)
        for one in field.rows.fields:
            yield from _words_of_field(one)
