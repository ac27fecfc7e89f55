"""The world the dev store plays: shops whose every change is recorded and announced as Shopify would announce it.

Usable without HTTP. `World(clock, seed)` is deterministic: the same seed and the same calls give the same ids and bodies.
Whoever wants to hear of changes (webhook delivery does) adds a function to `World.listeners`; it is called inside the lock,
with all events of one change, so what it reads is the state that change left.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from devstore import pricing
from devstore.config import Config
from devstore.model import (
    ZERO,
    AccessToken,
    Adjustment,
    Allocation,
    Cart,
    CartLine,
    Collection,
    Customer,
    Discount,
    Installation,
    Line,
    Order,
    Product,
    RefreshToken,
    Refund,
    RefundLine,
    Refusal,
    Segment,
    SellingPlan,
    Transaction,
    Use,
    Variant,
    rounded,
    share,
    smallest_unit,
)
from devstore.pricing import Priced, PricedLine
from devstore.wallets import Wallets

FIRST_ID: Final = {
    "order": 5_613_208_000_000,
    "line": 14_320_117_000_000,
    "customer": 7_204_511_000_000,
    "product": 8_102_334_000_000,
    "variant": 44_019_226_000_000,
    "collection": 402_117_000_000,
    "discount": 1_390_844_000_000,
    "refund": 930_412_000_000,
    "shop": 61_200_000_000,
}
OFFLINE_TOPICS: Final = frozenset({"app/uninstalled", "shop/redact", "customers/redact", "customers/data_request"})


class Impossible(ValueError):
    """What was asked of the store cannot be done; the message says why."""


@dataclass(frozen=True, slots=True)
class Event:
    """One topic to announce. `subject` is what the body is about; events of one change share `event_id`."""

    shop: Shop
    topic: str
    subject: Any
    at: datetime
    event_id: str


class World:
    """All shops, one clock, one lock. `config` is the app that the shops install."""

    def __init__(self, clock: Callable[[], datetime], seed: int = 0, config: Config | None = None) -> None:
        self.config = config or Config()
        self.seed = seed
        self.rng = random.Random(seed)
        self.lock = threading.RLock()
        self.shops: dict[str, Shop] = {}
        self.listeners: list[Callable[[Sequence[Event]], None]] = []
        self._clock = clock
        self._stepped: datetime | None = None
        self._last_ids = dict(FIRST_ID)

    def now(self) -> datetime:
        """The world's time: the stepped clock when one is set, else the clock it was made with."""
        return self._stepped if self._stepped is not None else self._clock()

    def set_clock(self, at: datetime | None) -> None:
        """Stop the clock at `at` (an aware datetime); None lets it run again."""
        self._stepped = at

    def advance(self, by: timedelta) -> datetime:
        """Step the clock forward and return the new time."""
        self._stepped = self.now() + by
        return self._stepped

    def shop(self, domain: str) -> Shop:
        """The shop by full domain ("brew.myshopify.com") or handle ("brew"). Raises KeyError."""
        return self.shops[domain if "." in domain else f"{domain}.myshopify.com"]

    def add_shop(
        self,
        domain: str,
        *,
        name: str = "",
        currency: str = "USD",
        timezone: str = "America/New_York",
        is_installed: bool = True,
        **settings: Any,
    ) -> Shop:
        """Open a shop; `settings` are further attributes of Shop. With `is_installed` the app is in it from the start."""
        with self.lock:
            handle = domain.partition(".")[0]
            shop = Shop(
                self,
                id=self.next_id("shop"),
                domain=f"{handle}.myshopify.com",
                name=name or handle.replace("-", " ").title(),
                currency=currency,
                timezone=ZoneInfo(timezone),
                created_at=self.now(),
            )
            shop.shipping_price = smallest_unit(currency) * 490
            for key, value in settings.items():
                if not hasattr(shop, key):
                    raise Impossible(f"a shop has no {key}")
                setattr(shop, key, value)
            self.shops[shop.domain] = shop
            if is_installed:
                shop.install()
            return shop

    def next_id(self, kind: str) -> int:
        """The next id of a kind ("order", "customer", ...): strictly ascending, with gaps like Shopify's."""
        self._last_ids.setdefault(kind, 100_000_000_000)
        self._last_ids[kind] += self.rng.randrange(1, 30_000)
        return self._last_ids[kind]

    def token(self, prefix: str = "") -> str:
        """A random-looking hexadecimal string of 32 digits, repeatable by seed."""
        return f"{prefix}{self.rng.getrandbits(128):032x}"

    def uuid(self) -> str:
        """A UUID in text form, repeatable by seed."""
        digits = f"{self.rng.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def announce(self, shop: Shop, *changes: tuple[str, Any]) -> None:
        """Tell the listeners about one change: pairs of topic and subject, which share one event id."""
        is_live = shop.is_installed
        event_id, now = self.uuid(), self.now()
        events = [
            Event(shop, topic, subject, now, event_id)
            for topic, subject in changes
            if is_live or topic in OFFLINE_TOPICS
        ]
        if events:
            for listener in self.listeners:
                listener(events)


