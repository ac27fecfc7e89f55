"""Referrals: the friend's offer, what both sides get for the friend's first order, and what makes a referral suspicious."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from plugin.loyalty.program.rewards import CodeKind
from plugin.loyalty.program.values import HUNDRED_PER_CENT, Money, Part, Period, Points, PositiveMoney, Slug

Weight = Annotated[int, Field(ge=0, le=200)]
"""What a signal adds to a referral's score. 0 leaves it out."""


class FriendOffer(Part):
    """The single-use code a friend claims on a referral link's landing page."""

    kind: CodeKind = "amount_off"
    value: PositiveMoney | None = Decimal(5)
    minimum_spend: Money = Decimal(0)
    ends_days: Annotated[int, Field(ge=1, le=365)] = 30

    @model_validator(mode="after")
    def _fits_its_kind(self) -> FriendOffer:
        if (self.kind == "free_shipping") != (self.value is None):
            raise ValueError("value: an amount or a percentage needs a value, free shipping has none")
        if self.kind == "percent_off" and self.value is not None and self.value > HUNDRED_PER_CENT:
            raise ValueError("value: a percentage is at most 100")
        return self


class ReferralLimit(Part):
    """An advocate is rewarded for at most `friends` friends per period of the shop's calendar; the friends get theirs all the same."""

    friends: Annotated[int, Field(ge=1, le=1_000_000)]
    per: Period = "month"


class Weights(Part):
    """What each signal adds to the score. What a household shares weighs little, what only one person has weighs much."""

    same_mailbox: Weight = 90
    similar_mailbox: Weight = 25
    same_person: Weight = 90
    same_phone: Weight = 45
    same_name: Weight = 25
    same_device: Weight = 50
    same_address: Weight = 20
    same_network: Weight = 15
    ring: Weight = 90
    velocity: Weight = 40
    friend_twin: Weight = 90
    friend_crowd: Weight = 50


class Suspicion(Part):
    """Whether referrals are scored before they pay, and from which score on staff look at them or they are blocked.

    Keyed hashes of addresses, networks and devices are kept for `retention_days`; a decision stays. `crowd_friends` is how many
    other friends of one advocate must share a place for it to look like a farm, `velocity_friends` how many may order in a day.
    """

    is_on: bool = False
    review_at: Annotated[int, Field(ge=1, le=1000)] = 50
    block_at: Annotated[int, Field(ge=1, le=1000)] = 90
    retention_days: Annotated[int, Field(ge=1, le=365)] = 90
    crowd_friends: Annotated[int, Field(ge=1, le=1000)] = 2
    velocity_friends: Annotated[int, Field(ge=1, le=10_000)] = 10
    weights: Weights = Weights()

    @model_validator(mode="after")
    def _spares_households(self) -> Suspicion:
        if self.review_at > self.block_at:
            raise ValueError("review_at: must not be above block_at")
        if self.weights.same_address + self.weights.same_network >= self.block_at:
            raise ValueError(
                "weights: an address and a network in common are a household; together they must not reach block_at"
            )
        return self


class Referral(Part):
    """What both sides get for the friend's first paid order of at least `minimum_spend`: points, and rewards of the program by id.

    Points wait, and rewards are given, until `hold_days` after payment: the window for returns.
    """

    is_on: bool = True
    advocate_points: Points = 150
    friend_points: Points = 0
    advocate_reward: Slug | None = None
    friend_reward: Slug | None = None
    minimum_spend: Money = Decimal(0)
    hold_days: Annotated[int, Field(ge=0, le=365)] = 0
    limit: ReferralLimit | None = None
    suspicion: Suspicion = Suspicion()
    offer: FriendOffer = FriendOffer()
