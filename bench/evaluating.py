"""How long one order takes to judge against fifty rules of every kind, with its reasons as data: the price of a rich program.

Pure: no database. Half of the rules hold for the order, the other half fail, each at another condition.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from bench.run import Run
from bench.table import Row, below, said
from plugin.loyalty.facts import Body, Line, OrderFacts
from plugin.loyalty.order_rules import Standing
from plugin.loyalty.pins import Pins, ProductPin
from plugin.loyalty.program import parse
from plugin.loyalty.rules import CompiledProgram, Outcome, evaluate

RULES: Final = 50
ROUNDS: Final = 600
TIMES: Final = 5
LIMIT_MICROSECONDS: Final = 100
PLACED_AT: Final = datetime(2026, 3, 4, 18, 30, tzinfo=UTC)  # a Wednesday evening

HOLDING: Final[tuple[dict[str, Any], ...]] = (
    {"effect": {"kind": "per_amount", "points": 1, "per": "10"}, "conditions": {"product_ids": [1, 2]}},
    {"effect": {"kind": "per_amount", "points": 3, "per": "7"}, "conditions": {"collection_ids": [31, 32]}},
    {"effect": {"kind": "multiplier", "factor": "2"}, "conditions": {"product_tags": ["new"]}},
    {"effect": {"kind": "multiplier", "factor": "1.5"}, "conditions": {"vendors": ["Acme"]}, "combines": "multiply"},
    {"effect": {"kind": "fixed", "points": 25}, "conditions": {"minimum_spend": "20", "channels": ["online"]}},
    {
        "effect": {"kind": "brackets", "brackets": [{"start": "50", "points": "1"}, {"start": "100", "points": "2"}]},
        "conditions": {"starts_at": "2026-01-01T00:00:00Z", "ends_at": "2027-01-01T00:00:00Z"},
    },
    {"effect": {"kind": "fixed", "points": 10}, "conditions": {"order_numbers": [1, 3]}},
    {"effect": {"kind": "multiplier", "factor": "3"}, "conditions": {"weekdays": ["wednesday"]}, "combines": "best"},
    {"effect": {"kind": "per_amount", "points": 1, "per": "5"}, "conditions": {"customer_tags": ["vip"]}},
    {"effect": {"kind": "fixed", "points": 500}, "limits": {"points_per_order": 100, "points_per_member": 250}},
)
FAILING: Final[tuple[dict[str, Any], ...]] = (
    {"effect": {"kind": "fixed", "points": 5}, "conditions": {"product_ids": [901, 902]}},
    {"effect": {"kind": "fixed", "points": 5}, "conditions": {"minimum_spend": "100000"}},
    {"effect": {"kind": "multiplier", "factor": "2"}, "conditions": {"channels": ["pos"]}},
    {"effect": {"kind": "multiplier", "factor": "2"}, "conditions": {"starts_at": "2026-06-01T00:00:00Z"}},
    {"effect": {"kind": "fixed", "points": 5}, "conditions": {"hours": {"start": "06:00", "end": "09:00"}}},
    {"effect": {"kind": "fixed", "points": 5}, "conditions": {"currencies": ["EUR"]}},
    {"effect": {"kind": "fixed", "points": 5}, "conditions": {"segment_ids": [77]}},
    {"effect": {"kind": "fixed", "points": 5}, "conditions": {"countries": ["DE"]}},
    {"effect": {"kind": "fixed", "points": 5}, "conditions": {"product_types": ["Tea"]}},
    {"effect": {"kind": "fixed", "points": 5}, "conditions": {"line_kind": "subscription"}},
)


def measure(_run: Run) -> list[Row]:
    """Microseconds for an order of 3 lines against fifty rules, with 20 lines and the plain program printed beside it."""
    rich, plain = program(RULES), program(0)
    timed = {
        name: _microseconds(_judging(rules, lines))
        for name, rules, lines in (("3", rich, 3), ("20", rich, 20), ("plain", plain, 3))
    }
    return [
        below("evaluation: 3 lines, 50 rules of 20 kinds, half holding", timed["3"], LIMIT_MICROSECONDS, unit="µs"),
        said("evaluation: 20 lines, the same rules", f"{timed['20']:,.1f} µs"),
        said("evaluation: 3 lines, the base rate alone", f"{timed['plain']:,.1f} µs"),
    ]


def program(rules: int) -> CompiledProgram:
    """A program with so many rules, holding and failing ones in turn."""
    kinds = [each for pair in zip(HOLDING, FAILING, strict=True) for each in pair]
    written = [
        {"id": f"rule-{number}", "title": f"Rule {number}", "group": "evening"} | kinds[number % len(kinds)]
        for number in range(rules)
    ]
    return CompiledProgram(parse({"is_live": True, "order_rules": written}), 1)


def order(lines: int) -> tuple[OrderFacts, Pins]:
    """An order of so many lines of six products, with what is pinned to it."""
    body = Body(
        PLACED_AT,
        PLACED_AT,
        "USD",
        "paid",
        tuple(
            Line(
                number, 1, Decimal("19.95") + number, product_id=number % 6 + 1, vendor="Acme" if number % 2 else "Brew"
            )
            for number in range(1, lines + 1)
        ),
        customer_id=7,
        source="web",
    )
    pins = Pins(
        tags=("vip",),
        collections={number: (31,) if number % 2 else (40,) for number in range(1, 7)},
        products={number: ProductPin(("new", "green"), "Coffee") for number in range(1, 7)},
        zone="America/New_York",
    )
    return OrderFacts(id=1, body=body, paid_at=PLACED_AT), pins


def _judging(rules: CompiledProgram, lines: int) -> Callable[[], Outcome]:
    facts, pins = order(lines)
    standing = Standing(number=3, tier="gold", used={"rule-9": 40})
    return lambda: evaluate(rules, facts, pins, standing)


def _microseconds(work: Callable[[], Outcome]) -> float:
    """Of one core: the fastest of many short rounds, which nothing else on the machine disturbed."""
    fastest = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(TIMES):
            work()
        fastest = min(fastest, (time.perf_counter() - began) / TIMES)
    return fastest * 1e6
