"""Carts of the storefront: what a browser's cart cookie stands for, and the JSON that the Ajax cart API answers.

Amounts in that JSON are integers in hundredths of a unit of currency, for yen too, as at Shopify.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from devstore.model import Cart, CartLine
from devstore.pricing import Priced, PricedLine
from devstore.storefront.pictures import picture_path
from devstore.world import Shop

MOST_LINES = 100
MOST_BASKETS = 20_000


class CartRefused(ValueError):
    """A cart request that Shopify answers with 422 (or 404): `description` is what it says to the shopper."""

    def __init__(self, description: str, *, status: int = 422, message: str = "Cart Error") -> None:
        super().__init__(description)
        self.description = description
        self.status = status
        self.message = message


@dataclass
class Basket:
    """One shopper's cart in one shop: lines, note and attributes, and the discount codes entered so far."""

    token: str
    cart: Cart = field(default_factory=Cart)
    codes: list[str] = field(default_factory=list)

    def add(self, shop: Shop, lines: Sequence[CartLine]) -> list[str]:
        """Put lines in (more of those that are there already) and return their keys; all of them or, when refused, none.

        Raises CartRefused for an unknown variant or selling plan, a quantity below one, or a full cart.
        """
        for line in lines:
            _check(shop, line)
        if len(self.cart.lines) + len(lines) > MOST_LINES:
            raise CartRefused("Your cart is full.")
        for line in lines:
            self._add(line)
        return [line_key(line) for line in lines]

    def _add(self, line: CartLine) -> None:
        for at, known in enumerate(self.cart.lines):
            if line_key(known) == line_key(line):
                self.cart.lines[at] = replace(known, quantity=known.quantity + line.quantity)
                return
        self.cart.lines.insert(0, line)

    def set_quantity(self, at: int, quantity: int) -> None:
        """Set the quantity of the line at index `at`; zero takes it out."""
        if quantity < 0:
            raise CartRefused("A quantity cannot be negative.")
        if quantity == 0:
            del self.cart.lines[at]
        else:
            self.cart.lines[at] = replace(self.cart.lines[at], quantity=quantity)

    def find(self, key: str) -> int:
        """Return the index of the line with that key or variant id. Raises CartRefused when there is none."""
        for at, line in enumerate(self.cart.lines):
            if key in (line_key(line), str(line.variant_id)):
                return at
        raise CartRefused("There is no such line in the cart.", status=400, message="Bad Request")

    def empty(self) -> None:
        """Take everything out, codes included."""
        self.cart = Cart()
        self.codes = []


class Baskets:
    """The carts of every shop by token; the oldest is forgotten beyond `MOST_BASKETS`."""

    def __init__(self) -> None:
        self._baskets: dict[tuple[str, str], Basket] = {}
        self._lock = threading.Lock()

    def get(self, shop: Shop, token: str | None) -> Basket:
        """Return the basket of that token, or a fresh one under a new token."""
        with self._lock:
            known = self._baskets.get((shop.domain, token or ""))
            if known is None:
                known = Basket(secrets.token_hex(16))
                self._baskets[shop.domain, known.token] = known
                if len(self._baskets) > MOST_BASKETS:
                    del self._baskets[next(iter(self._baskets))]
            return known


def line_key(line: CartLine) -> str:
    """Return the key that names a line in the Ajax API: equal for equal variant, plan and properties."""
    content = json.dumps([line.selling_plan_id, line.properties], sort_keys=True)
    return f"{line.variant_id}:{hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()}"


def hundredths(amount: Decimal) -> int:
    """Return an amount as Liquid and the Ajax API write it: 19.5 is 1950."""
    return int(amount * 100)


