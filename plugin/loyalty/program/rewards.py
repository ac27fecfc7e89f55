"""Rewards: the ways to spend points, and what each takes off."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from plugin.loyalty.program.values import HUNDRED_PER_CENT, Label, Money, Part, PositiveMoney, PositivePoints, Slug

RewardKind = Literal["amount_off", "percent_off", "free_shipping"]


class Reward(Part):
    """One way to spend points.

    A fixed reward costs `price_points` and gives `value` (money, or per cent for percent_off, absent for free_shipping).
    A variable one (amount_off only) gives `value` for every `price_points`, from `minimum_points` to `maximum_points`.
    """

    id: Slug
    kind: RewardKind
    title: Label
    price_points: PositivePoints
    value: PositiveMoney | None = None
    is_variable: bool = False
    minimum_points: PositivePoints | None = None
    maximum_points: PositivePoints | None = None
    minimum_spend: Money = Decimal(0)
    ends_days: Annotated[int, Field(ge=1, le=730)] = 90
    is_on: bool = True
    combines_with_product: bool = True
    combines_with_shipping: bool = True
    combines_with_order: bool = False

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Reward:
        if self.kind == "free_shipping" and self.value is not None:
            raise ValueError("value: free shipping has no value; leave it out")
        if self.kind != "free_shipping" and self.value is None:
            raise ValueError("value: say how much the reward takes off")
        if self.kind == "percent_off" and self.value is not None and self.value > HUNDRED_PER_CENT:
            raise ValueError("value: a percentage is at most 100")
        if self.is_variable and self.kind != "amount_off":
            raise ValueError("is_variable: only an amount off can be variable")
        low, high = self.minimum_points, self.maximum_points
        if self.is_variable and low is not None and high is not None and low > high:
            raise ValueError("maximum_points: must not be below minimum_points")
        return self

    def points_range(self) -> tuple[int, int, int]:
        """(minimum, maximum, step) of points this reward takes."""
        if not self.is_variable:
            return self.price_points, self.price_points, self.price_points
        step = self.price_points
        low = -(-(self.minimum_points or step) // step) * step
        high = (self.maximum_points or step * 1000) // step * step
        return low, max(low, high), step

    def worth(self, points: int) -> Decimal | None:
        """What `points` buy: money, per cent, or None for free shipping."""
        if self.value is None or not self.is_variable:
            return self.value
        return self.value * (points // self.price_points)
