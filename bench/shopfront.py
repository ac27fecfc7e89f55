"""Regulars with a store in front of it: web, worker, and the dev store as a process whose answers take as long as Shopify's."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from bench import stage
from plugin.loyalty.outside import Token
from plugin.loyalty.program import default_program
from plugin.services import members, tokens
from plugin.services.perform import World, perform_due
from plugin.services.tokens import Cipher
from plugin.settings import load
from plugin.shopify.connect import connect, token_source
from plugin.shopify.verify import app_proxy_signature


@dataclass(frozen=True, slots=True)
class Shopfront:
    """Where everything listens. `customers` are members with points enough for a reward each."""

    shop: stage.Shop
    bare: str
    web_port: int
    store_port: int
    customers: list[int]
    variant: int
    product: str

    @property
    def host(self) -> str:
        """The host of the shop that has the app; it lives on this machine."""
        return f"{self.shop.domain.partition('.')[0]}.localhost:{self.store_port}"


def signed(domain: str, customer_id: int | None, **own: str) -> str:
    """The query that Shopify would send for a shopper, its signature included."""
    facts = {
        "shop": domain,
        "path_prefix": "/apps/loyalty",
        "timestamp": str(int(datetime.now(UTC).timestamp())),
        "logged_in_customer_id": str(customer_id or ""),
        "lang": "en",
        **own,
    }
    return urlencode(facts | {"signature": app_proxy_signature(facts, stage.SECRET.encode())})


@contextmanager
def opened(made: stage.Stage, *, customers: int, delay_ms: int, points: int = 500) -> Iterator[Shopfront]:
    """Web and store up, the program live and told to the store; the worker is the measure's own."""
    port = stage.free_port()
    command = [sys.executable, "-m", "bench.store", "--secret", stage.SECRET, "--app-url", f"http://127.0.0.1:{port}"]
    command += ["--delay-ms", str(delay_ms), "--customers", str(customers)]
    store = subprocess.Popen(command, cwd=stage.ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert store.stdout is not None
        told = json.loads(store.stdout.readline())
        more = environment_of(told["port"])
        shop = _installed(made, stage.own_environment(made) | more, told, points=points)
        with stage.own_web(made, workers=2, port=port, environment=more):
            yield Shopfront(shop, told["bare"], port, told["port"], told["customers"], told["variant"], told["product"])
    finally:
        store.terminate()
        with suppress(subprocess.TimeoutExpired):
            store.wait(10)
        store.kill()


def environment_of(store_port: int) -> dict[str, str]:
    """What Regulars is told besides, with that store for Shopify."""
    return {"SHOPIFY_API_KEY": "bench", "SHOPIFY_ORIGIN": f"http://127.0.0.1:{store_port}/{{shop}}"}


def _installed(made: stage.Stage, environment: dict[str, str], told: dict[str, Any], *, points: int) -> stage.Shop:
    """The store's shop in our books: installed, live, its shoppers members with points, and the store told of the program."""
    database, now = made.database(), datetime.now(UTC)
    shop = stage.add_shop(database, told["domain"], default_program("USD", is_live=True))
    settings = load(environment)
    world = World(
        database=database,
        connect=lambda domain, token: connect(settings, domain, token),
        token_source=token_source(settings),
        cipher=Cipher(settings.encryption_keys),
        keys=stage.KEYS,
        clock=lambda: datetime.now(UTC),
    )
    token = Token(told["token"], now + timedelta(days=30), None, None, frozenset())
    with database.transaction(shop.id) as session:
        tokens.store(session, token, cipher=world.cipher, now=now)
        for number, customer_id in enumerate(told["customers"]):
            member = members.join(session, customer_id, tombstone_key=stage.KEYS.tombstones, now=now)
            members.adjust(session, member, points, words="bench", author="bench", key=f"b{number}", now=now)
    perform_due(world, shop.id, shop.domain)
    return shop
