"""Facts are a join-semilattice: whatever deliveries come, in whatever order and how often, the same facts stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from plugin.loyalty.facts import Body, Line, OrderFacts, Refund, RefundLine, decode, encode, merge

DAWN = datetime(2026, 3, 1, tzinfo=UTC)

instants = st.integers(0, 5).map(lambda hours: DAWN + timedelta(hours=hours))
amounts = st.integers(0, 9999).map(lambda cents: Decimal(cents) / 100)


@st.composite
def bodies(draw: st.DrawFn) -> Body:
    return Body(
        updated_at=draw(instants),
        processed_at=DAWN,
        currency="USD",
        status=draw(st.sampled_from(["pending", "paid", "refunded"])),
        lines=(Line(id=1, quantity=2, gross=draw(amounts)),),
        customer_id=draw(st.sampled_from([None, 7, 8])),
    )


@st.composite
def deliveries(draw: st.DrawFn) -> OrderFacts:
    body = draw(st.none() | bodies())
    is_fetched = body is not None and draw(st.booleans())
    return OrderFacts(
        id=1,
        body=body,
        refunds=tuple(
            Refund(number, DAWN, (RefundLine(1, 1, draw(amounts)),))
            for number in sorted(draw(st.sets(st.integers(1, 3))))
        ),
        is_test=draw(st.booleans()),
        cancelled_at=draw(st.none() | instants),
        paid_at=draw(st.none() | instants),
        fetched_at=body.updated_at if body is not None and is_fetched else None,
        is_deleted=draw(st.booleans()),
        is_erased=draw(st.sampled_from([False, False, False, True])),
    )


def fold(deliveries_: list[OrderFacts]) -> OrderFacts:
    return reduce(merge, deliveries_[1:], merge(None, deliveries_[0]))


@given(st.lists(deliveries(), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_order_and_repetition_of_deliveries_never_matter(told: list[OrderFacts], chance: object) -> None:
    shuffled = told + told[: len(told) // 2]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert _settled(fold(shuffled)) == _settled(fold(told))


@given(deliveries(), deliveries(), deliveries())
def test_merging_is_associative_and_idempotent(a: OrderFacts, b: OrderFacts, c: OrderFacts) -> None:
    ab_c = merge(merge(a, b), c)

    assert _settled(ab_c) == _settled(merge(a, merge(b, c)))
    assert _settled(merge(ab_c, ab_c)) == _settled(ab_c)


@given(deliveries())
def test_facts_survive_being_written_down(facts: OrderFacts) -> None:
    assert decode(encode(facts)) == facts


def test_a_contradiction_asks_for_a_fetch_and_the_fetched_order_settles_it() -> None:
    one = OrderFacts(id=1, body=Body(DAWN, DAWN, "USD", "paid", (), customer_id=7))
    other = OrderFacts(id=1, body=Body(DAWN, DAWN, "USD", "paid", (), customer_id=8))

    torn = merge(one, other)
    settled = merge(torn, OrderFacts(id=1, body=one.body, fetched_at=DAWN))

    assert torn.needs_fetch
    assert not settled.needs_fetch
    assert settled.body == one.body


def test_an_erased_person_does_not_come_back_with_a_late_delivery() -> None:
    known = OrderFacts(id=1, body=Body(DAWN, DAWN, "USD", "paid", (), customer_id=7), is_erased=True)
    late = OrderFacts(id=1, body=Body(DAWN + timedelta(hours=1), DAWN, "USD", "paid", (), customer_id=7))

    facts = merge(known, late)

    assert facts.body is not None
    assert facts.body.customer_id is None


def _settled(facts: OrderFacts) -> OrderFacts:
    return merge(facts, facts)
