"""Sharing: households whose points pool, gifts between members, and causes that members give to."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from plugin.loyalty.program.values import (
    Days,
    Label,
    Part,
    Percentage,
    Period,
    PositiveMoney,
    PositivePoints,
    Slug,
    Words,
)

Pools = Literal["earned", "put_in"]
"""What is in a household's pool: every new point of its members, or what they put in themselves."""

MatchKind = Literal["points", "money"]


class Households(Part):
    """Members who share a pool. Each of them may take `limit_points` from it per `limit_period`; no limit when left out."""

    is_on: bool = False
    pools: Pools = "put_in"
    members_max: Annotated[int, Field(ge=2, le=50)] = 6
    limit_points: PositivePoints | None = None
    limit_period: Period = "month"
    invitation_days: Days = 14


class Gifts(Part):
    """Points that a member gives to another by a one-time code; what nobody accepts within `accept_days` goes back."""

    is_on: bool = False
    minimum_points: PositivePoints = 1
    limit_points: PositivePoints | None = None
    limit_period: Period = "month"
    accept_days: Days = 14


class Cause(Part):
    """Something that members can give points to. `amounts` offers fixed ones; without them any amount from the minimum on."""

    id: Slug
    title: Label
    text: Words | None = None
    minimum_points: PositivePoints = 1
    amounts: Annotated[tuple[PositivePoints, ...], Field(max_length=10)] = ()
    is_on: bool = True


class Match(Part):
    """The merchant adds `percent` of what members who chose a cause spend: in points, so many per unit of currency, or in money."""

    percent: Percentage
    kind: MatchKind = "points"
    points: PositivePoints = 100
    per: PositiveMoney = Decimal(1)


class Causes(Part):
    """Causes to give to, and what the merchant adds. `shows_totals`: everybody may see how much came together."""

    causes: Annotated[tuple[Cause, ...], Field(max_length=30)] = ()
    match: Match | None = None
    shows_totals: bool = True

    @model_validator(mode="after")
    def _ids_differ(self) -> Causes:
        seen: set[str] = set()
        for cause in self.causes:
            if cause.id in seen:
                raise ValueError(f"causes: two causes have the id {cause.id!r}; give each its own")
            seen.add(cause.id)
        return self

    def cause(self, cause_id: str) -> Cause | None:
        """The cause of that id that is switched on, or None."""
        return next((cause for cause in self.causes if cause.id == cause_id and cause.is_on), None)


class Sharing(Part):
    """Everything that members share. All of it is off until the merchant switches it on."""

    households: Households = Households()
    gifts: Gifts = Gifts()
    causes: Causes = Causes()


__all__ = ["Cause", "Causes", "Gifts", "Households", "Match", "MatchKind", "Pools", "Sharing"]
