"""What clients may send: one typed model for each body. Unknown fields are refused, so that a typing mistake is never ignored."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
    field_validator,
    model_validator,
)

from plugin.loyalty.program.values import Channel, Currency, Instant, Money

ADJUSTMENT_MAX = 1_000_000_000


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NewAdjustment(_Body):
    """Points that staff add (above zero) or take away (below zero), and why; `reason` is kept as a note beside the entry."""

    points: Annotated[StrictInt, Field(ge=-ADJUSTMENT_MAX, le=ADJUSTMENT_MAX)]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]

    @field_validator("points")
    @classmethod
    def _moves_something(cls, points: int) -> int:
        if points == 0:
            raise ValueError("zero points change nothing; give a number above or below zero")
        return points


class GiftRecipient(_Body):
    """To whom Shopify sends a gift card. Kept only until Shopify has it."""

    email: Annotated[
        str, StringConstraints(strip_whitespace=True, pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s]{1,63}$")
    ]
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] | None = None
    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = None


class NewRedemption(_Body):
    """A reward that a member takes. `points` says how many of them a variable reward shall cost; a fixed one needs none.

    With `from_household` the points are those of the member's household, within what they may take.
    `channel` is where they are, `cart_total` what their cart comes to (a percentage with a maximum needs it), `currency` the one
    they want store credit or a gift card in, `recipient` whom a gift card is for.
    """

    reward_id: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    points: Annotated[StrictInt, Field(ge=1, le=ADJUSTMENT_MAX)] | None = None
    from_household: bool = False
    channel: Channel = "online"
    cart_total: Money | None = None
    currency: Currency | None = None
    recipient: GiftRecipient | None = None


class Return(_Body):
    """Points of a reward that staff give back (all that are left of it when `points` is left out), and why."""

    points: Annotated[StrictInt, Field(ge=1, le=ADJUSTMENT_MAX)] | None = None
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class TaskNote(_Body):
    """What staff note when they close a task."""

    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)] | None = None


class NewPreview(_Body):
    """A program to try out on amounts of eligible money (shop currency) and on the latest orders. Nothing is changed."""

    program: dict[str, Any]
    amounts: Annotated[
        tuple[Annotated[Decimal, Field(ge=0, le=Decimal("1e9"), allow_inf_nan=False)], ...], Field(max_length=50)
    ] = ()
    last_orders: Annotated[StrictInt, Field(ge=0, le=200)] = 20


class ReferralDecision(_Body):
    """Why staff decide so about a referral; kept beside the decision until one of both people is forgotten."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class NewRehearsal(_Body):
    """A program to rehearse (left out: the draft) on the shop's orders of the last `days`. Nothing is changed."""

    program: dict[str, Any] | None = None
    days: Annotated[StrictInt, Field(ge=1, le=730)] = 90


MemberId = Annotated[str, StringConstraints(min_length=1, max_length=20)]
OneTimeCode = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
PositivePoints = Annotated[StrictInt, Field(ge=1, le=ADJUSTMENT_MAX)]


class NewHousehold(_Body):
    """A household for this member, who owns it."""

    owner_id: MemberId


class NewInvitation(_Body):
    """A one-time code into a household; only for `member_id` when it is given."""

    member_id: MemberId | None = None


class NewHouseholdMember(_Body):
    """A member who consents to be in the household, and the code they were given."""

    member_id: MemberId
    code: OneTimeCode


class NewContribution(_Body):
    """Points that a member puts into the pool."""

    member_id: MemberId
    points: PositivePoints


class NewGift(_Body):
    """Points to give away. With `recipient_id` only that member can accept; else whoever has the code."""

    points: PositivePoints
    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = None
    recipient_id: MemberId | None = None


class AcceptedGift(_Body):
    """The gift to accept: by its code, or by its id where it names the member."""

    code: OneTimeCode | None = None
    gift_id: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None

    @model_validator(mode="after")
    def _names_one(self) -> AcceptedGift:
        if (self.code is None) == (self.gift_id is None):
            raise ValueError("give either the code or the gift_id")
        return self


class NewDonation(_Body):
    """Points for a cause."""

    cause_id: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    points: PositivePoints


class ChosenCause(_Body):
    """The cause that the member's orders are matched for; null for none."""

    cause_id: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None


class NewTierPin(_Body):
    """A tier that staff set, and why; `tier` null sets a member to none, `until` null lasts until it is taken off."""

    tier: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None
    until: Instant | None = None
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class NewPayout(_Body):
    """Points of a cause that were paid out, and how: a receipt's number, a day, an account."""

    points: PositivePoints
    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class NewActivity(_Body):
    """Something a member did. `key` names it in the system that reports it, such as a review's id; it counts once under it."""

    action_id: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    key: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    occurred_at: AwareDatetime | None = None


class NewBirthday(_Body):
    """The month (1 to 12) and day (1 to 31) of a birthday."""

    month: Annotated[StrictInt, Field(ge=1, le=12)]
    day: Annotated[StrictInt, Field(ge=1, le=31)]


class NewEvent(_Body):
    """An event whose attendance is the action of that id. Letters in `code` are capitals; spaces and dashes do not count."""

    action_id: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{4,20}$")] | None = None
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    capacity: Annotated[StrictInt, Field(ge=1, le=1_000_000)] | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> NewEvent:
        if self.starts_at >= self.ends_at:
            raise ValueError("ends_at must lie after starts_at")
        return self


class NewCheckIn(_Body):
    """The code of an event, as the member reads it there."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=40)]


class NewAnswers(_Body):
    """Answers by the id of their question: numbers, one of the choices, a reward's id, or a text."""

    answers: Annotated[dict[str, StrictInt | str], Field(max_length=20)]


class NewReinstatement(_Body):
    """Lapsed points to give back (left out: all that still can be), and why; `reason` is kept as a note beside the entry."""

    points: PositivePoints | None = None
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class NewGoodwill(_Body):
    """Points for one of the program's reasons. `note` is for staff only; `staff` says who gives (left out: the key's label)."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    points: PositivePoints
    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    staff: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)] | None = None


class NewDividend(_Body):
    """The calendar year whose dividend shall be paid."""

    year: Annotated[StrictInt, Field(ge=2000, le=9998)]


class NewLaunchTrial(_Body):
    """A program that is live and says in `launch.counts_from` since when orders count."""

    program: dict[str, Any]


class NewPartnerLink(_Body):
    """The one-time code that a member gave the partner."""

    code: OneTimeCode


class NewPartnerCredit(_Body):
    """Points that the partner gives."""

    points: PositivePoints
