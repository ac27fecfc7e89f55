"""What the store's own pages say follows every publication, and balances follow what happens, told together and never forgotten."""

from __future__ import annotations

import uuid

from plugin.loyalty.errors import Unreachable
from plugin.loyalty.program import default_program, dump, parse
from plugin.services import members, programs, redeem
from plugin.services.effects import Kind
from plugin.services.perform import World, perform_due
from plugin.services.redeem import RewardOrder
from tests.conftest import TestShop
from tests.fakes import FakeShopify, StepClock


def work(world: World, shop: TestShop, *kinds: Kind) -> None:
    perform_due(world, shop.id, shop.domain, kinds=kinds or tuple(Kind))


def publish(world: World, shop: TestShop, **more: object) -> None:
    with world.database.transaction(shop.id) as session:
        live = parse(dump(default_program("USD", is_live=True)) | more)
        programs.publish(session, live, by="test", now=world.clock())


def member(world: World, shop: TestShop, customer_id: int, points: int) -> int:
    with world.database.transaction(shop.id) as session:
        found = members.join(session, customer_id, tombstone_key=world.keys.tombstones, now=world.clock())
        members.adjust(session, found, points, words="gift", author="staff", key=uuid.uuid4().hex, now=world.clock())
    return found


def test_every_publication_reaches_the_pages_and_switching_off_empties_them(
    world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    publish(world, shop, name="Bean Club")
    work(world, shop)
    said = dict(shopify.leaflet)
    publish(world, shop, is_live=False)
    work(world, shop)

    assert said["program"]["name"] == "Bean Club"  # type: ignore[index]
    assert {key for key in said if key.startswith("page_")} == {
        f"page_{each}" for each in ("en", "de", "fr", "es", "tr", "ja")
    }
    assert shopify.leaflet["program"] == {"is_live": False}
    assert shopify.leaflet["page_de"] == {}


def test_a_shopify_that_does_not_answer_is_told_later(
    world: World, shop: TestShop, shopify: FakeShopify, clock: StepClock
) -> None:
    work(world, shop)
    publish(world, shop, name="Bean Club")
    shopify.failing_to_be_told.append(Unreachable("down"))

    work(world, shop, Kind.SHOW_PROGRAM)
    before = shopify.leaflet["program"]["name"]  # type: ignore[index]
    clock.forward(minutes=1)
    work(world, shop, Kind.SHOW_PROGRAM)

    assert before == "Rewards"
    assert shopify.leaflet["program"]["name"] == "Bean Club"  # type: ignore[index]


def test_a_balance_is_told_soon_after_it_changed_by_staff_and_by_a_code(
    world: World, shop: TestShop, shopify: FakeShopify, clock: StepClock
) -> None:
    ann = member(world, shop, 7001, 500)
    clock.forward(seconds=6)
    work(world, shop)
    first = shopify.standings[7001].points

    with world.database.transaction(shop.id) as session:
        order = RewardOrder(ann, "amount-off", None, uuid.uuid4())
        redeem.place_hold(session, order, keys=world.keys, now=clock.now)
    work(world, shop, Kind.ISSUE_CODE)
    clock.forward(seconds=6)
    work(world, shop)

    assert (first, shopify.standings[7001].points) == (500, 350)


def test_what_changes_while_others_are_told_is_told_at_the_next_look(
    world: World, shop: TestShop, shopify: FakeShopify, clock: StepClock
) -> None:
    for number in range(30):
        member(world, shop, 7001 + number, 10 + number)
    clock.forward(seconds=6)
    work(world, shop)
    member(world, shop, 8000, 99)
    clock.forward(seconds=6)
    work(world, shop)

    assert {mark.points for mark in shopify.standings.values()} == {*range(10, 40), 99}
