"""The street: everything runs as processes, and people come with browsers of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from devstore.client import ShopClient
from devstore.storefront.catalogue import PRODUCTS, price_in
from plugin.demo.stage import Stage, staged
from tests.browser.visitor import DESKTOP, PATIENCE_MS, Shopper, Size, Staff, Visitor

Come = Callable[..., Shopper]
Clock_in = Callable[[ShopClient], Staff]


@pytest.fixture(scope="package")
def stage() -> Iterator[Stage]:
    """PostgreSQL, Redis, dev store, web and worker, for all stories of this folder."""
    with (
        tempfile.TemporaryDirectory(prefix="rgl", ignore_cleanup_errors=True) as home,
        staged(Path(home)) as stage,
    ):
        yield stage


@pytest.fixture
def open_shop(stage: Stage) -> Callable[..., ShopClient]:
    """Open a shop with a few things of the catalogue, priced as the test says."""

    def build(handle: str, *, prices: dict[str, str], **settings: Any) -> ShopClient:
        shop = stage.store.add_shop(f"{handle}.myshopify.com", **settings)
        shelf = shop.add_collection("Coffee", handle="coffee")["id"]
        for item in (each for each in PRODUCTS if not each.is_gift_card and not each.is_subscription):
            if item.handle in prices or len(shop.products()) < 8:
                price = prices.get(item.handle) or price_in(settings["currency"], item.variants[0].price)
                shop.add_product(
                    item.title, price, handle=item.handle, description=item.description, vendor=item.vendor,
                    product_type=item.product_type, collections=[shelf],
                )  # fmt: skip
        return shop

    return build


@pytest.fixture
def crowd(chromium: Browser) -> Iterator[Callable[[Size, str], Page]]:
    """Pages in contexts of their own, closed afterwards."""
    contexts = []

    def come(size: Size, locale: str) -> Page:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, locale=locale, reduced_motion="reduce"
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        return context.new_page()

    yield come
    for context in contexts:
        context.close()


@pytest.fixture
def visitors() -> Iterator[list[Visitor]]:
    """Whoever came; nobody may have seen anything wrong."""
    came: list[Visitor] = []
    yield came
    assert {one.name: one.troubles for one in came if one.troubles} == {}


@pytest.fixture
def shopper(stage: Stage, crowd: Callable[[Size, str], Page], visitors: list[Visitor]) -> Come:
    """A shopper in a shop, with an empty browser."""

    def come(shop: ShopClient, name: str, *, size: Size = DESKTOP, locale: str = "en-US") -> Shopper:
        page = crowd(size, locale)
        port = stage.store_url.rpartition(":")[2]
        one = Shopper(stage, name, size, page.context, page, home=f"http://{shop.handle}.localhost:{port}/")
        visitors.append(one)
        return one

    return come


@pytest.fixture
def staff(stage: Stage, crowd: Callable[[Size, str], Page], visitors: list[Visitor]) -> Clock_in:
    """Staff of a shop, with an empty browser."""

    def come(shop: ShopClient) -> Staff:
        page = crowd(DESKTOP, "en-US")
        port = stage.store_url.rpartition(":")[2]
        admin = f"http://admin.localhost:{port}/store/{shop.handle}/apps/regulars"
        one = Staff(stage, "staff", DESKTOP, page.context, page, admin=admin)
        visitors.append(one)
        return one

    return come
