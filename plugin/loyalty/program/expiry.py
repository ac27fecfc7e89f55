"""Expiry: when points lapse that nobody spent, and how their owner is warned.

A day ends at midnight in the shop's time zone; months are clamped to their last day. Pending points never lapse. Points that stand when
a rule is published have at least one full period from then on.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from plugin.loyalty.program.values import Days, Months, Part

WarningDays = Annotated[int, Field(ge=1, le=365)]


class Never(Part):
    """Points stay for ever."""

    kind: Literal["never"] = "never"


class _Lapsing(Part):
    """What every rule says besides: how many days before the end a warning is due (two at most), and how long staff can give back."""

    warn_days: Annotated[tuple[WarningDays, ...], Field(max_length=2)] = (30, 7)
    reinstate_days: Annotated[int, Field(ge=0, le=365)] = 30

    @model_validator(mode="after")
    def _warnings_differ(self) -> _Lapsing:
        if len(set(self.warn_days)) != len(self.warn_days):
            raise ValueError("warn_days: the two warnings are on the same day; give each its own")
        return self


class _Counted(_Lapsing):
    """A period counted in months or in days; with `to_month_end` it goes on to the end of the month it would end in."""

    months: Months | None = None
    days: Days | None = None
    to_month_end: bool = False

    @model_validator(mode="after")
    def _has_one_period(self) -> _Counted:
        if (self.months is None) == (self.days is None):
            raise ValueError("months: give the period either in months or in days")
        return self


class FromEarning(_Counted):
    """Points lapse so long after the day on which they became available, those of each order by themselves."""

    kind: Literal["earned"] = "earned"


class AfterInactivity(_Counted):
    """All points of a member lapse so long after their last activity: `any` (buying, earning, spending) or only purchases."""

    kind: Literal["inactivity"] = "inactivity"
    counts: Literal["any", "purchases"] = "any"


class OnDate(_Lapsing):
    """Points lapse at the end of a day of the year. Those younger than `least_days` by then stay until the next year's."""

    kind: Literal["calendar"] = "calendar"
    month: Annotated[int, Field(ge=1, le=12)] = 12
    day: Annotated[int, Field(ge=1, le=31)] = 31
    least_days: Annotated[int, Field(ge=0, le=366)] = 0


Expiry = Annotated[Never | FromEarning | AfterInactivity | OnDate, Field(discriminator="kind")]
