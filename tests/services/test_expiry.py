"""Expiry: points lapse when their rule says, a change of the rule is fair to what stands, warnings are noted, staff can give back."""

from __future__ import annotations

import random
import uuid
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plugin.db import expiry as expiry_rows
from plugin.db.expiry import Moved
from plugin.loyalty.errors import InsufficientPoints, MemberUnknown, NothingToReinstate
from plugin.loyalty.program import Program, default_program, dump, parse
from plugin.services import due, expiry, members, programs, redeem
from plugin.services.calendar import NewDay
from plugin.services.members import EntryView, MemberView
from plugin.services.perform import World, perform_due
from plugin.services.redeem import RewardOrder
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import StepClock
from tests.services.stories import order
from tests.services.test_settle import balance, proved, settled

NEW_YORK = ZoneInfo("America/New_York")
MONTH = {"kind": "earned", "months": 1}
YEAR = {"kind": "earned", "months": 12}
IDLE = {"kind": "inactivity", "months": 6}


def saying(**parts: Any) -> Program:
    return parse(dump(default_program("USD", is_live=True)) | parts)


def publish(world: World, shop: TestShop, program: Program) -> None:
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program, by="test", now=world.clock())
    perform_due(world, shop.id, shop.domain)


def view(world: World, shop: TestShop, customer: int = 7) -> MemberView:
    with world.database.transaction(shop.id) as session:
        member = members.by_customer(session, customer)
        assert member is not None
        return members.view(session, member, handle_key=b"h" * 32, now=world.clock())


def newest(world: World, shop: TestShop, customer: int = 7) -> EntryView:
    with world.database.transaction(shop.id) as session:
        return members.entries(session, members.by_customer(session, customer) or 0, limit=1)[0]


