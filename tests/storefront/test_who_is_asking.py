"""Every route against every way of not being who one says: forged, repeated, stale, foreign, without a nonce, in another form."""

from __future__ import annotations

import logging
import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from plugin.loyalty.words import LANGUAGES
from plugin.services import shops
from plugin.services.perform import World
from plugin.settings import Settings
from plugin.storefront import nonce
from plugin.storefront.nonce import Visitor
from plugin.storefront.refusals import STATUSES
from plugin.storefront.sentences import SENTENCES
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import FakeShopify, StepClock
from tests.storefront.shopper import KEY, Shopper, sign

NOBODYS = "00000000-0000-4000-8000-000000000000"
NOT_FOR_SHOPPERS = {
    "order-unknown", "version-conflict", "invalid-program", "tier-unknown", "tier-not-pinned", "tier-pin-over",
    "version-unknown", "draft-missing", "draft-conflict", "draft-outdated", "rehearsal-unknown", "return-too-large",
    "return-not-possible", "task-unknown", "task-closed", "nothing-to-reinstate", "goodwill-unknown", "over-budget",
    "grant-unknown", "grant-over", "link-code-invalid", "launch-says-nothing", "launch-trial-unknown",
    "dividend-not-due", "action-not-reported", "activity-unknown", "event-unknown", "check-in-code-taken",
    "bulk-for-nobody", "bulk-over", "bulk-too-large", "bulk-uncounted", "bulk-unknown", "feedback-unknown", "member-blocked",
    "member-not-blocked", "merge-impossible", "segment-name-taken", "segment-unknown", "too-many-segments",
}  # fmt: skip
"""Refusals that only staff, machines and partners can meet."""


