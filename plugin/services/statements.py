"""What members are told because a day has come: their month in figures, and a tier that ends soon.

Both are duties of the calendar (plugin.services.duties). Who had no movement in the month gets no statement.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from plugin.db import Session
from plugin.db import entries as entry_rows
from plugin.db import members as member_rows
from plugin.db import tiers as tier_rows
from plugin.loyalty.days import begin_of
from plugin.services import expiry, messages, programs

if TYPE_CHECKING:  # the calendar calls this module
    from plugin.services.calendar import NewDay

BATCH: Final = 500


def send_on_the_first(new: NewDay) -> None:
    """On the first day of a month: queue the statement of the month before for everybody who had a movement in it."""
    if new.day.day != 1:
        return
    month = (new.day - timedelta(days=1)).replace(day=1)
    last = 0
    while True:
        with new.database.transaction(new.shop_id) as session:
            ids = member_rows.ids_above(session, last, limit=BATCH)
            _state(session, new, ids, month)
        if len(ids) < BATCH:
            return
        last = ids[-1]


def tell_of_tiers_at_risk(new: NewDay) -> None:
    """Tell members whose tier ends so many days after the day that has begun, as things stand."""
    with new.database.transaction(new.shop_id) as session:
        program = programs.current(session).program
        days = timedelta(days=program.messages.tier_risk_days)
        begins, ends = (begin_of(new.day + days + timedelta(days=n), new.zone) for n in (0, 1))
        for member_id, tier, until in tier_rows.ending(session, after=begins, until=ends):
            messages.queue(
                session,
                program,
                member_id,
                "tier_at_risk",
                cause=f"{tier}:{until.date()}",
                facts={"tier": tier, "date": until.isoformat()},
                happened_at=new.begins_at,
                now=new.now,
            )


def _state(session: Session, new: NewDay, ids: list[int], month: date) -> None:
    program = programs.current(session).program
    since = begin_of(month, new.zone)
    found = entry_rows.came_and_went(session, ids, since=since, until=new.begins_at) if ids else {}
    for member_id, (came, went, left) in found.items():
        facts = {"month": month.isoformat(), "came": max(came, 0), "spent": max(went, 0), "points": left}
        soon = expiry.expiring_soon(session, member_id)
        if soon is not None and soon.at > new.now:
            facts |= {"expiring": soon.points, "date": soon.at.isoformat()}
        messages.queue(
            session,
            program,
            member_id,
            "statement",
            cause=f"{month:%Y-%m}",
            facts=facts,
            happened_at=new.begins_at,
            now=new.now,
        )
