"""Settling orders: fold deliveries into facts, compute what each order should have given, and post the difference.

Creation, payment, edit, refund, cancellation, duplicates and a customer who changes are all this one function. Under the orders' locks:
read, decide (plugin.loyalty.rules), write. Members are locked in id order; no difference writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from plugin.db import Session, erasure, journal
from plugin.db import members as member_rows
from plugin.db import orders as order_rows
from plugin.db import redemptions as redemption_rows
from plugin.db.orders import Saved
from plugin.loyalty import facts as order_facts
from plugin.loyalty import ledger
from plugin.loyalty.codes import tombstone
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.ledger import Account, Cause, Reason
from plugin.loyalty.pins import Pins, joined
from plugin.loyalty.rules import ADVOCATE, FRIEND, SHARE, refunded_share
from plugin.loyalty.sharing import MATCH
from plugin.services import aftermath, causes, effects, households, programs, purchases, referral_bonus, tiers
from plugin.services.effects import Kind
from plugin.services.judgement import Judged, Posted
from plugin.services.keys import Keys


@dataclass(slots=True)
class Settled:
    """What a settlement did: orders looked at, entries posted, and orders whose points changed."""

    orders: int = 0
    entries: int = 0
    changed: int = 0


@dataclass(slots=True)
class _Redemption:
    id: UUID
    member_id: int
    state: str
    points: int
    code: str
    order_id: int | None
    restored: int
    returns: bool
    grace_days: int
    dirty: bool = False


def settle(
    session: Session,
    deliveries: Iterable[OrderFacts],
    *,
    pins: Mapping[int, Pins] | None = None,
    keys: Keys,
    now: datetime,
) -> Settled:
    """Fold the deliveries in and post what is missing. The caller holds the shop's settling lock (`lock_shop`)."""
    orders = _load(session, deliveries, pins or {})
    if not orders:
        return Settled()
    _name_members(session, orders, keys.tombstones, now)
    known = programs.versions(session)
    related = {*purchases.related(session, orders, known), *referral_bonus.related(session, orders)}
    if related:
        orders |= _load(session, [OrderFacts(id=order_id) for order_id in related], {})
    evidence = referral_bonus.evidence_of(session, orders)
    depending = referral_bonus.depending(session, orders, evidence, known)
    if depending:
        more = _load(session, [OrderFacts(id=order_id) for order_id in depending], {})
        evidence |= referral_bonus.evidence_of(session, more)
        orders |= more
    tiers.count(session, orders, known, now=now)
    purchases.decide(session, orders.values(), known)
    referral_bonus.decide(session, orders, evidence, now=now)
    causes.decide(session, orders.values())
    redemptions = _redemptions(session, orders)
    accounts, changed = _post(session, orders, redemptions, now)
    with session.pipelined():
        entries = journal.write(session, accounts, now=now)
        _save_orders(session, orders, now)
    households.flow(session, accounts, now=now)
    _save_redemptions(session, redemptions.values(), now)
    aftermath.follow(session, aftermath.Happened(tuple(orders.values())), keys=keys, now=now)
    return Settled(len(orders), entries, changed)


def lock_shop(session: Session) -> None:
    """Wait to be the one who settles this shop's orders, until the transaction ends."""
    order_rows.lock_shop(session)


def _load(session: Session, deliveries: Iterable[OrderFacts], pins: Mapping[int, Pins]) -> dict[int, Judged]:
    news: dict[int, OrderFacts] = {}
    for delivery in deliveries:
        news[delivery.id] = order_facts.merge(news.get(delivery.id), delivery)
    ids = sorted(news)
    rows = order_rows.for_update(session, ids)
    orders = {}
    for order_id, facts, pins_raw, posted, rev, member_id, has_referral, version in rows:
        known = order_facts.decode(facts)
        orders[order_id] = Judged(
            order_id,
            order_facts.merge(known, news[order_id]),
            before=facts,
            was=known,
            pins=_pins_decoder.decode(pins_raw) if pins_raw else None,
            pins_raw=pins_raw,
            pins_before=pins_raw,
            posted=_posted_decoder.decode(posted) if posted else {},
            rev=rev,
            member_id=member_id,
            left_id=member_id,
            has_referral=has_referral,
            version=version,
        )
    for order_id in ids:
        if order_id not in orders:
            orders[order_id] = Judged(order_id, news[order_id])
        if order_id in pins:
            order = orders[order_id]
            order.pins = joined(order.pins, pins[order_id])
            order.pins_raw = msgspec.json.encode(order.pins)
    return orders


