"""Rewards that were taken, as staff look through them; and trying once more what Shopify did not take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plugin.db import Session, redemption_lists
from plugin.db.redemption_lists import Place, Wanted
from plugin.db.tables import RedemptionRow
from plugin.loyalty.errors import RedemptionOver
from plugin.services import effects, redeem
from plugin.services.effects import Kind

__all__ = ["Place", "Taken", "Wanted", "page", "retry"]


@dataclass(frozen=True, slots=True)
class Taken:
    """A page of redemptions, newest first, and where the next begins."""

    rows: list[RedemptionRow]
    following: Place | None


def page(session: Session, wanted: Wanted, *, before: Place | None = None, limit: int = 25) -> Taken:
    """Redemptions that are wanted, those before that place."""
    found = redemption_lists.page(session, wanted, before=before, limit=limit + 1)
    shown = found[:limit]
    return Taken(shown, Place(shown[-1].created_at, shown[-1].id) if len(found) > limit else None)


def retry(session: Session, redemption_id: UUID, *, now: datetime) -> RedemptionRow:
    """Have the code written (or, once cancelled, switched off) now and not at its next turn. Raises RedemptionUnknown, RedemptionOver."""
    row = redeem.find(session, redemption_id)
    if row.cancelled_at is not None and row.state in ("held", "issued", "suspended"):
        effects.request(session, Kind.VOID_CODE, str(redemption_id), now=now)
    elif row.state in ("held", "suspended"):
        effects.request(session, Kind.ISSUE_CODE, str(redemption_id), now=now)
    else:
        raise RedemptionOver(state=row.state)
    return row
