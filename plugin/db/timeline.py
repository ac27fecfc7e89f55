"""What happened to one member, table by table, from an instant backwards; plugin.services.timeline makes one line of time of it.

Each source has a rank, which decides between things of one instant. A place in the line is (instant, rank, id); ids compare within
their own source only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from plugin.db.changelog import Noted
from plugin.db.messages import Told
from plugin.db.session import Session


class Place(NamedTuple):
    """Where something stands in a member's time."""

    at: datetime
    rank: int
    id: int | UUID


class Joining(NamedTuple):
    """A referral of the member's friends, or (`is_friend`) the one they came by themselves."""

    id: UUID
    at: datetime
    is_friend: bool
    advocate_id: int
    friend_id: int | None
    order_id: int | None
    state: str
    reason: str | None
    holds_until: datetime | None
    ends_at: datetime
    decided_by: str | None


class Given(NamedTuple):
    """A reward that cost no points."""

    id: UUID
    at: datetime
    title: str
    code: str
    state: str


class Did(NamedTuple):
    """An activity that moved no points."""

    id: int
    at: datetime
    action_id: str
    program_version: int
    kind: str
    undone_at: datetime | None


ENTRY: Final = 5
MESSAGE: Final = 4
REFERRAL: Final = 3
REWARD: Final = 2
ACTIVITY: Final = 1
STAFF: Final = 0
TIER: Final = -1
"""Moves between tiers, which are read elsewhere."""


def entries(session: Session, member_id: int, *, before: Place | None, limit: int) -> list[tuple[int, datetime]]:
    """(number, when it was recorded) of the member's entries."""
    return _read(
        session,
        "SELECT seq, recorded_at FROM entries WHERE shop_id = %(shop)s AND member_id = %(member)s",
        member_id,
        ("recorded_at", "seq", ENTRY),
        before,
        limit,
    )


def noted_entries(session: Session, member_id: int, *, before: Place | None, limit: int) -> list[tuple[int, datetime]]:
    """The same of those that staff made."""
    return _read(
        session,
        "SELECT e.seq, e.recorded_at FROM notes n JOIN entries e USING (shop_id, member_id, seq) "
        "WHERE n.shop_id = %(shop)s AND n.member_id = %(member)s",
        member_id,
        ("e.recorded_at", "e.seq", ENTRY),
        before,
        limit,
    )


def reward_entries(session: Session, member_id: int, *, before: Place | None, limit: int) -> list[tuple[int, datetime]]:
    """The same of those that belong to a reward."""
    return _read(
        session,
        "SELECT seq, recorded_at FROM entries "
        "WHERE shop_id = %(shop)s AND member_id = %(member)s AND redemption_id IS NOT NULL",
        member_id,
        ("recorded_at", "seq", ENTRY),
        before,
        limit,
    )


def messages(session: Session, member_id: int, *, before: Place | None, limit: int) -> list[Told]:
    """What the member was told, or was to be."""
    rows = _read(
        session,
        "SELECT id, kind, state, why, made_at, done_at FROM messages WHERE shop_id = %(shop)s AND member_id = %(member)s",
        member_id,
        ("coalesce(done_at, made_at)", "id", MESSAGE),
        before,
        limit,
    )
    return [Told(*row) for row in rows]


def referrals(session: Session, member_id: int, *, before: Place | None, limit: int) -> list[Joining]:
    """Friends the member brought, and how they came themselves."""
    rows = _read(
        session,
        "SELECT id, coalesce(ordered_at, claimed_at), friend_id IS NOT DISTINCT FROM %(member)s, advocate_id, friend_id, order_id, "
        "state, reason, holds_until, ends_at, decided_by FROM referrals "
        "WHERE shop_id = %(shop)s AND (advocate_id = %(member)s OR friend_id = %(member)s)",
        member_id,
        ("coalesce(ordered_at, claimed_at)", "id", REFERRAL),
        before,
        limit,
    )
    return [Joining(*row) for row in rows]


def rewards(session: Session, member_id: int, *, before: Place | None, limit: int) -> list[Given]:
    """Rewards that were given to the member."""
    rows = _read(
        session,
        "SELECT id, created_at, title, code, state FROM redemptions "
        "WHERE shop_id = %(shop)s AND member_id = %(member)s AND points = 0",
        member_id,
        ("created_at", "id", REWARD),
        before,
        limit,
    )
    return [Given(*row) for row in rows]


def standing_pin(session: Session, member_id: int, *, now: datetime) -> tuple[datetime, str, str] | None:
    """(since when, by whom, why) the member's tier is one that staff set."""
    rows = session.sql(
        """
        SELECT since, author, words FROM tier_pins WHERE shop_id = %s AND member_id = %s AND NOT is_floor
          AND since <= %s AND (until IS NULL OR until > %s) ORDER BY id DESC LIMIT 1
        """,
        session.shop_id,
        member_id,
        now,
        now,
    )
    return rows[0] if rows else None


def surveys_among(session: Session, activity_ids: list[int]) -> set[int]:
    """Those of these activities that are answers to a survey."""
    rows = session.sql(
        "SELECT id FROM activities WHERE shop_id = %s AND id = ANY(%s) AND kind = 'survey' AND undone_at IS NULL",
        session.shop_id,
        activity_ids,
    )
    return {row[0] for row in rows}


def deeds(session: Session, member_id: int, *, but: list[str], before: Place | None, limit: int) -> list[Noted]:
    """What staff did to the member by the change log, without the deeds named `but`."""
    rows = _read(
        session,
        "SELECT id, noted_at, author, deed, subject, facts FROM changelog WHERE shop_id = %(shop)s "
        "AND subject = %(member)s::text AND split_part(deed, '.', 1) = 'member' AND deed <> ALL(%(but)s)",
        member_id,
        ("noted_at", "id", STAFF),
        before,
        limit,
        but=but,
    )
    return [Noted(*row) for row in rows]


def activities(session: Session, member_id: int, *, before: Place | None, limit: int) -> list[Did]:
    """What the member did without getting points for it."""
    rows = _read(
        session,
        "SELECT id, recorded_at, action_id, program_version, kind, undone_at FROM activities "
        "WHERE shop_id = %(shop)s AND member_id = %(member)s AND points = 0",
        member_id,
        ("recorded_at", "id", ACTIVITY),
        before,
        limit,
    )
    return [Did(*row) for row in rows]


def _read(
    session: Session,
    statement: LiteralString,
    member_id: int,
    order: tuple[LiteralString, LiteralString, int],
    before: Place | None,
    limit: int,
    **more: Any,
) -> list[Any]:
    """The statement's rows below a place, by (instant, id) downwards. `order`: the columns of both, and the source's rank."""
    at, number, rank = order
    below: LiteralString = ""
    if before is not None and before.rank == rank:
        below = " AND (" + at + ", " + number + ") < (%(at)s, %(id)s)"
    elif before is not None:
        below = " AND " + at + (" <= %(at)s" if rank < before.rank else " < %(at)s")
    return session.sql(
        statement + below + " ORDER BY " + at + " DESC, " + number + " DESC LIMIT %(limit)s",
        named={
            "shop": session.shop_id,
            "member": member_id,
            "limit": limit,
            "at": before.at if before is not None else None,
            "id": before.id if before is not None else None,
            **more,
        },
    )
