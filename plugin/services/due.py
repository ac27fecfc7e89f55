"""What falls due by the clock: points whose waiting period is over, points that lapse. The sweep posts them; a spend does not wait for it."""

from __future__ import annotations

from datetime import datetime

from plugin.db import Session, journal
from plugin.loyalty import ledger

BATCH = 500


def post(session: Session, *, now: datetime, limit: int = BATCH) -> int:
    """Post what is due for up to `limit` members of the shop, and move the sweep's mark on; how many members were posted."""
    ids = [
        row[0]
        for row in session.sql(
            "SELECT id FROM members WHERE shop_id = %s AND next_due_at <= %s ORDER BY next_due_at LIMIT %s",
            session.shop_id,
            now,
            limit,
        )
    ]
    accounts = journal.lock(session, ids)
    for account in accounts.values():
        ledger.post_due(account, now=now)
    journal.write(session, accounts.values(), now=now)
    session.sql(
        """
        UPDATE members m SET next_due_at = v.at FROM unnest(%s::bigint[], %s::timestamptz[]) v (id, at)
        WHERE m.shop_id = %s AND m.id = v.id AND m.next_due_at IS DISTINCT FROM v.at
        """,
        [account.member_id for account in accounts.values()],
        [account.next_due_at for account in accounts.values()],
        session.shop_id,
    )
    if len(ids) < limit and journal.clear_waiting(session, "due", next_since=None):
        [(following,)] = session.sql("SELECT min(next_due_at) FROM members WHERE shop_id = %s", session.shop_id)
        if following is not None:
            journal.mark_waiting(session, "due", following)
    return len(ids)
