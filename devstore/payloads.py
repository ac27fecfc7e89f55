"""Webhook bodies as Shopify writes them: REST-shaped, numeric ids, amounts as strings, instants with the shop's offset.

Facts worth knowing, because readers trip over them: refunded subtotals are JSON numbers while other amounts are strings;
refunded shipping stands in `refund_shipping_lines` and not among the adjustments (since 2024-10); a tip is a line item with a
`tip` key; orders/edited does not carry the order; customers/merge carries gids only.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

import msgspec

from devstore.config import API_VERSION, Config
from devstore.model import (
    DECIMALS,
    ZERO,
    Adjustment,
    Allocation,
    Customer,
    Line,
    Order,
    Refund,
    Transaction,
    gid,
    rounded,
    smallest_unit,
)
from devstore.world import Event, Shop

Json = dict[str, Any]
COMPLIANCE_TOPICS: Final = ("customers/data_request", "customers/redact", "shop/redact")


def body(event: Event, config: Config) -> bytes:
    """The JSON body of one event, trimmed to the configured `include_fields` of its topic."""
    document = _BUILDERS[event.topic](event, config)
    fields = config.include_fields.get(event.topic)
    if fields is not None:
        document = include(document, fields)
    return msgspec.json.encode(document)


def shares_body(topic: str, config: Config) -> bool:
    """True for topics whose body is the plain order, so that one rendering serves all of them."""
    return topic in _ORDER_TOPICS and topic not in config.include_fields


def headers(event: Event, body: bytes, *, webhook_id: str, secret: str) -> dict[str, str]:
    """The headers of a delivery, signature over the raw body included."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "Shopify-Captain-Hook",
        "X-Shopify-Topic": event.topic,
        "X-Shopify-Hmac-Sha256": signature(body, secret),
        "X-Shopify-Shop-Domain": event.shop.domain,
        "X-Shopify-API-Version": API_VERSION,
        "X-Shopify-Webhook-Id": webhook_id,
        "X-Shopify-Triggered-At": event.at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z",
        "X-Shopify-Event-Id": event.event_id,
    }


def signature(body: bytes, secret: str) -> str:
    """base64(HMAC-SHA256(secret, body))."""
    return b64encode(hmac.digest(secret.encode(), body, sha256)).decode()


def include(document: Json, fields: Sequence[str]) -> Json:
    """Only the named fields, dots going into objects and into every element of a list ("line_items.price")."""
    wanted: dict[str, list[str]] = {}
    for field in fields:
        head, _, tail = field.partition(".")
        wanted.setdefault(head, []).append(tail)
    kept: Json = {}
    for key, tails in wanted.items():
        if key in document:
            kept[key] = document[key] if "" in tails else _include_below(document[key], tails)
    return kept


def order(shop: Shop, order: Order, config: Config) -> Json:
    """The order as REST shows it now."""
    sets = _Sets(order)
    customer = shop.customers.get(order.customer_id) if order.customer_id is not None else None
    hides = config.withholds_protected_data
    return {
        "id": order.id,
        "admin_graphql_api_id": gid("Order", order.id),
        "app_id": 580111,
        "browser_ip": None,
        "buyer_accepts_marketing": bool(customer and customer.accepts_marketing),
        "cancel_reason": order.cancel_reason,
        "cancelled_at": _at(shop, order.cancelled_at),
        "cart_token": None,
        "checkout_id": None,
        "closed_at": None,
        "company": {"id": order.company_id, "location_id": order.company_id} if order.company_id else None,
        "confirmation_number": order.token[:9].upper(),
        "confirmed": True,
        "contact_email": None if hides else order.email,
        "created_at": _at(shop, order.created_at),
        "currency": order.currency,
        **sets.price("current_subtotal_price", order.current_subtotal),
        **sets.price("current_total_discounts", order.current_discounts),
        **sets.price("current_total_price", order.current_total),
        **sets.price("current_total_tax", order.current_tax),
        "current_shipping_price_set": sets.bag(order.current_shipping),
        "customer_locale": order.customer_locale,
        "discount_codes": [_code(order, index) for index, each in enumerate(order.applications) if each.code],
        "email": None if hides else order.email,
        "estimated_taxes": False,
        "financial_status": order.financial_status,
        "fulfillment_status": None,
        "landing_site": None,
        "location_id": order.location_id,
        "name": order.name,
        "note": order.note,
        "note_attributes": [{"name": name, "value": value} for name, value in order.attributes.items()],
        "number": order.number - 1000,
        "order_number": order.number,
        "payment_gateway_names": ["shopify_payments"] if order.paid_at else [],
        "phone": None,
        "po_number": None,
        "presentment_currency": order.presentment_currency,
        "processed_at": _at(shop, order.processed_at),
        "source_name": order.source_name,
        **sets.price("subtotal_price", order.subtotal),
        "tags": ", ".join(order.tags),
        "tax_exempt": False,
        "tax_lines": [_tax_line(order, order.tax, sets)] if order.tax else [],
        "taxes_included": order.is_tax_included,
        "test": order.is_test,
        "token": order.token,
        **sets.price("total_discounts", order.discounts),
        **sets.price("total_line_items_price", order.gross),
        "total_outstanding": sets.amount(order.outstanding),
        **sets.price("total_price", order.total),
        "total_shipping_price_set": sets.bag(order.shipping),
        **sets.price("total_tax", order.tax),
        "total_tip_received": sets.amount(order.tip),
        "total_weight": 0,
        "updated_at": _at(shop, order.updated_at),
        "user_id": None,
        "billing_address": None,
        "customer": _customer_in_order(shop, customer, hides=hides) if customer else None,
        "discount_applications": [_application(order, index) for index in range(len(order.applications))],
        "fulfillments": [],
        "line_items": [_line_item(order, line, sets) for line in order.lines],
        "payment_terms": None,
        "refunds": [refund(shop, order, each) for each in order.refunds],
        "shipping_address": None,
        "shipping_lines": _shipping_lines(order, sets),
    }


