"""Sharing, pure: what somebody who leaves a household takes along, what a donation may be, what a merchant adds to a cause."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from hashlib import sha256

from plugin.loyalty.ledger import MAX_POINTS
from plugin.loyalty.program import Cause, Match

MATCH = "match"
"""The part of an order that the merchant adds to a cause."""

_CENT = Decimal("0.01")
_LOOK_ALIKES = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def own_share(available: int, *, put_in: int, all_put_in: int) -> int:
    """What a member takes along: the part of what is left that corresponds to what they put in, rounded down.

    The shares of everybody never sum to more than is left, so the remainder stays with the pool.
    """
    if available <= 0 or put_in <= 0:
        return 0
    return available * put_in // all_put_in


def takes(cause: Cause, points: int) -> bool:
    """True when the cause takes a donation of that many points."""
    return points in cause.amounts if cause.amounts else points >= cause.minimum_points


def what_it_takes(cause: Cause) -> str:
    """The donations a cause takes, for a refusal: "10, 50 or 100", "at least 20"."""
    if not cause.amounts:
        return f"at least {cause.minimum_points}"
    *others, last = (str(amount) for amount in cause.amounts)
    return f"{', '.join(others)} or {last}" if others else last


def matched_money(match: Match, net: Decimal) -> Decimal:
    """What the merchant adds for that much spend, in money, rounded down to the cent."""
    return (net * match.percent / 100).quantize(_CENT, ROUND_FLOOR)


def matched_points(match: Match, net: Decimal) -> int:
    """What the merchant adds for that much spend, in points, rounded down; never more than one entry can move."""
    return min(int(net * match.percent / 100 * match.points / match.per), MAX_POINTS)


def code_hash(code: str) -> bytes:
    """What is kept of a one-time code: enough to recognise it, however it was typed."""
    return sha256(code.upper().translate(_LOOK_ALIKES).encode()).digest()
