"""Rewards: the ways to spend points, what each gives, and who may take it how often.

A kind decides which fields make sense; a field that the kind cannot honour is refused, because a promise that Shopify would not keep is
worse than none. What the shop's discounts cannot express is said where it matters: a percentage with a maximum is written for the cart
at hand, and a code's currency is always the shop's own.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, model_validator

from plugin.loyalty.program.values import (
    HUNDRED_PER_CENT,
    Channel,
    Currency,
    Label,
    Language,
    Money,
    Part,
    Period,
    PositiveMoney,
    PositivePoints,
    ShopifyId,
    Slug,
    Tag,
)

CodeKind = Literal["amount_off", "percent_off", "free_shipping"]
RewardKind = Literal[
    "amount_off",
    "percent_off",
    "free_shipping",
    "free_product",
    "store_credit",
    "gift_card",
    "access",
    "experience",
]

MONEY_KINDS: Final = frozenset({"amount_off", "store_credit", "gift_card"})
"""Kinds whose value is an amount; points can be traded for it step by step."""
DISCOUNT_KINDS: Final = frozenset({"amount_off", "percent_off", "free_shipping", "free_product"})
"""Kinds that are a discount code at Shopify: their points are captured by the order that uses it."""

CodePrefix = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,12}$")]
LONGEST_GIFT_CARD_PREFIX: Final = 4
"""A gift card's code has 8 to 20 letters and digits at Shopify, and 16 of them are ours."""
LONGEST_CODE_DAYS: Final = 730


class MemberLimit(Part):
    """A member may take the reward `times` times in a period of the shop's calendar."""

    times: Annotated[int, Field(ge=1, le=1000)] = 1
    per: Period = "ever"


class PointsBack(Part):
    """When points come back from a reward that was not used.

    `shopper_minutes`: how long the shopper may return it (0 never; None as long as it is unused). Staff always may.
    """

    on_lapse: bool = True
    shopper_minutes: Annotated[int, Field(ge=0, le=60 * 24 * 365)] | None = None


