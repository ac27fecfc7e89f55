"""What a delivery that is not an order tells us: small typed facts, without any personal data.

Ids are Shopify's numeric ids; instants are aware UTC datetimes. Everything here may be stored as it stands.
"""

from __future__ import annotations

from datetime import datetime

import msgspec


class CustomerFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """A customer was created, changed or deleted. `tags` is None when the delivery does not list them.

    `consented_at` is when they agreed to the newsletter; None while they do not, or where Shopify does not know when.
    """

    id: int
    updated_at: datetime | None = None
    tags: tuple[str, ...] | None = None
    locale: str | None = None
    is_deleted: bool = False
    consented_at: datetime | None = None


class MergeFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Two customer records became one: `kept_id` lives on, `lost_id` is gone. `is_done` is False while Shopify still merges or failed."""

    kept_id: int
    lost_id: int
    is_done: bool


class UninstalledFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """The app was removed from the shop with this Shopify id."""

    shop_id: int


class ShopFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """The shop as its settings stood at `updated_at`. `timezone` is an IANA name; `primary_host` a host without scheme."""

    shop_id: int
    updated_at: datetime
    currency: str
    timezone: str
    name: str = ""
    plan: str = ""
    primary_host: str = ""
    locale: str = "en"


class ScopesFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """The access scopes that the app holds now, as of `updated_at`."""

    current: frozenset[str]
    previous: frozenset[str] = frozenset()
    updated_at: datetime | None = None


class ComplianceFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """A privacy request: about one customer (data_request, redact), or about the whole shop when `customer_id` is None."""

    shop_id: int
    customer_id: int | None = None
    order_ids: tuple[int, ...] = ()
    request_id: int | None = None
