"""What a cart costs: every discount is split over the lines so that the parts sum to it exactly.

Product discounts come first (the best one per line), then order discounts on what is left, then shipping. Codes that may
not be combined: the combination that saves the shopper most wins, and the losing code is named.
Pure: reads a catalogue and discounts, changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import combinations
from typing import Protocol

from devstore.model import (
    ZERO,
    Allocation,
    Application,
    Cart,
    CartLine,
    Discount,
    Product,
    Refusal,
    RefusalReason,
    SellingPlan,
    Variant,
    rounded,
    smallest_unit,
)


class Catalogue(Protocol):
    """What pricing needs to know of a shop."""

    currency: str
    tax_rate: Decimal
    prices_include_tax: bool
    shipping_price: Decimal
    free_shipping_from: Decimal | None

    @property
    def products(self) -> Mapping[int, Product]:
        """Every product by id."""
        ...

    @property
    def variants(self) -> Mapping[int, Variant]:
        """Every variant by id."""
        ...


@dataclass(slots=True)
class PricedLine:
    """A cart line with its discounts. `unit_price` is after a selling plan's own reduction."""

    cart_line: CartLine
    product: Product
    variant: Variant
    unit_price: Decimal
    selling_plan: SellingPlan | None = None
    allocations: list[Allocation] = field(default_factory=list)
    tax: Decimal = ZERO

    @property
    def gross(self) -> Decimal:
        """Before discounts."""
        return self.unit_price * self.cart_line.quantity

    @property
    def discount(self) -> Decimal:
        """All discounts on the line."""
        return sum((part.amount for part in self.allocations), ZERO)

    @property
    def net(self) -> Decimal:
        """After discounts."""
        return self.gross - self.discount


@dataclass(slots=True)
class Priced:
    """A cart as checkout shows it. `applied` are the discounts in use, in the order of `applications`."""

    currency: str
    lines: list[PricedLine]
    applications: list[Application] = field(default_factory=list)
    applied: list[Discount] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    shipping: Decimal = ZERO
    shipping_allocations: list[Allocation] = field(default_factory=list)
    prices_include_tax: bool = False

    @property
    def subtotal(self) -> Decimal:
        """Goods after discounts."""
        return sum((line.net for line in self.lines), ZERO)

    @property
    def tax(self) -> Decimal:
        """All tax, inside the prices or on top."""
        return sum((line.tax for line in self.lines), ZERO)

    @property
    def shipping_discount(self) -> Decimal:
        """What is taken off shipping."""
        return sum((part.amount for part in self.shipping_allocations), ZERO)

    @property
    def total(self) -> Decimal:
        """What the shopper pays, without a tip."""
        on_top = ZERO if self.prices_include_tax else self.tax
        return self.subtotal + on_top + self.shipping - self.shipping_discount

    @property
    def saved(self) -> Decimal:
        """Everything the discounts took off."""
        return sum((each.amount for each in self.applications), ZERO)


def price(
    catalogue: Catalogue,
    cart: Cart,
    discounts: Sequence[Discount],
    *,
    customer_id: int | None,
    now: datetime,
    automatic: Sequence[Discount] = (),
    refused: Sequence[Refusal] = (),
    honoured: frozenset[int] = frozenset(),
) -> Priced:
    """Price `cart` with those discounts at `now`.

    `refused` are refusals known before (codes that do not exist); `honoured` are ids of discounts that a running checkout
    applied earlier and keeps though they ended since (a use by another order still counts). Refused codes are in the answer, never raised.
    """
    lines = [_open_line(catalogue, line) for line in cart.lines]
    refusals = list(refused)
    usable: list[Discount] = []
    for discount in discounts:
        is_honoured = discount.id in honoured
        why_not = _refusal(discount, lines, customer_id=customer_id, now=now, is_honoured=is_honoured)
        if why_not is None:
            usable.append(discount)
        else:
            refusals.append(why_not)
    usable.extend(each for each in automatic if _refusal(each, lines, customer_id=customer_id, now=now) is None)

    shipping = _shipping(catalogue, lines)
    chosen = _best_combination(usable, lines, shipping, catalogue.currency)
    refusals.extend(_lost(each, chosen) for each in usable if each not in chosen and each.code is not None)
    priced = _apply(chosen, lines, shipping, catalogue.currency)
    priced.refused = refusals
    priced.prices_include_tax = catalogue.prices_include_tax
    _tax(priced, catalogue)
    return priced


