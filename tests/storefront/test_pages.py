"""The panel's pages: whoever presses whatever is there finds a page, in every language, with nothing left to fill in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from plugin.loyalty.program import parse
from plugin.loyalty.words import LANGUAGES
from plugin.services import programs
from plugin.services.perform import World
from plugin.storefront.panel.rewards import STOPS_MOST, stops_of
from plugin.storefront.panel.texts import TEXTS
from tests.conftest import NOON, TestShop
from tests.storefront.shopper import Shopper

EVERYTHING: dict[str, Any] = {
    "is_live": True,
    "name": "Club <b>",
    "points_name": {"en": {"one": "bean", "other": "beans"}, "de": {"one": "Bohne", "other": "Bohnen"}},
    "rewards": [
        {"id": "ship", "kind": "free_shipping", "title": "Free shipping", "price_points": 120},
        {"id": "five", "kind": "amount_off", "title": "Money off", "price_points": 150, "value": 5},
        {
            "id": "any",
            "kind": "amount_off",
            "title": "As you like",
            "price_points": 30,
            "value": 1,
            "is_variable": True,
        },
        {"id": "card", "kind": "gift_card", "title": "Gift card", "price_points": 200, "value": 5},
        {"id": "cut", "kind": "percent_off", "title": "Cut", "price_points": 100, "value": 12.5, "maximum": 20},
        {"id": "gold", "kind": "amount_off", "title": "Gold only", "price_points": 50, "value": 5, "tiers": ["gold"]},
    ],
    "tiers": {
        "levels": [
            {"id": "base", "title": "Base", "threshold": 0},
            {"id": "gold", "title": "Gold", "threshold": 500, "multiplier": 2, "perks": ["A cake"]},
        ]
    },
    "actions": [
        {"id": "follow", "kind": "social_follow", "title": "Follow us", "points": 10, "url": "https://example.com/us"},
        {"id": "day", "kind": "birthday", "title": "Birthday", "points": 50},
        {"id": "mail", "kind": "newsletter", "title": "Newsletter", "points": 20},
        {"id": "taste", "kind": "survey", "title": "Taste", "points": 5, "survey_id": "taste"},
        {"id": "fair", "kind": "event", "title": "Fair", "points": 5},
        {"id": "review", "kind": "review", "title": "Review", "points": 9},
    ],
    "surveys": [
        {
            "id": "taste",
            "title": "Taste",
            "questions": [
                {"id": "again", "kind": "nps", "words": "Would you?"},
                {"id": "sure", "kind": "index", "words": "Sure?"},
                {"id": "which", "kind": "choice", "words": "Which?", "choices": ["Tea", "Coffee"]},
                {"id": "prize", "kind": "reward", "words": "What?", "is_required": False},
                {"id": "why", "kind": "text", "words": "Why?", "is_required": False},
            ],
        }
    ],
    "achievements": [{"id": "ten", "title": "Ten orders", "metric": "orders", "steps": [{"at": 10, "points": 100}]}],
    "sharing": {
        "households": {"is_on": True, "limit_points": 500},
        "gifts": {"is_on": True, "minimum_points": 10},
        "causes": {"causes": [{"id": "trees", "title": "Trees"}], "match": {"percent": 1}},
    },
    "expiry": {"kind": "earned", "months": 12},
}


@pytest.fixture(autouse=True)
def _program(world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        programs.publish(session, parse(EVERYTHING), by="test", now=NOON)


def page(shopper: Shopper, name: str) -> dict[str, Any]:
    answer = shopper.get(f"panel/{name}")
    assert answer.status_code == 200, (name, answer.text)
    told: dict[str, Any] = answer.json
    return told


def within(part: Any) -> Iterator[dict[str, Any]]:
    """A document and everything in it that is one."""
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from within(value)
    elif isinstance(part, list):
        for value in part:
            yield from within(value)


def texts(part: Any) -> Iterator[str]:
    for document in within(part):
        yield from (value for value in document.values() if isinstance(value, str))


def walk(shopper: Shopper) -> dict[str, dict[str, Any]]:
    """Every page that can be reached by pressing things, by its name."""
    found: dict[str, dict[str, Any]] = {}
    ahead = ["home"]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found[name] = page(shopper, name)
            ahead += [one["go"] for one in within(found[name]) if "go" in one]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_can_be_pressed_leads_somewhere_in_every_language(ann: Shopper, app: Flask, language: str) -> None:
    ann.language = language
    ann.post("household/found", {})
    ann.post("household/put-in", {"points": 130, "request_key": "f" * 20})
    ann.redeem("five")

    pages = walk(ann)
    addresses = {rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}

    assert {"home", "rewards", "reward/any", "reward/ship/household", "reward/card/send", "codes", "earn"} <= set(pages)
    assert {"birthday", "survey/taste", "check-in", "invite", "tiers", "household", "gifts", "cause/trees"} <= set(
        pages
    )
    for name, told in pages.items():
        assert {f"/proxy/{one['post']}" for one in within(told) if "post" in one} <= addresses, name
        assert not [text for text in texts(told) if "{" in text and "svg" not in text], name


def test_every_language_says_everything_with_the_same_places() -> None:
    import re

    for language, spoken in TEXTS.items():
        assert list(spoken) == list(TEXTS["en"]), language
        for key, text in spoken.items():
            places = [set(re.findall(r"[\[{]\w+[\]}]", one)) for one in (text, TEXTS["en"][key])]
            assert places[0] == places[1], (language, key)
