"""Referrals: an advocate's link, and the single-use code a friend claims on its landing page.

The bonus itself is a part of the friend's first order (plugin.services.settle); here is what comes before that.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from plugin.db import Database, Session
from plugin.db.tables import ReferralRow
from plugin.loyalty import codes
from plugin.loyalty.errors import CodeTaken, ReferralClosed, ReferralForNewCustomers, ReferralUnknown, Refused
from plugin.loyalty.program import Program
from plugin.services import effects, programs
from plugin.services.effects import Kind
from plugin.services.ports import DiscountSpec, ShopifyShop
from plugin.services.redeem import Keys

CLAIMS_PER_DAY = 100
"""How many friends may claim one advocate's link in 24 hours: more is a link that leaked to a coupon site."""


def offer(session: Session, handle: str) -> Program:
    """The live program, when this referral link is good. Raises ReferralUnknown, ReferralClosed."""
    program = programs.current(session).program
    if not program.is_live or not program.referral.is_on:
        raise ReferralClosed
    if not session.sql(
        "SELECT 1 FROM members WHERE shop_id = %s AND referral_code = %s AND erased_at IS NULL", session.shop_id, handle
    ):
        raise ReferralUnknown(handle=handle)
    return program


def claim(
    session: Session, handle: str, *, referral_id: UUID, customer_id: int | None, keys: Keys, now: datetime
) -> ReferralRow:
    """A friend takes the offer of this link: a code of their own is written. `customer_id` when they are signed in.

    Raises ReferralUnknown, ReferralClosed, and ReferralForNewCustomers for the advocate and for customers who have bought before.
    """
    terms = offer(session, handle).referral.offer
    shop = session.shop_id
    [(advocate_id, advocate_customer)] = session.sql(
        "SELECT coalesce(merged_into, id), customer_id FROM members WHERE shop_id = %s AND referral_code = %s",
        shop,
        handle,
    )
    if customer_id is not None:
        has_bought = session.sql(
            "SELECT 1 FROM orders o JOIN members m ON m.shop_id = o.shop_id AND m.id = o.member_id WHERE o.shop_id = %s AND m.customer_id = %s AND o.is_paid LIMIT 1",
            shop,
            customer_id,
        )
        if customer_id == advocate_customer or has_bought:
            raise ReferralForNewCustomers
    [(recent,)] = session.sql(
        "SELECT count(*) FROM referrals WHERE shop_id = %s AND advocate_id = %s AND claimed_at > %s",
        shop,
        advocate_id,
        now - timedelta(days=1),
    )
    if recent >= CLAIMS_PER_DAY:
        raise ReferralClosed
    row = ReferralRow(
        shop_id=shop,
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
    row = session.get(ReferralRow, (session.shop_id, referral_id), populate_existing=True)
    if row is None:
        raise ReferralUnknown(handle=str(referral_id))
    return row


def of_advocate(session: Session, member_id: int, *, limit: int = 50) -> list[ReferralRow]:
    """An advocate's claims, newest first."""
    return list(
        session.query(ReferralRow)
        .filter(ReferralRow.shop_id == session.shop_id, ReferralRow.advocate_id == member_id)
        .order_by(ReferralRow.claimed_at.desc())
        .limit(limit)
    )


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
            session.sql("UPDATE referrals SET state = 'void' WHERE shop_id = %s AND id = %s", shop_id, referral_id)
        return
    with database.transaction(shop_id) as session:
        session.sql(
            "UPDATE referrals SET discount_gid = %s WHERE shop_id = %s AND id = %s", found.gid, shop_id, referral_id
        )
