"""The app's own data at a shop: JSON of its installation, written whole, seen by nobody's theme but through the app's blocks."""

from __future__ import annotations

import json

import pytest

from devstore.world import Shop
from plugin.loyalty.errors import Refused
from plugin.shopify.connect import ShopifyAdmin


def written(brew: Shop) -> dict[str, object]:
    assert brew.installation is not None
    return {f"{space}.{key}": json.loads(each.value) for (space, key), each in brew.installation.metafields.items()}


def test_pages_are_written_and_written_again_at_the_installation(shop: ShopifyAdmin, brew: Shop) -> None:
    shop.write_leaflet({"program": {"is_live": True}, "page_ja": {"rate": "お買い物"}})
    shop.write_leaflet({"program": {"is_live": False}, "page_ja": {}})

    assert written(brew) == {"loyalty.program": {"is_live": False}, "loyalty.page_ja": {}}


def test_more_than_shopify_takes_at_once_is_refused_and_changes_nothing(shop: ShopifyAdmin, brew: Shop) -> None:
    with pytest.raises(Refused):
        shop.write_leaflet({f"page_{number}": {} for number in range(26)})

    assert written(brew) == {}


def test_no_scope_is_needed(shop: ShopifyAdmin, brew: Shop) -> None:
    brew.set_scopes([])

    shop.write_leaflet({"program": {"is_live": True}})

    assert written(brew) == {"loyalty.program": {"is_live": True}}
