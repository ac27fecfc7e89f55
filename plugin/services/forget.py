"""Forgetting: a person is erased without a byte left, a shop without a row, and the books still prove themselves.

Entries hold no personal data, so they stay; what names the person goes: the customer's id on the member and in order facts, notes,
and set-aside bodies. A keyed hash remains, so that a late delivery does not bring them back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from plugin.db import (
    Session,
    activities,
    erasure,
    expiry,
    members,
    orders,
    partners,
    redemptions,
    referrals,
    shops,
    tasks,
)
from plugin.db import messages as message_rows
from plugin.db import tiers as tier_rows
from plugin.loyalty import facts as order_facts
from plugin.loyalty.codes import tombstone
from plugin.loyalty.facts import OrderFacts
from plugin.services import blocks, bulk, causes, effects, feedback, gifts, households, privacy_requests
from plugin.services.effects import Kind
from plugin.services.keys import Keys

DELETED = "customers/delete"


def erase(
    session: Session,
    customer_id: int,
    *,
    order_ids: Sequence[int] = (),
    asked_by: str = "customers/redact",
    keys: Keys,
    now: datetime,
) -> None:
    """Forget this customer, and those merged into them. Safe to repeat; also for somebody who never was a member.

    `asked_by` is the topic that asked, or the author: it stands on the receipt.
    """
    found = members.of_customer_for_update(session, customer_id)
    member_ids = [member_id for member_id, _ in found]
    customer_ids = sorted({customer_id, *(known for _, known in found if known is not None)})
    for each in customer_ids:
        erasure.bury(session, tombstone(keys.tombstones, session.shop_id, each), now=now)
    named = orders.facts_for_update(session, member_ids=member_ids, order_ids=order_ids)
    for order_id, stored in named:
        facts = order_facts.decode(stored)
        if facts.body is None or facts.body.customer_id in (*customer_ids, None):
            erased = order_facts.merge(facts, OrderFacts(id=order_id, is_erased=True))
            orders.replace_facts(session, order_id, order_facts.encode(erased))
    erasure.delete_words(session, member_ids)
    activities.forget(session, member_ids, customer_ids)
    erasure.delete_deliveries(session, customer_ids, order_ids=order_ids)
    gifts.forget(session, member_ids, now=now)
    households.forget(session, member_ids, now=now)
    causes.forget(session, member_ids)
    partners.forget(session, member_ids)
    expiry.forget_warnings(session, member_ids)
    message_rows.forget(session, member_ids)
    tier_rows.forget(session, member_ids)
    tasks.forget(session, member_ids)
    blocks.forget(session, member_ids)
    feedback.forget(session, member_ids)
    bulk.forget(session, member_ids)
    for redemption_id in redemptions.open_for_update(session, member_ids):
        redemptions.cancel(session, redemption_id, now=now)
        effects.request(session, Kind.VOID_CODE, str(redemption_id), now=now)
    referrals.forget(session, member_ids)
    members.erase(session, member_ids, now=now)
    if member_ids or asked_by != DELETED:
        privacy_requests.erased(
            session, customer_ids, asked_by=asked_by, members=len(member_ids), orders=len(named), now=now
        )


def detach(session: Session, customer_id: int, *, keys: Keys, now: datetime) -> None:
    """customers/delete: the customer is gone at Shopify, so nothing of them is kept here either."""
    erase(session, customer_id, asked_by=DELETED, keys=keys, now=now)


def redact_shop(session: Session, *, now: datetime) -> bool:
    """shop/redact: delete every row of the shop and leave a receipt; only for a shop that is uninstalled. True when it was done."""
    if shops.status(session) != "uninstalled":
        return False
    erasure.redact_shop(session, now=now)
    return True
