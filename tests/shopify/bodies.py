"""Webhook bodies as Shopify sends them: the full REST shape, with everything in it that we must not keep."""

from __future__ import annotations

from typing import Any

PERSON = {
    "first_name": "Ada",
    "last_name": "Canary",
    "email": "ada.canary@example.com",
    "phone": "+15550100",
    "address1": "1 Canary Street",
    "address2": None,
    "city": "Ottawa",
    "zip": "K2P0V6",
    "province": "Ontario",
    "country": "Canada",
    "company": "Canary Ltd",
    "name": "Ada Canary",
    "latitude": 45.4,
    "longitude": -75.7,
}


def money_set(shop: str, presentment: str | None = None) -> dict[str, Any]:
    """A *_set in USD, presented in CAD."""
    return {
        "shop_money": {"amount": shop, "currency_code": "USD"},
        "presentment_money": {"amount": presentment or shop, "currency_code": "CAD"},
    }


def line(line_id: int, price: str = "10.00", quantity: int = 1, **changes: Any) -> dict[str, Any]:
    """A line item; changes replace whole fields."""
    return {
        "id": line_id,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{line_id}",
        "attributed_staffs": [],
        "current_quantity": quantity,
        "fulfillable_quantity": quantity,
        "fulfillment_service": "manual",
        "fulfillment_status": None,
        "gift_card": False,
        "grams": 250,
        "name": "House blend - 250 g",
        "price": price,
        "price_set": money_set(price, "13.70"),
        "product_exists": True,
        "product_id": 900 + line_id,
        "properties": [{"name": "grind", "value": "whole"}],
        "quantity": quantity,
        "requires_shipping": True,
        "sku": "HB-250",
        "taxable": True,
        "title": "House blend",
        "total_discount": "0.00",
        "total_discount_set": money_set("0.00"),
        "variant_id": 7000 + line_id,
        "variant_inventory_management": "shopify",
        "variant_title": "250 g",
        "vendor": "Brew",
        "tax_lines": [
            {"title": "HST", "price": "1.30", "rate": 0.13, "price_set": money_set("1.30"), "channel_liable": False}
        ],
        "duties": [],
        "discount_allocations": [],
    } | changes


def refund(refund_id: int, *lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A refund as orders list it; add `order_id` for refunds/create."""
    return {
        "id": refund_id,
        "admin_graphql_api_id": f"gid://shopify/Refund/{refund_id}",
        "order_id": 5001,
        "created_at": "2026-11-05T12:00:00-05:00",
        "processed_at": "2026-11-05T12:00:00-05:00",
        "note": "did not like it",
        "restock": True,
        "total_duties_set": money_set("0.00"),
        "user_id": 11,
        "duties": [],
        "order_adjustments": [],
        "refund_line_items": list(lines),
        "transactions": [{"id": 1, "amount": "10.00", "kind": "refund", "gateway": "bogus", "status": "success"}],
    } | changes


def refund_line(line_id: int, quantity: int, subtotal: str, tax: str = "0.00", **changes: Any) -> dict[str, Any]:
    """One refunded line."""
    return {
        "id": 800 + line_id,
        "line_item_id": line_id,
        "line_item": line(line_id, quantity=quantity),
        "location_id": 3,
        "quantity": quantity,
        "restock_type": "return",
        "subtotal": float(subtotal),
        "subtotal_set": money_set(subtotal),
        "total_tax": float(tax),
        "total_tax_set": money_set(tax),
    } | changes


def order(*lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A paid order of customer 7001 with two lines unless told otherwise."""
    items = list(lines) or [line(1), line(2, "12.50", 2)]
    address = dict(PERSON)
    return {
        "id": 5001,
        "admin_graphql_api_id": "gid://shopify/Order/5001",
        "app_id": 580111,
        "browser_ip": "203.0.113.9",
        "buyer_accepts_marketing": False,
        "cancel_reason": None,
        "cancelled_at": None,
        "cart_token": "c1-0123456789abcdef",
        "checkout_id": 1,
        "client_details": {
            "accept_language": "en-CA",
            "browser_ip": "203.0.113.9",
            "user_agent": "Mozilla/5.0 " + "x" * 90,
        },
        "closed_at": None,
        "company": None,
        "confirmed": True,
        "contact_email": PERSON["email"],
        "created_at": "2026-11-01T10:00:00-05:00",
        "currency": "USD",
        "current_subtotal_price": "35.00",
        "current_subtotal_price_set": money_set("35.00"),
        "current_total_price": "44.55",
        "current_total_price_set": money_set("44.55"),
        "customer_locale": "en-CA",
        "discount_codes": [],
        "discount_applications": [],
        "email": PERSON["email"],
        "estimated_taxes": False,
        "financial_status": "paid",
        "fulfillment_status": None,
        "landing_site": "/?ref=x",
        "location_id": None,
        "name": "#1001",
        "note": "Please ring twice",
        "note_attributes": [],
        "number": 1,
        "order_number": 1001,
        "order_status_url": "https://brew.myshopify.com/1/orders/abc/authenticate?key=secret",
        "payment_gateway_names": ["shopify_payments"],
        "phone": None,
        "presentment_currency": "CAD",
        "processed_at": "2026-11-01T10:00:00-05:00",
        "reference": None,
        "source_name": "web",
        "subtotal_price": "35.00",
        "subtotal_price_set": money_set("35.00"),
        "tags": "",
        "tax_exempt": False,
        "tax_lines": [{"price": "4.55", "rate": 0.13, "title": "HST", "price_set": money_set("4.55")}],
        "taxes_included": False,
        "test": False,
        "token": "abcdef",
        "total_discounts": "0.00",
        "total_line_items_price": "35.00",
        "total_outstanding": "0.00",
        "total_price": "44.55",
        "total_price_set": money_set("44.55"),
        "total_shipping_price_set": money_set("5.00"),
        "total_tax": "4.55",
        "total_tip_received": "0.00",
        "total_weight": 500,
        "updated_at": "2026-11-01T10:00:05-05:00",
        "user_id": None,
        "billing_address": address,
        "shipping_address": address,
        "customer": {"id": 7001, "state": "enabled", "tags": "", "default_address": address} | PERSON,
        "fulfillments": [],
        "line_items": items,
        "payment_terms": None,
        "refunds": [],
        "shipping_lines": [
            {
                "id": 6,
                "code": "Standard",
                "price": "5.00",
                "price_set": money_set("5.00"),
                "discounted_price_set": money_set("5.00"),
            }
        ],
    } | changes
