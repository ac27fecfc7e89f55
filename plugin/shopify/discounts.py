"""Discount codes at Shopify: one code, one use, one buyer, and never a second name for the same redemption.

Shopify has no idempotency for discounts, so the code itself is the key: "already taken" and a lost answer are both settled by
looking the code up, and a discount is ours when its title ends with our reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, TypeVar

from plugin.loyalty.errors import Ambiguous, CodeTaken, OutsideError, Refused
from plugin.loyalty.outside import DiscountFound, DiscountSpec
from plugin.shopify import documents
from plugin.shopify.amounts import gid, gid_number, instant_text
from plugin.shopify.client import GraphqlClient, payload_of, user_errors

LONGEST_TITLE: Final = 255

T = TypeVar("T")


def create(client: GraphqlClient, spec: DiscountSpec) -> DiscountFound:
    """Write the discount; when it already stands and is ours, adopt it.

    Raises CodeTaken when the code is a stranger's, Refused with Shopify's words, and Ambiguous only when a look-up after a
    lost answer did not find the code either.
    """
    try:
        payload = _write(client, spec if spec.kind != "free_product" else _priced(client, spec))
    except Ambiguous as lost:
        found = _look_up(lost, lambda: find(client, spec.code, spec.reference))
        if found is None:
            raise
        return _adopted(client, found, spec)
    errors = user_errors(payload)
    if any(code == "TAKEN" for code, _ in errors):
        found = find(client, spec.code, spec.reference)
        if found is None:
            raise Ambiguous("the code is taken, but Shopify does not show it yet")
        return _adopted(client, found, spec)
    if errors:
        raise Refused("Shopify refused the discount", errors=errors)
    return DiscountFound(gid=_node_id(payload), is_ours=True, is_active=True)


def _adopted(client: GraphqlClient, found: DiscountFound, spec: DiscountSpec) -> DiscountFound:
    """The discount that an earlier try wrote. Its customer may have become another one since. Raises CodeTaken, and OutsideError.

    A customer whom Shopify no longer knows was merged, and we have not heard of it: hearing of it binds the code again.
    """
    ours = _ours(found)
    if spec.customer_id is not None:
        with suppress(Refused):
            rebind(client, ours.gid, spec)
    return ours


def find(client: GraphqlClient, code: str, reference: str) -> DiscountFound | None:
    """The discount that has this code, whoever made it; None when there is none."""
    node = client.read(documents.DISCOUNT_BY_CODE, {"code": code}).get("codeDiscountNodeByCode")
    if not isinstance(node, dict):
        return None
    discount = node.get("codeDiscount") or {}
    return DiscountFound(
        gid=str(node.get("id")),
        is_ours=str(discount.get("title") or "").endswith(_mark(reference)),
        is_active=discount.get("status") in {"ACTIVE", "SCHEDULED"},
    )


def deactivate(client: GraphqlClient, discount_gid: str) -> None:
    """Make sure the code cannot be used in a new checkout. A discount that is over or gone is a success."""
    try:
        payload = payload_of(client.write(documents.DEACTIVATE, {"id": discount_gid}), "discountCodeDeactivate")
        errors = user_errors(payload)
    except Ambiguous as lost:
        if _look_up(lost, lambda: _is_over(client, discount_gid)):
            return
        raise
    if errors and not _is_over(client, discount_gid):
        raise Refused("Shopify did not deactivate the discount", errors=errors)


def rebind(client: GraphqlClient, discount_gid: str, spec: DiscountSpec) -> None:
    """Bind the discount to `spec.customer_id` and to nobody else. Doing it twice is a success."""
    if spec.customer_id is None:
        msg = "a discount is rebound to a customer"
        raise ValueError(msg)
    wanted = gid("Customer", spec.customer_id)
    bound = _buyers(client, discount_gid)
    if bound == {wanted}:
        return
    customers: dict[str, list[str]] = {"remove": sorted(bound - {wanted})}
    if wanted not in bound:
        customers["add"] = [wanted]
    document, mutation = _UPDATES[spec.kind == "free_shipping"]
    variables = {"id": discount_gid, "input": {"context": {"customers": customers}}}
    try:
        payload = payload_of(client.write(document, variables), mutation)
    except Ambiguous as lost:
        if _look_up(lost, lambda: _buyers(client, discount_gid)) == {wanted}:
            return
        raise
    errors = user_errors(payload)
    if errors:
        raise Refused("Shopify did not bind the discount to the customer", errors=errors)


def discount_input(spec: DiscountSpec) -> dict[str, Any]:
    """The mutation's input for `spec`. Raises ValueError for a kind that is no discount or lacks its value."""
    written: dict[str, Any] = {
        "title": f"{spec.title[: LONGEST_TITLE - len(_mark(spec.reference))]}{_mark(spec.reference)}",
        "code": spec.code,
        "startsAt": instant_text(spec.starts_at),
        "endsAt": instant_text(spec.ends_at),
        "usageLimit": 1,
        "appliesOncePerCustomer": True,
        "recurringCycleLimit": 1,
        "context": _context(spec),
    }
    combines = {"orderDiscounts": spec.combines_with_order, "productDiscounts": spec.combines_with_product}
    minimum = _minimum(spec)
    if minimum is not None:
        written["minimumRequirement"] = {"subtotal": {"greaterThanOrEqualToSubtotal": _amount(minimum)}}
    if spec.kind == "free_shipping":
        return written | {"appliesOnOneTimePurchase": True, "destination": {"all": True}, "combinesWith": combines}
    return written | {
        "combinesWith": combines | {"shippingDiscounts": spec.combines_with_shipping},
        "customerGets": {"value": _value(spec), "items": _items(spec), "appliesOnOneTimePurchase": True},
    }


