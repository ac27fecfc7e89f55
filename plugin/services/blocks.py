"""Members who earn nothing for a while because staff say so. They keep what they have, and may spend it.

An order counts by when it was placed, so a block reaches no order of before, and lifting it gives nothing for those in between. What
earns asks here: orders (and what they count for a tier), actions, and both sides of a referral.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from plugin.db import Session
from plugin.db import blocks as rows
from plugin.db import members as member_rows
from plugin.db.tables import MemberBlock
from plugin.loyalty.errors import MemberBlocked, MemberNotBlocked, MemberUnknown

STOPPED = "blocked"
"""Why an order of a blocked member earns nothing (plugin.loyalty.rules.Outcome.stopped)."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """When some members earned nothing."""

    stretches: dict[int, list[tuple[datetime, datetime | None]]] = field(default_factory=dict)

    def stop(self, member_id: int | None, at: datetime) -> bool:
        """True when that member earned nothing at that instant."""
        return any(
            since <= at and (until is None or at < until) for since, until in self.stretches.get(member_id or 0, ())
        )


def of(session: Session, member_ids: Collection[int | None]) -> Blocks:
    """When these members earned nothing; reads nothing for nobody."""
    ids = {member_id for member_id in member_ids if member_id is not None}
    return _gathered(rows.of_members(session, ids) if ids else ())


def of_everybody(session: Session) -> Blocks:
    """When any member earned nothing: for whoever goes through all orders."""
    return _gathered(rows.of_everybody(session))


def standing(session: Session, member_id: int) -> MemberBlock | None:
    """The block that stands on the member now."""
    return rows.standing(session, [member_id]).get(member_id)


def block(session: Session, member_id: int, *, words: str, author: str, now: datetime) -> None:
    """The member earns nothing from now on. Raises MemberUnknown (also once erased), MemberBlocked."""
    _reachable(session, member_id)
    if not rows.begin(session, [member_id], author=author, words=words, now=now):
        raise MemberBlocked


def unblock(session: Session, member_id: int, *, now: datetime) -> None:
    """The member earns again from now on. Raises MemberUnknown, MemberNotBlocked."""
    _reachable(session, member_id)
    if not rows.end(session, [member_id], now=now):
        raise MemberNotBlocked


def every(session: Session, member_id: int) -> list[MemberBlock]:
    """Every block there ever was on the member, newest first."""
    return rows.every(session, member_id)


def merge(session: Session, *, lost: int, kept: int) -> None:
    """Two members became one."""
    rows.give_to(session, lost=lost, kept=kept)


def forget(session: Session, member_ids: Sequence[int]) -> None:
    """Nobody is behind these members any more."""
    rows.forget(session, member_ids)


def _gathered(stretches: Iterable[tuple[int, datetime, datetime | None]]) -> Blocks:
    found: dict[int, list[tuple[datetime, datetime | None]]] = {}
    for member_id, since, until in stretches:
        found.setdefault(member_id, []).append((since, until))
    return Blocks(found)


def _reachable(session: Session, member_id: int) -> None:
    row = member_rows.find(session, member_id)
    if row is None or row.kind != "member" or row.erased_at is not None:
        raise MemberUnknown(member_id=member_id)
