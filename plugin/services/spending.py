"""Before points leave an account: the program is live, spending is not stopped, and there is somebody who spends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from plugin.db import Session, journal, members, shops
from plugin.loyalty import days
from plugin.loyalty.errors import MemberUnknown, ProgramNotLive, SpendingStopped
from plugin.loyalty.ledger import Account
from plugin.loyalty.program.values import Period
from plugin.loyalty.rules import CompiledProgram
from plugin.services import expiry, programs

EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When the period "ever" began."""


def live_program(session: Session) -> CompiledProgram:
    """The live version, where points may be spent now. Raises ProgramNotLive, SpendingStopped."""
    program = programs.current(session)
    if not program.program.is_live:
        raise ProgramNotLive
    if shops.details(session).spending_stopped_at is not None:
        raise SpendingStopped
    return program


def approach(
    session: Session, people: Iterable[int], *, accounts: Iterable[int] = (), now: datetime
) -> dict[int, Account]:
    """Lock those members and accounts with everything due at `now` posted on them. Raises MemberUnknown, also for who was erased."""
    wanted = sorted(set(people))
    locked = journal.lock(session, {*wanted, *accounts})
    for member_id in wanted:
        if member_id not in locked or members.is_erased(session, member_id):
            raise MemberUnknown(member_id=member_id)
    expiry.post_due(session, locked.values(), now=now)
    return locked


def period_start(session: Session, period: Period, *, now: datetime) -> datetime:
    """When the period of the shop's calendar that holds `now` began."""
    if period == "ever":
        return EVER
    zone = days.zone_of(shops.details(session).timezone)
    first = days.first_day(days.day_of(now, zone), period)
    return days.begin_of(first, zone)
