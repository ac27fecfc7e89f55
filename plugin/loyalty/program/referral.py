"""Referrals: the friend's offer, and what both sides get for the friend's first order."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from plugin.loyalty.program.rewards import RewardKind
from plugin.loyalty.program.values import HUNDRED_PER_CENT, Money, Part, Points, PositiveMoney


class FriendOffer(Part):
    """The single-use code a friend claims on a referral link's landing page."""

    kind: RewardKind = "amount_off"
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


class Referral(Part):
    """Points for both sides of the friend's first paid order of at least `minimum_spend`, and the friend's code."""

    is_on: bool = True
    advocate_points: Points = 150
    friend_points: Points = 0
    minimum_spend: Money = Decimal(0)
    offer: FriendOffer = FriendOffer()
