"""What the settings mean, in sentences a merchant can check against common sense. Everything that pages say about a program stands here."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import get_args

from plugin.admin.formats import Formats
from plugin.admin.words import REWARD_KINDS
from plugin.loyalty.program import ROUNDING_MODES, CodeKind, Program, Reward, default_program
from plugin.loyalty.program.rewards import DISCOUNT_KINDS

TYPICAL_UNITS = 50
"""The order that sentences talk about: 50 times what earns a point by default (50 USD, 5,000 JPY)."""

CODE_NAMES: Mapping[CodeKind, str] = {kind: REWARD_KINDS[kind] for kind in get_args(CodeKind)}
"""The kinds that the forms make."""


def typical_order(currency: str) -> Decimal:
    """The amount of an everyday order that the sentences use as an example."""
    return default_program(currency, is_live=False).earning.per * TYPICAL_UNITS


def points(program: Program, count: int, formats: Formats) -> str:
    """So many points in the merchant's own words: "1 point", "1,200 points"."""
    return f"{formats.number(count)} {program.points_word(count)}"


def earned(program: Program, amount: Decimal) -> int:
    """Points that an order of this amount earns when nothing in it is excluded."""
    exact = amount * program.earning.points / program.earning.per
    return int(exact.to_integral_value(ROUNDING_MODES[program.earning.rounding]))


def meaning(program: Program, formats: Formats, *, order: Decimal | None = None) -> list[str]:
    """The program in a few sentences: what an order (this one, else an everyday one) earns, when a first reward comes, what comes back."""
    order = order or typical_order(formats.currency)
    gain = earned(program, order)
    said = [f"A customer who spends {formats.money(order)} earns {points(program, gain, formats)}{_when(program)}."]
    rewards = [reward for reward in program.rewards if reward.is_on]
    if not rewards:
        said.append("There is nothing to spend them on yet: no reward is switched on.")
    else:
        said.append(
            _first_reward(program, min(rewards, key=lambda reward: reward.points_range()[0]), gain, order, formats)
        )
    rate = return_rate(program)
    if rate is not None:
        said.append(f"Customers get about {formats.percent(rate)} of what they spend back.")
    if program.earning.expiry_months is not None:
        said.append(
            f"{program.points_word(2).capitalize()} expire {_plural(program.earning.expiry_months, 'month')} after they become available."
        )
    return said


def return_rate(program: Program) -> Decimal | None:
    """Per cent of spending that comes back through the best amount-off reward; None when there is none."""
    per_point = program.earning.points / program.earning.per
    rates = [
        reward.value / reward.price_points * per_point * 100
        for reward in program.rewards
        if reward.is_on and reward.kind == "amount_off" and reward.value is not None
    ]
    return max(rates).quantize(Decimal("0.1"), ROUND_HALF_UP) if rates else None


def worth(program: Program, count: int) -> Decimal | None:
    """What that many points buy through the best amount-off reward, in the shop's currency; None when there is none."""
    rates = [
        reward.value / reward.price_points
        for reward in program.rewards
        if reward.is_on and reward.kind == "amount_off" and reward.value is not None
    ]
    return (max(rates) * count).quantize(Decimal(1), ROUND_HALF_UP) if rates else None


def gift(kind: str, value: Decimal | None, formats: Formats) -> str:
    """What a reward gives: "$5 off", "10% off", "Free shipping"."""
    if value is None:
        return REWARD_KINDS.get(kind, "Free shipping")
    if kind in ("store_credit", "gift_card"):
        return f"{formats.money(value)} {REWARD_KINDS[kind].lower()}"
    return f"{formats.percent(value)} off" if kind == "percent_off" else f"{formats.money(value)} off"


def offer(program: Program, reward: Reward, formats: Formats) -> str:
    """A reward in one line: what it gives and what it costs."""
    given = gift(reward.kind, reward.value, formats)
    price = points(program, reward.price_points, formats)
    if not reward.is_variable:
        return f"{given} for {price}"
    low, high, _ = reward.points_range()
    return f"{given} for every {price}, from {formats.number(low)} to {points(program, high, formats)}"


def conditions(reward: Reward, formats: Formats) -> list[str]:
    """The small print of a reward in plain words: order size, time, and which discounts go together with it."""
    said = []
    least = reward.minimum_spend
    if reward.kind == "amount_off" and reward.value is not None:
        least = max(least, Decimal(reward.worth(reward.points_range()[0]) or 0))
    if least:
        said.append(f"Needs an order of at least {formats.money(least)}.")
    lasting = _plural(reward.ends_days, "day")
    if reward.kind not in DISCOUNT_KINDS:
        return [*said, _LASTING[reward.kind].format(days=lasting)]
    said.append(f"The code works once, for the customer who redeemed it, within {lasting}.")
    return [*said, combination(reward)]


_LASTING = {
    "store_credit": "The customer can spend it at checkout within {days}.",
    "gift_card": "It pays at checkout within {days}.",
    "access": "The customer has the tag for {days}.",
    "experience": "You do it within {days}, or the customer gets back what they paid.",
}


def combination(reward: Reward) -> str:
    """Which other discounts a customer may use in the same order."""
    sides = (
        ("discounts on products", reward.combines_with_product),
        ("discounts on the whole order", reward.combines_with_order),
        ("discounts on shipping", reward.combines_with_shipping),
    )
    together = [name for name, is_on in sides if is_on]
    alone = [name for name, is_on in sides if not is_on]
    if not together:
        return "It cannot be used together with any other discount: the customer has to choose one."
    if not alone:
        return "It can be used together with every other discount, so savings can add up."
    return f"It can be used together with {_listed(together, 'and')}, but not with {_listed(alone, 'or')}."


def referral(program: Program, formats: Formats) -> list[str]:
    """What the referral settings promise to both sides."""
    rules = program.referral
    if not rules.is_on:
        return ["Referrals are switched off: links no longer lead to an offer, and nobody is rewarded for new friends."]
    given = gift(rules.offer.kind, rules.offer.value, formats)
    given = "free shipping on" if rules.offer.kind == "free_shipping" else given
    lasting = _plural(rules.offer.ends_days, "day")
    said = [
        f"A friend who follows a member's link gets {given} their first order, with a code that works for {lasting}."
    ]
    size = f" of at least {formats.money(rules.minimum_spend)}" if rules.minimum_spend else ""
    first = f"When the friend's first order{size} is paid"
    gains = []
    if rules.advocate_points:
        gains.append(f"the member who invited them gets {points(program, rules.advocate_points, formats)}")
    if rules.friend_points:
        gains.append(f"the friend gets {points(program, rules.friend_points, formats)}")
    said.append(f"{first}, {' and '.join(gains)}." if gains else "Nobody gets points for a referral.")
    if gains:
        said.append("If that order is refunded, these are taken back.")
    return said


def _when(program: Program) -> str:
    days = program.earning.pending_days
    return f", which can be spent {_plural(days, 'day')} after payment" if days else ""


def _first_reward(program: Program, reward: Reward, gain: int, order: Decimal, formats: Formats) -> str:
    price = reward.points_range()[0]
    given = gift(reward.kind, reward.worth(price), formats)
    if gain <= 0:
        return f"The first reward ({given}) needs {points(program, price, formats)}."
    orders = int((Decimal(price) / gain).to_integral_value(ROUND_CEILING))
    after = (
        f"one order of {formats.money(order)}"
        if orders == 1
        else f"{formats.number(orders)} orders of {formats.money(order)}"
    )
    return f"The first reward ({given}) comes after {after}."


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _listed(words: list[str], joint: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joint} {words[-1]}"
