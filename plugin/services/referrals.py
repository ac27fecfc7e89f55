"""Referrals: an advocate's link, and the single-use code a friend claims on its landing page.

The bonus itself is a part of the friend's first order (plugin.services.settle); here is what comes before that.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from plugin.db import Database, Session, members, orders
from plugin.db import referrals as referral_rows
from plugin.db.tables import ReferralRow
from plugin.loyalty import codes
from plugin.loyalty.errors import CodeTaken, ReferralClosed, ReferralForNewCustomers, ReferralUnknown, Refused
from plugin.loyalty.program import Program
from plugin.services import effects, programs
from plugin.services.effects import Kind
from plugin.services.keys import Keys
from plugin.services.ports import DiscountSpec, ShopifyShop

CLAIMS_PER_DAY = 100
"""How many friends may claim one advocate's link in 24 hours: more is a link that leaked to a coupon site."""


def offer(session: Session, handle: str) -> Program:
    """The live program, when this referral link is good. Raises ReferralUnknown, ReferralClosed."""
    program = programs.current(session).program
    if not program.is_live or not program.referral.is_on:
        raise ReferralClosed
    if not members.has_link(session, handle):
        raise ReferralUnknown(handle=handle)
    return program


def claim(
    session: Session, handle: str, *, referral_id: UUID, customer_id: int | None, keys: Keys, now: datetime
) -> ReferralRow:
    """A friend takes the offer of this link: a code of their own is written. `customer_id` when they are signed in.

    Raises ReferralUnknown, ReferralClosed, and ReferralForNewCustomers for the advocate and for customers who have bought before.
    """
    terms = offer(session, handle).referral.offer
    advocate_id, advocate_customer = members.advocate(session, handle)
    if customer_id is not None and (customer_id == advocate_customer or orders.has_paid(session, customer_id)):
        raise ReferralForNewCustomers
    if referral_rows.count_claimed(session, advocate_id, since=now - timedelta(days=1)) >= CLAIMS_PER_DAY:
        raise ReferralClosed
    row = ReferralRow(
        shop_id=session.shop_id,
        id=referral_id,
        advocate_id=advocate_id,
        state="claimed",
        code=codes.derive(keys.codes, referral_id),
        kind=terms.kind,
        value=terms.value,
        minimum_spend=max(terms.minimum_spend, terms.value or terms.minimum_spend)
        if terms.kind == "amount_off"
        else terms.minimum_spend,
        claimed_at=now,
        ends_at=now + timedelta(days=terms.ends_days),
    )
    session.add(row)
    session.flush()
    effects.request(session, Kind.REFERRAL_CODE, str(referral_id), now=now)
    return row


def find(session: Session, referral_id: UUID) -> ReferralRow:
    """One claim. Raises ReferralUnknown. `discount_gid` is set once its code can be used."""
    row = referral_rows.find(session, referral_id)
    if row is None:
        raise ReferralUnknown(handle=str(referral_id))
    return row


def of_advocate(session: Session, member_id: int, *, limit: int = 50) -> list[ReferralRow]:
    """An advocate's claims, newest first."""
    return referral_rows.of_advocate(session, member_id, limit=limit)


def issue(database: Database, shop_id: int, shopify: ShopifyShop, referral_id: UUID) -> None:
    """Write the friend's code at Shopify. Safe to repeat. Raises OutsideError as `plugin.services.redeem.issue` does."""
    with database.transaction(shop_id) as session:
        row = find(session, referral_id)
        if row.discount_gid is not None or row.state == "void":
            return
    spec = DiscountSpec(
        code=row.code,
        reference=str(row.id),
        title="Referral",
        kind=row.kind,
        value=row.value,
        customer_id=None,
        minimum_subtotal=row.minimum_spend or None,
        starts_at=row.claimed_at,
        ends_at=row.ends_at,
    )
    try:
        found = shopify.create_discount(spec)
    except (CodeTaken, Refused):
        with database.transaction(shop_id) as session:
            referral_rows.void(session, referral_id)
        return
    with database.transaction(shop_id) as session:
        referral_rows.note_discount(session, referral_id, gid=found.gid)
