"""The row of a shop's token: sealed by plugin.services.tokens, leased by whoever renews it."""

from __future__ import annotations

from plugin.db.session import Session
from plugin.db.tables import ShopToken


def find(session: Session, *, for_update: bool = False) -> ShopToken | None:
    """The shop's token, if it has one; locked until the transaction ends when it is to be changed."""
    return session.get(ShopToken, session.shop_id, with_for_update=True if for_update else None)


def is_usable(session: Session) -> bool:
    """True when there is a token that Shopify has not refused."""
    return bool(session.sql("SELECT 1 FROM shop_tokens WHERE shop_id = %s AND NOT needs_reopen", session.shop_id))


def refuse(session: Session) -> None:
    """The token is worthless until the app is opened again."""
    session.sql("UPDATE shop_tokens SET needs_reopen = true, leased_until = NULL WHERE shop_id = %s", session.shop_id)


def end_lease(session: Session) -> None:
    """Nobody is renewing it any more."""
    session.sql("UPDATE shop_tokens SET leased_until = NULL WHERE shop_id = %s", session.shop_id)


def delete(session: Session) -> None:
    """The shop has no token."""
    session.sql("DELETE FROM shop_tokens WHERE shop_id = %s", session.shop_id)
