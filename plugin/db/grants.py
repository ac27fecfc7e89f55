"""The rows of grants: what staff, partners and the calendar gave. Budgets and caps are sums of them, under one lock for each shop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from plugin.db.session import Session
from plugin.db.tables import GrantRow

BUDGET_LOCK = 7111


def lock_budgets(session: Session) -> None:
    """Wait to be the one who takes from this shop's budgets, until the transaction ends. Taken before any member is locked."""
    session.sql("SELECT pg_advisory_xact_lock(%s, %s)", BUDGET_LOCK, session.shop_id)


def add(
    session: Session,
    *,
    member_id: int,
    kind: str,
    code: str,
    key: str,
    title: str,
    points: int,
    now: datetime,
    amount: Decimal | None = None,
    link_id: int | None = None,
) -> int | None:
    """Note a grant; its id, None when that kind and key were granted before."""
    rows = session.sql(
        """
        INSERT INTO grants (shop_id, member_id, kind, code, key, title, points, amount, link_id, granted_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (shop_id, kind, key) DO NOTHING RETURNING id
        """,
        session.shop_id,
        member_id,
        kind,
        code,
        key,
        title,
        points,
        amount,
        link_id,
        now,
    )
    return int(rows[0][0]) if rows else None


def note_redemption(session: Session, grant_id: int, redemption_id: UUID) -> None:
    """The grant was given as a reward."""
    session.sql(
        "UPDATE grants SET redemption_id = %s WHERE shop_id = %s AND id = %s", redemption_id, session.shop_id, grant_id
    )


def find(session: Session, grant_id: int) -> GrantRow | None:
    """One grant as it stands now."""
    return session.get(GrantRow, (session.shop_id, grant_id), populate_existing=True)


def given(
    session: Session, *, kind: str, since: datetime, code: str | None = None, member_id: int | None = None
) -> int:
    """Points given since then and not taken back: of one code, to one member, or of all."""
    [(points,)] = session.sql(
        """
        SELECT coalesce(sum(points - taken_back), 0)::bigint FROM grants
        WHERE shop_id = %s AND kind = %s AND granted_at >= %s AND (%s::text IS NULL OR code = %s)
          AND (%s::bigint IS NULL OR member_id = %s)
        """,
        session.shop_id,
        kind,
        since,
        code,
        code,
        member_id,
        member_id,
    )
    return int(points)


def note_taken_back(session: Session, grant_id: int, points: int) -> None:
    """So many points of it in all were taken back."""
    session.sql("UPDATE grants SET taken_back = %s WHERE shop_id = %s AND id = %s", points, session.shop_id, grant_id)


def opened_by(session: Session, *, member_id: int, grant_id: int, reason: int) -> int | None:
    """The number of the member's entry that gave it; None where the member got it from somebody merged into them."""
    rows = session.sql(
        """
        SELECT seq FROM entries WHERE shop_id = %s AND member_id = %s AND subject_id = %s AND reason = %s AND move IN (1, 2)
        ORDER BY seq LIMIT 1
        """,
        session.shop_id,
        member_id,
        grant_id,
        reason,
    )
    return int(rows[0][0]) if rows else None


def of_link(session: Session, link_id: int, *, below: int | None, limit: int) -> list[GrantRow]:
    """What came through one partner's link, newest first."""
    query = session.query(GrantRow).filter(GrantRow.shop_id == session.shop_id, GrantRow.link_id == link_id)
    if below is not None:
        query = query.filter(GrantRow.id < below)
    return list(query.order_by(GrantRow.id.desc()).limit(limit))


def of_members(session: Session, member_ids: Sequence[int], *, kind: str, codes: Sequence[str]) -> list[GrantRow]:
    """Those members' grants of a kind and of these codes, oldest first; locked."""
    query = session.query(GrantRow).filter(
        GrantRow.shop_id == session.shop_id,
        GrantRow.member_id.in_(member_ids),
        GrantRow.kind == kind,
        GrantRow.code.in_(codes),
    )
    return list(query.order_by(GrantRow.id).with_for_update().populate_existing())


def newest(session: Session, *, kind: str, below: int | None, limit: int) -> list[GrantRow]:
    """The shop's grants of a kind, newest first."""
    query = session.query(GrantRow).filter(GrantRow.shop_id == session.shop_id, GrantRow.kind == kind)
    if below is not None:
        query = query.filter(GrantRow.id < below)
    return list(query.order_by(GrantRow.id.desc()).limit(limit))


def titles(session: Session, grant_ids: Sequence[int]) -> dict[int, str]:
    """What each grant was called when it was given."""
    return dict(
        session.sql(
            "SELECT id, title FROM grants WHERE shop_id = %s AND id = ANY(%s)", session.shop_id, list(grant_ids)
        )
    )


def give_to(session: Session, *, lost: int, kept: int) -> None:
    """Every grant of the lost member is the kept one's: caps count both."""
    session.sql("UPDATE grants SET member_id = %s WHERE shop_id = %s AND member_id = %s", kept, session.shop_id, lost)
