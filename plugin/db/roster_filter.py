"""Whom a filter of members fits, as SQL made of constants: what the member's own row answers, and what other tables are asked.

PostgreSQL guesses badly how many members fit what several tables say. So a question to another table can be put in two ways: freely,
or member by member; and how many it can be true of at all is counted, up to FEW.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from plugin.db.session import Session
from plugin.loyalty.days import begin_of
from plugin.loyalty.people import NO_TIER, State, Wanted

FEW: Final = 20_000
"""So many members are gone through one by one faster than a page is found by walking."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom to find: a filter, or (when not None) exactly these ids, at an instant of a shop in that time zone."""

    wanted: Wanted
    now: datetime
    zone: ZoneInfo
    ids: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a member that other tables know.

    `free` lets PostgreSQL choose how to find out; `each` has it look member by member (OFFSET 0 keeps the question a question).
    `ids` are members of whom it may be true, nobody else; None where those are nearly everybody.
    """

    free: str
    each: str
    ids: str | None = None


def _question(table: str, truth: str, *, member: str = "member_id", isnt: bool = False) -> Question:
    """Whether a row of that table says something of the member; `isnt`: or none does."""
    exists = f"SELECT FROM {table} x WHERE x.shop_id = m.shop_id AND x.{member} = m.id AND {truth}"
    no = "NOT " if isnt else ""
    ids = None if isnt else f"SELECT x.{member} FROM {table} x WHERE x.shop_id = %(shop)s AND {truth}"  # noqa: S608 - constants
    return Question(f"{no}EXISTS ({exists})", f"{no}EXISTS ({exists} OFFSET 0)", ids)


def _both(one: Question, other: Question) -> Question:
    return Question(f"{one.free} AND {other.free}", f"{one.each} AND {other.each}", one.ids)


LIVING: Final = "m.shop_id = %(shop)s AND m.merged_into IS NULL AND m.kind = 'member' AND m.erased_at IS NULL"
_STANDS: Final = "x.since <= %(now)s AND (x.until IS NULL OR x.until > %(now)s)"
_STATES: Final[Mapping[State, Question]] = {
    "blocked": _question("member_blocks", "x.until IS NULL"),
    "pinned": _question("tier_pins", f"NOT x.is_floor AND {_STANDS}"),
    "review": _question("referrals", "x.state = 'review'", member="advocate_id"),
    "code": _question("redemptions", "x.state IN ('held', 'issued', 'suspended')"),
}


def condition(session: Session, asked: Asked) -> tuple[str, dict[str, Any]]:
    """The condition on `members m` as SQL made of constants, and its parameters."""
    plain, questions, params = conditions(session, asked)
    return " AND ".join([*plain, *(one.free for one in questions)]), params


def conditions(session: Session, asked: Asked) -> tuple[list[str], list[Question], dict[str, Any]]:
    """What the member's own row answers, what other tables do, and the parameters of both."""
    params: dict[str, Any] = {"shop": session.shop_id, "now": asked.now}
    plain = [LIVING]
    if asked.ids is not None:
        plain.append("m.id = ANY(%(ids)s)")
        params["ids"] = list(asked.ids)
    plain += [*_balances(asked, params), *_joined(asked, params)]
    return plain, [*_standing(asked, params), *_ordered(asked, params)], params


def _balances(asked: Asked, params: dict[str, Any]) -> Iterator[str]:
    """What is asked of the balance, and of when something happens to it."""
    wanted = asked.wanted
    if wanted.expiring_days is not None:
        params["lapse"] = asked.now + timedelta(days=wanted.expiring_days)
        yield "m.next_due_at <= %(lapse)s"
    if wanted.least is not None:
        params |= {"least": wanted.least, "least_rung": rung_of(wanted.least)}
        yield "m.rung >= %(least_rung)s AND m.available >= %(least)s"
    if wanted.most is not None:
        params |= {"most": wanted.most, "most_rung": rung_of(wanted.most)}
        yield "m.rung <= %(most_rung)s AND m.available <= %(most)s"


def _standing(asked: Asked, params: dict[str, Any]) -> Iterator[Question]:
    """What is asked of tier, points that lapse, and what staff see to."""
    wanted = asked.wanted
    if wanted.tier == NO_TIER:
        yield _question("tier_terms", _STANDS, isnt=True)
    elif wanted.tier is not None:
        params["tier"] = wanted.tier
        yield _question("tier_terms", f"{_STANDS} AND x.tier = %(tier)s")
    if wanted.expiring_days is not None:
        lapsing = _question("lots", "x.open > 0 AND x.expires_at <= %(lapse)s")
        ids = "SELECT x.id FROM members x WHERE x.shop_id = %(shop)s AND x.next_due_at <= %(lapse)s"
        yield replace(lapsing, ids=ids)
    yield from (_STATES[state] for state in wanted.states)


def _ordered(asked: Asked, params: dict[str, Any]) -> Iterator[Question]:
    """What is asked of the last paid order."""
    wanted = asked.wanted
    for name, since in (("active", _ago(asked, wanted.active_days)), ("after", _begins(asked, wanted.ordered_after))):
        if since is not None:
            params[name] = since
            yield _question("orders", f"x.is_paid AND x.processed_at >= %({name})s")
    for name, until in (("quiet", _ago(asked, wanted.quiet_days)), ("before", _begins(asked, wanted.ordered_before))):
        if until is not None:
            params[name] = until
            once = _question("orders", f"x.is_paid AND x.processed_at < %({name})s")
            yield _both(once, _question("orders", f"x.is_paid AND x.processed_at >= %({name})s", isnt=True))


def _joined(asked: Asked, params: dict[str, Any]) -> Iterator[str]:
    """What is asked of when they became members."""
    wanted = asked.wanted
    for name, since in (("fresh", _ago(asked, wanted.joined_days)), ("from", _begins(asked, wanted.joined_after))):
        if since is not None:
            params[name] = since
            yield f"m.since >= %({name})s"
    if wanted.joined_before is not None:
        params["until"] = _begins(asked, wanted.joined_before)
        yield "m.since < %(until)s"


def rung_of(available: int) -> int:
    """The rung on which a balance stands, as the column `members.rung` has it: below zero, up to 1,023, and doubling from there.

    Few bookings move a member to another rung, so few have to write to an index.
    """
    return max(0, available.bit_length() - 10) if available >= 0 else -1


def fewest(session: Session, questions: Sequence[Question], params: dict[str, Any]) -> str | None:
    """The ids of the question that the fewest members can answer; None where even those are many."""
    counted = []
    for ids in (one.ids for one in questions if one.ids is not None):
        statement = f"SELECT count(*) FROM ({ids} LIMIT {FEW}) found"  # noqa: S608 - made of constants
        [(found,)] = session.sql(statement, named=params)
        counted.append((int(found), ids))
    number, ids = min(counted, default=(FEW, ""))
    return ids if number < FEW else None


def _ago(asked: Asked, days: int | None) -> datetime | None:
    return asked.now - timedelta(days=days) if days is not None else None


def _begins(asked: Asked, day: date | None) -> datetime | None:
    return begin_of(day, asked.zone) if day is not None else None