class Reward(Part):
    """One way to spend points.

    A fixed reward costs `price_points` and gives `value`: money, or per cent for percent_off; other kinds have none. A variable one
    (kinds worth money) gives `value` for every `price_points`, from `minimum_points` to `maximum_points`. `values` are the
    amounts in currencies other than the shop's own. `eligible_…` limit what a discount applies to, `channels`, `tiers`,
    `customer_tags` and `segment_ids` who may take it (one of each kind that is given), `stock` how many there are in all,
    counted from when the reward first had one.
    """

    id: Slug
    kind: RewardKind
    title: Label
    titles: dict[Language, Label] = Field(default_factory=dict)
    price_points: PositivePoints
    value: PositiveMoney | None = None
    values: dict[Currency, PositiveMoney] = Field(default_factory=dict)
    maximum: PositiveMoney | None = None
    is_variable: bool = False
    minimum_points: PositivePoints | None = None
    maximum_points: PositivePoints | None = None
    minimum_spend: Money = Decimal(0)
    eligible_product_ids: tuple[ShopifyId, ...] = ()
    eligible_collection_ids: tuple[ShopifyId, ...] = ()
    product_id: ShopifyId | None = None
    variant_id: ShopifyId | None = None
    tag: Tag | None = None
    channels: tuple[Channel, ...] = ()
    tiers: tuple[Slug, ...] = ()
    customer_tags: tuple[Tag, ...] = ()
    segment_ids: tuple[ShopifyId, ...] = ()
    stock: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    per_member: MemberLimit | None = None
    ends_days: Annotated[int, Field(ge=1, le=3650)] = 90
    code_prefix: CodePrefix | None = None
    is_on: bool = True
    is_hidden: bool = False
    combines_with_product: bool = True
    combines_with_shipping: bool = True
    combines_with_order: bool = False

    @model_validator(mode="after")
    def _value_fits_the_kind(self) -> Reward:
        needs_value = self.kind in MONEY_KINDS or self.kind == "percent_off"
        if not needs_value and self.value is not None:
            raise ValueError(f"value: {_SPOKEN[self.kind]} has no value; leave it out")
        if needs_value and self.value is None:
            raise ValueError("value: say how much the reward takes off or is worth")
        if self.kind == "percent_off" and self.value is not None and self.value > HUNDRED_PER_CENT:
            raise ValueError("value: a percentage is at most 100")
        if self.values and self.kind not in MONEY_KINDS:
            raise ValueError("values: only an amount off, store credit or a gift card has amounts in other currencies")
        if self.maximum is not None and self.kind != "percent_off":
            raise ValueError("maximum: only a percentage off has a maximum")
        return self

    @model_validator(mode="after")
    def _points_fit_the_kind(self) -> Reward:
        if self.is_variable and self.kind not in MONEY_KINDS:
            raise ValueError("is_variable: only an amount off, store credit or a gift card can be variable")
        low, high = self.minimum_points, self.maximum_points
        if self.is_variable and low is not None and high is not None and low > high:
            raise ValueError("maximum_points: must not be below minimum_points")
        return self

    @model_validator(mode="after")
    def _goods_fit_the_kind(self) -> Reward:
        if (self.kind == "free_product") != (self.product_id is not None):
            raise ValueError("product_id: a free product names its product, and other rewards name none")
        if self.variant_id is not None and self.kind != "free_product":
            raise ValueError("variant_id: only a free product has a variant")
        if (self.kind == "access") != (self.tag is not None):
            raise ValueError("tag: access names the customer tag that it gives, and other rewards name none")
        has_limits = self.eligible_product_ids or self.eligible_collection_ids
        if has_limits and self.kind not in {"amount_off", "percent_off"}:
            raise ValueError("eligible_product_ids: only an amount or a percentage off applies to some products only")
        if self.eligible_product_ids and self.eligible_collection_ids:
            raise ValueError("eligible_collection_ids: Shopify takes either products or collections, not both")
        if self.minimum_spend and self.kind not in {"amount_off", "percent_off", "free_shipping"}:
            raise ValueError(f"minimum_spend: Shopify cannot ask for a minimum with {_SPOKEN[self.kind]}")
        return self

    @model_validator(mode="after")
    def _code_fits_the_kind(self) -> Reward:
        if self.ends_days > LONGEST_CODE_DAYS and self.kind in DISCOUNT_KINDS:
            raise ValueError(f"ends_days: the days of a code should be less than or equal to {LONGEST_CODE_DAYS}")
        if self.code_prefix is None:
            return self
        if self.kind not in DISCOUNT_KINDS and self.kind != "gift_card":
            raise ValueError(f"code_prefix: {_SPOKEN[self.kind]} has no code")
        if self.kind == "gift_card" and len(self.code_prefix) > LONGEST_GIFT_CARD_PREFIX:
            raise ValueError(f"code_prefix: a gift card's prefix has {LONGEST_GIFT_CARD_PREFIX} signs at most")
        return self

    def __hash__(self) -> int:
        """Equal rewards have equal ids; their titles are a dict, which has no hash."""
        return hash(self.id)

    @property
    def is_plain(self) -> bool:
        """True when anybody may take it as often as their points allow: no rows need to be counted, nobody asked."""
        return not (self.channels or self.tiers or self.is_personal or self.is_counted)

    @property
    def is_counted(self) -> bool:
        """True when takings are counted: in all, or by member."""
        return self.stock is not None or self.per_member is not None

    @property
    def is_personal(self) -> bool:
        """True when Shopify must be asked about the customer before."""
        return bool(self.customer_tags or self.segment_ids)

    def title_in(self, language: str) -> str:
        """The title in that language ("de-AT" finds "de"), else the one every reward has."""
        return self.titles.get(language) or self.titles.get(language[:2]) or self.title

    def points_range(self) -> tuple[int, int, int]:
        """(minimum, maximum, step) of points this reward takes."""
        if not self.is_variable:
            return self.price_points, self.price_points, self.price_points
        step = self.price_points
        low = -(-(self.minimum_points or step) // step) * step
        high = (self.maximum_points or step * 1000) // step * step
        return low, max(low, high), step

    def worth(self, points: int, currency: str | None = None) -> Decimal | None:
        """What `points` buy: money (in `currency` where the reward has an amount for it), per cent, or None."""
        each = self.values.get(currency, self.value) if currency is not None else self.value
        if each is None or not self.is_variable:
            return each
        return each * (points // self.price_points)

    def most_useful(self, available: int, cart_total: Decimal, currency: str | None = None) -> int | None:
        """The most points that a cart of `cart_total` can use up in full, of those available; None when it can use none."""
        low, high, step = self.points_range()
        if available < low or cart_total < self.minimum_spend:
            return None
        each = self.worth(step, currency)
        if self.kind != "amount_off" or each is None:
            return min(high, available // step * step)
        steps = int((cart_total / each).to_integral_value(ROUND_FLOOR))
        points = min(high, available // step * step, steps * step)
        return points if points >= low else None

    def capped(self, cart_total: Decimal | None, *, digits: int) -> tuple[Decimal, Decimal]:
        """A percentage with a maximum as Shopify can keep it: (amount off, least spend), with the currency's number of digits.

        Shopify's percentages know no maximum. For a cart at hand the amount is the percentage of it, at most the maximum; without
        one it is the maximum, for carts so large that the percentage reaches it. Neither ever gives more than was promised.
        """
        if self.value is None or self.maximum is None:
            msg = "this reward has no maximum"
            raise ValueError(msg)
        unit = Decimal(1).scaleb(-digits)
        threshold = max(
            self.minimum_spend, (self.maximum * HUNDRED_PER_CENT / self.value).quantize(unit, ROUND_CEILING)
        )
        if cart_total is None or cart_total >= threshold:
            return self.maximum, threshold
        return (cart_total * self.value / HUNDRED_PER_CENT).quantize(unit, ROUND_FLOOR), cart_total


_SPOKEN: Final[dict[str, str]] = {
    "amount_off": "an amount off",
    "percent_off": "a percentage off",
    "free_shipping": "free shipping",
    "free_product": "a free product",
    "store_credit": "store credit",
    "gift_card": "a gift card",
    "access": "access",
    "experience": "an experience",
}
