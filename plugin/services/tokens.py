"""Access tokens: encrypted at rest with the id of their key, renewed by one at a time, kept alive for idle shops too."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from os import urandom
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from plugin.db import Database, Session
from plugin.db import tokens as token_rows
from plugin.db.tables import ShopToken
from plugin.loyalty.errors import OutsideError, Refused, Unauthorized, Unreachable
from plugin.services import effects
from plugin.services.effects import Kind
from plugin.services.ports import ShopifyTokens, Token

RENEW_BEFORE = timedelta(minutes=5)
IDLE_RENEWAL = timedelta(days=20)
LEASE = timedelta(seconds=20)
_NONCE = 12


class Key(Protocol):
    """An encryption key: a short id, stored beside what it encrypted, and 32 bytes."""

    @property
    def kid(self) -> str: ...
    @property
    def key(self) -> bytes: ...


class Cipher:
    """AES-256-GCM. The first key encrypts, every key decrypts; text is bound to its shop and column and opens nowhere else."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._newest = keys[0].kid
        self._keys = {key.kid: AESGCM(key.key) for key in keys}

    def seal(self, plain: bytes, *, shop_id: int, column: str) -> bytes:
        """`kid:nonce+ciphertext`."""
        nonce = urandom(_NONCE)
        return (
            self._newest.encode()
            + b":"
            + nonce
            + self._keys[self._newest].encrypt(nonce, plain, _bound(shop_id, column))
        )

    def open(self, sealed: bytes, *, shop_id: int, column: str) -> bytes:
        """The plain bytes. Raises KeyError for an unknown key id, InvalidTag for anything tampered with or moved."""
        kid, _, rest = bytes(sealed).partition(b":")
        return self._keys[kid.decode()].decrypt(rest[:_NONCE], rest[_NONCE:], _bound(shop_id, column))

    def is_newest(self, sealed: bytes) -> bool:
        """True when rotation has nothing to do for this value."""
        return bytes(sealed).startswith(self._newest.encode() + b":")


@dataclass(frozen=True, slots=True)
class Access:
    """What is needed to talk to one shop."""

    shop_id: int
    domain: str
    token: str


def store(session: Session, token: Token, *, cipher: Cipher, now: datetime) -> None:
    """Keep the pair, in one row and one commit; schedule the renewal that keeps an idle shop's token alive."""
    row = token_rows.find(session) or ShopToken(shop_id=session.shop_id)
    row.access = cipher.seal(token.access.encode(), shop_id=session.shop_id, column="access")
    row.refresh = (
        cipher.seal(token.refresh.encode(), shop_id=session.shop_id, column="refresh") if token.refresh else None
    )
    row.expires_at = token.expires_at
    row.refresh_expires_at = token.refresh_expires_at
    row.needs_reopen = False
    row.leased_until = None
    row.updated_at = now
    session.add(row)
    session.flush()
    if token.refresh is not None:
        effects.drop(session, Kind.REFRESH_TOKEN, "token")
        effects.request(session, Kind.REFRESH_TOKEN, "token", now=now, at=now + IDLE_RENEWAL)


def has_token(session: Session) -> bool:
    """True when the shop has a token that Shopify has not refused."""
    return token_rows.is_usable(session)


def access(
    database: Database,
    shop_id: int,
    domain: str,
    *,
    source: ShopifyTokens,
    cipher: Cipher,
    clock: Callable[[], datetime],
    is_renewal: bool = False,
) -> Access:
    """A token that is good for the next minutes, renewed by whoever comes first while the others wait.

    Raises Unauthorized when the shop must be opened or installed again, other OutsideErrors when Shopify could not renew it now.
    """
    for _ in range(100):
        now = clock()
        with database.transaction(shop_id) as session:
            row = token_rows.find(session, for_update=True)
            if row is None or row.needs_reopen:
                raise Unauthorized("the shop has no valid token")
            is_fresh = row.expires_at is None or row.expires_at > now + RENEW_BEFORE
            if is_fresh and not is_renewal:
                return Access(shop_id, domain, _opened(cipher, row.access, shop_id=shop_id, column="access"))
            is_free = row.leased_until is None or row.leased_until <= now
            if is_free:
                row.leased_until = now + LEASE
                refresh = _opened(cipher, row.refresh, shop_id=shop_id, column="refresh") if row.refresh else None
        if is_free:
            _renew(database, shop_id, domain, refresh, source=source, cipher=cipher, now=now)
            is_renewal = False
        else:
            time.sleep(0.1)
    raise Unreachable("the token is being renewed by somebody who does not finish")


def refused(session: Session) -> None:
    """Shopify refused the token: nothing will work until the app is opened or installed again."""
    token_rows.refuse(session)


def rotate(session: Session, *, cipher: Cipher) -> int:
    """Encrypt this shop's token anew with the newest key; 1 when there was something to do. Raises InvalidTag for a damaged row."""
    row = token_rows.find(session, for_update=True)
    if row is None or (cipher.is_newest(row.access) and (row.refresh is None or cipher.is_newest(row.refresh))):
        return 0
    shop = session.shop_id
    row.access = cipher.seal(cipher.open(row.access, shop_id=shop, column="access"), shop_id=shop, column="access")
    if row.refresh is not None:
        row.refresh = cipher.seal(
            cipher.open(row.refresh, shop_id=shop, column="refresh"), shop_id=shop, column="refresh"
        )
    session.flush()
    return 1


def _renew(
    database: Database,
    shop_id: int,
    domain: str,
    refresh: str | None,
    *,
    source: ShopifyTokens,
    cipher: Cipher,
    now: datetime,
) -> None:
    try:
        token = source.refresh(domain, refresh, now) if refresh is not None else source.client_credentials(domain, now)
    except (Unauthorized, Refused) as error:
        with database.transaction(shop_id) as session:
            refused(session)
        raise Unauthorized("Shopify would not renew the token") from error
    except OutsideError:
        with database.transaction(shop_id) as session:
            token_rows.end_lease(session)
        raise
    with database.transaction(shop_id) as session:
        store(session, token, cipher=cipher, now=now)


def _opened(cipher: Cipher, sealed: bytes, *, shop_id: int, column: str) -> str:
    try:
        return cipher.open(sealed, shop_id=shop_id, column=column).decode()
    except (KeyError, InvalidTag):
        # Not Unauthorized: with the right keys back in ENCRYPTION_KEYS the token is as good as before.
        raise Unreachable("the stored token cannot be read with the keys in ENCRYPTION_KEYS") from None


def _bound(shop_id: int, column: str) -> bytes:
    return b"shop_tokens:%d:%s" % (shop_id, column.encode())


__all__ = ["Access", "Cipher", "InvalidTag", "access", "has_token", "refused", "rotate", "store"]
