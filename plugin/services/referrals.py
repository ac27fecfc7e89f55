"""Referrals: an advocate's link, the single-use code a friend claims on its landing page, and what comes of it.

What both sides get is a part of the friend's first order (plugin.services.referral_bonus). Here is what comes before and after that:
offering, claiming, counting clicks, looking at both people outside (as keyed hashes), staff's decisions, and rewards once the hold is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID

from plugin.db import Database, Session, members, orders, redemptions, shops
from plugin.db import referrals as referral_rows
from plugin.db.tables import ReferralRow
from plugin.loyalty import codes, days, suspicion
from plugin.loyalty.errors import (
    CodeTaken,
    RedemptionOver,
    ReferralClosed,
    ReferralForNewCustomers,
    ReferralOver,
    ReferralUnknown,
    Refused,
)
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.outside import Trace
from plugin.loyalty.program import Program
from plugin.loyalty.referring import Decision, State, seen_at
from plugin.loyalty.suspicion import Mark
from plugin.services import aftermath, effects, messages, programs, redeem, settle
from plugin.services.aftermath import Happened
from plugin.services.effects import Kind
from plugin.services.keys import Keys
from plugin.services.ports import DiscountSpec, ShopifyShop
from plugin.services.referral_bonus import LINK

CLAIMS_PER_DAY = 100
"""How many friends may claim one advocate's link in 24 hours: more is a link that leaked to a coupon site."""

STRAGGLING = timedelta(minutes=15)
"""How long an order that Shopify counts and we do not know is taken to be on its way to us, and not older than the program."""
LOOK_AGAIN = timedelta(minutes=10)

DECIDABLE = frozenset({"ordered", "review", "holding", "rewarded", "blocked"})


@dataclass(frozen=True, slots=True)
class GivenReward:
    """A reward that one side was given: the redemption, and where it stands (held, issued, used, released, …)."""

    side: str
    redemption_id: UUID
    state: str


@dataclass(frozen=True, slots=True)
class ReferralView:
    """A referral as staff see it. `signals` say what speaks against it, `score` what they weigh together."""

    id: UUID
    state: State
    reason: str | None
    advocate_id: int
    friend_id: int | None
    order_id: int | None
    by_link: bool
    channel: str
    score: int
    signals: tuple[str, ...]
    is_checked: bool
    is_withheld: bool
    claimed_at: datetime
    ordered_at: datetime | None
    holds_until: datetime | None
    decision: str | None
    decided_by: str | None
    decided_why: str | None
    decided_at: datetime | None
    rewards: tuple[GivenReward, ...]


@dataclass(frozen=True, slots=True)
class ChannelCount:
    """What came through one channel: links opened, codes claimed, friends who ordered, friends rewarded for."""

    channel: str
    clicks: int
    claims: int
    ordered: int
    rewarded: int


# --- Before the order ---------------------------------------------------------------------------------------------------


def offer(session: Session, handle: str) -> Program:
    """The live program, when this referral link is good. Raises ReferralUnknown, ReferralClosed."""
    program = programs.current(session).program
    if not program.is_live or not program.referral.is_on:
        raise ReferralClosed
    if not members.has_link(session, handle):
        raise ReferralUnknown(handle=handle)
    return program


def claim(
    session: Session,
    handle: str,
    *,
    referral_id: UUID,
    customer_id: int | None,
    channel: str = "other",
    seen: Iterable[Mark] = (),
    keys: Keys,
    now: datetime,
) -> ReferralRow:
    """A friend takes the offer of this link: a code of their own is written. `customer_id` when they are signed in.

    `seen` are the marks of whoever asks. Raises ReferralUnknown, ReferralClosed, and ReferralForNewCustomers for the advocate and for
    customers who have bought before.
    """
    live = offer(session, handle)
    referral = live.referral
    terms = referral.offer
    advocate_id, advocate_customer = members.advocate(session, handle)
    if customer_id is not None and _is_known(session, customer_id, advocate_id, advocate_customer):
        raise ReferralForNewCustomers
    if referral_rows.count_claimed(session, advocate_id, since=now - timedelta(days=1)) >= CLAIMS_PER_DAY:
        raise ReferralClosed
    row = ReferralRow(
        shop_id=session.shop_id,
        id=referral_id,
        advocate_id=advocate_id,
        state="claimed",
        code=codes.derive(keys.codes, referral_id),
        kind=terms.kind,
        value=terms.value,
        minimum_spend=max(terms.minimum_spend, terms.value or terms.minimum_spend)
        if terms.kind == "amount_off"
        else terms.minimum_spend,
        channel=channel,
        claimed_at=now,
        ends_at=now + timedelta(days=terms.ends_days),
    )
    session.add(row)
    session.flush()
    if referral.suspicion.is_on:
        referral_rows.add_prints(session, referral_rows.claim_subject(referral_id), seen, now=now)
    effects.request(session, Kind.REFERRAL_CODE, str(referral_id), now=now)
    messages.queue(
        session, live, advocate_id, "referral_claimed", cause=str(referral_id), facts={}, happened_at=now, now=now
    )
    return row


