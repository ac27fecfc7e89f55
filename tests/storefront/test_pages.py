"""The panel's pages: whoever presses whatever is there finds a page, in every language, with nothing left to fill in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from plugin.loyalty.outside import Person
from plugin.loyalty.program import parse
from plugin.loyalty.words import LANGUAGES
from plugin.services import programs
from plugin.services.perform import World
from plugin.storefront.panel.rewards import STOPS_MOST, stops_of
from plugin.storefront.panel.texts import TEXTS
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify
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
    for language, spoken in TEXTS.items():
        assert list(spoken) == list(TEXTS["en"]), language
        for key, text in spoken.items():
            places = [set(re.findall(r"[\[{]\w+[\]}]", one)) for one in (text, TEXTS["en"][key])]
            assert places[0] == places[1], (language, key)


def test_a_slider_stops_at_both_ends_and_not_too_often() -> None:
    assert stops_of(30, 90, 30) == [30, 60, 90]
    assert stops_of(100, 100, 100) == [100]
    many = stops_of(7, 7 * 1000, 7)
    assert (many[0], many[-1]) == (7, 7000)
    assert len(many) <= STOPS_MOST + 1
    assert all(stop % 7 == 0 for stop in many)


def test_a_member_without_the_tier_is_told_for_whom_a_reward_is(ann: Shopper) -> None:
    listed = page(ann, "rewards")["page"]["parts"][0]["lines"]

    gold = next(line for line in listed if line["title"] == "Gold only")

    assert gold["text"] == "$5 off · 50 beans · This reward is for members of Gold."
    assert "pill" not in gold


def test_a_guest_is_led_in_wherever_a_member_would_be(guest: Shopper) -> None:
    for wanted in ("history", "codes", "household", "survey/taste"):
        shown = page(guest, wanted)["page"]
        assert shown["name"] == "home", wanted
        assert shown["parts"][0]["sign_in"] == wanted
    assert page(guest, "reward/five")["page"]["parts"][1]["parts"][0]["sign_in"] == "reward/five"


def test_there_is_no_page_of_an_unknown_name(ann: Shopper, bob: Shopper) -> None:
    taken = bob.redeem("ship").json["id"]

    answers = {
        name: ann.get(f"panel/{name}") for name in ("nothing", "reward/none", f"code/{taken}", "cause/none", "home/x")
    }

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 404)


def test_a_program_that_is_switched_off_is_said_to_be_paused(ann: Shopper, world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        programs.publish(session, parse(EVERYTHING | {"is_live": False}), by="test", now=NOON)

    answer = ann.get("panel/home")

    assert answer.json["error"] == {"code": "program-not-live", "message": "The program is paused at the moment."}


def test_words_money_and_days_are_those_of_the_readers_language(ann: Shopper) -> None:
    ann.language = "de"
    home = page(ann, "home")["page"]
    reward = page(ann, "reward/any")["page"]
    stop = reward["parts"][1]["parts"][0]["fields"][0]["stops"][0]

    assert (home["head"]["figure"], home["head"]["word"]) == ("500", "Bohnen")
    assert (stop["worth"], stop["points"]) == ("1\xa0$ Rabatt", "30 Bohnen")


def test_a_reward_for_some_customers_is_shown_as_shopify_knows_them(
    ann: Shopper, world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    some = {"id": "vip", "kind": "free_shipping", "title": "VIP", "price_points": 10, "customer_tags": ["vip"]}
    with world.database.transaction(shop.id) as session:
        programs.publish(session, parse(EVERYTHING | {"rewards": [some]}), by="test", now=NOON)

    def shown() -> dict[str, Any]:
        line: dict[str, Any] = page(ann, "rewards")["page"]["parts"][0]["lines"][0]
        return line

    before = shown()
    shopify.persons[7001] = Person(7001, None, None, ("vip",), None)

    assert before["text"].endswith("This reward is not open to your account.")
    assert shown()["pill"] == "Redeem"
