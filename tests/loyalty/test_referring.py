"""A referral's state is a function of what is known: nothing is paid before everything speaks for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.loyalty import referral_words, referring
from plugin.loyalty.program import Referral, Suspicion
from plugin.loyalty.referring import Case, seen_at
from plugin.loyalty.suspicion import Signal
from plugin.loyalty.words import LANGUAGES

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
TERMS = Referral(hold_days=14, minimum_spend=Decimal(30), suspicion=Suspicion(is_on=True))
GOOD = Case(net=Decimal(50), paid_at=AT)

BARS: list[tuple[dict[str, Any], str, str]] = [
    ({"is_own": True}, "void", "own_account"),
    ({"net": Decimal(0)}, "void", "nothing_bought"),
    ({"net": Decimal(0), "is_refunded": True}, "void", "refunded"),
    ({"net": Decimal("29.99")}, "void", "below_minimum"),
    ({"is_first_order": False}, "void", "not_new"),
    ({"was_referred": True}, "void", "referred_before"),
    ({"stopped": "cancelled", "net": Decimal(0)}, "void", "cancelled"),
    ({"stopped": "unpaid", "net": Decimal(0), "paid_at": None}, "ordered", "unpaid"),
    ({"is_checked": False}, "ordered", "checking"),
    ({"score": 50}, "review", "suspicion"),
    ({"score": 90}, "blocked", "suspicion"),
    ({"decision": "block"}, "blocked", "staff"),
]


@pytest.mark.parametrize(("change", "state", "reason"), BARS, ids=lambda value: str(value)[:40])
def test_each_bar_alone_keeps_both_from_being_paid(change: dict[str, Any], state: str, reason: str) -> None:
    standing = referring.judge(_changed(change), TERMS)

    assert (standing.state, standing.reason) == (state, reason)
    assert not standing.pays_advocate
    assert not standing.pays_friend
    assert standing.holds_until is None


def test_a_good_referral_holds_until_nothing_can_be_sent_back() -> None:
    standing = referring.judge(GOOD, TERMS)

    assert (standing.state, standing.pays_advocate, standing.pays_friend) == ("holding", True, True)
    assert standing.holds_until == AT + timedelta(days=14)


def test_over_the_limit_the_friend_is_paid_and_the_advocate_is_not() -> None:
    standing = referring.judge(_changed({"is_late": True}), TERMS)

    assert (standing.state, standing.reason) == ("holding", "limit")
    assert (standing.pays_advocate, standing.pays_friend) == (False, True)


@pytest.mark.parametrize(("change", "state", "reason"), BARS, ids=lambda value: str(value)[:40])
def test_staff_override_suspicion_and_nothing_else(change: dict[str, Any], state: str, reason: str) -> None:
    approved = referring.judge(_changed(change | {"decision": "approve"}), TERMS)

    is_suspicion = reason in {"checking", "suspicion", "staff"}
    assert approved.state == ("holding" if is_suspicion else state)


def test_without_scoring_nobody_is_looked_at() -> None:
    plain = Referral(minimum_spend=Decimal(30))

    standing = referring.judge(_changed({"score": 500, "is_checked": False}), plain)

    assert standing.state == "holding"


def test_time_alone_makes_a_holding_referral_rewarded_and_an_unused_claim_void() -> None:
    def state(stored: referring.State, hours: int) -> str:
        return seen_at(stored, holds_until=AT, ends_at=AT, now=AT + timedelta(hours=hours))

    assert [state("holding", -1), state("holding", 0)] == ["holding", "rewarded"]
    assert [state("claimed", -1), state("claimed", 0)] == ["claimed", "void"]
    assert [state("review", 9), state("blocked", 9), state("ordered", 9)] == ["review", "blocked", "ordered"]


@given(
    st.builds(
        Case,
        net=st.decimals(-100, 1000, places=2),
        paid_at=st.sampled_from([None, AT]),
        stopped=st.sampled_from([None, "unpaid", "cancelled", "test"]),
        is_refunded=st.booleans(),
        is_own=st.booleans(),
        is_first_order=st.booleans(),
        was_referred=st.booleans(),
        is_late=st.booleans(),
        is_checked=st.booleans(),
        score=st.integers(0, 300),
        decision=st.sampled_from([None, "approve", "block"]),
    )
)
def test_whoever_is_paid_bought_something_as_somebody_new(case: Case) -> None:
    standing = referring.judge(case, TERMS)

    if standing.pays_friend or standing.pays_advocate:
        assert case.net >= TERMS.minimum_spend
        assert case.is_first_order
        assert not case.is_own
        assert case.paid_at is not None
        assert case.decision == "approve" or (case.decision is None and case.score < TERMS.suspicion.review_at)
    assert (standing.holds_until is not None) == (standing.state == "holding")


def test_every_state_and_signal_has_words() -> None:
    for state in referring.STATES:
        told = {language: referral_words.for_advocate(state, language=language) for language in LANGUAGES}
        asides = {language: referral_words.for_friend(state, language=language) for language in LANGUAGES}
        assert len(set(told.values())) == len(LANGUAGES)
        assert len(set(asides.values())) == (len(LANGUAGES) if asides["en"] else 1)
    assert all(referral_words.signal_text(signal) for signal in Signal)
    assert referral_words.for_friend("holding") is None
    assert referral_words.reason_text("some_new_rule") == "Some new rule"


def test_a_channel_nobody_knows_is_another() -> None:
    assert [referring.channel_of(text) for text in ("WhatsApp ", None, "", "a'b")] == [
        "whatsapp",
        "other",
        "other",
        "other",
    ]


def _changed(change: dict[str, Any]) -> Case:
    return Case(**({"net": GOOD.net, "paid_at": GOOD.paid_at} | change))