def clicked(session: Session, handle: str, *, channel: str, now: datetime) -> None:
    """Somebody opened this link: one more click of its channel. Raises ReferralUnknown, ReferralClosed."""
    offer(session, handle)
    advocate_id, _ = members.advocate(session, handle)
    zone = days.zone_of(shops.details(session).timezone)
    referral_rows.count_click(session, advocate_id, day=days.day_of(now, zone), channel=channel)


def shared(session: Session, member_id: int, *, seen: Iterable[Mark], now: datetime) -> None:
    """An advocate passes their link on; what is seen of them is compared with their friends later. Raises ReferralClosed."""
    program = programs.current(session).program
    if not program.is_live or not program.referral.is_on:
        raise ReferralClosed
    if program.referral.suspicion.is_on:
        referral_rows.add_prints(session, referral_rows.member_subject(member_id), seen, now=now)


def find(session: Session, referral_id: UUID) -> ReferralRow:
    """One claim. Raises ReferralUnknown. `discount_gid` is set once its code can be used."""
    row = referral_rows.find(session, referral_id)
    if row is None:
        raise ReferralUnknown(handle=str(referral_id))
    return row


def of_advocate(session: Session, member_id: int, *, limit: int = 50) -> list[ReferralRow]:
    """An advocate's claims, newest first."""
    return referral_rows.of_advocate(session, member_id, limit=limit)


def issue(database: Database, shop_id: int, shopify: ShopifyShop, referral_id: UUID) -> None:
    """Write the friend's code at Shopify. Safe to repeat. Raises OutsideError as `plugin.services.redeem.issue` does."""
    with database.transaction(shop_id) as session:
        row = find(session, referral_id)
        if row.discount_gid is not None or row.code is None or row.state == "void":
            return
    spec = DiscountSpec(
        code=row.code,
        reference=str(row.id),
        title="Referral",
        kind=row.kind,
        value=row.value,
        customer_id=None,
        minimum_subtotal=row.minimum_spend or None,
        starts_at=row.claimed_at,
        ends_at=row.ends_at,
    )
    try:
        found = shopify.create_discount(spec)
    except (CodeTaken, Refused):
        with database.transaction(shop_id) as session:
            referral_rows.void(session, referral_id, reason="code_refused")
        return
    with database.transaction(shop_id) as session:
        referral_rows.note_discount(session, referral_id, gid=found.gid)


# --- After the order ----------------------------------------------------------------------------------------------------


def weigh(
    database: Database, shop_id: int, shopify: ShopifyShop, referral_id: UUID, *, keys: Keys, now: datetime
) -> datetime | None:
    """Look at both people outside, keep what was seen as keyed hashes, and judge the order. Raises OutsideError; safe to repeat.

    An instant: Shopify counts an order that has not reached us yet, so look again then.
    """
    with database.transaction(shop_id) as session:
        row = find(session, referral_id)
        if row.order_id is None or row.friend_id is None or row.checked_at is not None:
            return None
        order_id, friend_id, advocate_id = row.order_id, row.friend_id, row.advocate_id
        people = {each: members.customer_of(session, each) for each in (friend_id, advocate_id)}
    customers = sorted({customer for customer in people.values() if customer is not None})
    traces = shopify.traces(customers, [order_id], suspicion.shop_key(keys.tombstones, shop_id))
    friend = traces.customers.get(people[friend_id] or 0, _NOBODY)
    advocate = traces.customers.get(people[advocate_id] or 0, _NOBODY)
    order = traces.orders.get(order_id, _NOBODY)
    with database.transaction(shop_id) as session:
        settle.lock_shop(session)
        row = find(session, referral_id)
        earlier = (friend.orders or 0) - orders.count_of(session, friend_id)
        if earlier > 0 and now < (row.ordered_at or now) + STRAGGLING:
            return now + LOOK_AGAIN
        claimed = referral_rows.claim_subject(referral_id)
        seen = friend.marks | order.marks | referral_rows.prints(session, [claimed])[claimed]
        for member_id, marks in ((friend_id, seen), (advocate_id, advocate.marks)):
            if people[member_id] is not None:
                referral_rows.add_prints(session, referral_rows.member_subject(member_id), marks, now=now)
        referral_rows.delete_prints(session, [claimed])
        row.checked_at, row.bought_before = now, earlier > 0
        row.is_withheld = friend.is_withheld or advocate.is_withheld or order.is_withheld
        session.flush()
        alike = referral_rows.orders_alike(session, advocate_id, friend_id)
        mailboxes = [digest for kind, digest in seen if kind == "mailbox"]
        same = referral_rows.orders_of_same(session, mailboxes)
        _judge(session, {order_id, *alike, *same}, keys=keys, now=now)
    return None


