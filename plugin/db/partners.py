"""The rows of partners' links: one-time codes, and members' consent that stands until it is ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from plugin.db.session import Session
from plugin.db.tables import PartnerLinkRow


def put_code(session: Session, *, digest: bytes, partner: str, member_id: int, ends_at: datetime) -> None:
    """The member's only code for that partner from now on."""
    session.sql(
        "DELETE FROM link_codes WHERE shop_id = %s AND member_id = %s AND partner = %s",
        session.shop_id,
        member_id,
        partner,
    )
    session.sql(
        "INSERT INTO link_codes (shop_id, hash, partner, member_id, ends_at) VALUES (%s, %s, %s, %s, %s)",
        session.shop_id,
        digest,
        partner,
        member_id,
        ends_at,
    )


def take_code(session: Session, *, digest: bytes, partner: str, now: datetime) -> int | None:
    """The member behind a code that is good now; it is gone after this. None for any other."""
    rows = session.sql(
        """
        DELETE FROM link_codes WHERE shop_id = %s AND hash = %s AND partner = %s AND ends_at > %s RETURNING member_id
        """,
        session.shop_id,
        digest,
        partner,
        now,
    )
    return int(rows[0][0]) if rows else None


def drop_codes(session: Session, *, until: datetime) -> None:
    """Codes that ran out by then go."""
    session.sql("DELETE FROM link_codes WHERE shop_id = %s AND ends_at <= %s", session.shop_id, until)


def link(session: Session, *, partner: str, member_id: int, now: datetime) -> int:
    """The standing link of that partner and member, made if there is none."""
    [(link_id,)] = session.sql(
        """
        INSERT INTO partner_links (shop_id, partner, member_id, linked_at) VALUES (%s, %s, %s, %s)
        ON CONFLICT (shop_id, partner, member_id) WHERE ended_at IS NULL DO UPDATE SET partner = excluded.partner RETURNING id
        """,
        session.shop_id,
        partner,
        member_id,
        now,
    )
    return int(link_id)


def find(session: Session, link_id: int) -> PartnerLinkRow | None:
    """One link as it stands now."""
    return session.get(PartnerLinkRow, (session.shop_id, link_id), populate_existing=True)


def of_partner(session: Session, partner: str, *, below: int | None, limit: int) -> list[PartnerLinkRow]:
    """A partner's standing links, newest first."""
    query = session.query(PartnerLinkRow).filter(
        PartnerLinkRow.shop_id == session.shop_id,
        PartnerLinkRow.partner == partner,
        PartnerLinkRow.ended_at.is_(None),
    )
    if below is not None:
        query = query.filter(PartnerLinkRow.id < below)
    return list(query.order_by(PartnerLinkRow.id.desc()).limit(limit))


def of_member(session: Session, member_id: int) -> list[PartnerLinkRow]:
    """A member's standing links, oldest first."""
    query = session.query(PartnerLinkRow).filter(
        PartnerLinkRow.shop_id == session.shop_id,
        PartnerLinkRow.member_id == member_id,
        PartnerLinkRow.ended_at.is_(None),
    )
    return list(query.order_by(PartnerLinkRow.id))


def end(session: Session, link_id: int, *, now: datetime) -> None:
    """The link is no longer wanted."""
    session.sql(
        "UPDATE partner_links SET ended_at = coalesce(ended_at, %s) WHERE shop_id = %s AND id = %s",
        now,
        session.shop_id,
        link_id,
    )


def give_to(session: Session, *, lost: int, kept: int, now: datetime) -> None:
    """The lost member's links are the kept one's; of two with the same partner the kept one's stays."""
    session.sql(
        """
        UPDATE partner_links l SET ended_at = %s WHERE shop_id = %s AND member_id = %s AND ended_at IS NULL
          AND EXISTS (SELECT FROM partner_links k WHERE k.shop_id = l.shop_id AND k.partner = l.partner AND k.member_id = %s
                      AND k.ended_at IS NULL)
        """,
        now,
        session.shop_id,
        lost,
        kept,
    )
    for table in _OWNED:
        session.sql(table, kept, session.shop_id, lost)


_OWNED = (
    "UPDATE partner_links SET member_id = %s WHERE shop_id = %s AND member_id = %s",
    "UPDATE link_codes SET member_id = %s WHERE shop_id = %s AND member_id = %s",
)


def forget(session: Session, member_ids: Sequence[int]) -> None:
    """No link and no code leads to these members any more."""
    session.sql(
        "DELETE FROM partner_links WHERE shop_id = %s AND member_id = ANY(%s)", session.shop_id, list(member_ids)
    )
    session.sql("DELETE FROM link_codes WHERE shop_id = %s AND member_id = ANY(%s)", session.shop_id, list(member_ids))
