"""Shops come, go and come back: the ledger stays, what waited goes on, and news from before the last installation is stale."""

from __future__ import annotations

from datetime import timedelta

from plugin.loyalty.deliveries import ScopesFacts, ShopFacts, UninstalledFacts
from plugin.services import redeem, shops, tokens
from plugin.services.perform import World, perform_due
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify, FakeTokens, StepClock
from tests.services.deliveries import deliver, drained
from tests.services.stories import order
from tests.services.test_redeem import held, now_is
from tests.services.test_settle import balance, proved, settled


def status(world: World, shop: TestShop) -> str:
    with world.database.transaction() as session:
        return shops.find(session, shop.domain).status


def reinstall(world: World, shop: TestShop) -> None:
    with world.database.transaction() as session:
        shops.enrol(session, shop.domain, now=world.clock())
    with world.database.transaction(shop.id) as session:
        shops.install(session, FakeShopify().shop_info(), is_own_app=True, now=world.clock())
        tokens.store(
            session, FakeTokens().exchange(shop.domain, "", world.clock()), cipher=world.cipher, now=world.clock()
        )


def test_uninstalling_keeps_the_books_and_reinstalling_writes_the_codes_that_waited(
    world: World, shop: TestShop, shopify: FakeShopify, clock: StepClock
) -> None:
    settled(world, shop, order(1, "400.00"))
    row = held(world, shop)

    deliver(world, shop, "app/uninstalled", UninstalledFacts(shop_id=1))
    drained(world, shop)
    perform_due(world, shop.id, shop.domain)
    gone = status(world, shop), now_is(world, shop, row).state, dict(shopify.discounts)
    clock.forward(days=3)
    reinstall(world, shop)
    perform_due(world, shop.id, shop.domain)

    assert gone == ("uninstalled", "suspended", {})
    assert (status(world, shop), now_is(world, shop, row).state) == ("installed", "issued")
    assert balance(world, shop) == (0, 250, 150, 0)
    proved(world, shop)


def test_an_order_that_used_a_code_while_the_app_was_gone_still_takes_its_points(world: World, shop: TestShop) -> None:
    settled(world, shop, order(1, "400.00"))
    row = held(world, shop)
    deliver(world, shop, "app/uninstalled", UninstalledFacts(shop_id=1))
    drained(world, shop)

    settled(world, shop, order(2, "0.00", codes=[row.code]))

    assert now_is(world, shop, row).state == "used"
    assert balance(world, shop) == (0, 250, 0, 0)
    proved(world, shop)


def test_a_removal_from_before_the_last_installation_is_stale(world: World, shop: TestShop, clock: StepClock) -> None:
    removed_at = clock()
    clock.forward(hours=1)
    reinstall(world, shop)

    deliver(world, shop, "app/uninstalled", UninstalledFacts(shop_id=1), triggered_at=removed_at)
    drained(world, shop)

    assert status(world, shop) == "installed"
    with world.database.transaction(shop.id) as session:
        assert tokens.has_token(session)


def test_a_cancelled_redemption_of_a_shop_that_is_gone_is_given_back_when_it_returns(
    world: World, shop: TestShop, clock: StepClock
) -> None:
    settled(world, shop, order(1, "400.00"))
    row = held(world, shop)
    deliver(world, shop, "app/uninstalled", UninstalledFacts(shop_id=1))
    drained(world, shop)
    with world.database.transaction(shop.id) as session:
        redeem.cancel(session, row.id, now=clock())

    perform_due(world, shop.id, shop.domain)
    before = now_is(world, shop, row).state
    reinstall(world, shop)
    for _ in range(3):
        clock.forward(minutes=2)
        perform_due(world, shop.id, shop.domain)

    assert (before, now_is(world, shop, row).state) == ("suspended", "released")
    assert balance(world, shop) == (0, 400, 0, 0)
    proved(world, shop)


def test_what_shopify_tells_of_the_shop_is_kept(world: World, shop: TestShop) -> None:
    deliver(
        world,
        shop,
        "shop/update",
        ShopFacts(1, NOON + timedelta(hours=1), "EUR", "Europe/Berlin", name="Neu", locale="de"),
    )
    deliver(world, shop, "app/scopes_update", ScopesFacts(frozenset({"read_orders", "write_discounts"})))
    drained(world, shop)

    with world.database.transaction(shop.id) as session:
        row = shops.details(session)

    assert (row.name, row.currency, row.timezone, row.plan) == ("Neu", "EUR", "Europe/Berlin", "Basic")
    assert row.scopes == ["read_orders", "write_discounts"]
