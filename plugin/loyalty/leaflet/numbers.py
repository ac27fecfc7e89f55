"""Numbers for Liquid: what a product or a cart earns, as whole fractions of the price, so that no shop rounds another way.

Liquid's prices are hundredths of the currency. A rate [n, d] gives `price * n / d` points; it stands under the tier it is for. What
the theme cannot know (who else is in the order, what was bought before) is left out: what is promised is never more than what is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from plugin.loyalty.program import OrderRule, Program
from plugin.loyalty.program.order_rules import Conditions
from plugin.loyalty.program.tiers import NO_TIER
from plugin.loyalty.tiers import floor_of

Document = dict[str, Any]

_KNOWN: Final = frozenset(
    {"product_ids", "collection_ids", "product_tags", "vendors", "product_types", "tiers", "channels", "currencies"}
    | {"starts_at", "ends_at"}
)
"""Conditions that a page of the store can look at by itself."""


def numbers(program: Program, *, currency: str) -> Document:
    """The program as the blocks count with it; while it is not live, `{"is_live": False}` and the tag of those who test it."""
    if not program.is_live:
        return {"is_live": False} | ({"test_tag": program.launch.test_tag} if program.launch.test_tag else {})
    excluded = program.exclusions
    return {
        "is_live": True,
        "name": program.name,
        "accent": program.branding.accent,
        "icon": program.branding.icon,
        "currency": currency,
        "names": {language: name.model_dump() for language, name in program.points_name.items()},
        "only_joined": program.only_joined,
        "floor": program.tiers.levels[0].id if floor_of(program.tiers) == 0 else NO_TIER,
        "base": {
            "rates": _rates(program, Fraction(1)),
            "round": program.earning.rounding,
            "most": program.earning.limits.points_per_order or 0,
        },
        "has_tax": program.earning.includes_tax,
        "excluded": {
            "products": _listed(excluded.product_ids),
            "collections": _listed(excluded.collection_ids),
            "tags": _listed(tag.casefold() for tag in excluded.customer_tags),
            "companies": excluded.company_orders,
        },
        "bonuses": [_bonus(program, rule) for rule in program.order_rules if _is_told(rule, currency)],
        "levels": {level.id: level.title for level in program.tiers.levels},
    }


def _is_told(rule: OrderRule, currency: str) -> bool:
    """True for a rule that always adds, and whose conditions the page can see."""
    conditions, limits = rule.conditions, rule.limits
    asked = {name for name in Conditions.model_fields if getattr(conditions, name) != getattr(Conditions(), name)}
    return (
        rule.is_on
        and rule.combines in ("add", "multiply")
        and rule.effect.kind in ("per_amount", "multiplier")
        and asked <= _KNOWN
        and (not conditions.channels or "online" in conditions.channels)
        and (not conditions.currencies or currency in conditions.currencies)
        and limits.budget is None
        and limits.points_per_member is None
    )


def _bonus(program: Program, rule: OrderRule) -> Document:
    effect, conditions = rule.effect, rule.conditions
    rates: dict[str, list[int]] = {}
    if effect.kind == "multiplier":
        excess = Fraction(effect.factor) - 1
        is_on_top = rule.combines == "multiply"
        rates = _rates(program, excess) if is_on_top else {NO_TIER: _rate(program, excess)}
    elif effect.kind == "per_amount":
        rates = {NO_TIER: _parts(Fraction(effect.points) / Fraction(effect.per) / 100)}
    return {
        "rates": rates,
        "round": rule.rounding,
        "most": rule.limits.points_per_order or 0,
        "products": _listed(conditions.product_ids),
        "collections": _listed(conditions.collection_ids),
        "tags": _listed(tag.casefold() for tag in conditions.product_tags),
        "vendors": _listed(vendor.casefold() for vendor in conditions.vendors),
        "types": _listed(kind.casefold() for kind in conditions.product_types),
        "tiers": _listed(conditions.tiers),
        "starts": int(conditions.starts_at.timestamp()) if conditions.starts_at is not None else None,
        "ends": int(conditions.ends_at.timestamp()) if conditions.ends_at is not None else None,
    }


def _rates(program: Program, factor: Fraction) -> dict[str, list[int]]:
    """The base rate times `factor` for everybody, and for each tier that multiplies it."""
    rates = {NO_TIER: _rate(program, factor)}
    for level in program.tiers.levels:
        if level.multiplier != 1:
            rates[level.id] = _rate(program, factor * Fraction(level.multiplier))
    return rates


def _rate(program: Program, factor: Fraction) -> list[int]:
    return _parts(Fraction(program.earning.points) / Fraction(Decimal(program.earning.per)) / 100 * factor)


def _parts(rate: Fraction) -> list[int]:
    return [rate.numerator, rate.denominator]


def _listed(items: Iterable[object]) -> str:
    """A list as "|1|2|", because Liquid finds text in text and no number in a list; "" for none."""
    words = [str(item) for item in items]
    return f"|{'|'.join(words)}|" if words else ""
