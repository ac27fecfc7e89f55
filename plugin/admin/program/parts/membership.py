"""Paid membership: a product of the store that makes whoever buys it a member for some months, with a tier and gifts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from plugin.admin.formats import Formats
from plugin.admin.program.editor import (
    Listing,
    Part,
    Section,
    Start,
    State,
    languages,
    levels,
    lines,
    many,
    products,
    rewards,
    select,
    text,
    variants,
    whole,
)
from plugin.admin.program.parts import says
from plugin.admin.program.parts.filled import filled
from plugin.admin.program.parts.scale import Scale
from plugin.admin.program.parts.tiers import RECURRING, recurring_said
from plugin.loyalty.program import Plan, Program


def line(program: Program, plan: Plan, formats: Formats) -> str:
    """The membership in one line: how long it runs, and what it gives."""
    lasts = "for life" if plan.months is None else f"for {says.plural(plan.months, 'month')}"
    given = says.gets(program, formats, count=plan.points, rewards=plan.rewards)
    tier = f"at least {says.level_titles(program, [plan.tier])[0]}" if plan.tier else ""
    return says.sentence([lasts, tier, given])


def meaning(program: Program, plan: Plan, formats: Formats) -> list[str]:
    """What buying the product does."""
    goods = len(plan.product_ids) + len(plan.variant_ids)
    lasts = "for life" if plan.months is None else f"for {says.plural(plan.months, 'month')}"
    said = [f"Whoever buys {'the product' if goods == 1 else 'one of the products'} has “{plan.title}” {lasts}."]
    if plan.months is not None:
        said.append("Buying it again, or two of it, makes it run for longer.")
    if plan.tier:
        said.append(f"While it runs they have at least the tier {says.level_titles(program, [plan.tier])[0]}.")
    given = says.gets(program, formats, count=plan.points, rewards=plan.rewards, is_priced=True)
    if given:
        said.append(f"With each purchase they get {given}.")
    said += [f"{words}." for words in recurring_said(program, plan.recurring)]
    return [*said, "If the purchase is refunded, the membership ends and what it gave is taken back."]


def _state(program: Program, _formats: Formats) -> State:
    plans = program.membership.plans
    if not plans:
        return State("No membership is for sale.", is_on=False)
    return State(f"{says.plural(len(plans), 'membership')}: {says.listed([plan.title for plan in plans])}.", is_on=True)


def _meaning(_program: Program, _formats: Formats) -> list[str]:
    return [
        "You sell a membership as an ordinary product of your store: its price, taxes and refunds are Shopify’s.",
        "Where a customer has two at once, the later one in this list counts.",
    ]


def _yearly(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    return _plan(program, formats, "Club year", months=12, points=100)


def _monthly(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    return _plan(program, formats, "Club month", months=1, points=10)


def _for_life(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    return _plan(program, formats, "Founding member", months=None, points=500)


def _plan(program: Program, formats: Formats, title: str, *, months: int | None, points: int) -> dict[str, Any]:
    """A membership with the program's free shipping once a month, where there is one; its product is the merchant's to choose."""
    shipping = says.first(program, "free_shipping")
    recurring = [{"reward": shipping.id, "every": "month"}] if shipping is not None else []
    points = Scale.of(program, formats).points(points)
    return {"title": title, "months": months, "points": points, "recurring": recurring}


PART: Final = Part(
    slug="membership",
    title="Paid membership",
    group="tiers",
    icon="identity-card",
    about="A product that makes members: for a month, a year or for life.",
    state=_state,
    meaning=_meaning,
    listing=Listing(
        path="membership.plans",
        noun="membership",
        plural="memberships",
        has_switch=False,
        is_ordered=True,
        line=line,
        meaning=meaning,
        removal="Its product no longer makes members. Memberships that run keep their tier, without further rewards.",
        empty="Sell a membership with perks of its own. You need a product in your store for it.",
        starts=filled(
            Plan,
            (
                Start("year", "A year", _yearly, "Bought once, runs for 12 months.", "calendar"),
                Start("month", "A month", _monthly, "For a subscription product that renews every month.", "refresh"),
                Start("life", "For life", _for_life, "Bought once, never ends.", "heart"),
            ),
        ),
        sections=(
            Section(
                "What is sold",
                (
                    text("title", "Name", details="Customers see this."),
                    whole("months", "It runs for", suffix="months", is_optional=True, details="Empty: for life."),
                    products("product_ids", "Products that sell it"),
                    variants("variant_ids", "Variants that sell it", details="For products of which only some do."),
                ),
            ),
            Section(
                "What it gives",
                (
                    select(
                        "tier",
                        "At least this tier while it runs",
                        levels,
                        is_optional=True,
                        placeholder="No tier",
                    ),
                    whole("points", "With each purchase", suffix="{points}", details="0: nothing."),
                    many("rewards", "Rewards with each purchase", rewards),
                    RECURRING,
                    lines(
                        "perks", "Other perks", details="One a line. Customers read them; keeping them is up to you."
                    ),
                ),
            ),
            Section(
                "Other languages",
                (languages("titles", "Name in other languages"),),
                is_advanced=True,
            ),
        ),
    ),
)
