"""A program to begin with, proposed from what is sold, what it leaves, and how generous the merchant wants to be.

What goes back to customers is a share of the margin, so no proposal can cost more than an order leaves; the first reward comes after
about three orders of the shop's own kind. Rates and margins are per cent, amounts in the shop's currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from plugin.loyalty.program import HUNDRED_PER_CENT, FriendOffer, Program, Referral, Reward, default_program


@dataclass(frozen=True, slots=True)
class Trade:
    """A kind of shop: what its goods typically leave after they are bought and made, and how long they may come back."""

    name: str
    margin: int
    return_days: int


TRADES: Final[Mapping[str, Trade]] = {
    "fashion": Trade("Clothing, shoes and accessories", 50, 30),
    "beauty": Trade("Beauty and care", 65, 14),
    "food": Trade("Food and drink", 35, 0),
    "home": Trade("Home and garden", 45, 30),
    "jewellery": Trade("Jewellery and watches", 55, 30),
    "sport": Trade("Sport and outdoors", 40, 30),
    "pets": Trade("Pets", 35, 14),
    "children": Trade("Children and toys", 40, 30),
    "electronics": Trade("Electronics", 20, 14),
    "books": Trade("Books, music and art", 40, 14),
    "digital": Trade("Digital goods and services", 80, 0),
    "other": Trade("Something else", 40, 14),
}
SHARES: Final[Mapping[str, int]] = {"careful": 5, "balanced": 8, "generous": 12}
"""How much of the margin each level gives back, per cent."""

LOWEST_RATE: Final = Decimal("0.5")
HIGHEST_RATE: Final = Decimal(10)
ORDERS_TO_FIRST: Final = 3
REFERRAL_SHARE: Final = Decimal("0.5")
"""A friend's first order may cost at most this part of what it leaves, both sides together."""

_STEPS: Final = (
    *map(Decimal, ("0.1", "0.2", "0.5", "1", "2", "3", "4", "5")),
    *(Decimal(digits).scaleb(power) for power in range(4) for digits in (10, 15, 20, 25, 30, 40, 50)),
)
"""Amounts that look like an offer, in units of the currency."""

_ROUNDED_TO: Final = ((200, 5), (1000, 10))
"""Points below so many are rounded up to so many."""


def return_rate(margin: int, level: str) -> Decimal:
    """What goes back to customers, in per cent of what they spend: a share of the margin, in half per cents."""
    rate = Decimal(margin * SHARES[level]) / HUNDRED_PER_CENT
    return min(HIGHEST_RATE, max(LOWEST_RATE, (rate * 2).to_integral_value(ROUND_FLOOR) / 2))


def propose(
    *, trade: str, margin: int, level: str, typical_order: Decimal | None, currency: str, name: str = "Rewards"
) -> Program:
    """A whole program, switched off. `typical_order` None: the shop has none yet, and 50 units of the currency stand for one."""
    start = default_program(currency, is_live=False)
    unit = start.earning.per
    order = typical_order or 50 * unit
    rate = return_rate(margin, level)
    value = _first_value(rate, order, unit)
    price = _price(value, rate, unit)
    more = _nice(3 * value, unit)
    days = TRADES[trade].return_days
    return start.model_copy(
        update={
            "name": name,
            "earning": start.earning.model_copy(update={"points": 1, "per": unit, "pending_days": days}),
            "rewards": (
                _amount_off(start, "amount-off", value, price),
                _amount_off(start, "more-off", more, _price(more, rate, unit)),
            ),
            "referral": _referral(price, value, margin, order, unit, days),
        }
    )


def _first_value(rate: Decimal, order: Decimal, unit: Decimal) -> Decimal:
    """The largest amount that three typical orders reach; the smallest one where they reach none."""
    return max(
        (value for step in _STEPS if _price(value := step * unit, rate, unit) <= order * ORDERS_TO_FIRST / unit),
        default=_STEPS[0] * unit,
    )


def _nice(most: Decimal, unit: Decimal) -> Decimal:
    """The largest amount that looks like an offer and is not above `most`; the smallest one when all are."""
    return max((step * unit for step in _STEPS if step * unit <= most), default=_STEPS[0] * unit)


def _price(value: Decimal, rate: Decimal, unit: Decimal) -> int:
    """Points for an amount, rounded up to a number that is easily said: never more generous than was asked."""
    exact = int((value * HUNDRED_PER_CENT / rate / unit).to_integral_value(ROUND_CEILING))
    step = next((step for below, step in _ROUNDED_TO if exact < below), 50)
    return -(-exact // step) * step


def _amount_off(start: Program, reward_id: str, value: Decimal, price: int) -> Reward:
    titles = start.rewards[0]
    return Reward(
        id=reward_id,
        kind="amount_off",
        title=titles.title,
        titles=titles.titles,
        price_points=price,
        value=value,
        combines_with_product=True,
        combines_with_shipping=True,
    )


def _referral(price: int, value: Decimal, margin: int, order: Decimal, unit: Decimal, days: int) -> Referral:
    """The advocate gets a first reward's points, the friend what the order's margin still carries; off where it carries nothing."""
    left = order * margin / HUNDRED_PER_CENT * REFERRAL_SHARE - value
    if left < _STEPS[0] * unit:
        return Referral(is_on=False, advocate_points=price, hold_days=days)
    friend = min(_nice(left, unit), _nice(order / 5, unit))
    return Referral(advocate_points=price, hold_days=days, offer=FriendOffer(value=friend))
