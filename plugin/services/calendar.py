"""The calendar: what a shop's new day brings, once for each day, however late or often somebody looks.

A standing duty of every shop (Kind.CALENDAR) that comes back at the shop's own midnight. Days that were missed are made up for in
their order. Each duty works in transactions of its own and is safe to repeat for the same day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from plugin.db import Database, shops
from plugin.db import calendar as calendar_rows
from plugin.loyalty import days
from plugin.services.keys import Keys
from plugin.services.ports import ShopifyShop

MISSED_MAX = timedelta(days=366)
"""How far back missed days are made up for."""


@dataclass(frozen=True, slots=True)
class NewDay:
    """A day of the shop that has begun. `shopify()` gives the shop's Admin API; call it only when something is to be asked."""

    database: Database
    shop_id: int
    shopify: Callable[[], ShopifyShop]
    day: date
    zone: ZoneInfo
    keys: Keys
    now: datetime

    @property
    def begins_at(self) -> datetime:
        """The day's first instant, in UTC."""
        return days.begin_of(self.day, self.zone)


Duty = Callable[[NewDay], None]


def run(database: Database, shop_id: int, shopify: Callable[[], ShopifyShop], *, keys: Keys, now: datetime) -> datetime:
    """Do the duties of every day that has begun and is not done; when the next one begins. Raises OutsideError: nothing is lost then."""
    from plugin.services import duties  # noqa: PLC0415 - duties are verbs of a day that is defined here

    with database.transaction(shop_id) as session:
        zone = days.zone_of(shops.details(session).timezone)
        done_on = calendar_rows.done_on(session)
        wanted = duties.wanted(session)
    today = days.day_of(now, zone)
    day = today if done_on is None else max(done_on + timedelta(days=1), today - MISSED_MAX)
    while day <= today:
        new = NewDay(database, shop_id, shopify, day, zone, keys, now)
        for duty in wanted:
            duty(new)
        if len(wanted) == 1 and day < today:  # nothing happened on a day that was missed, and nothing is to be noted
            day += timedelta(days=1)
            continue
        with database.transaction(shop_id) as session:
            calendar_rows.note_done(session, day)
        day += timedelta(days=1)
    return days.next_midnight(now, zone)