def _name_members(session: Session, orders: dict[int, Judged], erasing_key: bytes, now: datetime) -> None:
    """Find the member of each order; a paying customer we have not met becomes one (unless they were erased)."""
    customers = {
        order.facts.body.customer_id
        for order in orders.values()
        if order.facts.body is not None and order.facts.body.customer_id
    }
    members = member_rows.by_customers(session, customers)
    unknown = sorted(customers - members.keys())
    if unknown:
        erased = _erased(session, unknown, erasing_key)
        for order in orders.values():
            body = order.facts.body
            if body is not None and body.customer_id in erased:
                order.facts = order_facts.merge(order.facts, OrderFacts(id=order.id, is_erased=True))
        paying = {
            order.facts.body.customer_id
            for order in orders.values()
            if order.facts.body is not None and order.facts.is_paid and not order.facts.is_test
        }
        strangers = [customer for customer in unknown if customer in paying]  # an erased order names nobody any more
        member_rows.add_customers(session, strangers, now=now)
        members |= member_rows.by_customers(session, strangers)
    for order in orders.values():
        customer = order.facts.body.customer_id if order.facts.body is not None else None
        if not order.facts.is_erased:
            order.member_id = members.get(customer) if customer else None


def _erased(session: Session, customers: Sequence[int], key: bytes) -> set[int]:
    marks = {tombstone(key, session.shop_id, customer): customer for customer in customers}
    return {marks[mark] for mark in erasure.buried(session, list(marks))}


def _redemptions(session: Session, orders: Mapping[int, Judged]) -> dict[UUID, _Redemption]:
    codes = {code for order in orders.values() if order.facts.body is not None for code in order.facts.body.codes}
    if not codes:
        return {}
    return {row[0]: _Redemption(*row) for row in redemption_rows.by_codes_for_update(session, sorted(codes))}


def _post(
    session: Session, orders: dict[int, Judged], redemptions: dict[UUID, _Redemption], now: datetime
) -> tuple[list[Account], int]:
    """Record what is missing on the members' accounts; them, to be written, and how many orders changed."""
    moving = [order for order in orders.values() if order.target != order.posted]
    members = {int(key.partition(":")[0]) for order in moving for key in (*order.target, *order.posted)}
    members |= {redemption.member_id for redemption in redemptions.values()}
    if not members:
        return [], 0
    accounts = journal.lock(session, members, lots=False)
    needy = {
        int(key.partition(":")[0])
        for order in moving
        for key, points in order.posted.items()
        if order.target.get(key, 0) < points
    }
    needy |= {redemption.member_id for redemption in redemptions.values()}
    if needy:
        journal.load_lots(session, [accounts[member_id] for member_id in needy], orders=[order.id for order in moving])
    for order in sorted(moving, key=_when):
        _post_order(order, accounts, now)
    by_code = {redemption.code: redemption for redemption in redemptions.values()}
    for order in sorted(orders.values(), key=_when):
        for code in order.facts.body.codes if order.facts.body is not None else ():
            if code in by_code:
                _post_redemption(session, order, by_code[code], accounts, now)
    return list(accounts.values()), len(moving)


def _post_order(order: Judged, accounts: Mapping[int, Account], now: datetime) -> None:
    order.rev += 1
    changed_at = _changed_at(order.facts, now)
    for key in sorted({*order.target, *order.posted}):
        points = order.target.get(key, 0) - order.posted.get(key, 0)
        if not points:
            continue
        member, _, part = key.partition(":")
        account = accounts[int(member)]
        is_first = key not in order.posted
        cause = Cause(
            f"order:{order.id}:r{order.rev}:{part}:{member}",
            _reason(order, int(member), part, is_gain=points > 0, is_first=is_first),
            (order.facts.paid_at or changed_at) if is_first else changed_at,
            order.program.version if order.program is not None else 0,
            order.id,
            None,
            order.outcome.net if order.outcome is not None else Decimal(0),
        )
        if points > 0 and order.program is not None:
            available_at = order.program.available_at(order.facts.paid_at or changed_at)
            if not order.program.pending:
                available_at = min(available_at, now)  # a shop's clock that runs ahead of ours makes nobody wait
            available_at = max(available_at, order.waits_until.get(key, available_at))
            ledger.accrue(
                account,
                points,
                cause,
                now=now,
                available_at=available_at,
                expires_at=order.program.expires_at(available_at) if part != MATCH else None,  # a cause's never lapse
            )
        else:
            ledger.claw_back(account, -points, cause)


