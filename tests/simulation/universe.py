"""Everything one seed lives in: a shop of its own at the dev store and in the app, one clock, and the weather between them."""

from __future__ import annotations

import itertools
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import httpx

from devstore.app import create_devstore
from devstore.config import Config
from devstore.delivery import Delivery
from devstore.faults import DeliveryFaults, Fault
from devstore.model import Order, Product
from devstore.oauth import id_token
from devstore.store import Store
from devstore.world import World as DevWorld
from jobs import tasks
from plugin import clock as wall
from plugin.db import DatabaseRefused, DatabaseUnavailable
from plugin.db.inbox import record
from plugin.loyalty.program import Program, default_program
from plugin.services import effects, opening, programs, shops, tokens
from plugin.services.effects import Kind
from plugin.services.keys import Keys
from plugin.services.perform import World, perform_due
from plugin.services.tokens import Cipher
from plugin.settings import EncryptionKey, Settings
from plugin.shopify.connect import connect, token_source
from tests.simulation.breaking import Breakable, BreakableDatabase, Crash
from webhooks.door import Door
from webhooks.topics import TOPICS as READERS

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
ALWAYS_ARRIVE = frozenset(
    {"customers/merge", "customers/redact", "customers/delete", "orders/delete", "app/uninstalled"}
)
"""Late and twice, but never missing: no reader of orders can find these again (docs/simulation.md says so)."""

_serial = itertools.count(1)


@dataclass
class SimClock:
    """Shopify's time; `app` is the same seen by the app's host, whose clock may be wrong."""

    now: datetime = START
    skew: timedelta = timedelta(0)
    largest_error: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return self.now

    def app(self) -> datetime:
        return self.now + self.skew

    def seconds(self) -> float:
        return self.now.timestamp()

    def put_wrong(self, by: timedelta) -> None:
        self.skew = by
        self.largest_error = max(self.largest_error, abs(by))

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Weather:
    """Chances of everything that goes wrong, drawn once a seed."""

    drop: float
    duplicate: float
    delay: float
    delay_seconds: float
    api: float
    crash: float
    lost_database: float
    others: float
    lost_ring: float

    @classmethod
    def draw(cls, rng: random.Random, *, may_drop: bool) -> Weather:
        return cls(
            drop=rng.choice((0.0, 0.1, 0.3)) if may_drop else 0.0,
            duplicate=rng.choice((0.0, 0.1, 0.3)),
            delay=rng.choice((0.1, 0.4)),
            delay_seconds=rng.choice((5.0, 600.0, 90_000.0)),
            api=rng.choice((0.05, 0.15, 0.35)),
            crash=rng.choice((0.0, 0.02, 0.06)),
            lost_database=rng.choice((0.0, 0.02)),
            others=rng.choice((0.02, 0.08, 0.2)),
            lost_ring=rng.choice((0.0, 0.3, 1.0)),
        )


CALM = Weather(0, 0, 0, 0, 0, 0, 0, 0, 0)


@dataclass
class Rings:
    """The bell without Redis: at most one ring a kind waits, and any may be lost."""

    is_lost: Callable[[], bool]
    waiting: list[Any] = field(default_factory=list)

    def ring(self, kind: str, shop_id: int, domain: str) -> None:
        if kind not in self.waiting and not self.is_lost():
            self.waiting.append(kind)

    def heard(self, kind: str, shop_id: int) -> None:
        """The flag is gone when the ring is taken."""


class FaultyWire(httpx.BaseTransport):
    """The way to the dev store's Admin API; a call takes virtual time, and may fail before or after it was applied."""

    def __init__(self, universe: Universe, inner: httpx.BaseTransport) -> None:
        self._universe = universe
        self._inner = inner
        self._outage = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        universe = self._universe
        universe.clock.forward(universe.rng.choice((0.0, 0.1, 0.4)))
        kind = self._fault(is_write=b"mutation" in request.content)
        if kind is None:
            return self._inner.handle_request(request)
        universe.faults[f"shopify {kind}"] += 1
        if kind == "unreached":
            raise httpx.ConnectError("simulated", request=request)
        if kind == "hang":
            self._inner.handle_request(request)
            universe.clock.forward(10)
            raise httpx.ReadTimeout("simulated", request=request)
        universe.store.faults.add(Fault(kind))
        return self._inner.handle_request(request)

    def _fault(self, *, is_write: bool) -> Any:
        rng, weather = self._universe.rng, self._universe.weather
        if not weather.api:
            self._outage = 0
            return None
        if not self._outage and rng.random() < weather.api / (2 if is_write else 8):
            self._outage = rng.randint(5, 10)
        if self._outage:
            self._outage -= 1
            return rng.choice(("after", "hang"))
        if rng.random() >= weather.api:
            return None
        usual = ("before", "after", "after", "hang", "hang", "throttled", "html", "unreached")
        return "unauthorized" if rng.random() < 0.03 else rng.choice(usual)


