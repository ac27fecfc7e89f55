"""The year while it is played: the shop, the app's public doors, one source of chance, and clocks that are stepped together."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import httpx

from devstore.model import Customer, Order, Product
from devstore.world import Shop
from plugin import clock
from plugin.db import waiting
from plugin.demo import people
from plugin.demo.stage import Stage
from plugin.demo.store import RunningStore
from plugin.services.perform import World

SEED: Final = 20260101
PATIENCE_SECONDS: Final = 60.0


@dataclass
class Shopper:
    """A customer of the store with habits: days between orders, how much they like to spend, and what they do with points."""

    person: people.Person
    joins_on: int
    pace_days: float
    appetite: float
    redeems: float
    refers: bool
    language: str
    customer: Customer | None = None
    next_on: int = 0
    member: str | None = None
    code: str | None = None
    advocate: Shopper | None = None
    orders: int = 0
    has_answered: bool = False


@dataclass
class Year:
    """Everything a scene needs. `tasks` are what staff will do on which day, `returns` what comes back."""

    stage: Stage
    running: RunningStore
    shop: Shop
    world: World
    api: httpx.Client
    products: list[Product]
    begin: datetime
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    returns: dict[int, list[tuple[Shopper, Order, str]]] = field(default_factory=dict)
    tasks: dict[int, list[str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, what: str) -> None:
        """One more of these happened."""
        self.counts[what] = self.counts.get(what, 0) + 1

    def key(self) -> str:
        """A key for one request, the same in every year of this seed."""
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def set_time(self, instant: datetime) -> None:
        """Step the store's clock and the app's."""
        self.running.world.set_clock(instant.astimezone(UTC))
        clock.step(self.stage.clock_file, instant)

    def ask(self, path: str, **parameters: object) -> Any:
        """What the API has at this path."""
        return (
            self.api.get(path, params={name: str(value) for name, value in parameters.items()})
            .raise_for_status()
            .json()["data"]
        )

    def send(self, path: str, body: dict[str, Any], *, refusals: bool = False) -> Any:
        """Have the API do something. With `refusals` a refusal is an answer, too: None."""
        answer = self.api.post(path, json=body, headers={"Idempotency-Key": self.key()})
        if refusals and answer.status_code == httpx.codes.CONFLICT:
            return None
        return answer.raise_for_status().json()["data"]

    def member_of(self, shopper: Shopper) -> str | None:
        """The shopper's member id, once they are one."""
        if shopper.member is None and shopper.customer is not None:
            found = self.ask("/members", shopify_customer_id=shopper.customer.id)
            shopper.member = found[0]["id"] if found else None
        return shopper.member

    def available(self, shopper: Shopper) -> int:
        """What the shopper can spend now."""
        member = self.member_of(shopper)
        return int(self.ask(f"/members/{member}")["points"]["available"]) if member is not None else 0

    def await_quiet(self) -> None:
        """Return when every webhook is delivered and worked off."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self.running.store.deliveries.waiting():
            if time.monotonic() > until:
                raise TimeoutError("webhooks are still under way")
            time.sleep(0.005)
        while True:
            with self.world.database.transaction() as session:
                if not waiting.is_any(session, "inbox"):
                    return
            if time.monotonic() > until:
                raise TimeoutError("deliveries are still waiting in the inbox")
            time.sleep(0.01)

    def await_answer(self, path: str, is_done: Callable[[Any], bool], what: str, **parameters: object) -> Any:
        """Ask until the answer is the one waited for. Raises TimeoutError."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not is_done(found := self.ask(path, **parameters)):
            if time.monotonic() > until:
                raise TimeoutError(f"{what} did not happen")
            time.sleep(0.05)
        return found
