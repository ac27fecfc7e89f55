"""Reconciling: what webhooks missed or told wrongly is put right from Shopify's own record, and what rules need is read once and kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.loyalty.errors import Unreachable
from plugin.loyalty.outside import Person
from plugin.loyalty.program import Exclusions, default_program
from plugin.services import health, reconcile
from plugin.services.perform import World, perform_due
from plugin.services.reconcile import Reconciled
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import FakeShopify, StepClock
from tests.services.deliveries import deliver, drained
from tests.services.stories import order
from tests.services.test_settle import balance, proved, settled


def reconciled(world: World, shop: TestShop, shopify: FakeShopify) -> Reconciled:
    return reconcile.reconcile(world.database, shop.id, shopify, keys=world.keys, clock=world.clock)


def test_orders_and_refunds_no_webhook_told_of_are_found_and_counted(
    world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    settled(world, shop, order(1, "50.00"), order(2, "60.00"))
    shopify.orders = {1: order(1, "50.00"), 2: order(2, "60.00", refunds=[(5, "60.00", 1)]), 3: order(3, "30.00")}

    first, again = reconciled(world, shop, shopify), reconciled(world, shop, shopify)

    assert (first, again.drift) == (Reconciled(3, 2), 0)
    assert balance(world, shop) == (0, 80, 0, 0)
    with world.database.transaction(shop.id) as session:
        assert health.of_shop(session, now=world.clock()).drift == 0
    proved(world, shop)


def test_the_number_of_orders_that_differed_stands_on_the_health_page(
    world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    shopify.orders = {1: order(1, "50.00"), 2: order(2, "60.00")}

    reconciled(world, shop, shopify)

    with world.database.transaction(shop.id) as session:
        found = health.of_shop(session, now=world.clock())
    assert (found.drift, found.reconciled_at) == (2, world.clock())


def test_a_run_that_is_cut_off_keeps_what_it_read_and_the_next_one_goes_on(
    world: World, shop: TestShop, shopify: FakeShopify, clock: StepClock
) -> None:
    shopify.orders = {number: order(number, "1.00", at=NOON + timedelta(minutes=number)) for number in range(1, 121)}
    clock.forward(days=1)
    pages: list[int] = []

    def cut_off(orders: int) -> None:
        pages.append(orders)
        if len(pages) == 2:
            raise Unreachable("down")

    with pytest.raises(Unreachable):
        reconcile.reconcile(world.database, shop.id, shopify, keys=world.keys, clock=clock, progress=cut_off)
    half = balance(world, shop)
    rest = reconciled(world, shop, shopify)

    assert half == (0, 100, 0, 0)
    assert balance(world, shop) == (0, 120, 0, 0)
    assert rest.orders < 120
    assert rest.drift == 20


def test_deliveries_that_contradict_each_other_lead_to_a_look_at_shopify(
    world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    shopify.orders[1] = order(1, "50.00", customer=8)
    deliver(world, shop, "orders/paid", order(1, "50.00", customer=7))
    deliver(world, shop, "orders/updated", order(1, "50.00", customer=8))
    done = drained(world, shop)

    perform_due(world, shop.id, shop.domain)

    assert done.has_effects
    assert balance(world, shop, 8) == (0, 50, 0, 0)
    with world.database.transaction(shop.id) as session:
        assert session.sql("SELECT waits_for FROM orders WHERE shop_id = %s", shop.id) == [(None,)]
        assert session.sql("SELECT 1 FROM outbox WHERE shop_id = %s AND kind = 'fetch_order'", shop.id) == []
    proved(world, shop)


def test_an_order_that_shopify_no_longer_has_stops_waiting(world: World, shop: TestShop) -> None:
    deliver(world, shop, "orders/paid", order(1, "50.00", customer=7))
    deliver(world, shop, "orders/updated", order(1, "50.00", customer=8))
    drained(world, shop)

    perform_due(world, shop.id, shop.domain)

    with world.database.transaction(shop.id) as session:
        assert session.sql("SELECT waits_for FROM orders WHERE shop_id = %s", shop.id) == [(None,)]


class CountingShopify(FakeShopify):
    """Counts what it is asked about people and collections."""

    asked = 0

    def people(self, customer_ids: object) -> dict[int, Person]:
        self.asked += 1
        return dict(self.persons)


def test_tags_and_collections_are_read_once_and_kept(world: World) -> None:
    program = default_program("USD", is_live=True)
    program = program.model_copy(update={"exclusions": Exclusions(customer_tags=("Staff",), collection_ids=(77,))})
    shop, shopify = make_shop(world, program), CountingShopify()
    online = replace(world, connect=lambda _domain, _token: shopify)
    shopify.persons = {
        7: Person(7, None, None, ("staff", "nice"), None),
        8: Person(8, None, None, ("nice",), None),
    }
    shopify.collections = {1: frozenset({77, 78})}
    shopify.orders = {1: order(1, "50.00", customer=7), 2: order(2, "60.00", customer=8)}
    for number in (1, 2):
        deliver(online, shop, "orders/paid", shopify.orders[number])
    drained(online, shop)
    perform_due(online, shop.id, shop.domain)
    by_tag_and_collection, asked = (balance(online, shop, 7), balance(online, shop, 8)), shopify.asked

    shopify.collections = {}
    shopify.persons[7] = Person(7, None, None, (), None)
    for number in (1, 2):
        later = order(number, "70.00", customer=6 + number, updated=NOON + timedelta(hours=1))
        deliver(online, shop, "orders/updated", later)
    drained(online, shop)
    perform_due(online, shop.id, shop.domain)

    assert by_tag_and_collection == ((0, 0, 0, 0), (0, 0, 0, 0))
    assert (balance(online, shop, 7), balance(online, shop, 8)) == ((0, 0, 0, 0), (0, 0, 0, 0))
    assert shopify.asked == asked >= 1
    proved(online, shop)


def test_an_order_outside_of_every_exclusion_earns_once_its_tags_are_known(world: World) -> None:
    program = default_program("USD", is_live=True)
    program = program.model_copy(update={"exclusions": Exclusions(customer_tags=("Staff",))})
    shop, shopify = make_shop(world, program), CountingShopify()
    online = replace(world, connect=lambda _domain, _token: shopify)
    shopify.persons = {7: Person(7, None, None, ("staff-friend",), None)}
    shopify.orders = {1: order(1, "50.00", customer=7)}

    deliver(online, shop, "orders/paid", shopify.orders[1])
    drained(online, shop)
    before = balance(online, shop)
    perform_due(online, shop.id, shop.domain)

    assert (before, balance(online, shop)) == ((0, 0, 0, 0), (0, 50, 0, 0))
    proved(online, shop)
