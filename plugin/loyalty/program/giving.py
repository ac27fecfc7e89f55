"""Giving: points from staff within a budget, and a share of last year's purchases."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from plugin.loyalty.program.values import (
    Label,
    Money,
    Part,
    Percentage,
    Period,
    Points,
    PositiveMoney,
    PositivePoints,
    Slug,
)


class GoodwillCode(Part):
    """One reason for which staff may give points, told to the member as `title`.

    `maximum_points` bounds one grant, `per_member` what one member gets for this reason in a `period`.
    """

    id: Slug
    title: Label
    maximum_points: PositivePoints
    per_member: PositivePoints | None = None
    period: Period = "year"


class Goodwill(Part):
    """What staff may give to put something right. `monthly_budget` bounds all of it in a calendar month; None: no bound."""

    codes: Annotated[tuple[GoodwillCode, ...], Field(max_length=50)] = ()
    monthly_budget: Points | None = None

    @model_validator(mode="after")
    def _ids_differ(self) -> Goodwill:
        seen: set[str] = set()
        for code in self.codes:
            if code.id in seen:
                raise ValueError(f"codes: two reasons have the id {code.id!r}; give each its own")
            seen.add(code.id)
        return self

    def code(self, code_id: str) -> GoodwillCode | None:
        """The reason of that id, or None."""
        return next((code for code in self.codes if code.id == code_id), None)


class PointsPayout(Part):
    """The dividend is paid as `points` for every `per` units of currency of it."""

    kind: Literal["points"] = "points"
    points: PositivePoints = 100
    per: PositiveMoney = Decimal(1)


class RewardPayout(Part):
    """The dividend is paid as a reward of the document, its value being the dividend: store credit, a gift card, an amount off."""

    kind: Literal["reward"] = "reward"
    reward_id: Slug


class Dividend(Part):
    """`percent` of what a member's orders of last calendar year were worth, paid once a year on `month`/`day` of the shop's calendar.

    Dividends below `least_amount` (money) are not paid.
    """

    is_on: bool = False
    percent: Percentage = Decimal(10)
    payout: Annotated[PointsPayout | RewardPayout, Field(discriminator="kind")] = PointsPayout()
    least_amount: Money = Decimal(0)
    month: Annotated[int, Field(ge=1, le=12)] = 2
    day: Annotated[int, Field(ge=1, le=28)] = 1
