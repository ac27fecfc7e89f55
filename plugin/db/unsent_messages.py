"""Messages that were left out because of an address."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from plugin.db.session import Session

BAD_ADDRESS: Final = ("address_refused", "no_address")
LOOKED_THROUGH: Final = 5_000
"""How many of the messages that were left out are looked at, for whatever reason that was."""


class Unsent(NamedTuple):
    """One message: to whom, what it was to tell, why it was not sent and when."""

    id: int
    member_id: int
    kind: str
    why: str | None
    done_at: datetime | None


def latest(session: Session, *, limit: int) -> list[Unsent]:
    """The latest of them, newest first."""
    rows = session.sql(
        """
        SELECT id, member_id, kind, why, done_at FROM (
          SELECT id, member_id, kind, why, done_at FROM messages WHERE shop_id = %s AND state = 'left_out' ORDER BY id DESC LIMIT %s
        ) left_out WHERE why = ANY(%s) ORDER BY id DESC LIMIT %s
        """,
        session.shop_id,
        LOOKED_THROUGH,
        list(BAD_ADDRESS),
        limit,
    )
    return [Unsent(*row) for row in rows]
