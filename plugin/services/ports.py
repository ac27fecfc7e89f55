"""The outside, as the verbs see it: Protocols that the adapters in plugin.shopify match structurally.

No call here may be made while a database transaction is open. Every method raises a subclass of `OutsideError`
(plugin.loyalty.errors) and nothing else: Throttled and Unreachable did not happen and may be repeated; Ambiguous may have happened
and must be looked up; Refused carries Shopify's own words; Unauthorized means the token is gone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.mail import Mail
from plugin.loyalty.outside import (
    CatalogueEntry,
    CreditFound,
    CreditSpec,
    DiscountFound,
    DiscountSpec,
    GiftCardFound,
    GiftCardSpec,
    OrderBackground,
    Person,
    Picked,
    Product,
    Recipient,
    ShopInfo,
    StandingMark,
    Token,
    Traces,
)

__all__ = [
    "CreditFound",
    "CreditSpec",
    "DiscountFound",
    "DiscountSpec",
    "GiftCardFound",
    "GiftCardSpec",
    "Person",
    "Product",
    "Recipient",
    "ShopInfo",
    "ShopifyShop",
    "ShopifyTokens",
    "Token",
    "Traces",
]


class ShopifyShop(Protocol):
    """One shop's Admin API. Obtain one per job or request; it holds a token and a connection pool, and no shop but its own."""

    domain: str

    def shop_info(self) -> ShopInfo:
        """What Shopify says of the shop: name, currency, time zone, plan, the scopes it granted."""
        ...

    def create_discount(self, spec: DiscountSpec) -> DiscountFound:
        """Write the discount, adopting it when it already stands. Raises CodeTaken when the code is a stranger's."""
        ...

    def find_discount(self, code: str, reference: str) -> DiscountFound | None:
        """The discount of that code, None when there is none; it is ours when it carries the reference."""
        ...

    def deactivate_discount(self, gid: str) -> None:
        """After this the code cannot be used in a new checkout. Deactivating twice, or one that is gone, is a success."""
        ...

    def rebind_discount(self, gid: str, spec: DiscountSpec) -> None:
        """Bind the existing discount to `spec.customer_id`."""
        ...

    def give_credit(self, spec: CreditSpec) -> CreditFound:
        """Add store credit. Never safe to repeat: after Ambiguous, only `find_credit` may be asked until long after."""
        ...

    def find_credit(self, spec: CreditSpec) -> CreditFound | None:
        """The credit of that amount that ends at that second, None when there is none."""
        ...

    def take_credit(self, customer_id: int, amount: Decimal, currency: str) -> None:
        """Take store credit away, never more than there is. Not safe to repeat: after Ambiguous, ask `was_credit_taken`."""
        ...

    def was_credit_taken(self, customer_id: int, amount: Decimal, currency: str, since: datetime) -> bool:
        """True when that much was taken away by an adjustment since then."""
        ...

    def create_gift_card(self, spec: GiftCardSpec) -> GiftCardFound:
        """Write the gift card, adopting it when it already stands. Raises CodeTaken when the code is a stranger's."""
        ...

    def find_gift_card(self, code: str, reference: str) -> GiftCardFound | None:
        """The gift card of that code, None when there is none; it is ours when it carries the reference."""
        ...

    def deactivate_gift_card(self, gid: str) -> None:
        """After this nobody can pay with it. Deactivating twice, or one that is gone, is a success."""
        ...

    def write_standings(self, marks: Sequence[StandingMark]) -> None:
        """These customers' metafields say this; those who are gone are passed over. Safe to repeat."""
        ...

    def standing_namespace(self) -> str:
        """The namespace of those metafields, as themes and notifications must name it."""
        ...

    def write_leaflet(self, pages: Mapping[str, Any]) -> None:
        """The app's own data at the shop, which the theme's blocks read, is this: JSON by key. Safe to repeat."""
        ...

    def has_consented(self, customer_id: int) -> bool:
        """True when the customer is known to have agreed to e-mail marketing."""
        ...

    def give_consent(self, customer_id: int, at: datetime) -> None:
        """The customer agreed to e-mail marketing then. Safe to repeat; a customer without an e-mail address is Refused."""
        ...

    def add_tags(self, customer_id: int, tags: Sequence[str]) -> None:
        """The customer has these tags; those there already stay. A customer who is gone is Refused."""
        ...

    def remove_tags(self, customer_id: int, tags: Sequence[str]) -> None:
        """The customer has none of these tags."""
        ...

    def orders_with_code(self, code: str, since: datetime) -> Sequence[OrderFacts]:
        """Orders created since then that used the code (fetched facts)."""
        ...

    def order(self, order_id: int) -> OrderFacts | None:
        """The order as Shopify has it now, None when Shopify does not know it. `fetched_at` equals the body's `updated_at`."""
        ...

    def orders_updated_since(self, since: datetime) -> Iterator[Sequence[OrderFacts]]:
        """Pages of orders by ascending `updated_at`, paced to the rate limit."""
        ...

    def people(self, customer_ids: Sequence[int]) -> dict[int, Person]:
        """Those customers by id, with their tags, and with names where Shopify lets them be read; unknown ids are absent."""
        ...

    def traces(self, customer_ids: Sequence[int], order_ids: Sequence[int], key: bytes) -> Traces:
        """What can be seen of these customers and orders, as hashes with that key; unknown ids are absent."""
        ...

    def find_customers(self, text: str, limit: int = 25) -> Sequence[Person]:
        """Customers matching a name, e-mail address or id as typed by staff; empty where access is withheld."""
        ...

    def products_in(self, collection_ids: Sequence[int], product_ids: Sequence[int]) -> dict[int, frozenset[int]]:
        """For each product id: which of the given collections it is in."""
        ...

    def catalogue(self, product_ids: Sequence[int]) -> dict[int, CatalogueEntry]:
        """Tags and type of those products; unknown ids are absent."""
        ...

    def background(self, order_id: int) -> OrderBackground:
        """What webhooks do not tell of an order; empty for one that is unknown."""
        ...

    def segments_of(self, customer_id: int, segment_ids: Sequence[int]) -> frozenset[int]:
        """Which of the given customer segments that customer is in; segments that are gone are absent."""
        ...

    def titles(self, asked: Mapping[Picked, Collection[int]]) -> dict[str, Product]:
        """Titles keyed "product:1", "variant:2", "collection:3", "segment:4"; unknown ids are absent."""
        ...

    def segments(self) -> list[Product]:
        """The shop's customer segments, the last edited first."""
        ...


class Mailer(Protocol):
    """Whoever carries mail. Raises Refused (the address is not taken) and Unreachable, and nothing else."""

    def send(self, mail: Mail) -> None:
        """Hand the mail over to be delivered."""
        ...


class ShopifyTokens(Protocol):
    """Where tokens come from. `domain` is always the full "name.myshopify.com"."""

    def exchange(self, domain: str, id_token: str, now: datetime) -> Token:
        """An offline token for the ID token of an opening."""
        ...

    def refresh(self, domain: str, refresh_token: str, now: datetime) -> Token:
        """The pair that follows this one."""
        ...

    def client_credentials(self, domain: str, now: datetime) -> Token:
        """A token for a merchant's own app, which needs nobody to open it."""
        ...
