"""What the model refuses reaches the merchant at the right field, in words that say what to do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from plugin.admin import forms
from plugin.admin.formats import formats_of
from plugin.admin.program import editing, reading
from plugin.admin.program.editing import Subject
from plugin.admin.program.mistakes import friendly
from plugin.admin.program.parts import PARTS
from plugin.admin.program.reading import Look
from plugin.loyalty import program as model
from plugin.loyalty.program import Program, dump
from tests.admin.program.everything import everything
from tests.docs.test_words import INTERNAL

NOW: Final = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)
USD: Final = formats_of("en", "America/New_York", "USD")

NEVER_MET: Final = (
    "two .* have the (same )?id",  # ids are made, each its own
    "has no value; leave it out",  # fields that a kind does not have are not in its form
    "leave it out",
    "leave one of them out",
    "only a quantity is counted in units",
    "only a percentage off has a maximum",
    "only an amount off",
    "only a free product has a variant",
    "only an amount or a percentage off",
    "Shopify cannot ask for a minimum",
    "has no code",
    "an instant reward gives no points to limit",
    "a streak needs a period that comes again",
    "name no tags",
)


def test_every_refusal_of_the_model_has_words_for_merchants() -> None:
    plain = {
        message
        for message in _refusals()
        if friendly(message) == forms.friendly(message)
        and not re.search("|".join(NEVER_MET), message)
        and not any(pattern.search(message) for pattern, _ in forms._FRIENDLY)
    }

    assert plain == {"a percentage is at most 100"}  # which is plain enough


def test_words_for_merchants_name_no_field_of_the_document() -> None:
    said = [friendly(message) for message in _refusals() if not re.search("|".join(NEVER_MET), message)]

    assert [words for words in said if re.search(r"[a-z]_[a-z]|[{}]|\bid\b", words) or INTERNAL.search(words)] == []


@pytest.mark.parametrize(
    ("slug", "item", "typed", "name", "words"),
    [
        ("campaigns", "weekend", {"conditions.ends_at": "2026-03-01"}, "conditions.ends_at", "comes after the start"),
        (
            "campaigns",
            "weekend",
            {"conditions.countries": "Atlantis"},
            "conditions.countries",
            "two letters, such as US",
        ),
        ("campaigns", "weekend", {"conditions.hours.start": "25:00"}, "conditions.hours.start", "such as 09:30"),
        ("campaigns", "weekend", {"limits.budget.points": ""}, "limits.budget.points", "Fill this in."),
        ("campaigns", "weekend", {"effect.factor": "0.5"}, "effect.factor", "Enter 1 or more."),
        ("campaigns", "weekend", {"limits.budget.steps.1.used": "50"}, "limits.budget.steps", "above the one before"),
        ("campaigns", "steps", {"effect.brackets.1.start": "20"}, "effect.brackets", "lowest amount first"),
        ("campaigns", "steps", {"effect.brackets": ""}, "effect.brackets", "Add at least one."),
        ("campaigns", "steps", {"group": ""}, "group", "Name the group of campaigns"),
        ("campaigns", "steps", {"combines": "multiply"}, "combines", "Only campaigns that multiply"),
        ("rewards", "amount", {"code_prefix": "two words"}, "code_prefix", "capital letters and digits"),
        ("rewards", "amount", {"maximum_points": "30"}, "maximum_points", "no less than the lowest number"),
        ("rewards", "amount", {"eligible_collection_ids": "31"}, "eligible_collection_ids", "either products or"),
        ("rewards", "amount", {"values.0.currency": "Euro"}, "values", "three letters, such as USD"),
        ("rewards", "card", {"code_prefix": "GIFTS"}, "code_prefix", "at most 4 signs"),
        ("rewards", "early", {"tag": ""}, "tag", "Fill this in."),
        (
            "referrals",
            None,
            {"referral.suspicion.review_at": "95"},
            "referral.suspicion.review_at",
            "score for refusing",
        ),
        ("referrals", None, {"referral.offer.value~2": "101"}, "referral.offer.value~2", "at most 100"),
        ("tiers", "gold", {"multiplier": "0.5"}, "multiplier", "Enter 1 or more."),
        ("tiers", "gold", {"threshold~2": "0"}, "threshold~2", "gives nothing on reaching it"),
        (
            "membership",
            "plus",
            {"product_ids": "", "variant_ids": ""},
            "product_ids",
            "Choose the product that sells it.",
        ),
        ("actions", "instagram", {"url": "instagram.com/us"}, "url", "begins with https://"),
        ("actions", "review", {"caps.0.count": "0"}, "caps.0.count", "Enter 1 or more."),
        ("achievements", "meals", {"steps.1.at": "100"}, "steps", "lowest step first"),
        ("achievements", "meals", {"units.0.product_id": ""}, "units.0.product_id", "one of both"),
        ("achievements", "spring", {"steps.0.at": "2"}, "steps", "one step, at 1"),
        ("achievements", "helper", {"action_ids": []}, "action_ids", "Choose the actions that are counted."),
        ("surveys", "taste", {"questions.1.choices": ""}, "questions.1.choices", "answers to choose from"),
        ("surveys", "taste", {"questions": ""}, "questions", "Add a first question."),
        ("expiry", None, {"expiry.days": ""}, "expiry.days", "Fill this in."),
        ("expiry", None, {"expiry.warn_days": "30, 14, 7"}, "expiry.warn_days", "Use at most 2."),
        ("dividend", None, {"dividend.day": "31"}, "dividend.day", "Enter 28 or less."),
        ("dividend", None, {"dividend.payout.reward_id": "shipping"}, "dividend.payout.reward_id", "amount off"),
    ],
)
def test_a_mistake_stands_at_its_field(
    slug: str, item: str | None, typed: dict[str, Any], name: str, words: str
) -> None:
    problems = _problems(slug, item, typed, everything())

    assert list(problems) == [name]
    assert words in problems[name]


def _problems(slug: str, item: str | None, typed: Mapping[str, Any], program: Program) -> Mapping[str, str]:
    subject = Subject(next(part for part in PARTS if part.slug == slug), item)
    document, look = dump(program), Look(program, USD, (("en", "English"), ("de", "German")))
    inner = subject.open(document)
    assert inner is not None
    shown = reading.shown(reading.fields_of(subject.sections), inner, look)
    changed = {name: value if isinstance(value, list) else [value] for name, value in typed.items()}
    return editing.edit(subject, document, {**shown, **changed}, None, look, revision=0).problems


def _refusals() -> Iterator[str]:
    """What the model says when it refuses, without the field before the colon; values stand as 1."""
    for module in sorted(Path(model.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Raise)
                and isinstance(node.exc, ast.Call)
                and getattr(node.exc.func, "id", "") == "ValueError"
            ):
                message = _text(node.exc.args[0]).partition(": ")[2]
                if message:  # the others are for programmers
                    yield message


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_piece(part) for part in node.values)
    return ""


def _piece(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    return "'1'" if isinstance(part, ast.FormattedValue) and part.conversion == ord("r") else "1"
