"""Filling a shop's shelves from the catalogue, in the shop's own currency."""

from __future__ import annotations

from decimal import Decimal

from devstore.model import Product, SellingPlan
from devstore.storefront.carts import hundredths
from devstore.storefront.catalogue import COLLECTIONS, PRODUCTS, CatalogueProduct, price_in
from devstore.storefront.liquid_site import Speech, money
from devstore.world import Shop


def stock_shop(shop: Shop) -> list[Product]:
    """Add every collection and product of the catalogue to an empty shop and return the products, in catalogue order."""
    shelves = {
        each.handle: shop.add_collection(each.title, handle=each.handle, description=each.description).id
        for each in COLLECTIONS
    }
    return [_add(shop, item, shelves) for item in PRODUCTS]


def _add(shop: Shop, item: CatalogueProduct, shelves: dict[str, int]) -> Product:
    prices = [price_in(shop.currency, variant.price) for variant in item.variants]
    titles = [
        _gift_title(shop, price) if item.is_gift_card else one.title
        for one, price in zip(item.variants, prices, strict=True)
    ]
    plan = (
        SellingPlan(shop.world.next_id("selling_plan"), "Every month, save 10%", 10) if item.is_subscription else None
    )
    return shop.add_product(
        item.title,
        prices[0],
        handle=item.handle,
        variants=list(zip(titles, prices, strict=True)),
        collections=[shelves[handle] for handle in item.collections],
        subscription=plan,
        is_gift_card=item.is_gift_card,
        description=item.description,
        vendor=item.vendor,
        product_type=item.product_type,
        tags=list(item.tags),
    )


def _gift_title(shop: Shop, price: Decimal) -> str:
    return money(hundredths(price), Speech(shop.locale, shop.currency))
