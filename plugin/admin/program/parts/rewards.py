"""Rewards: what points are good for. The kind decides which fields there are; its effect on other discounts is said in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from plugin.admin import phrases
from plugin.admin.formats import Formats
from plugin.admin.program.editor import (
    CHANNELS,
    Listing,
    Part,
    Section,
    State,
    collections,
    decimal,
    flag,
    languages,
    levels,
    many,
    money,
    percent,
    present,
    product,
    products,
    rows,
    segments,
    select,
    tags,
    text,
    variant,
    when,
    whole,
)
from plugin.admin.program.parts import says
from plugin.admin.program.parts.filled import filled
from plugin.admin.program.parts.reward_starts import STARTS
from plugin.loyalty.program import Program, Reward
from plugin.loyalty.program.rewards import DISCOUNT_KINDS

_MONEY: Final = ("amount_off", "store_credit", "gift_card")
_NOT_MONEY: Final = ("percent_off", "free_shipping", "free_product", "access", "experience")
_DISCOUNTS: Final = ("amount_off", "percent_off", "free_shipping", "free_product")
_OFF: Final = ("amount_off", "percent_off")
_AT_CHECKOUT: Final = ("amount_off", "percent_off", "free_shipping")
_CHANNEL_WORDS: Final = {"online": "in your online store", "pos": "at the point of sale", "draft": "in draft orders"}


def line(program: Program, reward: Reward, formats: Formats) -> str:
    """The reward in one line: what it gives, for how many points, to whom."""
    parts = [phrases.offer(program, reward, formats)]
    if reward.tiers:
        parts.append(f"for {says.listed(says.level_titles(program, reward.tiers))} members")
    if reward.stock is not None:
        parts.append(f"{formats.number(reward.stock)} in all")
    if reward.is_hidden:
        parts.append("not shown to customers")
    return " · ".join(parts)


def meaning(program: Program, reward: Reward, formats: Formats) -> list[str]:
    """What it gives, what it costs the merchant, when it is in reach, its small print and its effect on other discounts."""
    said = [f"{phrases.offer(program, reward, formats)}.", *_cost(program, reward, formats)]
    said += [f"{words}." for words in _limits(program, reward, formats)]
    said += phrases.conditions(reward, formats)
    if reward.kind not in DISCOUNT_KINDS:
        said.append(_TOGETHER[reward.kind])
    return said


_TOGETHER: Final = {
    "store_credit": "It pays like money, so it goes together with every discount.",
    "gift_card": "It pays like money, so it goes together with every discount.",
    "access": "It is no discount, so it changes nothing about other discounts.",
    "experience": "It is no discount, so it changes nothing about other discounts.",
}


def _cost(program: Program, reward: Reward, formats: Formats) -> Iterator[str]:
    """How long it takes to earn, and what share of spending it gives back."""
    price, _, _ = reward.points_range()
    earning = program.earning
    if earning.points:
        spend = (Decimal(price) * earning.per / earning.points).to_integral_value(ROUND_CEILING)
        yield f"Customers have enough {says.many_points(program)} after spending {formats.money(spend)}."
    alone = program.model_copy(update={"rewards": (reward.model_copy(update={"is_on": True, "kind": "amount_off"}),)})
    rate = phrases.return_rate(alone) if reward.kind in _MONEY else None
    if rate:
        yield f"Those who choose it get about {formats.percent(rate)} of what they spent back."
    if reward.kind == "percent_off" and reward.maximum is not None:
        yield f"It never takes off more than {formats.money(reward.maximum)}."


def _limits(program: Program, reward: Reward, formats: Formats) -> Iterator[str]:
    if reward.tiers:
        yield f"Only {says.listed(says.level_titles(program, reward.tiers))} members can take it"
    if reward.customer_tags:
        yield f"Only customers tagged {says.listed(reward.customer_tags, 'or')} can take it"
    if reward.segment_ids:
        yield f"Only customers in {says.plural(len(reward.segment_ids), 'segment')} of your store can take it"
    if reward.channels:
        yield f"It can be taken {says.listed([_CHANNEL_WORDS[one] for one in reward.channels])} only"
    if reward.per_member is not None:
        times = "once" if reward.per_member.times == 1 else f"{formats.number(reward.per_member.times)} times"
        yield f"Each customer can take it {times} {says.PER[reward.per_member.per]}"
    if reward.stock is not None:
        yield f"There are {formats.number(reward.stock)} of them; then it is gone"
    if reward.eligible_product_ids or reward.eligible_collection_ids:
        count = len(reward.eligible_product_ids) or len(reward.eligible_collection_ids)
        noun = "chosen product" if reward.eligible_product_ids else "chosen collection"
        yield f"It takes something off {says.plural(count, noun)} only"
    if reward.is_hidden:
        yield "Customers do not see it; campaigns, tiers and actions can give it"


def _state(program: Program, formats: Formats) -> State:
    offered = [reward for reward in program.rewards if reward.is_on and not reward.is_hidden]
    if not offered:
        return State(f"No reward is switched on: {says.many_points(program)} are good for nothing yet.", is_on=False)
    cheapest = min(offered, key=lambda reward: reward.points_range()[0])
    lowest = says.points(program, cheapest.points_range()[0], formats)
    return State(f"{says.plural(len(offered), 'reward')}, from {lowest} ({cheapest.title}).", is_on=True)


def _opened(reward: dict[str, Any]) -> dict[str, Any]:
    """Amounts in other currencies as rows."""
    amounts = reward.get("values") or {}
    return reward | {"values": [{"currency": code, "amount": amount} for code, amount in amounts.items()]}


def _closed(reward: dict[str, Any]) -> dict[str, Any]:
    """Rows of amounts as a table again, and codes in capital letters."""
    rows = reward.get("values") or []
    table = {str(one.get("currency") or "").strip().upper(): one.get("amount") for one in rows}
    closed = {name: value for name, value in reward.items() if name != "values"} | ({"values": table} if table else {})
    if isinstance(closed.get("code_prefix"), str):
        closed["code_prefix"] = closed["code_prefix"].upper()
    return closed


_IS_VARIABLE: Final = when("kind", *_MONEY) + when("is_variable", "true")
_IS_FIXED: Final = when("kind", *_MONEY) + when("is_variable", "false")
_IS_LIMITED: Final = when("per_member", "true")

PART: Final = Part(
    slug="rewards",
    title="Rewards",
    group="rewards",
    icon="reward",
    about="What customers get for their {points}, what it costs you, and who may take it.",
    state=_state,
    listing=Listing(
        path="rewards",
        noun="reward",
        plural="rewards",
        starts=filled(Reward, STARTS),
        line=line,
        meaning=meaning,
        removal="Codes that customers have already keep working. Nobody can take it any more.",
        empty="Rewards are what customers get for their {points}. Start with an amount off: everybody understands it.",
        is_ordered=True,
        opened=_opened,
        closed=_closed,
        sections=(
            Section(
                "What the customer gets",
                (
                    text("title", "Title", details="Customers see this.", is_wide=True),
                    flag(
                        "is_variable",
                        "Customers choose how many {points} to spend",
                        details="Step by step, as many as they like.",
                        follows=when("kind", *_MONEY),
                    ),
                    money("value", "Amount", follows=when("kind", *_MONEY)),
                    percent("value", "Percentage off", follows=when("kind", "percent_off")),
                    product("product_id", "Product", follows=when("kind", "free_product")),
                    variant(
                        "variant_id",
                        "Variant",
                        is_optional=True,
                        details="None chosen: any of them.",
                        follows=when("kind", "free_product"),
                    ),
                    text(
                        "tag",
                        "Customer tag",
                        placeholder="early-access",
                        details="The customer has it while the reward lasts: use it in themes, segments and catalogs.",
                        follows=when("kind", "access"),
                    ),
                    whole("price_points", "Price", suffix="{points}", follows=when("kind", *_NOT_MONEY)),
                    whole("price_points", "Price", suffix="{points}", follows=_IS_FIXED),
                    whole(
                        "price_points",
                        "Price of one step",
                        suffix="{points}",
                        details="The amount is what one step gives.",
                        follows=_IS_VARIABLE,
                    ),
                    whole(
                        "minimum_points",
                        "At least",
                        suffix="{points}",
                        is_optional=True,
                        details="Empty: one step.",
                        follows=_IS_VARIABLE,
                    ),
                    whole(
                        "maximum_points",
                        "At most",
                        suffix="{points}",
                        is_optional=True,
                        details="Empty: no limit worth mentioning.",
                        follows=_IS_VARIABLE,
                    ),
                    money(
                        "maximum",
                        "Never more than",
                        is_optional=True,
                        details="Keeps a large order from getting a large discount. Empty: no limit.",
                        follows=when("kind", "percent_off"),
                    ),
                ),
            ),
            Section(
                "Conditions",
                (
                    money(
                        "minimum_spend",
                        "Order of at least",
                        details="0: any. An amount off always needs an order of its own size.",
                        follows=when("kind", *_AT_CHECKOUT),
                    ),
                    whole(
                        "ends_days",
                        "The code works for",
                        suffix="days",
                        details="The {points} of a code that was not used go back to the customer.",
                        follows=when("kind", *_DISCOUNTS, "gift_card"),
                    ),
                    whole("ends_days", "It can be spent for", suffix="days", follows=when("kind", "store_credit")),
                    whole("ends_days", "The customer has it for", suffix="days", follows=when("kind", "access")),
                    whole(
                        "ends_days",
                        "You do it within",
                        suffix="days",
                        details="Otherwise the {points} go back to the customer.",
                        follows=when("kind", "experience"),
                    ),
                    products(
                        "eligible_product_ids",
                        "Only for these products",
                        details="None chosen: the whole order. Choose either products or collections.",
                        follows=when("kind", *_OFF),
                    ),
                    collections("eligible_collection_ids", "Only for these collections", follows=when("kind", *_OFF)),
                ),
            ),
            Section(
                "Can be used together with",
                (
                    flag("combines_with_product", "Discounts on products"),
                    flag("combines_with_order", "Other discounts on the whole order"),
                    flag("combines_with_shipping", "Discounts on shipping"),
                ),
                subheading="The other discount must allow it as well.",
                follows=when("kind", *_DISCOUNTS),
            ),
            Section(
                "Who can take it, and how often",
                (
                    many("tiers", "Tiers", levels, details="None chosen: everybody."),
                    whole(
                        "stock",
                        "How many there are",
                        is_optional=True,
                        details="Over all customers. Empty: as many as are taken.",
                    ),
                    present("per_member", "Limit how often one customer can take it"),
                    whole("per_member.times", "Times", follows=_IS_LIMITED),
                    select("per_member.per", "The count starts afresh", says.AFRESH, follows=_IS_LIMITED),
                    tags("customer_tags", "Customer tags", placeholder="VIP", details="Empty: everybody."),
                    segments("segment_ids", "Segments", details="Those of your customers in Shopify."),
                    many("channels", "Where it can be taken", CHANNELS, details="None chosen: everywhere."),
                ),
                is_advanced=True,
            ),
            Section(
                "Languages, currencies and codes",
                (
                    languages("titles", "Title in other languages"),
                    rows(
                        "values",
                        "Amounts in other currencies",
                        (text("currency", "Currency", placeholder="EUR"), decimal("amount", "Amount")),
                        noun="currency",
                        start={"currency": "", "amount": ""},
                        empty="Shopify converts the amount by itself. Add one to decide it yourself.",
                        follows=when("kind", *_MONEY),
                    ),
                    text(
                        "code_prefix",
                        "Codes begin with",
                        is_optional=True,
                        placeholder="COFFEE",
                        details="Capital letters and digits, 12 at most (4 for gift cards). Empty: nothing.",
                        follows=when("kind", *_DISCOUNTS, "gift_card"),
                    ),
                    flag(
                        "is_hidden",
                        "Hide it from customers",
                        details="For rewards that only campaigns, tiers, memberships or actions give.",
                    ),
                ),
                is_advanced=True,
            ),
        ),
    ),
)