def split(total: Decimal, weights: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
    """`total` in parts proportional to `weights`: multiples of `unit` that sum to it exactly.

    No part exceeds its weight as long as `total` does not exceed their sum.
    """
    whole = sum(weights, ZERO)
    if not whole:
        return [ZERO for _ in weights]
    parts: list[Decimal] = []
    seen, given = ZERO, ZERO
    for weight in weights:
        seen += weight
        upto = total if seen == whole else rounded(total * seen / whole, unit)
        parts.append(upto - given)
        given = upto
    return parts


def covers(discount: Discount, product: Product, variant: Variant) -> bool:
    """True when the discount is good for this variant."""
    return not discount.is_entitled_only or (
        product.id in discount.product_ids
        or variant.id in discount.variant_ids
        or not discount.collection_ids.isdisjoint(product.collection_ids)
    )


def _open_line(catalogue: Catalogue, cart_line: CartLine) -> PricedLine:
    variant = catalogue.variants[cart_line.variant_id]
    product = catalogue.products[variant.product_id]
    unit_price = variant.price if cart_line.price is None else cart_line.price
    plan = None
    if cart_line.selling_plan_id is not None:
        plan = next((each for each in product.selling_plans if each.id == cart_line.selling_plan_id), None)
        if plan is not None and plan.percent_off:
            unit_price = rounded(unit_price * (100 - plan.percent_off) / 100, smallest_unit(catalogue.currency))
    return PricedLine(cart_line, product, variant, unit_price, plan)


def _shipping(catalogue: Catalogue, lines: Sequence[PricedLine]) -> Decimal:
    if not any(line.variant.requires_shipping and not line.product.is_gift_card for line in lines):
        return ZERO
    goods = sum((line.gross for line in lines), ZERO)
    if catalogue.free_shipping_from is not None and goods >= catalogue.free_shipping_from:
        return ZERO
    return catalogue.shipping_price


def _is_eligible(discount: Discount, line: PricedLine) -> bool:
    """Gift cards are money, not goods: no discount applies to them."""
    if line.product.is_gift_card:
        return False
    takes_kind = discount.on_one_time_purchase if line.selling_plan is None else discount.on_subscription
    return takes_kind and covers(discount, line.product, line.variant)


def _refusal(
    discount: Discount,
    lines: Sequence[PricedLine],
    *,
    customer_id: int | None,
    now: datetime,
    is_honoured: bool = False,
) -> Refusal | None:
    reason = None if is_honoured else _reason_of_time(discount, now)
    reason = reason or _reason_of_person(discount, customer_id) or _reason_of_cart(discount, lines)
    return None if reason is None else refusal(discount.code or discount.title, reason)


def _reason_of_time(discount: Discount, now: datetime) -> RefusalReason | None:
    if discount.is_deactivated or discount.starts_at > now:
        return "not_active"
    return "expired" if discount.ends_at is not None and discount.ends_at <= now else None


def _reason_of_person(discount: Discount, customer_id: int | None) -> RefusalReason | None:
    if discount.usage_limit is not None and len(discount.uses) >= discount.usage_limit:
        return "used"
    if discount.customer_ids is not None and customer_id not in discount.customer_ids:
        return "wrong_customer"
    if not discount.is_once_per_customer or customer_id is None:
        return None
    return "used" if any(use.customer_id == customer_id for use in discount.uses) else None


def _reason_of_cart(discount: Discount, lines: Sequence[PricedLine]) -> RefusalReason | None:
    if not lines:
        return "empty_cart"
    eligible = [line for line in lines if _is_eligible(discount, line)]
    if not eligible:
        return _why_nothing_is_eligible(discount, lines)
    subtotal = sum((line.gross for line in eligible), ZERO)
    quantity = sum(line.cart_line.quantity for line in eligible)
    is_short = discount.minimum_subtotal is not None and subtotal < discount.minimum_subtotal
    is_few = discount.minimum_quantity is not None and quantity < discount.minimum_quantity
    return "below_minimum" if is_short or is_few else None


def _why_nothing_is_eligible(discount: Discount, lines: Sequence[PricedLine]) -> RefusalReason:
    covered = [line for line in lines if not line.product.is_gift_card and covers(discount, line.product, line.variant)]
    return "subscription_line" if any(line.selling_plan is not None for line in covered) else "excluded_product"


def refusal(code: str, reason: RefusalReason, because_of: str | None = None) -> Refusal:
    """A refusal with the sentence that checkout shows."""
    return Refusal(code, reason, _SENTENCES[reason].format(code=code, because_of=because_of), because_of)


def _lost(loser: Discount, chosen: Sequence[Discount]) -> Refusal:
    winner = next((each for each in chosen if not _combine(loser, each)), chosen[0])
    return refusal(loser.code or loser.title, "not_combinable", winner.code or winner.title)


def _combine(a: Discount, b: Discount) -> bool:
    return b.discount_class in a.combines_with and a.discount_class in b.combines_with


def _best_combination(
    usable: list[Discount], lines: Sequence[PricedLine], shipping: Decimal, currency: str
) -> list[Discount]:
    """The compatible discounts that save most; on a tie more codes, then the ones entered first."""
    if all(_combine(a, b) for a, b in combinations(usable, 2)):
        return usable
    best: list[Discount] = []
    most = Decimal(-1)
    for size in range(len(usable), 0, -1):
        for group in combinations(usable, size):
            if all(_combine(a, b) for a, b in combinations(group, 2)):
                saved = _apply(group, lines, shipping, currency).saved
                if saved > most:
                    best, most = list(group), saved
    return best


def _apply(discounts: Sequence[Discount], lines: Sequence[PricedLine], shipping: Decimal, currency: str) -> Priced:
    unit = smallest_unit(currency)
    priced = Priced(currency, [_fresh(line) for line in lines], shipping=shipping)
    in_turn = sorted(discounts, key=lambda each: _TURN[each.discount_class])
    claimed: dict[int, Discount] = _best_per_line(
        [d for d in in_turn if d.discount_class == "PRODUCT"], priced.lines, unit
    )
    for discount in in_turn:
        index = len(priced.applications)
        if discount.discount_class == "SHIPPING":
            amount = _shipping_off(discount, priced)
            if amount:
                priced.shipping_allocations.append(Allocation(amount, index))
        else:
            if discount.discount_class == "PRODUCT":
                eligible = [line for at, line in enumerate(priced.lines) if claimed.get(at) is discount]
            else:
                eligible = [line for line in priced.lines if _is_eligible(discount, line)]
            amount = ZERO
            for line, part in zip(eligible, _line_amounts(discount, eligible, unit), strict=True):
                if part:
                    line.allocations.append(Allocation(part, index))
                    amount += part
        priced.applications.append(_application(discount, amount))
        priced.applied.append(discount)
    return priced


def _fresh(line: PricedLine) -> PricedLine:
    return PricedLine(line.cart_line, line.product, line.variant, line.unit_price, line.selling_plan)


def _best_per_line(discounts: Sequence[Discount], lines: Sequence[PricedLine], unit: Decimal) -> dict[int, Discount]:
    """Product discounts do not stack on a line: each line takes the one that gives it most."""
    claimed: dict[int, tuple[Decimal, Discount]] = {}
    for discount in discounts:
        eligible = [(at, line) for at, line in enumerate(lines) if _is_eligible(discount, line)]
        amounts = _line_amounts(discount, [line for _, line in eligible], unit)
        for (at, _), amount in zip(eligible, amounts, strict=True):
            if at not in claimed or amount > claimed[at][0]:
                claimed[at] = (amount, discount)
    return {at: discount for at, (_, discount) in claimed.items()}


def _line_amounts(discount: Discount, eligible: Sequence[PricedLine], unit: Decimal) -> list[Decimal]:
    left = [line.net for line in eligible]
    if discount.is_per_item:
        return [min(net, discount.value * line.cart_line.quantity) for net, line in zip(left, eligible, strict=True)]
    whole = sum(left, ZERO)
    if discount.kind == "percentage":
        return split(min(whole, rounded(whole * discount.value, unit)), left, unit)
    return split(min(whole, rounded(discount.value, unit)), left, unit)


def _shipping_off(discount: Discount, priced: Priced) -> Decimal:
    left = priced.shipping - priced.shipping_discount
    if discount.maximum_shipping_price is not None and priced.shipping > discount.maximum_shipping_price:
        return ZERO
    return left


def _application(discount: Discount, amount: Decimal) -> Application:
    is_shipping = discount.kind == "free_shipping"
    return Application(
        type="automatic" if discount.code is None else "discount_code",
        title=discount.title,
        code=discount.code,
        value=Decimal(100)
        if is_shipping
        else discount.value * 100
        if discount.kind == "percentage"
        else discount.value,
        value_type="fixed_amount" if discount.kind == "amount" else "percentage",
        target_type="shipping_line" if is_shipping else "line_item",
        target_selection="entitled" if discount.is_entitled_only else "all",
        allocation_method="each" if discount.is_per_item or is_shipping else "across",
        amount=amount,
        discount_id=discount.id,
    )


def _tax(priced: Priced, catalogue: Catalogue) -> None:
    """Tax on what each line really costs; inside the price where prices include it."""
    rate, unit = catalogue.tax_rate, smallest_unit(catalogue.currency)
    if not rate:
        return
    for line in priced.lines:
        if line.variant.is_taxable and not line.product.is_gift_card:
            part = rate / (1 + rate) if catalogue.prices_include_tax else rate
            line.tax = rounded(line.net * part, unit)


_TURN = {"PRODUCT": 0, "ORDER": 1, "SHIPPING": 2}
_SENTENCES: Mapping[RefusalReason, str] = {
    "not_found": "Enter a valid discount code: {code} does not exist.",
    "not_active": "{code} is not active.",
    "expired": "{code} has expired.",
    "used": "{code} has reached its usage limit.",
    "wrong_customer": "{code} is not available to you right now.",
    "below_minimum": "The order does not meet the minimum for {code}.",
    "excluded_product": "{code} does not apply to the items in the cart.",
    "subscription_line": "{code} does not apply to subscriptions.",
    "not_combinable": "{code} could not be combined with {because_of}.",
    "accelerated_checkout": "Discount codes cannot be entered in this checkout.",
    "empty_cart": "The cart is empty.",
}
