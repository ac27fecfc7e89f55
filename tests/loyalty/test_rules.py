"""What an order earns: every order has an outcome, no split earns more, and what is given back whole leaves nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from plugin.loyalty.facts import Body, Discount, Line, OrderFacts, Refund, RefundLine
from plugin.loyalty.pins import Pins
from plugin.loyalty.program import Earning, Exclusions, Program
from plugin.loyalty.rules import CompiledProgram, evaluate, refunded_share

DAWN = datetime(2026, 3, 1, tzinfo=UTC)

cents = st.integers(0, 50_000).map(lambda number: Decimal(number) / 100)


@st.composite
def lines(draw: st.DrawFn, line_id: int) -> Line:
    gross = draw(cents)
    return Line(
        id=line_id,
        quantity=draw(st.integers(0, 5)),
        gross=gross,
        discounts=tuple(
            Discount(amount)
            for amount in draw(st.lists(st.sampled_from([Decimal(0), gross / 4, gross / 2]), max_size=2))
        ),
        tax=draw(st.sampled_from([Decimal(0), gross / 10])),
        removed=draw(st.integers(0, 5)),
        product_id=draw(st.none() | st.integers(1, 4)),
        is_gift_card=draw(st.booleans()),
    )


@st.composite
def refunds(draw: st.DrawFn, refund_id: int, line_ids: list[int]) -> Refund:
    parts = draw(
        st.lists(st.builds(RefundLine, st.sampled_from([*line_ids, 99]), st.integers(0, 6), cents), max_size=3)
    )
    return Refund(refund_id, DAWN, tuple(parts), draw(cents))


@st.composite
def orders(draw: st.DrawFn) -> OrderFacts:
    items = tuple(draw(lines(number)) for number in range(1, draw(st.integers(0, 4)) + 1))
    given_back = tuple(
        draw(refunds(number, [line.id for line in items])) for number in range(1, draw(st.integers(0, 4)) + 1)
    )
    body = Body(DAWN, DAWN, "USD", "paid", items, customer_id=7, is_company=draw(st.booleans()))
    return OrderFacts(
        id=1,
        body=draw(st.sampled_from([body, body, body, None])),
        refunds=given_back,
        is_test=draw(st.booleans()),
        cancelled_at=draw(st.sampled_from([None, None, None, DAWN])),
        paid_at=draw(st.sampled_from([DAWN, DAWN, None])),
        is_deleted=draw(st.booleans()),
    )


programs = st.builds(
    lambda points, per, rounding, tax, products, tags: CompiledProgram(
        Program(
            is_live=True,
            earning=Earning(points=points, per=per, rounding=rounding, includes_tax=tax),
            exclusions=Exclusions(product_ids=products, collection_ids=(5,), customer_tags=tags),
        ),
        1,
    ),
    st.integers(1, 50),
    st.sampled_from([Decimal(1), Decimal(3), Decimal("0.5"), Decimal(100)]),
    st.sampled_from(["floor", "nearest", "ceiling"]),
    st.booleans(),
    st.sampled_from([(), (1, 2)]),
    st.sampled_from([(), ("staff",)]),
)

pins = st.none() | st.builds(
    Pins,
    tags=st.sampled_from([(), ("staff",)]),
    collections=st.dictionaries(st.integers(1, 4), st.just((5,))),
)


def program(**earning: object) -> CompiledProgram:
    return CompiledProgram(Program(is_live=True, earning=Earning.model_validate(earning)), 1)


def paid(*items: Line, given_back: tuple[Refund, ...] = ()) -> OrderFacts:
    return OrderFacts(
        id=1, body=Body(DAWN, DAWN, "USD", "paid", items, customer_id=7), refunds=given_back, paid_at=DAWN
    )


@given(programs, orders(), pins)
def test_every_order_has_an_outcome_that_is_never_negative(
    rules: CompiledProgram, facts: OrderFacts, known: Pins | None
) -> None:
    outcome = evaluate(rules, facts, known)

    assert outcome.points >= 0
    assert outcome.net >= 0
    assert outcome.points == 0 or outcome.net > 0
    assert (outcome.stopped is not None) <= (outcome.points == 0)
    assert evaluate(rules, facts, known) == outcome


@given(
    st.lists(cents, min_size=2, max_size=6),
    st.data(),
    st.integers(1, 20),
    st.sampled_from([Decimal(1), Decimal(3), Decimal(7)]),
)
def test_splitting_an_order_never_earns_more(
    amounts: list[Decimal], data: st.DataObject, points: int, per: Decimal
) -> None:
    rules = program(points=points, per=per, rounding="floor")
    items = [Line(number, 1, amount) for number, amount in enumerate(amounts, start=1)]
    cut = data.draw(st.integers(1, len(items) - 1))

    whole = evaluate(rules, paid(*items), None).points
    parts = sum(evaluate(rules, paid(*part), None).points for part in (items[:cut], items[cut:]))

    assert parts <= whole


@st.composite
def returned_piece_by_piece(draw: st.DrawFn) -> OrderFacts:
    """An order whose every unit came back, in any pieces, with cents rounded as a cashier pleases; some units edited away before."""
    items: list[Line] = []
    given_back: list[Refund] = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        quantity, gross = draw(st.integers(1, 5)), draw(cents)
        removed = draw(st.integers(0, quantity))
        items.append(
            Line(number, quantity, gross, tax=draw(st.sampled_from([Decimal(0), gross / 10])), removed=removed)
        )
        left = quantity - removed
        while left:
            count = draw(st.integers(1, left))
            left -= count
            money = (gross * count / quantity).quantize(Decimal("0.01")) + draw(st.integers(-2, 2)) * Decimal("0.01")
            given_back.append(Refund(len(given_back) + 1, DAWN, (RefundLine(number, count, max(Decimal(0), money)),)))
    return paid(*items, given_back=tuple(draw(st.permutations(given_back))))


@given(programs, returned_piece_by_piece())
def test_an_order_that_came_back_whole_is_worth_exactly_nothing(rules: CompiledProgram, facts: OrderFacts) -> None:
    outcome = evaluate(rules, facts, None)

    assert (outcome.points, outcome.net) == (0, Decimal(0))
    assert refunded_share(facts) == 1


@given(orders())
def test_the_share_that_was_given_back_lies_between_none_and_all_and_only_grows(facts: OrderFacts) -> None:
    steps = [
        replace(facts, refunds=so_far) for so_far in accumulate(((refund,) for refund in facts.refunds), initial=())
    ]

    shares = [refunded_share(step) for step in steps]

    assert all(0 <= share <= 1 for share in shares)
    assert shares == sorted(shares)


def test_money_that_earns_leaves_out_discounts_contained_tax_gift_cards_and_excluded_products() -> None:
    rules = CompiledProgram(Program(is_live=True, exclusions=Exclusions(product_ids=(9,))), 1)
    items = (
        Line(1, 2, Decimal("100.00"), discounts=(Discount(Decimal("10.00")),), tax=Decimal("15.00"), product_id=1),
        Line(2, 1, Decimal("50.00"), is_gift_card=True),
        Line(3, 1, Decimal("40.00"), product_id=9),
    )

    outcome = evaluate(rules, paid(*items), None)

    assert (outcome.points, outcome.net) == (75, Decimal("75.00"))
    assert [line.excluded for line in outcome.lines] == [None, "gift_card", "product"]


def test_rounding_happens_once_an_order() -> None:
    items = [Line(number, 1, Decimal("0.50")) for number in range(1, 4)]

    points = {
        mode: evaluate(program(rounding=mode), paid(*items), None).points for mode in ("floor", "nearest", "ceiling")
    }

    assert points == {"floor": 1, "nearest": 2, "ceiling": 2}


def test_what_stops_an_order_is_named() -> None:
    rules = CompiledProgram(Program(is_live=True, exclusions=Exclusions(customer_tags=("Staff",))), 1)
    facts = paid(Line(1, 1, Decimal(10)))
    body = facts.body
    assert body is not None
    cases = {
        "test": replace(facts, is_test=True),
        "deleted": replace(facts, is_deleted=True),
        "cancelled": replace(facts, cancelled_at=DAWN),
        "unpaid": replace(facts, paid_at=None),
        "company": replace(facts, body=replace(body, is_company=True)),
    }

    named = {stopped: evaluate(rules, case, None).stopped for stopped, case in cases.items()}

    assert named == {stopped: stopped for stopped in cases}
    assert evaluate(rules, facts, Pins(tags=("STAFF",))).stopped == "customer_tag"
    assert evaluate(CompiledProgram(Program(), 1), facts, None).stopped == "not_live"
