"""The roster: members found by a filter, in an order, a page at a time; and members looked up by what staff type.

A page is found by its first or last line (keyset), so the thousandth costs what the first does. Filters are read from the tables
that know, nothing is kept twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, LiteralString, NamedTuple
from zoneinfo import ZoneInfo

from plugin.db.session import Session
from plugin.loyalty.days import begin_of
from plugin.loyalty.people import NO_TIER, State, Wanted

Sort = Literal["newest", "oldest", "most", "fewest"]


class Line(NamedTuple):
    """One member: balances as of their last posting (`available` is negative for who owes)."""

    id: int
    customer_id: int | None
    pending: int
    available: int
    held: int
    joined_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What else a list says of a member."""

    tier: str | None
    last_order_at: datetime | None
    is_blocked: bool
    expiring: int
    expiring_at: datetime | None


@dataclass(frozen=True, slots=True)
class Edge:
    """The last line of one page, where the next one begins."""

    id: int
    available: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom to find: a filter, or (when not None) exactly these ids, at an instant of a shop in that time zone."""

    wanted: Wanted
    now: datetime
    zone: ZoneInfo
    ids: Sequence[int] | None = None


def page(
    session: Session, asked: Asked, *, sort: Sort, edge: Edge | None, is_backwards: bool = False, limit: int
) -> list[Line]:
    """The lines that follow the edge (or, backwards, come before it), in the list's order."""
    key, is_down = _ORDERS[sort]
    where, params = condition(session, asked, walks=not key)
    is_down = is_down != is_backwards
    if edge is not None:
        sign = "<" if is_down else ">"
        where += f" AND {'(m.available, m.id)' if key else 'm.id'} {sign} {'(%(edge)s, %(edge_id)s)' if key else '%(edge_id)s'}"
        params |= {"edge_id": edge.id, "edge": edge.available}
    way = "DESC" if is_down else "ASC"
    order = f"m.available {way}, m.id {way}" if key else f"m.id {way}"
    statement = f"SELECT {_COLUMNS} FROM members m WHERE {where} ORDER BY {order} LIMIT {int(limit)}"  # noqa: S608 - constants
    plan_anew(session)
    rows = session.sql(statement, named=params)
    lines = [Line(*row) for row in rows]
    return lines[::-1] if is_backwards else lines


def count(session: Session, asked: Asked) -> int:
    """How many there are."""
    where, params = condition(session, asked)
    statement = f"SELECT count(*) FROM members m WHERE {where}"  # noqa: S608 - made of constants
    plan_anew(session)
    [(found,)] = session.sql(statement, named=params)
    return int(found)


def plan_anew(session: Session) -> None:
    """For the rest of this transaction plans are made for the values at hand: what finds most members quickly finds few slowly."""
    session.sql("SET LOCAL plan_cache_mode = force_custom_plan")


def facts_of(session: Session, member_ids: Sequence[int], *, now: datetime) -> dict[int, Facts]:
    """What else is said of these members."""
    rows = session.sql(
        """
        SELECT m.id,
          (SELECT t.tier FROM tier_terms t WHERE t.shop_id = m.shop_id AND t.member_id = m.id AND t.since <= %(now)s
             AND (t.until IS NULL OR t.until > %(now)s) ORDER BY t.since DESC LIMIT 1),
          (SELECT max(o.processed_at) FROM orders o WHERE o.shop_id = m.shop_id AND o.member_id = m.id AND o.is_paid),
          EXISTS (SELECT FROM member_blocks b WHERE b.shop_id = m.shop_id AND b.member_id = m.id AND b.until IS NULL),
          coalesce(l.points, 0), l.at
        FROM members m LEFT JOIN LATERAL (
          SELECT sum(open)::bigint points, expires_at at FROM lots
          WHERE shop_id = m.shop_id AND member_id = m.id AND open > 0 AND expires_at > %(now)s
          GROUP BY expires_at ORDER BY expires_at LIMIT 1) l ON true
        WHERE m.shop_id = %(shop)s AND m.id = ANY(%(ids)s)
        """,
        named={"shop": session.shop_id, "ids": list(member_ids), "now": now},
    )
    return {row[0]: Facts(*row[1:]) for row in rows}


