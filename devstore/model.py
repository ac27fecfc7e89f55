"""What a shop is made of: plain data, in the words Shopify uses, with money that always adds up.

Amounts are Decimal in the shop's currency, instants are aware UTC datetimes, ids are Shopify's numeric ids.
Nothing here acts: the rules are in world.py and pricing.py, the shapes other programs see in payloads.py and admin_api.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

ZERO: Final = Decimal(0)
DECIMALS: Final = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3}

DiscountClass = Literal["ORDER", "PRODUCT", "SHIPPING"]
RefusalReason = Literal[
    "not_found",
    "not_active",
    "expired",
    "used",
    "wrong_customer",
    "below_minimum",
    "excluded_product",
    "subscription_line",
    "not_combinable",
    "accelerated_checkout",
    "empty_cart",
]


def smallest_unit(currency: str) -> Decimal:
    """The least amount of a currency: Decimal("0.01") for USD, Decimal("1") for JPY."""
    return _UNITS[DECIMALS.get(currency, 2)]


def rounded(amount: Decimal, unit: Decimal) -> Decimal:
    """`amount` in whole multiples of `unit`, half up, as Shopify rounds."""
    return amount.quantize(unit, ROUND_HALF_UP)


def share(total: Decimal, part: int, whole: int, unit: Decimal) -> Decimal:
    """What `part` of `whole` units cost of `total`; differences of shares sum to `total` exactly."""
    return total if part == whole else rounded(total * part / whole, unit)


def gid(kind: str, number: int) -> str:
    """The global id of a numeric one, such as gid://shopify/Order/5."""
    return f"gid://shopify/{kind}/{number}"


def numeric_id(value: str | int, kind: str | None = None) -> int | None:
    """The numeric id inside a gid (or a bare number); None when it is neither, or of another kind."""
    if isinstance(value, int):
        return value
    prefix, _, tail = value.rpartition("/")
    if prefix and (not prefix.startswith("gid://shopify/") or (kind is not None and prefix != f"gid://shopify/{kind}")):
        return None
    return int(tail) if tail.isascii() and tail.isdigit() else None


@dataclass(slots=True)
class Variant:
    """One thing that can be bought. `price` contains tax where the shop's prices include it."""

    id: int
    product_id: int
    title: str
    price: Decimal
    compare_at_price: Decimal | None = None
    sku: str = ""
    is_taxable: bool = True
    requires_shipping: bool = True


@dataclass(frozen=True, slots=True)
class SellingPlan:
    """A subscription offer: buying with it makes a subscription line. `percent_off` is 10 for 10 %."""

    id: int
    name: str
    percent_off: int = 0


@dataclass(slots=True)
class Product:
    """A product of the catalogue; `image` is a URL or path that the storefront can show."""

    id: int
    handle: str
    title: str
    variants: list[Variant]
    created_at: datetime
    description: str = ""
    vendor: str = ""
    product_type: str = ""
    image: str = ""
    tags: list[str] = field(default_factory=list)
    is_gift_card: bool = False
    collection_ids: list[int] = field(default_factory=list)
    selling_plans: list[SellingPlan] = field(default_factory=list)


@dataclass(slots=True)
class Collection:
    """A named list of products, in the order shoppers see."""

    id: int
    handle: str
    title: str
    product_ids: list[int] = field(default_factory=list)
    description: str = ""
    image: str = ""


