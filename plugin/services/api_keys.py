"""API keys: shown once, stored as a hash, and looked up before a shop is known."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal

from plugin.db import Session
from plugin.db import api_keys as key_rows

PREFIX = "rgl_"
_RANDOM_BYTES = 32

Access = Literal["everything", "reading"]

USE_NOTED_EVERY: Final = timedelta(hours=1)
"""How exactly a key's last use is known: writing it down with every request would cost more than it tells."""


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Who a key belongs to: the shop with its `status` (installed, uninstalled, redacted), and which of the shop's keys it is.

    `key_id` names the key without telling it: the first 12 hexadecimal signs of its hash. `partner` is the partner of the program
    whose key it is: it opens what is for partners, and nothing else. A key for `reading` changes nothing.
    """

    shop_id: int
    domain: str
    status: str
    key_id: str
    label: str
    partner: str | None = None
    access: Access = "everything"


@dataclass(frozen=True, slots=True)
class KeyListed:
    """A key as a list shows it."""

    key_id: str
    label: str
    created_at: datetime
    revoked_at: datetime | None
    partner: str | None
    access: Access
    last_used_at: datetime | None


def create(
    session: Session,
    shop_id: int,
    label: str,
    now: datetime,
    *,
    partner: str | None = None,
    access: Access = "everything",
) -> str:
    """A new key of that shop: "rgl_" and 43 signs (256 random bits). This is the only time it can be read.

    With `partner`, the key of that partner of the program. A key for `reading` opens nothing that changes something.
    """
    key = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    key_rows.add(session, digest=_hash(key), shop_id=shop_id, label=label, now=now, partner=partner, access=access)
    return key


def find(session: Session, key: str, *, now: datetime) -> KeyHolder | None:
    """Whose key this is, which counts as a use; None for one that was never made or is revoked. Needs no shop in the session.

    Every key, well-formed or not, costs one hash and one look-up of the hash, so that the time taken tells nothing.
    """
    digest = _hash(key)
    found = key_rows.holder(session, digest)
    if found is None:
        return None
    shop_id, domain, status, label, partner, access, last_used_at = found
    if last_used_at is None or now - last_used_at > USE_NOTED_EVERY:
        key_rows.note_use(session, digest, now=now)
    return KeyHolder(shop_id, domain, status, _id(digest), label, partner, access)


def every(session: Session, shop_id: int) -> list[KeyListed]:
    """The shop's keys, oldest first, revoked ones too."""
    return [
        KeyListed(_id(digest), label, created_at, revoked_at, partner, access, last_used_at)
        for digest, label, created_at, revoked_at, partner, access, last_used_at in key_rows.of_shop(session, shop_id)
    ]


def revoke(session: Session, shop_id: int, key_id: str, now: datetime) -> bool:
    """The shop's key of that id opens nothing any more; False when there is none that still did."""
    return key_rows.revoke(session, shop_id=shop_id, hash_start=key_id, now=now)


def _hash(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()


def _id(digest: bytes) -> str:
    return bytes(digest).hex()[:12]