def some(session: Session, member_ids: Sequence[int]) -> list[Line]:
    """Those of these members who are still there, newest first."""
    rows = session.sql(
        f"SELECT {_COLUMNS} FROM members m WHERE {_LIVING} AND m.id = ANY(%(ids)s) ORDER BY m.id DESC",  # noqa: S608 - constants
        named={"shop": session.shop_id, "ids": list(member_ids)},
    )
    return [Line(*row) for row in rows]


def of_customers(session: Session, customer_ids: Sequence[int]) -> list[int]:
    """The members behind these Shopify customers, following merges."""
    return _ids(
        session,
        "SELECT coalesce(merged_into, id) FROM members WHERE shop_id = %(shop)s AND customer_id = ANY(%(given)s)",
        list(customer_ids),
    )


def of_ids(session: Session, member_ids: Sequence[int]) -> list[int]:
    """Those of these ids that are members, following merges."""
    return _ids(
        session,
        "SELECT coalesce(merged_into, id) FROM members WHERE shop_id = %(shop)s AND id = ANY(%(given)s) AND kind = 'member'",
        list(member_ids),
    )


def of_order(session: Session, order_id: int) -> list[int]:
    """Whose order that is."""
    return _ids(
        session,
        "SELECT member_id FROM orders WHERE shop_id = %(shop)s AND id = %(given)s AND member_id IS NOT NULL",
        order_id,
    )


def of_order_names(session: Session, names: Sequence[str], *, limit: int) -> list[int]:
    """Whose orders carry one of these names ("#1001")."""
    return _ids(
        session,
        "SELECT member_id FROM orders WHERE shop_id = %(shop)s AND name = ANY(%(given)s) AND member_id IS NOT NULL "
        "ORDER BY id DESC LIMIT %(limit)s",
        list(names),
        limit=limit,
    )


def of_code(session: Session, code: str) -> list[int]:
    """Whose reward, invitation link or friend's gift has this code; of a gift, the member who invited and the friend."""
    return _ids(
        session,
        """
        SELECT coalesce(acting_id, member_id) FROM redemptions WHERE shop_id = %(shop)s AND code = %(given)s
        UNION SELECT coalesce(merged_into, id) FROM members WHERE shop_id = %(shop)s AND referral_code = %(given)s
        UNION SELECT unnest(ARRAY[advocate_id, friend_id]) FROM referrals WHERE shop_id = %(shop)s AND code = %(given)s
        """,
        code,
    )


_COLUMNS: Final = "m.id, m.customer_id, m.pending, m.available, m.held, m.joined_at, m.created_at"
_LIVING: Final = "m.shop_id = %(shop)s AND m.merged_into IS NULL AND m.kind = 'member' AND m.erased_at IS NULL"
_ORDERS: Final[Mapping[Sort, tuple[bool, bool]]] = {
    "newest": (False, True),
    "oldest": (False, False),
    "most": (True, True),
    "fewest": (True, False),
}
"""Sort -> (by balance rather than by age, descending)."""

_PAID: Final = "SELECT FROM orders o WHERE o.shop_id = m.shop_id AND o.member_id = m.id AND o.is_paid"
_TERM: Final = (
    "SELECT FROM tier_terms t WHERE t.shop_id = m.shop_id AND t.member_id = m.id"
    " AND t.since <= %(now)s AND (t.until IS NULL OR t.until > %(now)s)"
)
_STATES: Final[Mapping[State, str]] = {
    "blocked": (
        "EXISTS (SELECT FROM member_blocks b WHERE b.shop_id = m.shop_id AND b.member_id = m.id AND b.until IS NULL)"
    ),
    "pinned": (
        "EXISTS (SELECT FROM tier_pins p WHERE p.shop_id = m.shop_id AND p.member_id = m.id AND NOT p.is_floor"
        " AND p.since <= %(now)s AND (p.until IS NULL OR p.until > %(now)s))"
    ),
    "review": (
        "EXISTS (SELECT FROM referrals r WHERE r.shop_id = m.shop_id AND r.advocate_id = m.id AND r.state = 'review')"
    ),
    "code": (
        "EXISTS (SELECT FROM redemptions x WHERE x.shop_id = m.shop_id AND x.member_id = m.id"
        " AND x.state IN ('held', 'issued', 'suspended'))"
    ),
}


