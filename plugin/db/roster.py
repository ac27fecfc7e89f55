"""The roster: members found by a filter, in an order, a page at a time; and members looked up by what staff type.

A page is found by its first or last line (keyset), so the thousandth costs what the first does. Filters are read from the tables
that know, nothing is kept twice. Where few members can fit a filter, those are gone through; where many can, the list is walked in
its order until the page is full. Balances are ordered by their rung first (plugin.db.roster_filter.rung_of): an index on the balance
itself would have every booking write to all indexes of its member.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, LiteralString, NamedTuple

from plugin.db import roster_filter
from plugin.db.roster_filter import Asked, Question
from plugin.db.session import Session
from plugin.loyalty.people import Wanted

Sort = Literal["newest", "oldest", "most", "fewest"]

WALKED: Final = (400, 4_000)
"""How many members are walked past for each line of a page: at first, then once more, and then all who fit are gathered."""


class Line(NamedTuple):
    """One member: balances as of their last posting (`available` is negative for who owes), and since when they are one."""

    id: int
    customer_id: int | None
    pending: int
    available: int
    held: int
    since: datetime


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
    since: datetime


def page(
    session: Session, asked: Asked, *, sort: Sort, edge: Edge | None, is_backwards: bool = False, limit: int
) -> list[Line]:
    """The lines that follow the edge (or, backwards, come before it), in the list's order."""
    is_by_balance, is_down = _ORDERS[sort]
    is_down = is_down != is_backwards
    plain, questions, params = roster_filter.conditions(session, asked)
    if edge is not None:
        plain += _beyond(edge, params, is_by_balance=is_by_balance, is_down=is_down)
    plan_anew(session)
    way = "DESC" if is_down else "ASC"
    whole = _order(_KEYS[is_by_balance], way)
    few = roster_filter.fewest(session, questions, params)
    if few is not None:
        chosen = [*plain, f"m.id = ANY(ARRAY({few}))", *(one.each for one in questions)]
        rows = session.sql(_listing(chosen, whole, limit), named=params)
    else:
        stretches = list(_stretches(asked.wanted))[:: -1 if is_down else 1] if is_by_balance else [_BY_AGE]
        rows = _walk(session, plain, questions, params, stretches, way, whole, limit)
    lines = [Line(*row) for row in rows]
    return lines[::-1] if is_backwards else lines


def count(session: Session, asked: Asked) -> int:
    """How many there are."""
    where, params = roster_filter.condition(session, asked)
    statement = f"SELECT count(*) FROM members m WHERE {where}"  # noqa: S608 - made of constants
    plan_anew(session)
    [(found,)] = session.sql(statement, named=params)
    return int(found)


def are_more_than(session: Session, number: int) -> bool:
    """True when the shop has more members than that; counts no further."""
    return _are_more(session, ["m.shop_id = %(shop)s"], {"shop": session.shop_id}, number)


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
        f"SELECT {_COLUMNS} FROM members m WHERE {roster_filter.LIVING} AND m.id = ANY(%(ids)s) ORDER BY m.id DESC",  # noqa: S608 - constants
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


_COLUMNS: Final = "m.id, m.customer_id, m.pending, m.available, m.held, m.since"
_ORDERS: Final[Mapping[Sort, tuple[bool, bool]]] = {
    "newest": (False, True),
    "oldest": (False, False),
    "most": (True, True),
    "fewest": (True, False),
}
"""Sort -> (by balance rather than by age, descending)."""

_KEYS: Final = (("since", "id"), ("rung", "available", "id"))
"""The columns by which the list is ordered: by age, by balance."""

_Stretch = tuple[tuple[str, ...], tuple[str, ...]]
"""A part of the list: who is in it, and by which columns that part is ordered."""
_BY_AGE: Final[_Stretch] = ((), _KEYS[0])
_OWING: Final[_Stretch] = (("m.rung < 0",), ("available", "id"))
_WITHOUT: Final[_Stretch] = (("m.rung = 0", "m.available = 0"), ("id",))
_HAVING: Final[_Stretch] = (("m.rung >= 0", "m.available > 0"), _KEYS[1])
"""Who owes, who has nothing, who has something: the many who have nothing are in order without being sorted."""


