"""Earning from orders: the base rate, and what never earns."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from plugin.loyalty.program.order_rules import Limits
from plugin.loyalty.program.values import Part, Points, PositiveMoney, Rounding, ShopifyId, Tag


class Earning(Part):
    """`points` for every `per` units of currency spent, rounded once per order; spendable `pending_days` after payment.

    With no points there is no base rate, and order rules alone give points.
    """

    points: Points = 1
    per: PositiveMoney = Decimal(1)
    rounding: Rounding = "floor"
    pending_days: Annotated[int, Field(ge=0, le=365)] = 0
    includes_tax: bool = False
    limits: Limits = Limits()
    expiry_months: Annotated[int, Field(ge=1, le=120)] | None = None


class Exclusions(Part):
    """What earns nothing. Gift cards, tips, shipping and test orders never do."""

    product_ids: tuple[ShopifyId, ...] = ()
    collection_ids: tuple[ShopifyId, ...] = ()
    customer_tags: tuple[Tag, ...] = ()
    company_orders: bool = True
