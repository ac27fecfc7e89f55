"""The orders that are sent: distinct, realistic orders/create bodies of about 8.5 KB, made from a seed and signed in advance.

One file holds them all, so that the load generator spends its time on sending: a 4-byte length, 44 bytes of signature, the body.
"""

from __future__ import annotations

import base64
import hmac
import random
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

FIRST_ORDER: Final = 5_600_000_000_000
FIRST_CUSTOMER: Final = 7_300_000_000_000
CUSTOMERS: Final = 20_000
SOLD_FROM: Final = datetime(2026, 3, 1, tzinfo=UTC)
SIGNATURE_LENGTH: Final = 44

GOODS: Final = (
    ("House blend", "250 g", "11.50"),
    ("House blend", "1 kg", "36.00"),
    ("Single origin Huehuetenango", "250 g", "14.90"),
    ("Decaf, Swiss water", "250 g", "12.40"),
    ("Hand drip kettle", "0.9 l", "64.00"),
    ("Paper filters, size 4", "100 sheets", "7.25"),
    ("Tasting mug", "Speckled", "18.00"),
    ("Grinder", "Conical burrs", "129.00"),
)
PLACES: Final = (
    ("Portland", "OR", "Oregon", "97209"),
    ("Duluth", "MN", "Minnesota", "55802"),
    ("Asheville", "NC", "North Carolina", "28801"),
)


def write(path: Path, *, count: int, secret: bytes, seed: int) -> None:
    """Write `count` signed bodies to `path`; the same arguments give the same bytes."""
    encode = msgspec.json.Encoder().encode
    draft = path.with_suffix(".new")
    with draft.open("wb") as file:
        for order in orders(count, seed=seed):
            body = encode(order)
            signature = base64.b64encode(hmac.digest(secret, body, "sha256"))
            file.write(struct.pack("=I", len(body)) + signature + body)
    draft.replace(path)


def read(path: Path, *, limit: int) -> list[bytes]:
    """The first `limit` bodies of a file."""
    bodies: list[bytes] = []
    with path.open("rb") as file:
        while len(bodies) < limit and (head := file.read(4)):
            file.seek(SIGNATURE_LENGTH, 1)
            bodies.append(file.read(struct.unpack("=I", head)[0]))
    return bodies


def orders(count: int, *, seed: int) -> Iterator[dict[str, Any]]:
    """Paid orders of one to four lines by 20,000 customers, a tenth of them with a discount."""
    chance = random.Random(seed)
    for number in range(count):
        yield _order(chance, number)


def _order(chance: random.Random, number: int) -> dict[str, Any]:
    order_id = FIRST_ORDER + number
    lines = [_line(chance, order_id, place) for place in range(chance.choice((1, 1, 2, 2, 2, 3, 4)))]
    goods = sum(round(float(line["price"]) * 100) * line["quantity"] for line in lines)
    discounts: list[dict[str, Any]] = []
    codes: list[dict[str, Any]] = []
    if chance.random() < 0.1:
        off = _money(round(float(lines[0]["price"]) * 10))
        lines[0]["discount_allocations"] = [{"amount": off, "amount_set": _set(off), "discount_application_index": 0}]
        discounts = [
            {
                "type": "discount_code",
                "code": "SPRING",
                "value": "10.0",
                "value_type": "percentage",
                "allocation_method": "each",
            }
        ]
        codes = [{"code": "SPRING", "amount": off, "type": "percentage"}]
    sold_at = SOLD_FROM + timedelta(seconds=number)
    return _frame(chance, order_id, sold_at.strftime("%Y-%m-%dT%H:%M:%S+00:00"), lines, goods, discounts, codes)