class Universe:
    """One seed's world. `lines` say everything that happens; `acknowledged` and `attempts` are what clients were told."""

    def __init__(self, seed: int, database: BreakableDatabase, *, has_reconciler: bool = True, steps: int = 80) -> None:
        self.seed = seed
        self.rng = random.Random(f"regulars {seed}")
        self.database = database
        self.has_reconciler = has_reconciler
        self.clock = SimClock()
        self.weather = CALM
        self.faults: Counter[str] = Counter()
        self.lines: list[str] = []
        self.echo: Callable[[str], None] = lambda _line: None

        config = Config(client_id="sim", client_secret=SETTINGS.shopify_api_secret, app_url="http://app", topics=TOPICS)
        self.dev = DevWorld(self.clock, seed=seed, config=config)
        app = create_devstore(self.dev, config, has_pages=False)
        self.store: Store = app.extensions["devstore"]
        self.store.admin_api._parsed = _parsed_documents
        self.wire = FaultyWire(self, httpx.WSGITransport(app=app))
        self.world = World(
            database=database,
            connect=lambda domain, token: Breakable(
                connect(SETTINGS, domain, token, transport=self.wire, sleep=self.clock.forward), database
            ),
            token_source=Breakable(token_source(SETTINGS, transport=self.wire), database, "tokens"),
            cipher=Cipher([EncryptionKey("k1", b"\x01\x9a" * 16)]),
            keys=Keys(codes=b"c" * 32, tombstones=b"t" * 32),
            clock=self.clock.app,
        )
        self.rings = Rings(lambda: self.rng.random() < self.weather.lost_ring)
        self.door = self._new_door()

        self.shop = self.dev.add_shop(
            f"sim-{os.getpid()}-{next(_serial)}-{seed}",
            is_installed=True,
            tax_rate=_tax(seed),
            prices_include_tax=bool(seed % 3),
        )
        self.domain = self.shop.domain
        self.products: list[Product] = []
        self.orders: list[Order] = []
        self.acknowledged: dict[str, datetime] = {}
        self.attempts: dict[str, list[str]] = {}
        self.erased: set[int] = set()
        self.merged: set[int] = set()
        self.customers_of: dict[int, set[int]] = {}
        self.checkouts: list[Any] = []
        self._furnish()
        self.shop_id = self._install()
        tasks.Hands.world, tasks.Hands.bell = self.world, self.rings  # type: ignore[assignment]
        tasks.Hands.carry_out = perform_due  # threads would not play the same again

    def say(self, line: str) -> None:
        text = f"{self.clock.now:%m-%d %H:%M:%S} {line}"
        self.lines.append(text)
        self.echo(text)

    def trouble(self) -> None:
        """From now on things go wrong."""
        self.weather = Weather.draw(self.rng, may_drop=self.has_reconciler)
        w = self.weather
        self.store.faults.deliveries = DeliveryFaults(w.drop, w.duplicate, w.delay, w.delay_seconds)
        self.store.faults._rng = random.Random(self.rng.random())
        self.database.points.is_quiet = False

    def calm(self) -> None:
        """From now on nothing goes wrong any more."""
        self.weather = CALM
        self.store.faults.clear()
        self.clock.skew = timedelta(0)
        self.database.points.is_quiet = True

    def restart(self) -> None:
        """A process died: what it had in memory is gone."""
        self.door = self._new_door()
        programs._compiled.clear()

    def as_process(self, name: str, work: Callable[[], Any]) -> Any:
        """Run one request, job or sweep as its own process would: it may die, or lose the database; others live on."""
        try:
            return work()
        except Crash as crash:
            self.faults["crash"] += 1
            self.say(f"  {name} died at {crash}")
            self.restart()
        except DatabaseUnavailable:
            self.faults["database lost"] += 1
            self.say(f"  {name} lost the database")
        return None

    def deliver(self, *, everything: bool = False) -> int:
        """Shopify sends what is due (or all there is), through the door into the inbox."""
        for lost in [each for each in self.store.deliveries.log if each.state == "dropped"]:
            if lost.topic in ALWAYS_ARRIVE:
                lost.state = "waiting"
                self.store.deliveries.send_again(lost.webhook_id)
            elif not lost.attempts:
                self.faults["webhook dropped"] += 1
                lost.attempts.append(None)  # type: ignore[arg-type]
        sent = 0
        while True:
            sent += self.store.deliveries.deliver_due(self.clock.now, self._receive)
            following = self.store.deliveries.next_due_at()
            if not everything or following is None:
                return sent
            self.clock.now = max(self.clock.now, following)

    def _receive(self, delivery: Delivery) -> int | None:
        status = self.as_process("web", lambda: self._through_door(delivery))
        self.say(f"  webhook {delivery.topic} {_subject(delivery)} -> {status}")
        return int(status) if status is not None else None

    def _through_door(self, delivery: Delivery) -> int:
        """As webhooks.mount_flask does."""
        answer = self.door.judge(delivery.headers().items(), delivery.body)
        if answer.delivery is None:
            return answer.status
        try:
            STORE(self, answer.delivery)
        except DatabaseUnavailable:
            return 503
        except DatabaseRefused as error:
            raise AssertionError(f"a delivery could not be stored: {error}") from error
        if answer.delivery.reason is not None:
            raise AssertionError(f"a delivery could not be read: {answer.delivery.reason}")
        self.rings.ring("inbox", self.shop_id, self.domain)
        self.acknowledged[delivery.webhook_id] = self.clock.now
        return answer.status

    def open_app(self) -> None:
        """The merchant opens the app in the admin: installs it where it is missing, renews a refused token."""
        if not self.shop.is_installed:
            self.shop.install()
        token = id_token(self.dev, self.shop, user_id=1, now=self.clock.app())
        opening.open_shop(self.world, self.domain, token, now=self.clock.app())
        self.forbid_reconciling()

    def forbid_reconciling(self) -> None:
        """In the world without a reconciler the standing duty is taken away again."""
        if not self.has_reconciler:
            with self.database.transaction(self.shop_id) as session:
                effects.drop(session, Kind.RECONCILE, "orders")

    def publish(self, program: Program) -> None:
        with self.database.transaction(self.shop_id) as session:
            programs.publish(session, program, by="merchant", now=self.clock.app())

    def _furnish(self) -> None:
        for title, price in (
            ("Espresso", "12.50"),
            ("Mug", "20.00"),
            ("Grinder", "119.99"),
            ("Filter papers", "3.33"),
            ("Gift card", "25.00"),
        ):
            self.products.append(self.shop.add_product(title, price, is_gift_card=title == "Gift card"))
        for number in range(7001, 7007):
            self.shop.add_customer(f"c{number}@example.com", id=number)

    def _install(self) -> int:
        now = self.clock.app()
        with self.database.transaction() as session:
            shop_id = shops.enrol(session, self.domain, now=now).id
        token = self.world.token_source.exchange(self.domain, id_token(self.dev, self.shop, user_id=1, now=now), now)
        info = self.world.connect(self.domain, token.access).shop_info()
        with self.database.transaction(shop_id) as session:
            programs.publish(session, self.some_program(), by="merchant", now=now - timedelta(minutes=1))
            shops.install(session, info, is_own_app=True, now=now)
            tokens.store(session, token, cipher=self.world.cipher, now=now)
        self.shop_id = shop_id
        self.forbid_reconciling()
        return shop_id

    def some_program(self) -> Program:
        """The default program with other figures; now and then switched off for a while."""
        rng = self.rng
        base = default_program("USD", is_live=rng.random() < 0.95)
        earning = base.earning.model_copy(
            update={
                "points": rng.choice((1, 2, 5)),
                "pending_days": rng.choice((0, 0, 0, 1, 7)),
                "expiry_months": rng.choice((None, None, 1)),
                "rounding": rng.choice(("floor", "nearest", "ceiling")),
                "includes_tax": rng.random() < 0.3,
            }
        )
        rewards = tuple(
            reward.model_copy(
                update={"ends_days": rng.choice((1, 3, 30)), "price_points": max(10, reward.price_points // 5)}
            )
            if not reward.is_variable
            else reward
            for reward in base.rewards
        )
        referral = base.referral.model_copy(
            update={
                "friend_points": rng.choice((0, 25)),
                "minimum_spend": rng.choice((base.earning.per * 0, base.earning.per * 30)),
                "is_on": rng.random() < 0.9,
            }
        )
        exclusions = base.exclusions.model_copy(
            update={"product_ids": (self.products[3].id,) if rng.random() < 0.3 else ()}
        )
        return base.model_copy(
            update={
                "earning": earning,
                "rewards": rewards,
                "referral": referral,
                "exclusions": exclusions,
                "returns_points_on_refund": rng.random() < 0.8,
            }
        )

    def _new_door(self) -> Door:
        return Door(SETTINGS, self.database, self.world.cipher, self.clock.app)


def store_delivery(universe: Universe, delivery: Any) -> None:
    """Durable before it is answered."""
    with universe.database.transaction() as session:
        record(session.raw, [delivery])


STORE: Callable[[Universe, Any], None] = store_delivery


@contextmanager
def virtual_sleep(clock: SimClock) -> Iterator[None]:
    """Waiting for another refresher of the token, or for the rate limit, takes virtual time only."""
    watch = mock.Mock(wraps=time)
    watch.sleep = clock.forward
    with (
        mock.patch.object(tokens, "time", watch),
        mock.patch.object(wall, "stopwatch_seconds", new=clock.seconds),
    ):
        yield


def _subject(delivery: Delivery) -> str:
    return str(getattr(delivery.event.subject, "id", ""))


def _tax(seed: int) -> Decimal:
    return Decimal(("0", "0.19", "0.07")[seed % 3])


_parsed_documents: dict[str, Any] = {}

SETTINGS = Settings(
    environment="development",
    home=Path("/nonexistent"),
    port=1,
    app_url="http://app",
    shopify_api_key="sim",
    shopify_api_secret="the-simulated-app-and-store-know-this",
    shopify_old_api_secret=None,
    encryption_keys=(EncryptionKey("k1", b"\x01\x9a" * 16),),
    database_url=None,
    database_admin_url=None,
    redis_url=None,
    shopify_origin="http://devstore/{shop}",
    shopify_cdn="http://devstore/cdn",
)

TOPICS = frozenset(READERS)
