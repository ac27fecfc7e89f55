"""Trying a program out before it is live: customers who carry its test tag find it live, and nobody else does.

Who carries the tag is asked of Shopify and remembered for a few minutes. A tester's transactions are marked, and everything in them
reads a program that is live; so what testers do is done in earnest.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, TypeVar

from plugin.loyalty.errors import OutsideError
from plugin.services import programs
from plugin.services.perform import World
from plugin.services.shops import Shop

TAGS_KNOWN_FOR: Final = timedelta(minutes=2)
"""How long somebody who was given the tag waits at most until they see the program, and somebody who lost it sees it still."""

TAG_KNOWN_FOR: Final = timedelta(seconds=5)
"""How long a shop is taken to test or not to test, so that shops that do not are hardly ever asked."""

KNOWN_MAX: Final = 10_000

K = TypeVar("K")
V = TypeVar("V")


class Testers:
    """Who tests what."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tag_of: dict[int, tuple[datetime, str | None]] = {}
        self._tags_of: dict[tuple[int, int], tuple[datetime, frozenset[str]]] = {}

    def has(self, shop: Shop, customer_id: int) -> bool:
        """True when this customer tests the program of this shop. False while Shopify cannot be asked."""
        now = self._world.clock()
        tag = self._tag(shop.id, now)
        return tag is not None and tag.casefold() in self._tags(shop, customer_id, now)

    def _tag(self, shop_id: int, now: datetime) -> str | None:
        known = self._tag_of.get(shop_id)
        if known is None or now - known[0] >= TAG_KNOWN_FOR:
            with self._world.database.transaction(shop_id) as session:
                known = now, programs.test_tag(session)
            _keep(self._tag_of, shop_id, known)
        return known[1]

    def _tags(self, shop: Shop, customer_id: int, now: datetime) -> frozenset[str]:
        known = self._tags_of.get((shop.id, customer_id))
        if known is None or now - known[0] >= TAGS_KNOWN_FOR:
            try:
                person = self._world.shopify(shop.id, shop.domain).people([customer_id]).get(customer_id)
            except OutsideError:
                return frozenset()
            known = now, frozenset(tag.casefold() for tag in person.tags) if person is not None else frozenset()
            _keep(self._tags_of, (shop.id, customer_id), known)
        return known[1]


def _keep(memory: dict[K, V], key: K, value: V) -> None:
    """Remember it as the newest; the oldest goes when there are too many."""
    memory.pop(key, None)
    memory[key] = value
    while len(memory) > KNOWN_MAX:
        memory.pop(next(iter(memory)), None)
