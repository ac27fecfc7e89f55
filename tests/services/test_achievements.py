"""Achievements: steps are given once, taken back when a refund undoes them, and never depend on the order in which we were told."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from plugin.db import achievements as rows
from plugin.loyalty.deliveries import MergeFacts
from plugin.loyalty.facts import OrderFacts
from plugin.services import achievements, members, programs, redeem, subjects
from plugin.services.perform import World, perform_due
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify, StepClock
from tests.services.deliveries import deliver, drained
from tests.services.stories import order
from tests.services.test_activities import balance, do, member_of, program_with, shop_with, undo
from tests.services.test_settle import proved, settled

MEALS = {
    "id": "meals",
    "title": "Meals eaten",
    "metric": "quantity",
    "units": [{"product_id": 1, "units": "10"}],
    "other_units": "0",
    "steps": [{"at": 20, "points": 200}, {"at": 40, "points": 400, "badge": "Hungry"}],
}
ORDERS = {
    "id": "regular",
    "title": "Regular",
    "metric": "orders",
    "steps": [{"at": 2, "points": 7, "reward_id": "free-shipping"}],
}


def reached(world: World, shop: TestShop, member: int) -> list[tuple[str, int, bool]]:
    """(achievement, step, announced) of what stands."""
    with world.database.transaction(shop.id) as session:
        found = rows.of_members(session, [member])
    return sorted((row.achievement_id, row.step, row.is_announced) for row in found if row.undone_at is None)


def prizes(world: World, shop: TestShop, member: int) -> int:
    """Points that achievements gave and that were not taken back."""
    with world.database.transaction(shop.id) as session:
        found = rows.of_members(session, [member])
    return sum(row.points for row in found if row.undone_at is None)


def test_of_steps_passed_at_once_each_is_given_and_only_the_highest_is_announced(world: World) -> None:
    shop = shop_with(world, achievements=[MEALS])
    member = member_of(world, shop)

    settled(world, shop, order(1, "0.50", quantity=4))

    assert reached(world, shop, member) == [("meals", 20, False), ("meals", 40, True)]
    assert balance(world, shop, member) == (0, 600, 0)
    with world.database.transaction(shop.id) as session:
        titles = subjects.titles(session, members.entries(session, member))
        assert achievements.badges(session, member) == ["Hungry"]
    assert set(titles.values()) == {"Meals eaten"}
    proved(world, shop)


def test_steps_passed_one_after_the_other_are_each_announced(world: World) -> None:
    shop = shop_with(world, achievements=[MEALS])
    member = member_of(world, shop)

    settled(world, shop, order(1, "1.00", quantity=2), order(2, "1.00", quantity=2, at=NOON + timedelta(hours=1)))

    assert reached(world, shop, member) == [("meals", 20, True), ("meals", 40, True)]


def test_a_refund_takes_back_what_is_no_longer_reached_and_a_new_order_gives_it_again(
    world: World, shopify: FakeShopify
) -> None:
    shop = shop_with(world, achievements=[ORDERS], earning={"points": 1, "per": "1000000"})
    member = member_of(world, shop)
    settled(world, shop, order(1), order(2))
    perform_due(world, shop.id, shop.domain)
    before = balance(world, shop, member), [discount.is_active for discount in shopify.discounts.values()]

    settled(world, shop, order(2, refunds=[(1, "50.00", 1)]))
    perform_due(world, shop.id, shop.domain)
    after = balance(world, shop, member), [discount.is_active for discount in shopify.discounts.values()]
    settled(world, shop, order(3))
    perform_due(world, shop.id, shop.domain)

    assert before == ((0, 7, 0), [True])
    assert after == ((0, 0, 0), [False])
    assert balance(world, shop, member) == (0, 7, 0)
    assert [discount.is_active for discount in shopify.discounts.values()] == [False, True]
    proved(world, shop)


def test_a_prize_that_was_used_is_not_given_a_second_time(world: World) -> None:
    shop = shop_with(world, achievements=[ORDERS])
    member = member_of(world, shop)
    settled(world, shop, order(1), order(2))
    with world.database.transaction(shop.id) as session:
        [row] = rows.of_members(session, [member])
        assert row.redemption_id is not None
        code = redeem.find(session, row.redemption_id).code
    perform_due(world, shop.id, shop.domain)
    settled(world, shop, order(3, codes=[code]))

    settled(world, shop, *(order(n, refunds=[(1, "50.00", 1)]) for n in (1, 2)))
    settled(world, shop, order(4))

    assert reached(world, shop, member) == [("regular", 2, True)]
    with world.database.transaction(shop.id) as session:
        assert [taken.state for taken in redeem.of_member(session, member)] == ["used"]


STREAM = [
    order(1, "30.00", quantity=1, at=NOON),
    order(2, "30.00", quantity=2, at=NOON + timedelta(days=1)),
    order(3, "30.00", quantity=1, at=NOON + timedelta(days=2), refunds=[(1, "30.00", 1)]),
    order(4, "30.00", quantity=1, at=NOON + timedelta(days=40)),
    order(2, "30.00", quantity=2, at=NOON + timedelta(days=1), refunds=[(2, "15.00", 1)]),
]


@pytest.mark.parametrize("told", list(itertools.permutations(STREAM))[::17])
def test_deliveries_in_any_order_and_twice_end_the_same(
    world: World, clock: StepClock, told: tuple[OrderFacts, ...]
) -> None:
    streak = {"id": "months", "title": "Every month", "metric": "streak", "steps": [{"at": 2, "points": 3}]}
    every = {"id": "again", "title": "Again", "metric": "spend", "repeats": True, "steps": [{"at": 25, "points": 1}]}
    shop = shop_with(world, achievements=[MEALS, ORDERS, streak, every])
    member = member_of(world, shop)
    clock.forward(days=60)

    for facts in (*told, *told):
        settled(world, shop, facts)

    assert [(name, step) for name, step, _ in reached(world, shop, member)] == [
        ("again", 25),
        ("again", 50),
        ("again", 75),
        ("meals", 20),
        ("months", 2),
        ("regular", 2),
    ]
    assert prizes(world, shop, member) == 3 + 200 + 3 + 7
    proved(world, shop)


def test_a_challenge_is_done_when_all_of_it_was_done_within_its_dates(world: World, clock: StepClock) -> None:
    review = {"id": "review", "kind": "review", "title": "Review", "points": 1}
    post = {"id": "post", "kind": "post", "title": "Post", "points": 1}
    challenge = {
        "id": "spring",
        "title": "Spring",
        "metric": "challenge",
        "starts_at": "2026-03-03T00:00:00Z",
        "ends_at": "2026-03-10T00:00:00Z",
        "tasks": [{"action_id": "review"}, {"action_id": "post", "times": 2}, {}],
        "steps": [{"at": 1, "points": 100}],
    }
    shop = shop_with(world, actions=[review, post], achievements=[challenge])
    member = member_of(world, shop)

    do(world, shop, member, "review", "early")
    clock.forward(days=1)
    settled(world, shop, order(1, "1.00", at=clock.now))
    do(world, shop, member, "post", "1")
    last = do(world, shop, member, "post", "2")
    before = prizes(world, shop, member)
    do(world, shop, member, "review", "in time")
    done = prizes(world, shop, member)
    undo(world, shop, last.id)

    assert (before, done, prizes(world, shop, member)) == (0, 100, 0)
    proved(world, shop)


def test_answers_in_the_forum_earn_a_badge(world: World) -> None:
    answer = {"id": "answer", "kind": "answer", "title": "Answer", "points": 1}
    helper = {
        "id": "helper",
        "title": "Helper",
        "metric": "actions",
        "action_ids": ["answer"],
        "steps": [{"at": 3, "badge": "Helpful"}],
    }
    shop = shop_with(world, actions=[answer], achievements=[helper])
    member = member_of(world, shop)

    for number in range(3):
        do(world, shop, member, "answer", f"{number}")

    with world.database.transaction(shop.id) as session:
        assert achievements.badges(session, member) == ["Helpful"]
        [standing] = achievements.of_member(session, member, now=world.clock())
    assert (standing.progress, standing.following) == (3, None)


def test_a_milestone_that_came_later_counts_what_was_bought_before_at_the_next_order(
    world: World, clock: StepClock
) -> None:
    shop = shop_with(world)
    member = member_of(world, shop)
    settled(world, shop, order(1, quantity=3))
    clock.forward(days=1)
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program_with(achievements=[MEALS]), by="test", now=clock.now)

    settled(world, shop, order(1, quantity=3, updated=clock.now))
    quiet = reached(world, shop, member)
    settled(world, shop, order(2, quantity=1, at=clock.forward(days=1)))

    assert quiet == []
    assert reached(world, shop, member) == [("meals", 20, False), ("meals", 40, True)]


def test_a_refund_undoes_by_the_rule_that_gave_though_it_was_dropped_since(world: World, clock: StepClock) -> None:
    shop = shop_with(world, achievements=[ORDERS])
    member = member_of(world, shop)
    settled(world, shop, order(1), order(2))
    clock.forward(days=1)
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program_with(), by="test", now=clock.now)

    kept = reached(world, shop, member)
    settled(world, shop, order(1, refunds=[(1, "50.00", 1)]))

    assert kept == [("regular", 2, True)]
    assert reached(world, shop, member) == []
    proved(world, shop)


def test_two_who_become_one_have_reached_together_what_neither_had(world: World) -> None:
    program: dict[str, Any] = {"achievements": [ORDERS]}
    shop = shop_with(world, **program)
    kept, lost = member_of(world, shop, 7), member_of(world, shop, 8)
    settled(world, shop, order(1, customer=7), order(2, customer=8))

    _merged(world, shop)

    assert reached(world, shop, kept) == [("regular", 2, True)]
    assert reached(world, shop, lost) == []


def test_what_both_had_reached_stands_once_with_the_points_of_both(world: World) -> None:
    shop = shop_with(world, achievements=[{**ORDERS, "steps": [{"at": 1, "points": 5}]}])
    kept = member_of(world, shop, 7)
    settled(world, shop, order(1, customer=7), order(2, customer=8))

    _merged(world, shop)

    assert reached(world, shop, kept) == [("regular", 1, True)]
    assert prizes(world, shop, kept) == 10
    settled(world, shop, *(order(n, customer=7, refunds=[(1, "50.00", 1)]) for n in (1, 2)))
    assert balance(world, shop, kept) == (0, 0, 0)
    proved(world, shop)


def _merged(world: World, shop: TestShop) -> None:
    deliver(world, shop, "customers/merge", MergeFacts(kept_id=7, lost_id=8, is_done=True))
    drained(world, shop)
