"""How the dev store is set up: the one app that its shops install, and how strictly Shopify's limits are played.

The object is shared and may be changed while the store runs (the app often starts after the store).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

DEFAULT_SCOPES: Final = (
    "read_customers",
    "write_customers",
    "read_orders",
    "read_all_orders",
    "read_products",
    "read_discounts",
    "write_discounts",
    "read_customer_merge",
    "read_store_credit_accounts",
    "read_store_credit_account_transactions",
    "write_store_credit_account_transactions",
    "read_gift_cards",
    "write_gift_cards",
    "read_locations",
)
OPTIONAL_SCOPES: Final = ("read_all_orders", "read_locales")
"""What the app may ask a merchant for in place, beside what it is installed with."""
API_VERSION: Final = "2026-10"


@dataclass(slots=True)
class Config:
    """The installed app and the store's manners.

    `app_url` is where webhooks go (POST {app_url}/webhooks) and what the app proxy forwards to; empty: nothing is delivered.
    `topics` None delivers every topic, else only those. `include_fields` trims the bodies of the topics it names.
    `bucket_size` and `restore_rate` are cost points of the rate limit (per shop); `retry_scale` stretches the four hours of
    webhook retries (0.001 makes them 14 s). `withholds_protected_data` hides names, e-mail and phone from the app. `polaris_seconds`
    is how long the script with the admin's elements takes to come.
    """

    client_id: str = "devstore-client-id"
    client_secret: str = "shpss_d0e5710e0000000000000000c0ffee00"
    app_url: str = ""
    app_handle: str = "regulars"
    app_name: str = "Regulars"
    proxy_subpath: str = "loyalty"
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    port: int = 0
    topics: frozenset[str] | None = None
    include_fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    bucket_size: float = 2000.0
    restore_rate: float = 100.0
    retry_scale: float = 1.0
    withholds_protected_data: bool = False
    is_throttling: bool = True
    polaris_seconds: float = 0.0
