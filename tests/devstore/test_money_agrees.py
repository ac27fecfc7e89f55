"""Webhooks (REST-shaped) and the Admin API say the same about every order, whatever has happened to it."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from devstore import payloads
from devstore.config import Config
from devstore.model import Cart, CartLine, Order, SellingPlan, gid
from devstore.world import Impossible
from tests.devstore.conftest import Brew

JSON = dict[str, Any]
QUERY = """
query Everything($id: ID!) { order(id: $id) {
  id name test createdAt updatedAt processedAt cancelledAt displayFinancialStatus sourceName discountCodes taxesIncluded
  currencyCode presentmentCurrencyCode customer { id tags locale } customerLocale customAttributes { key value }
  purchasingEntity { __typename }
  subtotalPriceSet { ...M } currentSubtotalPriceSet { ...M } totalPriceSet { ...M } currentTotalPriceSet { ...M }
  totalTaxSet { ...M } currentTotalTaxSet { ...M } totalDiscountsSet { ...M } currentTotalDiscountsSet { ...M }
  totalShippingPriceSet { ...M } currentShippingPriceSet { ...M } totalTipReceivedSet { ...M } totalOutstandingSet { ...M }
  lineItems(first: 20) { nodes { id quantity currentQuantity isGiftCard product { id } variant { id }
    originalUnitPriceSet { ...M } taxLines { rate priceSet { ...M } }
    discountAllocations { allocatedAmountSet { ...M } discountApplication { index ... on DiscountCodeApplication { code } } } } }
  shippingLines(first: 5) { nodes { id originalPriceSet { ...M } discountedPriceSet { ...M } } }
  refunds { id createdAt totalRefundedSet { ...M }
    refundLineItems(first: 20) { nodes { quantity lineItem { id } subtotalSet { ...M } totalTaxSet { ...M } } }
    refundShippingLines(first: 5) { nodes { id subtotalAmountSet { ...M } } }
    orderAdjustments(first: 5) { nodes { id amountSet { ...M } } } }
  transactions { id kind amountSet { shopMoney { amount } } }
} }
fragment M on MoneyBag { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
"""


@pytest.mark.parametrize("seed", range(25))
def test_rest_and_graphql_tell_the_same_story(brew: Brew, seed: int) -> None:
    order = play(brew, random.Random(seed))

    rest = msgspec.json.decode(msgspec.json.encode(payloads.order(brew.shop, order, Config())))
    graphql = brew.ask(QUERY, id=gid("Order", order.id))["data"]["order"]

    assert from_rest(rest) == from_graphql(graphql)


def play(brew: Brew, rng: random.Random) -> Order:
    """An order with a random life: taxes, currencies, codes, tips, edits, refunds."""
    shop = brew.shop
    shop.tax_rate, shop.prices_include_tax = rng.choice([Decimal(0), Decimal("0.19")]), rng.random() < 0.5
    shop.presentment_rates = {"EUR": Decimal("0.9137"), "JPY": Decimal("149.31")}
    beans = shop.add_product("Beans", "17.35", subscription=SellingPlan(77, "Monthly", percent_off=15))
    card = shop.add_product("Gift card", "25.00", is_gift_card=True)
    everything = frozenset({"ORDER", "PRODUCT", "SHIPPING"})
    shop.write_discount("THIRD", value="0.333", percent=True, combines_with=everything)
    shop.write_discount("MUG", value="3.07", product_ids=frozenset({brew.mug.id}), combines_with=everything)
    variants = [each.variants[0].id for each in (brew.espresso, brew.mug, beans, card)]
    order = shop.checkout(
        Cart(
            [CartLine(each, rng.randint(1, 4)) for each in rng.sample(variants, rng.randint(2, 4))]
            + [CartLine(variants[2], 1, selling_plan_id=77)],
            attributes={"regulars_ref": "ANN"},
        ),
        brew.ann.id,
        codes=[code for code in ("THIRD",) if rng.random() < 0.7],
        tip=rng.choice([Decimal(0), Decimal("2.50")]),
        presentment_currency=rng.choice([None, "EUR", "JPY"]),
        company_id=rng.choice([None, 9]),
        is_test=rng.random() < 0.2,
        is_paid=rng.random() < 0.8,
    )
    assert isinstance(order, Order)
    for _ in range(rng.randint(0, 4)):
        brew.world.advance(timedelta(minutes=rng.randint(1, 90)))
        with suppress(Impossible):
            happen(brew, order, rng)
    return order


def happen(brew: Brew, order: Order, rng: random.Random) -> None:
    shop, line = brew.shop, rng.choice(order.lines)
    mug = CartLine(brew.mug.variants[0].id)
    acts: list[Callable[[], object]] = [
        lambda: shop.refund(order.id, {line.id: 1}),
        lambda: shop.refund(order.id, amount=Decimal("1.11")),
        lambda: shop.refund(order.id, {line.id: 1}, Decimal("0.50"), shipping=Decimal("1.00")),
        lambda: shop.edit(order.id, remove={line.id: 1}, add=[mug], is_shown_as_refund=rng.random() < 0.5),
        lambda: shop.pay(order.id),
        lambda: shop.cancel(order.id),
        lambda: shop.refund(order.id),
    ]
    rng.choice(acts)()


def from_rest(order: JSON) -> JSON:
    return {
        "id": order["admin_graphql_api_id"],
        "test": order["test"],
        "at": [instant(order[key]) for key in ("created_at", "updated_at", "processed_at", "cancelled_at")],
        "status": order["financial_status"].upper(),
        "codes": [each["code"] for each in order["discount_codes"]],
        "customer": gid("Customer", order["customer"]["id"]),
        "is_company": order["company"] is not None,
        "attributes": {each["name"]: each["value"] for each in order["note_attributes"]},
        "money": [
            bag(order[f"{key}_set"])
            for key in (
                "subtotal_price",
                "current_subtotal_price",
                "total_price",
                "current_total_price",
                "total_tax",
                "current_total_tax",
                "total_discounts",
                "current_total_discounts",
                "total_shipping_price",
                "current_shipping_price",
            )
        ],
        "tip": Decimal(order["total_tip_received"]),
        "outstanding": Decimal(order["total_outstanding"]),
        "lines": [
            {
                "id": each["admin_graphql_api_id"],
                "quantities": [each["quantity"], each["current_quantity"]],
                "product": each["product_id"] and gid("Product", each["product_id"]),
                "is_gift_card": each["gift_card"],
                "price": bag(each["price_set"]),
                "tax": [bag(tax["price_set"]) for tax in each["tax_lines"]],
                "parts": [
                    [
                        bag(part["amount_set"]),
                        part["discount_application_index"],
                        order["discount_applications"][part["discount_application_index"]].get("code"),
                    ]
                    for part in each["discount_allocations"]
                ],
            }
            for each in order["line_items"]
        ],
        "shipping": [[bag(each["price_set"]), bag(each["discounted_price_set"])] for each in order["shipping_lines"]],
        "refunds": [
            {
                "id": gid("Refund", each["id"]),
                "at": instant(each["created_at"]),
                "lines": [
                    [
                        gid("LineItem", part["line_item_id"]),
                        part["quantity"],
                        bag(part["subtotal_set"]),
                        bag(part["total_tax_set"]),
                    ]
                    for part in each["refund_line_items"]
                ],
                "shipping": [bag(part["subtotal_amount_set"]) for part in each["refund_shipping_lines"]],
                "adjustments": [bag(part["amount_set"]) for part in each["order_adjustments"]],
                "money": sum(Decimal(part["amount"]) for part in each["transactions"]),
            }
            for each in order["refunds"]
        ],
    }


def from_graphql(order: JSON) -> JSON:
    return {
        "id": order["id"],
        "test": order["test"],
        "at": [instant(order[key]) for key in ("createdAt", "updatedAt", "processedAt", "cancelledAt")],
        "status": order["displayFinancialStatus"],
        "codes": order["discountCodes"],
        "customer": order["customer"]["id"],
        "is_company": order["purchasingEntity"]["__typename"] == "PurchasingCompany",
        "attributes": {each["key"]: each["value"] for each in order["customAttributes"]},
        "money": [
            bag(order[f"{key}Set"])
            for key in (
                "subtotalPrice",
                "currentSubtotalPrice",
                "totalPrice",
                "currentTotalPrice",
                "totalTax",
                "currentTotalTax",
                "totalDiscounts",
                "currentTotalDiscounts",
                "totalShippingPrice",
                "currentShippingPrice",
            )
        ],
        "tip": bag(order["totalTipReceivedSet"])[0],
        "outstanding": bag(order["totalOutstandingSet"])[0],
        "lines": [
            {
                "id": each["id"],
                "quantities": [each["quantity"], each["currentQuantity"]],
                "product": each["product"] and each["product"]["id"],
                "is_gift_card": each["isGiftCard"],
                "price": bag(each["originalUnitPriceSet"]),
                "tax": [bag(tax["priceSet"]) for tax in each["taxLines"]],
                "parts": [
                    [
                        bag(part["allocatedAmountSet"]),
                        part["discountApplication"]["index"],
                        part["discountApplication"].get("code"),
                    ]
                    for part in each["discountAllocations"]
                ],
            }
            for each in order["lineItems"]["nodes"]
        ],
        "shipping": [
            [bag(each["originalPriceSet"]), bag(each["discountedPriceSet"])] for each in order["shippingLines"]["nodes"]
        ],
        "refunds": [
            {
                "id": each["id"],
                "at": instant(each["createdAt"]),
                "lines": [
                    [part["lineItem"]["id"], part["quantity"], bag(part["subtotalSet"]), bag(part["totalTaxSet"])]
                    for part in each["refundLineItems"]["nodes"]
                ],
                "shipping": [bag(part["subtotalAmountSet"]) for part in each["refundShippingLines"]["nodes"]],
                "adjustments": [bag(part["amountSet"]) for part in each["orderAdjustments"]["nodes"]],
                "money": bag(each["totalRefundedSet"])[0],
            }
            for each in order["refunds"]
        ],
    }


def bag(money: JSON) -> list[Any]:
    shop = money.get("shop_money") or money["shopMoney"]
    shown = money.get("presentment_money") or money["presentmentMoney"]
    return [Decimal(shop["amount"]), Decimal(shown["amount"]), shown.get("currency_code") or shown["currencyCode"]]


def instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
