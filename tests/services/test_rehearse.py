"""Rehearsing: what it says a program would have given is what that program gives when it lives through the same orders."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plugin.loyalty.errors import Unreachable
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.program import Program, default_program, dump, parse
from plugin.services import explain, forget, members, rehearse
from plugin.services.perform import World
from plugin.services.rehearse import Rehearsal
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import FakeShopify, StepClock
from tests.services.stories import order
from tests.services.test_blocks import block, member, unblock
from tests.services.test_referrals import handle_of
from tests.services.test_settle import settled

LIVE = default_program("USD", is_live=True)
PEOPLE = range(7001, 7013)


def changed(**parts: Any) -> Program:
    """The default program with these parts of the document replaced."""
    return parse(dump(LIVE) | parts)


def some_orders(seed: int, count: int = 120) -> list[OrderFacts]:
    """Orders of two months, some refunded in part, cancelled, unpaid, test, or of a guest."""
    rng = random.Random(seed)
    found = []
    for number in range(1, count + 1):
        at = NOON + timedelta(hours=rng.randrange(24 * 60))
        total = f"{rng.randrange(100, 20_000) / 100:.2f}"
        found.append(
            order(
                5000 + number,
                total,
                customer=rng.choice([*PEOPLE, None]),
                at=at,
                quantity=4,
                refunds=[(number, f"{float(total) / 4:.2f}", 1)] if rng.random() < 0.2 else (),
                cancelled=at + timedelta(hours=1) if rng.random() < 0.05 else None,
                status="pending" if rng.random() < 0.05 else "paid",
                is_test=rng.random() < 0.03,
            )
        )
    return found


def shop_with(world: World, program: Program, orders: Sequence[OrderFacts]) -> TestShop:
    shop = make_shop(world, program)
    for start in range(0, len(orders), 50):
        settled(world, shop, *orders[start : start + 50])
    return shop


def rehearsed(world: World, shop: TestShop, draft: Program, *, days: int = 90, parts: int | None = None) -> Rehearsal:
    asked = uuid.uuid4()
    with world.database.transaction(shop.id) as session:
        rehearse.ask(session, draft, rehearsal_id=asked, days=days, by="test", now=world.clock())
    assert run(world, shop, asked, parts=parts)
    with world.database.transaction(shop.id) as session:
        return rehearse.find(session, asked)


def run(world: World, shop: TestShop, rehearsal_id: uuid.UUID, *, parts: int | None = None) -> bool:
    return rehearse.run(
        world.database,
        shop.id,
        rehearsal_id,
        shopify=lambda: world.shopify(shop.id, shop.domain),
        keys=world.keys,
        now=world.clock,
        parts=parts,
    )


def posted(world: World, shop: TestShop, orders: Sequence[OrderFacts]) -> int:
    """What stands in the books for these orders."""
    with world.database.transaction(shop.id) as session:
        return sum(sum(explain.order(session, facts.id).posted.values()) for facts in orders)


FIRST = {
    "id": "welcome",
    "title": "Welcome",
    "effect": {"kind": "fixed", "points": 100},
    "conditions": {"order_numbers": [1, 3]},
}
DOUBLE = {
    "id": "double",
    "title": "Double",
    "effect": {"kind": "multiplier", "factor": "2"},
    "limits": {"points_per_member": 60, "period": "week"},
}
SPRING = {
    "id": "spring",
    "title": "Spring",
    "effect": {"kind": "fixed", "points": 40},
    "limits": {"budget": {"points": 1500, "steps": [{"used": "0.5", "factor": "0.5"}]}},
}
TIERS = {
    "metric": "spend",
    "window": {"kind": "rolling", "months": 1},
    "levels": [
        {"id": "silver", "title": "Silver", "threshold": "100", "multiplier": "1.5"},
        {"id": "gold", "title": "Gold", "threshold": "400", "multiplier": "2"},
    ],
}
DRAFTS = {
    "another rate": changed(earning={"points": 3, "per": "2", "rounding": "nearest"}),
    "brackets": changed(
        order_rules=[
            {
                "id": "more",
                "title": "More for more",
                "effect": {
                    "kind": "brackets",
                    "brackets": [{"start": "50", "points": "1"}, {"start": "100", "points": "2"}],
                },
            }
        ]
    ),
    "first and third order": changed(order_rules=[FIRST]),
    "a cap a week": changed(order_rules=[DOUBLE]),
    "a budget": changed(order_rules=[SPRING]),
    "only who joined": changed(only_joined=True),
    "tiers that multiply": changed(tiers=TIERS),
    "everything at once": changed(tiers=TIERS, order_rules=[FIRST, SPRING, DOUBLE]),
}


@pytest.mark.parametrize("name", DRAFTS)
def test_the_rehearsed_points_are_what_a_live_replay_posts(world: World, clock: StepClock, name: str) -> None:
    orders = sorted(some_orders(seed=len(name)), key=lambda facts: (facts.body.processed_at, facts.id))  # type: ignore[union-attr]
    clock.forward(days=61)
    lived = shop_with(world, LIVE, orders)

    outcome = rehearsed(world, lived, DRAFTS[name]).outcome

    replay = shop_with(world, DRAFTS[name], orders)
    assert outcome is not None
    assert outcome["points"] == {"live": posted(world, lived, orders), "draft": posted(world, replay, orders)}
    assert outcome["points"]["live"] > 0
    assert outcome["inexact"] == {"live": 0, "draft": 0}


def test_every_core_counts_its_members_and_together_they_count_the_same(world: World, clock: StepClock) -> None:
    orders = some_orders(seed=5, count=60)
    clock.forward(days=61)
    shop = shop_with(world, LIVE, orders)

    alone = rehearsed(world, shop, DRAFTS["first and third order"], parts=1)
    together = rehearsed(world, shop, DRAFTS["first and third order"], parts=2)

    assert together.outcome == alone.outcome
    assert (together.state, together.done, together.total) == ("done", alone.total, alone.total)


def test_only_orders_of_those_days_count_and_those_before_still_surround_them(world: World, clock: StepClock) -> None:
    first, second = order(1, "10.00", at=NOON), order(2, "10.00", at=NOON + timedelta(days=40))
    clock.forward(days=50)
    shop = shop_with(world, LIVE, [first, second])

    outcome = rehearsed(world, shop, DRAFTS["first and third order"], days=30).outcome

    assert outcome is not None
    assert outcome["orders"] == 1
    assert outcome["points"] == {"live": 10, "draft": 10}, "the second order of a member is not their first"


def test_winners_losers_cost_and_cash_back_are_told(world: World, clock: StepClock) -> None:
    orders = [order(1, "30.00", customer=7001), order(2, "300.00", customer=7002), order(3, "100.00", customer=7001)]
    clock.forward(days=1)
    shop = shop_with(world, LIVE, orders)
    draft = changed(
        earning={"points": 1, "per": "2"},
        order_rules=[
            {
                "id": "big",
                "title": "Big",
                "effect": {"kind": "fixed", "points": 400},
                "conditions": {"minimum_spend": "200"},
            }
        ],
    )

    outcome = rehearsed(world, shop, draft).outcome

    assert outcome is not None
    with world.database.transaction(shop.id) as session:
        winner, loser = members.by_customer(session, 7002), members.by_customer(session, 7001)
    assert (outcome["winners"], outcome["losers"]) == (1, 1)
    assert outcome["top_winners"] == [{"member_id": str(winner), "points": {"live": 300, "draft": 550}}]
    assert outcome["top_losers"] == [{"member_id": str(loser), "points": {"live": 130, "draft": 65}}]
    assert outcome["spend"] == "430.00"
    # The best use of a point: 10% off an average order of 143.33 for 200 points.
    assert outcome["cost"] == {"live": "30.82", "draft": "44.07", "currency": "USD"}
    assert outcome["liability"] == {"live": "30.82", "draft": "44.07", "currency": "USD"}
    assert outcome["cash_back_percent"] == {"live": "7.17", "draft": "10.25"}
    assert sum(bucket["members"] for bucket in outcome["distribution"]) == 2


def test_who_would_move_to_which_tier_is_told(world: World, clock: StepClock) -> None:
    orders = [order(1, "150.00", customer=7001), order(2, "10.00", customer=7002)]
    clock.forward(days=1)
    shop = shop_with(world, LIVE, orders)

    outcome = rehearsed(world, shop, DRAFTS["tiers that multiply"]).outcome

    assert outcome is not None
    assert outcome["tiers"] == [{"live": None, "draft": "silver", "members": 1}]


def test_a_first_reward_that_takes_too_many_orders_is_warned_of(world: World, clock: StepClock) -> None:
    orders = [order(number, "20.00", customer=7000 + number) for number in range(1, 6)]
    clock.forward(days=1)
    shop = shop_with(world, LIVE, orders)

    near = rehearsed(world, shop, LIVE).outcome
    far = rehearsed(world, shop, changed(earning={"points": 1, "per": "10"})).outcome

    assert near is not None
    assert far is not None
    assert near["first_reward"]["orders"] == {"live": "3", "draft": "3"}
    assert far["first_reward"]["orders"] == {"live": "3", "draft": "30"}
    assert [it["code"] for it in near["warnings"]] == []
    assert [it["code"] for it in far["warnings"]] == ["first-reward-out-of-reach"]


def test_orders_whose_products_were_never_looked_up_are_called_inexact(world: World, clock: StepClock) -> None:
    clock.forward(days=1)
    shop = shop_with(world, LIVE, [order(1, "20.00")])

    outcome = rehearsed(world, shop, changed(exclusions={"collection_ids": [31]})).outcome

    assert outcome is not None
    assert outcome["inexact"] == {"live": 0, "draft": 1}
    assert "inexact" in [it["code"] for it in outcome["warnings"]]


def test_a_rehearsal_that_is_done_is_not_done_again(world: World, shop: TestShop) -> None:
    done = rehearsed(world, shop, LIVE)

    assert run(world, shop, done.id)
    with world.database.transaction(shop.id) as session:
        assert rehearse.find(session, done.id) == done
    assert done.outcome is not None
    assert [it["code"] for it in done.outcome["warnings"]] == ["no-orders"]


ADVOCATES = (6001, 6002, 6003)
REFERRALS = {
    "other points": {"advocate_points": 40, "friend_points": 25},
    "a minimum": {"advocate_points": 150, "minimum_spend": "60"},
    "two friends a month": {"advocate_points": 150, "friend_points": 5, "limit": {"friends": 2, "per": "month"}},
    "three friends ever": {"advocate_points": 150, "limit": {"friends": 3, "per": "ever"}},
    "closed": {"is_on": False},
}


def referred(world: World, clock: StepClock, program: Program) -> tuple[TestShop, list[OrderFacts]]:
    """A shop whose customers came by a link, one advocate blocked for ten days of sixty; now is the day after the last order."""
    clock.now = NOON
    shop = make_shop(world, program)
    handles = [handle_of(world, shop, customer) for customer in ADVOCATES]
    blocked = member(world, shop, ADVOCATES[0])
    for day, change in ((20, block), (30, unblock)):
        clock.now = NOON + timedelta(days=day)
        change(world, shop, blocked)
    rng = random.Random(11)
    orders = []
    for number in range(1, 61):
        customer = rng.choice([*range(8001, 8031), *ADVOCATES])
        total = f"{rng.randrange(1000, 12_000) / 100:.2f}"
        orders.append(
            order(
                number,
                total,
                customer=customer,
                at=NOON + timedelta(hours=rng.randrange(24 * 60)),
                referral=rng.choice([*handles, None]),
                refunds=[(number, total, 1)] if rng.random() < 0.15 else (),
                status="pending" if rng.random() < 0.1 else "paid",
            )
        )
    settled(world, shop, *orders[:30])
    settled(world, shop, *orders[30:])
    clock.now = NOON + timedelta(days=61)
    return shop, orders


@pytest.mark.parametrize("name", REFERRALS)
def test_referrals_and_blocks_are_rehearsed_as_a_live_replay_would_have_them(
    world: World, clock: StepClock, name: str
) -> None:
    draft = changed(tiers=TIERS, order_rules=[FIRST], referral=REFERRALS[name])
    lived, orders = referred(world, clock, LIVE)

    outcome = rehearsed(world, lived, draft).outcome

    replay, _ = referred(world, clock, draft)
    assert outcome is not None
    assert outcome["points"] == {"live": posted(world, lived, orders), "draft": posted(world, replay, orders)}
    assert (outcome["referral_points"]["draft"] == 0) == (name == "closed")
    assert outcome["referral_points"]["live"] > 0


def test_counted_in_parts_referrals_come_to_the_same(world: World, clock: StepClock) -> None:
    shop, _ = referred(world, clock, LIVE)
    draft = changed(referral=REFERRALS["other points"])

    assert rehearsed(world, shop, draft, parts=2).outcome == rehearsed(world, shop, draft, parts=1).outcome


def test_who_only_brought_a_friend_gains_and_loses_too(world: World, clock: StepClock) -> None:
    shop = make_shop(world, LIVE)
    advocate = member(world, shop, 6001)
    settled(world, shop, order(1, "50.00", customer=8001, referral=handle_of(world, shop, 6001)))
    clock.forward(days=1)

    outcome = rehearsed(world, shop, changed(referral={"advocate_points": 400})).outcome

    assert outcome is not None
    assert (outcome["members"], outcome["bystanders"], outcome["friends"]) == (1, 1, 1)
    assert outcome["referral_points"] == {"live": 150, "draft": 400}
    assert outcome["top_winners"] == [{"member_id": str(advocate), "points": {"live": 150, "draft": 400}}]
    assert outcome["first_reward"]["members"] == 1


def test_what_of_referrals_cannot_be_counted_is_said(world: World, clock: StepClock) -> None:
    shop = make_shop(world, LIVE)
    settled(world, shop, order(1, "50.00", customer=8001, referral=handle_of(world, shop, 6001)))
    clock.forward(days=1)
    draft = changed(referral={"advocate_reward": LIVE.rewards[0].id, "suspicion": {"is_on": True}})

    outcome = rehearsed(world, shop, draft).outcome

    assert outcome is not None
    assert [it["code"] for it in outcome["warnings"]] == ["referrals-unchecked", "referral-rewards"]
    assert outcome["referral_points"]["draft"] == 150, "whom nobody looked at counts as honest"


@pytest.mark.parametrize(("until", "points"), [(timedelta(0), 0), (timedelta(seconds=1), 50)])
def test_an_order_within_a_block_earns_nothing_and_lifts_no_tier_in_a_rehearsal(
    world: World, shop: TestShop, clock: StepClock, until: timedelta, points: int
) -> None:
    who = member(world, shop, 7001)
    block(world, shop, who)
    clock.forward(hours=1)
    unblock(world, shop, who)
    settled(world, shop, order(1, "500.00", customer=7001, at=NOON))
    settled(world, shop, order(2, "50.00", customer=7001, at=clock.now - timedelta(seconds=1) + until))
    clock.forward(days=1)

    outcome = rehearsed(world, shop, DRAFTS["tiers that multiply"]).outcome

    assert outcome is not None
    assert outcome["points"] == {"live": points, "draft": points}
    assert outcome["tiers"] == []


BEFORE = datetime(2025, 12, 20, 12, tzinfo=UTC)
"""Before the shop of the tests installed the app."""


def unseen(shopify: FakeShopify, *orders: OrderFacts) -> None:
    shopify.orders |= {facts.id: facts for facts in orders}


def test_orders_of_before_the_installation_are_read_from_shopify(
    world: World, shop: TestShop, shopify: FakeShopify, clock: StepClock
) -> None:
    settled(world, shop, order(3, "40.00", customer=7001))
    unseen(shopify, order(1, "10.00", customer=7001, at=BEFORE), order(2, "20.00", customer=7009, at=BEFORE))
    unseen(shopify, order(3, "40.00", customer=7001), order(4, "80.00", customer=None, at=BEFORE))
    clock.forward(hours=1)

    outcome = rehearsed(world, shop, changed(earning={"points": 2})).outcome

    assert outcome is not None
    assert (outcome["orders"], outcome["from_shopify"], outcome["members"]) == (3, 2, 2)
    assert outcome["points"] == {"live": 70, "draft": 140}
    assert {move["member_id"] is None for move in outcome["top_winners"]} == {True, False}


def test_who_was_forgotten_is_not_read_again(
    world: World, shop: TestShop, shopify: FakeShopify, clock: StepClock
) -> None:
    settled(world, shop, order(3, "40.00", customer=7001))
    with world.database.transaction(shop.id) as session:
        forget.erase(session, 7001, keys=world.keys, now=world.clock())
    unseen(shopify, order(1, "10.00", customer=7001, at=BEFORE))
    clock.forward(hours=1)

    outcome = rehearsed(world, shop, LIVE).outcome

    assert outcome is not None
    assert outcome["from_shopify"] == 0


def test_while_shopify_is_away_a_rehearsal_waits_and_is_done_later(
    world: World, shop: TestShop, shopify: FakeShopify, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = uuid.uuid4()
    with world.database.transaction(shop.id) as session:
        rehearse.ask(session, LIVE, rehearsal_id=asked, days=90, by="test", now=world.clock())

    def away(_since: datetime) -> Iterator[Sequence[OrderFacts]]:
        raise Unreachable("away")

    with monkeypatch.context() as patched:
        patched.setattr(shopify, "orders_updated_since", away)
        with pytest.raises(Unreachable):
            run(world, shop, asked)

    assert run(world, shop, asked)
