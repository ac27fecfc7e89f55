"""What shoppers do in the store: buy, bring things back, take rewards, and come by a friend's link."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import httpx

from devstore.model import Cart, CartLine, Order
from plugin.demo import people
from plugin.demo.playing import PATIENCE_SECONDS, Shopper, Year

DAYS: Final = 365
CUSTOMERS: Final = 320
MONTHS: Final = (0.75, 0.8, 0.9, 0.9, 1.0, 0.85, 0.75, 0.8, 1.0, 1.1, 1.7, 1.9)
"""How busy each month is: coffee is a gift in November and December."""

SATURDAY: Final = 5
RUSH: Final = 0.3
"""How many of those who know the store buy on Black Friday."""


def shoppers(chance: random.Random) -> list[Shopper]:
    """Everybody who comes in the year, and whose link they come by."""
    found: list[Shopper] = []
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
        found.append(shopper)
    for shopper in found:
        candidates = [each for each in found if each.refers and each.joins_on < shopper.joins_on - 20]
        if candidates and shopper.joins_on and chance.random() < 0.16:
            shopper.advocate = chance.choice(candidates)
            shopper.refers = chance.random() < 0.4  # those who were brought bring others more often than most
    return found


def busy_on(day: datetime) -> float:
    """How busy a day is, 1 on average."""
    return MONTHS[day.month - 1] * (1.25 if day.weekday() >= SATURDAY else 0.92)


def rush(year: Year, everybody: Iterable[Shopper], day: int) -> None:
    """Black Friday: many who know the store buy today whatever their habit."""
    for shopper in everybody:
        if shopper.joins_on < day and shopper.next_on != day and year.chance.random() < RUSH:
            shopper.next_on = day


def buy(year: Year, shopper: Shopper, day: int) -> Order:
    """One order, with the reward or the friend's code the shopper has; some of it comes back later."""
    chance, shop = year.chance, year.shop
    if shopper.customer is None:
        person = shopper.person
        shopper.customer = shop.add_customer(
            person.email, first_name=person.first_name, last_name=person.last_name, locale=shopper.language
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
    year.count("orders")
    dice = chance.random()
    if dice < 0.075:
        what = "all" if dice < 0.02 else "cancel" if dice < 0.03 else "one"
        back_on = day + 1 + int(chance.expovariate(1 / 6))
        year.returns.setdefault(back_on, []).append((shopper, made, what))
    return made


def bring_back(year: Year, order: Order, what: str) -> None:
    """Cancel the order, or refund one piece or all of it."""
    if what == "cancel":
        year.shop.cancel(order.id)
    elif what == "one":
        year.shop.refund(order.id, {order.lines[0].id: 1})
    else:
        year.shop.refund(order.id)
    year.count("refunds")


def take_a_reward(year: Year, shopper: Shopper, day: int) -> None:
    """In the evening some look at their points and take a reward for the next order."""
    if shopper.code is not None or shopper.customer is None or year.chance.random() > shopper.redeems:
        return
    available = year.available(shopper)
    wishes: list[dict[str, Any]] = []
    for price, reward in (
        (450, "tasting"),
        (250, "tote"),
        (200, "ten-percent"),
        (150, "amount-off"),
        (120, "free-shipping"),
    ):
        if available >= price:
            wishes.append({"reward_id": reward})
    if available >= 180:
        wishes.append({"reward_id": "money-slider", "points": min(3000, available // 30 * 30)})
    if not wishes:
        return
    wish = year.chance.choice(wishes)
    taken = year.send(f"/members/{shopper.member}/redemptions", wish)
    taken = year.await_answer(f"/redemptions/{taken['id']}", lambda now: now["state"] != "held", "a reward's code")
    year.count("rewards")
    if wish["reward_id"] in ("tasting", "tote"):
        year.tasks.setdefault(day + year.chance.randint(2, 16), []).append(taken["id"])
    else:
        shopper.code = taken["code"]


def claim(year: Year, handle: str) -> str:
    """Follow a referral link through the app proxy and take the friend's code."""
    store = httpx.Client(
        base_url=f"{year.running.url}/apps/loyalty",
        headers={"Host": f"{year.shop.handle}.localhost:{year.running.url.rpartition(':')[2]}"},
        timeout=30,
        trust_env=False,
    )
    with store:
        state = store.get("/state").raise_for_status().json()
        body = {"ref": handle, "request_key": year.key(), "nonce": state["nonce"]}
        claimed = store.post("/claim", json=body).raise_for_status().json()
        until = time.monotonic() + PATIENCE_SECONDS
        while not claimed["code"]:
            if time.monotonic() > until:
                raise TimeoutError("a friend's code was not written")
            time.sleep(0.05)
            claimed = store.get(f"/claim/{claimed['id']}").raise_for_status().json()
    year.count("referrals")
    return str(claimed["code"])


def _claim(year: Year, shopper: Shopper) -> str | None:
    """A friend's first order comes with the code they claimed on the advocate's link."""
    advocate = shopper.advocate
    if advocate is None or shopper.orders or year.member_of(advocate) is None:
        return None
    return claim(year, year.ask(f"/members/{advocate.member}")["referral"]["code"])