# --- Helpers ----------------------------------------------------------------------------------------------------------

_UPDATES: Final = {
    False: (documents.BASIC_UPDATE, "discountCodeBasicUpdate"),
    True: (documents.FREE_SHIPPING_UPDATE, "discountCodeFreeShippingUpdate"),
}


def _look_up(lost: Ambiguous, look: Callable[[], T]) -> T:
    """What stands at Shopify after a lost answer. A look-up that fails too leaves the write as doubtful as it was."""
    try:
        return look()
    except OutsideError:
        raise lost from None


def _write(client: GraphqlClient, spec: DiscountSpec) -> dict[str, Any]:
    variables = {"input": discount_input(spec)}
    if spec.kind == "free_shipping":
        return payload_of(client.write(documents.FREE_SHIPPING_CREATE, variables), "discountCodeFreeShippingCreate")
    return payload_of(client.write(documents.BASIC_CREATE, variables), "discountCodeBasicCreate")


def _ours(found: DiscountFound) -> DiscountFound:
    if not found.is_ours:
        raise CodeTaken("the code belongs to another discount", errors=(("TAKEN", "the code is already in use"),))
    return found


def _node_id(payload: Mapping[str, Any]) -> str:
    node = payload.get("codeDiscountNode")
    if not isinstance(node, dict) or not isinstance(node.get("id"), str):
        raise Ambiguous("the answer names no discount")
    return str(node["id"])


def _mark(reference: str) -> str:
    return f" · regulars:{reference}"


def _context(spec: DiscountSpec) -> dict[str, Any]:
    if spec.customer_id is None:
        return {"all": "ALL"}
    return {"customers": {"add": [gid("Customer", spec.customer_id)]}}


def _minimum(spec: DiscountSpec) -> Decimal | None:
    """An amount off needs a cart of at least its value, else part of what the member paid for would be lost."""
    if spec.kind != "amount_off" or spec.value is None:
        return spec.minimum_subtotal
    return spec.value if spec.minimum_subtotal is None else max(spec.value, spec.minimum_subtotal)


def _value(spec: DiscountSpec) -> dict[str, Any]:
    if spec.value is None or spec.kind not in {"amount_off", "percent_off", "free_product"}:
        msg = f"a {spec.kind} discount needs a kind and a value that belong together"
        raise ValueError(msg)
    if spec.kind == "percent_off":
        return {"percentage": float(spec.value / 100)}
    return {"discountAmount": {"amount": _amount(spec.value), "appliesOnEachItem": False}}


def _items(spec: DiscountSpec) -> dict[str, Any]:
    if spec.variant_id is not None:
        return {"products": {"productVariantsToAdd": [gid("ProductVariant", spec.variant_id)]}}
    if spec.product_ids:
        return {"products": {"productsToAdd": [gid("Product", number) for number in spec.product_ids]}}
    if spec.collection_ids:
        return {"collections": {"add": [gid("Collection", number) for number in spec.collection_ids]}}
    return {"all": True}


def _priced(client: GraphqlClient, spec: DiscountSpec) -> DiscountSpec:
    """A free product with what one unit costs now.

    Shopify's percentage would make every unit free, so exactly one is an amount: the unit's price, spread over the units in the cart.
    """
    [product_id] = spec.product_ids
    found = client.read(documents.UNIT_PRICE, {"id": gid("Product", product_id)}).get("product")
    prices = {
        gid_number(str(node.get("id")), "ProductVariant"): Decimal(str(node.get("price")))
        for node in ((found or {}).get("variants") or {}).get("nodes") or ()
    }
    if spec.variant_id is not None:
        prices = {number: price for number, price in prices.items() if number == spec.variant_id}
    if not prices:
        raise Refused("the product is not in the shop any more")
    if len(set(prices.values())) > 1:
        raise Refused("the product's variants cost differently; the reward must name one of them")
    price = next(iter(prices.values()))
    if not price:
        raise Refused("the product costs nothing already")
    return replace(spec, value=price)


def _amount(value: Decimal) -> str:
    return f"{value:f}"


def _shown(client: GraphqlClient, discount_gid: str) -> dict[str, Any] | None:
    node_gid = discount_gid.replace("/DiscountCodeNode/", "/DiscountNode/")
    node = client.read(documents.DISCOUNT_BUYERS, {"id": node_gid}).get("discountNode")
    return dict(node.get("discount") or {}) if isinstance(node, dict) else None


def _is_over(client: GraphqlClient, discount_gid: str) -> bool:
    discount = _shown(client, discount_gid)
    return discount is None or discount.get("status") == "EXPIRED"


def _buyers(client: GraphqlClient, discount_gid: str) -> set[str]:
    discount = _shown(client, discount_gid) or {}
    customers = (discount.get("context") or {}).get("customers") or ()
    return {str(customer.get("id")) for customer in customers}
