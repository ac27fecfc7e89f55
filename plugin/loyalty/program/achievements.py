"""Achievements: milestones on what members bought and did, streaks of orders, and challenges within dates."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from plugin.loyalty.program.values import Instant, Label, Part, Period, Points, PositivePoints, ShopifyId, Slug

Metric = Literal["quantity", "spend", "points", "orders", "streak", "actions", "challenge"]

Units = Annotated[Decimal, Field(ge=0, le=1_000_000, allow_inf_nan=False, decimal_places=3)]


class Unit(Part):
    """What one piece of a product counts: 14 meals in a bag. The factor of a variant goes before that of its product."""

    product_id: ShopifyId | None = None
    variant_id: ShopifyId | None = None
    units: Units

    @model_validator(mode="after")
    def _names_one(self) -> Unit:
        if (self.product_id is None) == (self.variant_id is None):
            raise ValueError("product_id: name a product or a variant, one of both")
        return self


class Step(Part):
    """What is given when the milestone reaches `at`: points, a reward of the program, a badge, or several of them."""

    at: PositivePoints
    points: Points = 0
    reward_id: Slug | None = None
    badge: Label | None = None


class Task(Part):
    """A part of a challenge: an action done so many times. Without `action_id`: so many orders."""

    action_id: Slug | None = None
    times: Annotated[int, Field(ge=1, le=1000)] = 1


class Achievement(Part):
    """One line of milestones.

    `quantity` counts pieces times `units` (`other_units` for products that are not listed), `spend` whole units of money that earned,
    `points` what orders and actions gave, `orders` paid orders, `streak` periods in a row with an order, `actions` how often one of
    `action_ids` was done, `challenge` is reached when every one of `tasks` is done between `starts_at` and `ends_at`.
    With `repeats` the one step is reached again at every multiple of `at`.
    """

    id: Slug
    title: Label
    metric: Metric
    steps: Annotated[tuple[Step, ...], Field(max_length=50)]
    repeats: bool = False
    is_on: bool = True
    units: Annotated[tuple[Unit, ...], Field(max_length=250)] = ()
    other_units: Units = Decimal(1)
    period: Period = "month"
    action_ids: Annotated[tuple[Slug, ...], Field(max_length=50)] = ()
    tasks: Annotated[tuple[Task, ...], Field(max_length=20)] = ()
    starts_at: Instant | None = None
    ends_at: Instant | None = None

    @model_validator(mode="after")
    def _fits_its_metric(self) -> Achievement:
        if not self.steps:
            raise ValueError("steps: say what is reached, in one step or more")
        if self.units and self.metric != "quantity":
            raise ValueError("units: only a quantity is counted in units")
        if (self.metric == "actions") != bool(self.action_ids):
            raise ValueError("action_ids: name the actions that are counted, for the metric actions only")
        if (self.metric == "challenge") != bool(self.tasks):
            raise ValueError("tasks: a challenge needs its tasks, nothing else has any")
        if self.metric == "challenge" and (len(self.steps) > 1 or self.steps[0].at != 1 or self.repeats):
            raise ValueError("steps: a challenge is reached once; give it one step at 1")
        if self.metric == "streak" and self.period == "ever":
            raise ValueError("period: a streak needs a period that comes again")
        return self

    @model_validator(mode="after")
    def _steps_rise(self) -> Achievement:
        thresholds = [step.at for step in self.steps]
        if any(low >= high for low, high in pairwise(thresholds)):
            raise ValueError("steps: each step must lie above the one before it")
        if self.repeats and len(self.steps) != 1:
            raise ValueError("repeats: a milestone that repeats has one step")
        if self.starts_at is not None and self.ends_at is not None and self.starts_at >= self.ends_at:
            raise ValueError("ends_at: must lie after starts_at")
        return self
