"""What we know of an order: typed facts, and the one function that folds any delivery of them together.

Webhooks arrive late, twice, out of order or not at all, so facts form a join-semilattice: `merge` is commutative, associative
and idempotent, and settling the merged facts is the same whatever the road they came by.
Money is Decimal in the shop's currency; instants are aware UTC datetimes.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

PAID_STATUSES: Final = frozenset({"paid", "partially_refunded", "refunded"})


class Discount(msgspec.Struct, frozen=True, array_like=True):
    """One discount's share of one line. `code` is None for automatic discounts; codes are upper case."""

    amount: Decimal
    code: str | None = None


class Line(msgspec.Struct, frozen=True, array_like=True):
    """One line of an order, as bought.

    `gross` is unit price x quantity before discounts, `tax` the tax contained in it (0 where prices exclude tax),
    `removed` the quantity that an order edit took away again (refunded quantity is not in it: refunds are facts of their own),
    `shared_with` the referral handle of the member whom the line names as the one it is for.
    """

    id: int
    quantity: int
    gross: Decimal
    discounts: tuple[Discount, ...] = ()
    tax: Decimal = Decimal(0)
    removed: int = 0
    product_id: int | None = None
    variant_id: int | None = None
    is_gift_card: bool = False
    vendor: str | None = None
    shared_with: str | None = None


class RefundLine(msgspec.Struct, frozen=True, array_like=True):
    """A refunded part of a line: `subtotal` after discounts and before tax where prices exclude tax; `tax` as in Line."""

    line_id: int
    quantity: int
    subtotal: Decimal
    tax: Decimal = Decimal(0)


class Refund(msgspec.Struct, frozen=True, array_like=True):
    """One refund. `adjustment` is money given back that belongs to no line (positive)."""

    id: int
    created_at: datetime
    lines: tuple[RefundLine, ...] = ()
    adjustment: Decimal = Decimal(0)


class Body(msgspec.Struct, frozen=True):
    """The order as one delivery described it: a full order at `updated_at`. Later bodies replace earlier ones.

    `presentment` is the currency the shopper paid in where it is not the shop's.
    """

    updated_at: datetime
    processed_at: datetime
    currency: str
    status: str
    lines: tuple[Line, ...]
    name: str = ""
    customer_id: int | None = None
    source: str = ""
    is_company: bool = False
    codes: tuple[str, ...] = ()
    referral: str | None = None
    shipping: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    locale: str | None = None
    presentment: str | None = None


class OrderFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything known of one order. A single delivery is an OrderFacts too; `merge` folds two into one.

    `body` is None while only refunds have arrived. `paid_at` is the earliest evidence of payment. `contradicted_at` is the newest
    `updated_at` at which two deliveries said different things; `fetched_at` the newest `updated_at` read from Shopify's API,
    whose word settles contradictions up to then. `is_erased` keeps a forgotten person's id from coming back.
    """

    id: int
    body: Body | None = None
    refunds: tuple[Refund, ...] = ()
    is_test: bool = False
    cancelled_at: datetime | None = None
    paid_at: datetime | None = None
    contradicted_at: datetime | None = None
    fetched_at: datetime | None = None
    is_deleted: bool = False
    is_erased: bool = False

    @property
    def needs_fetch(self) -> bool:
        """True when only Shopify can say which of two deliveries is right."""
        return self.contradicted_at is not None and (self.fetched_at is None or self.fetched_at < self.contradicted_at)

    @property
    def is_paid(self) -> bool:
        """True once any delivery showed the order paid; a refund never unmakes it."""
        return self.paid_at is not None


_encoder = msgspec.json.Encoder(decimal_format="string", order="deterministic")
_decoder = msgspec.json.Decoder(OrderFacts)


def encode(facts: OrderFacts) -> bytes:
    """Compact JSON; equal facts give equal bytes."""
    return _encoder.encode(facts)


def decode(data: bytes) -> OrderFacts:
    """The inverse of `encode`. Raises msgspec.ValidationError for bytes that are not facts."""
    return _decoder.decode(data)


def merge(known: OrderFacts | None, news: OrderFacts) -> OrderFacts:
    """Fold one delivery into what is known. Commutative, associative, idempotent (tested as laws)."""
    if known is None or known == news:
        return _canonical(news)
    body, contradicted_at = _join_bodies(known, news)
    return _canonical(
        OrderFacts(
            id=known.id,
            body=body,
            refunds=_join_refunds(known.refunds, news.refunds),
            is_test=known.is_test or news.is_test,
            cancelled_at=_earliest(known.cancelled_at, news.cancelled_at),
            paid_at=_earliest(known.paid_at, news.paid_at),
            contradicted_at=_latest(contradicted_at, _latest(known.contradicted_at, news.contradicted_at)),
            fetched_at=_latest(known.fetched_at, news.fetched_at),
            is_deleted=known.is_deleted or news.is_deleted,
            is_erased=known.is_erased or news.is_erased,
        )
    )


def _canonical(facts: OrderFacts) -> OrderFacts:
    """Leave out what no longer matters, so that every road to the same knowledge ends in the same facts."""
    body, contradicted_at = facts.body, facts.contradicted_at
    if facts.is_erased and body is not None and body != (erased := _without_person(body)):
        facts = msgspec.structs.replace(facts, body=erased)
    if contradicted_at is None:
        return facts
    is_newest = body is not None and contradicted_at == body.updated_at
    is_settled = facts.fetched_at is not None and facts.fetched_at >= contradicted_at
    return (
        facts
        if is_newest and not is_settled and not facts.is_erased
        else msgspec.structs.replace(facts, contradicted_at=None)
    )


def _without_person(body: Body) -> Body:
    return msgspec.structs.replace(body, customer_id=None, referral=None, locale=None)


def _join_bodies(a: OrderFacts, b: OrderFacts) -> tuple[Body | None, datetime | None]:
    if a.body is None or b.body is None or a.body == b.body:
        return a.body or b.body, None
    if a.body.updated_at != b.body.updated_at:
        return max(a.body, b.body, key=lambda body: body.updated_at), None
    tie = a.body.updated_at
    a_is_fetched, b_is_fetched = a.fetched_at == tie, b.fetched_at == tie
    if a_is_fetched != b_is_fetched:
        return (a.body if a_is_fetched else b.body), None
    # By what the order is worth before whose it is: erasing somebody later must not change which body stands.
    return max(a.body, b.body, key=lambda body: (_encoder.encode(_without_person(body)), _encoder.encode(body))), tie


def _join_refunds(a: tuple[Refund, ...], b: tuple[Refund, ...]) -> tuple[Refund, ...]:
    if a == b or not b:
        return a
    by_id = {refund.id: refund for refund in a}
    for refund in b:
        other = by_id.get(refund.id)
        by_id[refund.id] = refund if other is None else max(refund, other, key=_encoder.encode)
    return tuple(by_id[key] for key in sorted(by_id))


def _earliest(a: datetime | None, b: datetime | None) -> datetime | None:
    return b if a is None else a if b is None else min(a, b)


def _latest(a: datetime | None, b: datetime | None) -> datetime | None:
    return b if a is None else a if b is None else max(a, b)
