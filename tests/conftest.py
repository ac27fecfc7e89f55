"""What tests share: one real PostgreSQL and Redis for the session, a fresh shop for each test, and a Shopify that behaves."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from plugin import embedded
from plugin.db import Database
from plugin.db.migrate import migrate
from plugin.loyalty.outside import ShopInfo, Token
from plugin.loyalty.program import Program, default_program
from plugin.services import programs, shops, tokens
from plugin.services.keys import Keys
from plugin.services.perform import World
from plugin.services.tokens import Cipher
from plugin.settings import EncryptionKey
from tests.chromium import chromium
from tests.fakes import FakeShopify, FakeTokens, StepClock

START = datetime(2026, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def servers() -> Iterator[embedded.Running]:
    """PostgreSQL and Redis, gone after the session. fsync is off: no test here is about power cuts."""
    with (
        tempfile.TemporaryDirectory(prefix="rgl", ignore_cleanup_errors=True) as home,
        embedded.servers(Path(home), fsync=False) as running,
    ):
        migrate(running.database_url)
        yield running


@pytest.fixture(scope="session")
def database(servers: embedded.Running) -> Iterator[Database]:
    """The migrated database."""
    database = Database(servers.database_url)
    yield database
    database.dispose()


@pytest.fixture
def clock() -> StepClock:
    """A clock that stands at noon of 2 March 2026 until a test moves it."""
    return StepClock(NOON)


@pytest.fixture
def shopify() -> FakeShopify:
    """A shop's Admin API in memory."""
    return FakeShopify()


@pytest.fixture
def world(database: Database, clock: StepClock, shopify: FakeShopify) -> World:
    """Everything the verbs need, with Shopify in memory."""

    def connect(domain: str, token: str) -> FakeShopify:
        shopify.domain = domain
        return shopify

    return World(
        database=database,
        connect=connect,
        token_source=FakeTokens(),
        cipher=Cipher([EncryptionKey("k1", b"\x01\x9a" * 16)]),
        keys=Keys(codes=b"c" * 32, tombstones=b"t" * 32),
        clock=clock,
    )


@dataclass(frozen=True)
class TestShop:
    """A shop that is installed."""

    __test__ = False

    id: int
    domain: str


@pytest.fixture
def shop(world: World) -> TestShop:
    """An installed shop, the default program in USD live since the start of the year."""
    return make_shop(world)


def make_shop(world: World, program: Program | None = None, domain: str | None = None) -> TestShop:
    """Install a shop of its own."""
    domain = domain or f"t{uuid.uuid4().hex[:12]}.myshopify.com"
    with world.database.transaction() as session:
        found = shops.enrol(session, domain, now=START)
    info = ShopInfo(1, "Test", "USD", "America/New_York", "Basic", "NEW_CUSTOMER_ACCOUNTS", frozenset({"read_orders"}))
    with world.database.transaction(found.id) as session:
        if program is not None:
            programs.publish(session, program, by="test", now=START)
        shops.install(session, info, is_own_app=True, now=START)
        token = Token(
            "shpat_test", START + timedelta(days=3650), "shprt_test", START + timedelta(days=3650), frozenset()
        )
        tokens.store(session, replace(token, refresh=None), cipher=world.cipher, now=START)
    return TestShop(found.id, domain)


__all__ = ["chromium", "default_program", "make_shop"]
