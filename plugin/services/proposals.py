"""Proposing a program: a look at the shop's real orders, the draft it becomes, and a rehearsal of what it would have cost.

The first page of orders that Shopify shows is enough to know a typical one; the rehearsal then reads all it may.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Final
from uuid import UUID

from plugin.db import Session, shops
from plugin.loyalty import proposal
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.program import dump, parse
from plugin.services import drafts, programs, rehearse
from plugin.services.ports import ShopifyShop

ALL_ORDERS: Final = "read_all_orders"
"""The scope without which Shopify shows the orders of 60 days only."""

DAYS_SEEN: Final = 60
DAYS_WANTED: Final = 365


@dataclass(frozen=True, slots=True)
class Answers:
    """The three answers: a trade of plugin.loyalty.proposal, a margin in per cent, a level of generosity."""

    trade: str
    margin: int
    level: str


def typical_order(shopify: ShopifyShop, *, now: datetime) -> Decimal | None:
    """The middle one of some orders' goods, after discounts; None when the shop has none yet. Raises OutsideError."""
    since = now - timedelta(days=DAYS_SEEN)
    page = next(iter(shopify.orders_updated_since(since)), ())
    amounts = [amount for facts in page if (amount := _goods(facts)) > 0]
    return median(amounts) if amounts else None


def days_to_rehearse(session: Session) -> int:
    """How far back the session's shop lets us look."""
    return DAYS_WANTED if ALL_ORDERS in shops.details(session).scopes else DAYS_SEEN


def propose(
    session: Session, answers: Answers, *, typical: Decimal | None, rehearsal_id: UUID, by: str, now: datetime
) -> None:
    """Make the proposal the draft, switched off until it is launched, and have it rehearsed as if it were on."""
    live = programs.current(session).program
    proposed = proposal.propose(
        trade=answers.trade,
        margin=answers.margin,
        level=answers.level,
        typical_order=typical,
        currency=shops.details(session).currency,
        name=live.name,
    )
    kept = {"points_name": live.points_name, "exclusions": live.exclusions, "only_joined": live.only_joined}
    program = proposed.model_copy(update=kept)
    drafts.save(session, dump(program), by=by, now=now, based_on=programs.current(session).version)
    rehearse_draft(session, rehearsal_id=rehearsal_id, by=by, now=now)


def rehearse_draft(session: Session, *, rehearsal_id: UUID, by: str, now: datetime) -> None:
    """Have the draft rehearsed as if it were on, on all orders that may be seen."""
    program = parse(drafts.read(session).document).model_copy(update={"is_live": True})
    rehearse.ask(session, program, rehearsal_id=rehearsal_id, days=days_to_rehearse(session), by=by, now=now)


def _goods(facts: OrderFacts) -> Decimal:
    """What the goods of an order came to, after discounts; nothing where it was not paid."""
    body = facts.body
    if body is None or not facts.is_paid or facts.is_test:
        return Decimal(0)
    return sum(
        (line.gross - sum((share.amount for share in line.discounts), Decimal(0)) for line in body.lines), Decimal(0)
    )
