"""Rewards to start from: one for each kind, at a price of about three per cent of what customers spend."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from plugin.admin.formats import Formats
from plugin.admin.program.editor import Start
from plugin.admin.program.parts.scale import Scale
from plugin.loyalty.program import Program


def _amount_off(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    scale = Scale.of(program, formats)
    value = scale.money(5)
    return {
        "kind": "amount_off",
        "title": f"{_money(scale, 5, formats)} off",
        "price_points": scale.points(150),
        "value": value,
    }


def _as_much_as_you_like(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    scale = Scale.of(program, formats)
    step = scale.points(30)
    return {
        "kind": "amount_off",
        "title": "As much off as you like",
        "price_points": step,
        "value": scale.money(1),
        "is_variable": True,
        "minimum_points": step * 2,
        "maximum_points": step * 100,
    }


def _percent_off(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    scale = Scale.of(program, formats)
    return {
        "kind": "percent_off",
        "title": "10% off an order",
        "price_points": scale.points(200),
        "value": "10",
        "maximum": scale.money(20),
    }


def _free_shipping(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    scale = Scale.of(program, formats)
    return {
        "kind": "free_shipping",
        "title": "Free shipping",
        "price_points": scale.points(120),
        "minimum_spend": scale.money(25),
    }


def _free_product(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    return {
        "kind": "free_product",
        "title": "A free product",
        "price_points": Scale.of(program, formats).points(300),
        "per_member": {"times": 1, "per": "month"},
    }


def _store_credit(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    scale = Scale.of(program, formats)
    return {
        "kind": "store_credit",
        "title": f"{_money(scale, 10, formats)} store credit",
        "price_points": scale.points(300),
        "value": scale.money(10),
        "ends_days": 365,
    }


def _gift_card(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    scale = Scale.of(program, formats)
    return {
        "kind": "gift_card",
        "title": f"{_money(scale, 25, formats)} gift card",
        "price_points": scale.points(750),
        "value": scale.money(25),
        "ends_days": 365,
    }


def _access(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    return {
        "kind": "access",
        "title": "Early access",
        "price_points": Scale.of(program, formats).points(100),
        "tag": "early-access",
        "ends_days": 30,
    }


def _experience(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    return {
        "kind": "experience",
        "title": "A tasting for two",
        "price_points": Scale.of(program, formats).points(1000),
        "stock": 10,
        "ends_days": 60,
    }


def _money(scale: Scale, dollars: int, formats: Formats) -> str:
    return formats.money(scale.unit * dollars)


STARTS: Final = (
    Start("amount-off", "Amount off", _amount_off, "Everybody understands it: begin with this one.", "cash-dollar"),
    Start(
        "flexible", "Amount off, the customer chooses", _as_much_as_you_like, "{points} spent step by step.", "adjust"
    ),
    Start("percent-off", "Percentage off", _percent_off, "With a most, so that it stays affordable.", "discount"),
    Start("free-shipping", "Free shipping", _free_shipping, "Costs less than it feels.", "delivery"),
    Start("free-product", "Free product", _free_product, "Something you love to give away.", "product"),
    Start("store-credit", "Store credit", _store_credit, "Paid into the customer’s account.", "wallet"),
    Start("gift-card", "Gift card", _gift_card, "A code that pays like money.", "gift-card"),
    Start("access", "Access", _access, "A customer tag: early access, a private collection.", "key"),
    Start("experience", "Experience", _experience, "Something you do for them by hand.", "confetti"),
)
