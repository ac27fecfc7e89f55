"""Fakes with behaviour: a Shopify in memory that keeps discounts and orders, and a clock that stands until it is moved."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from plugin.loyalty.errors import Ambiguous, CodeTaken, OutsideError, Refused
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
    Token,
    Trace,
    Traces,
)
from plugin.loyalty.suspicion import Personal, marks


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
class Credit:
    """Store credit as it stands at the fake; `left` is what nobody has spent."""

    gid: str
    spec: CreditSpec
    left: Decimal


@dataclass
class Card:
    """A gift card as it stands at the fake."""

    gid: str
    spec: GiftCardSpec
    left: Decimal
    is_active: bool = True


@dataclass
class FakeShopify:
    """Keeps discounts by code and orders by id; `failing` raises once per queued error, before or after applying."""

    domain: str = ""
    discounts: dict[str, Discount] = field(default_factory=dict)
    orders: dict[int, OrderFacts] = field(default_factory=dict)
    persons: dict[int, Person] = field(default_factory=dict)
    collections: dict[int, frozenset[int]] = field(default_factory=dict)
    seen_people: dict[int, Personal] = field(default_factory=dict)
    seen_orders: dict[int, Personal] = field(default_factory=dict)
    order_counts: dict[int, int] = field(default_factory=dict)
    is_withholding: bool = False
    products: dict[int, CatalogueEntry] = field(default_factory=dict)
    backgrounds: dict[int, OrderBackground] = field(default_factory=dict)
    segment_members: dict[int, frozenset[int]] = field(default_factory=dict)
    credits: list[Credit] = field(default_factory=list)
    credit_debits: list[tuple[int, Decimal, str]] = field(default_factory=list)
    cards: dict[str, Card] = field(default_factory=dict)
    tags: dict[int, set[str]] = field(default_factory=dict)
    consents: dict[int, datetime] = field(default_factory=dict)
    standings: dict[int, StandingMark] = field(default_factory=dict)
    leaflet: dict[str, object] = field(default_factory=dict)
    deleted_products: set[int] = field(default_factory=set)
    failing_before: list[OutsideError] = field(default_factory=list)
    failing_after: list[OutsideError] = field(default_factory=list)
    failing_to_be_told: list[OutsideError] = field(default_factory=list)
    """Errors of what is told in passing, the metafields: it comes whenever points change, and would take the others' errors."""
    failing_to_tell: list[OutsideError] = field(default_factory=list)
    """Errors of reading orders."""
    scopes: frozenset[str] = frozenset({"read_orders"})
    locales: tuple[str, ...] = ("en",)

    def shop_info(self) -> ShopInfo:
        locales = self.locales if "read_locales" in self.scopes else ()
        return ShopInfo(
            1, "Test", "USD", "America/New_York", "Basic", "NEW_CUSTOMER_ACCOUNTS", self.scopes, locales=locales
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
        known.spec = spec
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

    def give_credit(self, spec: CreditSpec) -> CreditFound:
        self._fail(self.failing_before)
        self.credits.append(
            Credit(f"gid://shopify/StoreCreditAccountCreditTransaction/{len(self.credits) + 1}", spec, spec.amount)
        )
        self._fail(self.failing_after)
        return CreditFound(self.credits[-1].gid, spec.amount)

    def find_credit(self, spec: CreditSpec) -> CreditFound | None:
        self._fail(self.failing_before)
        return next((CreditFound(credit.gid, credit.left) for credit in self.credits if credit.spec == spec), None)

    def take_credit(self, customer_id: int, amount: Decimal, currency: str) -> None:
        self._fail(self.failing_before)
        own = [c for c in self.credits if (c.spec.customer_id, c.spec.currency) == (customer_id, currency)]
        if sum((credit.left for credit in own), Decimal(0)) < amount:
            raise Refused("there is not that much", errors=(("INSUFFICIENT_FUNDS", "not enough"),))
        self.credit_debits.append((customer_id, amount, currency))
        for credit in sorted(own, key=lambda each: each.spec.ends_at):
            part = min(credit.left, amount)
            credit.left, amount = credit.left - part, amount - part
        self._fail(self.failing_after)

    def was_credit_taken(self, customer_id: int, amount: Decimal, currency: str, since: datetime) -> bool:
        self._fail(self.failing_before)
        return (customer_id, amount, currency) in self.credit_debits

    def create_gift_card(self, spec: GiftCardSpec) -> GiftCardFound:
        self._fail(self.failing_before)
        known = self.cards.get(spec.code)
        if known is not None and known.spec.reference != spec.reference:
            raise CodeTaken("the code is taken")
        if known is None:
            known = self.cards[spec.code] = Card(f"gid://shopify/GiftCard/{len(self.cards) + 1}", spec, spec.amount)
        self._fail(self.failing_after)
        return GiftCardFound(known.gid, is_ours=True, is_active=known.is_active, left=known.left)

    def find_gift_card(self, code: str, reference: str) -> GiftCardFound | None:
        self._fail(self.failing_before)
        known = self.cards.get(code)
        if known is None:
            return None
        return GiftCardFound(known.gid, known.spec.reference == reference, known.is_active, known.left)

    def deactivate_gift_card(self, gid: str) -> None:
        self._fail(self.failing_before)
        for card in self.cards.values():
            if card.gid == gid:
                card.is_active = False
        self._fail(self.failing_after)

    def write_standings(self, marks: Sequence[StandingMark]) -> None:
        self._fail(self.failing_to_be_told)
        self.standings |= {mark.customer_id: mark for mark in marks}

    def standing_namespace(self) -> str:
        self._fail(self.failing_before)
        return "app--4711"

    def write_leaflet(self, pages: Mapping[str, object]) -> None:
        self._fail(self.failing_to_be_told)
        self.leaflet |= pages

    def has_consented(self, customer_id: int) -> bool:
        self._fail(self.failing_before)
        return customer_id in self.consents

    def give_consent(self, customer_id: int, at: datetime) -> None:
        self._fail(self.failing_before)
        self.consents[customer_id] = at
        self._fail(self.failing_after)

    def add_tags(self, customer_id: int, tags: Sequence[str]) -> None:
        self._fail(self.failing_before)
        self.tags.setdefault(customer_id, set()).update(tags)
        self._fail(self.failing_after)

    def remove_tags(self, customer_id: int, tags: Sequence[str]) -> None:
        self._fail(self.failing_before)
        self.tags.setdefault(customer_id, set()).difference_update(tags)
        self._fail(self.failing_after)

    def orders_with_code(self, code: str, since: datetime) -> Sequence[OrderFacts]:
        return [fetched(facts) for facts in self.orders.values() if facts.body is not None and code in facts.body.codes]

    def order(self, order_id: int) -> OrderFacts | None:
        facts = self.orders.get(order_id)
        return None if facts is None else fetched(facts)

    def orders_updated_since(self, since: datetime) -> Iterator[Sequence[OrderFacts]]:
        self._fail(self.failing_to_tell)
        found = [facts for facts in self.orders.values() if facts.body is not None and facts.body.updated_at >= since]
        found.sort(key=lambda facts: facts.body.updated_at if facts.body is not None else since)
        for start in range(0, len(found), 50):
            yield [fetched(facts) for facts in found[start : start + 50]]

    def people(self, customer_ids: Sequence[int]) -> dict[int, Person]:
        return {number: self.persons[number] for number in customer_ids if number in self.persons}

    def traces(self, customer_ids: Sequence[int], order_ids: Sequence[int], key: bytes) -> Traces:
        self._fail(self.failing_before)
        counts = {number: self.order_counts.get(number, 1) for number in customer_ids}
        return Traces(
            {
                number: Trace(
                    marks(self.seen_people.get(number, Personal()), key), count, is_withheld=self.is_withholding
                )
                for number, count in counts.items()
            },
            {
                number: Trace(marks(self.seen_orders.get(number, Personal()), key), None, is_withheld=False)
                for number in order_ids
            },
        )

    def find_customers(self, text: str, limit: int = 25) -> Sequence[Person]:
        needle = text.casefold()
        return [p for p in self.persons.values() if needle in f"{p.name} {p.email} {p.customer_id}".casefold()][:limit]

    def products_in(self, collection_ids: Sequence[int], product_ids: Sequence[int]) -> dict[int, frozenset[int]]:
        wanted = frozenset(collection_ids)
        return {product: self.collections.get(product, frozenset()) & wanted for product in product_ids}

    def catalogue(self, product_ids: Sequence[int]) -> dict[int, CatalogueEntry]:
        return {number: self.products[number] for number in product_ids if number in self.products}

    def background(self, order_id: int) -> OrderBackground:
        return self.backgrounds.get(order_id, OrderBackground())

    def segments_of(self, customer_id: int, segment_ids: Sequence[int]) -> frozenset[int]:
        return frozenset(number for number in segment_ids if customer_id in self.segment_members.get(number, ()))

    def titles(self, asked: Mapping[Picked, Collection[int]]) -> dict[str, Product]:
        self._fail(self.failing_before)
        return {
            f"{kind}:{number}": Product(number, f"{kind.capitalize()} {number}")
            for kind, numbers in asked.items()
            for number in numbers
            if kind != "product" or number not in self.deleted_products
        }

    def segments(self) -> list[Product]:
        self._fail(self.failing_before)
        return [Product(number, f"Segment {number}") for number in self.segment_members]

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
