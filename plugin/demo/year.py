"""A year of a believable shop, day by day through the public doors: signed webhooks, the app proxy and the REST API.

Only the app writes the app's tables; the clocks of store and app are stepped together. One seed, one year.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import httpx

from devstore.storefront.stocking import stock_shop
from jobs.world import build
from plugin import clock
from plugin.demo import belonging, buying, mishaps
from plugin.demo.buying import DAYS
from plugin.demo.club import black_friday, stages
from plugin.demo.playing import SEED, Shopper, Year
from plugin.demo.stage import Stage
from plugin.demo.store import RunningStore
from plugin.doctor import add_shop
from plugin.services import api_keys

__all__ = ["DAYS", "DOMAIN", "SEED", "play", "settle_down"]

DOMAIN: Final = "brew-and-hearth.myshopify.com"
CAUGHT_ON: Final = 250
"""The day on which staff block somebody who referred themselves; whoever tries it at the end of the year waits to be looked at."""

KNOWN_AFTER: Final = 3
REGULAR_AFTER: Final = 6
"""After how many orders somebody is known, and a regular."""

FIRST_SEGMENT: Final = 440_000_000_017
SEGMENTS: Final = (
    ("Bought once", "number_of_orders = 1", range(1, 2)),
    ("Bought more than once", "number_of_orders > 1", range(2, 10_000)),
)

HOUSEHOLD_ON: Final = 180
GIFT_ON: Final = DAYS - 4
FRAUD_ON: Final = DAYS - 2


def play(stage: Stage, running: RunningStore, progress: Callable[[int, int, str], None]) -> dict[str, int]:
    """Open the shop, install the app, live a year up to now; what happened, counted."""
    year = _opened(stage, running)
    everybody = buying.shoppers(year.chance)
    published = stages(year.begin, year.shop.timezone)
    friday = (black_friday(year.begin) - year.begin.date()).days
    for day in range(DAYS):
        today = year.begin + timedelta(days=day)
        if day in published:
            _publish(year, published[day])
        if day == friday:
            buying.rush(year, everybody, day)
        _live(year, everybody, day, today)
        _special(year, everybody, day)
        progress(day + 1, DAYS, f"{today:%d %B %Y}")
    mishaps.send_what_nobody_can_read(year)
    _mark_roles(year, everybody)
    _group(year)
    year.world.database.dispose()
    year.api.close()
    return year.counts


def settle_down(stage: Stage, running: RunningStore) -> None:
    """Let both clocks run with the wall from here on."""
    running.world.set_clock(None)
    stage.clock_file.write_text("+0", encoding="ascii")


def _group(year: Year) -> None:
    """Two customer segments, as the merchant has them at Shopify."""
    for number, (name, query, counts) in enumerate(SEGMENTS, FIRST_SEGMENT):
        inside = [customer_id for customer_id, orders in year.shop.orders_of.items() if len(orders) in counts]
        year.shop.add_segment(name, inside, query=query, id=number)


def _opened(stage: Stage, running: RunningStore) -> Year:
    begin = clock.now().replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    running.world.set_clock(begin)
    clock.step(stage.clock_file, begin)
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
    return Year(stage, running, shop, world, api, [each for each in products if not each.is_gift_card], begin)


def _publish(year: Year, change: Callable[[dict[str, object]], None]) -> None:
    answer = year.ask("/program")
    document = answer.get("document", answer.get("program", answer))
    change(document)
    year.api.put("/program", json=document).raise_for_status()


def _live(year: Year, everybody: Sequence[Shopper], day: int, today: datetime) -> None:
    """A day: orders at their hours, and in the evening what comes back, what staff do, and what members take."""
    buyers = [each for each in everybody if each.next_on == day]
    moments = sorted(today + timedelta(minutes=year.chance.triangular(120, 960, 700)) for _ in buyers)
    for shopper, moment in zip(buyers, moments, strict=True):
        pause = max(2.0, year.chance.expovariate(1.0) * shopper.pace_days / buying.busy_on(today))
        shopper.next_on = day + 1 + int(pause)
        year.set_time(moment)
        buying.buy(year, shopper, day)
    year.await_quiet()
    year.set_time(today + timedelta(hours=17))
    came_back = year.returns.pop(day, [])
    for _, order, what in came_back:
        buying.bring_back(year, order, what)
    if came_back:
        year.await_quiet()
    belonging.do_tasks(year, day)
    for shopper, _, what in came_back:
        if what == "one":
            belonging.put_right(year, shopper)
    for shopper in buyers:
        belonging.after_an_order(year, shopper, day)
        buying.take_a_reward(year, shopper, day)


def _special(year: Year, everybody: Sequence[Shopper], day: int) -> None:
    """Days on which something happens once."""
    if day == HOUSEHOLD_ON:
        belonging.make_a_household(year, everybody)
    if day == GIFT_ON:
        belonging.give(year, everybody)
    if day in (CAUGHT_ON, FRAUD_ON):
        known = [each for each in everybody if each.orders >= KNOWN_AFTER and each.advocate is None and not each.refers]
        advocate = known[-1 if day == FRAUD_ON else 0]
        handle = year.ask(f"/members/{year.member_of(advocate)}")["referral"]["code"]
        referral = mishaps.refer_oneself(year, advocate, buying.claim(year, handle))
        if day == CAUGHT_ON and referral is not None:
            mishaps.block(year, referral)


def _mark_roles(year: Year, everybody: Sequence[Shopper]) -> None:
    """Tag the two customers whom a visitor of the demo may be."""
    met = [each for each in everybody if each.customer is not None]
    regular = max(
        met,
        key=lambda each: (each.orders >= REGULAR_AFTER and each.language == "en" and each.code is None, each.orders),
    )
    newest = max((each for each in met if each.orders == 1), key=lambda each: (each.language == "en", each.joins_on))
    for shopper, tag in ((regular, "demo:regular"), (newest, "demo:new-member")):
        if shopper.customer is not None:
            year.shop.update_customer(shopper.customer.id, tags=[*shopper.customer.tags, tag])
    year.await_quiet()