def _beyond(edge: Edge, params: dict[str, Any], *, is_by_balance: bool, is_down: bool) -> list[str]:
    """Whoever comes after the edge."""
    params |= {"edge_id": edge.id, "edge": edge.available if is_by_balance else edge.since}
    sign = "<" if is_down else ">"
    if not is_by_balance:
        return [f"(m.since, m.id) {sign} (%(edge)s, %(edge_id)s)"]
    params["edge_rung"] = roster_filter.rung_of(edge.available)
    return [f"m.rung {sign}= %(edge_rung)s", f"(m.available, m.id) {sign} (%(edge)s, %(edge_id)s)"]


def _stretches(wanted: Wanted) -> Iterator[_Stretch]:
    """The parts of the list by balance in which somebody may be found: points that lapse are had only by who has some."""
    least = 1 if wanted.expiring_days is not None else wanted.least
    if least is None or least < 0:
        yield _OWING
    if (least is None or least <= 0) and (wanted.most is None or wanted.most >= 0):
        yield _WITHOUT
    if wanted.most is None or wanted.most > 0:
        yield _HAVING


def _walk(
    session: Session,
    plain: Sequence[str],
    questions: Sequence[Question],
    params: Any,
    stretches: Sequence[_Stretch],
    way: str,
    whole: str,
    limit: int,
) -> list[Any]:
    """The lines found by going along the list; or among all who fit, where too many on the way do not."""
    found: list[Any] = []
    for who, keys in stretches:
        here, order, missing = [*plain, *who], _order(keys, way), limit - len(found)
        if not questions:
            rows = session.sql(_listing(here, order, missing), named=params)
        else:
            for far in (each * limit for each in WALKED):
                rows = _walked(session, _walking(here, questions, order, missing, far=far), params)
                if len(rows) == missing or not _are_more(session, here, params, far):
                    break
            else:
                return session.sql(_gathering(plain, questions, whole, limit), named=params)
        found += rows
        if len(found) == limit:
            break
    return found


def _walked(session: Session, statement: str, params: Any) -> list[Any]:
    """The rows of a statement that stops as soon as it has them: PostgreSQL would rather sort everybody than go along an index so far."""
    session.sql("SET LOCAL enable_seqscan = off")
    session.sql("SET LOCAL enable_bitmapscan = off")
    rows = session.sql(statement, named=params)
    session.sql("SET LOCAL enable_seqscan = on")
    session.sql("SET LOCAL enable_bitmapscan = on")
    return rows


def _walking(plain: Sequence[str], questions: Sequence[Question], order: str, limit: int, *, far: int) -> str:
    """The first members of the list, each asked in turn until enough of them fit."""
    return f"""
        SELECT {_COLUMNS} FROM (
          SELECT m.shop_id, m.rung, {_COLUMNS} FROM members m WHERE {" AND ".join(plain)}
          ORDER BY {order} LIMIT {int(far)}) m
        WHERE {" AND ".join(one.each for one in questions)} ORDER BY {order} LIMIT {int(limit)}
        """  # noqa: S608 - made of constants


def _gathering(plain: Sequence[str], questions: Sequence[Question], order: str, limit: int) -> str:
    """The first of all who fit: they are few, so PostgreSQL is kept (OFFSET 0) from walking the list for them once more."""
    where = " AND ".join([*plain, *(one.free for one in questions)])
    return f"""
        SELECT {_COLUMNS} FROM (SELECT m.rung, {_COLUMNS} FROM members m WHERE {where} OFFSET 0) m
        ORDER BY {order} LIMIT {int(limit)}
        """  # noqa: S608 - made of constants


def _listing(conditions: Sequence[str], order: str, limit: int) -> str:
    where = " AND ".join(conditions)
    return f"SELECT {_COLUMNS} FROM members m WHERE {where} ORDER BY {order} LIMIT {int(limit)}"  # noqa: S608 - constants


def _are_more(session: Session, conditions: Sequence[str], params: Any, number: int) -> bool:
    """True when more members than that meet the conditions."""
    where = " AND ".join(conditions)
    statement = f"SELECT count(*) FROM (SELECT FROM members m WHERE {where} LIMIT {int(number) + 1}) found"  # noqa: S608 - constants
    [(count,)] = session.sql(statement, named=params)
    return int(count) > number


def _order(keys: Sequence[str], way: str) -> str:
    return ", ".join(f"m.{key} {way}" for key in keys)


def _ids(session: Session, statement: LiteralString, given: Any, **more: Any) -> list[int]:
    rows = session.sql(statement, named={"shop": session.shop_id, "given": given, **more})
    return sorted({row[0] for row in rows if row[0] is not None})
