"""Rules that give points for orders beside the base rate: an effect, the conditions under which it holds, and its limits.

A rule without conditions holds for every order that earns. Every condition that is set must hold; a condition on lines narrows
down the money that the rule counts.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from plugin.loyalty.program.values import (
    Channel,
    Currency,
    Instant,
    Label,
    Money,
    Part,
    Period,
    PositiveMoney,
    PositivePoints,
    Rounding,
    ShopifyId,
    Slug,
    Tag,
)

Multiple = Annotated[Decimal, Field(ge=1, le=100, allow_inf_nan=False, decimal_places=3)]
"""How many times the base rate; never below one, so that a rule can only add."""
Rate = Annotated[Decimal, Field(ge=0, le=1_000_000, allow_inf_nan=False, decimal_places=3)]
"""Points for one unit of currency."""
Share = Annotated[Decimal, Field(ge=0, le=1, allow_inf_nan=False, decimal_places=3)]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""A market is the countries it consists of, by their two letters."""
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Combination = Literal["add", "best", "multiply"]
OrderNumber = Annotated[int, Field(ge=1, le=1000)]

Ids = Annotated[tuple[ShopifyId, ...], Field(max_length=250)]
Tags = Annotated[tuple[Tag, ...], Field(max_length=100)]


class PerAmount(Part):
    """`points` for every `per` units of currency of the money that the rule counts."""

    kind: Literal["per_amount"] = "per_amount"
    points: PositivePoints
    per: PositiveMoney = Decimal(1)


class Bracket(Part):
    """From `start` (units of currency of one order) on, `points` for each unit, up to where the next bracket starts."""

    start: Money
    points: Rate


class Brackets(Part):
    """Marginal rates, each for its own stretch of an order's money; below the first bracket nothing is given."""

    kind: Literal["brackets"] = "brackets"
    brackets: Annotated[tuple[Bracket, ...], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _ascend(self) -> Brackets:
        starts = [bracket.start for bracket in self.brackets]
        if any(later <= earlier for earlier, later in pairwise(starts)):
            raise ValueError("brackets: each bracket must start above the one before it")
        return self


class Fixed(Part):
    """So many points for the order, whatever it is worth."""

    kind: Literal["fixed"] = "fixed"
    points: PositivePoints


class Multiplier(Part):
    """`factor` times the base rate (what goes beyond the base is what the rule gives)."""

    kind: Literal["multiplier"] = "multiplier"
    factor: Multiple


class InstantReward(Part):
    """The reward of that id at once, as a code, instead of points; once for an order."""

    kind: Literal["reward"] = "reward"
    reward_id: Slug


Effect = Annotated[PerAmount | Brackets | Fixed | Multiplier | InstantReward, Field(discriminator="kind")]


class Hours(Part):
    """From `start` until just before `end`, in the shop's time zone; over midnight when `end` is not after `start`."""

    start: TimeOfDay
    end: TimeOfDay


class Conditions(Part):
    """When a rule holds, and for which lines. What is left out asks for nothing."""

    product_ids: Ids = ()
    variant_ids: Ids = ()
    collection_ids: Ids = ()
    product_tags: Tags = ()
    vendors: Tags = ()
    product_types: Tags = ()
    line_kind: Literal["subscription", "one_time"] | None = None
    minimum_spend: Money = Decimal(0)
    order_numbers: Annotated[tuple[OrderNumber, ...], Field(max_length=50)] = ()
    every_nth_order: Annotated[int, Field(ge=2, le=1000)] | None = None
    channels: tuple[Channel, ...] = ()
    tiers: Annotated[tuple[Slug, ...], Field(max_length=20)] = ()
    customer_tags: Tags = ()
    segment_ids: Annotated[tuple[ShopifyId, ...], Field(max_length=20)] = ()
    countries: Annotated[tuple[Country, ...], Field(max_length=250)] = ()
    currencies: Annotated[tuple[Currency, ...], Field(max_length=50)] = ()
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    hours: Hours | None = None
    weekdays: tuple[Weekday, ...] = ()

    @model_validator(mode="after")
    def _end_follows_start(self) -> Conditions:
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("ends_at: must be later than starts_at")
        return self


class Step(Part):
    """Once `used` of the budget (0.5 is half of it) is given away, the rule gives `factor` of what it would."""

    used: Share
    factor: Share


class Budget(Part):
    """So many points for the whole campaign, first come, first served; the rate falls in steps as they run out."""

    points: PositivePoints
    steps: Annotated[tuple[Step, ...], Field(max_length=10)] = ()

    @model_validator(mode="after")
    def _steps_ascend(self) -> Budget:
        used = [step.used for step in self.steps]
        if any(later <= earlier for earlier, later in pairwise(used)):
            raise ValueError("steps: each step must begin after the one before it")
        return self


class Limits(Part):
    """The most that is given: for one order, to one member in one `period` of the shop's calendar, and altogether."""

    points_per_order: PositivePoints | None = None
    points_per_member: PositivePoints | None = None
    period: Period = "ever"
    budget: Budget | None = None

    @property
    def has_any(self) -> bool:
        """True when anything is limited."""
        return (self.points_per_order, self.points_per_member, self.budget) != (None, None, None)


class OrderRule(Part):
    """One rule.

    `combines`: "add" (beside everything else), "best" (of the rules of its `group`, the one that gives most: line by line among
    rates, and then against fixed and bracketed ones), "multiply" (multipliers on top of one another). Rules that add on the same
    lines knowingly name the same `group`; the check of a draft points out those that do not.
    """

    id: Slug
    title: Label
    is_on: bool = True
    effect: Effect
    conditions: Conditions = Conditions()
    combines: Combination = "add"
    group: Slug | None = None
    rounding: Rounding = "floor"
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _fits_together(self) -> OrderRule:
        if self.id == BASE:
            raise ValueError(f"id: {BASE!r} is the base rate's own name; choose another")
        if self.combines == "multiply" and self.effect.kind != "multiplier":
            raise ValueError("combines: only a multiplier can multiply")
        if self.combines == "best" and self.group is None:
            raise ValueError("group: name the group of rules of which the best counts")
        if self.effect.kind == "reward" and self.limits.has_any:
            raise ValueError("limits: an instant reward gives no points to limit")
        return self


class GroupOrders(Part):
    """Lines that name another member (by that member's referral handle) give their share of the order's points to that one."""

    is_on: bool = False


BASE = "base"
"""What the base rate is called among the rules of an order."""
