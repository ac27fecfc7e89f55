"""Traces: what Shopify tells of two people, hashed before it leaves the adapter; with fewer marks where names are withheld."""

from __future__ import annotations

from devstore.model import Address, Cart, CartLine, Order
from devstore.world import Shop, World
from plugin.loyalty.suspicion import Signal, compare
from plugin.shopify.connect import ShopifyAdmin

KEY = b"k" * 32


def bought(brew: Shop, customer_id: int) -> Order:
    product = next(iter(brew.products.values()), None) or brew.add_product("Beans", price="20.00")
    made = brew.checkout(Cart([CartLine(product.variants[0].id, 1)], {}), customer_id=customer_id)
    assert isinstance(made, Order)
    return made


def two_people(brew: Shop) -> tuple[int, int]:
    """An advocate and a friend with one mailbox, house and network, and different names."""
    house = Address("12 Alder Street", zip="97205")
    ann = brew.add_customer("ann@example.com", first_name="Ann", last_name="Moss", phone="+15035550101", address=house)
    bob = brew.add_customer("ann+b@example.com", first_name="Bo", last_name="Reed", address=house)
    ann.client_ip = bob.client_ip = "203.0.113.7"
    return ann.id, bob.id


def test_people_and_orders_leave_marks_that_can_be_compared(shop: ShopifyAdmin, brew: Shop) -> None:
    ann, bob = two_people(brew)
    bought(brew, ann)
    order = bought(brew, bob)

    found = shop.traces([ann, bob, 999], [order.id, 998], KEY)

    friend = found.customers[bob].marks | found.orders[order.id].marks
    assert set(found.customers) == {ann, bob}
    assert set(found.orders) == {order.id}
    assert (found.customers[ann].orders, found.customers[ann].is_withheld) == (1, False)
    assert compare(friend, found.customers[ann].marks) == {
        Signal.SAME_MAILBOX,
        Signal.SAME_ADDRESS,
        Signal.SAME_NETWORK,
    }
    assert b"ann" not in b"".join(digest for _, digest in friend)


def test_another_key_makes_other_marks(shop: ShopifyAdmin, brew: Shop) -> None:
    ann, _ = two_people(brew)

    here, there = shop.traces([ann], [], KEY), shop.traces([ann], [], b"x" * 32)

    assert here.customers[ann].marks.isdisjoint(there.customers[ann].marks)


def test_where_shopify_withholds_names_the_network_and_the_count_are_left(
    shop: ShopifyAdmin, brew: Shop, world: World
) -> None:
    ann, bob = two_people(brew)
    bought(brew, ann)
    order = bought(brew, bob)
    world.config.withholds_protected_data = True

    found = shop.traces([ann, bob], [order.id], KEY)

    assert found.customers[bob].is_withheld
    assert found.customers[bob].orders == 1
    assert {kind for kind, _ in found.orders[order.id].marks} == {"network"}
    assert compare(found.orders[order.id].marks, found.customers[ann].marks) == {Signal.SAME_NETWORK}


def test_nobody_asked_for_is_nobody_found(shop: ShopifyAdmin) -> None:
    found = shop.traces([], [], KEY)

    assert (found.customers, found.orders) == ({}, {})