def reward(database: Database, shop_id: int, referral_id: UUID, *, keys: Keys, now: datetime) -> datetime | None:
    """Give both sides their rewards once the hold is over, or take back what is unused when there is nothing to reward any more.

    Safe to repeat. An instant: the hold is not over before then.
    """
    with database.transaction(shop_id) as session:
        settle.lock_shop(session)
        row = find(session, referral_id)
        if row.state == "holding" and row.holds_until is not None:
            if row.holds_until > now:
                return row.holds_until
            _give(session, row, keys=keys, now=now)
        else:
            _take_back(session, row, now=now)
        people = frozenset(each for each in (row.advocate_id, row.friend_id) if each is not None)
        aftermath.follow(session, Happened(members=people), keys=keys, now=now)
    return None


def resolve(
    session: Session, referral_id: UUID, decision: Decision, *, by: str, why: str, keys: Keys, now: datetime
) -> ReferralView:
    """Staff say that a referral is to be rewarded, or blocked; the last word stands. Raises ReferralUnknown, ReferralOver."""
    settle.lock_shop(session)
    row = find(session, referral_id)
    state = _state(row, now)
    if state not in DECIDABLE or row.order_id is None:
        raise ReferralOver(state=state)
    row.decision, row.decided_by, row.decided_why, row.decided_at = decision, by, why, now
    session.flush()
    _judge(session, {row.order_id}, keys=keys, now=now)
    return view(session, referral_id, now=now)


def became_one(session: Session, customer_id: int, *, keys: Keys, now: datetime) -> None:
    """Two customers became this one: what their referrals come to is judged again. The caller holds the shop's settling lock."""
    member_id = members.by_customer(session, customer_id)
    if member_id is not None:
        _judge(session, set(referral_rows.of_people(session, [member_id])), keys=keys, now=now)


def tidy(session: Session, *, now: datetime) -> None:
    """Hashes older than the retention go; what was decided by them stays."""
    retention = timedelta(days=programs.current(session).program.referral.suspicion.retention_days)
    referral_rows.delete_prints_before(session, now - retention)


def rewarded_at(session: Session, member_ids: Sequence[int], *, now: datetime) -> dict[int, list[datetime]]:
    """When each of these advocates was rewarded for a friend, oldest first; what was taken back does not count."""
    found: dict[int, list[datetime]] = {}
    for advocate_id, at in referral_rows.rewarded_at(session, member_ids, now=now):
        found.setdefault(advocate_id, []).append(at)
    return found


# --- Looking ------------------------------------------------------------------------------------------------------------


def view(session: Session, referral_id: UUID, *, now: datetime) -> ReferralView:
    """One referral as staff see it. Raises ReferralUnknown."""
    return _view(session, find(session, referral_id), now)


def page(
    session: Session,
    *,
    state: State | None = None,
    advocate_id: int | None = None,
    start: int = 0,
    limit: int = 50,
    now: datetime,
) -> list[ReferralView]:
    """Referrals from the `start`-th on, newest claim first; of one state or one advocate when given."""
    ids = referral_rows.page(session, state=state, advocate_id=advocate_id, start=start, limit=limit, now=now)
    rows = referral_rows.some(session, ids)
    return [_view(session, rows[referral_id], now) for referral_id in ids]


