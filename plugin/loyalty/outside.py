"""The data that the verbs and Shopify's adapter speak: what a discount, a token, a shop or a person is, without saying how it is had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ShopInfo:
    """What Shopify says of the shop. `customer_accounts` is "NEW_CUSTOMER_ACCOUNTS" or "CLASSIC"."""

    shopify_id: int
    name: str
    currency: str
    timezone: str
    plan: str
    customer_accounts: str
    scopes: frozenset[str]
    primary_host: str = ""
    locale: str = "en"


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

    `kind` is "amount_off" (value in shop currency), "percent_off" (value 10 = 10 %) or "free_shipping" (value None).
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


@dataclass(frozen=True, slots=True)
class Product:
    """A product or collection that a merchant picked, for showing its title."""

    id: int
    title: str
