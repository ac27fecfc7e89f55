"""A referral's state: a function of what is known of the friend's order, the score, the staff's decision and the time.

claimed -> ordered -> (review) -> holding -> rewarded, or blocked, or void. Nothing here remembers: the same facts give the same state,
whatever the order in which they arrived.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

from plugin.loyalty.program.referral import Referral

State = Literal["claimed", "ordered", "review", "holding", "rewarded", "blocked", "void"]
Decision = Literal["approve", "block"]

STATES: Final[tuple[State, ...]] = ("claimed", "ordered", "review", "holding", "rewarded", "blocked", "void")
CHANNELS: Final = (
    "copy", "mail", "whatsapp", "sms", "qr", "facebook", "messenger", "instagram", "telegram", "x", "signal", "print", "other",
)  # fmt: skip
"""How a link is passed on: what `via` in it may say."""
UNPAID: Final = "unpaid"
CHECKING: Final = "checking"


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one referral once the friend has ordered. Money in the shop's currency, after discounts and refunds.

    `stopped` is why the order earns nothing, if so. `is_late` is true when the advocate's limit was reached by earlier friends.
    """

    net: Decimal
    paid_at: datetime | None
    stopped: str | None = None
    is_refunded: bool = False
    is_own: bool = False
    is_first_order: bool = True
    was_referred: bool = False
    is_late: bool = False
    is_checked: bool = True
    score: int = 0
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a referral has come to, and why. `pays_advocate` and `pays_friend` say for whom; `holds_until` from when it is rewarded."""

    state: State
    reason: str | None = None
    pays_advocate: bool = False
    pays_friend: bool = False
    holds_until: datetime | None = None


def judge(case: Case, terms: Referral) -> Standing:
    """Where the referral stands. Staff can override suspicion, but not that nothing was bought by somebody new."""
    refusal = _refusal(case, terms)
    if refusal is not None:
        return Standing("void", refusal)
    if case.paid_at is None or case.stopped == UNPAID:
        return Standing("ordered", UNPAID)
    if case.decision == "block":
        return Standing("blocked", "staff")
    if terms.suspicion.is_on and case.decision is None:
        if not case.is_checked:
            return Standing("ordered", CHECKING)
        if case.score >= terms.suspicion.block_at:
            return Standing("blocked", "suspicion")
        if case.score >= terms.suspicion.review_at:
            return Standing("review", "suspicion")
    return Standing(
        "holding",
        "limit" if case.is_late else None,
        pays_advocate=not case.is_late,
        pays_friend=True,
        holds_until=case.paid_at + timedelta(days=terms.hold_days),
    )


def seen_at(state: State, *, holds_until: datetime | None, ends_at: datetime, now: datetime) -> State:
    """The state as it is at `now`: what waited for a time that has come is over, and a claim that ran out is void."""
    if state == "holding" and holds_until is not None and holds_until <= now:
        return "rewarded"
    return "void" if state == "claimed" and ends_at <= now else state


def _refusal(case: Case, terms: Referral) -> str | None:
    """Why there is nothing to reward, whatever anybody decides; None where there is."""
    if not terms.is_on:
        return "closed"
    if case.is_own:
        return "own_account"
    if case.stopped == UNPAID:
        return None
    if case.stopped is not None:
        return case.stopped
    if case.net <= 0:
        return "refunded" if case.is_refunded else "nothing_bought"
    if case.net < terms.minimum_spend:
        return "refunded" if case.is_refunded else "below_minimum"
    if not case.is_first_order:
        return "not_new"
    return "referred_before" if case.was_referred else None


def channel_of(text: str | None) -> str:
    """The channel that a link's `via` names; "other" for none and for whatever we do not know."""
    name = (text or "").strip().lower()
    return name if name in CHANNELS else "other"
