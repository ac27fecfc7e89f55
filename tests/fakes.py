"""Fakes with behaviour: a Shopify in memory that keeps discounts and orders, and a clock that stands until it is moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from plugin.loyalty.errors import Ambiguous, CodeTaken, OutsideError
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.outside import DiscountFound, DiscountSpec, Person, Product, ShopInfo, Token


@dataclass
class StepClock:
    """Called, it says the time; `forward` moves it."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> datetime:
        """Move on by that timedelta."""
        self.now += timedelta(**time)
        return self.now


@dataclass
class Discount:
    """A discount as it stands at the fake."""

    gid: str
    spec: DiscountSpec
    is_active: bool = True


@dataclass
class FakeShopify:
    """Keeps discounts by code and orders by id; `failing` raises once per queued error, before or after applying."""

    domain: str = ""
    discounts: dict[str, Discount] = field(default_factory=dict)
    orders: dict[int, OrderFacts] = field(default_factory=dict)
    persons: dict[int, Person] = field(default_factory=dict)
    collections: dict[int, frozenset[int]] = field(default_factory=dict)
    failing_before: list[OutsideError] = field(default_factory=list)
    failing_after: list[OutsideError] = field(default_factory=list)

    def shop_info(self) -> ShopInfo:
        return ShopInfo(
            1, "Test", "USD", "America/New_York", "Basic", "NEW_CUSTOMER_ACCOUNTS", frozenset({"read_orders"})
        )

    def create_discount(self, spec: DiscountSpec) -> DiscountFound:
        self._fail(self.failing_before)
        known = self.discounts.get(spec.code)
        if known is not None and known.spec.reference != spec.reference:
            raise CodeTaken("the code is taken")
        if known is None:
            known = self.discounts[spec.code] = Discount(
                f"gid://shopify/DiscountCodeNode/{len(self.discounts) + 1}", spec
            )
        self._fail(self.failing_after)
        return DiscountFound(known.gid, is_ours=True, is_active=known.is_active)

    def find_discount(self, code: str, reference: str) -> DiscountFound | None:
        self._fail(self.failing_before)
        known = self.discounts.get(code)
        return None if known is None else DiscountFound(known.gid, known.spec.reference == reference, known.is_active)

    def deactivate_discount(self, gid: str) -> None:
        self._fail(self.failing_before)
        for known in self.discounts.values():
            if known.gid == gid:
                known.is_active = False
        self._fail(self.failing_after)

    def rebind_discount(self, gid: str, spec: DiscountSpec) -> None:
        for known in self.discounts.values():
            if known.gid == gid:
                known.spec = spec

    def orders_with_code(self, code: str, since: datetime) -> Sequence[OrderFacts]:
        return [fetched(facts) for facts in self.orders.values() if facts.body is not None and code in facts.body.codes]

    def order(self, order_id: int) -> OrderFacts | None:
        facts = self.orders.get(order_id)
        return None if facts is None else fetched(facts)

    def orders_updated_since(self, since: datetime) -> Iterator[Sequence[OrderFacts]]:
        found = [facts for facts in self.orders.values() if facts.body is not None and facts.body.updated_at >= since]
        found.sort(key=lambda facts: facts.body.updated_at if facts.body is not None else since)
        for start in range(0, len(found), 50):
            yield [fetched(facts) for facts in found[start : start + 50]]

    def people(self, customer_ids: Sequence[int]) -> dict[int, Person]:
        return {number: self.persons[number] for number in customer_ids if number in self.persons}

    def find_customers(self, text: str, limit: int = 25) -> Sequence[Person]:
        needle = text.casefold()
        return [p for p in self.persons.values() if needle in f"{p.name} {p.email} {p.customer_id}".casefold()][:limit]

    def products_in(self, collection_ids: Sequence[int], product_ids: Sequence[int]) -> dict[int, frozenset[int]]:
        wanted = frozenset(collection_ids)
        return {product: self.collections.get(product, frozenset()) & wanted for product in product_ids}

    def titles(self, *, product_ids: Sequence[int] = (), collection_ids: Sequence[int] = ()) -> dict[str, Product]:
        titles = {f"product:{number}": Product(number, f"Product {number}") for number in product_ids}
        return titles | {f"collection:{number}": Product(number, f"Collection {number}") for number in collection_ids}

    def _fail(self, queue: list[OutsideError]) -> None:
        if queue:
            raise queue.pop(0)


class FakeTokens:
    """Tokens that say whose they are."""

    def exchange(self, domain: str, id_token: str, now: datetime) -> Token:
        return self._token(domain, now)

    def refresh(self, domain: str, refresh_token: str, now: datetime) -> Token:
        return self._token(domain, now)

    def client_credentials(self, domain: str, now: datetime) -> Token:
        return replace(self._token(domain, now), refresh=None, refresh_expires_at=None)

    def _token(self, domain: str, now: datetime) -> Token:
        return Token(
            f"token-of-{domain}-{now.timestamp():.0f}",
            now + timedelta(hours=1),
            f"refresh-of-{domain}-{now.timestamp():.0f}",
            now + timedelta(days=90),
            frozenset({"read_orders"}),
        )


def fetched(facts: OrderFacts) -> OrderFacts:
    """The facts as read from Shopify's API: they settle contradictions."""
    from msgspec.structs import replace as changed

    return facts if facts.body is None else changed(facts, fetched_at=facts.body.updated_at)


__all__ = ["Ambiguous", "Discount", "FakeShopify", "FakeTokens", "StepClock", "fetched"]
