"""Proposals: never more than the margin carries, and a first reward within about three orders of the shop's own kind."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from plugin.loyalty.program import dump, parse
from plugin.loyalty.proposal import HIGHEST_RATE, LOWEST_RATE, SHARES, TRADES, propose, return_rate
from plugin.loyalty.rehearsal import first_price

UNITS = {"USD": Decimal(1), "JPY": Decimal(100), "SEK": Decimal(10)}

margins = st.integers(1, 95)
levels = st.sampled_from(sorted(SHARES))
trades = st.sampled_from(sorted(TRADES))
currencies = st.sampled_from(sorted(UNITS))
everyday_orders = st.integers(8, 2000)  # in units of the currency


def test_a_coffee_shop_that_wants_to_be_generous() -> None:
    program = propose(trade="food", margin=50, level="generous", typical_order=Decimal(48), currency="USD")

    first, more = program.rewards
    assert (first.value, first.price_points) == (Decimal(5), 85)
    assert (more.value, more.price_points) == (Decimal(15), 250)
    assert program.earning.pending_days == 0
    assert program.referral.offer.value == Decimal(5)


@given(margins, levels, trades, currencies, everyday_orders)
@example(71, "generous", "beauty", "JPY", 8)
def test_what_comes_back_is_never_more_than_was_chosen(
    margin: int, level: str, trade: str, currency: str, units: int
) -> None:
    program = propose(trade=trade, margin=margin, level=level, typical_order=units * UNITS[currency], currency=currency)

    rate = return_rate(margin, level)
    for reward in program.rewards:
        assert reward.value is not None
        per_point = reward.value / reward.price_points
        assert per_point * program.earning.points / program.earning.per * 100 <= rate
    assert LOWEST_RATE <= rate <= HIGHEST_RATE
    assert rate <= max(LOWEST_RATE, Decimal(margin * SHARES[level]) / 100)


@given(margins, levels, currencies, everyday_orders)
@example(35, "generous", "USD", 160)
def test_the_first_reward_comes_within_three_orders(margin: int, level: str, currency: str, units: int) -> None:
    program = propose(
        trade="other", margin=margin, level=level, typical_order=units * UNITS[currency], currency=currency
    )

    price = first_price(program)
    assert price is not None
    smallest = program.rewards[0].value == Decimal("0.1") * UNITS[currency]
    assert price <= 3 * units or smallest


@given(margins, levels, currencies, everyday_orders)
def test_a_referral_leaves_half_of_what_the_first_order_brings(
    margin: int, level: str, currency: str, units: int
) -> None:
    order = units * UNITS[currency]
    program = propose(trade="other", margin=margin, level=level, typical_order=order, currency=currency)

    if program.referral.is_on:
        worth, offer = program.rewards[0].value, program.referral.offer.value
        assert worth is not None
        assert offer is not None
        assert worth + offer <= order * margin / 100 / 2


@given(margins, levels, trades, currencies)
def test_a_proposal_is_a_valid_program_and_switched_off(margin: int, level: str, trade: str, currency: str) -> None:
    program = propose(trade=trade, margin=margin, level=level, typical_order=None, currency=currency)

    assert parse(dump(program)) == program
    assert not program.is_live
