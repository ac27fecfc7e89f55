"""Staff say that two members are one person: everything goes to one of them, as the plan said, and what comes later too."""

from __future__ import annotations

from uuid import uuid4

import pytest

from plugin.loyalty.errors import MergeImpossible
from plugin.services import forget, joining, members, redeem
from plugin.services.joining import Plan
from plugin.services.perform import World, perform_due
from tests.conftest import TestShop
from tests.fakes import FakeShopify
from tests.services.stories import order
from tests.services.test_blocks import member
from tests.services.test_bulk import give
from tests.services.test_settle import balance, proved, settled


def join(world: World, shop: TestShop, kept: int, lost: int) -> Plan:
    with world.database.transaction(shop.id) as session:
        return joining.by_staff(session, kept, lost, handle_key=b"h" * 32, keys=world.keys, now=world.clock())


def test_everything_goes_to_the_kept_member_as_the_plan_said(
    world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    settled(world, shop, order(1, "50.00", customer=7), order(2, "30.00", customer=8))
    kept, lost = member(world, shop, 7), member(world, shop, 8)
    give(world, shop, lost, 200)
    with world.database.transaction(shop.id) as session:
        reward = redeem.RewardOrder(lost, "amount-off", None, uuid4())
        redeem.place_hold(session, reward, keys=world.keys, now=world.clock())
    perform_due(world, shop.id, shop.domain)

    planned = join(world, shop, kept, lost)
    perform_due(world, shop.id, shop.domain)
    settled(world, shop, order(3, "10.00", customer=8))

    assert (planned.available, planned.orders, planned.codes) == (50 + 80, 1, 1)
    assert balance(world, shop, 7) == (0, 50 + 80 + 10, 150, 0)
    assert balance(world, shop, 8) == balance(world, shop, 7)
    assert [discount.spec.customer_id for discount in shopify.discounts.values()] == [7]
    proved(world, shop)


def test_nobody_becomes_one_with_themselves_or_with_somebody_erased(world: World, shop: TestShop) -> None:
    first, second = member(world, shop, 7), member(world, shop, 8)
    with world.database.transaction(shop.id) as session:
        forget.erase(session, 8, keys=world.keys, now=world.clock())

    for other, because in ((first, "same member"), (second, "erased")):
        with pytest.raises(MergeImpossible) as refused:
            join(world, shop, first, other)
        assert because in str(refused.value)


def test_once_is_enough(world: World, shop: TestShop) -> None:
    first, second = member(world, shop, 7), member(world, shop, 8)
    give(world, shop, second, 100)

    join(world, shop, first, second)
    with pytest.raises(MergeImpossible):
        join(world, shop, first, second)

    with world.database.transaction(shop.id) as session:
        assert members.by_customer(session, 8) == first
    assert balance(world, shop, 7)[1] == 100
