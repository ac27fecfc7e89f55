"""Writing discounts through the Admin API: the input is checked as Shopify checks it, and every objection is a user error."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from devstore.model import Discount, DiscountClass, numeric_id
from devstore.world import Shop

Json = dict[str, Any]
LONGEST_CODE: Final = 255
_CLASSES: Final[dict[str, DiscountClass]] = {
    "orderDiscounts": "ORDER",
    "productDiscounts": "PRODUCT",
    "shippingDiscounts": "SHIPPING",
}


@dataclass(slots=True)
class Form:
    """One input on its way into a discount. `name` is the argument that user errors point into."""

    shop: Shop
    name: str
    given: Json
    existing: Discount | None = None
    errors: list[Json] = field(default_factory=list)

    def refuse(self, code: str, message: str, *path: str) -> None:
        """Note an objection to the field at `path`."""
        self.errors.append(user_error(code, message, self.name, *path))


def user_error(code: str | None, message: str, *path: str) -> Json:
    """One entry of `userErrors`."""
    return {"code": code, "field": list(path) or None, "message": message, "extraInfo": None}


def write(form: Form, *, is_free_shipping: bool) -> Discount | None:
    """Create or update the discount; None when there are objections (see `form.errors`), and nothing has changed then."""
    changes = _read(form, is_free_shipping=is_free_shipping)
    if form.errors:
        return None
    if form.existing is not None:
        return _change(form.shop, form.existing, changes)
    world = form.shop.world
    now = world.now()
    fresh = Discount(
        id=world.next_id("discount"),
        code_id=world.next_id("redeem_code"),
        created_at=now,
        updated_at=now,
        is_from_app=True,
        **changes,
    )
    return form.shop.add_discount(fresh)


def _change(shop: Shop, discount: Discount, changes: Json) -> Discount:
    if "code" in changes and discount.code is not None:
        del shop.codes[discount.code.upper()]
        shop.codes[changes["code"].upper()] = discount
    for key, value in changes.items():
        setattr(discount, key, value)
    discount.updated_at = shop.world.now()
    if "ends_at" in changes and (discount.ends_at is None or discount.ends_at > discount.updated_at):
        discount.is_deactivated = False
    return discount


def _read(form: Form, *, is_free_shipping: bool) -> Json:
    given, changes = form.given, {}
    changes.update(_read_texts(form))
    changes.update(_read_dates(form))
    changes.update(_read_limits(form))
    changes.update(_read_context(form))
    changes.update(_read_minimum(form))
    if "combinesWith" in given and given["combinesWith"] is not None:
        changes["combines_with"] = _read_combinations(form, given["combinesWith"])
    if "tags" in given:
        changes["tags"] = tuple(given["tags"] or ())
    if is_free_shipping:
        changes["kind"] = "free_shipping"
        changes.update(_read_purchase_kinds(given))
        if "maximumShippingPrice" in given:
            changes["maximum_shipping_price"] = given["maximumShippingPrice"]
    else:
        changes.update(_read_gets(form))
    _check_cycles(form, changes)
    return changes


def _read_texts(form: Form) -> Json:
    changes: Json = {}
    for key, label in (("title", "Title"), ("code", "Code")):
        value = form.given.get(key)
        if key in form.given or form.existing is None:
            if not value or not value.strip():
                form.refuse("BLANK", f"{label} can't be blank", key)
            elif len(value) > LONGEST_CODE:
                form.refuse("TOO_LONG", f"{label} is too long (maximum is {LONGEST_CODE} characters)", key)
            else:
                changes[key] = value
    if "code" in changes:
        holder = form.shop.discount_by_code(changes["code"])
        if holder is not None and holder is not form.existing:
            form.refuse("TAKEN", "Code must be unique. Please try a different code.", "code")
    return changes


def _read_dates(form: Form) -> Json:
    changes: Json = {}
    if form.given.get("startsAt") is not None:
        changes["starts_at"] = form.given["startsAt"]
    elif form.existing is None:
        form.refuse("BLANK", "Starts at can't be blank", "startsAt")
    if "endsAt" in form.given:
        changes["ends_at"] = form.given["endsAt"]
    starts: datetime | None = changes.get("starts_at", form.existing and form.existing.starts_at)
    ends: datetime | None = changes.get("ends_at")
    if starts is not None and ends is not None and ends <= starts:
        form.refuse("END_DATE_BEFORE_START_DATE", "Ends at needs to be after starts at", "endsAt")
    return changes


def _read_limits(form: Form) -> Json:
    changes: Json = {}
    if "usageLimit" in form.given:
        limit = form.given["usageLimit"]
        if limit is not None and limit < 1:
            form.refuse("GREATER_THAN", "Usage limit must be greater than 0", "usageLimit")
        changes["usage_limit"] = limit
    if form.given.get("appliesOncePerCustomer") is not None:
        changes["is_once_per_customer"] = form.given["appliesOncePerCustomer"]
    if "recurringCycleLimit" in form.given:
        changes["recurring_cycle_limit"] = form.given["recurringCycleLimit"]
    return changes


def _read_context(form: Form) -> Json:
    context = form.given.get("context")
    if context is None:
        if form.existing is None:
            form.refuse("BLANK", "Context can't be blank", "context")
        return {}
    if "all" in context:
        return {"customer_ids": None}
    if "customers" not in context:
        form.refuse("INVALID", "The dev store knows no customer segments and no markets", "context")
        return {}
    kept = set(form.existing.customer_ids or ()) if form.existing else set()
    added = _ids(form, context["customers"].get("add"), "Customer", form.shop.customers, "context", "customers", "add")
    removed = {numeric_id(each, "Customer") for each in context["customers"].get("remove") or ()}
    chosen = frozenset((kept | added) - removed)
    if not chosen:
        form.refuse("BLANK", "Customers can't be blank", "context", "customers")
    return {"customer_ids": chosen}


def _read_minimum(form: Form) -> Json:
    if "minimumRequirement" not in form.given:
        return {}
    asked = form.given["minimumRequirement"] or {}
    subtotal = (asked.get("subtotal") or {}).get("greaterThanOrEqualToSubtotal")
    quantity = (asked.get("quantity") or {}).get("greaterThanOrEqualToQuantity")
    if subtotal is not None and quantity is not None:
        form.refuse(
            "MINIMUM_SUBTOTAL_AND_QUANTITY_RANGE_BOTH_PRESENT",
            "Minimum subtotal and minimum quantity cannot both be present",
            "minimumRequirement",
        )
    return {"minimum_subtotal": subtotal, "minimum_quantity": None if quantity is None else int(quantity)}


def _read_combinations(form: Form, asked: Json) -> frozenset[DiscountClass]:
    if asked.get("productDiscountsWithTagsOnSameCartLine"):
        form.refuse(
            "PRODUCT_DISCOUNTS_WITH_TAGS_ON_SAME_CART_LINE_NOT_ENTITLED",
            "The shop's plan does not allow several product discounts on one line",
            "combinesWith",
        )
    return frozenset(kind for key, kind in _CLASSES.items() if asked.get(key))


def _read_gets(form: Form) -> Json:
    gets = form.given.get("customerGets")
    if gets is None:
        if form.existing is None:
            form.refuse("BLANK", "Customer gets can't be blank", "customerGets")
        return {}
    changes = _read_purchase_kinds(gets)
    if gets.get("value") is not None or form.existing is None:
        changes.update(_read_value(form, gets.get("value") or {}))
    if gets.get("items") is not None or form.existing is None:
        changes.update(_read_items(form, gets.get("items") or {}))
    return changes


def _read_purchase_kinds(given: Json) -> Json:
    changes: Json = {}
    if given.get("appliesOnOneTimePurchase") is not None:
        changes["on_one_time_purchase"] = given["appliesOnOneTimePurchase"]
    if given.get("appliesOnSubscription") is not None:
        changes["on_subscription"] = given["appliesOnSubscription"]
    return changes


def _read_value(form: Form, value: Json) -> Json:
    path = ("customerGets", "value")
    given = [key for key in ("percentage", "discountAmount", "discountOnQuantity") if value.get(key) is not None]
    if len(given) != 1 or given == ["discountOnQuantity"]:
        form.refuse("INVALID", "Value must be either a percentage or an amount", *path)
        return {}
    if given == ["percentage"]:
        fraction = Decimal(str(value["percentage"]))
        if not 0 < fraction <= 1:
            form.refuse("VALUE_OUTSIDE_RANGE", "Value must be between 0.0 and 1.0", *path, "percentage")
        return {"kind": "percentage", "value": fraction, "is_per_item": False}
    amount = value["discountAmount"].get("amount")
    if amount is None or amount <= 0:
        form.refuse("GREATER_THAN", "Value must be greater than 0", *path, "discountAmount", "amount")
        return {}
    return {"kind": "amount", "value": amount, "is_per_item": bool(value["discountAmount"].get("appliesOnEachItem"))}


def _read_items(form: Form, items: Json) -> Json:
    path = ("customerGets", "items")
    if len([each for each in items.values() if each]) != 1:
        form.refuse("APPLIES_ON_NOTHING", "A discount must apply to all items, products or collections", *path)
        return {}
    products, collections = items.get("products") or {}, items.get("collections") or {}
    shop = form.shop
    return {
        "product_ids": frozenset(_ids(form, products.get("productsToAdd"), "Product", shop.products, *path)),
        "variant_ids": frozenset(
            _ids(form, products.get("productVariantsToAdd"), "ProductVariant", shop.variants, *path)
        ),
        "collection_ids": frozenset(_ids(form, collections.get("add"), "Collection", shop.collections, *path)),
    }


def _check_cycles(form: Form, changes: Json) -> None:
    limit = changes.get("recurring_cycle_limit")
    if limit is not None and limit != 1 and not changes.get("on_subscription", False):
        form.refuse(
            "MULTIPLE_RECURRING_CYCLE_LIMIT_FOR_NON_SUBSCRIPTION_ITEMS",
            "Recurring cycle limit must be 1 for discounts that do not apply to subscriptions",
            "recurringCycleLimit",
        )
    if changes.get("on_one_time_purchase") is False and changes.get("on_subscription") is False:
        form.refuse(
            "APPLIES_ON_NOTHING", "A discount must apply to one-time purchases or subscriptions", "customerGets"
        )


def _ids(form: Form, gids: Iterable[str] | None, kind: str, known: Container[int], *path: str) -> set[int]:
    found: set[int] = set()
    for each in gids or ():
        number = numeric_id(each, kind)
        if number is None or number not in known:
            form.refuse("INVALID", f"{kind} with id {each} is invalid", *path)
        else:
            found.add(number)
    return found
