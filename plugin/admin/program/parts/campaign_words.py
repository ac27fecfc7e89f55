"""A campaign in sentences: what it gives, what an order must have for it, and what an everyday order earns with it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from plugin.admin import phrases
from plugin.admin.formats import Formats
from plugin.admin.program.parts import says
from plugin.admin.program.parts.earning import limits_said
from plugin.loyalty.program import ROUNDING_MODES, Brackets, Conditions, OrderRule, Program

FEW: Final = 3
"""So many conditions fit on one line."""
_CHANNEL_WORDS: Final = {"online": "online", "pos": "at the point of sale", "draft": "from draft orders"}


def line(program: Program, rule: OrderRule, formats: Formats) -> str:
    """The campaign in one line: what it gives, and when."""
    asked = list(_asks(program, rule.conditions, formats))
    more = [f"and {says.plural(len(asked) - FEW, 'more condition')}"] if len(asked) > FEW else []
    return says.sentence([_gives(program, rule, formats), *asked[:FEW], *more])


def meaning(program: Program, rule: OrderRule, formats: Formats) -> list[str]:
    """What the campaign does to an everyday order, what it asks for, and where it ends."""
    asked = list(_asks_of_orders(program, rule.conditions, formats))
    times = list(_asks_of_times(rule.conditions, formats))
    said = [_example(program, rule, formats)]
    if asked:
        all_of = " when all of this is true" if len(asked) > 1 else ""
        said.append(f"It counts only{all_of}: {'; '.join(asked)}.")
    else:
        said.append("It counts for every order that earns.")
    if times:
        said.append(f"It runs {', '.join(times)}.")
    if _asks_for_lines(rule.conditions):
        said.append("Only those products count, not the rest of the order.")
    said += limits_said(program, rule.limits, formats)
    if rule.effect.kind != "reward":
        said.append(_beside_others(program, rule))
    return said


def _gives(program: Program, rule: OrderRule, formats: Formats) -> str:
    effect = rule.effect
    match effect.kind:
        case "multiplier":
            return f"{formats.number(effect.factor)} × {says.many_points(program)}"
        case "fixed":
            return f"{says.points(program, effect.points, formats)} more"
        case "per_amount":
            return f"{says.points(program, effect.points, formats)} more for every {formats.money(effect.per)}"
        case "brackets":
            return f"a better rate from {formats.money(effect.brackets[0].start)}"
        case "reward":
            return f"“{says.reward_title(program, effect.reward_id)}” at once"


def _asks(program: Program, asked: Conditions, formats: Formats) -> Iterator[str]:
    """What an order must have, each in a few words."""
    yield from _asks_of_orders(program, asked, formats)
    yield from _asks_of_times(asked, formats)


def _asks_of_orders(program: Program, asked: Conditions, formats: Formats) -> Iterator[str]:
    if asked.order_numbers:
        yield f"a customer’s {says.listed([says.ordinal(one) for one in asked.order_numbers], 'or')} order"
    if asked.every_nth_order:
        yield f"every {says.ordinal(asked.every_nth_order)} order of a customer"
    if asked.minimum_spend:
        yield f"{formats.money(asked.minimum_spend)} or more"
    yield from _asks_of_lines(asked)
    yield from _asks_of_customers(program, asked)
    if asked.channels:
        yield says.listed([_CHANNEL_WORDS[channel] for channel in asked.channels], "or")
    if asked.countries:
        yield f"shipped to {says.listed(asked.countries, 'or')}"
    if asked.currencies:
        yield f"paid in {says.listed(asked.currencies, 'or')}"


def _asks_of_lines(asked: Conditions) -> Iterator[str]:
    for chosen, noun in (
        (asked.product_ids, "chosen product"),
        (asked.variant_ids, "chosen variant"),
        (asked.collection_ids, "chosen collection"),
    ):
        if chosen:
            yield says.plural(len(chosen), noun)
    for names, words in (
        (asked.product_tags, "products tagged"),
        (asked.vendors, "products by"),
        (asked.product_types, "products of the type"),
    ):
        if names:
            yield f"{words} {says.listed(names, 'or')}"
    if asked.line_kind:
        yield "bought on a subscription" if asked.line_kind == "subscription" else "bought without a subscription"


def _asks_of_customers(program: Program, asked: Conditions) -> Iterator[str]:
    if asked.tiers:
        yield f"{says.listed(says.level_titles(program, asked.tiers), 'or')} members"
    if asked.customer_tags:
        yield f"customers tagged {says.listed(asked.customer_tags, 'or')}"
    if asked.segment_ids:
        yield f"customers in {says.plural(len(asked.segment_ids), 'segment')}"


def _asks_of_times(asked: Conditions, formats: Formats) -> Iterator[str]:
    if asked.weekdays:
        yield f"on {says.listed([day.capitalize() for day in asked.weekdays], 'or')}"
    if asked.hours is not None:
        yield f"from {asked.hours.start} to {asked.hours.end}"
    if asked.starts_at is not None:
        yield f"from {formats.moment(asked.starts_at)}"
    if asked.ends_at is not None:
        yield f"until {formats.moment(asked.ends_at)}"


def _asks_for_lines(asked: Conditions) -> bool:
    return bool(
        asked.product_ids
        or asked.variant_ids
        or asked.collection_ids
        or asked.product_tags
        or asked.vendors
        or asked.product_types
        or asked.line_kind
    )


def _example(program: Program, rule: OrderRule, formats: Formats) -> str:
    """The campaign on an order that is large enough for it."""
    effect = rule.effect
    if effect.kind == "reward":
        return f"The customer gets “{says.reward_title(program, effect.reward_id)}” as a code, without paying for it."
    order = max(phrases.typical_order(formats.currency), rule.conditions.minimum_spend)
    if effect.kind == "brackets":
        order = max(order, effect.brackets[-1].start * 2)
    base = phrases.earned(program, order)
    more = _extra(program, rule, order, base)
    if rule.limits.points_per_order:
        more = min(more, rule.limits.points_per_order)
    together = says.points(program, base + more, formats)
    such = " with such products only" if _asks_for_lines(rule.conditions) else ""
    return f"An order of {formats.money(order)}{such} then earns {together} instead of {formats.number(base)}."


def _extra(program: Program, rule: OrderRule, order: Decimal, base: int) -> int:
    effect = rule.effect
    match effect.kind:
        case "fixed":
            return effect.points
        case "per_amount":
            exact = order * effect.points / effect.per
        case "multiplier":
            exact = order * program.earning.points / program.earning.per * (effect.factor - 1)
        case "brackets":
            exact = _in_brackets(effect, order)
        case "reward":
            return base
    return int(exact.to_integral_value(ROUNDING_MODES[rule.rounding]))


def _in_brackets(effect: Brackets, order: Decimal) -> Decimal:
    ends = [*(bracket.start for bracket in effect.brackets[1:]), order]
    return sum(
        (max(Decimal(0), min(end, order) - bracket.start) * bracket.points)
        for bracket, end in zip(effect.brackets, ends, strict=True)
    ) or Decimal(0)


def _beside_others(program: Program, rule: OrderRule) -> str:
    others = [other.title for other in program.order_rules if other.group == rule.group and other.id != rule.id]
    if rule.combines == "multiply":
        return "Together with other multipliers of this kind it multiplies: two and three make six."
    if rule.combines == "add":
        return "It adds to the base rate and to other campaigns."
    if rule.group is None or not others:
        return "Of the campaigns in its group only the best one counts; no other is in it yet."
    return f"Of this one and {says.listed(others)}, the one that gives the customer most counts."
