"""Earning: what an order gives, what never earns, and the most that is given."""

from __future__ import annotations

from typing import Final

from plugin.admin import phrases
from plugin.admin.formats import Formats
from plugin.admin.program.editor import (
    ROUNDINGS,
    Field,
    Part,
    Section,
    State,
    collections,
    flag,
    money,
    present,
    products,
    rows,
    select,
    share,
    tags,
    when,
    whole,
)
from plugin.admin.program.parts import says
from plugin.loyalty.program import Limits, Program


def limit_fields(path: str, budget: str) -> tuple[Field, ...]:
    """The fields of limits, which the base rate and every campaign have. `budget`: what a budget is for, in a sentence."""
    has_budget = when(f"{path}.budget", "true")
    return (
        whole(
            f"{path}.points_per_order",
            "At most for one order",
            suffix="{points}",
            is_optional=True,
            details="Empty: no limit. Someone can split a large order in two, so a limit per customer is safer.",
        ),
        whole(
            f"{path}.points_per_member",
            "At most for one customer",
            suffix="{points}",
            is_optional=True,
            details="Empty: no limit. A refund makes room again.",
        ),
        select(f"{path}.period", "The limit for one customer starts afresh", says.AFRESH),
        present(f"{path}.budget", "Stop when a budget is used up", details=budget),
        whole(f"{path}.budget.points", "Budget for everybody together", suffix="{points}", follows=has_budget),
        rows(
            f"{path}.budget.steps",
            "Give less as the budget runs out",
            (
                share("used", "Once this much is given away", details="0 to 100."),
                share("factor", "give only", details="Of what an order would earn."),
            ),
            noun="step",
            start={"used": "0.5", "factor": "0.5"},
            empty="It gives everything until the budget is used up, and nothing after that.",
            follows=has_budget,
        ),
    )


def limits_said(program: Program, limits: Limits, formats: Formats) -> list[str]:
    """The limits as sentences."""
    said = []
    if limits.points_per_order:
        said.append(f"No order gives more than {says.points(program, limits.points_per_order, formats)}.")
    if limits.points_per_member:
        most = says.points(program, limits.points_per_member, formats)
        said.append(f"Nobody gets more than {most} {says.PER[limits.period]}.")
    if limits.budget is not None:
        budget = limits.budget
        cost = says.worth(program, budget.points, formats)
        said.append(f"It ends by itself after {says.points(program, budget.points, formats)}{cost}.")
        said += [
            f"Once {formats.percent(step.used * 100)} of them are given away, orders earn "
            f"{formats.percent(step.factor * 100)} of what they would."
            for step in budget.steps
        ]
    return said


def _state(program: Program, formats: Formats) -> State:
    earning = program.earning
    if not earning.points:
        return State("Orders earn nothing by themselves; only campaigns give.", is_on=False)
    said = f"{says.points(program, earning.points, formats)} for every {formats.money(earning.per)}"
    waits = f", spendable {says.plural(earning.pending_days, 'day')} after payment" if earning.pending_days else ""
    return State(f"{said}{waits}.", is_on=True)


def _meaning(program: Program, formats: Formats) -> list[str]:
    said = phrases.meaning(program, formats)
    if not program.earning.points:
        said[0] = f"Orders give no {says.many_points(program)} by themselves. Only your campaigns do."
    return [*said, *limits_said(program, program.earning.limits, formats)]


PART: Final = Part(
    slug="earning",
    title="Earning on orders",
    group="earning",
    icon="cart",
    about="What every paid order gives, and what gives nothing.",
    state=_state,
    meaning=_meaning,
    sections=(
        Section(
            "What an order earns",
            (
                whole(
                    "earning.points", "Customers earn", suffix="{points}", details="0: only campaigns give {points}."
                ),
                money("earning.per", "for every"),
                whole(
                    "earning.pending_days",
                    "Waiting time after payment",
                    suffix="days",
                    details="Cover your return period, so that nobody spends {points} for goods that come back.",
                ),
                select(
                    "earning.rounding",
                    "Rounding",
                    ROUNDINGS,
                    details="Once per order. Rounding up rewards splitting an order into small ones.",
                ),
                flag(
                    "earning.includes_tax", "Earn on tax as well", details="Gift cards, tips and shipping never earn."
                ),
            ),
        ),
        Section(
            "What does not earn",
            (
                products("exclusions.product_ids", "Products"),
                collections("exclusions.collection_ids", "Collections"),
                tags(
                    "exclusions.customer_tags",
                    "Customers with these tags",
                    placeholder="staff, wholesale",
                    details="Their orders earn nothing. Separate tags with commas.",
                ),
                flag(
                    "exclusions.company_orders",
                    "Orders by companies (B2B)",
                    details="Leave this on if your wholesale prices leave no room for rewards.",
                ),
            ),
        ),
        Section(
            "Limits",
            limit_fields(
                "earning.limits",
                "First come, first served: when it is used up, orders earn nothing at the base rate.",
            ),
            is_advanced=True,
        ),
    ),
)
