"""A nonce says: whoever sends this has read our answer, in the session of this customer in this shop.

Shopify's proxy signs neither method nor body and strips cookies, so a page elsewhere could make a signed-in shopper's browser
post to the shop. It cannot read the shop's answers, though, and every answer to `GET state` carries a nonce that a later POST
has to show. The key is derived for this purpose alone.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

LIFETIME: Final = timedelta(minutes=60)
_LONGEST: Final = 80


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is asking, as the proxy's signature says. `customer_id` is None for somebody who is not signed in."""

    shop_id: int
    customer_id: int | None


def write(key: bytes, visitor: Visitor, now: datetime) -> str:
    """A nonce of this visitor, good for `LIFETIME` from `now`."""
    ends = int((now + LIFETIME).timestamp())
    return f"{ends}.{_seal(key, visitor, ends)}"


def is_good(key: bytes, visitor: Visitor, nonce: str, now: datetime) -> bool:
    """True when `nonce` was written for this very visitor and has not run out at `now`. Never raises."""
    ends, _, seal = nonce.partition(".")
    if len(nonce) > _LONGEST or not (ends.isascii() and ends.isdigit() and seal.isascii()):
        return False
    return hmac.compare_digest(_seal(key, visitor, int(ends)), seal) and now.timestamp() < int(ends)


def _seal(key: bytes, visitor: Visitor, ends: int) -> str:
    who = "" if visitor.customer_id is None else str(visitor.customer_id)
    return hmac.digest(key, f"nonce:{visitor.shop_id}:{who}:{ends}".encode(), "sha256").hex()[:40]
