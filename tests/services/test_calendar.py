"""The shop's calendar: birthdays, anniversaries, opt-ins and welcomes come once, on the shop's own day, however late we look."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from plugin.loyalty.deliveries import CustomerFacts, MergeFacts
from plugin.loyalty.errors import BirthdayUnfit
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.outside import Person
from plugin.services import birthdays, calendar, effects, forget, members, programs
from plugin.services.effects import Kind
from plugin.services.perform import World, perform_due
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify, StepClock
from tests.services.deliveries import deliver, drained
from tests.services.stories import order
from tests.services.test_activities import balance, member_of, program_with, shop_with
from tests.services.test_settle import proved, settled

BIRTHDAY = {"id": "birthday", "kind": "birthday", "title": "Birthday", "points": 100, "notice_days": 0}
YEARS = {"id": "years", "kind": "anniversary", "title": "With us", "points": 10}
NEWS = {"id": "news", "kind": "newsletter", "title": "Newsletter", "points": 15}
BACK = {"id": "back", "kind": "welcome_back", "title": "Welcome back", "points": 30, "absent_days": 60}


def told(world: World, shop: TestShop, member: int, month: int, day: int) -> None:
    with world.database.transaction(shop.id) as session:
        birthdays.tell(session, member, month=month, day=day, now=world.clock())


def new_day(world: World, shop: TestShop, shopify: FakeShopify) -> datetime:
    """The calendar's duty, as the sweep does it."""
    return calendar.run(world.database, shop.id, lambda: shopify, keys=world.keys, now=world.clock())


def test_a_birthday_is_given_once_on_its_day_and_again_a_year_later(
    world: World, shopify: FakeShopify, clock: StepClock
) -> None:
    shop = shop_with(world, actions=[BIRTHDAY])
    member = member_of(world, shop)
    told(world, shop, member, 3, 4)
    given = []

    for _ in range(2):
        for _ in range(3):
            new_day(world, shop, shopify)
            new_day(world, shop, shopify)
            given.append(balance(world, shop, member)[1])
            clock.forward(days=1)
        clock.now = datetime(2027, 3, 3, 12, tzinfo=UTC)

    assert given == [0, 0, 100, 100, 200, 200]
    proved(world, shop)


def test_days_that_were_missed_are_made_up_for(world: World, shopify: FakeShopify, clock: StepClock) -> None:
    shop = shop_with(world, actions=[BIRTHDAY])
    ann, bob = member_of(world, shop, 7), member_of(world, shop, 8)
    told(world, shop, ann, 3, 5)
    told(world, shop, bob, 3, 20)
    new_day(world, shop, shopify)

    clock.forward(days=10)
    new_day(world, shop, shopify)

    assert (balance(world, shop, ann)[1], balance(world, shop, bob)[1]) == (100, 0)


def test_the_duty_stands_from_the_installation_on_and_comes_back_at_the_shops_midnight(
    world: World, shop: TestShop, clock: StepClock
) -> None:
    with world.database.transaction(shop.id) as session:
        [(first,)] = session.sql(
            "SELECT next_try_at FROM outbox WHERE shop_id = %s AND kind = %s", shop.id, Kind.CALENDAR.value
        )
        effects.drop(session, Kind.RECONCILE, "orders")

    perform_due(world, shop.id, shop.domain, kinds=(Kind.CALENDAR,))

    with world.database.transaction(shop.id) as session:
        [(following,)] = session.sql(
            "SELECT next_try_at FROM outbox WHERE shop_id = %s AND kind = %s", shop.id, Kind.CALENDAR.value
        )
    assert first.isoformat() == "2026-01-01T05:00:00+00:00"
    assert following.isoformat() == "2026-03-03T05:00:00+00:00"


