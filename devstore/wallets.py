"""Money that customers have at the store: store credit and gift cards, and how a checkout spends them.

As at Shopify, store credit carries no reference and can be given twice, and a debit takes what ends soonest first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from devstore.model import ZERO

if TYPE_CHECKING:
    from devstore.world import Shop


@dataclass(slots=True)
class Credit:
    """One credit to a customer's account. `left` is what nobody has spent."""

    id: int
    customer_id: int
    amount: Decimal
    currency: str
    created_at: datetime
    ends_at: datetime | None
    left: Decimal

    def is_good(self, now: datetime) -> bool:
        """True while it can be spent."""
        return self.left > 0 and (self.ends_at is None or self.ends_at > now)


@dataclass(frozen=True, slots=True)
class Debit:
    """What left a customer's account; `event` is Shopify's word for why."""

    id: int
    customer_id: int
    amount: Decimal
    currency: str
    created_at: datetime
    balance: Decimal
    event: str


@dataclass(slots=True)
class GiftCard:
    """A gift card. `note` is what the app wrote, `recipient_id` the customer it was sent to."""

    id: int
    code: str
    amount: Decimal
    currency: str
    created_at: datetime
    balance: Decimal
    ends_on: date | None = None
    note: str | None = None
    customer_id: int | None = None
    recipient_id: int | None = None
    message: str | None = None
    is_enabled: bool = True

    def is_good(self, now: datetime) -> bool:
        """True while somebody can pay with it."""
        return self.is_enabled and self.balance > 0 and (self.ends_on is None or now.date() <= self.ends_on)


@dataclass(slots=True)
class Wallets:
    """All store credit and gift cards of a shop."""

    credits: list[Credit] = field(default_factory=list)
    debits: list[Debit] = field(default_factory=list)
    cards: dict[str, GiftCard] = field(default_factory=dict)

    def balance(self, customer_id: int, currency: str, now: datetime) -> Decimal:
        """What the customer's account in that currency holds."""
        return sum((each.left for each in self._good(customer_id, currency, now)), ZERO)

    def card(self, code: str) -> GiftCard | None:
        """The card with that code, in any case of letters."""
        return self.cards.get(code.strip().lower())

    def spend(self, shop: Shop, customer_id: int, amount: Decimal, currency: str, *, event: str) -> None:
        """Take that much from the account, what ends soonest first; the caller has looked at `balance`."""
        now, rest = shop.world.now(), amount
        for credit in self._good(customer_id, currency, now):
            part = min(credit.left, rest)
            credit.left, rest = credit.left - part, rest - part
        left = self.balance(customer_id, currency, now)
        number = shop.world.next_id("store_credit_transaction")
        self.debits.append(Debit(number, customer_id, amount, currency, now, left, event))

    def pay(
        self, shop: Shop, due: Decimal, *, customer_id: int | None, card_codes: Iterable[str], uses_credit: bool
    ) -> list[tuple[str, Decimal]]:
        """Pay as much of `due` as cards and then store credit cover: (gateway, amount) for each that paid something."""
        paid: list[tuple[str, Decimal]] = []
        now = shop.world.now()
        for code in card_codes:
            card = self.card(code)
            if card is not None and card.is_good(now) and due:
                part = min(card.balance, due)
                card.balance, due = card.balance - part, due - part
                paid.append(("gift_card", part))
        if uses_credit and customer_id is not None and due:
            part = min(self.balance(customer_id, shop.currency, now), due)
            if part:
                self.spend(shop, customer_id, part, shop.currency, event="ORDER_PAYMENT")
                paid.append(("shopify_store_credit", part))
        return paid

    def _good(self, customer_id: int, currency: str, now: datetime) -> list[Credit]:
        found = [
            each
            for each in self.credits
            if each.customer_id == customer_id and each.currency == currency and each.is_good(now)
        ]
        return sorted(found, key=lambda each: (each.ends_at is None, each.ends_at or now, each.id))
