"""Invitations at the storefront: clicks are counted without a person, sharing is noted, and advocates learn nothing of their friends."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from plugin.loyalty.program import Program, Referral, Suspicion, default_program
from plugin.services import members, programs, referrals
from plugin.services.perform import World
from tests.conftest import NOON, TestShop
from tests.fakes import StepClock
from tests.services.stories import order
from tests.services.test_settle import settled
from tests.storefront.shopper import KEY, Shopper


def publish(world: World, shop: TestShop, referral: Referral) -> None:
    program: Program = default_program("USD", is_live=True).model_copy(update={"referral": referral})
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program, by="test", now=NOON)


def handle_of(shopper: Shopper) -> str:
    handle: str = shopper.state()["member"]["referral_handle"]
    return handle


def clicks(world: World, shop: TestShop) -> dict[str, int]:
    with world.database.transaction(shop.id) as session:
        found = referrals.channels(session, since=NOON.date(), until=NOON.date(), now=NOON)
    return {count.channel: count.clicks for count in found}


def rows(world: World, shop: TestShop, table: str) -> list[Any]:
    with world.database.transaction(shop.id) as session:
        return session.sql(f"SELECT * FROM {table} WHERE shop_id = {shop.id}")


def test_clicks_are_counted_by_channel_and_nobody_is_noted(
    ann: Shopper, guest: Shopper, world: World, shop: TestShop
) -> None:
    handle = handle_of(ann)

    answers = [
        guest.post("click", {"ref": handle, "via": via}).status_code for via in ("whatsapp", "whatsapp", "junk", "")
    ]

    assert answers == [200] * 4
    assert clicks(world, shop) == {"whatsapp": 2, "other": 2}
    assert rows(world, shop, "fingerprints") == []


def test_a_click_on_no_link_is_refused(ann: Shopper, guest: Shopper, world: World, shop: TestShop) -> None:
    unknown = guest.post("click", {"ref": "ZZZZZZZZZZ"})
    unreadable = guest.post("click", {"ref": "no"})
    handle = handle_of(ann)
    publish(world, shop, Referral(is_on=False))
    closed = guest.post("click", {"ref": handle})

    assert [unknown.status_code, unreadable.status_code, closed.status_code] == [404, 422, 410]
    assert clicks(world, shop) == {}


@pytest.mark.parametrize(("suspicion", "kinds"), [(Suspicion(is_on=True), {"device", "network"}), (Suspicion(), set())])
def test_what_is_seen_of_an_advocate_is_hashed_and_only_where_referrals_are_scored(
    app: Flask, ann: Shopper, world: World, shop: TestShop, suspicion: Suspicion, kinds: set[str]
) -> None:
    publish(world, shop, Referral(suspicion=suspicion))
    body = {"via": "copy", "device": "ann-phone-0123456789", "nonce": ann.state()["nonce"]}

    answer = app.test_client().post(
        "/proxy/share", query_string=ann.signed(), json=body, headers={"X-Forwarded-For": "203.0.113.7, 10.0.0.1"}
    )

    handle = handle_of(ann)
    assert answer.json == {"ref": handle, "via": "copy", "query": f"?ref={handle}&via=copy"}
    kept = rows(world, shop, "fingerprints")
    assert {row[2] for row in kept} == kinds
    assert "ann-phone" not in str(kept)
    assert "203.0.113" not in str(kept)


def test_a_guest_cannot_share_and_a_stranger_is_no_member(
    guest: Shopper, app: Flask, shop: TestShop, clock: StepClock
) -> None:
    stranger = Shopper(app, shop.domain, clock, customer="7009")

    answers = [guest.post("share", {}), stranger.post("share", {}), guest.get("referrals"), stranger.get("referrals")]

    assert [(each.status_code, each.json["error"]["code"]) for each in answers] == [
        (401, "sign-in-required"),
        (404, "member-unknown"),
    ] * 2


def test_advocates_are_told_how_it_goes_and_nothing_of_who(
    ann: Shopper, guest: Shopper, world: World, shop: TestShop
) -> None:
    handle = handle_of(ann)
    guest.post("claim", {"ref": handle, "request_key": KEY, "via": "qr"})
    settled(world, shop, order(2002, customer=8001, referral=handle))

    told: dict[str, list[dict[str, str]]] = {}
    for language in ("en", "de", "fr"):
        ann.language = language
        told[language] = ann.get("referrals").json["referrals"]

    assert sorted(one["state"] for one in told["en"]) == ["claimed", "rewarded"]
    assert {tuple(sorted(one)) for one in told["de"]} == {("at", "state", "text")}
    assert len({one["text"] for language in told for one in told[language]}) == 6
    assert "8001" not in str(told)
    assert "2002" not in str(told)


def test_a_friend_whose_order_is_looked_at_is_told_politely(
    ann: Shopper, guest: Shopper, world: World, shop: TestShop
) -> None:
    publish(world, shop, Referral(friend_points=20, suspicion=Suspicion(is_on=True)))
    claim = guest.post("claim", {"ref": handle_of(ann), "request_key": KEY}).json
    settled(world, shop, order(2002, customer=8001, codes=[claim["code"]]))

    told = guest.get(f"claim/{claim['id']}").json

    assert (claim["state"], claim["told"]) == ("issued", None)
    assert (told["state"], told["code"]) == ("used", None)
    assert "checking your order" in told["told"]


def test_marks_of_a_claim_become_the_friends_own_and_are_compared(
    app: Flask, ann: Shopper, guest: Shopper, world: World, shop: TestShop, bell: Any
) -> None:
    publish(world, shop, Referral(friend_points=20, suspicion=Suspicion(is_on=True)))
    handle = handle_of(ann)
    ann.post("share", {"device": "one-phone-0123456789"})
    claim = guest.post("claim", {"ref": handle, "request_key": KEY, "device": "one-phone-0123456789"}).json
    settled(world, shop, order(2002, customer=8001, codes=[claim["code"]]))

    bell.ring("rest", shop.id, shop.domain)

    with world.database.transaction(shop.id) as session:
        [view] = referrals.page(session, now=NOON)
        friend = members.by_customer(session, 8001)
    assert (view.state, view.signals) == ("review", ("same_device",))
    assert f"member:{friend}" in {row[1] for row in rows(world, shop, "fingerprints")}
    assert not any(row[1].startswith("claim:") for row in rows(world, shop, "fingerprints"))
