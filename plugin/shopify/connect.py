"""The entry: one shop's Admin API as the verbs see it (services.ports.ShopifyShop), and where its tokens come from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from time import sleep as sleep_seconds
from typing import Any, Final

import httpx

from plugin.loyalty.facts import OrderFacts
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
    ShopInfo,
    StandingMark,
    Traces,
)
from plugin.shopify import consent, discounts, gift_cards, leaflet, orders, people, shop, standing, tags, traces
from plugin.shopify import credits as store_credits
from plugin.shopify.client import GraphqlClient
from plugin.shopify.shopify_api import admin_api_base
from plugin.shopify.tokens import TokenSettings, TokenSource
from plugin.shopify.verify import shop_domain
from plugin.shopify.wire import DEADLINE_SECONDS, shared_transport

API_VERSION: Final = "2026-10"


def connect(
    settings: TokenSettings,
    domain: str,
    access_token: str,
    *,
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = sleep_seconds,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> ShopifyAdmin:
    """One shop's Admin API with one token. Cheap: connections are pooled per process.

    Raises NotFromShopify when `domain` is not exactly a shop's. `transport` replaces the network in tests and simulation.
    """
    url = f"{admin_api_base(settings.origin_for(shop_domain(domain)), API_VERSION)}/graphql.json"
    client = GraphqlClient(
        url, access_token, transport=transport or shared_transport(), sleep=sleep, deadline_seconds=deadline_seconds
    )
    return ShopifyAdmin(domain, client)


def token_source(settings: TokenSettings, *, transport: httpx.BaseTransport | None = None) -> TokenSource:
    """Where tokens come from (services.ports.ShopifyTokens)."""
    return TokenSource(settings, transport=transport or shared_transport())


class ShopifyAdmin:
    """One shop's Admin API; see services.ports.ShopifyShop for what each method promises."""

    def __init__(self, domain: str, client: GraphqlClient) -> None:
        self.domain = domain
        self._client = client

    def shop_info(self) -> ShopInfo:
        """The shop's settings and the app's scopes there."""
        return shop.shop_info(self._client)

    def create_discount(self, spec: DiscountSpec) -> DiscountFound:
        """Write the discount, adopting it when it already stands."""
        return discounts.create(self._client, spec)

    def find_discount(self, code: str, reference: str) -> DiscountFound | None:
        """The discount that has this code."""
        return discounts.find(self._client, code, reference)

    def deactivate_discount(self, gid: str) -> None:
        """After this the code cannot be used in a new checkout."""
        discounts.deactivate(self._client, gid)

    def rebind_discount(self, gid: str, spec: DiscountSpec) -> None:
        """Bind the existing discount to `spec.customer_id`."""
        discounts.rebind(self._client, gid, spec)

    def give_credit(self, spec: CreditSpec) -> CreditFound:
        """Add store credit."""
        return store_credits.give(self._client, spec)

    def find_credit(self, spec: CreditSpec) -> CreditFound | None:
        """The credit of that amount and end."""
        return store_credits.find(self._client, spec)

    def take_credit(self, customer_id: int, amount: Decimal, currency: str) -> None:
        """Take store credit away."""
        store_credits.take(self._client, customer_id, amount, currency)

    def was_credit_taken(self, customer_id: int, amount: Decimal, currency: str, since: datetime) -> bool:
        """True when that much was taken away since then."""
        return store_credits.was_taken(self._client, customer_id, amount, currency, since)

    def create_gift_card(self, spec: GiftCardSpec) -> GiftCardFound:
        """Write the gift card, adopting it when it already stands."""
        return gift_cards.create(self._client, spec)

    def find_gift_card(self, code: str, reference: str) -> GiftCardFound | None:
        """The gift card that has this code."""
        return gift_cards.find(self._client, code, reference)

    def deactivate_gift_card(self, gid: str) -> None:
        """After this nobody can pay with it."""
        gift_cards.deactivate(self._client, gid)

    def write_standings(self, marks: Sequence[StandingMark]) -> None:
        """What the customers' metafields say of tier and points."""
        standing.write(self._client, marks)

    def standing_namespace(self) -> str:
        """Where Liquid finds the customers' metafields."""
        return standing.namespace(self._client)

    def write_leaflet(self, pages: Mapping[str, Any]) -> None:
        """What the theme's blocks say of the program."""
        leaflet.write(self._client, pages)

    def has_consented(self, customer_id: int) -> bool:
        """True when the customer agreed to e-mails."""
        return consent.is_given(self._client, customer_id)

    def give_consent(self, customer_id: int, at: datetime) -> None:
        """The customer agreed to e-mails then."""
        consent.give(self._client, customer_id, at)

    def add_tags(self, customer_id: int, tags_wanted: Sequence[str]) -> None:
        """The customer has these tags."""
        tags.add(self._client, customer_id, tags_wanted)

    def remove_tags(self, customer_id: int, tags_unwanted: Sequence[str]) -> None:
        """The customer has none of these tags."""
        tags.remove(self._client, customer_id, tags_unwanted)

    def segments_of(self, customer_id: int, segment_ids: Sequence[int]) -> frozenset[int]:
        """Which of these segments the customer is in."""
        return tags.segments_of(self._client, customer_id, segment_ids)

    def orders_with_code(self, code: str, since: datetime) -> Sequence[OrderFacts]:
        """Orders created since then that used the code."""
        return orders.fetch_with_code(self._client, code, since)

    def order(self, order_id: int) -> OrderFacts | None:
        """The order as Shopify has it now."""
        return orders.fetch_order(self._client, order_id)

    def orders_updated_since(self, since: datetime) -> Iterator[Sequence[OrderFacts]]:
        """Pages of orders by ascending `updated_at`."""
        return orders.fetch_updated_since(self._client, since)

    def people(self, customer_ids: Sequence[int]) -> dict[int, Person]:
        """The people behind customer ids."""
        return people.people(self._client, customer_ids)

    def traces(self, customer_ids: Sequence[int], order_ids: Sequence[int], key: bytes) -> Traces:
        """What can be seen of customers and orders, hashed."""
        return traces.traces(self._client, customer_ids, order_ids, key)

    def find_customers(self, text: str, limit: int = 25) -> Sequence[Person]:
        """Customers matching what staff typed."""
        return people.find_customers(self._client, text, limit)

    def products_in(self, collection_ids: Sequence[int], product_ids: Sequence[int]) -> dict[int, frozenset[int]]:
        """Which of the collections each product is in."""
        return shop.products_in(self._client, collection_ids, product_ids)

    def catalogue(self, product_ids: Sequence[int]) -> dict[int, CatalogueEntry]:
        """Tags and type of products."""
        return shop.catalogue(self._client, product_ids)

    def background(self, order_id: int) -> OrderBackground:
        """Where the order went, and which lines were bought on a subscription."""
        return orders.fetch_background(self._client, order_id)

    def titles(self, asked: Mapping[Picked, Collection[int]]) -> dict[str, Product]:
        """Titles of products, variants, collections and segments."""
        return shop.titles(self._client, asked)

    def segments(self) -> list[Product]:
        """The shop's customer segments."""
        return shop.segments(self._client)
