"""Forgetting: a person is erased without a byte left, a shop without a row, and the books still prove themselves.

Entries hold no personal data, so they stay; what names the person goes: the customer's id on the member and in order facts, notes,
and set-aside bodies. A keyed hash remains, so that a late delivery does not bring them back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from plugin.db import Session
from plugin.loyalty import facts as order_facts
from plugin.loyalty.codes import tombstone
from plugin.loyalty.facts import OrderFacts
from plugin.services import effects
from plugin.services.effects import Kind
from plugin.services.redeem import Keys


def erase(session: Session, customer_id: int, *, order_ids: Sequence[int] = (), keys: Keys, now: datetime) -> None:
    """customers/redact: forget this customer. Safe to repeat; also works for somebody who never was a member."""
    shop = session.shop_id
    session.sql(
        "INSERT INTO tombstones VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        shop,
        tombstone(keys.tombstones, shop, customer_id),
        now,
    )
    members = [
        row[0]
        for row in session.sql(
            "SELECT id FROM members WHERE shop_id = %s AND customer_id = %s FOR UPDATE", shop, customer_id
        )
    ]
    rows = session.sql(
        "SELECT id, facts FROM orders WHERE shop_id = %s AND (member_id = ANY(%s) OR id = ANY(%s)) ORDER BY id FOR UPDATE",
        shop,
        members,
        list(order_ids),
    )
    for order_id, stored in rows:
        facts = order_facts.decode(stored)
        if facts.body is None or facts.body.customer_id in (customer_id, None):
            erased = order_facts.merge(facts, OrderFacts(id=order_id, is_erased=True))
            session.sql(
                "UPDATE orders SET facts = %s, pins = NULL WHERE shop_id = %s AND id = %s",
                order_facts.encode(erased),
                shop,
                order_id,
            )
    session.sql("DELETE FROM notes WHERE shop_id = %s AND member_id = ANY(%s)", shop, members)
    session.sql(
        "DELETE FROM requests WHERE shop_id = %s AND caller = ANY(%s)", shop, [f"member:{member}" for member in members]
    )
    session.sql(
        "UPDATE inbox SET object_id = NULL, raw = NULL, facts = NULL WHERE shop_id = %s AND object_id = %s AND done_at IS NOT NULL",
        shop,
        customer_id,
    )
    session.sql(
        "DELETE FROM inbox WHERE shop_id = %s AND set_aside_at IS NOT NULL AND object_id = ANY(%s)",
        shop,
        [customer_id, *order_ids],
    )
    for (redemption_id,) in session.sql(
        "SELECT id FROM redemptions WHERE shop_id = %s AND member_id = ANY(%s) AND state IN ('held', 'issued', 'suspended') AND cancelled_at IS NULL FOR UPDATE",
        shop,
        members,
    ):
        session.sql("UPDATE redemptions SET cancelled_at = %s WHERE shop_id = %s AND id = %s", now, shop, redemption_id)
        effects.request(session, Kind.VOID_CODE, str(redemption_id), now=now)
    session.sql(
        "UPDATE members SET customer_id = NULL, referral_code = NULL, erased_at = coalesce(erased_at, %s) WHERE shop_id = %s AND id = ANY(%s)",
        now,
        shop,
        members,
    )


def detach(session: Session, customer_id: int, *, keys: Keys, now: datetime) -> None:
    """customers/delete: the customer is gone at Shopify, so nothing of them is kept here either."""
    erase(session, customer_id, keys=keys, now=now)


def redact_shop(session: Session, *, now: datetime) -> bool:
    """shop/redact: delete every row of the shop and leave a receipt; only for a shop that is uninstalled. True when it was done."""
    [(status,)] = session.sql("SELECT status FROM shops WHERE id = %s", session.shop_id)
    if status != "uninstalled":
        return False
    session.sql("SELECT redact_shop(%s)", now)
    return True
