"""Campaigns: what orders earn beside the base rate, under which conditions, and within which limits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from babel import Locale

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
    segments,
    select,
    tags,
    text,
    time_of_day,
    variants,
    when,
    whole,
)
from plugin.admin.program.parts import campaign_starts, says
from plugin.admin.program.parts.campaign_words import line, meaning
from plugin.admin.program.parts.earning import limit_fields
from plugin.admin.program.parts.filled import filled
from plugin.loyalty.program import OrderRule, Program

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
ISO_LETTERS: Final = 2
_IN_POINTS: Final = ("multiplier", "fixed", "per_amount", "brackets")


def _state(program: Program, _formats: Formats) -> State:
    running = [rule for rule in program.order_rules if rule.is_on]
    if not running:
        return State("No campaign. Every order earns the base rate.", is_on=False)
    named = says.named([rule.title for rule in running])
    return State(f"{says.plural(len(running), 'campaign')}: {named}.", is_on=True)


def _closed(rule: dict[str, Any]) -> dict[str, Any]:
    """Countries, currencies and groups as the document names them, however they were typed."""
    conditions = rule.get("conditions", {})
    for name, known in (("countries", _COUNTRIES), ("currencies", {})):
        if name in conditions:
            conditions[name] = [known.get(str(code).casefold(), str(code).upper()) for code in conditions[name]]
    if isinstance(rule.get("group"), str):
        rule["group"] = re.sub(r"[^a-z0-9]+", "-", rule["group"].lower()).strip("-")[:40] or None
    return rule


_COUNTRIES: Final[dict[str, str]] = {
    name.casefold(): code
    for code, name in Locale("en").territories.items()
    if len(code) == ISO_LETTERS and code.isalpha()
}


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
            variants("conditions.variant_ids", "Variants"),
            collections("conditions.collection_ids", "Collections"),
            tags("conditions.product_tags", "Product tags", placeholder="New, Organic"),
            tags("conditions.vendors", "Vendors"),
            tags("conditions.product_types", "Product types"),
        ),
        subheading="Only the lines that match count. Choose nothing and everything counts.",
        is_advanced=True,
    ),
    Section(
        "Which customers",
        (
            many("conditions.tiers", "Tiers", levels, details="None chosen: everybody."),
            tags("conditions.customer_tags", "Customer tags", placeholder="VIP", details="Any one of them is enough."),
            segments("conditions.segment_ids", "Segments", details="Those of your customers in Shopify."),
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
                details="Names or two letters, separated by commas. Empty: anywhere.",
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
        runs=lambda rule: (rule.conditions.starts_at, rule.conditions.ends_at),
        removal="Orders placed until then keep what they earned, also when they are refunded later.",
        empty="Give customers a reason to buy now: double {points} for a weekend, a bonus for the first order.",
        closed=_closed,
    ),
)
