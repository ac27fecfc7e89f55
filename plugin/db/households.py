"""The rows of households: whose pool it is, who is in, what each has put in, and the codes that invite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from plugin.db.session import Session


class Household(NamedTuple):
    """A household by its pool's account."""

    account_id: int
    owner_id: int
    created_at: datetime
    closed_at: datetime | None


class Stake(NamedTuple):
    """One member's place in a household: the points they have put in net of what they got back, and where new points begin."""

    member_id: int
    account_id: int
    put_in: int
    from_seq: int
    joined_at: datetime


class Invitation(NamedTuple):
    """An unused code into a household, for one member only when it names them."""

    account_id: int
    member_id: int | None
    ends_at: datetime


def add(session: Session, account_id: int, *, owner_id: int, now: datetime) -> None:
    """A new household with this pool."""
    session.sql(
        "INSERT INTO households (shop_id, account_id, owner_id, created_at) VALUES (%s, %s, %s, %s)",
        session.shop_id,
        account_id,
        owner_id,
        now,
    )


def find(session: Session, account_id: int) -> Household | None:
    """The household of that pool."""
    rows = session.sql(
        "SELECT account_id, owner_id, created_at, closed_at FROM households WHERE shop_id = %s AND account_id = %s",
        session.shop_id,
        account_id,
    )
    return Household(*rows[0]) if rows else None


def set_owner(session: Session, account_id: int, owner_id: int) -> None:
    """The household belongs to this member from now on."""
    session.sql(
        "UPDATE households SET owner_id = %s WHERE shop_id = %s AND account_id = %s",
        owner_id,
        session.shop_id,
        account_id,
    )


def close(session: Session, account_id: int, *, now: datetime) -> None:
    """Nobody is in it any more; codes into it lead nowhere."""
    session.sql(
        "UPDATE households SET closed_at = %s WHERE shop_id = %s AND account_id = %s", now, session.shop_id, account_id
    )
    session.sql("DELETE FROM household_invitations WHERE shop_id = %s AND account_id = %s", session.shop_id, account_id)


def household_of(session: Session, member_id: int) -> int | None:
    """The pool of the household that the member is in."""
    rows = session.sql(
        "SELECT account_id FROM household_members WHERE shop_id = %s AND member_id = %s", session.shop_id, member_id
    )
    return int(rows[0][0]) if rows else None


def stakes(session: Session, account_id: int) -> list[Stake]:
    """Everybody in the household, who joined first before the others."""
    return [
        Stake(*row)
        for row in session.sql(
            """
            SELECT member_id, account_id, put_in, from_seq, joined_at FROM household_members
            WHERE shop_id = %s AND account_id = %s ORDER BY joined_at, member_id
            """,
            session.shop_id,
            account_id,
        )
    ]


def stakes_of(session: Session, member_ids: Sequence[int]) -> dict[int, Stake]:
    """The places of those members who are in a household."""
    return {
        row[0]: Stake(*row)
        for row in session.sql(
            """
            SELECT member_id, account_id, put_in, from_seq, joined_at FROM household_members
            WHERE shop_id = %s AND member_id = ANY(%s)
            """,
            session.shop_id,
            list(member_ids),
        )
    }


def enter(session: Session, stake: Stake) -> None:
    """The member is in the household."""
    session.sql(
        """
        INSERT INTO household_members (shop_id, member_id, account_id, put_in, from_seq, joined_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        session.shop_id,
        *stake,
    )


def move(session: Session, *, lost: int, kept: int, from_seq: int) -> None:
    """The lost member's place in a household is the kept one's."""
    session.sql(
        "UPDATE household_members SET member_id = %s, from_seq = %s WHERE shop_id = %s AND member_id = %s",
        kept,
        from_seq,
        session.shop_id,
        lost,
    )
    session.sql("UPDATE households SET owner_id = %s WHERE shop_id = %s AND owner_id = %s", kept, session.shop_id, lost)


def remove(session: Session, member_id: int) -> None:
    """The member is in no household."""
    session.sql("DELETE FROM household_members WHERE shop_id = %s AND member_id = %s", session.shop_id, member_id)


def put_in(session: Session, member_id: int, points: int) -> None:
    """The member has put so many points more into the pool (below zero: got them back)."""
    session.sql(
        "UPDATE household_members SET put_in = put_in + %s WHERE shop_id = %s AND member_id = %s",
        points,
        session.shop_id,
        member_id,
    )


def spent(session: Session, account_id: int, *, since: datetime) -> dict[int, int]:
    """Points that each member took from the pool for rewards from then on, without those that came back."""
    return dict(
        session.sql(
            """
            SELECT acting_id, sum(points - restored)::bigint FROM redemptions
            WHERE shop_id = %s AND acting_id IS NOT NULL AND member_id = %s AND state NOT IN ('released', 'failed')
              AND created_at >= %s
            GROUP BY acting_id
            """,
            session.shop_id,
            account_id,
            since,
        )
    )


def invite(
    session: Session,
    code_hash: bytes,
    *,
    account_id: int,
    member_id: int | None,
    now: datetime,
    ends_at: datetime,
) -> None:
    """Whoever knows the code (and is that member, when one is named) may enter until it ends."""
    session.sql(
        """
        INSERT INTO household_invitations (shop_id, code_hash, account_id, member_id, created_at, ends_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        session.shop_id,
        code_hash,
        account_id,
        member_id,
        now,
        ends_at,
    )


def invitation(session: Session, code_hash: bytes) -> Invitation | None:
    """The unused invitation of that code."""
    rows = session.sql(
        "SELECT account_id, member_id, ends_at FROM household_invitations WHERE shop_id = %s AND code_hash = %s",
        session.shop_id,
        code_hash,
    )
    return Invitation(*rows[0]) if rows else None


def count_invitations(session: Session, account_id: int, *, now: datetime) -> int:
    """How many codes into the household can still be used; those that ended go."""
    session.sql(
        "DELETE FROM household_invitations WHERE shop_id = %s AND account_id = %s AND ends_at <= %s",
        session.shop_id,
        account_id,
        now,
    )
    [(count,)] = session.sql(
        "SELECT count(*) FROM household_invitations WHERE shop_id = %s AND account_id = %s", session.shop_id, account_id
    )
    return int(count)


def use_invitation(session: Session, code_hash: bytes) -> bool:
    """The code is used up; False when somebody else was faster."""
    return bool(
        session.sql(
            "DELETE FROM household_invitations WHERE shop_id = %s AND code_hash = %s RETURNING 1",
            session.shop_id,
            code_hash,
        )
    )


def forget_invitations(session: Session, member_ids: Sequence[int]) -> None:
    """Codes that name these members go."""
    session.sql(
        "DELETE FROM household_invitations WHERE shop_id = %s AND member_id = ANY(%s)",
        session.shop_id,
        list(member_ids),
    )


def rename_invitations(session: Session, *, lost: int, kept: int) -> None:
    """Codes meant for the lost member are meant for the kept one."""
    session.sql(
        "UPDATE household_invitations SET member_id = %s WHERE shop_id = %s AND member_id = %s",
        kept,
        session.shop_id,
        lost,
    )
