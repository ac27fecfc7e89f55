"""The referral part of an order: both sides' bonus for a friend's earliest paid order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from plugin.db import Session
from plugin.db import members as member_rows
from plugin.db import orders as order_rows
from plugin.db import referrals as referral_rows
from plugin.loyalty.rules import ADVOCATE, FRIEND
from plugin.services.judgement import Judged


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who sent the friend, and by which claim (None: only the cart attribute says so)."""

    advocate_id: int
    referral_id: UUID | None


def evidence_of(session: Session, orders: dict[int, Judged]) -> dict[int, Evidence]:
    """Which orders carry an advocate's code or handle; orders of the same friends that once did come along to be judged again."""
    codes = {code for order in orders.values() if order.facts.body is not None for code in order.facts.body.codes}
    handles = {
        order.facts.body.referral
        for order in orders.values()
        if order.facts.body is not None and order.facts.body.referral
    }
    if not codes and not handles:
        return {}
    by_code = {
        code: Evidence(advocate, referral_id)
        for code, advocate, referral_id in referral_rows.by_codes(session, sorted(codes))
    }
    by_handle = {
        handle: Evidence(member_id, None) for handle, member_id in member_rows.by_links(session, sorted(handles))
    }
    found = {}
    for order in orders.values():
        body = order.facts.body
        if body is None:
            continue
        evidence = next((by_code[code] for code in body.codes if code in by_code), None)
        if evidence is None and body.referral is not None:
            evidence = by_handle.get(body.referral)
        if evidence is not None:
            found[order.id] = evidence
            order.has_referral = True
            order.referral_id = evidence.referral_id
    return found


def related(session: Session, orders: Mapping[int, Judged]) -> list[int]:
    """Orders with a referral of whoever has, or had until now, an order of these: it may no longer be their earliest."""
    members = {order.member_id for order in orders.values()} | {order.left_id for order in orders.values()}
    return order_rows.with_referral(session, sorted(filter(None, members)), besides=list(orders))


def decide(session: Session, orders: dict[int, Judged], evidence: Mapping[int, Evidence]) -> None:
    """Both sides' bonus is a part of the friend's earliest paid order that carries the evidence; else nothing."""
    for order_id, found in evidence.items():
        order = orders[order_id]
        program, outcome, member = order.program, order.outcome, order.member_id
        if program is None or outcome is None or member is None or member == found.advocate_id:
            continue
        terms = program.program.referral
        if (
            not terms.is_on
            or outcome.net <= 0
            or outcome.net < terms.minimum_spend
            or not _is_earliest(session, order, orders)
        ):
            continue
        if terms.advocate_points:
            order.target[f"{found.advocate_id}:{ADVOCATE}"] = terms.advocate_points
        if terms.friend_points:
            order.target[f"{member}:{FRIEND}"] = terms.friend_points


def _is_earliest(session: Session, order: Judged, orders: Mapping[int, Judged]) -> bool:
    body = order.facts.body
    if body is None:
        return False
    mine = (body.processed_at, order.id)
    for other in orders.values():
        theirs = other.facts.body
        is_paid_too = other.member_id == order.member_id and other.facts.is_paid and not other.facts.is_test
        if is_paid_too and theirs is not None and (theirs.processed_at, other.id) < mine:
            return False
    return not order_rows.has_earlier_paid(
        session, order.member_id, before=(body.processed_at, order.id), besides=list(orders)
    )


def save(session: Session, orders: Mapping[int, Judged]) -> None:
    """Note on each claim whose order used it."""
    for order in orders.values():
        if order.referral_id is not None and order.member_id is not None:
            referral_rows.note_order(session, order.referral_id, friend_id=order.member_id, order_id=order.id)
