"""A year of a believable shop, day by day through the public doors: signed webhooks, the app proxy and the REST API.

Only the app writes the app's tables; the clocks of store and app are stepped together. One seed, one year.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx

from devstore.model import Cart, CartLine, Customer, Order, Product
from devstore.storefront.stocking import stock_shop
from devstore.world import Shop
from jobs.world import build
from plugin import clock
from plugin.db import waiting
from plugin.demo import people
from plugin.demo.stage import Stage
from plugin.demo.store import RunningStore
from plugin.doctor import add_shop
from plugin.services import api_keys
from plugin.services.perform import World

DOMAIN: Final = "brew-and-hearth.myshopify.com"
DAYS: Final = 365
CUSTOMERS: Final = 320
SEED: Final = 20260101

MONTHS: Final = (0.75, 0.8, 0.9, 0.9, 1.0, 0.85, 0.75, 0.8, 1.0, 1.1, 1.7, 1.9)
"""How busy each month is: coffee is a gift in November and December."""

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


@dataclass
class Year:
    """The year while it is played."""

    stage: Stage
    running: RunningStore
    shop: Shop
    world: World
    api: httpx.Client
    products: list[Product]
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    returns: dict[int, list[tuple[Order, str]]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


def play(stage: Stage, running: RunningStore, progress: Callable[[int, int, str], None]) -> dict[str, int]:
    """Open the shop, install the app, live a year up to now; what happened, counted."""
    begin = clock.now().replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    _set_time(stage, running, begin)
    running.world.add_shop(DOMAIN, name="Brew & Hearth", currency="USD", timezone="America/New_York")
    shop = running.world.shop(DOMAIN)
    products = stock_shop(shop)
    world = build(stage.settings)
    installed, _ = add_shop(world, DOMAIN, access_token=shop.give_token().access)
    with world.database.transaction() as session:
        key = api_keys.create(session, installed.id, label="demo", now=begin)
    api = httpx.Client(
        base_url=f"{stage.app_url}/api/v1", headers={"Authorization": f"Bearer {key}"}, timeout=30, trust_env=False
    )
    year = Year(stage, running, shop, world, api, [each for each in products if not each.is_gift_card])
    _name_the_program(year)
    shoppers = _shoppers(year)
    for day in range(DAYS):
        today = begin + timedelta(days=day)
        _live(year, shoppers, day, today)
        progress(day + 1, DAYS, f"{today:%d %B %Y}")
    _mark_roles(year, shoppers)
    world.database.dispose()
    api.close()
    return year.counts


def settle_down(stage: Stage, running: RunningStore) -> None:
    """Let both clocks run with the wall from here on."""
    running.world.set_clock(None)
    stage.clock_file.write_text("+0", encoding="ascii")


def _name_the_program(year: Year) -> None:
    answer = year.api.get("/program").raise_for_status().json()["data"]
    document = answer.get("document", answer.get("program", answer))
    document["name"] = "Hearth Club"
    document["points_name"] = {
        "en": {"one": "bean", "other": "beans"},
        "de": {"one": "Bohne", "other": "Bohnen"},
        "fr": {"one": "grain", "other": "grains"},
    }
    document["earning"]["expiry_months"] = 12
    year.api.put("/program", json=document).raise_for_status()


def _shoppers(year: Year) -> list[Shopper]:
    chance = year.chance
    shoppers: list[Shopper] = []
    for number, person in enumerate(people.everyone(chance, CUSTOMERS)):
        # A third came before the program began; the rest arrive over the year, more of them towards its end.
        joins_on = 0 if number < CUSTOMERS // 3 else int(DAYS * chance.random() ** 0.8 * 0.97)
        shopper = Shopper(
            person=person,
            joins_on=joins_on,
            pace_days=chance.lognormvariate(3.9, 0.7),
            appetite=chance.lognormvariate(0.2, 0.4),
            redeems=chance.betavariate(2, 3),
            refers=chance.random() < 0.18,
            language=person.language,
        )
        shopper.next_on = joins_on + int(chance.expovariate(1 / 12)) if joins_on == 0 else joins_on
        shoppers.append(shopper)
    for shopper in shoppers:
        candidates = [each for each in shoppers if each.refers and each.joins_on < shopper.joins_on - 20]
        if candidates and shopper.joins_on and chance.random() < 0.16:
            shopper.advocate = chance.choice(candidates)
    return shoppers


def _live(year: Year, shoppers: list[Shopper], day: int, today: datetime) -> None:
    busy = MONTHS[today.month - 1] * (1.25 if today.weekday() >= 5 else 0.92)
    buyers = [each for each in shoppers if each.next_on == day]
    moments = sorted(today + timedelta(minutes=year.chance.triangular(120, 960, 700)) for _ in buyers)
    for shopper, moment in zip(buyers, moments, strict=True):
        pause = max(2.0, year.chance.expovariate(1.0) * shopper.pace_days / busy)
        shopper.next_on = day + 1 + int(pause)
        _set_time(year.stage, year.running, moment)
        _buy(year, shopper, day)
    evening = today + timedelta(hours=17)
    _set_time(year.stage, year.running, evening)
    for order, what in year.returns.pop(day, ()):
        _return(year, order, what)
    _await_quiet(year)
    for shopper in buyers:
        _spend(year, shopper)


def _buy(year: Year, shopper: Shopper, day: int) -> None:
    chance, shop = year.chance, year.shop
    if shopper.customer is None:
        shopper.customer = shop.add_customer(
            shopper.person.email,
            first_name=shopper.person.first_name,
            last_name=shopper.person.last_name,
            locale=shopper.language,
        )
    codes = [code for code in (shopper.code, _claim(year, shopper)) if code][:1]
    wanted = 1 + min(4, int(chance.expovariate(1.0) * shopper.appetite))
    picked = chance.sample(year.products, k=wanted)
    lines = [CartLine(chance.choice(product.variants).id, 2 if chance.random() < 0.15 else 1) for product in picked]
    made = shop.checkout(Cart(lines), shopper.customer.id, codes=codes, locale=shopper.language)
    if not isinstance(made, Order):
        made = shop.checkout(Cart(lines), shopper.customer.id, locale=shopper.language)
        codes = []
    if not isinstance(made, Order):
        raise TypeError(f"the store refused an ordinary order: {made}")
    if codes and shopper.code in codes:
        shopper.code = None
    shopper.orders += 1
    _count(year, "orders")
    dice = chance.random()
    if dice < 0.075:
        what = "all" if dice < 0.02 else "cancel" if dice < 0.03 else "one"
        year.returns.setdefault(day + 1 + int(chance.expovariate(1 / 6)), []).append((made, what))


def _return(year: Year, order: Order, what: str) -> None:
    if what == "cancel":
        year.shop.cancel(order.id)
    elif what == "one":
        year.shop.refund(order.id, {order.lines[0].id: 1})
    else:
        year.shop.refund(order.id)
    _count(year, "refunds")


def _spend(year: Year, shopper: Shopper) -> None:
    """In the evening some look at their points and take a reward for the next order."""
    if shopper.code is not None or shopper.customer is None or year.chance.random() > shopper.redeems:
        return
    found = (
        year.api.get("/members", params={"shopify_customer_id": shopper.customer.id}).raise_for_status().json()["data"]
    )
    if not found:
        return
    shopper.member = found[0]["id"]
    available = found[0]["points"]["available"]
    wishes: list[dict[str, Any]] = []
    if available >= 200:
        wishes.append({"reward_id": "ten-percent"})
    if available >= 150:
        wishes.append({"reward_id": "amount-off"})
    if available >= 120:
        wishes.append({"reward_id": "free-shipping"})
    if available >= 180:
        wishes.append({"reward_id": "money-slider", "points": min(3000, available // 30 * 30)})
    if not wishes:
        return
    answer = year.api.post(
        f"/members/{shopper.member}/redemptions",
        json=year.chance.choice(wishes),
        headers={"Idempotency-Key": _key(year.chance)},
    )
    answer.raise_for_status()
    shopper.code = _issued(year, answer.json()["data"])["code"]
    _count(year, "rewards")


def _issued(year: Year, redemption: dict[str, Any]) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE_SECONDS
    while redemption["state"] == "held":
        if time.monotonic() > until:
            raise TimeoutError("a reward's code was not written")
        time.sleep(0.05)
        redemption = year.api.get(f"/redemptions/{redemption['id']}").raise_for_status().json()["data"]
    return redemption


def _claim(year: Year, shopper: Shopper) -> str | None:
    """A friend's first order comes with the code they claimed on the advocate's link, through the app proxy."""
    advocate = shopper.advocate
    if advocate is None or shopper.orders or advocate.customer is None:
        return None
    found = (
        year.api.get("/members", params={"shopify_customer_id": advocate.customer.id}).raise_for_status().json()["data"]
    )
    if not found:
        return None
    store = httpx.Client(
        base_url=f"{year.running.url}/apps/loyalty",
        headers={"Host": f"{year.shop.handle}.localhost:{year.running.url.rpartition(':')[2]}"},
        timeout=30,
        trust_env=False,
    )
    with store:
        state = store.get("/state").raise_for_status().json()
        body = {"ref": found[0]["referral"]["code"], "request_key": _key(year.chance), "nonce": state["nonce"]}
        claim = store.post("/claim", json=body).raise_for_status().json()
        until = time.monotonic() + PATIENCE_SECONDS
        while not claim["code"]:
            if time.monotonic() > until:
                raise TimeoutError("a friend's code was not written")
            time.sleep(0.05)
            claim = store.get(f"/claim/{claim['id']}").raise_for_status().json()
    _count(year, "referrals")
    return str(claim["code"])


def _mark_roles(year: Year, shoppers: list[Shopper]) -> None:
    """Tag the two customers whom a visitor of the demo may be."""
    met = [each for each in shoppers if each.customer is not None]
    regular = max(met, key=lambda each: (each.orders >= 6 and each.language == "en" and each.code is None, each.orders))
    newest = max((each for each in met if each.orders == 1), key=lambda each: (each.language == "en", each.joins_on))
    for shopper, tag in ((regular, "demo:regular"), (newest, "demo:new-member")):
        if shopper.customer is not None:
            year.shop.update_customer(shopper.customer.id, tags=[*shopper.customer.tags, tag])
    _await_quiet(year)


def _await_quiet(year: Year) -> None:
    """Every webhook is delivered and worked off."""
    until = time.monotonic() + PATIENCE_SECONDS
    while year.running.store.deliveries.waiting():
        if time.monotonic() > until:
            raise TimeoutError("webhooks are still under way")
        time.sleep(0.005)
    while True:
        with year.world.database.transaction() as session:
            if not waiting.is_any(session, "inbox"):
                return
        if time.monotonic() > until:
            raise TimeoutError("deliveries are still waiting in the inbox")
        time.sleep(0.01)


def _set_time(stage: Stage, running: RunningStore, instant: datetime) -> None:
    running.world.set_clock(instant.astimezone(UTC))
    clock.step(stage.clock_file, instant)


def _count(year: Year, what: str) -> None:
    year.counts[what] = year.counts.get(what, 0) + 1


def _key(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
