"""Values that every part of the document is made of, with what is allowed in them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Points = Annotated[int, Field(ge=0, le=1_000_000_000)]
PositivePoints = Annotated[int, Field(ge=1, le=1_000_000_000)]
Money = Annotated[Decimal, Field(ge=0, le=Decimal("1e12"), allow_inf_nan=False, decimal_places=3)]
PositiveMoney = Annotated[Decimal, Field(gt=0, le=Decimal("1e12"), allow_inf_nan=False, decimal_places=3)]
Percentage = Annotated[Decimal, Field(gt=0, le=100, allow_inf_nan=False, decimal_places=3)]
ShopifyId = Annotated[int, Field(ge=1, le=2**63 - 1)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
Days = Annotated[int, Field(ge=1, le=3660)]
Months = Annotated[int, Field(ge=1, le=120)]


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]

Rounding = Literal["floor", "nearest", "ceiling"]
Channel = Literal["online", "pos", "draft"]
Period = Literal["day", "week", "month", "quarter", "year", "ever"]
"""A stretch of the shop's calendar, in its time zone; weeks begin on Monday."""

HUNDRED_PER_CENT: Final = 100
ROUNDING_MODES: Final = {"floor": ROUND_FLOOR, "nearest": ROUND_HALF_UP, "ceiling": ROUND_CEILING}


class Part(BaseModel):
    """A part of the document: immutable, and a field it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")