@dataclass(slots=True)
class Segment:
    """A named group of customers. Who is in it is said by whoever makes it: the dev store does not evaluate `query`."""

    id: int
    name: str
    customer_ids: set[int]
    query: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address as a shopper types it. `country` is its English name, `country_code` its two letters."""

    address1: str = ""
    city: str = ""
    zip: str = ""
    country: str = "United States"
    address2: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str | None = None
    country_code: str = "US"


@dataclass(slots=True)
class Customer:
    """A customer record. `state` is "disabled" for guests (a record, no account) and "enabled" for account holders."""

    id: int
    email: str | None
    created_at: datetime
    updated_at: datetime
    first_name: str = ""
    last_name: str = ""
    phone: str | None = None
    tags: list[str] = field(default_factory=list)
    locale: str = "en"
    state: str = "enabled"
    accepts_marketing: bool = False
    marketing_updated_at: datetime | None = None
    note: str | None = None
    company_id: int | None = None
    metafields: dict[tuple[str, str], Metafield] = field(default_factory=dict)
    merged_into: int | None = None
    address: Address | None = None
    """Where their orders go unless a checkout says otherwise."""

    client_ip: str | None = None
    """From where they last bought."""

    @property
    def name(self) -> str:
        """First and last name; the e-mail address where there is neither."""
        return f"{self.first_name} {self.last_name}".strip() or self.email or ""


@dataclass(slots=True)
class Metafield:
    """A value that an app attached to a resource; `value` is text as Shopify stores it (JSON for most types)."""

    id: int
    namespace: str
    key: str
    type: str
    value: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class CartLine:
    """A variant in a cart. `selling_plan_id` makes it a subscription; `price` overrides the variant's (draft orders)."""

    variant_id: int
    quantity: int = 1
    selling_plan_id: int | None = None
    properties: dict[str, str] = field(default_factory=dict)
    price: Decimal | None = None


@dataclass(slots=True)
class Cart:
    """What a shopper is about to buy. `attributes` become the order's note attributes."""

    lines: list[CartLine] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """One order that used a code: what the referee counts."""

    order_id: int
    customer_id: int | None
    at: datetime


@dataclass(slots=True)
class Discount:
    """A discount with one code, or an automatic one (`code` is None).

    `kind` is "amount" (value in shop currency), "percentage" (value is a fraction: 0.1 for 10 %) or "free_shipping".
    `customer_ids` None means everyone. Without products, variants and collections it covers the whole order.
    """

    id: int
    code: str | None
    title: str
    kind: Literal["amount", "percentage", "free_shipping"]
    starts_at: datetime
    created_at: datetime
    updated_at: datetime
    value: Decimal = ZERO
    code_id: int = 0
    ends_at: datetime | None = None
    usage_limit: int | None = None
    is_once_per_customer: bool = False
    customer_ids: frozenset[int] | None = None
    minimum_subtotal: Decimal | None = None
    minimum_quantity: int | None = None
    product_ids: frozenset[int] = frozenset()
    variant_ids: frozenset[int] = frozenset()
    collection_ids: frozenset[int] = frozenset()
    is_per_item: bool = False
    on_one_time_purchase: bool = True
    on_subscription: bool = False
    recurring_cycle_limit: int | None = None
    combines_with: frozenset[DiscountClass] = frozenset()
    maximum_shipping_price: Decimal | None = None
    tags: tuple[str, ...] = ()
    is_deactivated: bool = False
    is_from_app: bool = False
    uses: list[Use] = field(default_factory=list)

    @property
    def discount_class(self) -> DiscountClass:
        """What it takes money off, which decides what it combines with."""
        if self.kind == "free_shipping":
            return "SHIPPING"
        return "PRODUCT" if self.is_entitled_only else "ORDER"

    @property
    def is_entitled_only(self) -> bool:
        """True when only some products are covered."""
        return bool(self.product_ids or self.variant_ids or self.collection_ids)

    def status(self, now: datetime) -> Literal["ACTIVE", "EXPIRED", "SCHEDULED"]:
        """Shopify's status at `now`."""
        if self.ends_at is not None and self.ends_at <= now:
            return "EXPIRED"
        return "SCHEDULED" if self.starts_at > now else "ACTIVE"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a code does not apply. `code` is the refused (losing) one, `because_of` the code it lost against, if any."""

    code: str
    reason: RefusalReason
    message: str
    because_of: str | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """One discount on one order, as it was then. `amount` is all it took off, `value` what it was written as."""

    type: Literal["discount_code", "automatic", "manual"]
    title: str
    code: str | None
    value: Decimal
    value_type: Literal["fixed_amount", "percentage"]
    target_type: Literal["line_item", "shipping_line"]
    target_selection: Literal["all", "entitled"]
    allocation_method: Literal["across", "each"]
    amount: Decimal
    discount_id: int | None = None


@dataclass(frozen=True, slots=True)
class Allocation:
    """The part of application number `index` that one line carries."""

    amount: Decimal
    index: int


@dataclass(slots=True)
class Line:
    """One line of an order, as bought; `removed` units were taken away by an edit, `refunded` ones were given back."""

    id: int
    product_id: int | None
    variant_id: int | None
    title: str
    quantity: int
    unit_price: Decimal
    variant_title: str = ""
    vendor: str = ""
    sku: str = ""
    allocations: list[Allocation] = field(default_factory=list)
    tax: Decimal = ZERO
    is_gift_card: bool = False
    is_tip: bool = False
    is_taxable: bool = True
    requires_shipping: bool = True
    selling_plan: SellingPlan | None = None
    properties: dict[str, str] = field(default_factory=dict)
    removed: int = 0
    refunded: int = 0

    @property
    def gross(self) -> Decimal:
        """Before discounts."""
        return self.unit_price * self.quantity

    @property
    def discount(self) -> Decimal:
        """All discounts on the line."""
        return sum((part.amount for part in self.allocations), ZERO)

    @property
    def net(self) -> Decimal:
        """After discounts."""
        return self.gross - self.discount

    @property
    def current_quantity(self) -> int:
        """What is left after edits and refunds."""
        return self.quantity - self.removed - self.refunded

    def net_left(self, unit: Decimal) -> Decimal:
        """The net of what is left."""
        return self.net - share(self.net, self.removed + self.refunded, self.quantity, unit)

    def tax_left(self, unit: Decimal) -> Decimal:
        """The tax of what is left."""
        return self.tax - share(self.tax, self.removed + self.refunded, self.quantity, unit)


@dataclass(frozen=True, slots=True)
class RefundLine:
    """Units of a line given back: `subtotal` after discounts (contains the tax where prices do)."""

    id: int
    line_id: int
    quantity: int
    subtotal: Decimal
    tax: Decimal
    restock_type: str = "return"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """The difference between what refunded lines cost and what was given back. Negative: the shopper got more."""

    id: int
    amount: Decimal
    reason: str = "Refund discrepancy"


@dataclass(frozen=True, slots=True)
class Transaction:
    """Money that moved: kind "sale" or "refund", always positive."""

    id: int
    kind: Literal["sale", "refund"]
    amount: Decimal
    created_at: datetime
    gateway: str = "shopify_payments"
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund of an order."""

    id: int
    order_id: int
    created_at: datetime
    lines: tuple[RefundLine, ...]
    adjustments: tuple[Adjustment, ...]
    transactions: tuple[Transaction, ...]
    note: str | None = None
    shipping: Decimal = ZERO
    shipping_id: int = 0

    @property
    def money(self) -> Decimal:
        """What the shopper got back."""
        return sum((each.amount for each in self.transactions), ZERO)


