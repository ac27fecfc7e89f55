"""What goes wrong in the year: somebody refers themselves by a second address, and an order arrives that nobody can read."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Final

import httpx

from devstore.model import Cart, CartLine, Order
from plugin.demo.playing import Shopper, Year
from plugin.demo.stage import CLIENT_SECRET

BROKEN_ORDER: Final = 5_990_000_000_001


def refer_oneself(year: Year, advocate: Shopper, claim: str) -> str | None:
    """Somebody buys as a new customer under the advocate's name, by their link. The referral's id."""
    local, _, domain = advocate.person.email.partition("@")
    twin = year.shop.add_customer(
        f"{local.rstrip('0123456789')}{year.chance.randint(100, 999)}@{domain}",
        first_name=advocate.person.first_name,
        last_name=advocate.person.last_name,
        locale=advocate.language,
    )
    line = CartLine(year.chance.choice(year.products).variants[0].id, 1)
    made = year.shop.checkout(Cart([line]), twin.id, codes=[claim], locale=advocate.language)
    if not isinstance(made, Order):
        return None
    year.await_quiet()
    return _referral_of(year, advocate)


def block(year: Year, referral: str) -> None:
    """Staff look at it, and say no."""
    year.send(f"/referrals/{referral}/block", {"reason": "Same name, and the parcel went to the same door."})
    year.count("referrals blocked")


def send_what_nobody_can_read(year: Year) -> None:
    """A signed delivery of an order whose lines are a sentence: another app wrote it."""
    now = year.running.world.now()
    body = unreadable(at=now)
    signature = base64.b64encode(hmac.digest(CLIENT_SECRET.encode(), body, hashlib.sha256)).decode()
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": "orders/paid",
        "X-Shopify-Shop-Domain": year.shop.domain,
        "X-Shopify-Webhook-Id": year.key(),
        "X-Shopify-Event-Id": year.key(),
        "X-Shopify-Api-Version": "2026-10",
        "X-Shopify-Triggered-At": now.isoformat(),
        "X-Shopify-Hmac-Sha256": signature,
    }
    httpx.post(f"{year.stage.app_url}/webhooks", content=body, headers=headers, trust_env=False).raise_for_status()
    year.count("orders nobody could read")


def unreadable(*, at: datetime) -> bytes:
    """An order as no shop sends it: its lines are a sentence."""
    return json.dumps(
        {
            "id": BROKEN_ORDER,
            "name": "#POS-77",
            "updated_at": at.isoformat(),
            "currency": "USD",
            "financial_status": "paid",
            "total_price": "about fifty",
            "line_items": "see receipt",
        }
    ).encode()


def _referral_of(year: Year, advocate: Shopper) -> str:
    """The advocate's newest referral, once both people have been looked at."""

    def is_judged(found: list[dict[str, str]]) -> bool:
        return bool(found) and found[0]["state"] not in ("claimed", "ordered")

    [newest] = year.await_answer("/referrals", is_judged, "a referral's check", member_id=advocate.member, limit=1)
    return str(newest["id"])
