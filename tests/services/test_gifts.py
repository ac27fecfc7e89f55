"""A gift is held until somebody enters its code, and arrives once, whole, or goes back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from plugin.loyalty.errors import (
    GiftLimitReached,
    GiftOver,
    GiftsClosed,
    GiftToOneself,
    GiftTooSmall,
    GiftUnknown,
    InsufficientPoints,
    SpendingStopped,
)
from plugin.services import forget, gifts, members, privacy, shops
from plugin.services.perform import World, perform_due
from tests.fakes import StepClock
from tests.services.sharing import Club
from tests.services.stories import order


@pytest.fixture
def club(world: World) -> Club:
    return Club.opened(world)


def test_whoever_enters_the_code_gets_the_points_with_the_day_they_lapse(world: World) -> None:
    club = Club.opened(world, earning={"expiry_months": 12})
    ann, bob = club.member(7), club.member(8)
    club.settle(order(1, "50.00", customer=7))
    [lot] = club.account(ann).lots or []

    gift = club.offer(ann, 40, message="For your birthday")
    waiting = club.balance(ann)
    club.accept(bob, gift)

    assert (waiting, club.balance(ann), club.balance(bob)) == ((0, 10, 40), (0, 10, 0), (0, 40, 0))
    assert [(one.open, one.expires_at) for one in club.account(bob).lots or []] == [(40, lot.expires_at)]
    assert club.entries(ann)[-2:] == ["hold 40 GIFT_SENT", "transfer 40 GIFT_SENT"]
    assert club.entries(bob) == ["transfer 40 GIFT_RECEIVED", "release 40 GIFT_RECEIVED"]
    assert club.proven()


def test_accepted_twice_by_the_same_member_it_arrives_once(club: Club) -> None:
    ann, bob, cat = club.member(7, 100), club.member(8), club.member(9)
    gift = club.offer(ann, 40)

    club.accept(bob, gift)
    again = club.accept(bob, gift)

    assert (again.state, club.balance(bob)) == ("accepted", (0, 40, 0))
    with pytest.raises(GiftOver):
        club.accept(cat, gift)
    assert club.proven()


def test_what_nobody_accepts_goes_back_when_its_time_is_over(club: Club, clock: StepClock) -> None:
    ann, bob = club.member(7, 100), club.member(8)
    gift = club.offer(ann, 40)
    clock.forward(days=14)

    with pytest.raises(GiftOver):
        club.accept(bob, gift)
    perform_due(club.world, club.shop.id, club.shop.domain)

    assert club.balance(ann) == (0, 100, 0)
    assert club.entries(ann)[-1] == "release 40 GIFT_RETURNED"
    assert club.proven()


def test_the_giver_takes_it_back_before_it_is_accepted_and_not_after(club: Club) -> None:
    ann, bob = club.member(7, 100), club.member(8)
    early, late = club.offer(ann, 40), club.offer(ann, 20)
    club.accept(bob, late)

    with club.world.database.transaction(club.shop.id) as session:
        gifts.take_back(session, early.id, giver_id=ann, now=club.world.clock())

    assert (club.balance(ann), club.balance(bob)) == ((0, 80, 0), (0, 20, 0))
    with pytest.raises(GiftOver), club.world.database.transaction(club.shop.id) as session:
        gifts.take_back(session, late.id, giver_id=ann, now=club.world.clock())
    with pytest.raises(GiftUnknown), club.world.database.transaction(club.shop.id) as session:
        gifts.take_back(session, late.id, giver_id=bob, now=club.world.clock())
    with pytest.raises(GiftOver):
        club.accept(bob, early)


def test_a_gift_for_one_member_is_unknown_to_every_other(club: Club) -> None:
    ann, bob, cat = club.member(7, 100), club.member(8), club.member(9)
    gift = club.offer(ann, 40, to=bob)

    with pytest.raises(GiftUnknown):
        club.accept(cat, gift)
    with club.world.database.transaction(club.shop.id) as session:
        gifts.accept(session, bob, gift_id=gift.id, now=club.world.clock())

    assert club.balance(bob) == (0, 40, 0)


def test_an_unbound_gift_cannot_be_taken_without_its_code(club: Club) -> None:
    gift = club.offer(club.member(7, 100), 40)

    with pytest.raises(GiftUnknown), club.world.database.transaction(club.shop.id) as session:
        gifts.accept(session, club.member(8), gift_id=gift.id, now=club.world.clock())


def test_what_cannot_be_given_is_refused_with_the_figures(world: World, clock: StepClock) -> None:
    club = Club.opened(world, gifts={"minimum_points": 10, "limit_points": 50, "limit_period": "day"})
    ann = club.member(7, 100)

    with pytest.raises(GiftTooSmall) as small:
        club.offer(ann, 9)
    with pytest.raises(GiftLimitReached) as large:
        club.offer(ann, 51)
    club.offer(ann, 30)
    with pytest.raises(GiftLimitReached) as more:
        club.offer(ann, 21)
    with pytest.raises(GiftToOneself):
        club.offer(ann, 10, to=ann)

    assert small.value.facts == {"asked": 9, "minimum": 10}
    assert large.value.facts == {"asked": 51, "left": 50, "limit": 50}
    assert more.value.facts == {"asked": 21, "left": 20, "limit": 50}
    clock.forward(days=1)
    assert club.offer(ann, 50)
    clock.forward(days=1)
    with pytest.raises(InsufficientPoints):
        club.offer(ann, 50)


def test_nobody_gives_to_themselves(club: Club) -> None:
    ann = club.member(7, 100)

    with pytest.raises(GiftToOneself):
        club.accept(ann, club.offer(ann, 40))


def test_debt_cannot_be_given_and_is_paid_by_a_gift(club: Club) -> None:
    ann, bob = club.member(7, 100), club.member(8)
    club.settle(order(1, "60.00", customer=8))
    gift = club.offer(bob, 60)
    club.accept(ann, gift)
    club.settle(order(1, "60.00", customer=8, refunds=[(1, "60.00", 1)]))

    with pytest.raises(InsufficientPoints) as refused:
        club.offer(bob, 1)
    club.accept(bob, club.offer(ann, 70))

    assert refused.value.facts == {"asked": 1, "available": 0}
    assert (club.balance(ann)[1], club.balance(bob)[1]) == (90, 10)
    assert club.proven()


def test_of_twenty_at_once_only_what_there_is_is_given(club: Club) -> None:
    ann = club.member(7, 100)

    def give(_: int) -> str:
        try:
            return club.offer(ann, 30).state
        except InsufficientPoints:
            return "refused"

    with ThreadPoolExecutor(10) as pool:
        seen = sorted(pool.map(give, range(20)))

    assert seen == ["offered"] * 3 + ["refused"] * 17
    assert club.balance(ann) == (0, 10, 90)


def test_of_ten_who_enter_a_code_at_once_one_gets_it(club: Club) -> None:
    gift = club.offer(club.member(7, 100), 40)
    people = [club.member(10 + n) for n in range(10)]

    def take(member: int) -> str:
        try:
            return club.accept(member, gift).state
        except GiftOver:
            return "over"

    with ThreadPoolExecutor(10) as pool:
        seen = sorted(pool.map(take, people))

    assert seen == ["accepted"] + ["over"] * 9
    assert sum(club.balance(member)[1] for member in people) == 40
    assert club.proven()


def test_switched_off_or_stopped_nothing_is_given(club: Club) -> None:
    ann, bob = club.member(7, 100), club.member(8)
    gift = club.offer(ann, 10)
    with club.world.database.transaction(club.shop.id) as session:
        shops.details(session).spending_stopped_at = club.world.clock()

    with pytest.raises(SpendingStopped):
        club.offer(ann, 10)
    with club.world.database.transaction(club.shop.id) as session:
        shops.details(session).spending_stopped_at = None
    club.publish(gifts={"is_on": False})
    with pytest.raises(GiftsClosed):
        club.accept(bob, gift)


def test_a_merge_carries_a_waiting_gift_over_and_it_can_still_be_accepted(club: Club) -> None:
    ann, bob, cat = club.member(7, 100), club.member(8, 5), club.member(9)
    gift, back = club.offer(ann, 40), club.offer(ann, 20)

    with club.world.database.transaction(club.shop.id) as session:
        members.merge(
            session,
            kept_customer_id=8,
            lost_customer_id=7,
            tombstone_key=club.world.keys.tombstones,
            now=club.world.clock(),
        )
    club.accept(cat, gift)
    with club.world.database.transaction(club.shop.id) as session:
        gifts.take_back(session, back.id, giver_id=bob, now=club.world.clock())

    assert (club.balance(ann), club.balance(bob), club.balance(cat)) == ((0, 0, 0), (0, 65, 0), (0, 40, 0))
    assert club.proven()


def test_erasing_a_person_takes_the_words_and_what_waits_goes_back(club: Club) -> None:
    ann, bob = club.member(7, 100), club.member(8)
    waiting, done = club.offer(ann, 40, message="Dear Bob"), club.offer(ann, 10, message="Dear Bob")
    club.accept(bob, done)

    with club.world.database.transaction(club.shop.id) as session:
        forget.erase(session, 7, keys=club.world.keys, now=club.world.clock() + timedelta(seconds=1))

    with club.world.database.transaction(club.shop.id) as session:
        found = [gifts.find(session, gift.id) for gift in (waiting, done)]
    assert [(gift.state, gift.message) for gift in found] == [("returned", None), ("accepted", None)]
    with pytest.raises(GiftOver):
        club.accept(bob, waiting)
    assert club.proven()


def test_a_gift_into_a_household_that_pools_flows_on(world: World) -> None:
    club = Club.opened(world, households={"pools": "earned"})
    ann, bob = club.member(7, 100), club.member(8)
    home = club.household(bob)

    club.accept(bob, club.offer(ann, 40))

    assert (club.balance(bob), club.balance(home)) == ((0, 0, 0), (0, 40, 0))
    assert club.proven()


def test_a_members_export_tells_of_their_household_and_gifts(club: Club) -> None:
    ann, bob = club.member(7, 100), club.member(8)
    club.household(ann)
    club.put_in(ann, 30)
    club.accept(bob, club.offer(ann, 40, message="Enjoy"))

    with club.world.database.transaction(club.shop.id) as session:
        told, theirs = (
            privacy.export(session, member, handle_key=b"h" * 32, now=club.world.clock()) for member in (ann, bob)
        )

    assert (told["household"]["put_in"], theirs["household"]) == (30, None)
    assert [(gift["was_given"], gift["points"], gift["message"]) for gift in told["gifts"]] == [(True, 40, "Enjoy")]
    assert [gift["was_given"] for gift in theirs["gifts"]] == [False]
