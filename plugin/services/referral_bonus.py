"""The referral part of an order: both sides' bonus for a friend's earliest paid order, once nothing speaks against it.

Read, judge (plugin.loyalty.referring), write. What an order's referral comes to depends on the advocate's other friends too (limits,
crowds, rings), so orders that may come out differently now are judged again in the same settlement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import cast
from uuid import UUID, uuid5

from plugin.db import Session
from plugin.db import members as member_rows
from plugin.db import orders as order_rows
from plugin.db import referrals as referral_rows
from plugin.db.tables import ReferralRow
from plugin.loyalty import days, referring, suspicion
from plugin.loyalty.program import Referral
from plugin.loyalty.program.messages import MessageKind
from plugin.loyalty.referring import Case, Decision, Standing
from plugin.loyalty.rules import ADVOCATE, FRIEND, CompiledProgram, Outcome
from plugin.loyalty.suspicion import Signal
from plugin.services import blocks, effects, messages, programs
from plugin.services.effects import Kind
from plugin.services.judgement import Judged
from plugin.services.programs import Versions

LINKS = UUID("1d3f7e0a-55a0-5a0e-8f5c-2f0f7a2f9b61")
"""The namespace of the ids of referrals that came by the link alone."""
LINK = "link"
DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who sent the friend, and the referral it is noted on: a claim, or one made for the order when only its link says so."""

    advocate_id: int
    referral_id: UUID


def evidence_of(session: Session, orders: Mapping[int, Judged]) -> dict[int, Evidence]:
    """Which orders carry an advocate's code or handle, or were noted on a referral when they did."""
    codes = {code for order in orders.values() if order.facts.body is not None for code in order.facts.body.codes}
    handles = {
        order.facts.body.referral
        for order in orders.values()
        if order.facts.body is not None and order.facts.body.referral
    }
    noted = [order.id for order in orders.values() if order.has_referral]
    if not codes and not handles and not noted:
        return {}
    by_code = {
        code: Evidence(advocate, referral_id)
        for code, advocate, referral_id in (referral_rows.by_codes(session, sorted(codes)) if codes else ())
    }
    by_handle = dict(member_rows.by_links(session, sorted(handles))) if handles else {}
    # Whoever asked to be forgotten took the handle along; what their friend was promised stands.
    by_order = {
        order_id: Evidence(advocate, referral_id)
        for order_id, advocate, referral_id in (referral_rows.by_orders(session, noted) if noted else ())
    }
    found = {}
    for order in orders.values():
        body = order.facts.body
        if body is None:
            continue
        evidence = next((by_code[code] for code in body.codes if code in by_code), None)
        if evidence is None and body.referral is not None and body.referral in by_handle:
            evidence = Evidence(by_handle[body.referral], link_id(session.shop_id, order.id))
        evidence = evidence or by_order.get(order.id)
        if evidence is not None:
            found[order.id] = evidence
            order.has_referral = True
    return found


def link_id(shop_id: int, order_id: int) -> UUID:
    """The id of the referral of an order that came by the link alone."""
    return uuid5(LINKS, f"{shop_id}:{order_id}")


def related(session: Session, orders: Mapping[int, Judged]) -> list[int]:
    """Orders with a referral of whoever has, or had until now, an order of these: it may no longer be their earliest."""
    members = {order.member_id for order in orders.values()} | {order.left_id for order in orders.values()}
    return order_rows.with_referral(session, sorted(filter(None, members)), besides=list(orders))


def depending(
    session: Session, orders: Mapping[int, Judged], evidence: Mapping[int, Evidence], known: Versions
) -> list[int]:
    """Orders of the same advocates' friends around or after these, and of rings, that may come out differently because of these."""
    found: set[int] = set()
    for order_id, about in evidence.items():
        order = orders[order_id]
        body = order.facts.body
        version = known.judging(body.processed_at, settled_by=order.version) if body is not None else None
        if body is None or version is None:
            continue
        program = programs.compiled(session, known, version)
        terms = program.program.referral
        if terms.limit is not None or terms.suspicion.is_on:
            until = _reach(body.processed_at, program)
            since = body.processed_at - DAY if terms.suspicion.is_on else body.processed_at
            found |= set(referral_rows.orders_between(session, about.advocate_id, since=since, until=until))
        if terms.suspicion.is_on and order.member_id is not None:
            found |= {of for of, _ in _ring(session, about.advocate_id, order.member_id)}
    return sorted(found - orders.keys())


def _reach(at: datetime, program: CompiledProgram) -> datetime | None:
    """Until when friends' orders are counted together with one placed `at`; None for ever."""
    limit = program.program.referral.limit
    if limit is None:
        return at + DAY
    after = days.first_day_after(days.day_of(at, program.zone), limit.per)
    return max(days.begin_of(after, program.zone), at + DAY) if after is not None else None


