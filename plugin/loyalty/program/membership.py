"""Paid membership: buying a product makes a member for some months or for life, with a level and gifts.

Selling the membership is the store's; the program reads it from the order's lines. Plans are listed lowest first: where two run at
once, the later in the list counts.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from plugin.loyalty.program.tiers import RecurringPerk
from plugin.loyalty.program.values import Label, Language, Months, Part, Points, ShopifyId, Slug, Words


class Plan(Part):
    """One membership: whoever buys one of the products or variants has it for `months` (null: for life) for each unit.

    `tier` is the least level while it runs. `points` and `rewards` are given with each purchase, `recurring` in every period.
    """

    id: Slug
    title: Label
    titles: dict[Language, Label] = Field(default_factory=dict)
    product_ids: Annotated[tuple[ShopifyId, ...], Field(max_length=50)] = ()
    variant_ids: Annotated[tuple[ShopifyId, ...], Field(max_length=50)] = ()
    months: Months | None = 12
    tier: Slug | None = None
    perks: Annotated[tuple[Words, ...], Field(max_length=20)] = ()
    points: Points = 0
    rewards: Annotated[tuple[Slug, ...], Field(max_length=10)] = ()
    recurring: Annotated[tuple[RecurringPerk, ...], Field(max_length=10)] = ()

    @model_validator(mode="after")
    def _is_for_sale(self) -> Plan:
        if not self.product_ids and not self.variant_ids:
            raise ValueError("product_ids: say which product or variant sells this membership")
        return self

    def title_in(self, language: str) -> str:
        """The plan's title in that language, else the merchant's own."""
        return self.titles.get(language) or self.title


class Membership(Part):
    """The plans that can be bought, lowest first."""

    plans: Annotated[tuple[Plan, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _plans_differ(self) -> Membership:
        ids: set[str] = set()
        sold: set[tuple[str, int]] = set()
        for plan in self.plans:
            if plan.id in ids:
                raise ValueError(f"plans: two plans have the id {plan.id!r}; give each its own")
            ids.add(plan.id)
            goods = {("product", number) for number in plan.product_ids}
            goods |= {("variant", number) for number in plan.variant_ids}
            if twice := goods & sold:
                kind, number = min(twice)
                raise ValueError(f"plans: {kind} {number} sells two plans; one of them must let it go")
            sold |= goods
        return self

    def plan(self, plan_id: str | None) -> Plan | None:
        """The plan of that id, or None."""
        return next((plan for plan in self.plans if plan.id == plan_id), None)

    def sold_by(self, product_id: int | None, variant_id: int | None) -> Plan | None:
        """The plan that a line of this product and variant sells; a variant says more than its product."""
        for plan in self.plans:
            if variant_id is not None and variant_id in plan.variant_ids:
                return plan
        return next((plan for plan in self.plans if product_id is not None and product_id in plan.product_ids), None)
