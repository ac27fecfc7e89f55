"""The rows of peers: a short list a shop, replaced as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from plugin.db.session import Session


def read(session: Session) -> list[tuple[str, Decimal]]:
    """(name, per cent) in the merchant's order."""
    return list(session.sql("SELECT name, percent FROM peers WHERE shop_id = %s ORDER BY place", session.shop_id))


def replace(session: Session, peers: Sequence[tuple[str, Decimal]]) -> None:
    """These and no others."""
    session.sql("DELETE FROM peers WHERE shop_id = %s", session.shop_id)
    for place, (name, percent) in enumerate(peers):
        session.sql(
            "INSERT INTO peers (shop_id, place, name, percent) VALUES (%s, %s, %s, %s)",
            session.shop_id,
            place,
            name,
            percent,
        )
