"""Campaigns to start from: the ones that shops run most, ready but for what only the merchant knows."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from plugin.admin.formats import Formats
from plugin.admin.program.editor import Start
from plugin.admin.program.parts import says
from plugin.admin.program.parts.scale import Scale
from plugin.loyalty.program import Program

SATURDAY: Final = 5


def _weekend(program: Program, formats: Formats, now: datetime) -> dict[str, Any]:
    """The next weekend that has not begun, midnight to midnight where the shop is."""
    today = now.astimezone(formats.zone).date()
    saturday = today + timedelta(days=(SATURDAY - today.weekday()) % 7 or 7)
    begins, ends = (datetime.combine(day, time(), formats.zone) for day in (saturday, saturday + timedelta(days=2)))
    return {
        "title": f"Double {says.many_points(program)} weekend",
        "effect": {"kind": "multiplier", "factor": "2"},
        "conditions": {
            "starts_at": begins.astimezone(UTC).isoformat(),
            "ends_at": ends.astimezone(UTC).isoformat(),
        },
    }


def _first_order(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    return {
        "title": "First order bonus",
        "effect": {"kind": "fixed", "points": Scale.of(program, formats).points(50)},
        "conditions": {"order_numbers": [1]},
    }


def _every_fifth(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    scale = Scale.of(program, formats)
    return {
        "title": "Every fifth order",
        "effect": {"kind": "fixed", "points": scale.points(100)},
        "conditions": {"every_nth_order": 5, "minimum_spend": scale.money(20)},
    }


def _big_basket(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    scale = Scale.of(program, formats)
    return {
        "title": "Big basket bonus",
        "effect": {"kind": "fixed", "points": scale.points(50)},
        "conditions": {"minimum_spend": scale.money(100)},
    }


def _new_arrivals(program: Program, _formats: Formats, _now: datetime) -> dict[str, Any]:
    return {
        "title": f"Double {says.many_points(program)} on new arrivals",
        "effect": {"kind": "multiplier", "factor": "2"},
        "conditions": {"product_tags": ["New"]},
    }


def _happy_hour(_program: Program, _formats: Formats, _now: datetime) -> dict[str, Any]:
    return {
        "title": "Happy hour",
        "effect": {"kind": "multiplier", "factor": "2"},
        "conditions": {"weekdays": ["tuesday", "wednesday"], "hours": {"start": "17:00", "end": "20:00"}},
    }


def _subscribers(_program: Program, _formats: Formats, _now: datetime) -> dict[str, Any]:
    return {
        "title": "More for subscribers",
        "effect": {"kind": "multiplier", "factor": "1.5"},
        "conditions": {"line_kind": "subscription"},
    }


def _larger_orders(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    scale = Scale.of(program, formats)
    each = scale.rate / scale.unit
    return {
        "title": "More for larger orders",
        "effect": {
            "kind": "brackets",
            "brackets": [
                {"start": scale.money(start), "points": format(round(each * factor, 3), "f")}
                for start, factor in ((50, 1), (100, 2))
            ],
        },
    }


def _free_shipping_next_time(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    reward = says.first(program, "free_shipping") or next((one for one in program.rewards if one.is_on), None)
    return {
        "title": "A thank-you for large orders",
        "effect": {"kind": "reward", "reward_id": reward.id if reward is not None else ""},
        "conditions": {"minimum_spend": Scale.of(program, formats).money(100)},
    }


STARTS: Final = (
    Start(
        "weekend", "Double {points} weekend", _weekend, "Next Saturday and Sunday. Dates can be changed.", "calendar"
    ),
    Start(
        "first-order", "First order bonus", _first_order, "A welcome that costs nothing until somebody buys.", "star"
    ),
    Start(
        "every-fifth",
        "Every fifth order",
        _every_fifth,
        "A stamp card: the fifth order brings a bonus.",
        "order-repeat",
    ),
    Start("big-basket", "Big basket bonus", _big_basket, "A bonus for orders above an amount.", "cart-up"),
    Start(
        "new-arrivals",
        "Double {points} on some products",
        _new_arrivals,
        "A tag, a collection or products.",
        "collection",
    ),
    Start("happy-hour", "Happy hour", _happy_hour, "Certain days of the week, at certain hours.", "clock"),
    Start("subscribers", "More for subscribers", _subscribers, "Only what is bought on a subscription.", "refresh"),
    Start(
        "larger-orders",
        "A better rate for larger orders",
        _larger_orders,
        "Each stretch has its rate.",
        "chart-stacked",
    ),
    Start(
        "reward", "A reward with an order", _free_shipping_next_time, "A code at once instead of {points}.", "gift-card"
    ),
)
