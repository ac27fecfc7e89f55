"""Looking up members by an id that somebody kept: after a merge of customers it leads to the member who lives on."""

from __future__ import annotations

from plugin.db import Session, members
from plugin.loyalty.errors import MemberUnknown


def living(session: Session, member_id: int) -> int:
    """The id of the member who has what `member_id` had. Raises MemberUnknown."""
    found = members.living(session, member_id)
    if found is None:
        raise MemberUnknown(member_id=member_id)
    return found


def reachable(session: Session, member_id: int) -> int:
    """As `living`, and somebody is still behind it: an erased member can be read, but gets and spends nothing. Raises MemberUnknown."""
    found = living(session, member_id)
    if members.is_erased(session, found):
        raise MemberUnknown(member_id=member_id)
    return found
