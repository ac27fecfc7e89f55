"""From bytes to a durable row: the one function behind both mounts, the ASGI callable and the Flask route.

The signature is checked over the raw bytes before anything is read. What is signed but cannot be read is kept, encrypted, and set aside.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from prometheus_client import Counter

from plugin.clock import stopwatch_seconds
from plugin.db import Database
from plugin.db.inbox import Delivery
from plugin.loyalty.errors import ShopUnknown, UnreadableFacts
from plugin.services import shops
from plugin.services.tokens import Cipher
from plugin.settings import Settings
from plugin.shopify.verify import verify_webhook, webhook_headers
from webhooks.topics import TOPICS

BODY_MAX: Final = 4 * 1024 * 1024
RAW_KEPT_MAX: Final = 64 * 1024
SHOPS_KNOWN_SECONDS: Final = 30.0

RECEIVED: Final = Counter("regulars_webhooks", "Deliveries by what became of them", ["outcome"])


@dataclass(frozen=True, slots=True)
class Answer:
    """What the door says: the HTTP status, and the delivery to store first, if any."""

    status: int
    delivery: Delivery | None = None
    domain: str = ""


class Door:
    """Judges deliveries. Remembers each shop for half a minute, the unknown ones too."""

    def __init__(self, settings: Settings, database: Database, cipher: Cipher, clock: Callable[[], datetime]) -> None:
        self._secrets = tuple(
            secret.encode() for secret in (settings.shopify_api_secret, settings.shopify_old_api_secret) if secret
        )
        self._database = database
        self._cipher = cipher
        self._clock = clock
        self._shops: dict[str, tuple[int, float]] = {}
        self._encoder = msgspec.json.Encoder(decimal_format="string", order="deterministic")

    def judge(self, headers: Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]], body: bytes) -> Answer:
        """401 for what Shopify did not sign, 413 for what is too large; else 200, and what must be durable before it is said."""
        if len(body) > BODY_MAX:
            return _answer(413, "too_large")
        claimed = webhook_headers(headers)
        if not verify_webhook(body, claimed.signature, self._secrets):
            return _answer(401, "bad_signature")
        reader = TOPICS.get(claimed.topic)
        if reader is None or not claimed.webhook_id:
            return _answer(200, "unknown_topic")
        shop_id = self._shop_id(claimed.shop)
        if shop_id is None:
            return _answer(200, "unknown_shop")
        delivery = Delivery(
            shop_id=shop_id,
            webhook_id=claimed.webhook_id,
            event_id=claimed.event_id,
            topic=claimed.topic,
            object_id=None,
            triggered_at=claimed.triggered_at,
            received_at=self._clock(),
            body_hash=base64.b64decode(claimed.signature)[:16],  # the signature, verified above, is one
            facts=None,
        )
        try:
            facts = reader(body)
        except UnreadableFacts as error:
            RECEIVED.labels("unreadable").inc()
            return Answer(200, self.unreadable(delivery, body, error.reason), claimed.shop)
        _RECORDED.inc()
        object_id = getattr(facts, "customer_id", None) or getattr(facts, "id", None)
        return Answer(200, delivery._replace(object_id=object_id, facts=self._encoder.encode(facts)), claimed.shop)

    def unreadable(self, delivery: Delivery, body: bytes, reason: str) -> Delivery:
        """The delivery as one to set aside: its body encrypted (when it is small enough) and why it could not be read."""
        raw = self._cipher.seal(body, shop_id=delivery.shop_id, column="raw") if len(body) <= RAW_KEPT_MAX else None
        return delivery._replace(facts=None, raw=raw, reason=reason)

    def read_again(self, shop_id: int, topic: str, raw: bytes) -> bytes:
        """Facts of a kept raw body, for a retry. Raises UnreadableFacts."""
        return self._encoder.encode(TOPICS[topic](self._cipher.open(raw, shop_id=shop_id, column="raw")))

    def _shop_id(self, domain: str) -> int | None:
        known, until = self._shops.get(domain, (0, 0.0))
        if domain and stopwatch_seconds() >= until:
            with self._database.transaction() as session:
                try:
                    shop = shops.find(session, domain)
                    known = shop.id if shop.status != "redacted" else 0
                except ShopUnknown:
                    known = 0
            self._shops[domain] = (known, stopwatch_seconds() + SHOPS_KNOWN_SECONDS)
        return known or None


def _answer(status: int, outcome: str) -> Answer:
    RECEIVED.labels(outcome).inc()
    return Answer(status)


_RECORDED = RECEIVED.labels("recorded")
