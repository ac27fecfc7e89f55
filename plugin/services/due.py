"""What falls due by the clock: points whose waiting period is over, points that lapse.

The sweep posts them; a spend does not wait for it.
"""

from __future__ import annotations

from datetime import datetime

from plugin.db import Session, journal, members
from plugin.services import expiry, households

BATCH = 500


def post(session: Session, *, now: datetime, limit: int = BATCH) -> int:
    """Post what is due for up to `limit` members of the shop, and move the sweep's mark on; how many members were posted."""
    ids = members.ids_due(session, now=now, limit=limit)
    accounts = journal.lock(session, ids)
    expiry.post_due(session, accounts.values(), now=now)
    journal.write(session, accounts.values(), now=now)
    members.set_next_due(session, [(account.member_id, account.next_due_at) for account in accounts.values()])
    households.flow(session, accounts.values(), now=now)
    if len(ids) < limit and journal.clear_waiting(session, "due", next_since=None):
        following = members.first_due_at(session)
        if following is not None:
            journal.mark_waiting(session, "due", following)
    return len(ids)