@dataclass(frozen=True)
class Route:
    """One route with a request that it would take."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    body: tuple[tuple[str, Any], ...] | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


READING = [
    Route("GET", "program"),
    Route("GET", "state"),
    Route("GET", "history", (("before", "9"),)),
    Route("GET", f"redemption/{NOBODYS}"),
    Route("GET", "referral", (("ref", "ABCDEFGH12"),)),
    Route("GET", f"claim/{NOBODYS}"),
    Route("GET", "referrals"),
]
CHANGING = [
    Route("POST", "join", body=()),
    Route("POST", "redeem", body=(("reward_id", "free-shipping"), ("request_key", KEY))),
    Route("POST", "cancel", body=(("redemption_id", NOBODYS),)),
    Route("POST", "claim", body=(("ref", "ABCDEFGH12"), ("request_key", KEY))),
    Route("POST", "click", body=(("ref", "ABCDEFGH12"),)),
    Route("POST", "share", body=(("via", "copy"),)),
]
FORGERIES: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "other secret": lambda facts: {**facts, "signature": sign(facts, "shpss_another")},
    "truncated": lambda facts: {**facts, "signature": facts["signature"][:-1]},
    "empty": lambda facts: {**facts, "signature": ""},
    "missing": lambda facts: {name: value for name, value in facts.items() if name != "signature"},
    "other customer": lambda facts: {**facts, "logged_in_customer_id": "7002"},
    "other shop": lambda facts: {**facts, "shop": "other.myshopify.com"},
    "unsigned extra": lambda facts: {**facts, "extra": "1"},
    "nothing": lambda facts: {},
}
every_route = pytest.mark.parametrize("route", READING + CHANGING, ids=str)
every_change = pytest.mark.parametrize("route", CHANGING, ids=str)


def send(shopper: Shopper, route: Route, query: str, *, nonce: str = "", **more: Any) -> Any:
    body = None if route.body is None else {**dict(route.body), "nonce": nonce}
    return shopper.http().open(f"/proxy/{route.path}?{query}", method=route.method, **({"json": body} | more))


def rows(world: World, shop: TestShop) -> tuple[int, ...]:
    """How many members, entries, redemptions, referrals and remembered requests the shop has."""
    with world.database.transaction(shop.id) as session:
        return tuple(
            session.sql(statement, shop.id)[0][0]
            for statement in (
                "SELECT count(*) FROM members WHERE shop_id = %s",
                "SELECT count(*) FROM entries WHERE shop_id = %s",
                "SELECT count(*) FROM redemptions WHERE shop_id = %s",
                "SELECT count(*) FROM referrals WHERE shop_id = %s",
                "SELECT count(*) FROM requests WHERE shop_id = %s",
            )
        )


def addresses(app: Flask) -> list[tuple[str, str]]:
    """(method, path) of every address of the door, with something in each place."""
    found = []
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<uuid:\w+>", NOBODYS, rule.rule).replace("<path:name>", "home").removeprefix("/proxy/")
        if rule.rule.startswith("/proxy/") and "rest" not in rule.arguments and "rest" not in (rule.defaults or {}):
            found += [(method, path) for method in ("GET", "POST") if method in (rule.methods or ())]
    return found


# --- the signature ------------------------------------------------------------------------------------------------------


def test_no_address_takes_what_shopify_did_not_sign_or_a_change_without_a_nonce(
    app: Flask, ann: Shopper, world: World, shop: TestShop
) -> None:
    before = rows(world, shop)
    listed = addresses(app)

    for method, path in listed:
        for name, forge in FORGERIES.items():
            query = urlencode(forge(ann.signed()))
            answer: Any = ann.http().open(
                f"/proxy/{path}?{query}", method=method, json={} if method == "POST" else None
            )
            assert (answer.status_code, answer.json["error"]["code"]) == (401, "not_from_shopify"), (method, path, name)
        if method == "POST":
            unsaid: Any = ann.http().post(f"/proxy/{path}?{urlencode(ann.signed())}", json={})
            assert unsaid.json["error"]["code"] in {"session-expired", "invalid-request"}, path

    assert len(listed) > 30
    assert rows(world, shop) == before


@every_route
@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_what_shopify_did_not_sign_is_refused(ann: Shopper, route: Route, forge: Any) -> None:
    answer = send(ann, route, urlencode(forge(ann.signed(**dict(route.params)))), nonce=ann.state()["nonce"])

    assert (answer.status_code, answer.json["error"]["code"]) == (401, "not_from_shopify")


@every_route
def test_a_repeated_parameter_is_refused_even_when_the_signature_covers_it(ann: Shopper, route: Route) -> None:
    facts = {name: value for name, value in ann.signed(**dict(route.params)).items() if name != "signature"}
    both = sign({**facts, "logged_in_customer_id": "7001,7002"})
    query = urlencode([*facts.items(), ("logged_in_customer_id", "7002"), ("signature", both)])

    answer = send(ann, route, query, nonce=ann.state()["nonce"])

    assert answer.status_code == 401


@every_route
def test_a_name_and_value_read_in_another_way_are_refused(ann: Shopper, route: Route) -> None:
    """Without separators, `lang=en` + `logged_in_customer_id=7001` signs like one parameter that holds both."""
    facts = {name: value for name, value in ann.signed(**dict(route.params)).items() if name != "signature"}
    signature = sign(facts)
    swallowed = facts | {"lang": f"en{'logged_in_customer_id=7001'}", "signature": signature}
    del swallowed["logged_in_customer_id"]

    answer = send(ann, route, urlencode(swallowed), nonce=ann.state()["nonce"])

    assert answer.status_code == 401


@every_route
@pytest.mark.parametrize("seconds", [-91, 91], ids=["from the past", "from the future"])
def test_a_request_of_another_time_is_refused(ann: Shopper, clock: StepClock, route: Route, seconds: int) -> None:
    token = ann.state()["nonce"]
    query = urlencode(ann.signed(**dict(route.params)))
    clock.forward(seconds=seconds)

    answer = send(ann, route, query, nonce=token)

    assert answer.status_code == 401


@every_route
def test_a_shop_we_do_not_know_is_not_found(app: Flask, clock: StepClock, route: Route) -> None:
    stranger = Shopper(app, "nobody-knows.myshopify.com", clock, customer="7001")

    answer = send(stranger, route, urlencode(stranger.signed(**dict(route.params))))

    assert (answer.status_code, answer.json["error"]["code"]) == (404, "shop-unknown")


@every_route
def test_a_shop_that_left_is_not_found(ann: Shopper, world: World, shop: TestShop, route: Route) -> None:
    token = ann.state()["nonce"]
    with world.database.transaction(shop.id) as session:
        shops.uninstalled(session, at=NOON)

    answer = send(ann, route, urlencode(ann.signed(**dict(route.params))), nonce=token)

    assert (answer.status_code, answer.json["error"]["code"]) == (404, "shop-unknown")


# --- the nonce ----------------------------------------------------------------------------------------------------------


@every_change
@pytest.mark.parametrize(
    "wrong", ["missing", "another customer's", "a guest's", "another shop's", "old", "garbage", "longer"]
)
def test_nothing_changes_without_a_nonce_of_ones_own(
    ann: Shopper, bob: Shopper, guest: Shopper, world: World, shop: TestShop, clock: StepClock, settings: Settings,
    route: Route, wrong: str,
) -> None:  # fmt: skip
    mine, other_shop = ann.state()["nonce"], make_shop(world)
    key = settings.derived_key("storefront-nonces")
    nonces = {
        "missing": "",
        "another customer's": bob.state()["nonce"],
        "a guest's": guest.state()["nonce"],
        "another shop's": nonce.write(key, Visitor(other_shop.id, 7001), NOON),
        "old": nonce.write(key, Visitor(shop.id, 7001), NOON - nonce.LIFETIME),
        "garbage": "9999999999.é\u0000" + "0" * 30,
        "longer": mine.replace(".", "0."),
    }
    before = rows(world, shop)

    answer = send(ann, route, urlencode(ann.signed()), nonce=nonces[wrong])

    assert (answer.status_code, answer.json["error"]["code"]) == (403, "session-expired")
    assert rows(world, shop) == before


@every_change
@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("text/plain", b'{"nonce": "%s"}'),
        ("application/x-www-form-urlencoded", b"nonce=1"),
        ("multipart/form-data", b"nonce=1"),
        ("", b"{}"),
        ("application/json", b""),
        ("application/json", b"[]"),
        ("application/json", b"{"),
        ("application/json", b'{"nonce": NaN}'),
        ("application/json", b"\xff\xfe"),
        ("application/json", b"[" * 4000),
        ("application/json", b'{"nonce": "' + b"x" * 9000 + b'"}'),
        ("application/json", b'{"nonce": "", "shop_id": 1}'),
    ],
)
def test_only_a_json_object_that_fits_is_read(
    ann: Shopper, world: World, shop: TestShop, route: Route, content_type: str, data: bytes
) -> None:
    before = rows(world, shop)

    answer = send(ann, route, urlencode(ann.signed()), json=None, data=data, content_type=content_type)

    assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid-request")
    assert rows(world, shop) == before


def test_a_body_over_the_whole_apps_limit_is_refused_as_json_too(app: Flask, ann: Shopper) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 100_000

    answer = send(ann, CHANGING[0], urlencode(ann.signed()), json=None, data=b"x" * 200_000)

    assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid-request")


@pytest.mark.parametrize(
    "body",
    [
        {"reward_id": "free-shipping", "request_key": KEY, "points": "120"},
        {"reward_id": "free-shipping", "request_key": KEY, "points": 1.5},
        {"reward_id": "free-shipping", "request_key": KEY, "points": -120},
        {"reward_id": "free-shipping", "request_key": KEY, "points": 10**30},
        {"reward_id": "free-shipping", "request_key": KEY, "points": True},
        {"reward_id": "nul\u0000", "request_key": KEY},
        {"reward_id": "free-shipping\n", "request_key": KEY},
        {"reward_id": "free-shipping", "request_key": "short"},
        {"reward_id": "free-shipping", "request_key": "'; DROP TABLE members; --"},
        {"reward_id": "free-shipping"},
        {"reward_id": ["free-shipping"], "request_key": KEY},
    ],
)
def test_values_of_the_wrong_kind_are_refused(ann: Shopper, body: dict[str, Any]) -> None:
    answer = ann.post("redeem", body)

    assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid-request")


@pytest.mark.parametrize("before", ["x", "-1", "1" * 19, "1.5", "{{ 1 }}"])
def test_a_page_of_history_is_named_by_a_number(ann: Shopper, before: str) -> None:
    assert ann.get("history", before=before).status_code == 422


# --- one's own --------------------------------------------------------------------------------------------------------------


def test_another_customers_redemption_is_not_found_and_cannot_be_cancelled(
    ann: Shopper, bob: Shopper, guest: Shopper, shopify: FakeShopify
) -> None:
    taken = ann.redeem().json

    answers = [bob.get(f"redemption/{taken['id']}"), bob.post("cancel", {"redemption_id": taken["id"]})]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert all(taken["code"] not in answer.text for answer in answers)
    assert guest.get(f"redemption/{taken['id']}").status_code == 401
    assert shopify.discounts[taken["code"]].is_active


def test_another_shops_redemption_is_not_found(ann: Shopper, world: World, app: Flask, clock: StepClock) -> None:
    elsewhere = Shopper(app, make_shop(world).domain, clock, customer="7001")
    elsewhere.post("join", {})
    taken = ann.redeem().json

    assert elsewhere.get(f"redemption/{taken['id']}").status_code == 404


@pytest.mark.parametrize("route", [READING[2], READING[3], *CHANGING[:3]], ids=str)
def test_a_guest_is_asked_to_sign_in(guest: Shopper, route: Route) -> None:
    answer = send(guest, route, urlencode(guest.signed(**dict(route.params))), nonce=guest.state()["nonce"])

    assert (answer.status_code, answer.json["error"]["code"]) == (401, "sign-in-required")


def test_a_customer_who_never_joined_has_nothing_to_redeem(app: Flask, shop: TestShop, clock: StepClock) -> None:
    stranger = Shopper(app, shop.domain, clock, customer="7300")

    answer = stranger.redeem()

    assert (answer.status_code, answer.json["error"]["code"]) == (404, "member-unknown")


def test_erasing_a_person_leaves_no_trace_in_remembered_requests(
    ann: Shopper, bob: Shopper, world: World, shop: TestShop
) -> None:
    from plugin.services import forget

    handle = ann.state()["member"]["referral_handle"]
    bob.redeem()
    bob.post("claim", {"ref": handle, "request_key": KEY})
    with world.database.transaction(shop.id) as session:
        forget.erase(session, 7002, keys=world.keys, now=NOON)
        kept = session.sql("SELECT caller, route, key, subject FROM requests WHERE shop_id = %s", shop.id)

    assert [row[1] for row in kept] == ["claims"]
    assert "7002" not in str(kept[0][0])


def test_an_erased_customer_cannot_come_back_by_joining(ann: Shopper, world: World, shop: TestShop) -> None:
    from plugin.services import forget

    with world.database.transaction(shop.id) as session:
        forget.erase(session, 7001, keys=world.keys, now=NOON)

    answer = ann.post("join", {})

    assert (answer.status_code, answer.json["error"]["code"]) == (403, "member-excluded")


# --- what every answer is -------------------------------------------------------------------------------------------------


@every_route
def test_every_answer_is_private_json(ann: Shopper, route: Route) -> None:
    good = send(ann, route, urlencode(ann.signed(**dict(route.params))), nonce=ann.state()["nonce"])
    bad = send(ann, route, "")

    for answer in (good, bad):
        assert answer.content_type == "application/json"
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["", "nowhere", "state/x", "redeem", "redemption/not-an-id", "%7B%7B%207%20%7D%7D"])
def test_other_addresses_and_methods_are_json_too(ann: Shopper, method: str, path: str) -> None:
    path = "state" if (method, path) == ("POST", "redeem") else path
    answer: Any = ann.http().open(f"/proxy/{path}?{urlencode(ann.signed())}", method=method)

    assert (answer.status_code, answer.json["error"]["code"]) == (404, "not-found")


def test_the_query_is_neither_logged_nor_repeated(ann: Shopper, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    facts = ann.signed(ref="{{SHOPSECRET}}")

    answers = [ann.http().get(f"/proxy/{path}?{urlencode(facts)}") for path in ("referral", "state", "nowhere")]

    for text in [answer.text for answer in answers] + [caplog.text]:
        assert "SHOPSECRET" not in text
        assert facts["signature"] not in text


def test_the_previous_secret_counts_while_it_is_being_rotated(world: World, shop: TestShop, clock: StepClock) -> None:
    from dataclasses import replace

    from plugin.settings import load
    from plugin.storefront import create_blueprint
    from tests.storefront.shopper import SECRET, PromptBell

    settings = replace(load({"REGULARS_ENV": "development", "ENCRYPTION_KEYS": f"k:{'QUJD' * 10}QUI="}),
                       shopify_api_secret="shpss_new", shopify_old_api_secret=SECRET)  # fmt: skip
    app = Flask("rotating")
    app.register_blueprint(create_blueprint(world, settings, PromptBell(world)), url_prefix="/proxy")

    assert Shopper(app, shop.domain, clock).state()["is_live"]


def test_a_database_that_is_down_is_a_reason_to_try_again(app: Flask, ann: Shopper, world: World) -> None:
    from plugin.db import Database

    query = urlencode(ann.signed())
    door = world.database.engine
    world.database.engine = Database("postgresql://nobody@127.0.0.1:1/none").engine
    try:
        answer: Any = ann.http().get(f"/proxy/state?{query}")
    finally:
        world.database.engine = door

    assert (answer.status_code, answer.json["error"]["code"]) == (503, "try-again")


def test_every_refusal_has_an_answer_in_every_language() -> None:
    from plugin.loyalty import errors
    from plugin.shopify.verify import NotFromShopify
    from plugin.storefront import refusals

    known = {
        kind.code
        for module in (errors, refusals)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, errors.Refusal) and kind is not errors.Refusal
    } | {NotFromShopify.code}

    assert known - set(STATUSES) <= NOT_FOR_SHOPPERS
    assert not NOT_FOR_SHOPPERS & set(STATUSES)
    assert set(SENTENCES) == set(LANGUAGES)
    assert all(set(sentences) == set(STATUSES) for sentences in SENTENCES.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_gives_the_same_figures_in_every_language(language: str) -> None:
    for code, sentence in SENTENCES[language].items():
        assert sentence.strip(), code
        assert _places(sentence) == _places(SENTENCES["en"][code]), code


@pytest.mark.parametrize("ahead", [timedelta(0), nonce.LIFETIME - timedelta(seconds=1)])
def test_a_nonce_lasts_its_lifetime(ahead: timedelta) -> None:
    visitor = Visitor(3, 7001)
    written = nonce.write(b"k" * 32, visitor, NOON)

    assert nonce.is_good(b"k" * 32, visitor, written, NOON + ahead)
    assert not nonce.is_good(b"k" * 32, visitor, written, NOON + nonce.LIFETIME)
    assert not nonce.is_good(b"j" * 32, visitor, written, NOON + ahead)


def _places(sentence: str) -> set[str]:
    """The names of the figures that a sentence has places for."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}
