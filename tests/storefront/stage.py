"""The panel where shoppers meet it: the dev store's storefront renders our Liquid and forwards to the door, both in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from flask import Flask
from werkzeug.serving import make_server

from devstore.app import create_devstore
from devstore.config import Config
from devstore.model import Customer
from devstore.storefront.stocking import stock_shop
from devstore.world import Shop
from devstore.world import World as Outside
from plugin.db import Database
from plugin.loyalty.outside import Token
from plugin.loyalty.program import default_program
from plugin.services import members, programs, shops, tokens
from plugin.services.keys import Keys
from plugin.services.perform import World, perform_due
from plugin.services.tokens import Cipher
from plugin.settings import load
from plugin.shopify.connect import connect, token_source
from plugin.storefront import create_blueprint, extensions
from tests.storefront.shopper import SECRET


@dataclass
class LateBell:
    """Works in a thread of its own, like a worker, after `delay_seconds`."""

    world: World
    delay_seconds: float = 0.0

    def ring(self, kind: str, shop_id: int, domain: str) -> None:
        threading.Timer(self.delay_seconds, perform_due, (self.world, shop_id, domain)).start()


@dataclass
class Stage:
    """One shop with the panel on every page; `shop` is Shopify's side, `world` ours."""

    shop: Shop
    world: World
    bell: LateBell
    shop_id: int
    port: int
    domain: str

    @property
    def home(self) -> str:
        """The shop's front page."""
        return f"http://{self.domain.partition('.')[0]}.localhost:{self.port}/"

    def member(self, points: int, *, first_name: str = "Ann", locale: str = "en") -> Customer:
        """A customer with an account who is a member with points."""
        customer = self.shop.add_customer(f"{uuid4().hex[:8]}@example.com", first_name=first_name, locale=locale)
        now = self.world.clock()
        with self.world.database.transaction(self.shop_id) as session:
            member_id = members.join(session, customer.id, tombstone_key=self.world.keys.tombstones, now=now)
            if points:
                members.adjust(session, member_id, points, words="Thank you", author="staff", key=uuid4().hex, now=now)
        return customer

    def act_as(self, customer: Customer | None, *, then: str = "/") -> str:
        """The address that signs somebody in (None: signs out) and goes on."""
        who = "guest" if customer is None else str(customer.id)
        return f"{self.home}_devstore/act-as?customer={who}&next={then}"


@contextmanager
def playing(database: Database, home: Path, *, theme: str = "actions") -> Iterator[Stage]:
    """A stage while the block runs; `theme` "actions" offers Shopify's standard storefront actions, "plain" does not."""
    config = Config(client_secret=SECRET)
    outside = Outside(lambda: datetime.now(UTC), seed=1, config=config)
    shop = outside.add_shop(f"s{uuid4().hex[:10]}", name="Brew & Bloom", theme=theme)
    stock_shop(shop)
    store = make_server("127.0.0.1", 0, create_devstore(outside), threaded=True)
    environ = {"SHOPIFY_API_KEY": config.client_id, "SHOPIFY_API_SECRET": SECRET, "REGULARS_HOME": str(home)}
    origin = f"http://127.0.0.1:{store.server_port}/{{shop}}"
    settings = load(environ | {"REGULARS_ENV": "development", "SHOPIFY_ORIGIN": origin})
    world = World(
        database=database,
        connect=lambda domain, token: connect(settings, domain, token),
        token_source=token_source(settings),
        cipher=Cipher(settings.encryption_keys),
        keys=Keys(codes=settings.derived_key("codes"), tombstones=settings.derived_key("tombstones")),
        clock=lambda: datetime.now(UTC),
    )
    bell = LateBell(world)
    app = Flask("door")
    app.register_blueprint(create_blueprint(world, settings, bell), url_prefix="/proxy")
    for blueprint, address in extensions.create_blueprints(world, settings, bell):
        app.register_blueprint(blueprint, url_prefix=address)
    door = make_server("127.0.0.1", 0, app, threaded=True)
    config.app_url = f"http://127.0.0.1:{door.server_port}"
    config.port = store.server_port
    threads = [threading.Thread(target=server.serve_forever) for server in (store, door)]
    for thread in threads:
        thread.start()
    try:
        yield Stage(shop, world, bell, _install(world, shop), store.server_port, shop.domain)
    finally:
        for server, thread in zip((store, door), threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()


def _install(world: World, shop: Shop) -> int:
    """The shop in our books, its program live, and a token that its Shopify takes."""
    now = world.clock()
    with world.database.transaction() as session:
        shop_id = shops.enrol(session, shop.domain, now=now).id
    token = Token(shop.give_token().access, now + timedelta(days=30), None, None, frozenset())
    info = world.connect(shop.domain, token.access).shop_info()
    with world.database.transaction(shop_id) as session:
        programs.publish(session, default_program(shop.currency, is_live=True), by="test", now=now)
        shops.install(session, info, is_own_app=True, now=now)
        tokens.store(session, token, cipher=world.cipher, now=now)
    return shop_id