def condition(session: Session, asked: Asked, *, walks: bool = False) -> tuple[str, dict[str, Any]]:
    """The condition on `members m` as SQL made of constants, and its parameters.

    `walks`: members are gone through by their ids until a page is full.
    """
    found = [_LIVING]
    params: dict[str, Any] = {"shop": session.shop_id, "now": asked.now}
    if asked.ids is not None:
        found.append("m.id = ANY(%(ids)s)")
        params["ids"] = list(asked.ids)
    for text, name, value in (*_standing(asked), *_ordered(session, asked, walks=walks), *_joined(asked)):
        found.append(text)
        params[name] = value
    found += [_STATES[state] for state in asked.wanted.states]
    return " AND ".join(found), params


_Condition = tuple[str, str, Any]
"""(SQL, the name of its parameter, its value)."""


def _standing(asked: Asked) -> Iterator[_Condition]:
    """What is asked of tier and balance."""
    wanted = asked.wanted
    if wanted.tier == NO_TIER:
        yield f"NOT EXISTS ({_TERM})", "tier", wanted.tier
    elif wanted.tier is not None:
        yield f"EXISTS ({_TERM} AND t.tier = %(tier)s)", "tier", wanted.tier
    if wanted.least is not None:
        yield "m.available >= %(least)s", "least", wanted.least
    if wanted.most is not None:
        yield "m.available <= %(most)s", "most", wanted.most
    if wanted.expiring_days is not None:
        lapsing = (
            "m.next_due_at <= %(lapse)s AND EXISTS (SELECT FROM lots l WHERE l.shop_id = m.shop_id AND l.member_id = m.id"
            " AND l.open > 0 AND l.expires_at <= %(lapse)s)"
        )
        yield lapsing, "lapse", asked.now + timedelta(days=wanted.expiring_days)


def _ordered(session: Session, asked: Asked, *, walks: bool) -> Iterator[_Condition]:
    """What is asked of the last paid order.

    PostgreSQL takes orders and members for independent and reads all of both to fill a page. So where many orders fit, each member
    is asked by themselves (OFFSET 0 keeps the question a question), and a page is full soon; where few fit, those are begun with.
    """
    wanted = asked.wanted
    for name, since in (("active", _ago(asked, wanted.active_days)), ("after", _begins(asked, wanted.ordered_after))):
        if since is not None:
            each = _EACH if walks and _are_many(session, since=since) else ""
            yield f"EXISTS ({_PAID} AND o.processed_at >= %({name})s{each})", name, since
    for name, until in (("quiet", _ago(asked, wanted.quiet_days)), ("before", _begins(asked, wanted.ordered_before))):
        if until is not None:
            each = _EACH if walks and _are_many(session, until=until) else ""
            before = f"EXISTS ({_PAID} AND o.processed_at < %({name})s{each})"
            yield f"{before} AND NOT EXISTS ({_PAID} AND o.processed_at >= %({name})s{each})", name, until


_EACH: Final = " OFFSET 0"
_MANY: Final = 20_000


def _are_many(session: Session, *, since: datetime | None = None, until: datetime | None = None) -> bool:
    """True when more than a few of the shop's paid orders were placed then."""
    [(count,)] = session.sql(
        """
        SELECT count(*) FROM (SELECT FROM orders WHERE shop_id = %s AND is_paid
          AND processed_at >= coalesce(%s::timestamptz, '-infinity') AND processed_at < coalesce(%s::timestamptz, 'infinity')
          LIMIT %s) found
        """,
        session.shop_id,
        since,
        until,
        _MANY,
    )
    return int(count) >= _MANY


def _joined(asked: Asked) -> Iterator[_Condition]:
    """What is asked of when they became members."""
    wanted = asked.wanted
    for name, since in (("fresh", _ago(asked, wanted.joined_days)), ("from", _begins(asked, wanted.joined_after))):
        if since is not None:
            yield f"coalesce(m.joined_at, m.created_at) >= %({name})s", name, since
    if wanted.joined_before is not None:
        until = _begins(asked, wanted.joined_before)
        yield "coalesce(m.joined_at, m.created_at) < %(until)s", "until", until


def _ago(asked: Asked, days: int | None) -> datetime | None:
    return asked.now - timedelta(days=days) if days is not None else None


def _begins(asked: Asked, day: date | None) -> datetime | None:
    return begin_of(day, asked.zone) if day is not None else None


def _ids(session: Session, statement: LiteralString, given: Any, **more: Any) -> list[int]:
    rows = session.sql(statement, named={"shop": session.shop_id, "given": given, **more})
    return sorted({row[0] for row in rows if row[0] is not None})
