"""Members: joined once, merged without losing a point, and changed by staff with a reason."""

from __future__ import annotations

import pytest

from plugin.db.journal import KeyConflict
from plugin.loyalty.deliveries import MergeFacts
from plugin.loyalty.errors import MemberExcluded, MemberUnknown
from plugin.services import forget, members
from plugin.services.perform import World, perform_due
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify
from tests.services.deliveries import deliver, drained
from tests.services.stories import order
from tests.services.test_redeem import held, now_is
from tests.services.test_settle import balance, proved, settled


def merged(world: World, shop: TestShop, *, kept: int, lost: int) -> None:
    deliver(world, shop, "customers/merge", MergeFacts(kept_id=kept, lost_id=lost, is_done=True))
    drained(world, shop)
    perform_due(world, shop.id, shop.domain)


def test_a_merge_takes_points_orders_and_codes_along(world: World, shop: TestShop, shopify: FakeShopify) -> None:
    settled(world, shop, order(1, "400.00", customer=7), order(2, "30.00", customer=8))
    row = held(world, shop, customer=7)
    perform_due(world, shop.id, shop.domain)

    merged(world, shop, kept=8, lost=7)
    whole = balance(world, shop, 8), balance(world, shop, 7)
    settled(world, shop, order(1, "400.00", customer=7, refunds=[(5, "400.00", 1)]))

    assert whole == ((0, 280, 150, 0),) * 2
    assert shopify.discounts[row.code].spec.customer_id == 8
    assert balance(world, shop, 8) == (0, 0, 150, 120)
    proved(world, shop)


def test_a_merge_that_is_told_twice_happens_once(world: World, shop: TestShop) -> None:
    settled(world, shop, order(1, "40.00", customer=7), order(2, "30.00", customer=8))

    for _ in range(2):
        merged(world, shop, kept=8, lost=7)

    assert balance(world, shop, 8) == (0, 70, 0, 0)
    proved(world, shop)


def test_a_merge_that_failed_at_shopify_changes_nothing(world: World, shop: TestShop) -> None:
    settled(world, shop, order(1, "40.00", customer=7), order(2, "30.00", customer=8))

    deliver(world, shop, "customers/merge", MergeFacts(kept_id=8, lost_id=7, is_done=False))
    drained(world, shop)

    assert (balance(world, shop, 7), balance(world, shop, 8)) == ((0, 40, 0, 0), (0, 30, 0, 0))


def test_a_code_of_a_merged_customer_is_used_by_the_one_who_lives_on(world: World, shop: TestShop) -> None:
    settled(world, shop, order(1, "400.00", customer=7))
    row = held(world, shop, customer=7)
    perform_due(world, shop.id, shop.domain)
    merged(world, shop, kept=8, lost=7)

    settled(world, shop, order(2, "10.00", customer=8, codes=[row.code]))

    assert now_is(world, shop, row).state == "used"
    assert balance(world, shop, 8) == (0, 260, 0, 0)
    proved(world, shop)


def test_staff_change_points_once_for_one_key(world: World, shop: TestShop) -> None:
    settled(world, shop, order(1, "40.00"))
    with world.database.transaction(shop.id) as session:
        member = members.by_customer(session, 7) or 0
        entry = members.adjust(session, member, 25, words="sorry", author="Sam", key="k1", now=NOON)

    with pytest.raises(KeyConflict), world.database.transaction(shop.id) as session:
        members.adjust(session, member, 25, words="sorry", author="Sam", key="k1", now=NOON)

    assert (entry.points, entry.note, entry.author) == (25, "sorry", "Sam")
    assert balance(world, shop) == (0, 65, 0, 0)
    proved(world, shop)


def test_nobody_joins_who_was_erased_and_nobody_is_changed_who_is_not_there(world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        forget.erase(session, 7, keys=world.keys, now=NOON)

    with pytest.raises(MemberExcluded), world.database.transaction(shop.id) as session:
        members.join(session, 7, tombstone_key=world.keys.tombstones, now=NOON)
    with pytest.raises(MemberUnknown), world.database.transaction(shop.id) as session:
        members.adjust(session, 999_999, 1, words="x", author="x", key="x", now=NOON)


def test_joining_again_is_the_same_member(world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        ids = {members.join(session, 7, tombstone_key=world.keys.tombstones, now=NOON) for _ in range(3)}

    assert len(ids) == 1
