"""Stretches of time in which members earn nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from plugin.db.session import Session
from plugin.db.tables import MemberBlock


def of_members(session: Session, member_ids: Collection[int]) -> list[tuple[int, datetime, datetime | None]]:
    """(member, since, until) of everything that ever stood on these members."""
    return session.sql(
        "SELECT member_id, since, until FROM member_blocks WHERE shop_id = %s AND member_id = ANY(%s)",
        session.shop_id,
        sorted(member_ids),
    )


def of_everybody(session: Session) -> list[tuple[int, datetime, datetime | None]]:
    """(member, since, until) of everything that ever stood on anybody."""
    return session.sql("SELECT member_id, since, until FROM member_blocks WHERE shop_id = %s", session.shop_id)


def standing(session: Session, member_ids: Collection[int]) -> dict[int, MemberBlock]:
    """The block that stands on each of these members who have one."""
    found = session.query(MemberBlock).filter(
        MemberBlock.shop_id == session.shop_id,
        MemberBlock.member_id.in_(sorted(member_ids)),
        MemberBlock.until.is_(None),
    )
    return {row.member_id: row for row in found}


def every(session: Session, member_id: int) -> list[MemberBlock]:
    """Every block of a member, newest first."""
    return list(
        session.query(MemberBlock)
        .filter(MemberBlock.shop_id == session.shop_id, MemberBlock.member_id == member_id)
        .order_by(MemberBlock.id.desc())
    )


def begin(session: Session, member_ids: Sequence[int], *, author: str, words: str, now: datetime) -> list[int]:
    """These members earn nothing from this second on (Shopify tells an order's time in whole seconds); those for whom that is new."""
    rows = session.sql(
        """
        INSERT INTO member_blocks (shop_id, member_id, since, author, words)
        SELECT %s, v, %s, %s, %s FROM unnest(%s::bigint[]) v
        ON CONFLICT (shop_id, member_id) WHERE until IS NULL DO NOTHING RETURNING member_id
        """,
        session.shop_id,
        now.replace(microsecond=0),
        author,
        words,
        list(member_ids),
    )
    return sorted(row[0] for row in rows)


def end(session: Session, member_ids: Sequence[int], *, now: datetime) -> list[int]:
    """These members earn again from this second on; those for whom that is new."""
    rows = session.sql(
        """
        UPDATE member_blocks SET until = greatest(since, %s) WHERE shop_id = %s AND member_id = ANY(%s) AND until IS NULL
        RETURNING member_id
        """,
        now.replace(microsecond=0),
        session.shop_id,
        list(member_ids),
    )
    return sorted({row[0] for row in rows})


def give_to(session: Session, *, lost: int, kept: int) -> None:
    """What stood on the lost member stands on the kept one: becoming one with somebody else lifts no block. One block goes on."""
    session.sql(
        """
        UPDATE member_blocks l SET until = greatest(l.since, k.since) FROM member_blocks k
        WHERE l.shop_id = %s AND l.member_id = %s AND l.until IS NULL
          AND k.shop_id = l.shop_id AND k.member_id = %s AND k.until IS NULL
        """,
        session.shop_id,
        lost,
        kept,
    )
    session.sql(
        "UPDATE member_blocks SET member_id = %s WHERE shop_id = %s AND member_id = %s", kept, session.shop_id, lost
    )


def forget(session: Session, member_ids: Sequence[int]) -> None:
    """What was typed about these members goes."""
    session.sql(
        "UPDATE member_blocks SET words = '' WHERE shop_id = %s AND member_id = ANY(%s)",
        session.shop_id,
        list(member_ids),
    )
