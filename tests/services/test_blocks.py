"""Blocks: a member who earns nothing for a while, by when things happened and not by when we heard of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin import embedded
from plugin.loyalty.errors import ActionNotForMember, MemberBlocked, MemberNotBlocked, MemberUnknown
from plugin.loyalty.program import Referral, default_program
from plugin.services import blocks, forget, members, privacy
from plugin.services.perform import World
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import StepClock
from tests.services.stories import order
from tests.services.test_activities import do, shop_with
from tests.services.test_forget import CANARY, dump, lines_with
from tests.services.test_settle import balance, proved, settled
from tests.services.test_tiers import program, tell, tier

HOUR = timedelta(hours=1)


def member(world: World, shop: TestShop, customer: int = 7) -> int:
    with world.database.transaction(shop.id) as session:
        return members.join(session, customer, tombstone_key=world.keys.tombstones, now=world.clock())


def block(world: World, shop: TestShop, who: int, words: str = "Sells their points") -> None:
    with world.database.transaction(shop.id) as session:
        blocks.block(session, who, words=words, author="staff:1", now=world.clock())


def unblock(world: World, shop: TestShop, who: int) -> None:
    with world.database.transaction(shop.id) as session:
        blocks.unblock(session, who, now=world.clock())


def test_an_order_placed_while_blocked_earns_nothing_and_others_do(
    world: World, shop: TestShop, clock: StepClock
) -> None:
    who = member(world, shop)
    block(world, shop, who)
    clock.forward(hours=2)
    unblock(world, shop, who)

    settled(world, shop, order(1, "50.00", at=NOON - HOUR), order(2, "50.00", at=NOON + HOUR))
    settled(world, shop, order(3, "50.00", at=NOON + 2 * HOUR))

    assert balance(world, shop) == (0, 100, 0, 0)
    proved(world, shop)


def test_a_refund_while_blocked_still_takes_back_what_was_earned_before(world: World, shop: TestShop) -> None:
    settled(world, shop, order(1, "50.00", at=NOON - HOUR))
    block(world, shop, member(world, shop))

    settled(world, shop, order(1, "50.00", at=NOON - HOUR, refunds=[(1, "50.00", 1)]))

    assert balance(world, shop) == (0, 0, 0, 0)


def test_what_was_ordered_while_blocked_lifts_no_tier(world: World, clock: StepClock) -> None:
    shop = make_shop(world, program())
    block(world, shop, member(world, shop))

    tell(world, shop, order(1, "700.00", at=NOON + HOUR))
    clock.forward(hours=2)

    assert tier(world, shop) is None


def test_a_blocked_member_gets_nothing_for_an_action(world: World) -> None:
    shop = shop_with(world, actions=[{"kind": "custom", "id": "follow", "title": "Follow us", "points": 20}])
    who = member(world, shop)
    block(world, shop, who)

    with pytest.raises(ActionNotForMember):
        do(world, shop, who, "follow")


def test_neither_side_of_a_referral_is_paid_while_it_is_blocked(world: World) -> None:
    terms = default_program("USD", is_live=True).model_copy(
        update={"referral": Referral(advocate_points=100, friend_points=20)}
    )
    shop = make_shop(world, terms)
    advocate = member(world, shop, 7)
    with world.database.transaction(shop.id) as session:
        code = members.view(session, advocate, handle_key=b"h" * 32, now=NOON).referral_code
    block(world, shop, advocate)
    block(world, shop, member(world, shop, 9))

    settled(world, shop, order(1, "50.00", customer=8, referral=code, at=NOON + HOUR))
    settled(world, shop, order(2, "50.00", customer=9, referral=code, at=NOON + HOUR))

    assert balance(world, shop, 7) == (0, 0, 0, 0)
    assert balance(world, shop, 8) == (0, 70, 0, 0)
    assert balance(world, shop, 9) == (0, 0, 0, 0)


def test_blocking_twice_or_lifting_what_does_not_stand_is_refused(world: World, shop: TestShop) -> None:
    who = member(world, shop)

    with pytest.raises(MemberNotBlocked):
        unblock(world, shop, who)
    block(world, shop, who)
    with pytest.raises(MemberBlocked):
        block(world, shop, who)
    with pytest.raises(MemberUnknown):
        block(world, shop, 999_999_999)


@pytest.mark.parametrize("blocked", [["lost"], ["kept"], ["kept", "lost"]])
def test_becoming_one_with_somebody_else_lifts_no_block(world: World, shop: TestShop, blocked: list[str]) -> None:
    kept, lost = member(world, shop, 7), member(world, shop, 8)
    for who in blocked:
        block(world, shop, {"kept": kept, "lost": lost}[who])

    with world.database.transaction(shop.id) as session:
        members.merge(
            session, kept_customer_id=7, lost_customer_id=8, tombstone_key=world.keys.tombstones, now=world.clock()
        )
        found = blocks.standing(session, kept)

    assert found is not None


def test_why_somebody_was_blocked_is_theirs_to_read_and_is_forgotten_with_them(
    world: World, shop: TestShop, servers: embedded.Running
) -> None:
    who = member(world, shop)
    block(world, shop, who, words=f"Called {CANARY}")

    with world.database.transaction(shop.id) as session:
        document = privacy.export(session, who, handle_key=b"h" * 32, now=world.clock())
        forget.erase(session, 7, keys=world.keys, now=world.clock())

    assert [block["words"] for block in document["blocks"]] == [f"Called {CANARY}"]
    assert lines_with(dump(servers, shop), CANARY) == []