def decide(session: Session, orders: Mapping[int, Judged], evidence: Mapping[int, Evidence], *, now: datetime) -> None:
    """Judge every referred order, note where its referral stands, and give both sides their part where it is to be given."""
    rows = _rows(session, orders, evidence, now)
    blocked = blocks.of(session, [row.advocate_id for row in rows.values()])
    for order_id in sorted(rows, key=lambda each: _when(orders[each])):
        order, row = orders[order_id], rows[order_id]
        program, outcome = order.program, order.outcome
        if program is None or outcome is None:
            continue
        terms = program.program.referral
        case = _case(session, orders, order, row, program, outcome)
        standing = referring.judge(case, terms)
        if standing.pays_advocate and blocked.stop(row.advocate_id, _when(order)[0]):
            standing = replace(standing, pays_advocate=False, reason="advocate_blocked")
        _note(session, row, standing, terms, now)
        if terms.suspicion.is_on and not case.is_checked and not case.is_own and order.facts.is_paid:
            effects.request(session, Kind.WEIGH_REFERRAL, str(row.id), now=now)
        session.flush()
        parts = []
        if standing.pays_advocate and terms.advocate_points:
            parts.append((f"{row.advocate_id}:{ADVOCATE}", terms.advocate_points))
        if standing.pays_friend and terms.friend_points:
            parts.append((f"{order.member_id}:{FRIEND}", terms.friend_points))
        for key, points in parts:
            order.target[key] = points
            if terms.hold_days and standing.holds_until is not None:
                order.waits_until[key] = standing.holds_until


def _rows(
    session: Session, orders: Mapping[int, Judged], evidence: Mapping[int, Evidence], now: datetime
) -> dict[int, ReferralRow]:
    """The referral of each referred order, made where the link alone brought the friend; orders of nobody have none."""
    if not evidence:
        return {}
    wanted = {about.referral_id for about in evidence.values()}
    wanted |= {link_id(session.shop_id, order_id) for order_id in evidence}
    known = referral_rows.some(session, wanted)
    rows = {}
    for order_id, about in evidence.items():
        order = orders[order_id]
        body = order.facts.body
        if body is None:
            continue
        row = known.get(about.referral_id)
        if row is None or row.order_id not in (None, order_id):  # a code that was used before is a link to who gave it
            row = known.get(link_id(session.shop_id, order_id))
        if order.member_id is None or order.program is None or order.outcome is None:
            if row is not None and row.order_id == order_id and order.member_id is None:
                row.state, row.reason, row.holds_until, row.pays_advocate = "void", "no_customer", None, False
                if _is_granted(row):
                    effects.request(session, Kind.REFERRAL_REWARD, str(row.id), now=now)
            continue
        if row is None:
            row = _link(session, order_id, about, at=body.processed_at)
            session.add(row)
        if row.order_id is None or row.friend_id != order.member_id or row.advocate_id != about.advocate_id:
            row.order_id, row.friend_id, row.advocate_id = order_id, order.member_id, about.advocate_id
            row.state = "ordered" if row.state == "claimed" else row.state
            row.checked_at, row.bought_before, row.shared = None, False, []  # nobody has looked at these two yet
        row.ordered_at = body.processed_at
        order.referral_id = row.id
        rows[order_id] = row
    session.flush()
    return rows


def _link(session: Session, order_id: int, about: Evidence, *, at: datetime) -> ReferralRow:
    return ReferralRow(
        shop_id=session.shop_id,
        id=link_id(session.shop_id, order_id),
        advocate_id=about.advocate_id,
        state="ordered",
        kind=LINK,
        minimum_spend=Decimal(0),
        claimed_at=at,
        ends_at=at,
        channel="other",
        is_withheld=False,
        bought_before=False,
        shared=[],
        signals=[],
        score=0,
        pays_advocate=False,
        grants=0,
    )


def _case(
    session: Session,
    orders: Mapping[int, Judged],
    order: Judged,
    row: ReferralRow,
    program: CompiledProgram,
    outcome: Outcome,
) -> Case:
    """What is known of the referral."""
    facts, terms = order.facts, program.program.referral
    is_own = order.member_id == row.advocate_id
    is_nothing = is_own or not terms.is_on or outcome.stopped is not None or outcome.net <= 0
    is_first = is_nothing or (not row.bought_before and _is_earliest(session, order, orders))
    # Also what brings nothing is weighed: which of two deliveries came first must not change what others are compared with.
    was_referred = terms.suspicion.is_on and not is_own and _weigh(session, order, row, terms)
    return Case(
        net=outcome.net,
        paid_at=facts.paid_at,
        stopped=outcome.stopped,
        is_refunded=bool(facts.refunds) or facts.cancelled_at is not None,
        is_own=is_own,
        is_first_order=is_first,
        was_referred=was_referred,
        is_late=not is_nothing and is_first and _is_late(session, order, row, program),
        is_checked=row.checked_at is not None,
        score=row.score,
        decision=cast("Decision | None", row.decision),
    )


