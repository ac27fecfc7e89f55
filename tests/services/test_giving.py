"""Goodwill, partners, dividends and the launch: given once, within their budgets, by whoever may, and gone with whoever is forgotten."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from plugin.loyalty.errors import GrantUnknown, LinkCodeInvalid, LinkUnknown, OverBudget
from plugin.loyalty.program import Program, default_program, dump, parse
from plugin.services import dividend, forget, goodwill, grants, launch, members, partners, programs, settle
from plugin.services.grants import Given
from plugin.services.perform import World, perform_due
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import FakeShopify, StepClock
from tests.services.stories import order
from tests.services.test_settle import balance, proved, settled

CAFE = {"id": "cafe", "title": "Corner Café", "budget": 500, "per_member": 300}
GYM = {"id": "gym", "title": "Gym", "budget": 500}
SORRY = {"monthly_budget": 500, "codes": [{"id": "sorry", "title": "Sorry", "maximum_points": 100}]}


def saying(**parts: Any) -> Program:
    return parse(dump(default_program("USD", is_live=True)) | parts)


@pytest.fixture
def shop(world: World) -> TestShop:
    return make_shop(world, saying(partners=[CAFE, GYM], goodwill=SORRY))


def member(world: World, shop: TestShop, customer: int = 7) -> int:
    with world.database.transaction(shop.id) as session:
        return members.join(session, customer, tombstone_key=world.keys.tombstones, now=world.clock())


def code_for(world: World, shop: TestShop, partner: str = "cafe", customer: int = 7) -> str:
    with world.database.transaction(shop.id) as session:
        made = partners.make_code(
            session,
            members.by_customer(session, customer) or 0,
            partner,
            consents=True,
            chance=uuid.uuid4(),
            keys=world.keys,
            now=world.clock(),
        )
    return made.code


def linked(world: World, shop: TestShop, partner: str = "cafe", customer: int = 7) -> int:
    code = code_for(world, shop, partner, customer)
    with world.database.transaction(shop.id) as session:
        return partners.link(session, partner, code, now=world.clock()).id


def credited(world: World, shop: TestShop, link_id: int, points: int, partner: str = "cafe") -> Given:
    with world.database.transaction(shop.id) as session:
        return partners.credit(
            session, partner, link_id, points, key=uuid.uuid4().hex, keys=world.keys, now=world.clock()
        )


def sorry(world: World, shop: TestShop, customer: int = 7, points: int = 100) -> Given:
    with world.database.transaction(shop.id) as session:
        return goodwill.give(
            session,
            members.by_customer(session, customer) or 0,
            "sorry",
            points,
            words="the parcel got wet",
            author="Eva",
            key=uuid.uuid4().hex,
            keys=world.keys,
            now=world.clock(),
        )


def merged(world: World, shop: TestShop, lost: int, kept: int) -> None:
    with world.database.transaction(shop.id) as session:
        settle.lock_shop(session)
        members.merge(
            session,
            kept_customer_id=kept,
            lost_customer_id=lost,
            tombstone_key=world.keys.tombstones,
            now=world.clock(),
        )


def test_eight_at_once_never_give_more_than_the_budget(world: World, shop: TestShop) -> None:
    people = range(10, 18)
    for customer in people:
        member(world, shop, customer)

    def attempt(customer: int) -> bool:
        try:
            sorry(world, shop, customer)
        except OverBudget:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(attempt, people))

    assert sum(given) == 5
    with world.database.transaction(shop.id) as session:
        assert goodwill.budget(session, now=world.clock()).left == 0
    proved(world, shop)


def test_over_budget_is_refused_with_what_is_left(world: World, shop: TestShop) -> None:
    member(world, shop)
    link_id = linked(world, shop)
    credited(world, shop, link_id, 200)

    with pytest.raises(OverBudget) as refused:
        credited(world, shop, link_id, 101)

    assert refused.value.facts == {"asked": 101, "left": 100, "limit": "for this member"}


def test_what_was_taken_back_frees_the_budget_and_is_taken_from_what_it_gave(
    world: World, shop: TestShop, clock: StepClock
) -> None:
    member(world, shop)
    link_id = linked(world, shop)
    given = credited(world, shop, link_id, 300)
    clock.forward(hours=1)

    with world.database.transaction(shop.id) as session:
        partners.take_back(session, "cafe", given.grant_id, keys=world.keys, now=clock())

    assert balance(world, shop) == (0, 0, 0, 0)
    credited(world, shop, link_id, 300)
    proved(world, shop)


def test_a_code_is_good_once_for_a_while_and_for_one_partner(world: World, shop: TestShop, clock: StepClock) -> None:
    member(world, shop)
    first = code_for(world, shop)
    second = code_for(world, shop)

    def attempt(code: str, partner: str) -> None:
        with world.database.transaction(shop.id) as session:
            partners.link(session, partner, code, now=clock())

    for code, partner in ((first, "cafe"), (second, "gym")):
        with pytest.raises(LinkCodeInvalid):
            attempt(code, partner)
    clock.now += partners.CODE_LIVES
    with pytest.raises(LinkCodeInvalid):
        attempt(second, "cafe")


def test_a_partner_reaches_only_its_own_links_and_credits(world: World, shop: TestShop) -> None:
    member(world, shop)
    link_id = linked(world, shop)
    given = credited(world, shop, link_id, 50)

    with pytest.raises(LinkUnknown):
        credited(world, shop, link_id, 50, partner="gym")
    with world.database.transaction(shop.id) as session, pytest.raises(GrantUnknown):
        partners.find_credit(session, "gym", given.grant_id)


def test_a_merge_takes_links_and_what_caps_count_along(world: World, shop: TestShop) -> None:
    for customer in (7, 8):
        member(world, shop, customer)
    lost_link, kept_link = linked(world, shop, customer=7), linked(world, shop, customer=8)
    gym_link = linked(world, shop, "gym", customer=7)
    credited(world, shop, lost_link, 200)

    merged(world, shop, 7, 8)

    with pytest.raises(LinkUnknown):
        credited(world, shop, lost_link, 10)
    with pytest.raises(OverBudget):
        credited(world, shop, kept_link, 200)
    credited(world, shop, gym_link, 10, partner="gym")
    assert balance(world, shop, 8) == (0, 210, 0, 0)
    proved(world, shop)


def test_taking_back_after_a_merge_finds_the_points(world: World, shop: TestShop) -> None:
    for customer in (7, 8):
        member(world, shop, customer)
    given = sorry(world, shop)
    merged(world, shop, 7, 8)

    with world.database.transaction(shop.id) as session:
        goodwill.take_back(session, given.grant_id, keys=world.keys, now=world.clock())

    assert balance(world, shop, 8) == (0, 0, 0, 0)
    proved(world, shop)


def test_nothing_leads_to_somebody_who_is_forgotten(world: World, shop: TestShop) -> None:
    member_id = member(world, shop)
    link_id = linked(world, shop)
    code = code_for(world, shop, "gym")
    sorry(world, shop)

    with world.database.transaction(shop.id) as session:
        forget.erase(session, 7, keys=world.keys, now=world.clock())

    with pytest.raises(LinkUnknown):
        credited(world, shop, link_id, 10)
    with world.database.transaction(shop.id) as session, pytest.raises(LinkCodeInvalid):
        partners.link(session, "gym", code, now=world.clock())
    with world.database.transaction(shop.id) as session:
        assert partners.links_of(session, member_id) == []
        assert [entry.note for entry in members.entries(session, member_id)] == [None]
    proved(world, shop)


@pytest.fixture
def dividends(world: World, clock: StepClock) -> TestShop:
    """A shop that pays 10 % of 2026, in February 2027, with two members who bought."""
    shop = make_shop(world, saying(dividend={"is_on": True, "percent": "10"}))
    settled(world, shop, order(1, "200.00", at=clock()), order(2, "50.00", customer=8, at=clock(), quantity=5))
    clock.now = NOON.replace(year=2027, month=2)
    return shop


def paid(world: World, shop: TestShop) -> int:
    return dividend.pay(world.database, shop.id, 2026, keys=world.keys, now=world.clock())


def test_a_year_is_paid_once_however_often_it_is_paid(world: World, dividends: TestShop) -> None:
    with world.database.transaction(dividends.id) as session:
        told = dividend.preview(session, 2026, now=world.clock())

    assert (paid(world, dividends), paid(world, dividends)) == (2, 0)
    assert (told.members, told.points) == (2, 2500)
    assert (balance(world, dividends, 7)[1], balance(world, dividends, 8)[1]) == (2200, 550)
    proved(world, dividends)


def test_refunds_in_parts_take_exactly_their_part_of_the_dividend_back(world: World, dividends: TestShop) -> None:
    paid(world, dividends)
    refunds = []

    for number in range(1, 6):
        refunds.append((number, "10.00", 1))
        settled(world, dividends, order(2, "50.00", customer=8, quantity=5, refunds=refunds))

    assert balance(world, dividends, 8) == (0, 0, 0, 0)
    proved(world, dividends)


def test_a_merge_after_the_payment_pays_nobody_twice(world: World, dividends: TestShop) -> None:
    paid(world, dividends)
    merged(world, dividends, 8, 7)

    assert paid(world, dividends) == 0
    settled(
        world,
        dividends,
        order(2, "50.00", customer=7, quantity=5, updated=NOON + timedelta(days=1), refunds=[(1, "50.00", 5)]),
    )
    assert balance(world, dividends, 7) == (0, 2200, 0, 0)
    proved(world, dividends)


@pytest.fixture
def opening(world: World, shopify: FakeShopify, clock: StepClock) -> Callable[[], TestShop]:
    """A shop in set-up, with two orders of the past that only Shopify knows; called, it launches."""
    for number in (1, 2):
        shopify.orders[number] = order(number, "100.00", customer=number, at=NOON - timedelta(days=10 * number))
    shop = make_shop(world, saying(is_live=False))

    def launched() -> TestShop:
        since = (NOON - timedelta(days=15)).isoformat()
        with world.database.transaction(shop.id) as session:
            programs.publish(session, saying(launch={"counts_from": since}), by="test", now=clock())
        perform_due(world, shop.id, shop.domain)
        return shop

    return launched


def test_a_launch_credits_past_orders_once(world: World, opening: Callable[[], TestShop]) -> None:
    shop = opening()

    with world.database.transaction(shop.id) as session:
        version = programs.versions(session).numbers[-1]
    again = launch.run(
        world.database,
        shop.id,
        world.shopify(shop.id, shop.domain),
        version,
        keys=world.keys,
        clock=world.clock,
    )

    assert again == 0
    assert balance(world, shop, 1) == (0, 100, 0, 0)
    assert balance(world, shop, 2) == (0, 0, 0, 0)
    proved(world, shop)


def test_a_version_after_the_launch_changes_nothing_about_past_orders(
    world: World, opening: Callable[[], TestShop], clock: StepClock
) -> None:
    shop = opening()
    clock.forward(days=1)
    generous = saying(
        earning={"points": 9, "per": "1"}, launch={"counts_from": (NOON - timedelta(days=50)).isoformat()}
    )
    with world.database.transaction(shop.id) as session:
        programs.publish(session, generous, by="test", now=clock())

    perform_due(world, shop.id, shop.domain)

    assert balance(world, shop, 1) == (0, 100, 0, 0)
    assert balance(world, shop, 2) == (0, 900, 0, 0)
    proved(world, shop)


def test_orders_of_a_pause_earn_nothing_when_it_is_over(
    world: World, opening: Callable[[], TestShop], clock: StepClock
) -> None:
    shop = opening()
    since = (NOON - timedelta(days=15)).isoformat()
    for is_live, number in ((False, 8), (True, 9)):
        clock.forward(days=1)
        with world.database.transaction(shop.id) as session:
            programs.publish(session, saying(is_live=is_live, launch={"counts_from": since}), by="test", now=clock())
        clock.forward(hours=1)
        settled(world, shop, order(number, "70.00", customer=1, at=clock()))
    perform_due(world, shop.id, shop.domain)

    settled(world, shop, order(8, "70.00", customer=1, at=clock() - timedelta(days=1), updated=clock()))

    assert balance(world, shop, 1) == (0, 170, 0, 0)
    proved(world, shop)


def test_a_dry_run_leaves_nothing_behind(world: World, shopify: FakeShopify, clock: StepClock) -> None:
    shopify.orders[1] = order(1, "100.00", customer=1, at=NOON - timedelta(days=5))
    shop = make_shop(world, saying(is_live=False))
    draft = saying(launch={"counts_from": (NOON - timedelta(days=15)).isoformat()})
    trial_id = uuid.uuid4()
    with world.database.transaction(shop.id) as session:
        launch.ask_trial(session, draft, trial_id=trial_id, now=clock())

    perform_due(world, shop.id, shop.domain)

    with world.database.transaction(shop.id) as session:
        told = launch.find_trial(session, trial_id)
        assert told.outcome == {
            "orders": 1,
            "credited_orders": 1,
            "members": 1,
            "points": 100,
            "most": [{"customer_id": "1", "points": 100}],
        }
        assert told.document is None
        assert len(programs.versions(session).numbers) == 1
    assert balance(world, shop, 1) == (0, 0, 0, 0)
    proved(world, shop)


def test_a_grant_of_one_key_is_given_once(world: World, shop: TestShop) -> None:
    member_id = member(world, shop)
    gift = grants.Gift(member_id, "goodwill", "sorry", "k-1", "Sorry", 10)

    with world.database.transaction(shop.id) as session:
        first = grants.give(session, gift, keys=world.keys, now=world.clock())
        second = grants.give(session, gift, keys=world.keys, now=world.clock())

    assert first is not None
    assert second is None
    assert balance(world, shop) == (0, 10, 0, 0)
