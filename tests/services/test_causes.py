"""What goes to a cause never lapses, follows the order it was matched for, and is paid out by staff once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from plugin.db import expiry as expiry_rows
from plugin.loyalty.errors import (
    CauseUnknown,
    DonationNotOffered,
    DonationReturned,
    DonationUnknown,
    InsufficientPoints,
    ProgramNotLive,
)
from plugin.services import causes, explain, forget, members, programs
from plugin.services.aftermath import Happened
from plugin.services.judgement import Judged
from plugin.services.perform import World
from tests.fakes import StepClock
from tests.services.sharing import OPEN, Club
from tests.services.stories import order

MATCHED = {"match": {"percent": "10"}}


@pytest.fixture
def club(world: World) -> Club:
    return Club.opened(world)


def test_donated_points_add_up_for_the_cause_and_never_lapse(world: World, clock: StepClock) -> None:
    club = Club.opened(world, earning={"expiry_months": 12})
    ann, bob = club.member(7), club.member(8, 30)
    club.settle(order(1, "50.00", customer=7))

    club.donate(ann, "trees", 40)
    club.donate(ann, "trees", 5)
    club.donate(bob, "trees", 30)

    total = club.cause("trees").total
    assert (total.donated, total.donors, total.available, club.cause("boats").total.donated) == (75, 2, 75, 0)
    assert club.balance(ann) == (0, 5, 0)
    assert club.entries(ann)[-1] == "transfer 5 DONATED"
    clock.forward(days=500)
    assert club.proven()
    assert club.cause("trees").total.available == 75


def test_a_cause_takes_the_amounts_it_offers_or_any_from_its_least(world: World) -> None:
    fixed = {"id": "trees", "title": "Trees", "amounts": [10, 50]}
    free = {"id": "boats", "title": "Boats", "minimum_points": 20}
    club = Club.opened(world, causes={"causes": [fixed, free]})
    ann = club.member(7, 100)

    with pytest.raises(DonationNotOffered) as odd:
        club.donate(ann, "trees", 20)
    with pytest.raises(DonationNotOffered) as small:
        club.donate(ann, "boats", 19)
    with pytest.raises(InsufficientPoints):
        club.donate(ann, "boats", 101)
    with pytest.raises(CauseUnknown):
        club.donate(ann, "cats", 20)
    club.donate(ann, "trees", 50)

    assert (odd.value.facts, small.value.facts) == (
        {"asked": 20, "allowed": "10 or 50"},
        {"asked": 19, "allowed": "at least 20"},
    )


def test_staff_return_a_donation_once_while_the_points_are_there(club: Club) -> None:
    ann = club.member(7, 100)
    first, second = club.donate(ann, "trees", 40), club.donate(ann, "trees", 20)

    returned(club, first)

    assert (club.balance(ann)[1], club.cause("trees").total.donated) == (80, 20)
    with pytest.raises(DonationReturned):
        returned(club, first)
    with pytest.raises(DonationUnknown), club.world.database.transaction(club.shop.id) as session:
        causes.donation(session, uuid4())
    paid_out(club, "trees", 10)
    with pytest.raises(InsufficientPoints):
        returned(club, second)
    assert club.proven()


def test_staff_pay_out_no_more_than_there_is_and_the_note_says_how(club: Club) -> None:
    ann = club.member(7, 100)
    club.donate(ann, "trees", 60)

    account_id, seq = paid_out(club, "trees", 50)

    with club.world.database.transaction(club.shop.id) as session:
        [entry] = members.entries(session, account_id, before=seq + 1, limit=1)
    total = club.cause("trees").total
    assert (entry.move.word, entry.points, entry.note, entry.author) == ("capture", 50, "receipt 7", "staff")
    assert (total.paid_out, total.available, total.donated) == (50, 10, 60)
    with pytest.raises(InsufficientPoints):
        paid_out(club, "trees", 11)
    with pytest.raises(CauseUnknown):
        paid_out(club, "boats", 1)
    assert club.proven()


def test_ten_who_pay_out_at_once_pay_what_there_is(club: Club) -> None:
    club.donate(club.member(7, 100), "trees", 100)

    def pay(_: int) -> bool:
        try:
            return bool(paid_out(club, "trees", 30))
        except InsufficientPoints:
            return False

    with ThreadPoolExecutor(10) as pool:
        paid = sum(pool.map(pay, range(10)))

    assert (paid, club.cause("trees").total.available) == (3, 10)
    assert club.proven()


def test_the_first_donations_at_once_open_one_account(club: Club) -> None:
    people = [club.member(10 + n, 10) for n in range(8)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda member: club.donate(member, "trees", 10), people))

    assert club.cause("trees").total.donated == 80
    assert club.proven()


def test_the_merchant_adds_a_share_of_what_members_who_chose_the_cause_spend(world: World, clock: StepClock) -> None:
    club = Club.opened(world, causes=MATCHED)
    ann, bob = club.member(7), club.member(8)
    clock.forward(days=-1)
    chosen(club, ann, "trees")
    clock.forward(days=1)

    club.settle(order(1, "50.00", customer=7))
    club.settle(order(2, "50.00", customer=8))

    assert (club.cause("trees").total.matched, club.balance(ann)[1], club.balance(bob)[1]) == (500, 50, 50)
    with world.database.transaction(club.shop.id) as session:
        explained = explain.order(session, 1)
    assert explained.adds_up
    assert sorted(explained.posted.values()) == [50, 500]
    assert club.proven()


def test_a_refund_takes_the_merchants_share_back_and_a_full_one_all_of_it(world: World, clock: StepClock) -> None:
    club = Club.opened(world, causes=MATCHED)
    clock.forward(days=-1)
    chosen(club, club.member(7), "trees")
    clock.forward(days=1)
    club.settle(order(1, "50.00", customer=7))

    club.settle(order(1, "50.00", customer=7, refunds=[(1, "20.00", 0)]))
    partly = club.cause("trees").total.matched
    club.settle(order(1, "50.00", customer=7, refunds=[(1, "20.00", 0), (2, "30.00", 1)]))

    assert (partly, club.cause("trees").total.matched) == (300, 0)
    assert club.proven()


def test_an_order_is_matched_for_the_cause_chosen_when_it_was_placed(world: World, clock: StepClock) -> None:
    club = Club.opened(world, causes=MATCHED)
    ann = club.member(7)
    chosen(club, ann, "trees")
    placed = clock.forward(hours=1)
    clock.forward(hours=1)
    chosen(club, ann, "boats")
    later = clock.forward(hours=1)

    club.settle(order(2, "30.00", customer=7, at=later))
    club.settle(order(1, "50.00", customer=7, at=placed))
    club.settle(order(1, "50.00", customer=7, at=placed))
    chosen(club, ann, None)
    club.settle(order(3, "10.00", customer=7, at=clock.forward(hours=1)))

    assert (club.cause("trees").total.matched, club.cause("boats").total.matched) == (500, 300)
    assert club.proven()


def test_matched_in_money_the_total_follows_the_order_and_posts_no_points(world: World, clock: StepClock) -> None:
    club = Club.opened(world, causes={"match": {"percent": "2.5", "kind": "money"}})
    clock.forward(days=-1)
    chosen(club, club.member(7), "trees")
    clock.forward(days=1)

    club.settle(order(1, "50.10", customer=7))
    before = club.cause("trees").total
    club.settle(order(1, "50.10", customer=7, refunds=[(1, "30.10", 0)]))
    partly = club.cause("trees").total.amount
    club.settle(order(1, "50.10", customer=7, refunds=[(1, "30.10", 0), (2, "20.00", 1)]))

    assert (before.amount, before.matched, partly) == (Decimal("1.25"), 0, Decimal("0.50"))
    assert club.cause("trees").total.amount == 0
    assert club.proven()


def test_a_matched_share_is_pending_as_long_as_the_orders_points(world: World, clock: StepClock) -> None:
    club = Club.opened(world, earning={"pending_days": 14}, causes=MATCHED)
    clock.forward(days=-1)
    chosen(club, club.member(7), "trees")
    clock.forward(days=1)

    club.settle(order(1, "50.00", customer=7))

    assert (club.cause("trees").total.pending, club.cause("trees").total.available) == (500, 0)


def test_a_merge_carries_what_was_given_and_chosen_over_and_erasure_forgets_the_choice(
    world: World, clock: StepClock
) -> None:
    club = Club.opened(world, causes=MATCHED)
    ann, bob = club.member(7, 50), club.member(8)
    gave = club.donate(ann, "boats", 50)
    chosen(club, ann, "trees")

    with world.database.transaction(club.shop.id) as session:
        tombstones = world.keys.tombstones
        members.merge(session, kept_customer_id=8, lost_customer_id=7, tombstone_key=tombstones, now=clock())
    with world.database.transaction(club.shop.id) as session:
        after_merge = causes.chosen(session, bob, now=clock()), causes.donation(session, gave).member_id
    with world.database.transaction(club.shop.id) as session:
        forget.erase(session, 8, keys=world.keys, now=clock())
        forgotten = causes.chosen(session, bob, now=clock())

    assert (after_merge, forgotten) == (("trees", bob), None)
    assert club.proven()


def test_a_cause_that_the_program_no_longer_has_keeps_its_total_under_its_last_title(club: Club) -> None:
    club.donate(club.member(7, 50), "boats", 50)

    club.publish(causes={"causes": OPEN["causes"]["causes"][:1]})

    view = club.cause("boats")
    assert (view.is_on, view.title, view.total.donated) == (False, "Rescue boats", 50)
    with pytest.raises(CauseUnknown):
        club.donate(club.member(8, 10), "boats", 10)


def test_while_the_program_is_off_nothing_is_donated(world: World) -> None:
    club = Club.opened(world)
    ann = club.member(7, 50)

    with world.database.transaction(club.shop.id) as session:
        off = programs.current(session).program.model_copy(update={"is_live": False})
        programs.publish(session, off, by="test", now=world.clock())

    with pytest.raises(ProgramNotLive):
        club.donate(ann, "trees", 10)


def chosen(club: Club, member_id: int, cause: str | None) -> None:
    with club.world.database.transaction(club.shop.id) as session:
        causes.choose(session, member_id, cause, now=club.world.clock())


def returned(club: Club, donation_id: UUID) -> None:
    with club.world.database.transaction(club.shop.id) as session:
        causes.give_back(session, donation_id, keys=club.world.keys, now=club.world.clock())


def paid_out(club: Club, cause: str, points: int) -> tuple[int, int]:
    with club.world.database.transaction(club.shop.id) as session:
        return causes.pay_out(
            session, cause, points, words="receipt 7", author="staff", payout_id=uuid4(), now=club.world.clock()
        )


def test_what_follows_an_order_concerns_its_members_and_not_the_cause() -> None:
    settled = Judged(1, order(1, "50.00"), target={"4:purchase": 50, "9:match": 500})

    assert Happened((settled,)).concerned() == {4}


def test_a_new_rule_of_expiry_leaves_what_a_cause_has_alone(world: World, clock: StepClock) -> None:
    club = Club.opened(world)
    club.donate(club.member(7, 50), "trees", 40)

    with world.database.transaction(club.shop.id) as session:
        found = expiry_rows.with_lots_above(session, 0, limit=10)

    assert found == [club.member(7)]
