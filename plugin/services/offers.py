"""What one member can take now: each reward with the reason why not, and the points that their cart can make use of.

Nothing is locked and nothing promised: taking a reward looks again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from plugin.db import Session, shops
from plugin.db import members as member_rows
from plugin.loyalty.errors import CartTooSmall, InsufficientPoints, Refusal
from plugin.loyalty.program import Reward
from plugin.services import limits, programs, redeem
from plugin.services.takers import StandingNeeded, Taker


@dataclass(frozen=True, slots=True)
class Offer:
    """A reward as it stands for one member. `refusal` says why they cannot take it; `points` is the most their cart makes use of."""

    reward: Reward
    refusal: Refusal | None
    points: int | None
    worth: Decimal | None


@dataclass(frozen=True, slots=True)
class Wallet:
    """With what a member comes: points they can spend, and what their cart comes to (None: no cart is known)."""

    available: int
    cart_total: Decimal | None = None


def needs(session: Session, member_id: int) -> StandingNeeded | None:
    """What Shopify must be asked about the member before; None when no reward depends on it."""
    rewards = [reward for reward in programs.current(session).program.rewards if reward.is_on and reward.is_personal]
    if not rewards:
        return None
    customer_id = member_rows.customer_of(session, member_id)
    if customer_id is None:
        return None
    return StandingNeeded(customer_id, tuple(sorted({number for reward in rewards for number in reward.segment_ids})))


def of(session: Session, taker: Taker, wallet: Wallet, *, now: datetime) -> list[Offer]:
    """Every listed reward that is on, cheapest first; none while the program is not live."""
    compiled = programs.current(session)
    if not compiled.program.is_live:
        return []
    currency = shops.details(session).currency
    listed = [reward for reward in compiled.program.rewards if reward.is_on and not reward.is_hidden]
    offers = []
    for reward in sorted(listed, key=lambda each: each.points_range()[0]):
        refusal: Refusal | None = None
        try:
            limits.check_person(session, compiled.program, reward, taker, now=now)
            limits.check_counts(session, reward, taker, zone=compiled.zone, now=now)
            _check_wallet(reward, wallet, currency)
        except Refusal as said:
            refusal = said
        points = None if refusal is not None else redeem.propose(reward, wallet.available, wallet.cart_total, currency)
        offers.append(Offer(reward, refusal, points, None if points is None else reward.worth(points, currency)))
    return offers


def _check_wallet(reward: Reward, wallet: Wallet, currency: str) -> None:
    low, _, _ = reward.points_range()
    if wallet.available < low:
        raise InsufficientPoints(asked=low, available=wallet.available)
    least = reward.minimum_spend
    if reward.kind == "amount_off":
        least = max(least, reward.worth(low, currency) or Decimal(0))
    if wallet.cart_total is not None and wallet.cart_total < least:
        raise CartTooSmall(minimum=f"{least:f} {currency}", total=f"{wallet.cart_total:f} {currency}")
