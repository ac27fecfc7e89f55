"""What the API answers about sharing: households, gifts, causes and donations."""

from __future__ import annotations

from datetime import datetime

import msgspec

from plugin.api.shapes import Money, Points, money
from plugin.db.tables import DonationRow, GiftRow
from plugin.services import causes, households


class HouseholdMember(msgspec.Struct, frozen=True):
    """A member of a household: points put in and not taken along again, and rewards of the running period. `left`: null is no limit."""

    member_id: str
    is_owner: bool
    put_in: int
    spent: int
    left: int | None
    joined_at: datetime


class Household(msgspec.Struct, frozen=True):
    """A household and its pool. Closed once its last member left."""

    id: str
    owner_id: str
    points: Points
    members: list[HouseholdMember]
    members_max: int
    created_at: datetime
    closed_at: datetime | None


class Invitation(msgspec.Struct, frozen=True):
    """A one-time code into a household."""

    household_id: str
    code: str
    ends_at: datetime


class Gift(msgspec.Struct, frozen=True):
    """Points on their way to another member. `state`: offered, accepted, returned. `code` is told while it can be accepted."""

    id: str
    giver_id: str
    recipient_id: str | None
    state: str
    points: int
    message: str | None
    code: str | None
    created_at: datetime
    ends_at: datetime
    closed_at: datetime | None


class CauseTotal(msgspec.Struct, frozen=True):
    """What came together for a cause: given by members, added by the merchant (points, and money), paid out, and what is there."""

    donated: int
    donors: int
    matched: int
    matched_amount: Money
    paid_out: int
    available: int
    pending: int


class Cause(msgspec.Struct, frozen=True):
    """Something to give points to. `amounts`, when there are any, are the donations it takes; else any from `minimum_points` on."""

    id: str
    title: str
    text: str | None
    minimum_points: int
    amounts: list[int]
    is_on: bool
    total: CauseTotal


class Donation(msgspec.Struct, frozen=True):
    """Points given to a cause."""

    id: str
    member_id: str
    cause_id: str
    points: int
    created_at: datetime
    returned_at: datetime | None


class Choice(msgspec.Struct, frozen=True):
    """The cause that a member's orders are matched for; null for none."""

    cause_id: str | None


def household(view: households.View) -> Household:
    """A household."""
    return Household(
        id=str(view.id),
        owner_id=str(view.owner_id),
        points=Points(view.pending, view.available, view.held, view.debt),
        members=[
            HouseholdMember(str(part.member_id), part.is_owner, part.put_in, part.spent, part.left, part.joined_at)
            for part in view.parts
        ],
        members_max=view.members_max,
        created_at=view.created_at,
        closed_at=view.closed_at,
    )


def gift(row: GiftRow, *, code: str | None) -> Gift:
    """A gift; `code` for those who may pass it on."""
    return Gift(
        id=str(row.id),
        giver_id=str(row.giver_id),
        recipient_id=str(row.recipient_id) if row.recipient_id is not None else None,
        state=row.state,
        points=row.points,
        message=row.message,
        code=code if row.state == "offered" else None,
        created_at=row.created_at,
        ends_at=row.ends_at,
        closed_at=row.closed_at,
    )


def cause(view: causes.View, *, currency: str) -> Cause:
    """A cause with what came together."""
    total = view.total
    return Cause(
        id=view.id,
        title=view.title,
        text=view.text,
        minimum_points=view.minimum_points,
        amounts=list(view.amounts),
        is_on=view.is_on,
        total=CauseTotal(
            total.donated,
            total.donors,
            total.matched,
            money(total.amount, currency),
            total.paid_out,
            total.available,
            total.pending,
        ),
    )


def donation(row: DonationRow, *, cause_id: str) -> Donation:
    """A donation."""
    return Donation(str(row.id), str(row.member_id), cause_id, row.points, row.created_at, row.returned_at)
