"""Small builders for stories: an order as facts, with money that reads like the example."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from plugin.loyalty.facts import Body, Line, OrderFacts, Refund, RefundLine
from tests.conftest import NOON


def order(
    number: int,
    total: str = "50.00",
    *,
    customer: int | None = 7,
    at: datetime = NOON,
    updated: datetime | None = None,
    refunds: Sequence[tuple[int, str, int]] = (),
    codes: Sequence[str] = (),
    status: str = "paid",
    quantity: int = 1,
    cancelled: datetime | None = None,
    referral: str | None = None,
    is_test: bool = False,
) -> OrderFacts:
    """A paid order of one line; `refunds` are (id, money, quantity)."""
    updated = updated or at + timedelta(minutes=len(refunds))
    line = Line(id=number * 10, quantity=quantity, gross=Decimal(total), product_id=1)
    return OrderFacts(
        id=number,
        body=Body(
            updated_at=updated,
            processed_at=at,
            currency="USD",
            status=status,
            lines=(line,),
            name=f"#{number}",
            customer_id=customer,
            codes=tuple(codes),
            referral=referral,
        ),
        refunds=tuple(
            Refund(id=refund_id, created_at=updated, lines=(RefundLine(number * 10, count, Decimal(money)),))
            for refund_id, money, count in refunds
        ),
        is_test=is_test,
        cancelled_at=cancelled,
        paid_at=updated if status in ("paid", "partially_refunded", "refunded") else None,
    )