def _post_redemption(
    session: Session, order: Judged, redemption: _Redemption, accounts: Mapping[int, Account], now: datetime
) -> None:
    account = accounts[redemption.member_id]
    changed_at = _changed_at(order.facts, now)
    version = order.program.version if order.program is not None else 0

    def cause(name: str, reason: Reason, at: datetime) -> Cause:
        return Cause(f"redeem:{redemption.id}:{name}", reason, at, version, order.id, redemption.id)

    placed_at = order.facts.body.processed_at if order.facts.body is not None else changed_at
    if redemption.state in ("held", "issued", "suspended"):
        if redemption.points:  # a granted reward cost none
            ledger.capture(account, redemption.points, cause("use", Reason.REWARD_USED, placed_at))
        redemption.state, redemption.order_id, redemption.dirty = "used", order.id, True
    elif redemption.state in ("released", "failed"):
        if redemption.points:
            ledger.recapture(account, redemption.points, cause("late-use", Reason.REWARD_USED_LATE, placed_at))
        redemption.state, redemption.order_id, redemption.dirty = "used", order.id, True
    elif redemption.order_id is None:  # lost to its end, and yet an order has it
        redemption.order_id, redemption.dirty = order.id, True
    if redemption.order_id != order.id or not redemption.returns:
        return
    owed = int(redemption.points * refunded_share(order.facts))
    if owed > redemption.restored:
        taken = ledger.taken_by(
            [
                *journal.uses_of_redemption(session, redemption.member_id, redemption.id),
                *_own_uses(account, redemption.id),
            ]
        )
        journal.load_lots_of(session, account, taken)
        ledger.restore(
            account,
            owed - redemption.restored,
            cause(f"restore:{owed}", Reason.REWARD_REFUNDED, changed_at),
            taken=taken,
            now=now,
            grace_days=redemption.grace_days,
        )
        redemption.restored, redemption.dirty = owed, True


def _own_uses(account: Account, redemption_id: UUID) -> list[ledger.LotUse]:
    """Lot uses recorded in this transaction for the redemption, not written yet."""
    seqs = {entry.seq for entry in account.entries if entry.cause.redemption_id == redemption_id}
    return [use for use in account.uses if use.seq in seqs]


def _reason(order: Judged, member_id: int, part: str, *, is_gain: bool, is_first: bool) -> Reason:
    if part == ADVOCATE:
        return Reason.REFERRAL if is_gain else Reason.REFERRAL_UNDONE
    if part == FRIEND:
        return Reason.REFERRED if is_gain else Reason.REFERRAL_UNDONE
    if part == MATCH and is_gain:
        return Reason.MATCHED
    if is_gain and part == SHARE:
        return Reason.SHARED_ORDER
    if is_gain:
        return Reason.ORDER if is_first else Reason.ORDER_CHANGED
    if order.facts.cancelled_at is not None or order.facts.is_deleted:
        return Reason.CANCELLED
    if member_id != order.member_id and part not in (MATCH, SHARE):
        return Reason.ORDER_MOVED
    return Reason.REFUND if order.facts.refunds else Reason.ORDER_CHANGED


def _when(order: Judged) -> tuple[datetime, int]:
    body = order.facts.body
    return (body.processed_at if body is not None else _DAWN, order.id)


def _changed_at(facts: OrderFacts, now: datetime) -> datetime:
    """When the newest thing we know of the order happened; never in the future."""
    moments = [refund.created_at for refund in facts.refunds]
    if facts.body is not None:
        moments.append(facts.body.updated_at)
    if facts.cancelled_at is not None:
        moments.append(facts.cancelled_at)
    return min(max(moments, default=now), now)


def _save_orders(session: Session, orders: Mapping[int, Judged], now: datetime) -> None:
    rows: list[Saved] = []
    for order in orders.values():
        facts = order_facts.encode(order.facts)
        body = order.facts.body
        is_same = facts == order.before and order.target == order.posted
        if not (is_same and order.pins_raw == order.pins_before):
            rows.append(
                Saved(
                    id=order.id,
                    member_id=order.member_id,
                    processed_at=body.processed_at if body is not None else None,
                    rev=order.rev,
                    program_version=order.program.version if order.program is not None else None,
                    is_paid=order.facts.is_paid and not order.facts.is_test,
                    has_referral=order.has_referral,
                    waits_for=order.waits_for,
                    facts=facts,
                    pins=order.pins_raw,
                    posted=msgspec.json.encode(order.target) if order.target else None,
                    name=(body.name or None) if body is not None else None,
                )
            )
        if order.waits_for is not None:
            effects.request(session, Kind.FETCH_ORDER, str(order.id), now=now)
    order_rows.save(session, rows, now=now)


def _save_redemptions(session: Session, redemptions: Iterable[_Redemption], now: datetime) -> None:
    for redemption in redemptions:
        if redemption.dirty:
            redemption_rows.note_use(
                session,
                redemption.id,
                state=redemption.state,
                order_id=redemption.order_id,
                restored=redemption.restored,
                now=now,
            )
            for kind in (Kind.ISSUE_CODE, Kind.VOID_CODE, Kind.REBIND_CODE):
                effects.drop(session, kind, str(redemption.id))


_DAWN = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_pins_decoder = msgspec.json.Decoder(Pins)
_posted_decoder = msgspec.json.Decoder(Posted)
