"""Campaigns: what orders earn beside the base rate, under which conditions, and what it looks like in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from plugin.admin import phrases
from plugin.admin.formats import Formats
from plugin.admin.program.editor import (
    CHANNELS,
    ROUNDINGS,
    WEEKDAYS,
    Listing,
    Part,
    Section,
    State,
    collections,
    decimal,
    flag,
    levels,
    many,
    moment,
    money,
    numbers,
    present,
    products,
    rewards,
    rows,
    select,
    tags,
    text,
    time_of_day,
    when,
    whole,
)
from plugin.admin.program.parts import campaign_starts, says
from plugin.admin.program.parts.earning import limit_fields, limits_said
from plugin.admin.program.parts.filled import filled
from plugin.loyalty.program import ROUNDING_MODES, Brackets, Conditions, OrderRule, Program

EFFECTS: Final = (
    ("multiplier", "Multiply what orders earn"),
    ("fixed", "A fixed bonus for the order"),
    ("per_amount", "More {points} for every amount spent"),
    ("brackets", "A better rate for larger orders"),
    ("reward", "A reward at once, instead of {points}"),
)
COMBINES: Final = (
    ("add", "It adds to them"),
    ("best", "Only the best one of its group counts"),
    ("multiply", "Multipliers multiply one another"),
)
FEW: Final = 3
"""So many conditions fit on one line."""
_IN_POINTS: Final = ("multiplier", "fixed", "per_amount", "brackets")
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
    for ids, noun in (
        (asked.product_ids, "chosen product"),
        (asked.variant_ids, "chosen variant"),
        (asked.collection_ids, "chosen collection"),
    ):
        if ids:
            yield says.plural(len(ids), noun)
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


def _state(program: Program, _formats: Formats) -> State:
    running = [rule for rule in program.order_rules if rule.is_on]
    if not running:
        return State("No campaign. Every order earns the base rate.", is_on=False)
    named = says.named([rule.title for rule in running])
    return State(f"{says.plural(len(running), 'campaign')}: {named}.", is_on=True)


def _closed(rule: dict[str, Any]) -> dict[str, Any]:
    """Codes are upper case, and the name of a group is one that the document takes, however they were typed."""
    conditions = rule.get("conditions", {})
    for name in ("countries", "currencies"):
        if name in conditions:
            conditions[name] = [str(code).upper() for code in conditions[name]]
    if isinstance(rule.get("group"), str):
        rule["group"] = re.sub(r"[^a-z0-9]+", "-", rule["group"].lower()).strip("-")[:40] or None
    return rule


_KIND: Final = "effect.kind"
_SECTIONS: Final[Sequence[Section]] = (
    Section(
        "What it gives",
        (
            text("title", "Name", details="Customers read it where they see what an order earned."),
            select(_KIND, "It gives", EFFECTS),
            decimal(
                "effect.factor",
                "Times the base rate",
                suffix="×",
                details="2 doubles what orders earn.",
                follows=when(_KIND, "multiplier"),
            ),
            whole("effect.points", "Bonus", suffix="{points}", follows=when(_KIND, "fixed")),
            whole("effect.points", "Customers earn", suffix="{points} more", follows=when(_KIND, "per_amount")),
            money("effect.per", "for every", follows=when(_KIND, "per_amount")),
            select(
                "effect.reward_id",
                "Reward",
                rewards,
                details="The customer gets it as a code and pays nothing for it. Once for each order.",
                follows=when(_KIND, "reward"),
            ),
            rows(
                "effect.brackets",
                "Rates",
                (
                    money("start", "From", details="Of one order."),
                    decimal(
                        "points",
                        "Each {currency} above that earns",
                        suffix="{points}",
                        details="Up to where the next rate begins.",
                    ),
                ),
                noun="rate",
                start={"start": "0", "points": "1"},
                empty="Add a first rate.",
                follows=when(_KIND, "brackets"),
            ),
        ),
        subheading="On top of what every order earns.",
    ),
    Section(
        "When",
        (
            moment("conditions.starts_at", "Starts", details="Empty: at once."),
            moment("conditions.ends_at", "Ends", details="Empty: never. In your store’s time zone."),
            many("conditions.weekdays", "Only on these days", WEEKDAYS, details="None chosen: every day."),
            present("conditions.hours", "Only at certain hours"),
            time_of_day("conditions.hours.start", "From", follows=when("conditions.hours", "true")),
            time_of_day(
                "conditions.hours.end",
                "To",
                details="An hour before the first means the next morning.",
                follows=when("conditions.hours", "true"),
            ),
        ),
    ),
    Section(
        "Which orders",
        (
            money("conditions.minimum_spend", "Orders of at least", details="Counted in what earns. 0: any order."),
            select(
                "conditions.line_kind",
                "Subscriptions",
                (("subscription", "Only what is bought on a subscription"), ("one_time", "Only what is bought once")),
                is_optional=True,
                placeholder="Both",
            ),
            numbers(
                "conditions.order_numbers",
                "A customer’s 1st, 2nd, … order",
                placeholder="1",
                details="1 is their first order. Separate several with commas. Empty: all.",
            ),
            whole(
                "conditions.every_nth_order",
                "Every so many orders",
                is_optional=True,
                details="5: the 5th, 10th, 15th of a customer. Empty: every order.",
            ),
            many("conditions.channels", "Where they are placed", CHANNELS, details="None chosen: everywhere."),
        ),
    ),
    Section(
        "Which products",
        (
            products("conditions.product_ids", "Products"),
            collections("conditions.collection_ids", "Collections"),
            tags("conditions.product_tags", "Product tags", placeholder="New, Organic"),
            tags("conditions.vendors", "Vendors"),
            tags("conditions.product_types", "Product types"),
            numbers(
                "conditions.variant_ids",
                "Variants",
                details="The numbers at the end of the variants’ addresses in Shopify, separated by commas.",
            ),
        ),
        subheading="Only the lines that match count. Choose nothing and everything counts.",
        is_advanced=True,
    ),
    Section(
        "Which customers",
        (
            many("conditions.tiers", "Tiers", levels, details="None chosen: everybody."),
            tags("conditions.customer_tags", "Customer tags", placeholder="VIP", details="Any one of them is enough."),
            numbers(
                "conditions.segment_ids",
                "Segments",
                details="The numbers at the end of the segments’ addresses in Shopify, separated by commas.",
            ),
        ),
        is_advanced=True,
    ),
    Section(
        "Where",
        (
            tags(
                "conditions.countries",
                "Shipped to these countries",
                placeholder="US, CA",
                details="Two letters for each country. Empty: anywhere.",
            ),
            tags(
                "conditions.currencies",
                "Paid in these currencies",
                placeholder="USD, EUR",
                details="Three letters for each. Empty: any.",
            ),
        ),
        is_advanced=True,
    ),
    Section(
        "Limits",
        limit_fields("limits", "First come, first served: when it is used up, the campaign is over."),
        is_advanced=True,
        follows=when(_KIND, *_IN_POINTS),
    ),
    Section(
        "Beside other campaigns",
        (
            select(
                "combines",
                "When another campaign counts for the same order",
                COMBINES,
                follows=when(_KIND, *_IN_POINTS),
            ),
            text(
                "group",
                "Group",
                is_optional=True,
                placeholder="sale",
                details="Campaigns with the same group know of each other. Needed when only the best one counts.",
            ),
            select("rounding", "Rounding", ROUNDINGS, follows=when(_KIND, *_IN_POINTS)),
        ),
        is_advanced=True,
    ),
)

PART: Final = Part(
    slug="campaigns",
    title="Bonuses and campaigns",
    group="earning",
    icon="megaphone",
    about="Double {points}, first-order bonuses, happy hours: more than the base rate, when you want it.",
    state=_state,
    sections=(
        Section(
            "Orders for several people",
            (
                flag(
                    "group_orders.is_on",
                    "Let one order earn for several members",
                    details="A line that names another member’s invitation code gives its share of the {points} to that member.",
                ),
            ),
            is_advanced=True,
        ),
    ),
    listing=Listing(
        path="order_rules",
        noun="campaign",
        plural="campaigns",
        sections=tuple(_SECTIONS),
        starts=filled(OrderRule, campaign_starts.STARTS),
        line=line,
        meaning=meaning,
        removal="Orders placed until then keep what they earned, also when they are refunded later.",
        empty="Give customers a reason to buy now: double {points} for a weekend, a bonus for the first order.",
        closed=_closed,
    ),
)
