"""The rows of memberships that were bought: one for each line of an order that sells a plan and was not given back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from plugin.db.session import Session


class Bought(NamedTuple):
    """A line that sold `units` terms of a plan, as the plan was then."""

    order_id: int
    line_id: int
    member_id: int
    bought_at: datetime
    plan: str
    rank: int
    tier: str | None
    months: int | None
    units: int
    program_version: int


def of_orders(session: Session, order_ids: Sequence[int]) -> list[Bought]:
    """What those orders were last counted to have sold."""
    rows = session.sql(
        """
        SELECT order_id, line_id, member_id, bought_at, plan, rank, tier, months, units, program_version FROM memberships
        WHERE shop_id = %s AND order_id = ANY(%s) ORDER BY order_id, line_id
        """,
        session.shop_id,
        list(order_ids),
    )
    return [Bought(*row) for row in rows]


def of_members(session: Session, member_ids: Sequence[int]) -> list[Bought]:
    """What those members bought, in the order of buying."""
    rows = session.sql(
        """
        SELECT order_id, line_id, member_id, bought_at, plan, rank, tier, months, units, program_version FROM memberships
        WHERE shop_id = %s AND member_id = ANY(%s) ORDER BY bought_at, order_id, line_id
        """,
        session.shop_id,
        list(member_ids),
    )
    return [Bought(*row) for row in rows]


def replace(session: Session, order_ids: Sequence[int], rows: Sequence[Bought]) -> None:
    """Those orders sold this and nothing else."""
    session.sql("DELETE FROM memberships WHERE shop_id = %s AND order_id = ANY(%s)", session.shop_id, list(order_ids))
    if rows:
        session.sql(
            """
            INSERT INTO memberships
              (shop_id, order_id, line_id, member_id, bought_at, plan, rank, tier, months, units, program_version)
            SELECT %s, v.* FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[], %s::int[],
                                       %s::text[], %s::int[], %s::int[], %s::int[]) v
            """,
            session.shop_id,
            *(list(column) for column in zip(*rows, strict=True)),
        )


def members_above(session: Session, member_id: int, *, limit: int) -> list[int]:
    """The next members by id who ever bought a membership."""
    return [
        row[0]
        for row in session.sql(
            "SELECT DISTINCT member_id FROM memberships WHERE shop_id = %s AND member_id > %s ORDER BY member_id LIMIT %s",
            session.shop_id,
            member_id,
            limit,
        )
    ]