def cart_json(shop: Shop, basket: Basket, priced: Priced) -> dict[str, object]:
    """Return the body of /cart.js for a basket and its price."""
    applied = {each.code.upper() for each in priced.applied if each.code is not None}
    original = sum(hundredths(line.gross) for line in priced.lines)
    total = sum(hundredths(line.net) for line in priced.lines)
    return {
        "token": basket.token,
        "note": basket.cart.note,
        "attributes": dict(basket.cart.attributes),
        "original_total_price": original,
        "total_price": total,
        "total_discount": original - total,
        "total_weight": 0.0,
        "item_count": sum(line.cart_line.quantity for line in priced.lines),
        "items": [item_json(line) for line in priced.lines],
        "requires_shipping": any(line.variant.requires_shipping for line in priced.lines),
        "currency": shop.currency,
        "items_subtotal_price": total,
        "cart_level_discount_applications": [
            {"type": each.type, "title": each.code or each.title, "total_allocated_amount": hundredths(each.amount)}
            for each in priced.applications
            if each.target_type == "line_item"
        ],
        "discount_codes": [{"code": code, "applicable": code.upper() in applied} for code in basket.codes],
    }


def item_json(line: PricedLine) -> dict[str, object]:
    """Return one line as the Ajax API writes it."""
    product, variant, bought = line.product, line.variant, line.cart_line
    is_only = variant.title == "Default Title"
    image = picture_path(product)
    return {
        "id": variant.id,
        "key": line_key(bought),
        "quantity": bought.quantity,
        "variant_id": variant.id,
        "product_id": product.id,
        "properties": dict(bought.properties),
        "title": product.title if is_only else f"{product.title} - {variant.title}",
        "product_title": product.title,
        "variant_title": None if is_only else variant.title,
        "price": hundredths(line.unit_price),
        "original_price": hundredths(line.unit_price),
        "discounted_price": hundredths(line.net / bought.quantity),
        "final_price": hundredths(line.net / bought.quantity),
        "line_price": hundredths(line.gross),
        "original_line_price": hundredths(line.gross),
        "final_line_price": hundredths(line.net),
        "total_discount": hundredths(line.discount),
        "sku": variant.sku,
        "vendor": product.vendor,
        "taxable": variant.is_taxable,
        "gift_card": product.is_gift_card,
        "url": f"/products/{product.handle}?variant={variant.id}",
        "image": image,
        "featured_image": {"url": image, "alt": product.title},
        "handle": product.handle,
        "requires_shipping": variant.requires_shipping,
        "product_type": product.product_type,
        "selling_plan_allocation": None
        if line.selling_plan is None
        else {"selling_plan": {"id": line.selling_plan.id, "name": line.selling_plan.name}},
    }


def line_from(data: Mapping[str, object]) -> CartLine:
    """Read a line from a request to /cart/add.js (JSON or form). Raises CartRefused when it makes no sense."""
    properties = data.get("properties") or {}
    if not isinstance(properties, Mapping):
        raise CartRefused("Properties must be an object.")
    plan = data.get("selling_plan")
    return CartLine(
        variant_id=whole_number(data.get("id"), "id"),
        quantity=whole_number(data.get("quantity", 1), "quantity"),
        selling_plan_id=None if plan in (None, "") else whole_number(plan, "selling_plan"),
        properties={str(key): str(value) for key, value in properties.items()},
    )


def codes_from(value: object) -> list[str]:
    """Read the `discount` of /cart/update.js: a comma-separated text of codes, which replace all earlier ones."""
    if not isinstance(value, str):
        raise CartRefused("Discount must be a text of codes separated by commas.")
    codes: dict[str, str] = {}
    for part in value.split(","):
        if code := part.strip():
            codes.setdefault(code.upper(), code)
    return list(codes.values())


def whole_number(value: object, name: str) -> int:
    """Read a whole number of at most 18 digits from JSON or a form. Raises CartRefused naming the field."""
    text = str(value).removeprefix("gid://shopify/ProductVariant/")
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or len(text) > 18:  # noqa: PLR2004 - a bigint
        raise CartRefused(f"{name} must be a whole number.")
    return int(text)


def _check(shop: Shop, line: CartLine) -> None:
    variant = shop.variants.get(line.variant_id)
    if variant is None:
        raise CartRefused("Cannot find variant", status=404, message="Cannot find variant")
    if line.quantity < 1:
        raise CartRefused("You have to add at least one.")
    plans = {plan.id for plan in shop.products[variant.product_id].selling_plans}
    if line.selling_plan_id is not None and line.selling_plan_id not in plans:
        raise CartRefused("This product is not sold with that selling plan.")
