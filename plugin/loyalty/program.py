"""The program: one versioned, immutable document per shop, validated by one typed model that forms, API and importers share.

Money is Decimal in the shop's currency and travels as strings in JSON; points are integers; days are whole days of 24 hours.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from plugin.loyalty.errors import InvalidProgram

Points = Annotated[int, Field(ge=0, le=1_000_000_000)]
PositivePoints = Annotated[int, Field(ge=1, le=1_000_000_000)]
Money = Annotated[Decimal, Field(ge=0, le=Decimal("1e12"), allow_inf_nan=False, decimal_places=3)]
PositiveMoney = Annotated[Decimal, Field(gt=0, le=Decimal("1e12"), allow_inf_nan=False, decimal_places=3)]
ShopifyId = Annotated[int, Field(ge=1, le=2**63 - 1)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]

Rounding = Literal["floor", "nearest", "ceiling"]
RewardKind = Literal["amount_off", "percent_off", "free_shipping"]

HUNDRED_PER_CENT: Final = 100
ROUNDING_MODES: Final = {"floor": ROUND_FLOOR, "nearest": ROUND_HALF_UP, "ceiling": ROUND_CEILING}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PointsName(_Part):
    """What one point and several points are called, in one language."""

    one: Label = "point"
    other: Label = "points"


class Earning(_Part):
    """`points` for every `per` units of currency spent, rounded once per order; spendable `pending_days` after payment."""

    points: PositivePoints = 1
    per: PositiveMoney = Decimal(1)
    rounding: Rounding = "floor"
    pending_days: Annotated[int, Field(ge=0, le=365)] = 0
    includes_tax: bool = False
    expiry_months: Annotated[int, Field(ge=1, le=120)] | None = None


class Exclusions(_Part):
    """What earns nothing. Gift cards, tips, shipping and test orders never do."""

    product_ids: tuple[ShopifyId, ...] = ()
    collection_ids: tuple[ShopifyId, ...] = ()
    customer_tags: tuple[Tag, ...] = ()
    company_orders: bool = True


class Reward(_Part):
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


class FriendOffer(_Part):
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


class Referral(_Part):
    """Points for both sides of the friend's first paid order of at least `minimum_spend`, and the friend's code."""

    is_on: bool = True
    advocate_points: Points = 150
    friend_points: Points = 0
    minimum_spend: Money = Decimal(0)
    offer: FriendOffer = FriendOffer()


class Program(_Part):
    """The whole document. `is_live` false: orders are recorded, nothing is promised or shown."""

    is_live: bool = False
    name: Label = "Rewards"
    points_name: Annotated[
        dict[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")], PointsName], Field(min_length=1)
    ] = {"en": PointsName()}
    only_joined: bool = False
    earning: Earning = Earning()
    exclusions: Exclusions = Exclusions()
    rewards: Annotated[tuple[Reward, ...], Field(max_length=50)] = ()
    referral: Referral = Referral()
    returns_points_on_refund: bool = True
    grace_days: Annotated[int, Field(ge=0, le=365)] = 30

    @model_validator(mode="after")
    def _reward_ids_differ(self) -> Program:
        seen: set[str] = set()
        for reward in self.rewards:
            if reward.id in seen:
                raise ValueError(f"rewards: two rewards have the id {reward.id!r}; give each its own")
            seen.add(reward.id)
        return self

    def reward(self, reward_id: str) -> Reward | None:
        """The reward of that id that is switched on, or None."""
        return next((reward for reward in self.rewards if reward.id == reward_id and reward.is_on), None)

    def points_word(self, count: int, language: str = "en") -> str:
        """The merchant's word for that many points, in the language, else in English."""
        names = self.points_name.get(language) or self.points_name.get("en") or next(iter(self.points_name.values()))
        return names.one if abs(count) == 1 else names.other


def parse(document: Any) -> Program:
    """The typed program of a JSON-like document. Raises InvalidProgram naming every field and what is allowed."""
    try:
        return Program.model_validate(document)
    except ValidationError as error:
        problems = [
            _problem(item["loc"], item["msg"]) for item in error.errors(include_url=False, include_context=False)
        ]
        raise InvalidProgram(count=len(problems), problems=problems) from None


def dump(program: Program) -> dict[str, Any]:
    """The JSON-like document of a program; `parse(dump(p)) == p`."""
    return program.model_dump(mode="json")


_UNIT: Final = {
    "JPY": 100,
    "KRW": 1000,
    "VND": 25000,
    "IDR": 10000,
    "CLP": 1000,
    "COP": 1000,
    "HUF": 100,
    "INR": 10,
    "TWD": 10,
    "THB": 10,
}
_UNIT_TENS: Final = {
    "SEK": 10,
    "NOK": 10,
    "DKK": 10,
    "CZK": 10,
    "MXN": 10,
    "ZAR": 10,
    "PHP": 10,
    "TRY": 10,
    "HKD": 10,
    "UAH": 10,
}


def default_program(currency: str, *, is_live: bool) -> Program:
    """One point per unit of currency (scaled: 1 per 100 JPY), about 3.3 % back, the first reward within about three average orders."""
    unit = Decimal(_UNIT.get(currency) or _UNIT_TENS.get(currency) or 1)
    return Program(
        is_live=is_live,
        earning=Earning(points=1, per=unit),
        rewards=(
            Reward(id="amount-off", kind="amount_off", title="Money off", price_points=150, value=5 * unit),
            Reward(
                id="money-slider",
                kind="amount_off",
                title="As much off as you like",
                price_points=30,
                value=unit,
                is_variable=True,
                minimum_points=60,
                maximum_points=3000,
            ),
            Reward(
                id="ten-percent", kind="percent_off", title="10 % off an order", price_points=200, value=Decimal(10)
            ),
            Reward(id="free-shipping", kind="free_shipping", title="Free shipping", price_points=120),
        ),
        referral=Referral(offer=FriendOffer(value=5 * unit), advocate_points=150),
    )


def _problem(location: tuple[int | str, ...], message: str) -> tuple[str, str]:
    message = message.removeprefix("Value error, ")
    field, colon, rest = message.partition(": ")
    if colon and field.isidentifier():
        location, message = (*location, field), rest
    return ".".join(str(part) for part in location), message[:1].upper() + message[1:]
