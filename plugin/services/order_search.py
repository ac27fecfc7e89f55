"""Finding an order by what somebody types: its number ("#1001", "1001") or Shopify's id; and what stands around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plugin.db import Session, order_lists

LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Known:
    """An order that has reached the program. `points` are what stands for it now, for everybody together."""

    id: int
    name: str
    member_id: int | None
    processed_at: datetime | None
    is_paid: bool
    points: int


def find(session: Session, typed: str) -> int | None:
    """The id of the order that is meant, the newest of several; None when none has reached the program."""
    bare = typed.strip().removeprefix("#").strip()
    if not bare:
        return None
    found = order_lists.named(session, sorted({typed.strip(), bare, f"#{bare}"}))
    if found is not None or not (bare.isascii() and bare.isdigit() and int(bare) <= LARGEST_ID):
        return found
    return int(bare) if order_lists.has(session, int(bare)) else None


def name_of(session: Session, order_id: int) -> str:
    """What the order is called; its id where it has no name."""
    return order_lists.name_of(session, order_id) or str(order_id)


def latest(session: Session, *, limit: int) -> list[Known]:
    """The orders that were processed last, newest first."""
    return [Known(*row) for row in order_lists.latest(session, limit=limit)]


def rewards_of(session: Session, order_id: int, codes: Sequence[str]) -> list[tuple[UUID, str, str, int, int]]:
    """(redemption, title, code, points, points returned) of the program's own codes that the order used."""
    return order_lists.rewards_of(session, order_id, codes)