def _weigh(session: Session, order: Judged, row: ReferralRow, terms: Referral) -> bool:
    """Note on the row everything that speaks against it and what it weighs. True when the same person was referred before."""
    friend_id = cast("int", row.friend_id)
    friend, advocate = referral_rows.member_subject(friend_id), referral_rows.member_subject(row.advocate_id)
    seen = referral_rows.prints(session, [friend, advocate])
    waits_until = _waits_until(order, terms)
    others = referral_rows.prints_of_friends(session, row.advocate_id, besides=friend_id, until=waits_until)
    shared = suspicion.compare(seen[friend], seen[advocate])
    shared |= suspicion.compare_friends(seen[friend], others.values(), crowd=terms.suspicion.crowd_friends)
    row.shared = sorted({*row.shared, *shared})
    signals = {*row.shared}
    if _is_in_ring(session, order, row, terms):
        signals.add(Signal.RING)
    at, _ = _when(order)
    around = referral_rows.orders_between(
        session, row.advocate_id, since=at - DAY, until=max(at, min(at + DAY, waits_until)), besides=friend_id
    )
    if len(around) >= terms.suspicion.velocity_friends:
        signals.add(Signal.VELOCITY)
    row.signals = sorted(signals)
    row.score = suspicion.score(signals, terms.suspicion)
    mailboxes = [digest for kind, digest in seen[friend] if kind == "mailbox"]
    if not mailboxes:
        return row.reason == "referred_before"  # decided by hashes that are gone
    referral_rows.remember_friend(session, mailboxes, order_id=order.id, ordered_at=at)
    return referral_rows.was_referred(session, mailboxes, before=_when(order))


def _ring(session: Session, advocate_id: int, friend_id: int) -> list[tuple[int, datetime]]:
    """(order, when) of the referrals that lead from the friend down to their own advocate; [] where there is no ring."""
    chain = referral_rows.upline(session, advocate_id)
    place = next((n for n, (above, _, _) in enumerate(chain) if above == friend_id), None)
    return [] if place is None else [(order_id, at) for _, order_id, at in chain[: place + 1]]


def _is_in_ring(session: Session, order: Judged, row: ReferralRow, terms: Referral) -> bool:
    """True for the latest referral of a ring, and for those that were still waiting for the window for returns when it closed."""
    others = [(at, order_id) for order_id, at in _ring(session, row.advocate_id, cast("int", row.friend_id))]
    if not others:
        return False
    closed = max(others)
    return closed < _when(order) or closed[0] < _waits_until(order, terms)


def _waits_until(order: Judged, terms: Referral) -> datetime:
    """Until when others' deeds can still speak against this referral: what was rewarded stays so."""
    return (order.facts.paid_at or _when(order)[0]) + timedelta(days=terms.hold_days)


def _is_late(session: Session, order: Judged, row: ReferralRow, program: CompiledProgram) -> bool:
    """True when the advocate's limit for the period was filled by friends who ordered before this one."""
    limit = program.program.referral.limit
    if limit is None:
        return False
    at = _when(order)
    first = days.first_day(days.day_of(at[0], program.zone), limit.per)
    since = days.begin_of(first, program.zone) if limit.per != "ever" else _DAWN
    return referral_rows.count_rewarded(session, row.advocate_id, since=since, before=at) >= limit.friends


def _note(session: Session, row: ReferralRow, standing: Standing, terms: Referral, now: datetime) -> None:
    """Write where it stands, and ask for what must be done outside: look at both people, give rewards, take them back."""
    if standing.state != row.state and standing.state in ("rewarded", "blocked"):
        _tell(session, row, standing.state, terms, now)
    row.state, row.reason, row.holds_until = standing.state, standing.reason, standing.holds_until
    row.pays_advocate = standing.pays_advocate
    subject = str(row.id)
    has_rewards = bool(terms.advocate_reward or terms.friend_reward)
    if standing.holds_until is not None and (has_rewards or terms.hold_days) and not _is_granted(row):
        effects.request(session, Kind.REFERRAL_REWARD, subject, now=now, at=max(standing.holds_until, now))
    elif standing.state != "holding" and _is_granted(row):
        effects.request(session, Kind.REFERRAL_REWARD, subject, now=now)


def _tell(session: Session, row: ReferralRow, state: str, terms: Referral, now: datetime) -> None:
    """The advocate hears how it went; of the friend they learn nothing."""
    program = programs.current(session).program
    facts = {"points": terms.advocate_points} if terms.advocate_points else {}
    kind: MessageKind = "referral_rewarded" if state == "rewarded" else "referral_blocked"
    if kind == "referral_rewarded" and not facts:
        return  # the reward's own mail says it
    messages.queue(
        session, program, row.advocate_id, kind, cause=str(row.id), facts=facts, happened_at=row.claimed_at, now=now
    )


def _is_granted(row: ReferralRow) -> bool:
    return row.advocate_redemption is not None or row.friend_redemption is not None


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


def _when(order: Judged) -> tuple[datetime, int]:
    body = order.facts.body
    return (body.processed_at if body is not None else _DAWN, order.id)


_DAWN = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
