"""Every topic we take, with the reader that turns its body into facts: one line each, and one in shopify.app.toml."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from plugin.shopify import webhook_facts as read

TOPICS: Final[dict[str, Callable[[bytes], Any]]] = {
    "orders/create": read.read_order,
    "orders/paid": read.read_order,
    "orders/updated": read.read_order,
    "orders/edited": read.read_order_edited,
    "orders/cancelled": read.read_order,
    "orders/delete": read.read_order_deleted,
    "refunds/create": read.read_refund,
    "customers/create": read.read_customer,
    "customers/update": read.read_customer,
    "customers/delete": read.read_customer_deleted,
    "customers/merge": read.read_merge,
    "app/uninstalled": read.read_uninstalled,
    "app/scopes_update": read.read_scopes_update,
    "shop/update": read.read_shop_update,
    "customers/data_request": read.read_compliance,
    "customers/redact": read.read_compliance,
    "shop/redact": read.read_compliance,
}
