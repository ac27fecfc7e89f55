"""A shopper's browser behind Shopify's app proxy: signs queries as Shopify documents it, in code of its own."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient

from plugin.services.perform import World, perform_due
from tests.fakes import StepClock

SECRET = "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"
KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"


@dataclass
class PromptBell:
    """Does the work as soon as it is rung, as a worker next door would; `is_deaf` leaves it to whoever comes later."""

    world: World
    is_deaf: bool = False
    rings: list[tuple[str, int, str]] = field(default_factory=list)

    def ring(self, kind: str, shop_id: int, domain: str) -> None:
        self.rings.append((kind, shop_id, domain))
        if not self.is_deaf:
            perform_due(self.world, shop_id, domain)


@dataclass
class Shopper:
    """Somebody at the storefront of `domain`; `customer` is empty for a guest."""

    app: Flask
    domain: str
    clock: StepClock
    customer: str = ""
    language: str = "en"

    def signed(self, **own: str) -> dict[str, str]:
        """The query Shopify would send, its signature included."""
        facts = {
            "shop": self.domain,
            "path_prefix": "/apps/loyalty",
            "timestamp": str(int(self.clock().timestamp())),
            "logged_in_customer_id": self.customer,
            "lang": self.language,
            **own,
        }
        return facts | {"signature": sign(facts)}

    def get(self, path: str, **own: str) -> Any:
        return self.http().get(f"/proxy/{path}?{urlencode(self.signed(**own))}")

    def post(self, path: str, body: dict[str, Any], *, nonce: str | None = None) -> Any:
        """Post a body with a nonce fresh from the state (or the one given)."""
        body = {**body, "nonce": self.state()["nonce"] if nonce is None else nonce}
        return self.http().post(f"/proxy/{path}?{urlencode(self.signed())}", json=body)

    def state(self) -> dict[str, Any]:
        answer = self.get("state")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json
        return told

    def redeem(self, reward: str = "free-shipping", *, key: str = KEY, **more: Any) -> Any:
        return self.post("redeem", {"reward_id": reward, "request_key": key, **more})

    def http(self) -> FlaskClient:
        return self.app.test_client()


def sign(facts: dict[str, str], secret: str = SECRET) -> str:
    """Shopify's signature: names sorted, name=value without separators, hex HMAC-SHA256."""
    message = "".join(f"{name}={facts[name]}" for name in sorted(facts))
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