def swept(world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        due.post(session, now=world.clock())


def new_day(world: World, shop: TestShop) -> None:
    day = world.clock().astimezone(NEW_YORK).date()
    expiry.warn(NewDay(world.database, shop.id, _nobody, day, NEW_YORK, world.keys, world.clock()))


def _nobody() -> Any:
    raise AssertionError("warnings need nothing of Shopify")


def spent(world: World, shop: TestShop, reward: str = "free-shipping") -> uuid.UUID:
    redemption_id = uuid.uuid4()
    with world.database.transaction(shop.id) as session:
        member = members.by_customer(session, 7) or 0
        asked = RewardOrder(member, reward, None, redemption_id)
        redeem.place_hold(session, asked, keys=world.keys, now=world.clock())
    perform_due(world, shop.id, shop.domain)
    return redemption_id


def ends_on(day: str) -> datetime:
    """When points whose last day that is in New York are gone."""
    return (datetime.fromisoformat(day) + timedelta(days=1)).replace(tzinfo=NEW_YORK).astimezone(UTC)


def test_points_are_spent_up_to_the_last_second_of_their_day_and_never_after(world: World, clock: StepClock) -> None:
    shop = make_shop(world, saying(expiry=MONTH))
    clock.now = datetime(2026, 1, 31, 17, tzinfo=UTC)
    settled(world, shop, order(1, "400.00", at=clock()))

    clock.now = ends_on("2026-02-28") - timedelta(seconds=1)
    spent(world, shop)
    clock.forward(seconds=1)

    with pytest.raises(InsufficientPoints) as refused:
        spent(world, shop)
    assert refused.value.facts == {"asked": 120, "available": 0}
    assert balance(world, shop) == (0, 0, 120, 0)
    proved(world, shop)


def test_switching_expiry_on_gives_existing_points_one_full_period(
    world: World, shop: TestShop, clock: StepClock
) -> None:
    settled(world, shop, order(1, "50.00"))
    clock.forward(days=500)

    publish(world, shop, saying(expiry=YEAR))

    day = clock().astimezone(NEW_YORK).date()
    expiring = view(world, shop).expiring
    assert expiring is not None
    assert (expiring.points, expiring.at) == (50, ends_on(day.replace(year=day.year + 1).isoformat()))
    proved(world, shop)


def test_a_shorter_period_never_takes_what_was_promised_at_once(world: World, clock: StepClock) -> None:
    shop = make_shop(world, saying(expiry=YEAR))
    settled(world, shop, order(1, "50.00"))
    clock.forward(days=300)

    publish(world, shop, saying(expiry=MONTH))
    soon = view(world, shop).expiring
    clock.forward(days=29)

    assert balance(world, shop) == (0, 50, 0, 0)
    assert soon is not None
    assert soon.at == ends_on("2027-01-27")
    clock.forward(days=3)
    assert balance(world, shop) == (0, 0, 0, 0)
    proved(world, shop)


def test_switching_off_saves_what_would_lapse_before_the_dates_are_moved(world: World, clock: StepClock) -> None:
    shop = make_shop(world, saying(expiry=MONTH))
    settled(world, shop, order(1, "50.00"))
    clock.now = ends_on("2026-04-02") - timedelta(seconds=1)

    with world.database.transaction(shop.id) as session:
        programs.publish(session, saying(), by="test", now=clock())
    clock.forward(minutes=5)
    swept(world, shop)

    assert balance(world, shop) == (0, 50, 0, 0)
    assert view(world, shop).expiring is None
    proved(world, shop)


def test_an_order_that_comes_late_gets_the_date_it_would_have_had(world: World, clock: StepClock) -> None:
    early, late = make_shop(world, saying(expiry=YEAR)), make_shop(world, saying(expiry=YEAR))
    placed = order(1, "50.00", at=clock())
    settled(world, early, placed)
    clock.forward(days=200)
    for shop in (early, late):
        publish(world, shop, saying(expiry=MONTH))

    settled(world, late, placed)

    assert view(world, late).expiring == view(world, early).expiring is not None


def test_points_of_somebody_who_keeps_buying_do_not_lapse(world: World, clock: StepClock) -> None:
    shop = make_shop(world, saying(expiry=IDLE))
    settled(world, shop, order(1, "50.00", at=clock()))
    for number in (2, 3):
        clock.forward(days=150)
        settled(world, shop, order(number, "10.00", at=clock()))
    swept(world, shop)

    expiring = view(world, shop).expiring
    clock.forward(days=185)

    assert expiring is not None
    assert (expiring.points, expiring.at) == (70, ends_on("2027-06-27"))
    assert balance(world, shop) == (0, 0, 0, 0)
    assert newest(world, shop).reason.name == "EXPIRED"
    proved(world, shop)


@pytest.mark.parametrize(("counts", "left"), [("any", 280), ("purchases", 0)])
def test_spending_is_an_activity_unless_only_purchases_count(
    world: World, clock: StepClock, counts: str, left: int
) -> None:
    shop = make_shop(world, saying(expiry=IDLE | {"counts": counts}))
    settled(world, shop, order(1, "400.00", at=clock()))
    clock.forward(days=100)
    spent(world, shop)

    clock.forward(days=100)
    swept(world, shop)

    assert balance(world, shop)[1] == left
    proved(world, shop)


def test_pending_points_survive(world: World, clock: StepClock) -> None:
    shop = make_shop(
        world,
        saying(
            expiry={"kind": "calendar", "month": 3, "day": 10}, earning={"points": 1, "per": "1", "pending_days": 20}
        ),
    )
    settled(world, shop, order(1, "50.00", at=clock()))
    clock.forward(days=15)
    swept(world, shop)
    before = balance(world, shop)

    clock.forward(days=10)

    assert before == (50, 0, 0, 0)
    assert balance(world, shop) == (0, 50, 0, 0)
    expiring = view(world, shop).expiring
    assert expiring is not None
    assert expiring.at == ends_on("2027-03-10")


def test_the_soonest_to_lapse_are_spent_first(world: World, clock: StepClock) -> None:
    shop = make_shop(world, saying(expiry=MONTH))
    settled(world, shop, order(1, "100.00", at=clock()))
    clock.forward(days=10)
    settled(world, shop, order(2, "200.00", at=clock()))

    spent(world, shop, "free-shipping")
    clock.forward(days=22)

    assert balance(world, shop) == (0, 180, 120, 0)
    proved(world, shop)


def test_staff_give_back_what_lapsed_and_only_for_a_while(world: World, clock: StepClock) -> None:
    shop = make_shop(world, saying(expiry=MONTH | {"reinstate_days": 10}))
    settled(world, shop, order(1, "50.00", at=clock()))
    clock.forward(days=35)
    swept(world, shop)

    reinstated(world, shop, 20)
    with pytest.raises(NothingToReinstate) as too_many:
        reinstated(world, shop, 31)
    clock.forward(days=10)
    with pytest.raises(NothingToReinstate):
        reinstated(world, shop, 5)

    assert too_many.value.facts == {"asked": 31, "available": 30, "days": 10}
    assert balance(world, shop) == (0, 20, 0, 0)
    assert newest(world, shop).note == "was in hospital"
    proved(world, shop)


def test_what_was_given_back_is_still_taken_back_with_its_order(world: World, clock: StepClock) -> None:
    shop = make_shop(world, saying(expiry=MONTH))
    settled(world, shop, order(1, "50.00", at=clock()))
    clock.forward(days=35)
    swept(world, shop)
    reinstated(world, shop, 20)

    settled(world, shop, order(1, "50.00", at=clock() - timedelta(days=35), refunds=[(1, "50.00", 1)]))

    assert balance(world, shop) == (0, 0, 0, 0)
    proved(world, shop)


def test_owners_are_warned_twice_and_each_time_once(world: World, clock: StepClock) -> None:
    shop = make_shop(world, saying(expiry=MONTH | {"warn_days": [14, 3]}))
    settled(world, shop, order(1, "50.00", at=clock()))
    for _ in range(31):
        clock.forward(days=1)
        new_day(world, shop)
        new_day(world, shop)

    with world.database.transaction(shop.id) as session:
        told = expiry.warnings(session, members.by_customer(session, 7) or 0)

    assert [(days, points) for _, days, points, _, _ in told] == [(3, 50), (14, 50)]
    assert {at for at, *_ in told} == {ends_on("2026-04-02")}
    assert [made.astimezone(NEW_YORK).date() for *_, made, _ in told] == [date(2026, 3, 30), date(2026, 3, 19)]


def test_nobody_who_was_active_is_warned(world: World, clock: StepClock) -> None:
    shop = make_shop(world, saying(expiry=IDLE | {"warn_days": [30]}))
    settled(world, shop, order(1, "50.00", at=clock()))
    clock.forward(days=100)
    settled(world, shop, order(2, "50.00", at=clock()))

    for _ in range(80):
        clock.forward(days=1)
        new_day(world, shop)

    with world.database.transaction(shop.id) as session:
        assert expiry.warnings(session, members.by_customer(session, 7) or 0) == []
    proved(world, shop)


def reinstated(world: World, shop: TestShop, points: int) -> None:
    with world.database.transaction(shop.id) as session:
        member = members.by_customer(session, 7) or 0
        expiry.reinstate(
            session, member, points, words="was in hospital", author="Eva", key=uuid.uuid4().hex, now=world.clock()
        )


RULES: list[Any] = [
    None,
    MONTH,
    YEAR,
    IDLE,
    {"kind": "inactivity", "days": 40, "counts": "purchases"},
    {"kind": "calendar", "month": 6, "day": 30},
    {"kind": "earned", "days": 20, "to_month_end": True},
]


@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_published_and_done_nothing_lapses_before_its_day_and_the_books_add_up(
    world: World, clock: StepClock, seed: int
) -> None:
    chance = random.Random(seed)
    shop = make_shop(world, saying(expiry=chance.choice(RULES), earning={"points": 1, "per": "1", "pending_days": 3}))
    promised: datetime | None = None
    lapsed = 0
    for number in range(1, 41):
        clock.forward(hours=chance.randrange(1, 600))
        for entry in [each for each in fresh(world, shop, number) if each.reason.name == "EXPIRED"]:
            assert promised is None or entry.occurred_at >= promised
            lapsed += 1
        match chance.randrange(6):
            case 0:
                publish(world, shop, saying(expiry=chance.choice(RULES)))
            case 1:
                with suppress(InsufficientPoints, MemberUnknown):
                    spent(world, shop)
            case 2:
                with suppress(NothingToReinstate, MemberUnknown):
                    reinstated(world, shop, chance.randrange(1, 50))
            case 3:
                settled(
                    world, shop, order(max(1, number - 1), "60.00", at=clock() - timedelta(days=9), cancelled=clock())
                )
            case _:
                settled(world, shop, order(number, "60.00", at=clock() - timedelta(days=chance.randrange(30))))
        expiring = view(world, shop).expiring if seen(world, shop) else None
        promised = expiring.at if expiring is not None else None
        assert promised is None or promised > clock()

    assert lapsed
    proved(world, shop)


def seen(world: World, shop: TestShop) -> bool:
    with world.database.transaction(shop.id) as session:
        return members.by_customer(session, 7) is not None


def fresh(world: World, shop: TestShop, number: int) -> list[EntryView]:
    """What the clock brings by now, posted by a view or by the sweep, in turns."""
    if not seen(world, shop):
        return []
    with world.database.transaction(shop.id) as session:
        member = members.by_customer(session, 7) or 0
        before = members.entries(session, member, limit=1)[0].seq if members.entries(session, member, limit=1) else 0
    if number % 2:
        swept(world, shop)
    view(world, shop)
    with world.database.transaction(shop.id) as session:
        return [entry for entry in members.entries(session, member, limit=50) if entry.seq > before]


def test_a_lot_that_moves_twice_at_once_ends_where_it_was_moved_last(world: World) -> None:
    shop = make_shop(world, default_program("USD", is_live=True))
    first, last = NOON + timedelta(days=30), NOON + timedelta(days=60)
    with world.database.transaction(shop.id) as session:
        member = members.join(session, 7001, tombstone_key=world.keys.tombstones, now=NOON)
        members.adjust(session, member, 100, words="gift", author="staff", key="one", now=NOON)
        [(opened_by, part, stood)] = session.sql(
            "SELECT opened_by, part, expires_at FROM lots WHERE member_id = %s", member
        )

    with world.database.transaction(shop.id) as session:
        moved = [Moved(member, opened_by, part, stood, first), Moved(member, opened_by, part, first, last)]
        expiry_rows.move_dates(session, moved, version=1, now=NOON)

    with world.database.transaction(shop.id) as session:
        [(stands,)] = session.sql("SELECT expires_at FROM lots WHERE member_id = %s", member)
        dates = session.sql("SELECT from_at, to_at FROM lot_dates WHERE member_id = %s ORDER BY id", member)
    assert stands == last
    assert dates == [(stood, first), (first, last)]
