"""Random programs with order rules, and random orders with everything pinned that those rules may ask about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from plugin.loyalty.facts import Body, Discount, Line, OrderFacts, Refund, RefundLine
from plugin.loyalty.order_rules import Offer, Standing
from plugin.loyalty.pins import Pins, ProductPin
from plugin.loyalty.program import Program, parse

DAWN = datetime(2026, 3, 1, tzinfo=UTC)

cents = st.integers(0, 50_000).map(lambda number: Decimal(number) / 100)
amounts = st.sampled_from(["0.01", "0.5", "1", "3", "7", "10", "100"])
multiples = st.sampled_from(["1", "1.5", "2", "3.333", "100"])
vendors = st.sampled_from(["Acme", "Brew", None])
tags = st.sampled_from(["new", "sale"])

proportional = st.one_of(
    st.builds(lambda points, per: {"kind": "per_amount", "points": points, "per": per}, st.integers(1, 50), amounts),
    st.builds(lambda factor: {"kind": "multiplier", "factor": factor}, multiples),
)


def _brackets(starts: list[int], rates: list[int]) -> dict[str, Any]:
    stretches = zip(sorted(starts), rates, strict=True)
    return {"kind": "brackets", "brackets": [{"start": str(start), "points": str(rate)} for start, rate in stretches]}


starts = st.lists(st.integers(0, 300), min_size=1, max_size=4, unique=True)
four_rates = st.lists(st.integers(0, 5), min_size=4, max_size=4)
brackets = st.builds(lambda starts, rates: _brackets(starts, rates[: len(starts)]), starts, four_rates)
rising_brackets = st.builds(lambda starts, rates: _brackets(starts, sorted(rates[: len(starts)])), starts, four_rates)
fixed = st.builds(lambda points: {"kind": "fixed", "points": points}, st.integers(1, 500))
reward = st.just({"kind": "reward", "reward_id": "thanks"})

line_conditions = st.fixed_dictionaries(
    {},
    optional={
        "product_ids": st.lists(st.integers(1, 4), min_size=1, max_size=3),
        "variant_ids": st.lists(st.integers(1, 4), min_size=1, max_size=3),
        "collection_ids": st.lists(st.integers(31, 33), min_size=1, max_size=2),
        "product_tags": st.lists(tags, min_size=1, max_size=2),
        "vendors": st.lists(st.sampled_from(["ACME", "brew"]), min_size=1, max_size=2),
        "product_types": st.just(["Coffee"]),
        "line_kind": st.sampled_from(["subscription", "one_time"]),
    },
)
order_conditions = st.fixed_dictionaries(
    {},
    optional={
        "minimum_spend": amounts,
        "order_numbers": st.lists(st.integers(1, 4), min_size=1, max_size=2),
        "every_nth_order": st.integers(2, 3),
        "channels": st.lists(st.sampled_from(["online", "pos", "draft"]), min_size=1, max_size=2),
        "tiers": st.lists(st.sampled_from(["gold", "gone"]), min_size=1, max_size=2),
        "customer_tags": st.just(["VIP"]),
        "segment_ids": st.just([77]),
        "countries": st.just(["US"]),
        "currencies": st.lists(st.sampled_from(["USD", "EUR"]), min_size=1, max_size=2),
        "starts_at": st.sampled_from(["2026-01-01T00:00:00Z", "2026-03-02T00:00:00Z"]),
        "ends_at": st.sampled_from(["2026-03-05T00:00:00Z", "2027-01-01T00:00:00Z"]),
        "hours": st.sampled_from([{"start": "18:00", "end": "20:00"}, {"start": "20:00", "end": "06:00"}]),
        "weekdays": st.lists(st.sampled_from(["monday", "sunday"]), min_size=1, max_size=2),
    },
)
limits = st.fixed_dictionaries(
    {},
    optional={
        "points_per_order": st.integers(1, 200),
        "points_per_member": st.integers(1, 200),
        "period": st.sampled_from(["day", "week", "month", "quarter", "year", "ever"]),
        "budget": st.sampled_from([{"points": 100}, {"points": 500, "steps": [{"used": "0.5", "factor": "0.25"}]}]),
    },
)


@st.composite
def rules(draw: st.DrawFn, number: int, effects: st.SearchStrategy[Any] | None = None) -> dict[str, Any]:
    effect = draw(effects if effects is not None else st.one_of(proportional, brackets, fixed, reward))
    combines = ["add", "best", "multiply"] if effect["kind"] == "multiplier" else ["add", "best"]
    if effect["kind"] == "reward":
        combines = ["add"]
    return {
        "id": f"rule-{number}",
        "title": f"Rule {number}",
        "is_on": draw(st.sampled_from([True, True, True, False])),
        "effect": effect,
        "conditions": draw(line_conditions) | draw(order_conditions),
        "combines": draw(st.sampled_from(combines)),
        "group": draw(st.sampled_from(["one", "two"])),
        "rounding": draw(st.sampled_from(["floor", "nearest", "ceiling"])),
        "limits": draw(limits) if effect["kind"] != "reward" else {},
    }


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """A live program with up to eight rules of every kind."""
    return parse(
        {
            "is_live": True,
            "earning": {
                "points": draw(st.integers(0, 20)),
                "per": draw(amounts),
                "rounding": draw(st.sampled_from(["floor", "nearest", "ceiling"])),
                "limits": draw(st.sampled_from([{}, {"points_per_order": 40}])),
            },
            "rewards": [{"id": "thanks", "kind": "free_shipping", "title": "Thanks", "price_points": 100}],
            "tiers": {"levels": [{"id": "gold", "title": "Gold", "threshold": "100", "multiplier": draw(multiples)}]},
            "order_rules": [draw(rules(number)) for number in range(draw(st.integers(0, 8)))],
        }
    )


@st.composite
def orders(draw: st.DrawFn) -> OrderFacts:
    """A paid order of up to four lines with discounts, tax, edits and refunds of any kind."""
    lines = tuple(draw(_lines(number)) for number in range(1, draw(st.integers(0, 4)) + 1))
    refunds = tuple(
        Refund(
            number,
            DAWN,
            tuple(
                draw(
                    st.lists(
                        st.builds(
                            RefundLine, st.sampled_from([*(line.id for line in lines), 99]), st.integers(0, 6), cents
                        ),
                        max_size=3,
                    )
                )
            ),
            draw(cents),
        )
        for number in range(1, draw(st.integers(0, 3)) + 1)
    )
    body = Body(
        DAWN,
        DAWN + timedelta(hours=draw(st.integers(0, 200))),
        "USD",
        "paid",
        lines,
        customer_id=7,
        source=draw(st.sampled_from(["web", "pos", "shopify_draft_order", "580111"])),
        presentment=draw(st.sampled_from([None, "EUR"])),
    )
    return OrderFacts(id=1, body=body, refunds=refunds, paid_at=DAWN)


@st.composite
def _lines(draw: st.DrawFn, line_id: int) -> Line:
    gross = draw(cents)
    return Line(
        id=line_id,
        quantity=draw(st.integers(1, 5)),
        gross=gross,
        discounts=tuple(
            Discount(amount) for amount in draw(st.lists(st.sampled_from([gross / 4, gross / 2]), max_size=2))
        ),
        tax=draw(st.sampled_from([Decimal(0), gross / 10])),
        removed=draw(st.sampled_from([0, 0, 1])),
        product_id=draw(st.none() | st.integers(1, 4)),
        variant_id=draw(st.none() | st.integers(1, 4)),
        is_gift_card=draw(st.sampled_from([False, False, False, True])),
        vendor=draw(vendors),
    )


pins = st.none() | st.builds(
    Pins,
    tags=st.sampled_from([(), ("vip",)]),
    collections=st.dictionaries(st.integers(1, 4), st.sampled_from([(), (31,), (31, 32)])),
    products=st.dictionaries(
        st.integers(1, 4), st.builds(ProductPin, st.sampled_from([(), ("new",)]), st.just("Coffee"))
    ),
    subscriptions=st.sampled_from([(), (1,), (1, 2)]),
    segments=st.sampled_from([(), (77,)]),
    country=st.sampled_from([None, "US"]),
    zone=st.sampled_from([None, "America/New_York", "Nowhere/Land"]),
)

standings = st.builds(
    Standing,
    number=st.none() | st.integers(1, 6),
    tier=st.sampled_from([None, "gold", "gone"]),
    used=st.dictionaries(st.sampled_from([f"rule-{number}" for number in range(8)]), st.integers(0, 300)),
    offers=st.dictionaries(
        st.sampled_from([f"rule-{number}" for number in range(8)]),
        st.builds(Offer, st.sampled_from([Decimal(0), Decimal("0.25"), Decimal(1)]), st.integers(0, 300)),
    ),
)
