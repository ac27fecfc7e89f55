"""`regulars demo --once`: the main job as a story in the terminal, on real parts, with the books proved at the end."""

from __future__ import annotations

import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from devstore.client import ShopClient
from jobs.world import build
from plugin.demo.stage import Stage, staged
from plugin.doctor import add_shop, report
from plugin.loyalty.words import points_text
from plugin.services import api_keys, audit, programs, reconcile, referrals
from plugin.services.perform import World

DOMAIN = "harbor-roast.myshopify.com"
PATIENCE_SECONDS = 20.0


class StoryError(Exception):
    """Something did not happen that the story says happens."""


def play(console: Console) -> None:
    """Set up in a folder of its own, play the story, prove the books. Raises StoryError or StageError."""
    with tempfile.TemporaryDirectory(prefix="regulars-", ignore_cleanup_errors=True) as home:
        with Progress(
            TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, transient=True
        ) as progress:
            progress.add_task("Starting PostgreSQL, Redis, the app, its worker and a store to try it on", total=None)
            stage_context = staged(Path(home))
            stage = stage_context.__enter__()
        try:
            _Story(console, stage).play()
        finally:
            stage_context.__exit__(None, None, None)


class _Story:
    def __init__(self, console: Console, stage: Stage) -> None:
        self.console = console
        self.stage = stage
        self.world: World = build(stage.settings)
        self.shop_id = 0
        self.http = httpx.Client(timeout=30, trust_env=False)
        self.seen: dict[str, int] = {}

    def play(self) -> None:
        """Each step, then what stands in the ledger."""
        shop = self._install()
        ann = shop.add_customer("ann@example.com", first_name="Ann", last_name="Weber")
        ben = shop.add_customer("ben@example.com", first_name="Ben", last_name="Okafor")
        beans = shop.add_product("House espresso, 1 kg", "38.00")
        mug = shop.add_product("Stoneware mug", "24.50")

        self._say(
            "Ann buys two bags of beans and four mugs", "Shopify sends signed webhooks; the worker awards the points."
        )
        first = self._buy(shop, [(beans, 2), (mug, 4)], ann)
        member = self._member(ann, available=174)
        self._ledger(member)

        self._say(
            "Ann takes 150 points as money off", "The points are held first; then the code is written to the store."
        )
        redemption = self._redeem(member, "amount-off")
        self._await("the code stands in the store", lambda: shop.discount(redemption["code"]) is not None)
        discount = shop.discount(redemption["code"]) or {}
        self.console.print(
            f"  code [bold]{redemption['code']}[/bold] · {discount.get('status', '')} · only for Ann, once, "
            f"until {redemption['ends_at'][:10]}"
        )
        self._ledger(member)

        self._say("Somebody else tries Ann's code", "The code is bound to its customer.")
        self._refused(shop, [(mug, 1)], ben, redemption["code"])

        self._say(
            "Ann pays with the code", "The held points are redeemed, and the order earns on what she really paid."
        )
        second = self._buy(shop, [(beans, 1)], ann, code=redemption["code"])
        self._await("the code is used", lambda: self._redemption(redemption["id"])["state"] == "used")
        self._member(ann, available=24 + 33)
        self._ledger(member)

        self._say(
            "Ann returns one of her mugs, then everything of the second order",
            "Points go back in share, to the cent and to the point.",
        )
        mugs = next(line for line in first["line_items"] if line["product_id"] == mug["id"])
        shop.refund(first["id"], {mugs["id"]: 1})
        shop.refund(second["id"])
        self._member(ann, available=24 + 33 - 25 - 33 + 150)
        self._ledger(member)

        self._say("Ann tells Ben", "Ben claims a code on Ann's link; his first order pays both sides.")
        self._refer(shop, self._api("GET", f"/members/{member}")["referral"]["code"], ben, beans)
        self._member(ann, available=149 + 150)
        self._ledger(member)

        self._say(
            "The same webhooks arrive again, and one never arrived",
            "Nothing is paid twice, and what is missing is found.",
        )
        self._again_and_missing(shop, ben, mug)
        self._prove()

    def _install(self) -> ShopClient:
        self.stage.store.add_shop(DOMAIN, name="Harbor Roast", currency="USD")
        shop, info = add_shop(self.world, DOMAIN, access_token=None)
        self.shop_id = shop.id
        self._say("A merchant installs Regulars", f"regulars shops add {DOMAIN}")
        for line in report(self.stage.settings, shop, info):
            self.console.print(f"  {line}", highlight=False)
        with self.world.database.transaction() as session:
            key = api_keys.create(session, shop.id, label="demo", now=self.world.clock())
        self.http.headers["Authorization"] = f"Bearer {key}"
        with self.world.database.transaction(shop.id) as session:
            program = programs.current(session).program
        rate = f"{points_text(program, program.earning.points)} for every {program.earning.per} {info.currency}"
        self.console.print(f"  program            {rate}, {len(program.rewards)} rewards, referrals on")
        return self.stage.store.shop(DOMAIN)

    def _buy(
        self,
        shop: ShopClient,
        lines: list[tuple[dict[str, Any], int]],
        customer: dict[str, Any],
        *,
        code: str | None = None,
    ) -> dict[str, Any]:
        order = shop.checkout(
            [{"product": product["handle"], "quantity": quantity} for product, quantity in lines],
            customer_id=customer["id"],
            codes=[code] if code else [],
        )
        self.console.print(
            f"  order [bold]{order['name']}[/bold] · {order['current_subtotal_price']} {order['currency']} after discounts"
        )
        return order

    def _refused(
        self, shop: ShopClient, lines: list[tuple[dict[str, Any], int]], customer: dict[str, Any], code: str
    ) -> None:
        priced = shop.price(
            [{"product": product["handle"], "quantity": quantity} for product, quantity in lines],
            customer_id=customer["id"],
            codes=[code],
        )
        if not priced["refused"]:
            raise StoryError("the store took a code that belongs to somebody else")
        self.console.print(f"  the store refuses: {priced['refused'][0]['message']}")

    def _redeem(self, member: str, reward: str) -> dict[str, Any]:
        answer = self._api(
            "POST",
            f"/members/{member}/redemptions",
            json={"reward_id": reward},
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )
        self._await("the code is issued", lambda: self._redemption(answer["id"])["state"] == "issued")
        return self._redemption(answer["id"])

    def _refer(self, shop: ShopClient, handle: str, friend: dict[str, Any], product: dict[str, Any]) -> None:
        with self.world.database.transaction(self.shop_id) as session:
            claim = referrals.claim(
                session,
                handle,
                referral_id=uuid.uuid4(),
                customer_id=friend["id"],
                keys=self.world.keys,
                now=self.world.clock(),
            )
        self._await("Ben's code stands in the store", lambda: shop.discount(str(claim.code)) is not None)
        self._buy(shop, [(product, 1)], friend, code=str(claim.code))

    def _again_and_missing(self, shop: ShopClient, customer: dict[str, Any], product: dict[str, Any]) -> None:
        for delivery in self.stage.store.deliveries(state="delivered")[:10]:
            self.stage.store.deliver_again(delivery["webhook_id"])
        self.stage.store.set_delivery_faults(drop=1.0)
        self._buy(shop, [(product, 2)], customer)
        self.stage.store.clear_faults()
        result = reconcile.reconcile(
            self.world.database,
            self.shop_id,
            self.world.shopify(self.shop_id, DOMAIN),
            keys=self.world.keys,
            clock=self.world.clock,
        )
        self.console.print(f"  {result.orders} orders compared with the store, {result.drift} put right")
        if result.drift != 1:
            raise StoryError(f"one order was missing, and {result.drift} were put right")

    def _prove(self) -> None:
        result = audit.run(self.world.database, self.shop_id, now=self.world.clock())
        table = Table(title="The proof", title_justify="left")
        table.add_column("Every balance rebuilt from its entries")
        table.add_column("", justify="right")
        for name, (words, _) in audit.CHECKS.items():
            table.add_row(words, "[red]no" if name in result.findings else "[green]yes")
        self.console.print(table)
        if not result.is_ok:
            raise StoryError("the books do not add up")
        self.console.print(
            f"[bold green]The books add up:[/bold green] {result.members} members, {result.entries} entries."
        )

    def _member(self, customer: dict[str, Any], *, available: int) -> str:
        found: list[dict[str, Any]] = []

        def has_points() -> bool:
            found[:] = self._api("GET", f"/members?shopify_customer_id={customer['id']}")
            return bool(found) and found[0]["points"]["available"] == available

        self._await(f"{customer['first_name']} has {available} points", has_points)
        return str(found[0]["id"])

    def _redemption(self, redemption_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._api("GET", f"/redemptions/{redemption_id}")
        return answer

    def _ledger(self, member: str) -> None:
        entries = self._api("GET", f"/members/{member}/entries?limit=100")
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2))
        for title, justify in (
            ("", "left"),
            ("from", "left"),
            ("to", "left"),
            ("points", "right"),
            ("why", "left"),
            ("available", "right"),
            ("held", "right"),
        ):
            table.add_column(
                title,
                justify="right" if justify == "right" else "left",
                style="dim" if title in ("from", "to") else None,
            )
        fresh = [entry for entry in reversed(entries) if entry["id"] not in self.seen]
        for entry in fresh:
            self.seen[entry["id"]] = 1
            balance = entry["balance"]
            table.add_row(
                entry["movement"],
                entry["from"],
                entry["to"],
                str(entry["points"]),
                entry["reason"]["text"],
                str(balance["available"]),
                str(balance["held"]),
            )
        self.console.print(table)

    def _api(self, method: str, path: str, **more: Any) -> Any:
        answer = self.http.request(method, f"{self.stage.app_url}/api/v1{path}", **more)
        if answer.is_error:
            raise StoryError(f"{method} {path} answered {answer.status_code}: {answer.text[:300]}")
        return answer.json()["data"]

    def _await(self, claim: str, is_true: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            if is_true():
                return
            time.sleep(0.05)
        raise StoryError(f"waited {PATIENCE_SECONDS:.0f} s in vain until {claim}")

    def _say(self, title: str, words: str) -> None:
        self.console.print()
        self.console.rule(f"[bold]{title}", align="left", style="dim")
        self.console.print(f"  [dim]{words}")
