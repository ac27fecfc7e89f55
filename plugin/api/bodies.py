"""What clients may send: one typed model for each body. Unknown fields are refused, so that a typing mistake is never ignored."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints, field_validator

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


class NewRedemption(_Body):
    """A reward that a member takes. `points` says how many of them a variable reward shall cost; a fixed one needs none."""

    reward_id: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    points: Annotated[StrictInt, Field(ge=1, le=ADJUSTMENT_MAX)] | None = None


class NewPreview(_Body):
    """A program to try out on amounts of eligible money (shop currency) and on the latest orders. Nothing is changed."""

    program: dict[str, Any]
    amounts: Annotated[
        tuple[Annotated[Decimal, Field(ge=0, le=Decimal("1e9"), allow_inf_nan=False)], ...], Field(max_length=50)
    ] = ()
    last_orders: Annotated[StrictInt, Field(ge=0, le=200)] = 20
