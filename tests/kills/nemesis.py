"""A story told through HTTP while its actors are killed: shoppers buy, redeem and return; processes die at seeded moments.

What stands at the end is compared with the dev store's own record of orders and discounts, which the app cannot write but through its API.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Any

import httpx
import psutil

from devstore.client import Refused, ShopClient
from jobs.world import build
from plugin.demo.stage import Stage, staged
from plugin.doctor import add_shop
from plugin.services import api_keys, audit, health, reconcile

DOMAIN = "storm.myshopify.com"
MOVING_AGAIN_SECONDS = 90.0
"""Work moves again within 30 s on two idle cores (it takes 3 to 8); tests run on machines that are busy with other things."""

REST_SECONDS = 110.0
"""The dev store tries a delivery for the last time 72 s after the first; nearly always all is at rest after two or three."""

REWARD_POINTS = 150
TARGETS = ("web", "worker", "child", "redis", "postgres", "everything")
NETWORK = (httpx.TransportError,)


class Broken(AssertionError):
    """Something was lost, doubled, or did not move again."""


@dataclass
class Redeemed:
    """A redemption as its shopper knows it."""

    id: str
    customer: int
    used_by: int | None = None
    is_cancelled: bool = False


@dataclass
class Nemesis:
    """The stage, the story and the one who kills. `tally` counts what happened."""

    stage: Stage
    seed: int
    say: Callable[[str], None] = lambda _words: None
    tally: Counter[str] = field(default_factory=Counter)
    redeemed: list[Redeemed] = field(default_factory=list)
    slowest_seconds: float = 0.0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.world = build(self.stage.settings)
        self.stage.store.add_shop(DOMAIN, name="Storm", currency="USD")
        found, _ = add_shop(self.world, DOMAIN, access_token=None)
        self.shop_id = found.id
        with self.world.database.transaction() as session:
            key = api_keys.create(session, self.shop_id, label="kills", now=self.world.clock())
        self.http = httpx.Client(
            base_url=f"{self.stage.app_url}/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=10,
            trust_env=False,
        )
        self.shop: ShopClient = self.stage.store.shop(DOMAIN)
        self.product = self.shop.add_product("Umbrella", "180.00")
        self.customers = [int(self.shop.add_customer(f"c{number}@example.com")["id"]) for number in range(4)]
        self.stopping = threading.Event()
        self.failed: list[BaseException] = []

    def play(self, targets: list[str]) -> None:
        """Kill each target in turn while the story runs; then let everything come to rest and compare. Raises Broken."""
        self._await_moving("nobody")
        teller = threading.Thread(target=self._tell, args=(random.Random(self.seed + 1),), daemon=True)
        teller.start()
        for target in targets:
            time.sleep(self.rng.uniform(0.3, 1.2))
            self._kill(target)
            self._await_moving(target)
        self.stopping.set()
        teller.join(60)
        if self.failed:
            raise self.failed[0]
        self._compare()

    def close(self) -> None:
        """Give the connections back."""
        self.http.close()
        self.world.database.dispose()

    # --- The story ---------------------------------------------------------------------------------------------------

    def _tell(self, rng: random.Random) -> None:
        try:
            while not self.stopping.is_set():
                rng.choices((self._buy, self._redeem, self._use, self._cancel, self._return), (5, 4, 2, 1, 2))[0](rng)
                time.sleep(rng.uniform(0.05, 0.25))
        except BaseException as error:  # noqa: BLE001 - the thread's failure is the test's
            self.failed.append(error)

    def _buy(self, rng: random.Random) -> None:
        self._order(rng.choice(self.customers), rng.randint(1, 2))

    def _order(self, customer: int, quantity: int, codes: tuple[str, ...] = ()) -> dict[str, Any]:
        lines = [{"product": self.product["handle"], "quantity": quantity}]
        order = self.shop.checkout(lines, customer_id=customer, codes=list(codes))
        self.tally["orders"] += 1
        return order

    def _redeem(self, rng: random.Random) -> None:
        customer = rng.choice(self.customers)
        member = self._ask("GET", f"/members?shopify_customer_id={customer}")["data"]
        if not member or member[0]["points"]["available"] < REWARD_POINTS:
            return
        headers = {"Idempotency-Key": str(uuid.UUID(int=rng.getrandbits(128), version=4))}
        answer = self._ask(
            "POST", f"/members/{member[0]['id']}/redemptions", json={"reward_id": "amount-off"}, headers=headers
        )
        if "data" in answer:
            self.redeemed.append(Redeemed(answer["data"]["id"], customer))
            self.tally["redemptions"] += 1

    def _use(self, rng: random.Random) -> None:
        free = [one for one in self.redeemed if one.used_by is None and not one.is_cancelled]
        if not free:
            return
        one = rng.choice(free)
        found = self._ask("GET", f"/redemptions/{one.id}")["data"]
        if found["state"] != "issued":
            return
        try:
            one.used_by = self._order(one.customer, 1, (found["code"],))["id"]
        except Refused as refusal:
            raise Broken(f"the store refuses a code that the app calls issued: {refusal}") from refusal
        self.tally["codes used"] += 1

    def _cancel(self, rng: random.Random) -> None:
        free = [one for one in self.redeemed if one.used_by is None and not one.is_cancelled]
        if free:
            one = rng.choice(free)
            self._ask("DELETE", f"/redemptions/{one.id}")
            one.is_cancelled = True
            self.tally["redemptions cancelled"] += 1

    def _return(self, rng: random.Random) -> None:
        with_code = {one.used_by for one in self.redeemed}
        orders = [order for order in self.shop.orders() if order["id"] not in with_code and not order["refunds"]]
        if len(orders) > len(self.customers):
            self.shop.refund(rng.choice(orders)["id"])
            self.tally["refunds"] += 1

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """Ask until there is an answer that is none of a server in trouble; the same key asks for the same thing."""
        until = time.monotonic() + MOVING_AGAIN_SECONDS
        while time.monotonic() < until:
            try:
                answer = self.http.request(method, path, **more)
            except NETWORK:
                self.tally["requests lost"] += 1
            else:
                if answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
                    raise Broken(f"{method} {path} answered 500: {answer.text[:200]}")
                if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    told: dict[str, Any] = answer.json() if answer.content else {}
                    return told
                self.tally["requests put off"] += 1
            time.sleep(0.1)
        raise Broken(f"{method} {path} had no answer in {MOVING_AGAIN_SECONDS:.0f} s")

    # --- The killing -------------------------------------------------------------------------------------------------

    def _kill(self, target: str) -> None:
        names = ("postgres", "redis", "worker", "web") if target == "everything" else (target,)
        for name in names:
            kill(self._pid_of(name))
            self.tally[f"killed: {name}"] += 1
        for name in names:
            if name in ("web", "worker"):
                self.stage.processes.pop(name).wait()
                self.stage.start(name, "plugin.cli", name)

    def _pid_of(self, name: str) -> int:
        home = Path(self.stage.home)
        if name == "postgres":
            return int((home / "postgres" / "postmaster.pid").read_text(encoding="utf-8").split("\n")[0])
        if name == "redis":
            return int((home / "redis" / "redis.pid").read_text(encoding="ascii"))
        if name == "child":
            return self.rng.choice(
                sorted(child.pid for child in psutil.Process(self.stage.processes["worker"].pid).children())
            )
        return self.stage.processes[name].pid

    def _await_moving(self, target: str) -> None:
        """A new shopper's order becomes points, and those become a code in the store."""
        began = time.monotonic()
        customer = int(self.shop.add_customer(f"probe-{uuid.UUID(int=self.rng.getrandbits(128))}@example.com")["id"])
        self.customers.append(customer)
        self._order(customer, 2)
        self._until(began, f"an order earns after {target} was killed", lambda: self._points(customer) is not None)
        seconds = time.monotonic() - began
        self.slowest_seconds = max(self.slowest_seconds, seconds)
        self.say(f"{target} was killed: orders earn after {seconds:.1f} s")

    def _until(self, began: float, claim: str, is_true: Callable[[], bool]) -> None:
        while not is_true():
            if self.failed:
                raise self.failed[0]
            if time.monotonic() - began > MOVING_AGAIN_SECONDS:
                raise Broken(f"waited {MOVING_AGAIN_SECONDS:.0f} s in vain until {claim}")
            time.sleep(0.1)

    def _points(self, customer: int) -> tuple[int, int] | None:
        """(available less debt, held); None for nobody."""
        found = self._ask("GET", f"/members?shopify_customer_id={customer}")["data"]
        if not found:
            return None
        points = found[0]["points"]
        return points["available"] - points["debt"], points["held"]

    # --- The account -------------------------------------------------------------------------------------------------

    def _compare(self) -> None:
        """Wait until the app says what the store says, and make sure that it stays so."""
        until = time.monotonic() + REST_SECONDS
        while wrong := self._differences():
            if time.monotonic() > until:
                raise Broken("; ".join(wrong[:5]))
            time.sleep(0.2)
        drift = reconcile.reconcile(
            self.world.database,
            self.shop_id,
            self.world.shopify(self.shop_id, DOMAIN),
            keys=self.world.keys,
            clock=self.world.clock,
        ).drift
        result = audit.run(self.world.database, self.shop_id, now=self.world.clock())
        with self.world.database.transaction(self.shop_id) as session:
            found = health.of_shop(session, now=self.world.clock())
        wrong = self._differences()
        wrong += [f"{drift} orders had to be put right"] if drift else []
        wrong += [f"the books do not add up: {result.findings}"] if not result.is_ok else []
        wrong += [f"set aside: {found.set_aside}"] if found.set_aside else []
        if wrong:
            raise Broken("; ".join(wrong[:5]))

    def _differences(self) -> list[str]:
        """What the app says otherwise than the store's record of orders and discounts."""
        orders = self.shop.orders()
        states = {one.id: self._ask("GET", f"/redemptions/{one.id}")["data"] for one in self.redeemed}
        wrong = []
        for customer in self.customers:
            earned = sum(_points_of(order) for order in orders if (order["customer"] or {}).get("id") == customer)
            mine = [states[one.id] for one in self.redeemed if one.customer == customer]
            spent = sum(one["points"] for one in mine if one["state"] in ("held", "issued", "used"))
            held = sum(one["points"] for one in mine if one["state"] in ("held", "issued"))
            if (expected := (earned - spent, held)) != (told := self._points(customer) or (0, 0)):
                wrong.append(f"customer {customer} has {told} and should have {expected}")
        wrong += [f"delivery {each['webhook_id']} waits" for each in self.stage.store.deliveries(state="waiting")]
        return wrong + self._differences_of_codes(orders, states)

    def _differences_of_codes(self, orders: list[dict[str, Any]], states: dict[str, dict[str, Any]]) -> list[str]:
        used = {code["code"] for order in orders for code in order["discount_codes"]}
        discounts = Counter(each["code"] for each in self.shop.discounts())
        wrong = [f"code {code} stands {count} times" for code, count in discounts.items() if count > 1]
        wrong += [
            f"code {code} belongs to no redemption"
            for code in set(discounts) - {one["code"] for one in states.values()}
        ]
        for one in self.redeemed:
            told = states[one.id]
            expected = "used" if told["code"] in used else "released" if one.is_cancelled else "issued"
            if told["state"] != expected:
                wrong.append(f"redemption {one.id} is {told['state']} and should be {expected}")
            if told["state"] == "issued" and told["code"] not in discounts:
                wrong.append(f"code {told['code']} does not stand in the store")
        return wrong


def kill(pid: int) -> None:
    """End a process as a power cut would."""
    os.kill(pid, signal.SIGKILL)


def _points_of(order: dict[str, Any]) -> int:
    return int(Decimal(order["current_subtotal_price"]).to_integral_value(ROUND_FLOOR))


@contextmanager
def storm(home: Path, seed: int, say: Callable[[str], None] = lambda _words: None) -> Iterator[Nemesis]:
    """Everything as processes of its own, and who will kill them."""
    with staged(home) as stage:
        nemesis = Nemesis(stage, seed, say)
        try:
            yield nemesis
        finally:
            nemesis.stopping.set()
            nemesis.close()