def _frame(
    chance: random.Random,
    order_id: int,
    sold_at: str,
    lines: list[dict[str, Any]],
    goods: int,
    discounts: list[dict[str, Any]],
    codes: list[dict[str, Any]],
) -> dict[str, Any]:
    customer = FIRST_CUSTOMER + chance.randrange(CUSTOMERS)
    address = _address(chance, customer)
    subtotal, tax, total = _money(goods), _money(goods * 8 // 100), _money(goods + goods * 8 // 100 + 500)
    token = f"{chance.getrandbits(128):032x}"
    return {
        "id": order_id,
        "admin_graphql_api_id": f"gid://shopify/Order/{order_id}",
        "app_id": 580111,
        "browser_ip": "203.0.113.77",
        "buyer_accepts_marketing": False,
        "cancel_reason": None,
        "cancelled_at": None,
        "cart_token": f"hWN{token}",
        "checkout_id": order_id + 11,
        "checkout_token": token,
        "client_details": {
            "accept_language": "en-US",
            "browser_height": None,
            "browser_ip": "203.0.113.77",
            "browser_width": None,
            "session_hash": None,
            "user_agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0",
        },
        "closed_at": None,
        "company": None,
        "confirmation_number": token[:9].upper(),
        "confirmed": True,
        "contact_email": address["email"],
        "created_at": sold_at,
        "currency": "USD",
        "current_subtotal_price": subtotal,
        "current_subtotal_price_set": _set(subtotal),
        "current_total_discounts": "0.00",
        "current_total_discounts_set": _set("0.00"),
        "current_total_price": total,
        "current_total_price_set": _set(total),
        "current_total_tax": tax,
        "current_total_tax_set": _set(tax),
        "customer_locale": "en-US",
        "discount_codes": codes,
        "discount_applications": discounts,
        "email": address["email"],
        "estimated_taxes": False,
        "financial_status": "paid",
        "fulfillment_status": None,
        "landing_site": "/collections/coffee?utm_source=newsletter&utm_medium=email",
        "location_id": None,
        "merchant_of_record_app_id": None,
        "name": f"#{1000 + order_id - FIRST_ORDER}",
        "note": None,
        "note_attributes": [],
        "number": order_id - FIRST_ORDER,
        "order_number": 1000 + order_id - FIRST_ORDER,
        "order_status_url": f"https://bench.myshopify.com/601/orders/{token}/authenticate?key={token}",
        "payment_gateway_names": ["shopify_payments"],
        "phone": None,
        "presentment_currency": "USD",
        "processed_at": sold_at,
        "reference": None,
        "referring_site": "https://mail.example.com/",
        "source_name": "web",
        "subtotal_price": subtotal,
        "subtotal_price_set": _set(subtotal),
        "tags": "",
        "tax_exempt": False,
        "tax_lines": [
            {"price": tax, "rate": 0.08, "title": "State tax", "price_set": _set(tax), "channel_liable": False}
        ],
        "taxes_included": False,
        "test": False,
        "token": token,
        "total_discounts": "0.00",
        "total_discounts_set": _set("0.00"),
        "total_line_items_price": subtotal,
        "total_line_items_price_set": _set(subtotal),
        "total_outstanding": "0.00",
        "total_price": total,
        "total_price_set": _set(total),
        "total_shipping_price_set": _set("5.00"),
        "total_tax": tax,
        "total_tax_set": _set(tax),
        "total_tip_received": "0.00",
        "total_weight": 900,
        "updated_at": sold_at,
        "user_id": None,
        "billing_address": address,
        "customer": {
            "id": customer,
            "email": address["email"],
            "created_at": "2025-06-01T09:00:00+00:00",
            "updated_at": sold_at,
            "first_name": address["first_name"],
            "last_name": address["last_name"],
            "state": "enabled",
            "note": None,
            "verified_email": True,
            "tax_exempt": False,
            "phone": None,
            "tags": "",
            "currency": "USD",
            "admin_graphql_api_id": f"gid://shopify/Customer/{customer}",
            "default_address": address,
        },
        "fulfillments": [],
        "line_items": lines,
        "payment_terms": None,
        "refunds": [],
        "shipping_address": address,
        "shipping_lines": [
            {
                "id": order_id + 12,
                "carrier_identifier": None,
                "code": "Standard",
                "discounted_price": "5.00",
                "discounted_price_set": _set("5.00"),
                "price": "5.00",
                "price_set": _set("5.00"),
                "source": "shopify",
                "title": "Standard",
                "tax_lines": [],
                "discount_allocations": [],
            }
        ],
    }


def _line(chance: random.Random, order_id: int, place: int) -> dict[str, Any]:
    number = chance.randrange(len(GOODS))
    title, variant, price = GOODS[number]
    line_id = order_id * 2 + place
    quantity = chance.choice((1, 1, 1, 2, 3))
    tax = _money(round(float(price) * quantity * 8))
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
        "name": f"{title} - {variant}",
        "price": price,
        "price_set": _set(price),
        "product_exists": True,
        "product_id": 632_910_392 + number,
        "properties": [],
        "quantity": quantity,
        "requires_shipping": True,
        "sku": f"SKU-{number:05d}",
        "taxable": True,
        "title": title,
        "total_discount": "0.00",
        "total_discount_set": _set("0.00"),
        "variant_id": 808_950_810 + number,
        "variant_inventory_management": "shopify",
        "variant_title": variant,
        "vendor": "Roastery",
        "tax_lines": [
            {"channel_liable": False, "price": tax, "price_set": _set(tax), "rate": 0.08, "title": "State tax"}
        ],
        "duties": [],
        "discount_allocations": [],
    }


def _address(chance: random.Random, customer: int) -> dict[str, Any]:
    city, code, province, zipped = chance.choice(PLACES)
    return {
        "first_name": "Robin",
        "last_name": f"Customer {customer % 100_000}",
        "email": f"robin.{customer}@example.com",
        "address1": f"{chance.randrange(1, 900)} Juniper Street",
        "address2": None,
        "phone": None,
        "city": city,
        "zip": zipped,
        "province": province,
        "country": "United States",
        "company": None,
        "latitude": 45.41634,
        "longitude": -75.6868,
        "name": f"Robin Customer {customer % 100_000}",
        "country_code": "US",
        "province_code": code,
    }


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _set(amount: str) -> dict[str, Any]:
    return {
        "shop_money": {"amount": amount, "currency_code": "USD"},
        "presentment_money": {"amount": amount, "currency_code": "USD"},
    }
