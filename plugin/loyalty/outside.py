"""The data that the verbs and Shopify's adapter speak: what a discount, a token, a shop or a person is, without saying how it is had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class ShopInfo:
    """What Shopify says of the shop. `customer_accounts` is "NEW_CUSTOMER_ACCOUNTS" or "CLASSIC".

    `locales` are those the store is published in, its own first; empty where the app may not read them.
    """

    shopify_id: int
    name: str
    currency: str
    timezone: str
    plan: str
    customer_accounts: str
    scopes: frozenset[str]
    primary_host: str = ""
    locales: tuple[str, ...] = ()

    @property
    def locale(self) -> str:
        """The store's own; English where it is not known."""
        return self.locales[0] if self.locales else "en"


@dataclass(frozen=True, slots=True)
class Token:
    """An offline access token. The refresh token is None for tokens that do not expire and for client credentials."""

    access: str
    expires_at: datetime | None
    refresh: str | None
    refresh_expires_at: datetime | None
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class DiscountSpec:
    """One discount to write: exactly one code, one use, until `ends_at`.

    `kind` is "amount_off" (value in shop currency), "percent_off" (value 10 = 10 %), "free_shipping" or "free_product" (value None).
    An amount or a percentage applies to `product_ids` or `collection_ids` only, when they are given; a free product is one unit
    of `product_ids[0]`, of its variant `variant_id` when that is given.
    `customer_id` binds the code to one customer; None lets anyone who holds it use it (referral codes).
    `reference` is our id; it stands in the title so that a look-up can tell our discount from a stranger's with the same code.
    """

    code: str
    reference: str
    title: str
    kind: str
    value: Decimal | None
    customer_id: int | None
    minimum_subtotal: Decimal | None
    starts_at: datetime
    ends_at: datetime
    combines_with_product: bool = True
    combines_with_shipping: bool = True
    combines_with_order: bool = False
    product_ids: tuple[int, ...] = ()
    collection_ids: tuple[int, ...] = ()
    variant_id: int | None = None


@dataclass(frozen=True, slots=True)
class CreditSpec:
    """Store credit for a customer. Shopify keeps no reference with it: it is known by its amount and the second it ends."""

    customer_id: int
    amount: Decimal
    currency: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class CreditFound:
    """Store credit that stands at Shopify, and how much of it nobody has spent."""

    gid: str
    left: Decimal


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a gift card is sent to by Shopify. Never logged."""

    email: str
    name: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class GiftCardSpec:
    """A gift card with a code of ours (8 to 20 letters and digits), for a customer or sent to somebody else."""

    code: str
    reference: str
    customer_id: int | None
    amount: Decimal
    currency: str
    ends_on: date
    recipient: Recipient | None = None
    send_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GiftCardFound:
    """A gift card that stands at Shopify, and what is left on it. `is_ours` is True when it carries the reference asked for."""

    gid: str
    is_ours: bool
    is_active: bool
    left: Decimal


@dataclass(frozen=True, slots=True)
class DiscountFound:
    """A discount that stands at Shopify. `is_ours` is True when its title carries the reference that was asked for."""

    gid: str
    is_ours: bool
    is_active: bool


@dataclass(frozen=True, slots=True)
class Person:
    """Who a member is, read from Shopify when a page needs it and never stored. Names are None where access is withheld."""

    customer_id: int
    name: str | None
    email: str | None
    tags: tuple[str, ...]
    locale: str | None
    takes_marketing: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """What was seen of a customer or an order, as (kind, keyed hash): never in clear. See plugin.loyalty.suspicion.

    `orders` is how many orders Shopify counts for the customer, None for an order. `is_withheld`: names and addresses could not be read.
    """

    marks: frozenset[tuple[str, bytes]]
    orders: int | None
    is_withheld: bool


@dataclass(frozen=True, slots=True)
class Traces:
    """Traces by Shopify's ids; unknown ids are absent."""

    customers: dict[int, Trace]
    orders: dict[int, Trace]


@dataclass(frozen=True, slots=True)
class StandingMark:
    """What Shopify is told of a member: the tier's id (None: none) and the points that can be spent."""

    customer_id: int
    tier: str | None
    points: int


Picked = Literal["product", "variant", "collection", "segment"]
"""What a merchant picks from their shop."""


@dataclass(frozen=True, slots=True)
class Product:
    """What a merchant picked at Shopify (a product, variant, collection or customer segment), for showing its title."""

    id: int
    title: str


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What rules may ask about a product: its tags, and its type (`kind`)."""

    tags: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class OrderBackground:
    """What webhooks do not tell of an order: the country (two letters) it went to, and the lines bought on a subscription."""

    country: str | None = None
    subscription_lines: frozenset[int] = frozenset()
