"""Paid memberships: what orders sold, kept as rows; when each runs follows from those rows alone (plugin.loyalty.memberships)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from plugin.db import Session
from plugin.db import memberships as rows
from plugin.db import tiers as tier_rows
from plugin.db.memberships import Bought
from plugin.loyalty import memberships as rules
from plugin.loyalty.memberships import Purchase, Run
from plugin.services import programs, standing_gifts
from plugin.services.judgement import Judged
from plugin.services.programs import Versions


def note(session: Session, orders: Iterable[Judged], versions: Versions) -> set[int]:
    """Keep what these orders sold, by the plans of their own version; the members for whom that is something new."""
    judged = list(orders)
    before = rows.of_orders(session, [order.id for order in judged])
    now_sold = [bought for order in judged for bought in _sold(session, order, versions)]
    if sorted(before) == sorted(now_sold):
        return set()
    changed = {bought.order_id for bought in set(before) ^ set(now_sold)}
    rows.replace(session, sorted(changed), [bought for bought in now_sold if bought.order_id in changed])
    members = {bought.member_id for bought in (*before, *now_sold) if bought.order_id in changed}
    _wish(session, sorted(members))
    return members


def runs_of(session: Session, member_ids: Sequence[int], zone: ZoneInfo) -> dict[int, list[Run]]:
    """When each member's memberships run."""
    bought: dict[int, list[Purchase]] = {}
    for row in rows.of_members(session, member_ids):
        purchase = Purchase(
            row.bought_at, row.order_id, row.line_id, row.plan, row.rank, row.tier, row.months, row.units
        )
        bought.setdefault(row.member_id, []).append(purchase)
    return {member_id: rules.runs(purchases, zone) for member_id, purchases in bought.items()}


def _sold(session: Session, order: Judged, versions: Versions) -> list[Bought]:
    body = order.facts.body
    version = versions.judging(body.processed_at, settled_by=order.version) if body is not None else None
    if body is None or version is None or order.member_id is None:
        return []
    program = programs.compiled(session, versions, version)
    if not program.program.is_live:
        return []
    return [
        Bought(
            order.id,
            line.id,
            order.member_id,
            body.processed_at,
            plan.id,
            rank,
            plan.tier,
            plan.months,
            units,
            program.version,
        )
        for line, plan, rank, units in rules.sold(program.program.membership, order.facts)
    ]


def _wish(session: Session, member_ids: Sequence[int]) -> None:
    """The gifts that come with each purchase that stands."""
    wanted = []
    known = programs.known(session)
    for row in rows.of_members(session, member_ids):
        plan = programs.compiled(session, known, row.program_version).program.membership.plan(row.plan)
        if plan is not None and (plan.points or plan.rewards):
            name = standing_gifts.plan_name(row.order_id, row.line_id, plan.id)
            wanted.append((row.member_id, name, row.program_version, row.rank))
    tier_rows.wish(session, wanted, members=member_ids, prefix=standing_gifts.PLAN)