def channels(
    session: Session, *, advocate_id: int | None = None, since: date, until: date, now: datetime
) -> list[ChannelCount]:
    """What came through each channel on those days of the shop, both included; of one advocate when given."""
    zone = days.zone_of(shops.details(session).timezone)
    found = referral_rows.channels(session, advocate_id=advocate_id, since=since, until=until, zone=str(zone), now=now)
    return [ChannelCount(*row) for row in found]


def seen_by_advocate(
    session: Session, member_id: int, *, now: datetime, limit: int = 50
) -> list[tuple[State, datetime]]:
    """(state, since when) of an advocate's referrals, newest first: nothing of who the friends are, nor of what they bought."""
    return [(_state(row, now), row.claimed_at) for row in of_advocate(session, member_id, limit=limit)]


def kept_of(session: Session, member_id: int) -> list[tuple[str, datetime]]:
    """(kind, when it was last seen) of what is kept of a member as hashes."""
    return referral_rows.kinds_of(session, referral_rows.member_subject(member_id))


def _is_known(session: Session, customer_id: int, advocate_id: int, advocate_customer: int | None) -> bool:
    """True for the advocate, whatever account of theirs, and for whoever bought before."""
    return (
        customer_id == advocate_customer
        or members.by_customer(session, customer_id) == advocate_id
        or orders.has_paid(session, customer_id)
    )


def _judge(session: Session, order_ids: Iterable[int], *, keys: Keys, now: datetime) -> None:
    settle.settle(session, [OrderFacts(id=order_id) for order_id in sorted(order_ids)], keys=keys, now=now)


def _give(session: Session, row: ReferralRow, *, keys: Keys, now: datetime) -> None:
    order = orders.find(session, cast("int", row.order_id))
    if order is None or order.program_version is None:
        return
    program = programs.compiled(session, programs.versions(session), order.program_version)
    terms = program.program.referral

    def grant(side: str, member_id: int | None, reward_id: str | None) -> UUID | None:
        offered = program.program.reward(reward_id) if reward_id is not None else None
        if offered is None or member_id is None or members.is_erased(session, member_id):
            return None
        key = f"referral:{row.id}:{side}:{row.grants}"
        return redeem.grant(session, member_id, offered, key=key, version=program.version, keys=keys, now=now)

    if row.advocate_redemption is None and row.pays_advocate:
        row.advocate_redemption = grant("advocate", row.advocate_id, terms.advocate_reward)
    if row.friend_redemption is None:
        row.friend_redemption = grant("friend", row.friend_id, terms.friend_reward)
    session.flush()


def _take_back(session: Session, row: ReferralRow, *, now: datetime) -> None:
    """Unused rewards are switched off; used ones stay noted, so that their state tells of it."""

    def is_gone(redemption_id: UUID | None) -> bool:
        if redemption_id is None:
            return True
        try:
            redeem.cancel(session, redemption_id, now=now)
        except RedemptionOver as over:
            return bool(over.facts["state"] != "used")
        return True

    had_any = row.advocate_redemption is not None or row.friend_redemption is not None
    if is_gone(row.advocate_redemption):
        row.advocate_redemption = None
    if is_gone(row.friend_redemption):
        row.friend_redemption = None
    row.grants += had_any
    session.flush()


def _state(row: ReferralRow, now: datetime) -> State:
    return seen_at(cast("State", row.state), holds_until=row.holds_until, ends_at=row.ends_at, now=now)


def _view(session: Session, row: ReferralRow, now: datetime) -> ReferralView:
    given = []
    for side, redemption_id in (("advocate", row.advocate_redemption), ("friend", row.friend_redemption)):
        redemption = redemptions.find(session, redemption_id) if redemption_id is not None else None
        if redemption is not None:
            given.append(GivenReward(side, redemption.id, redemption.state))
    state = _state(row, now)
    return ReferralView(
        id=row.id,
        state=state,
        reason="not_used_in_time" if state == "void" and row.state == "claimed" else row.reason,
        advocate_id=row.advocate_id,
        friend_id=row.friend_id,
        order_id=row.order_id,
        by_link=row.kind == LINK,
        channel=row.channel,
        score=row.score,
        signals=tuple(row.signals),
        is_checked=row.checked_at is not None,
        is_withheld=row.is_withheld,
        claimed_at=row.claimed_at,
        ordered_at=row.ordered_at,
        holds_until=row.holds_until,
        decision=row.decision,
        decided_by=row.decided_by,
        decided_why=row.decided_why,
        decided_at=row.decided_at,
        rewards=tuple(given),
    )


_NOBODY = Trace(frozenset(), None, is_withheld=False)