def test_a_birthday_must_be_told_early_enough(world: World, shopify: FakeShopify, clock: StepClock) -> None:
    shop = shop_with(world, actions=[BIRTHDAY | {"notice_days": 30}])
    early, late = member_of(world, shop, 7), member_of(world, shop, 8)
    told(world, shop, early, 4, 10)
    clock.forward(days=20)
    told(world, shop, late, 4, 10)
    told(world, shop, early, 4, 10)

    clock.now = datetime(2026, 4, 10, 12, tzinfo=UTC)
    new_day(world, shop, shopify)

    assert (balance(world, shop, early)[1], balance(world, shop, late)[1]) == (100, 0)


@pytest.mark.parametrize(("year", "day"), [(2026, 28), (2028, 29)])
def test_a_leap_day_is_kept_on_the_last_of_february(
    world: World, shopify: FakeShopify, clock: StepClock, year: int, day: int
) -> None:
    shop = shop_with(world, actions=[BIRTHDAY])
    member = member_of(world, shop)
    clock.now = datetime(2026, 1, 10, 12, tzinfo=UTC)
    told(world, shop, member, 2, 29)
    given = {}

    for one in (27, 28, 29) if year == 2028 else (27, 28):
        clock.now = datetime(year, 2, one, 12, tzinfo=UTC)
        new_day(world, shop, shopify)
        given[one] = balance(world, shop, member)[1]

    before = given[27]
    assert {one: points - before for one, points in given.items()} == {one: 100 * (one >= day) for one in given}


@pytest.mark.parametrize(("month", "day"), [(2, 30), (13, 1), (4, 31), (1, 0)])
def test_a_day_that_does_not_exist_is_refused(world: World, shop: TestShop, month: int, day: int) -> None:
    member = member_of(world, shop)

    with pytest.raises(BirthdayUnfit):
        told(world, shop, member, month, day)


def test_who_was_forgotten_and_comes_back_has_no_second_birthday_in_that_year(
    world: World, shopify: FakeShopify, clock: StepClock
) -> None:
    shop = shop_with(world, actions=[BIRTHDAY])
    shopify.persons = {
        number: Person(number, None, mail, (), None)
        for number, mail in ((7, "Ann.Lee@gmail.com"), (70, "annlee+shop@gmail.com"), (8, "bob@example.com"))
    }
    first = member_of(world, shop, 7)
    told(world, shop, first, 3, 3)
    clock.forward(days=1)
    new_day(world, shop, shopify)
    with world.database.transaction(shop.id) as session:
        forget.erase(session, 7, keys=world.keys, now=clock.now)
    again, other = member_of(world, shop, 70), member_of(world, shop, 8)
    for member in (again, other):
        told(world, shop, member, 3, 5)

    clock.forward(days=2)
    new_day(world, shop, shopify)
    this_year = balance(world, shop, again)[1], balance(world, shop, other)[1]
    clock.now = datetime(2027, 3, 5, 12, tzinfo=UTC)
    new_day(world, shop, shopify)

    assert this_year == (0, 100)
    assert balance(world, shop, again)[1] == 100


def test_an_anniversary_comes_every_year_and_not_on_the_day_of_joining(
    world: World, shopify: FakeShopify, clock: StepClock
) -> None:
    shop = shop_with(world, actions=[YEARS])
    member = member_of(world, shop)
    new_day(world, shop, shopify)
    given = [balance(world, shop, member)[1]]

    for year in (2027, 2028):
        clock.now = datetime(year, 3, 2, 12, tzinfo=UTC)
        new_day(world, shop, shopify)
        given.append(balance(world, shop, member)[1])

    assert given == [0, 10, 20]


def test_only_a_fresh_opt_in_counts_and_only_once(world: World, clock: StepClock) -> None:
    shop = shop_with(world)
    ann, bob = member_of(world, shop, 7), member_of(world, shop, 8)
    clock.forward(days=1)
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program_with(actions=[NEWS]), by="test", now=clock.now)
    clock.forward(hours=1)

    for customer, at in ((8, NOON), (7, clock.now), (7, clock.now), (7, clock.forward(days=1))):
        deliver(world, shop, "customers/update", CustomerFacts(id=customer, consented_at=at))
        drained(world, shop)

    assert (balance(world, shop, ann)[1], balance(world, shop, bob)[1]) == (15, 0)


