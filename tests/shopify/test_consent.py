"""A customer's consent to e-mails is Shopify's to keep: read before it is given, given with the moment of the click."""

from __future__ import annotations

import pytest

from devstore.world import Shop
from plugin.loyalty.errors import Refused
from plugin.shopify.connect import ShopifyAdmin
from tests.conftest import NOON


def test_consent_is_read_given_and_given_again(shop: ShopifyAdmin, brew: Shop) -> None:
    ann = brew.add_customer("ann@example.com", first_name="Ann", last_name="Example")

    before = shop.has_consented(ann.id)
    for _ in range(2):
        shop.give_consent(ann.id, NOON)

    assert (before, shop.has_consented(ann.id)) == (False, True)
    assert brew.customer(ann.id).accepts_marketing


def test_a_customer_without_an_address_or_unknown_is_refused(shop: ShopifyAdmin, brew: Shop) -> None:
    nobody = brew.add_customer(None, first_name="No", last_name="Mail")

    with pytest.raises(Refused):
        shop.give_consent(nobody.id, NOON)
    with pytest.raises(Refused):
        shop.give_consent(4711, NOON)
    assert not shop.has_consented(nobody.id)
    assert not shop.has_consented(4711)


def test_where_addresses_are_withheld_consent_is_read_and_given_all_the_same(shop: ShopifyAdmin, brew: Shop) -> None:
    ann = brew.add_customer("ann@example.com", first_name="Ann", last_name="Example")
    brew.world.config.withholds_protected_data = True

    before = shop.has_consented(ann.id)
    shop.give_consent(ann.id, NOON)

    assert (before, shop.has_consented(ann.id)) == (False, True)