@dataclass(eq=False)
class Shop:
    """One shop: its catalogue, people, orders and discounts, and everything that can be done in it.

    `tax_rate` is a fraction (0.19). `presentment_rates` are units of a currency for one unit of the shop's.
    `customer_accounts` is "NEW_CUSTOMER_ACCOUNTS" or "CLASSIC"; `theme` is "actions" (standard storefront actions) or "plain".
    """

    world: World
    id: int
    domain: str
    name: str
    currency: str
    timezone: ZoneInfo
    created_at: datetime
    email: str = "owner@example.com"
    locale: str = "en"
    other_locales: tuple[str, ...] = ()
    country: str = "US"
    plan: str = "Basic"
    is_plus: bool = False
    is_development: bool = True
    customer_accounts: str = "NEW_CUSTOMER_ACCOUNTS"
    theme: str = "actions"
    has_checkout_extensions: bool = True
    tax_rate: Decimal = ZERO
    prices_include_tax: bool = False
    shipping_price: Decimal = Decimal("4.90")
    free_shipping_from: Decimal | None = None
    presentment_rates: dict[str, Decimal] = field(default_factory=dict)
    products: dict[int, Product] = field(default_factory=dict)
    variants: dict[int, Variant] = field(default_factory=dict)
    collections: dict[int, Collection] = field(default_factory=dict)
    customers: dict[int, Customer] = field(default_factory=dict)
    segments: dict[int, Segment] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    discounts: dict[int, Discount] = field(default_factory=dict)
    codes: dict[str, Discount] = field(default_factory=dict)
    automatic_discounts: list[Discount] = field(default_factory=list)
    installation: Installation | None = None
    tokens: dict[str, AccessToken] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    orders_of: dict[int, list[int]] = field(default_factory=dict)
    wallets: Wallets = field(default_factory=Wallets)
    last_number: int = 1000

    @property
    def handle(self) -> str:
        """The first label of the domain."""
        return self.domain.partition(".")[0]

    @property
    def is_installed(self) -> bool:
        """True while the app is in this shop."""
        return self.installation is not None and self.installation.uninstalled_at is None

    # The app in the shop

    def install(self, scopes: Iterable[str] | None = None) -> Installation:
        """Grant the app its scopes (the configured ones by default). Installing again keeps nothing of the tokens before."""
        with self.world.lock:
            granted = frozenset(self.world.config.scopes if scopes is None else scopes)
            self.installation = Installation(self.world.next_id("installation"), granted, self.world.now())
            return self.installation

    def uninstall(self) -> None:
        """Remove the app: its tokens die at once and app/uninstalled is sent."""
        with self.world.lock:
            if self.installation is None:
                raise Impossible("the app is not installed")
            self.installation.uninstalled_at = self.world.now()
            for token in self.tokens.values():
                token.is_revoked = True
            self.refresh_tokens.clear()
            self.world.announce(self, ("app/uninstalled", self))

    def set_scopes(self, scopes: Iterable[str]) -> None:
        """Change what the app may do; sends app/scopes_update."""
        with self.world.lock:
            if self.installation is None:
                raise Impossible("the app is not installed")
            previous, self.installation.scopes = self.installation.scopes, frozenset(scopes)
            change = {"previous": sorted(previous), "current": sorted(self.installation.scopes)}
            self.world.announce(self, ("app/scopes_update", change))

    def update(self, **settings: Any) -> None:
        """Change settings of the shop (name, currency, locale, ...); sends shop/update."""
        with self.world.lock:
            for key, value in settings.items():
                if not hasattr(self, key):
                    raise Impossible(f"a shop has no {key}")
                setattr(self, key, value)
            self.world.announce(self, ("shop/update", self))

    def give_token(self, access: str | None = None, *, lifetime: timedelta | None = None) -> AccessToken:
        """An access token for the app, never expiring without `lifetime`; `access` chooses its text (a custom app's token)."""
        with self.world.lock:
            expires_at = None if lifetime is None else self.world.now() + lifetime
            token = AccessToken(access or self.world.token("shpat_"), expires_at)
            self.tokens[token.access] = token
            return token

    def is_token_good(self, access: str) -> bool:
        """True while this access token opens the Admin API."""
        token = self.tokens.get(access)
        if token is None or token.is_revoked or not self.is_installed:
            return False
        return token.expires_at is None or token.expires_at > self.world.now()

    # The catalogue

    def add_collection(self, title: str, *, handle: str = "", id: int | None = None, **more: Any) -> Collection:  # noqa: A002
        """A new, empty collection."""
        with self.world.lock:
            collection = Collection(id or self.world.next_id("collection"), handle or _handle(title), title, **more)
            self.collections[collection.id] = collection
            return collection

    def add_segment(
        self,
        name: str,
        customer_ids: Iterable[int] = (),
        *,
        query: str = "",
        id: int | None = None,  # noqa: A002
    ) -> Segment:
        """A customer segment with exactly these customers; the one of that id is replaced."""
        with self.world.lock:
            number = id or self.world.next_id("segment")
            segment = Segment(number, name, set(customer_ids), query, self.world.now())
            self.segments[number] = segment
            return segment

    def add_product(
        self,
        title: str,
        price: Decimal | str,
        *,
        handle: str = "",
        variants: Sequence[tuple[str, Decimal | str]] = (),
        collections: Iterable[int] = (),
        subscription: SellingPlan | None = None,
        is_gift_card: bool = False,
        is_taxable: bool = True,
        requires_shipping: bool = True,
        id: int | None = None,  # noqa: A002
        variant_id: int | None = None,
        **more: Any,
    ) -> Product:
        """A new product. Without `variants` (title, price) it has one, "Default Title", at `price`."""
        unit = smallest_unit(self.currency)
        if any(Decimal(each) % unit for each in (price, *(amount for _, amount in variants))):
            raise Impossible(f"{self.currency} has no amounts smaller than {unit}")
        with self.world.lock:
            product_id = id or self.world.next_id("product")
            made = [
                Variant(
                    variant_id if variant_id and not at else self.world.next_id("variant"),
                    product_id,
                    name,
                    Decimal(amount),
                    sku=f"{_handle(title)[:12].upper()}-{at + 1}",
                    is_taxable=is_taxable and not is_gift_card,
                    requires_shipping=requires_shipping and not is_gift_card,
                )
                for at, (name, amount) in enumerate(variants or [("Default Title", price)])
            ]
            product = Product(
                product_id,
                handle or _handle(title),
                title,
                made,
                self.world.now(),
                is_gift_card=is_gift_card,
                collection_ids=list(collections),
                selling_plans=[subscription] if subscription else [],
                **more,
            )
            self.products[product.id] = product
            self.variants.update((variant.id, variant) for variant in made)
            for collection_id in product.collection_ids:
                self.collections[collection_id].product_ids.append(product.id)
            return product

    # People

    def add_customer(
        self,
        email: str | None,
        *,
        first_name: str = "",
        last_name: str = "",
        state: str = "enabled",
        id: int | None = None,  # noqa: A002
        **more: Any,
    ) -> Customer:
        """A new customer record; sends customers/create. Raises Impossible when the e-mail address is taken."""
        with self.world.lock:
            if email is not None and self.customer_by_email(email) is not None:
                raise Impossible(f"there is a customer with the e-mail address {email}")
            now = self.world.now()
            customer = Customer(
                id or self.world.next_id("customer"),
                email,
                now,
                now,
                first_name=first_name,
                last_name=last_name,
                state=state,
                **{
                    "locale": self.locale,
                    "marketing_updated_at": now if more.get("accepts_marketing") else None,
                    **more,
                },
            )
            self.customers[customer.id] = customer
            self.world.announce(self, ("customers/create", customer))
            return customer

    def update_customer(self, customer_id: int, **changes: Any) -> Customer:
        """Change attributes of a customer; sends customers/update."""
        with self.world.lock:
            customer = self.customer(customer_id)
            for key, value in changes.items():
                if not hasattr(customer, key):
                    raise Impossible(f"a customer has no {key}")
                if key == "accepts_marketing" and value != customer.accepts_marketing:
                    customer.marketing_updated_at = self.world.now()
                setattr(customer, key, value)
            customer.updated_at = self.world.now()
            self.world.announce(self, ("customers/update", customer))
            return customer

    def delete_customer(self, customer_id: int) -> None:
        """Delete a customer without orders; sends customers/delete."""
        with self.world.lock:
            customer = self.customer(customer_id)
            if self.orders_of.get(customer_id):
                raise Impossible("a customer with orders cannot be deleted")
            del self.customers[customer_id]
            self.world.announce(self, ("customers/delete", customer))

    def merge_customers(self, *, keep_id: int, drop_id: int) -> Customer:
        """Merge one customer into another: orders move along, the dropped id is dead; sends customers/merge."""
        with self.world.lock:
            kept, dropped = self.customer(keep_id), self.customer(drop_id)
            if kept is dropped:
                raise Impossible("a customer cannot be merged with itself")
            moved = self.orders_of.pop(drop_id, [])
            for order_id in moved:
                self.orders[order_id].customer_id = keep_id
            self.orders_of.setdefault(keep_id, []).extend(moved)
            kept.tags = list(dict.fromkeys([*kept.tags, *dropped.tags]))
            kept.email = kept.email or dropped.email
            kept.updated_at = self.world.now()
            dropped.merged_into = keep_id
            del self.customers[drop_id]
            merge = {"kept": keep_id, "deleted": drop_id}
            self.world.announce(self, ("customers/merge", merge), ("customers/update", kept))
            return kept

    def request_data(self, customer_id: int) -> None:
        """A shopper asks what is stored about them; sends customers/data_request."""
        with self.world.lock:
            customer = self.customer(customer_id)
            self.world.announce(self, ("customers/data_request", customer))

    def redact_customer(self, customer_id: int) -> None:
        """A shopper asks to be forgotten by the app; sends customers/redact."""
        with self.world.lock:
            customer = self.customer(customer_id)
            self.world.announce(self, ("customers/redact", customer))

    def redact_shop(self) -> None:
        """48 hours after the uninstall, at Shopify; here when asked. Sends shop/redact."""
        with self.world.lock:
            self.world.announce(self, ("shop/redact", self))

    def customer(self, customer_id: int) -> Customer:
        """The living customer with that id. Raises Impossible."""
        if customer_id not in self.customers:
            raise Impossible(f"there is no customer {customer_id}")
        return self.customers[customer_id]

    def customer_by_email(self, email: str) -> Customer | None:
        """The customer with that e-mail address, in any case of letters."""
        wanted = email.casefold()
        return next((each for each in self.customers.values() if (each.email or "").casefold() == wanted), None)

    # Discounts

    def add_discount(self, discount: Discount) -> Discount:
        """Take in a discount. Raises Impossible when its code is taken (codes are the same in any case of letters)."""
        with self.world.lock:
            if discount.code is not None:
                if discount.code.upper() in self.codes:
                    raise Impossible(f"the code {discount.code} is taken")
                self.codes[discount.code.upper()] = discount
            else:
                self.automatic_discounts.append(discount)
            self.discounts[discount.id] = discount
            return discount

    def write_discount(self, code: str | None, *, value: Decimal | str, percent: bool = False, **more: Any) -> Discount:
        """A merchant's own discount, written by hand: an amount, or a fraction with `percent`. `code` None is automatic."""
        with self.world.lock:
            now = self.world.now()
            discount = Discount(
                id=self.world.next_id("discount"),
                code=code,
                code_id=self.world.next_id("redeem_code"),
                title=more.pop("title", code or "Automatic discount"),
                kind="percentage" if percent else "amount",
                value=Decimal(value),
                starts_at=more.pop("starts_at", now),
                created_at=now,
                updated_at=now,
                **more,
            )
            return self.add_discount(discount)

    def discount_by_code(self, code: str) -> Discount | None:
        """The discount that carries the code, in any case of letters."""
        return self.codes.get(code.strip().upper())

    def deactivate_discount(self, discount_id: int) -> Discount:
        """End a discount now: no new checkout can use it."""
        with self.world.lock:
            discount = self.discounts[discount_id]
            now = self.world.now()
            if not discount.is_deactivated:
                discount.is_deactivated = True
                discount.ends_at = now if discount.ends_at is None else min(discount.ends_at, now)
                discount.updated_at = now
            return discount

    # Checkout

    def price(
        self,
        cart: Cart,
        customer_id: int | None = None,
        codes: Sequence[str] = (),
        *,
        is_accelerated: bool = False,
        earlier: Priced | None = None,
    ) -> Priced:
        """What the cart costs this customer with those codes; refused codes are named with their reasons.

        `earlier` is what a running checkout was shown: its codes are honoured though they were ended since.
        """
        with self.world.lock:
            known: dict[int, Discount] = {}
            refused: list[Refusal] = []
            for code in codes:
                discount = self.discount_by_code(code)
                if is_accelerated:
                    refused.append(pricing.refusal(code, "accelerated_checkout"))
                elif discount is None:
                    refused.append(pricing.refusal(code, "not_found"))
                else:
                    known[discount.id] = discount
            return pricing.price(
                self,
                cart,
                list(known.values()),
                customer_id=customer_id,
                now=self.world.now(),
                automatic=self.automatic_discounts,
                refused=refused,
                honoured=frozenset(each.id for each in earlier.applied) if earlier else frozenset(),
            )

    def checkout(
        self,
        cart: Cart,
        customer_id: int | None = None,
        email: str | None = None,
        codes: Sequence[str] = (),
        *,
        is_paid: bool = True,
        is_test: bool = False,
        is_accelerated: bool = False,
        source_name: str = "web",
        tip: Decimal = ZERO,
        locale: str | None = None,
        presentment_currency: str | None = None,
        company_id: int | None = None,
        location_id: int | None = None,
        earlier: Priced | None = None,
        gift_cards: Sequence[str] = (),
        uses_credit: bool = False,
    ) -> Order | Refusal:
        """Buy the cart. The first refused code refuses the whole: leave it out and try again.

        A guest's e-mail address finds or makes a customer record, as at Shopify; with neither id nor address the order has
        no customer. `is_paid` False leaves it pending (see `pay`). `gift_cards` are codes to pay with, `uses_credit` spends
        the customer's store credit; a card covers the rest. Sends orders/create, and orders/paid when paid.
        """
        with self.world.lock:
            if not cart.lines:
                return pricing.refusal("", "empty_cart")
            customer = self._buyer(customer_id, email)
            priced = self.price(
                cart, customer.id if customer else None, codes, is_accelerated=is_accelerated, earlier=earlier
            )
            if priced.refused:
                return priced.refused[0]
            if customer is None and email is not None:
                customer = self.add_customer(email, state="disabled", locale=locale or self.locale)
            order = self._open_order(cart, priced, customer, source_name=source_name, tip=tip, is_test=is_test)
            order.email = email or (customer.email if customer else None)
            order.customer_locale = locale or (customer.locale if customer else None)
            order.company_id = company_id or (customer.company_id if customer else None)
            order.location_id = location_id
            order.shipping_address = customer.address if customer else None
            order.client_ip = customer.client_ip if customer else None
            if presentment_currency is not None and presentment_currency != self.currency:
                order.presentment_currency = presentment_currency
                order.rate = self.presentment_rates[presentment_currency]
            self._remember(order, priced)
            topics = [("orders/create", order)]
            if is_paid:
                self._receive(order, gift_cards, uses_credit=uses_credit)
                topics.append(("orders/paid", order))
            self.world.announce(self, *topics, ("orders/updated", order))
            return order

    def pay(self, order_id: int) -> Order:
        """Money for a pending order, or the balance after an edit; sends orders/paid."""
        with self.world.lock:
            order = self.order(order_id)
            if order.cancelled_at is not None:
                raise Impossible("a cancelled order cannot be paid")
            if order.paid_at is not None and not order.outstanding:
                raise Impossible("the order is paid")
            self._receive(order)
            return self._touch(order, "orders/paid")

    def refund(
        self,
        order_id: int,
        lines: Mapping[int, int] | None = None,
        amount: Decimal | None = None,
        *,
        shipping: Decimal | None = None,
        note: str | None = None,
        restock_type: str = "return",
    ) -> Refund:
        """Give back units of lines (line id -> quantity), shipping, or just money; sends refunds/create.

        Without lines, amount and shipping everything that is left goes back. `amount` is the money moved when it differs from
        what the lines cost; the difference becomes an adjustment, unless an edit left it owed. Raises Impossible for more than there is.
        """
        with self.world.lock:
            order = self.order(order_id)
            made = self._make_refund(order, lines, amount, shipping=shipping, note=note, restock_type=restock_type)
            self._touch(order, ("refunds/create", made))
            return made

    def cancel(self, order_id: int, *, refund: bool = True, reason: str = "customer") -> Order:
        """Cancel an order, giving back what was paid unless `refund` is False; sends orders/cancelled."""
        with self.world.lock:
            order = self.order(order_id)
            if order.cancelled_at is not None:
                raise Impossible("the order is cancelled")
            topics: list[str | tuple[str, Any]] = []
            if refund and order.paid_at is not None and order.refunded < order.received:
                made = self._make_refund(order, None, None, shipping=None, note=None, restock_type="cancel")
                topics.append(("refunds/create", made))
            order.cancelled_at, order.cancel_reason = self.world.now(), reason
            return self._touch(order, "orders/cancelled", *topics)

    def edit(
        self,
        order_id: int,
        *,
        add: Sequence[CartLine] = (),
        remove: Mapping[int, int] | None = None,
        is_shown_as_refund: bool = False,
    ) -> Order:
        """Change an order after the fact: add lines, take units of lines away (line id -> quantity); sends orders/edited.

        Shopify has shown removed units both as a lower current quantity alone and as a refund without money;
        `is_shown_as_refund` plays the second, which sends refunds/create too.
        """
        with self.world.lock:
            order = self.order(order_id)
            if order.cancelled_at is not None:
                raise Impossible("a cancelled order cannot be edited")
            taken = dict(remove or {})
            _check_refund(order, taken, None)
            topics: list[tuple[str, Any]] = []
            if is_shown_as_refund and taken:
                lines = tuple(self._refund_line(order, line_id, count, "cancel") for line_id, count in taken.items())
                refund = Refund(self.world.next_id("refund"), order.id, self.world.now(), lines, (), ())
                _enter(order, refund)
                topics.append(("refunds/create", refund))
            else:
                for line_id, count in taken.items():
                    order.line(line_id).removed += count
            extra = pricing.price(self, Cart(list(add)), [], customer_id=None, now=self.world.now())
            added = [self._line_of(priced) for priced in extra.lines]
            order.lines.extend(added)
            order.is_edited = True
            change = {
                "order_id": order.id,
                "additions": [{"id": line.id, "delta": line.quantity} for line in added],
                "removals": [{"id": line_id, "delta": count} for line_id, count in taken.items()],
            }
            return self._touch(order, ("orders/edited", change), *topics)

    def set_customer(self, order_id: int, customer_id: int | None) -> Order:
        """Attach, change or take away an order's customer afterwards; sends orders/updated."""
        with self.world.lock:
            order = self.order(order_id)
            if order.customer_id is not None:
                self.orders_of[order.customer_id].remove(order.id)
            if customer_id is not None:
                customer = self.customer(customer_id)
                order.email = customer.email
                self.orders_of.setdefault(customer_id, []).append(order.id)
            order.customer_id = customer_id
            return self._touch(order)

    def delete_order(self, order_id: int) -> None:
        """Delete an order for good; sends orders/delete."""
        with self.world.lock:
            order = self.orders.pop(order_id)
            if order.customer_id is not None:
                self.orders_of[order.customer_id].remove(order.id)
            order.is_deleted = True
            self.world.announce(self, ("orders/delete", order))

    def order(self, order_id: int) -> Order:
        """The order with that id. Raises Impossible."""
        if order_id not in self.orders:
            raise Impossible(f"there is no order {order_id}")
        return self.orders[order_id]

    def _buyer(self, customer_id: int | None, email: str | None) -> Customer | None:
        if customer_id is not None:
            return self.customer(customer_id)
        return self.customer_by_email(email) if email is not None else None

    def _open_order(
        self, cart: Cart, priced: Priced, customer: Customer | None, *, source_name: str, tip: Decimal, is_test: bool
    ) -> Order:
        self.last_number += 1
        now = self.world.now()
        lines = [self._line_of(line) for line in priced.lines]
        if tip:
            lines.append(Line(self.world.next_id("line"), None, None, "Tip", 1, rounded(tip, smallest_unit(self.currency)),
                              is_tip=True, is_taxable=False, requires_shipping=False))  # fmt: skip
        return Order(
            id=self.world.next_id("order"),
            number=self.last_number,
            name=f"#{self.last_number}",
            token=self.world.token(),
            created_at=now,
            processed_at=now,
            updated_at=now,
            currency=self.currency,
            presentment_currency=self.currency,
            rate=Decimal(1),
            is_tax_included=self.prices_include_tax,
            tax_rate=self.tax_rate,
            customer_id=customer.id if customer else None,
            email=None,
            customer_locale=None,
            source_name=source_name,
            lines=lines,
            applications=priced.applications,
            shipping=priced.shipping,
            shipping_discount=priced.shipping_discount,
            shipping_line_id=self.world.next_id("shipping_line"),
            shipping_allocations=priced.shipping_allocations,
            attributes=dict(cart.attributes),
            note=cart.note or None,
            is_test=is_test,
        )

    def _line_of(self, priced: PricedLine) -> Line:
        variant, product = priced.variant, priced.product
        return Line(
            id=self.world.next_id("line"),
            product_id=product.id,
            variant_id=variant.id,
            title=product.title,
            quantity=priced.cart_line.quantity,
            unit_price=priced.unit_price,
            variant_title="" if variant.title == "Default Title" else variant.title,
            vendor=product.vendor or self.name,
            sku=variant.sku,
            allocations=[Allocation(part.amount, part.index) for part in priced.allocations],
            tax=priced.tax,
            is_gift_card=product.is_gift_card,
            is_taxable=variant.is_taxable,
            requires_shipping=variant.requires_shipping,
            selling_plan=priced.selling_plan,
            properties=dict(priced.cart_line.properties),
        )

    def _remember(self, order: Order, priced: Priced) -> None:
        self.orders[order.id] = order
        if order.customer_id is not None:
            self.orders_of.setdefault(order.customer_id, []).append(order.id)
        for discount in priced.applied:
            discount.uses.append(Use(order.id, order.customer_id, order.created_at))

    def _receive(self, order: Order, gift_cards: Sequence[str] = (), *, uses_credit: bool = False) -> None:
        due, now = order.outstanding, self.world.now()
        for gateway, part in self.wallets.pay(
            self, due, customer_id=order.customer_id, card_codes=gift_cards, uses_credit=uses_credit
        ):
            number = self.world.next_id("transaction")
            order.transactions.append(Transaction(number, "sale", part, now, gateway=gateway))
            due -= part
        if due:
            order.transactions.append(Transaction(self.world.next_id("transaction"), "sale", due, now))
        order.paid_at = order.paid_at or now

    def _make_refund(
        self,
        order: Order,
        lines: Mapping[int, int] | None,
        amount: Decimal | None,
        *,
        shipping: Decimal | None,
        note: str | None,
        restock_type: str,
    ) -> Refund:
        is_everything = lines is None and amount is None and shipping is None
        if is_everything:
            lines = {line.id: line.current_quantity for line in order.lines if line.current_quantity}
            shipping = order.current_shipping
        _check_refund(order, lines or {}, shipping)
        given = [
            self._refund_line(order, line_id, quantity, restock_type) for line_id, quantity in (lines or {}).items()
        ]
        shipping = rounded(shipping or ZERO, order.unit)
        cost = sum((each.subtotal + (ZERO if order.is_tax_included else each.tax) for each in given), ZERO) + shipping
        left = order.received - order.refunded
        money = left if is_everything else cost if amount is None else rounded(amount, order.unit)
        if money > left and amount is None:
            money = left
        if not ZERO <= money <= left:
            raise Impossible(f"{money} cannot be given back: {left} is left")
        beside = cost - money
        if beside < 0:
            beside = min(ZERO, beside + order.overpaid)
        adjustments = (Adjustment(self.world.next_id("adjustment"), beside),) if beside else ()
        now = self.world.now()
        parent = order.transactions[0].id if order.transactions else None
        moved = (
            (Transaction(self.world.next_id("transaction"), "refund", money, now, parent_id=parent),) if money else ()
        )
        refund_id = self.world.next_id("refund")
        made = Refund(refund_id, order.id, now, tuple(given), adjustments, moved, note, shipping,
                      self.world.next_id("refund_shipping") if shipping else 0)  # fmt: skip
        order.transactions.extend(moved)
        return _enter(order, made)

    def _refund_line(self, order: Order, line_id: int, quantity: int, restock_type: str) -> RefundLine:
        line, unit = order.line(line_id), order.unit
        gone = line.removed + line.refunded
        return RefundLine(
            self.world.next_id("refund_line"),
            line_id,
            quantity,
            share(line.net, gone + quantity, line.quantity, unit) - share(line.net, gone, line.quantity, unit),
            share(line.tax, gone + quantity, line.quantity, unit) - share(line.tax, gone, line.quantity, unit),
            restock_type,
        )

    def _touch(self, order: Order, *topics: str | tuple[str, Any]) -> Order:
        order.updated_at = self.world.now()
        changes = [(each, order) if isinstance(each, str) else each for each in topics]
        self.world.announce(self, *changes, ("orders/updated", order))
        return order


def _enter(order: Order, refund: Refund) -> Refund:
    for part in refund.lines:
        order.line(part.line_id).refunded += part.quantity
    order.refunds.append(refund)
    return refund


def _check_refund(order: Order, lines: Mapping[int, int], shipping: Decimal | None) -> None:
    for line_id, quantity in lines.items():
        line = _line(order, line_id)
        if not 0 < quantity <= line.current_quantity:
            raise Impossible(f"line {line_id} has {line.current_quantity} units left, not {quantity}")
    if shipping is not None and not ZERO <= shipping <= order.current_shipping:
        raise Impossible(f"{shipping} of shipping cannot be given back: {order.current_shipping} is left")


def _line(order: Order, line_id: int) -> Line:
    try:
        return order.line(line_id)
    except KeyError:
        raise Impossible(f"order {order.id} has no line {line_id}") from None


def _handle(title: str) -> str:
    return "-".join("".join(c if c.isalnum() and c.isascii() else " " for c in title.lower()).split()) or "item"
