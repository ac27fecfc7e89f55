"""Sharing, pure: shares never sum to more than there is, and a merchant's share is total for every program and amount."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.loyalty.errors import InvalidProgram
from plugin.loyalty.ledger import MAX_POINTS
from plugin.loyalty.program import Cause, Match, default_program, dump, parse
from plugin.loyalty.sharing import code_hash, matched_money, matched_points, own_share, takes, what_it_takes

money = st.decimals(min_value=0, max_value=10**12, places=2)
matches = st.builds(
    Match,
    percent=st.decimals(min_value="0.001", max_value=100, places=3),
    points=st.integers(1, 10**9),
    per=st.decimals(min_value="0.001", max_value=10**6, places=3),
)


@given(available=st.integers(-500, 10**9), stakes=st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_shares_never_sum_to_more_than_is_left(available: int, stakes: list[int]) -> None:
    shares = [own_share(available, put_in=stake, all_put_in=sum(stakes)) for stake in stakes]

    assert sum(shares) <= max(0, available)
    assert all(share >= 0 for share in shares)


@given(available=st.integers(0, 10**6), stakes=st.lists(st.integers(1, 10**4), min_size=1, max_size=12))
def test_whoever_leaves_first_gets_what_they_would_get_last_but_for_rounding(available: int, stakes: list[int]) -> None:
    together = sum(stakes)
    before = own_share(available, put_in=stakes[-1], all_put_in=together)
    left, stays = available, together
    for stake in stakes[:-1]:
        left -= own_share(left, put_in=stake, all_put_in=stays)
        stays -= stake

    after = own_share(left, put_in=stakes[-1], all_put_in=stays)

    assert before <= after <= before + len(stakes)


@given(match=matches, net=money)
def test_the_merchants_share_is_total_and_an_entry_can_move_it(match: Match, net: Decimal) -> None:
    assert 0 <= matched_points(match, net) <= MAX_POINTS
    assert 0 <= matched_money(match, net) <= net


@given(match=matches, nets=st.lists(st.decimals(min_value=0, max_value=1000, places=2), max_size=5))
def test_splitting_an_order_never_matches_more(match: Match, nets: list[Decimal]) -> None:
    whole = sum(nets, Decimal(0))

    assert sum(matched_points(match, net) for net in nets) <= matched_points(match, whole)
    assert sum(matched_money(match, net) for net in nets) <= matched_money(match, whole)


def test_a_cause_says_what_it_takes() -> None:
    fixed, free = Cause(id="a", title="A", amounts=(10, 20, 50)), Cause(id="b", title="B", minimum_points=5)

    assert [takes(fixed, points) for points in (10, 15, 50)] == [True, False, True]
    assert [takes(free, points) for points in (4, 5, 1000)] == [False, True, True]
    assert (what_it_takes(fixed), what_it_takes(free)) == ("10, 20 or 50", "at least 5")


def test_a_code_is_recognised_however_it_was_typed() -> None:
    assert code_hash("8HX2-KD0Q 1A") == code_hash("8hx2kdoqla")


@pytest.mark.parametrize(
    ("part", "value", "field"),
    [
        ("households", {"members_max": 1}, "sharing.households.members_max"),
        ("households", {"limit_points": 0}, "sharing.households.limit_points"),
        ("gifts", {"minimum_points": 0}, "sharing.gifts.minimum_points"),
        ("gifts", {"limit_period": "fortnight"}, "sharing.gifts.limit_period"),
        ("causes", {"match": {"percent": "101"}}, "sharing.causes.match.percent"),
        ("causes", {"causes": [{"id": "a", "title": "A"}] * 2}, "sharing.causes.causes"),
        ("causes", {"causes": [{"id": "A!", "title": "A"}]}, "sharing.causes.causes.0.id"),
        ("lottery", {}, "sharing.lottery"),
    ],
)
def test_a_wrong_field_is_named(part: str, value: dict[str, object], field: str) -> None:
    document = dump(default_program("USD", is_live=True)) | {"sharing": {part: value}}

    with pytest.raises(InvalidProgram) as refused:
        parse(document)

    assert [name for name, _ in refused.value.facts["problems"]] == [field]