def refund(shop: Shop, order: Order, refund: Refund) -> Json:
    """A refund, as it stands inside an order and alone in refunds/create."""
    sets = _Sets(order)
    return {
        "id": refund.id,
        "admin_graphql_api_id": gid("Refund", refund.id),
        "order_id": order.id,
        "created_at": _at(shop, refund.created_at),
        "processed_at": _at(shop, refund.created_at),
        "note": refund.note,
        "restock": any(each.restock_type != "no_restock" for each in refund.lines),
        "user_id": None,
        "duties": [],
        "total_duties_set": sets.bag(ZERO),
        "refund_line_items": [
            {
                "id": each.id,
                "line_item_id": each.line_id,
                "location_id": None,
                "quantity": each.quantity,
                "restock_type": each.restock_type,
                "subtotal": float(each.subtotal),
                "subtotal_set": sets.bag(each.subtotal),
                "total_tax": float(each.tax),
                "total_tax_set": sets.bag(each.tax),
                "line_item": _line_item(order, order.line(each.line_id), sets),
            }
            for each in refund.lines
        ],
        "refund_shipping_lines": _refunded_shipping(order, refund, sets),
        "order_adjustments": [_adjustment(order, refund, each, sets) for each in refund.adjustments],
        "transactions": [_transaction(shop, order, each) for each in refund.transactions],
        "return": None,
    }


def customer(shop: Shop, customer: Customer, config: Config) -> Json:
    """A customer as customers/create and customers/update carry it."""
    return _customer_in_order(shop, customer, hides=config.withholds_protected_data) | {
        "email_marketing_consent": {
            "state": "subscribed" if customer.accepts_marketing else "not_subscribed",
            "opt_in_level": "single_opt_in",
            "consent_updated_at": None
            if customer.marketing_updated_at is None
            else _at(shop, customer.marketing_updated_at),
        },
        "sms_marketing_consent": None,
        "addresses": [],
    }


def shop(shop: Shop) -> Json:
    """The shop as shop/update and app/uninstalled carry it."""
    return {
        "id": shop.id,
        "name": shop.name,
        "email": shop.email,
        "domain": shop.domain,
        "myshopify_domain": shop.domain,
        "country_code": shop.country,
        "primary_locale": shop.locale,
        "currency": shop.currency,
        "enabled_presentment_currencies": [shop.currency, *shop.presentment_rates],
        "iana_timezone": str(shop.timezone),
        "plan_name": "partner_test" if shop.is_development else shop.plan.lower(),
        "plan_display_name": shop.plan,
        "taxes_included": shop.prices_include_tax,
        "created_at": _at(shop, shop.created_at),
        "updated_at": _at(shop, shop.world.now()),
    }


class _Sets:
    """Amounts of one order as text, in the shop's currency and in the shopper's."""

    __slots__ = ("_currency", "_decimals", "_foreign", "_foreign_unit", "_rate")

    def __init__(self, order: Order) -> None:
        self._currency, self._decimals = order.currency, _decimals(order.currency)
        self._foreign, self._foreign_unit = order.presentment_currency, smallest_unit(order.presentment_currency)
        self._rate = order.rate

    def amount(self, value: Decimal) -> str:
        return f"{value:.{self._decimals}f}"

    def bag(self, value: Decimal) -> Json:
        amount = f"{value:.{self._decimals}f}"
        shop_money = {"amount": amount, "currency_code": self._currency}
        if self._foreign == self._currency:
            return {"shop_money": shop_money, "presentment_money": shop_money}
        foreign = {"amount": f"{rounded(value * self._rate, self._foreign_unit):f}", "currency_code": self._foreign}
        return {"shop_money": shop_money, "presentment_money": foreign}

    def price(self, name: str, value: Decimal) -> Json:
        bag = self.bag(value)
        return {name: bag["shop_money"]["amount"], f"{name}_set": bag}