def test_an_opt_in_at_checkout_counts_whichever_we_are_told_first(world: World) -> None:
    balances = set()

    for turn in (1, -1):
        shop = shop_with(world, actions=[NEWS])
        told_of = [
            ("orders/paid", order(1, "10.00", customer=7), 1),
            ("customers/update", CustomerFacts(id=7, consented_at=NOON - timedelta(minutes=1)), 7),
        ]
        for topic, facts, number in told_of[::turn]:
            deliver(world, shop, topic, facts, object_id=number)
            drained(world, shop)
        balances.add(balance(world, shop, member_of(world, shop, 7)))

    assert balances == {(0, 25, 0)}


def test_an_opt_in_told_late_does_not_bring_a_forgotten_customer_back(world: World) -> None:
    shop = shop_with(world, actions=[NEWS])
    member_of(world, shop, 7)
    with world.database.transaction(shop.id) as session:
        forget.erase(session, 7, keys=world.keys, now=NOON)

    deliver(world, shop, "customers/update", CustomerFacts(id=7, consented_at=NOON))
    drained(world, shop)

    with world.database.transaction(shop.id) as session:
        assert session.sql("SELECT count(*) FROM consents WHERE shop_id = %s", shop.id) == [(0,)]
        assert members.by_customer(session, 7) is None


ABSENCE = [
    order(1, "1.00", at=NOON),
    order(2, "1.00", at=NOON + timedelta(days=70)),
    order(3, "1.00", at=NOON + timedelta(days=100)),
    order(4, "1.00", at=NOON + timedelta(days=170)),
    order(3, "1.00", at=NOON + timedelta(days=100), refunds=[(1, "1.00", 1)]),
]


@pytest.mark.parametrize("stream", list(itertools.permutations(ABSENCE))[::23])
def test_who_comes_back_after_long_is_welcomed_whatever_the_order_of_deliveries(
    world: World, clock: StepClock, stream: tuple[OrderFacts, ...]
) -> None:
    shop = shop_with(world, actions=[BACK])
    clock.forward(days=200)

    for facts in (*stream, *stream):
        settled(world, shop, facts)

    assert balance(world, shop, member_of(world, shop)) == (0, 3 + 2 * 30, 0)
    proved(world, shop)


def test_a_welcome_is_taken_back_when_its_order_is_returned(world: World, clock: StepClock) -> None:
    shop = shop_with(world, actions=[BACK])
    clock.forward(days=80)
    settled(world, shop, order(1, at=NOON), order(2, at=NOON + timedelta(days=70)))
    member = member_of(world, shop)
    before = balance(world, shop, member)

    settled(world, shop, order(2, at=NOON + timedelta(days=70), refunds=[(1, "50.00", 1)]))

    assert before == (0, 130, 0)
    assert balance(world, shop, member) == (0, 50, 0)
    proved(world, shop)


def test_two_who_become_one_keep_one_birthday(world: World, shopify: FakeShopify, clock: StepClock) -> None:
    shop = shop_with(world, actions=[BIRTHDAY])
    kept, lost = member_of(world, shop, 7), member_of(world, shop, 8)
    told(world, shop, kept, 3, 3)
    told(world, shop, lost, 3, 4)

    deliver(world, shop, "customers/merge", MergeFacts(kept_id=7, lost_id=8, is_done=True))
    drained(world, shop)
    for _ in range(2):
        clock.forward(days=1)
        new_day(world, shop, shopify)

    assert balance(world, shop, kept)[1] == 100
    with world.database.transaction(shop.id) as session:
        assert birthdays.told(session, kept) == (3, 3)
        assert birthdays.told(session, lost) is None


def test_leap_days_and_others() -> None:
    cases: dict[date, Any] = {
        date(2026, 2, 28): [(2, 28), (2, 29)],
        date(2028, 2, 28): [(2, 28)],
        date(2028, 2, 29): [(2, 29)],
        date(2026, 3, 1): [(3, 1)],
    }

    assert {day: birthdays.kept_on(day) for day in cases} == cases
