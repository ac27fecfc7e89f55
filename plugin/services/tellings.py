"""Telling members what their orders brought, once per order (the kind `points_earned`)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from plugin.db import Session
from plugin.loyalty.rules import PURCHASE
from plugin.services import messages

if TYPE_CHECKING:
    from plugin.services.aftermath import Happened
    from plugin.services.keys import Keys


def follow(session: Session, happened: Happened, keys: Keys, now: datetime) -> None:  # noqa: ARG001 - followers take these four
    """Tell whoever's order gave points for the first time."""
    for order in happened.orders:
        program = order.program.program if order.program is not None else None
        if program is None or "points_earned" not in program.messages.on or order.member_id is None:
            continue
        points = order.target.get(f"{order.member_id}:{PURCHASE}", 0)
        if points and not order.posted and order.facts.paid_at is not None:
            messages.queue(
                session,
                program,
                order.member_id,
                "points_earned",
                cause=f"order:{order.id}",
                facts={"points": points},
                happened_at=order.facts.paid_at,
                now=now,
            )
