"""Pins: what rules need beyond an order's own facts, read once when the order first settles and kept with it.

A tag that is taken away later, a product that moves to another collection, a shop that moves to another time zone: none of it
changes what an order of before was worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import msgspec

from plugin.loyalty.facts import Body


class ProductPin(msgspec.Struct, frozen=True, array_like=True):
    """What the catalogue said of a product then."""

    tags: tuple[str, ...] = ()
    kind: str = ""


class BudgetPin(msgspec.Struct, frozen=True, array_like=True):
    """What an order had of a campaign's budget when it came: at which factor, and at most so many points; `taken` is what it has now."""

    factor: Decimal
    most: int
    taken: int


class Pins(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything pinned to one order; nothing in it says who the customer is. `is_asked`: Shopify was asked what rules need.

    Those of the customer's tags (small letters) and segments that rules ask about, and the country the order went to; for each
    product the collections that were asked about, its tags and type; the lines bought on a subscription. `zone` is the shop's
    time zone, `budgets` what was taken of each rule's budget, `shares` who gets a line's points (line id -> member).
    """

    is_asked: bool = False
    tags: tuple[str, ...] = ()
    collections: dict[int, tuple[int, ...]] = {}
    products: dict[int, ProductPin] = {}
    subscriptions: tuple[int, ...] = ()
    segments: tuple[int, ...] = ()
    country: str | None = None
    zone: str | None = None
    budgets: dict[str, BudgetPin] = {}
    shares: dict[int, int] = {}


@dataclass(frozen=True, slots=True)
class Needs:
    """What a program's rules ask about an order that its facts do not say."""

    tags: frozenset[str] = frozenset()
    collections: frozenset[int] = frozenset()
    products: bool = False
    subscriptions: bool = False
    segments: frozenset[int] = frozenset()
    country: bool = False

    def __bool__(self) -> bool:
        """True when anything has to be asked."""
        return bool(
            self.tags or self.collections or self.products or self.subscriptions or self.segments or self.country
        )

    def covers(self, other: Needs) -> bool:
        """True when whoever asked for this has been told what the other one asks."""
        return (
            self.tags >= other.tags
            and self.collections >= other.collections
            and self.segments >= other.segments
            and self.products >= other.products
            and self.subscriptions >= other.subscriptions
            and self.country >= other.country
        )

    def are_met(self, pins: Pins | None, body: Body) -> bool:
        """True when nothing is left to ask about the order: an edit may have added a product that was not asked about yet."""
        if not self:
            return True
        if pins is None or not pins.is_asked:
            return False
        if not self.collections and not self.products:
            return True
        for line in body.lines:
            product = line.product_id
            if product is None:
                continue
            if (self.collections and product not in pins.collections) or (
                self.products and product not in pins.products
            ):
                return False
        return True


def joined(known: Pins | None, news: Pins) -> Pins:
    """What was pinned first stays; of the news only products that were not asked about before are taken."""
    if known is None:
        return news
    if not known.is_asked:
        return msgspec.structs.replace(news, zone=known.zone, budgets=known.budgets, shares=known.shares)
    return msgspec.structs.replace(
        known, collections=news.collections | known.collections, products=news.products | known.products
    )
