"""The rows of referrals: a friend's claim of an advocate's link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from plugin.db.session import Session
from plugin.db.tables import ReferralRow


def find(session: Session, referral_id: UUID) -> ReferralRow | None:
    """One claim, as it stands now."""
    return session.get(ReferralRow, (session.shop_id, referral_id), populate_existing=True)


def by_codes(session: Session, codes: Sequence[str]) -> list[tuple[str, int, UUID]]:
    """(code, the living advocate, claim) of the codes that are claims'."""
    return session.sql(
        """
        SELECT r.code, coalesce(m.merged_into, m.id), r.id
        FROM referrals r JOIN members m ON m.shop_id = r.shop_id AND m.id = r.advocate_id
        WHERE r.shop_id = %s AND r.code = ANY(%s)
        """,
        session.shop_id,
        list(codes),
    )


def note_order(session: Session, referral_id: UUID, *, friend_id: int, order_id: int) -> None:
    """The friend ordered; noted once."""
    session.sql(
        """
        UPDATE referrals SET state = 'ordered', friend_id = %s, order_id = %s
        WHERE shop_id = %s AND id = %s AND state = 'claimed'
        """,
        friend_id,
        order_id,
        session.shop_id,
        referral_id,
    )


def of_advocate(session: Session, advocate_id: int, *, limit: int) -> list[ReferralRow]:
    """An advocate's claims, newest first."""
    return list(
        session.query(ReferralRow)
        .filter(ReferralRow.shop_id == session.shop_id, ReferralRow.advocate_id == advocate_id)
        .order_by(ReferralRow.claimed_at.desc())
        .limit(limit)
    )


def count_claimed(session: Session, advocate_id: int, *, since: datetime) -> int:
    """How many friends claimed the advocate's link after that instant."""
    [(count,)] = session.sql(
        "SELECT count(*) FROM referrals WHERE shop_id = %s AND advocate_id = %s AND claimed_at > %s",
        session.shop_id,
        advocate_id,
        since,
    )
    return int(count)


def count_ordered(session: Session, *, since: datetime) -> int:
    """How many friends who claimed from then on have ordered."""
    [(count,)] = session.sql(
        "SELECT count(*) FROM referrals WHERE shop_id = %s AND state = 'ordered' AND claimed_at >= %s",
        session.shop_id,
        since,
    )
    return int(count)


def void(session: Session, referral_id: UUID) -> None:
    """The claim's code could not be written."""
    session.sql("UPDATE referrals SET state = 'void' WHERE shop_id = %s AND id = %s", session.shop_id, referral_id)


def note_discount(session: Session, referral_id: UUID, *, gid: str) -> None:
    """The claim's code stands at Shopify, as this discount."""
    session.sql(
        "UPDATE referrals SET discount_gid = %s WHERE shop_id = %s AND id = %s", gid, session.shop_id, referral_id
    )
