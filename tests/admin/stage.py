"""The whole admin on one machine: the dev store with its admin frame, and the app inside it, both listening on free ports."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

from flask import Flask
from werkzeug.serving import make_server

from devstore.app import create_devstore
from devstore.config import Config
from devstore.delivery import wall_clock
from devstore.model import Cart, CartLine
from devstore.store import Store
from devstore.world import Shop
from devstore.world import World as Shopify
from plugin import clock
from plugin.app import create_app
from plugin.db import Database
from plugin.services.drain import drain
from plugin.services.keys import Keys
from plugin.services.perform import World, perform_due
from plugin.services.tokens import Cipher
from plugin.settings import Settings, load
from plugin.shopify.connect import connect, token_source

SECRET = "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"
CLIENT_ID = "4e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b"


@dataclass
class PromptBell:
    """Whoever is rung for has finished before the ring returns."""

    world: World
    rings: list[str] = field(default_factory=list)

    def ring(self, kind: Literal["inbox", "codes", "rest"], shop_id: int, domain: str) -> None:
        self.rings.append(kind)
        keys, now = self.world.keys, self.world.clock()
        drain(self.world.database, shop_id, keys=keys, clock=self.world.clock, deadline=now + timedelta(seconds=5))
        perform_due(self.world, shop_id, domain)

    def is_alive(self) -> bool:
        return True


@dataclass(frozen=True)
class Stage:
    """The dev store's world, the app's world, and where the admin is."""

    shopify: Shopify
    store: Store
    world: World
    settings: Settings
    app: Flask
    bell: PromptBell
    port: int
    config: Config

    def address(self, shop: Shop, path: str = "/") -> str:
        """The app at `path` inside the shop's admin."""
        return f"http://admin.localhost:{self.port}/store/{shop.handle}/apps/regulars{path}"

    def deliver(self) -> None:
        """Let every webhook that waits arrive and be worked on."""
        with self.app.test_client() as client:
            self.store.deliveries.deliver_due(
                send=lambda delivery: (
                    client.post("/webhooks", data=delivery.body, headers=delivery.headers()).status_code
                )
            )

    def buy(self, shop: Shop, customer_id: int, *, price: str = "48.00", codes: tuple[str, ...] = ()) -> int:
        """One paid order of one product at that price; its id."""
        product = next((p for p in shop.products.values() if p.variants[0].price == Decimal(price)), None)
        product = product or shop.add_product(f"Blend at {price}", price)
        order = shop.checkout(Cart([CartLine(product.variants[0].id, 1)]), customer_id, codes=codes)
        assert not hasattr(order, "reason"), order
        self.deliver()
        return order.id


@contextmanager
def stage(database: Database, home: Path) -> Iterator[Stage]:
    """Everything running; ends with the block."""
    config = Config(client_id=CLIENT_ID, client_secret=SECRET)
    shopify = Shopify(clock.now, seed=7, config=config)
    devstore = create_devstore(shopify, clock=wall_clock)
    store_server = make_server("127.0.0.1", 0, devstore, threaded=True)
    config.port = store_server.server_port
    settings = load(
        {
            "REGULARS_ENV": "development",
            "REGULARS_HOME": str(home),
            "SHOPIFY_API_KEY": CLIENT_ID,
            "SHOPIFY_API_SECRET": SECRET,
            "SHOPIFY_ORIGIN": f"http://127.0.0.1:{config.port}/{{shop}}",
            "SHOPIFY_CDN": f"http://127.0.0.1:{config.port}/cdn",
        }
    )
    keys = Keys(codes=settings.derived_key("codes"), tombstones=settings.derived_key("tombstones"))
    world = World(
        database=database,
        connect=lambda domain, token: connect(settings, domain, token),
        token_source=token_source(settings),
        cipher=Cipher(settings.encryption_keys),
        keys=keys,
        clock=clock.now,
    )
    bell = PromptBell(world)
    app = create_app(world, settings, bell)  # type: ignore[arg-type]
    app_server = make_server("127.0.0.1", 0, app, threaded=True)
    config.app_url = f"http://127.0.0.1:{app_server.server_port}"
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in (store_server, app_server)]
    for thread in threads:
        thread.start()
    try:
        yield Stage(shopify, devstore.extensions["devstore"], world, settings, app, bell, config.port, config)
    finally:
        for server, thread in zip((store_server, app_server), threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()