@dataclass(slots=True)
class Order:
    """An order with its whole history. Amounts are in `currency`; presentment amounts are those times `rate`."""

    id: int
    number: int
    name: str
    token: str
    created_at: datetime
    processed_at: datetime
    updated_at: datetime
    currency: str
    presentment_currency: str
    rate: Decimal
    is_tax_included: bool
    tax_rate: Decimal
    customer_id: int | None
    email: str | None
    customer_locale: str | None
    source_name: str
    lines: list[Line]
    applications: list[Application]
    shipping: Decimal
    shipping_discount: Decimal
    shipping_title: str = "Standard"
    shipping_line_id: int = 0
    shipping_allocations: list[Allocation] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    note: str | None = None
    tags: list[str] = field(default_factory=list)
    company_id: int | None = None
    location_id: int | None = None
    is_test: bool = False
    is_edited: bool = False
    is_deleted: bool = False
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    paid_at: datetime | None = None
    shipping_address: Address | None = None
    client_ip: str | None = None

    @property
    def unit(self) -> Decimal:
        """The least amount of the shop's currency."""
        return smallest_unit(self.currency)

    @property
    def goods(self) -> list[Line]:
        """The lines without tips."""
        return [line for line in self.lines if not line.is_tip]

    @property
    def codes(self) -> list[str]:
        """The codes used, in the order they were applied."""
        return [each.code for each in self.applications if each.code is not None]

    @property
    def gross(self) -> Decimal:
        """Goods before discounts."""
        return sum((line.gross for line in self.goods), ZERO)

    @property
    def discounts(self) -> Decimal:
        """Everything discounts took off, shipping included."""
        return sum((line.discount for line in self.lines), ZERO) + self.shipping_discount

    @property
    def subtotal(self) -> Decimal:
        """Goods after discounts; no shipping, no tips, tax only where prices include it."""
        return sum((line.net for line in self.goods), ZERO)

    @property
    def tax(self) -> Decimal:
        """All tax, included in the prices or on top of them."""
        return sum((line.tax for line in self.lines), ZERO)

    @property
    def tip(self) -> Decimal:
        """Tips received."""
        return sum((line.gross for line in self.lines if line.is_tip), ZERO)

    @property
    def total(self) -> Decimal:
        """What the shopper was asked to pay."""
        return self._sum(self.subtotal, self.tax, self.shipping - self.shipping_discount, self.tip)

    @property
    def refunded(self) -> Decimal:
        """Money given back."""
        return sum((refund.money for refund in self.refunds), ZERO)

    @property
    def received(self) -> Decimal:
        """Money received, before refunds."""
        return sum((each.amount for each in self.transactions if each.kind == "sale"), ZERO)

    @property
    def current_subtotal(self) -> Decimal:
        """Goods after discounts, edits and refunds."""
        return sum((line.net_left(self.unit) for line in self.goods), ZERO)

    @property
    def current_tax(self) -> Decimal:
        """Tax after edits and refunds."""
        return sum((line.tax_left(self.unit) for line in self.lines), ZERO)

    @property
    def current_shipping(self) -> Decimal:
        """Shipping after discounts and refunds."""
        return self.shipping - self.shipping_discount - sum((refund.shipping for refund in self.refunds), ZERO)

    @property
    def current_total(self) -> Decimal:
        """The total after edits and refunds of lines and shipping."""
        tip = sum((line.net_left(self.unit) for line in self.lines if line.is_tip), ZERO)
        return self._sum(self.current_subtotal, self.current_tax, self.current_shipping, tip)

    @property
    def current_discounts(self) -> Decimal:
        """What discounts took off the goods that are left."""
        return sum((line.unit_price * line.current_quantity - line.net_left(self.unit) for line in self.goods), ZERO)

    @property
    def outstanding(self) -> Decimal:
        """What is still to be paid; nothing once cancelled."""
        return ZERO if self.cancelled_at is not None else max(ZERO, self._balance)

    @property
    def overpaid(self) -> Decimal:
        """What the shop owes the shopper, after an edit took paid units away."""
        return max(ZERO, -self._balance)

    @property
    def financial_status(self) -> str:
        """Shopify's word for where the money is."""
        if self.paid_at is None:
            return "voided" if self.cancelled_at is not None else "pending"
        refunded, received = self.refunded, self.received
        if refunded > 0:
            return "refunded" if refunded >= received else "partially_refunded"
        return "partially_paid" if self.outstanding else "paid"

    def line(self, line_id: int) -> Line:
        """The line with that id. Raises KeyError."""
        for line in self.lines:
            if line.id == line_id:
                return line
        raise KeyError(line_id)

    @property
    def _balance(self) -> Decimal:
        """Due less paid; money given back or kept beside the lines is settled."""
        adjusted = sum((each.amount for refund in self.refunds for each in refund.adjustments), ZERO)
        return self.current_total - self.received + self.refunded + adjusted

    def _sum(self, subtotal: Decimal, tax: Decimal, shipping: Decimal, tip: Decimal) -> Decimal:
        return subtotal + shipping + tip + (ZERO if self.is_tax_included else tax)


@dataclass(slots=True)
class Installation:
    """The app in this shop. `scopes` are the granted ones; `uninstalled_at` ends every token; `metafields` are app data."""

    id: int
    scopes: frozenset[str]
    installed_at: datetime
    uninstalled_at: datetime | None = None
    metafields: dict[tuple[str, str], Metafield] = field(default_factory=dict)


@dataclass(slots=True)
class AccessToken:
    """One offline token. `expires_at` None never expires."""

    access: str
    expires_at: datetime | None
    is_revoked: bool = False


@dataclass(slots=True)
class RefreshToken:
    """What buys the next pair. `first_used_at` starts its grace; it is spent once its successor (`child_of` it) is used."""

    text: str
    expires_at: datetime
    child_of: str | None = None
    first_used_at: datetime | None = None
    is_spent: bool = False


_UNITS: Final = {0: Decimal(1), 2: Decimal("0.01"), 3: Decimal("0.001")}
