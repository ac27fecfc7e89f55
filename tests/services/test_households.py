"""A household's pool is an account like any other: nobody takes more than their share, and the books prove it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from plugin.loyalty.errors import (
    HouseholdFull,
    HouseholdLimitReached,
    HouseholdsClosed,
    HouseholdUnknown,
    InHouseholdAlready,
    InsufficientPoints,
    InvitationUnknown,
    NotInHousehold,
    NotTheOwner,
    Refusal,
)
from plugin.services import due, figures, forget, households, members, redeem
from plugin.services.perform import World, perform_due
from tests.fakes import FakeShopify, StepClock
from tests.services.sharing import Club
from tests.services.stories import order


@pytest.fixture
def club(world: World) -> Club:
    return Club.opened(world)


@pytest.fixture
def pooling(world: World) -> Club:
    """New points pool by themselves."""
    return Club.opened(world, households={"pools": "earned"})


def test_members_put_points_in_and_any_of_them_spends_from_the_pool(club: Club, shopify: FakeShopify) -> None:
    ann, bob = club.member(7, 100), club.member(8, 50)
    home = club.household(ann, bob)
    club.put_in(ann, 100)
    club.put_in(bob, 50)

    taken = club.spend(bob, home)
    perform_due(club.world, club.shop.id, club.shop.domain)

    assert (club.balance(ann), club.balance(bob), club.balance(home)) == ((0, 0, 0), (0, 0, 0), (0, 30, 120))
    assert shopify.discounts[taken.code].spec.customer_id == 8
    assert club.proven()


def test_points_keep_the_day_they_lapse_when_they_are_put_in(club: Club) -> None:
    ann = club.member(7, 100)
    home = club.household(ann)
    [before] = club.account(ann).lots or []

    club.put_in(ann, 60)

    assert [(lot.open, lot.expires_at) for lot in club.account(home).lots or []] == [(60, before.expires_at)]


def test_a_code_lets_in_one_member_once(club: Club, clock: StepClock) -> None:
    ann, bob, cat = club.member(7), club.member(8), club.member(9)
    home = club.household(ann)
    code = club.code(home, by=ann)

    club.join(bob, f" {code[:4].lower()}-{code[4:]} ")

    assert [part.member_id for part in club.look(home).parts] == [ann, bob]
    with pytest.raises(InvitationUnknown):
        club.join(cat, code)
    late = club.code(home, by=ann)
    clock.forward(days=15)
    with pytest.raises(InvitationUnknown):
        club.join(cat, late)


def test_a_code_for_one_member_is_unknown_to_every_other(club: Club) -> None:
    ann, bob, cat = club.member(7), club.member(8), club.member(9)
    code = club.code(club.household(ann), member_id=bob)

    with pytest.raises(InvitationUnknown):
        club.join(cat, code)
    assert club.join(bob, code)


def test_only_the_owner_invites_and_nobody_is_in_two_households(club: Club) -> None:
    ann, bob, cat = club.member(7), club.member(8), club.member(9)
    home = club.household(ann, bob)

    with pytest.raises(NotTheOwner):
        club.code(home, by=bob)
    with pytest.raises(InHouseholdAlready):
        club.household(bob)
    with pytest.raises(InHouseholdAlready):
        club.join(bob, club.code(club.household(cat)))


def test_a_household_is_full_with_its_members_and_open_invitations(world: World) -> None:
    club = Club.opened(world, households={"members_max": 2})
    home = club.household(club.member(7))
    club.code(home)

    with pytest.raises(HouseholdFull):
        club.code(home)


def test_who_leaves_takes_their_share_of_what_is_left_and_the_remainder_stays(club: Club) -> None:
    ann, bob, cat = club.member(7, 100), club.member(8, 100), club.member(9, 101)
    home = club.household(ann, bob, cat)
    for member, points in ((ann, 100), (bob, 100), (cat, 101)):
        club.put_in(member, points)
    club.spend(ann, home)

    club.leave(bob)

    assert (club.balance(bob)[1], club.balance(home)[1]) == (181 * 100 // 301, 181 - 181 * 100 // 301)
    with pytest.raises(NotInHousehold):
        club.spend(bob, home)
    assert club.proven()


def test_the_owner_hands_on_and_the_last_to_leave_takes_everything(club: Club) -> None:
    ann, bob = club.member(7, 150), club.member(8, 150)
    home = club.household(ann, bob)
    club.put_in(ann, 150)
    club.put_in(bob, 150)
    taken = club.spend(bob, home)

    club.leave(ann)
    owner_then = club.look(home).owner_id
    club.leave(bob)

    assert owner_then == bob
    assert (club.balance(ann)[1], club.balance(bob)[1], club.balance(home)) == (90, 90, (0, 0, 120))
    assert club.look(home).closed_at is not None
    with pytest.raises(HouseholdUnknown):
        club.code(home)
    with club.world.database.transaction(club.shop.id) as session:
        redeem.cancel(session, taken.id, now=club.world.clock())
    perform_due(club.world, club.shop.id, club.shop.domain)
    assert (club.balance(bob)[1], club.balance(home)) == (210, (0, 0, 0))
    assert club.proven()


def test_the_owner_may_send_somebody_away_and_nobody_else_may(club: Club) -> None:
    ann, bob, cat = club.member(7, 10), club.member(8, 10), club.member(9)
    home = club.household(ann, bob, cat)
    club.put_in(bob, 10)

    with pytest.raises(NotTheOwner):
        club.leave(bob, by=cat)
    club.leave(bob, by=ann)

    assert club.balance(bob)[1] == 10
    assert [part.member_id for part in club.look(home).parts] == [ann, cat]


def test_each_member_spends_up_to_their_limit_in_the_shops_month(world: World, clock: StepClock) -> None:
    club = Club.opened(world, households={"limit_points": 200, "limit_period": "month"})
    ann, bob = club.member(7, 600), club.member(8)
    home = club.household(ann, bob)
    club.put_in(ann, 600)
    club.spend(bob, home)

    with pytest.raises(HouseholdLimitReached) as refused:
        club.spend(bob, home)

    assert refused.value.facts == {"asked": 120, "left": 80, "limit": 200}
    assert club.spend(ann, home)
    clock.forward(days=30)
    assert club.spend(bob, home)
    assert [(part.spent, part.left) for part in club.look(home).parts] == [(0, 200), (120, 80)]


def test_what_came_back_does_not_count_towards_the_limit(world: World) -> None:
    club = Club.opened(world, households={"limit_points": 120})
    ann = club.member(7, 500)
    home = club.household(ann)
    club.put_in(ann, 500)
    taken = club.spend(ann, home)
    with club.world.database.transaction(club.shop.id) as session:
        redeem.cancel(session, taken.id, member_id=ann, now=world.clock())
    perform_due(world, club.shop.id, club.shop.domain)

    assert club.spend(ann, home)


def test_new_points_flow_into_the_pool_and_older_ones_stay_ones_own(pooling: Club) -> None:
    ann = pooling.member(7, 30)
    home = pooling.household(ann)

    pooling.settle(order(1, "50.00", customer=7))

    assert (pooling.balance(ann)[1], pooling.balance(home)[1]) == (30, 50)
    assert pooling.look(home).parts[0].put_in == 50
    assert pooling.entries(ann)[-2:] == ["accrue 50 ORDER", "transfer 50 POOLED"]
    assert pooling.proven()


def test_points_flow_into_the_pool_once_they_become_available(world: World, clock: StepClock) -> None:
    club = Club.opened(world, earning={"pending_days": 14}, households={"pools": "earned"})
    ann = club.member(7)
    home = club.household(ann)
    club.settle(order(1, "50.00", customer=7))
    waiting = club.balance(ann), club.balance(home)

    clock.forward(days=15)
    with world.database.transaction(club.shop.id) as session:
        due.post(session, now=clock())

    assert waiting == ((50, 0, 0), (0, 0, 0))
    assert (club.balance(ann), club.balance(home)) == ((0, 0, 0), (0, 50, 0))
    assert club.proven()


def test_a_refund_lands_on_the_member_and_the_pool_covers_it(pooling: Club) -> None:
    ann = pooling.member(7)
    home = pooling.household(ann, pooling.member(8))
    pooling.settle(order(1, "50.00", customer=7))

    pooling.settle(order(1, "50.00", customer=7, refunds=[(1, "50.00", 1)]))

    assert (pooling.balance(ann), pooling.balance(home)) == ((0, 0, 0), (0, 0, 0))
    assert pooling.look(home).parts[0].put_in == 0
    assert pooling.proven()


def test_what_the_pool_no_longer_has_stays_the_members_debt_and_others_do_not_pay_it(pooling: Club) -> None:
    ann, bob = pooling.member(7), pooling.member(8)
    home = pooling.household(ann, bob)
    pooling.settle(order(1, "130.00", customer=7))
    pooling.spend(bob, home)
    pooling.settle(order(1, "130.00", customer=7, refunds=[(1, "130.00", 1)]))
    owing = pooling.balance(ann)[1], pooling.balance(home)[1]

    pooling.settle(order(2, "200.00", customer=8))

    assert owing == (-120, 0)
    assert (pooling.balance(ann)[1], pooling.balance(home)[1]) == (-120, 200)
    assert pooling.proven()


def test_switched_off_nothing_pools_and_nobody_joins(world: World) -> None:
    club = Club.opened(world, households={"pools": "earned"})
    ann = club.member(7, 10)
    home = club.household(ann)
    club.publish(households={"is_on": False})

    club.settle(order(1, "50.00", customer=7))

    assert (club.balance(ann)[1], club.balance(home)[1]) == (60, 0)
    for refused in (lambda: club.household(club.member(8)), lambda: club.code(home), lambda: club.spend(ann, home)):
        with pytest.raises(HouseholdsClosed):
            refused()
    club.leave(ann)


def test_the_last_points_of_a_pool_are_spent_once_however_many_ask(club: Club) -> None:
    people = [club.member(10 + n, 20) for n in range(8)]
    home = club.household(people[0])
    club.publish(households={"members_max": 8})
    for member in people[1:]:
        club.join(member, club.code(home))
    for member in people:
        club.put_in(member, 20)

    def spend(member: int) -> str:
        try:
            return club.spend(member, home).state
        except InsufficientPoints:
            return "refused"

    with ThreadPoolExecutor(8) as pool:
        seen = sorted(pool.map(spend, [*people, *people]))

    assert seen == ["held"] + ["refused"] * 15
    assert club.balance(home) == (0, 40, 120)
    assert club.proven()


def test_two_who_leave_at_once_never_take_more_than_there_is(club: Club) -> None:
    people = [club.member(10 + n, 33) for n in range(5)]
    home = club.household(*people)
    for member in people:
        club.put_in(member, 33)
    club.spend(people[0], home)

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(club.leave, people))

    assert sum(club.balance(member)[1] for member in people) == 165 - 120
    assert club.balance(home) == (0, 0, 120)
    assert club.proven()


def test_a_merge_of_two_households_takes_the_lost_ones_share_to_the_kept_member(club: Club) -> None:
    ann, bob, cat = club.member(7, 40), club.member(8, 60), club.member(9, 60)
    theirs, ours = club.household(ann, cat), club.household(bob)
    club.put_in(ann, 40)
    club.put_in(cat, 60)
    club.put_in(bob, 60)

    merged(club, lost=7, kept=8)

    assert (club.balance(bob)[1], club.balance(theirs)[1], club.balance(ours)[1]) == (40, 60, 60)
    assert club.look(theirs).owner_id == cat
    assert [part.member_id for part in club.look(theirs).parts] == [cat]
    assert club.proven()


@pytest.mark.parametrize("kept_is_in", [True, False])
def test_a_merge_carries_the_place_in_a_household_over(club: Club, *, kept_is_in: bool) -> None:
    ann, bob = club.member(7, 200), club.member(8, 60)
    home = club.household(ann, bob) if kept_is_in else club.household(ann)
    club.put_in(ann, 200)
    taken = club.spend(ann, home)

    merged(club, lost=7, kept=8)

    view = club.look(home)
    assert (view.owner_id, [(part.member_id, part.put_in, part.spent) for part in view.parts]) == (
        bob,
        [(bob, 200, 120)],
    )
    with club.world.database.transaction(club.shop.id) as session:
        assert redeem.find(session, taken.id, member_id=bob).acting_id == bob
    assert club.proven()


def test_who_is_erased_leaves_what_they_put_in_to_those_who_stay(club: Club) -> None:
    ann, bob = club.member(7, 100), club.member(8, 100)
    home = club.household(ann, bob)
    club.put_in(ann, 100)
    club.put_in(bob, 100)
    club.spend(ann, home)

    with club.world.database.transaction(club.shop.id) as session:
        forget.erase(session, 7, keys=club.world.keys, now=club.world.clock())
    perform_due(club.world, club.shop.id, club.shop.domain)

    assert club.look(home).owner_id == bob
    assert club.balance(home) == (0, 200, 0)
    club.leave(bob)
    assert club.balance(bob)[1] == 200
    assert club.proven()


def test_a_pool_is_nobody_where_people_are_counted_or_looked_up(club: Club) -> None:
    ann = club.member(7, 100)
    home = club.household(ann)
    club.put_in(ann, 100)

    with club.world.database.transaction(club.shop.id) as session:
        totals = figures.since(session, start=club.world.clock() - timedelta(days=1))
        listed = [view.id for view in members.page(session)]
        with pytest.raises(Refusal):
            members.view(session, home, handle_key=b"h" * 32, now=club.world.clock())

    assert (totals.members, totals.available, listed) == (1, 0, [ann])


def test_an_unknown_household_is_refused(club: Club) -> None:
    with club.world.database.transaction(club.shop.id) as session, pytest.raises(HouseholdUnknown):
        households.view(session, 404, now=club.world.clock())


def merged(club: Club, *, lost: int, kept: int) -> None:
    with club.world.database.transaction(club.shop.id) as session:
        members.merge(
            session,
            kept_customer_id=kept,
            lost_customer_id=lost,
            tombstone_key=club.world.keys.tombstones,
            now=club.world.clock(),
        )
