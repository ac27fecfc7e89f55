"""Tiers: levels that members reach by what they earn, spend, order or bring along, and what each level gives.

A level is told by its id for ever; its place in the list is its rank. Days, months and years are the shop's calendar.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from plugin.loyalty.program.values import Label, Language, Money, Months, Part, Period, Points, Slug, Tag, Words

Metric = Literal["points", "spend", "orders", "referrals"]
"""What counts: points earned at the base rate (and by actions and referrals), eligible money, paid orders, friends rewarded."""


class Lifetime(Part):
    """Everything counts, for ever."""

    kind: Literal["lifetime"] = "lifetime"


class Rolling(Part):
    """What counts is the last `months`; a level that was reached is kept for as long."""

    kind: Literal["rolling"] = "rolling"
    months: Months = 12


class CalendarYear(Part):
    """What counts is the calendar year; a level that was reached is kept to the end of the next."""

    kind: Literal["calendar_year"] = "calendar_year"


NO_TIER: Final = "none"
"""What Shopify is told of a member without a tier, because it keeps no empty text."""

Multiplier = Annotated[Decimal, Field(ge=1, le=100, allow_inf_nan=False, decimal_places=3)]
Window = Annotated[Lifetime | Rolling | CalendarYear, Field(discriminator="kind")]


class RecurringPerk(Part):
    """A reward of the program that whoever has the level gets once in every period, without points."""

    reward: Slug
    every: Period = "month"


class Level(Part):
    """One level. `threshold` is in the metric's unit; a threshold of 0 makes it everybody's.

    `multiplier` multiplies the base earning of orders. `entry_points` and `entry_rewards` are given when the level is entered
    or passed, once in each term. `tag` is the customer tag at Shopify.
    """

    id: Slug
    title: Label
    titles: dict[Language, Label] = Field(default_factory=dict)
    threshold: Money
    multiplier: Multiplier = Decimal(1)
    perks: Annotated[tuple[Words, ...], Field(max_length=20)] = ()
    recurring: Annotated[tuple[RecurringPerk, ...], Field(max_length=10)] = ()
    entry_points: Points = 0
    entry_rewards: Annotated[tuple[Slug, ...], Field(max_length=10)] = ()
    tag: Tag | None = None

    @model_validator(mode="after")
    def _is_something_to_reach(self) -> Level:
        if self.id == NO_TIER:
            raise ValueError(f"id: {NO_TIER!r} is what members without a tier are called; choose another")
        if not self.threshold and (self.entry_points or self.entry_rewards or self.recurring):
            raise ValueError(
                "threshold: nobody enters a level that everybody has, so it has no gifts; use actions for those"
            )
        return self

    def title_in(self, language: str) -> str:
        """The level's title in that language, else the merchant's own."""
        return self.titles.get(language) or self.title


class AtShopify(Part):
    """What Shopify is told of each member: the level's tag, and the metafields `tier` and `points` of the app's own namespace.

    The theme's blocks read the metafields, so that a balance on a page asks nobody.
    """

    tags: bool = False
    metafields: bool = True


class Tiers(Part):
    """The levels, lowest first, and how they are reached, kept and lost. Without levels there are no tiers.

    Whatever leaves a member qualified for a level keeps it for a term from then, and for `grace_days` more. When it ends the member
    drops to the next that is kept ("straight"), or first to the one below for a term ("one_down").
    """

    metric: Metric = "spend"
    window: Window = Rolling()
    levels: Annotated[tuple[Level, ...], Field(max_length=20)] = ()
    grace_days: Annotated[int, Field(ge=0, le=366)] = 0
    downgrade: Literal["one_down", "straight"] = "straight"
    at_shopify: AtShopify = AtShopify()

    @model_validator(mode="after")
    def _levels_ascend(self) -> Tiers:
        seen: set[str] = set()
        for below, level in zip((None, *self.levels), self.levels, strict=False):
            if level.id in seen:
                raise ValueError(f"levels: two levels have the id {level.id!r}; give each its own")
            seen.add(level.id)
            if below is not None and level.threshold <= below.threshold:
                raise ValueError(
                    f"levels: {level.id!r} needs {level.threshold}, which is not more than the {below.threshold} of {below.id!r};"
                    " list the lowest level first"
                )
            if self.metric != "spend" and level.threshold % 1:
                raise ValueError(f"levels: {level.id!r} needs {level.threshold}; {self.metric} are whole numbers")
        return self

    @property
    def is_on(self) -> bool:
        """True when there are levels."""
        return bool(self.levels)

    def level(self, level_id: str | None) -> Level | None:
        """The level of that id, or None."""
        return next((level for level in self.levels if level.id == level_id), None)

    def rank(self, level_id: str | None) -> int:
        """The place of that level, lowest 0; -1 for none and for a level that is no longer there."""
        return next((at for at, level in enumerate(self.levels) if level.id == level_id), -1)
