"""The sweep: every few seconds it takes whatever nobody finished. It needs no Redis and no ring, only the database."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from jobs.bell import Bell
from jobs.tasks import drain_shop
from plugin.db import DatabaseUnavailable
from plugin.loyalty.errors import OutsideError
from plugin.services import due, shops
from plugin.services.perform import World, perform_due

EVERY_SECONDS = 5.0
PATIENCE = timedelta(seconds=3)
"""How old work must be before the sweep takes it from those who were rung for it."""

SHOPS_AT_ONCE = 4

log = logging.getLogger("regulars.sweep")


def sweep(world: World, bell: Bell, *, patience: timedelta = PATIENCE) -> int:
    """One round over every shop that waits; the number of (shop, kind) pairs looked after."""
    now = world.clock()
    with world.database.transaction() as session:
        waiting = shops.waiting(session, now=now)
        overdue = set(shops.waiting(session, now=now - patience))
        known = {shop.id: shop for shop in shops.every(session)} if waiting else {}
    todo = [(shop_id, kind) for shop_id, kind in waiting if kind == "due" or (shop_id, kind) in overdue]

    def look_after(item: tuple[int, str]) -> None:
        shop_id, kind = item
        try:
            _look_after(world, bell, shop_id, known[shop_id].domain, kind)
        except (DatabaseUnavailable, OutsideError) as error:
            log.warning("sweep failed shop=%s kind=%s error=%s", shop_id, kind, type(error).__name__)

    with ThreadPoolExecutor(SHOPS_AT_ONCE) as pool:
        list(pool.map(look_after, todo))
    return len(todo)


def run_for_ever(world: World, bell: Bell, *, wait: Callable[[float], bool]) -> None:
    """Sweep until `wait(seconds)` says that it is time to go."""
    while not wait(EVERY_SECONDS):
        try:
            sweep(world, bell)
        except DatabaseUnavailable as error:
            log.warning("sweep failed error=%s", type(error).__name__)


def _look_after(world: World, bell: Bell, shop_id: int, domain: str, kind: str) -> None:
    if kind == "inbox":
        drain_shop(world, bell, shop_id, domain)
    elif kind == "outbox":
        perform_due(world, shop_id, domain)
    else:
        while True:
            with world.database.transaction(shop_id) as session:
                posted = due.post(session, now=world.clock())
            if posted < due.BATCH:
                return