def _decimals(currency: str) -> int:
    return DECIMALS.get(currency, 2)


def _at(shop: Shop, at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(shop.timezone).isoformat(timespec="seconds")


def _code(order: Order, index: int) -> Json:
    each = order.applications[index]
    kind = "shipping" if each.target_type == "shipping_line" else each.value_type
    return {"code": each.code, "amount": _Sets(order).amount(each.amount), "type": kind}


def _application(order: Order, index: int) -> Json:
    each = order.applications[index]
    shown = {
        "target_type": each.target_type,
        "type": each.type,
        "value": f"{each.value:f}" if each.value_type == "percentage" else _Sets(order).amount(each.value),
        "value_type": each.value_type,
        "allocation_method": each.allocation_method,
        "target_selection": each.target_selection,
    }
    return shown | ({"code": each.code} if each.code is not None else {"title": each.title})


def _allocation(part: Allocation, sets: _Sets) -> Json:
    return {
        "amount": sets.amount(part.amount),
        "amount_set": sets.bag(part.amount),
        "discount_application_index": part.index,
    }


def _tax_line(order: Order, amount: Decimal, sets: _Sets) -> Json:
    return {
        "title": "Tax",
        "rate": float(order.tax_rate),
        **sets.price("price", amount),
        "channel_liable": False,
    }


def _line_item(order: Order, line: Line, sets: _Sets) -> Json:
    shown: Json = {
        "id": line.id,
        "admin_graphql_api_id": gid("LineItem", line.id),
        "attributed_staffs": [],
        "current_quantity": line.current_quantity,
        "fulfillable_quantity": line.current_quantity,
        "fulfillment_service": "manual",
        "fulfillment_status": None,
        "gift_card": line.is_gift_card,
        "grams": 0,
        "name": f"{line.title} - {line.variant_title}" if line.variant_title else line.title,
        **sets.price("price", line.unit_price),
        "product_exists": line.product_id is not None,
        "product_id": line.product_id,
        "properties": [{"name": name, "value": value} for name, value in line.properties.items()],
        "quantity": line.quantity,
        "requires_shipping": line.requires_shipping,
        "sku": line.sku or None,
        "taxable": line.is_taxable,
        "title": line.title,
        **sets.price("total_discount", ZERO),
        "variant_id": line.variant_id,
        "variant_inventory_management": "shopify" if line.variant_id else None,
        "variant_title": line.variant_title or None,
        "vendor": line.vendor or None,
        "tax_lines": [_tax_line(order, line.tax, sets)] if line.tax else [],
        "duties": [],
        "discount_allocations": [_allocation(part, sets) for part in line.allocations],
    }
    if line.is_tip:
        shown["tip"] = {"id": line.id, "payment_gateway": "shopify_payments", "payment_method": "visa"}
    return shown


def _shipping_lines(order: Order, sets: _Sets) -> list[Json]:
    if not order.shipping:
        return []
    return [
        {
            "id": order.shipping_line_id,
            "carrier_identifier": None,
            "code": order.shipping_title,
            **sets.price("current_discounted_price", order.current_shipping),
            **sets.price("discounted_price", order.shipping - order.shipping_discount),
            "is_removed": False,
            "phone": None,
            **sets.price("price", order.shipping),
            "requested_fulfillment_service_id": None,
            "source": "shopify",
            "title": order.shipping_title,
            "tax_lines": [],
            "discount_allocations": [_allocation(part, sets) for part in order.shipping_allocations],
        }
    ]


def _refunded_shipping(order: Order, refund: Refund, sets: _Sets) -> list[Json]:
    if not refund.shipping:
        return []
    return [
        {
            "id": refund.shipping_id,
            "shipping_line": _shipping_lines(order, sets)[0],
            "subtotal_amount": sets.amount(refund.shipping),
            "subtotal_amount_set": sets.bag(refund.shipping),
            "tax_amount": sets.amount(ZERO),
            "tax_amount_set": sets.bag(ZERO),
        }
    ]


def _adjustment(order: Order, refund: Refund, adjustment: Adjustment, sets: _Sets) -> Json:
    return {
        "id": adjustment.id,
        "order_id": order.id,
        "refund_id": refund.id,
        "kind": "refund_discrepancy",
        "reason": adjustment.reason,
        **sets.price("amount", adjustment.amount),
        **sets.price("tax_amount", ZERO),
    }


def _transaction(shop: Shop, order: Order, transaction: Transaction) -> Json:
    return {
        "id": transaction.id,
        "admin_graphql_api_id": gid("OrderTransaction", transaction.id),
        "order_id": order.id,
        "amount": _Sets(order).amount(transaction.amount),
        "created_at": _at(shop, transaction.created_at),
        "currency": order.currency,
        "gateway": transaction.gateway,
        "kind": transaction.kind,
        "parent_id": transaction.parent_id,
        "processed_at": _at(shop, transaction.created_at),
        "source_name": order.source_name,
        "status": "success",
        "test": order.is_test,
    }


def _customer_in_order(shop: Shop, customer: Customer, *, hides: bool) -> Json:
    return {
        "id": customer.id,
        "admin_graphql_api_id": gid("Customer", customer.id),
        "created_at": _at(shop, customer.created_at),
        "updated_at": _at(shop, customer.updated_at),
        "first_name": None if hides else customer.first_name or None,
        "last_name": None if hides else customer.last_name or None,
        "email": None if hides else customer.email,
        "phone": None if hides else customer.phone,
        "state": customer.state,
        "note": customer.note,
        "verified_email": customer.state == "enabled",
        "multipass_identifier": None,
        "tax_exempt": False,
        "tags": ", ".join(customer.tags),
        "locale": customer.locale,
        "currency": shop.currency,
        "default_address": None,
    }


def _include_below(value: Any, tails: Sequence[str]) -> Any:
    if isinstance(value, list):
        return [_include_below(each, tails) for each in value]
    return include(value, tails) if isinstance(value, dict) else value


def _order_body(event: Event, config: Config) -> Json:
    return order(event.shop, event.subject, config)


def _deleted(event: Event, _config: Config) -> Json:
    return {"id": event.subject.id}


def _refund_body(event: Event, _config: Config) -> Json:
    return refund(event.shop, event.shop.orders[event.subject.order_id], event.subject)


def _edit_body(event: Event, _config: Config) -> Json:
    change: Mapping[str, Any] = event.subject
    return {
        "order_edit": {
            "id": change["order_id"] % 1_000_000_007,
            "app_id": None,
            "created_at": _at(event.shop, event.at),
            "notify_customer": False,
            "order_id": change["order_id"],
            "staff_note": "",
            "user_id": None,
            "line_items": {"additions": change["additions"], "removals": change["removals"]},
            "discounts": {"line_item": {"additions": [], "removals": []}},
            "shipping_lines": {"additions": [], "removals": []},
        }
    }


def _customer_body(event: Event, config: Config) -> Json:
    return customer(event.shop, event.subject, config)


def _deleted_customer(event: Event, _config: Config) -> Json:
    gone: Customer = event.subject
    return {"id": gone.id, "admin_graphql_api_id": gid("Customer", gone.id), "phone": None, "addresses": []}


def _merge_body(event: Event, _config: Config) -> Json:
    return {
        "admin_graphql_api_customer_kept_id": gid("Customer", event.subject["kept"]),
        "admin_graphql_api_customer_deleted_id": gid("Customer", event.subject["deleted"]),
        "admin_graphql_api_job_id": None,
        "status": "completed",
        "errors": [],
    }


def _shop_body(event: Event, _config: Config) -> Json:
    return shop(event.shop)


def _scopes_body(event: Event, _config: Config) -> Json:
    return {"id": gid("App", 1), **event.subject, "updated_at": _at(event.shop, event.at)}


def _compliance_body(event: Event, _config: Config) -> Json:
    place = {"shop_id": event.shop.id, "shop_domain": event.shop.domain}
    if event.topic == "shop/redact":
        return place
    person: Customer = event.subject
    orders = event.shop.orders_of.get(person.id, [])
    place["customer"] = {"id": person.id, "email": person.email, "phone": person.phone}
    if event.topic == "customers/redact":
        return place | {"orders_to_redact": list(orders)}
    return place | {"orders_requested": list(orders), "data_request": {"id": person.id % 1_000_003}}


_ORDER_TOPICS: Final = frozenset({"orders/create", "orders/paid", "orders/updated", "orders/cancelled"})
_BUILDERS: Final[Mapping[str, Callable[[Event, Config], Json]]] = {
    **dict.fromkeys(_ORDER_TOPICS, _order_body),
    "orders/delete": _deleted,
    "orders/edited": _edit_body,
    "refunds/create": _refund_body,
    "customers/create": _customer_body,
    "customers/update": _customer_body,
    "customers/delete": _deleted_customer,
    "customers/merge": _merge_body,
    "app/uninstalled": _shop_body,
    "app/scopes_update": _scopes_body,
    "shop/update": _shop_body,
    **dict.fromkeys(COMPLIANCE_TOPICS, _compliance_body),
}
TOPICS: Final = tuple(_BUILDERS)
