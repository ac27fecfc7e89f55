"""A referral under review: what both people have in common, as far as hashes say, and what each of them did here before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from plugin.db import Session, members, orders, referral_lists
from plugin.db import referrals as referral_rows
from plugin.loyalty.suspicion import Signal
from plugin.services import referrals

KINDS_OF: Final[dict[str, tuple[str, ...]]] = {
    Signal.SAME_MAILBOX: ("mailbox",),
    Signal.SIMILAR_MAILBOX: ("mail_like",),
    Signal.SAME_PERSON: ("name", "address"),
    Signal.SAME_PHONE: ("phone",),
    Signal.SAME_NAME: ("name",),
    Signal.SAME_DEVICE: ("device",),
    Signal.SAME_ADDRESS: ("address",),
    Signal.SAME_NETWORK: ("network",),
}
"""Which things are the same when a signal says so; signals outlive the hashes they came from."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of both people. `kinds` of things that were seen of them; friends who ordered, and how many of those are blocked."""

    kinds: frozenset[str]
    since: datetime | None
    orders: int
    friends: int
    blocked: int


@dataclass(frozen=True, slots=True)
class Review:
    """Both sides, and the kinds of things that are the same for both."""

    advocate: Side
    friend: Side
    shared: frozenset[str]


def of(session: Session, referral_id: UUID) -> Review:
    """What is known about one referral. Raises ReferralUnknown."""
    row = referrals.find(session, referral_id)
    advocate, friend = _side(session, row.advocate_id), _side(session, row.friend_id)
    told = frozenset(kind for signal in row.shared for kind in KINDS_OF.get(signal, ()))
    return Review(advocate, friend, told | _in_common(session, row.advocate_id, row.friend_id))


def _side(session: Session, member_id: int | None) -> Side:
    row = members.find(session, member_id) if member_id is not None else None
    if row is None or member_id is None:
        return Side(frozenset(), None, 0, 0, 0)
    seen = referral_rows.kinds_of(session, referral_rows.member_subject(member_id))
    brought, blocked = referral_lists.brought(session, member_id)
    return Side(
        frozenset(kind for kind, _ in seen),
        row.joined_at or row.created_at,
        orders.count_of(session, member_id),
        brought,
        blocked,
    )


def _in_common(session: Session, advocate_id: int, friend_id: int | None) -> frozenset[str]:
    if friend_id is None:
        return frozenset()
    subjects = [referral_rows.member_subject(each) for each in (advocate_id, friend_id)]
    seen = referral_rows.prints(session, subjects)
    return frozenset(kind for kind, _ in seen[subjects[0]] & seen[subjects[1]])
