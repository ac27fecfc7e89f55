"""Goodwill: staff put something right with points, for a reason the member reads, within caps and a monthly budget."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugin.db import Session
from plugin.db import entries as entry_rows
from plugin.db import grants as grant_rows
from plugin.db.tables import GrantRow
from plugin.loyalty.errors import GoodwillUnknown, GrantOver, ProgramNotLive
from plugin.services import grants, programs, spending
from plugin.services.grants import Gift, Given
from plugin.services.keys import Keys


@dataclass(frozen=True, slots=True)
class Budget:
    """What staff may still give this month (points); None: as much as they like."""

    monthly: int | None
    left: int | None


def give(
    session: Session,
    member_id: int,
    code_id: str,
    points: int,
    *,
    words: str,
    author: str,
    key: str,
    keys: Keys,
    now: datetime,
) -> Given:
    """Give points for a reason of the program; what staff typed is kept as a note.

    Raises GoodwillUnknown, OverBudget (with what is left), ProgramNotLive, MemberUnknown.
    """
    program = programs.current(session).program
    if not program.is_live:
        raise ProgramNotLive
    code = program.goodwill.code(code_id)
    if code is None:
        known = ", ".join(one.id for one in program.goodwill.codes) or "none"
        raise GoodwillUnknown(code=code_id, known=known)
    grants.lock_budgets(session)
    grants.within(points, code.maximum_points, "at once")
    if code.per_member is not None:
        since = spending.period_start(session, code.period, now=now)
        left = grants.left(session, code.per_member, kind="goodwill", since=since, code=code.id, member_id=member_id)
        grants.within(points, left, "for this member")
    left_this_month = budget(session, now=now).left
    if left_this_month is not None:
        grants.within(points, left_this_month, "this month")
    gift = Gift(member_id, "goodwill", code.id, key, code.title, points)
    given = grants.give(session, gift, keys=keys, now=now)
    if given is None:
        raise AssertionError(f"a goodwill key was used twice: {key}")
    entry_rows.add_note(session, member_id=member_id, seq=given.seq, author=author, words=words)
    return given


def take_back(session: Session, grant_id: int, *, keys: Keys, now: datetime) -> Given:
    """It was given by mistake: all of it is taken back. Raises GrantUnknown, GrantOver when it was already."""
    grant = grants.find(session, grant_id, kind="goodwill")
    grants.lock_budgets(session)
    grant = grants.find(session, grant_id, kind="goodwill")
    if grant.taken_back >= grant.points:
        raise GrantOver(age_days=(now - grant.granted_at).days, days=0)
    return grants.take_back(session, grant, grant.points - grant.taken_back, keys=keys, now=now)


def budget(session: Session, *, now: datetime) -> Budget:
    """The budget of this calendar month of the shop."""
    monthly = programs.current(session).program.goodwill.monthly_budget
    if monthly is None:
        return Budget(None, None)
    since = spending.period_start(session, "month", now=now)
    return Budget(monthly, max(0, grants.left(session, monthly, kind="goodwill", since=since)))


def page(session: Session, *, below: int | None, limit: int) -> list[GrantRow]:
    """What was given, newest first."""
    return grant_rows.newest(session, kind="goodwill", below=below, limit=limit)
