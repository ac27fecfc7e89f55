"""Looking up members by an id that somebody kept: after a merge of customers it leads to the member who lives on."""

from __future__ import annotations

from plugin.db import Session
from plugin.loyalty.errors import MemberUnknown


def living(session: Session, member_id: int) -> int:
    """The id of the member who has what `member_id` had. Raises MemberUnknown."""
    rows = session.sql(
        "SELECT coalesce(merged_into, id) FROM members WHERE shop_id = %s AND id = %s", session.shop_id, member_id
    )
    if not rows:
        raise MemberUnknown(member_id=member_id)
    return int(rows[0][0])


def reachable(session: Session, member_id: int) -> int:
    """As `living`, and somebody is still behind it: an erased member can be read, but gets and spends nothing. Raises MemberUnknown."""
    found = living(session, member_id)
    if session.sql(
        "SELECT 1 FROM members WHERE shop_id = %s AND id = %s AND erased_at IS NOT NULL", session.shop_id, found
    ):
        raise MemberUnknown(member_id=member_id)
    return found
