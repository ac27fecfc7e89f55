"""Redeeming: points are held first, and the discount code is issued afterwards.

Commands (`place_hold`, `cancel`) run in one transaction at a door. Carrying out (`issue`, `void`, `rebind`) is done by jobs, which talk
to Shopify with no transaction open. A code is never renamed and never given up before Shopify has said that nobody used it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid5

from plugin.db import Database, Session, holds, journal, redemptions, requests, shops
from plugin.db import members as member_rows
from plugin.db.tables import RedemptionRow
from plugin.loyalty import codes, ledger
from plugin.loyalty.errors import (
    CodeTaken,
    InsufficientPoints,
    KeyReused,
    MemberExcluded,
    MemberUnknown,
    PointsOutOfRange,
    ProgramNotLive,
    RedemptionOver,
    RedemptionUnknown,
    Refused,
    RewardUnavailable,
    SpendingStopped,
)
from plugin.loyalty.ledger import Cause, Reason
from plugin.loyalty.program import Reward
from plugin.services import effects, programs, settle
from plugin.services.effects import Kind
from plugin.services.keys import Keys
from plugin.services.ports import DiscountSpec, ShopifyShop

GRANTS = UUID("6b1f4f1e-6f0c-5c1a-9d53-0d6a6a1f2c47")
"""The namespace of granted rewards' ids."""

LAPSE_AFTER = timedelta(hours=48)
"""How long after its end an unused code's points come back: orders placed at the last moment have arrived by then."""


@dataclass(frozen=True, slots=True)
class RewardOrder:
    """What a member asks for. `points` is needed for variable rewards only; `redemption_id` is fresh, chosen by the door."""

    member_id: int
    reward_id: str
    points: int | None
    redemption_id: UUID


def place_hold(session: Session, order: RewardOrder, *, keys: Keys, now: datetime) -> RedemptionRow:
    """Set the reward's price (points) aside and remember the code that will be issued.

    Raises InsufficientPoints, RewardUnavailable, PointsOutOfRange, ProgramNotLive, SpendingStopped, MemberUnknown,
    MemberExcluded (erased).
    """
    counter = holds.approach(session, order.member_id)
    if counter is None:
        raise MemberUnknown(member_id=order.member_id)
    newest = programs.Versions(session.shop_id, (counter.version,), (counter.published_at,))
    program = programs.compiled(session, newest, counter.version)
    if not program.program.is_live:
        raise ProgramNotLive
    if counter.spending_stopped_at is not None:
        raise SpendingStopped
    reward = program.program.reward(order.reward_id)
    if reward is None:
        raise RewardUnavailable(reward_id=order.reward_id)
    row = _redemption(
        session.shop_id,
        order,
        reward,
        points=price(reward, order.points),
        currency=counter.currency,
        version=program.version,
        keys=keys,
        now=now,
    )
    cause = Cause(f"redeem:{row.id}", Reason.REWARD, now, program.version, redemption_id=row.id)
    if not holds.place(session, row, cause, effect=Kind.ISSUE_CODE.value, now=now):
        _hold_slowly(session, row, cause, now)
    return row


def grant(
    session: Session, member_id: int, reward: Reward, *, key: str, version: int, keys: Keys, now: datetime
) -> UUID:
    """Give a reward that costs no points: a prize, a tier's gift, a friend's thanks. Its redemption's id.

    `key` names what it is for: granted again under the same key, it stays the one it was.
    """
    redemption_id = uuid5(GRANTS, f"{session.shop_id}:{key}")
    if redemptions.find(session, redemption_id) is None:
        order = RewardOrder(member_id, reward.id, None, redemption_id)
        row = _redemption(
            session.shop_id,
            order,
            reward,
            points=0,
            currency=shops.details(session).currency,
            version=version,
            keys=keys,
            now=now,
        )
        session.add(row)
        session.flush()
        effects.request(session, Kind.ISSUE_CODE, str(redemption_id), now=now)
    return redemption_id


def price(reward: Reward, points: int | None) -> int:
    """The points this reward will cost. Raises PointsOutOfRange, which says what it takes."""
    low, high, step = reward.points_range()
    asked = low if points is None and not reward.is_variable else points
    if asked is None or not low <= asked <= high or asked % step:
        raise PointsOutOfRange(asked=asked, minimum=low, maximum=high, step=step)
    return asked


def find_request(session: Session, *, caller: str, route: str, key: str, body: bytes) -> str | None:
    """What this client's key made before; None when it is new. Raises KeyReused when the key came with another request."""
    row = requests.find(session, caller=caller, route=route, key=key)
    if row is None:
        return None
    if not hmac.compare_digest(row.request_hash, sha256(body).digest()):
        raise KeyReused(key=key)
    return row.subject


def remember_request(
    session: Session, *, caller: str, route: str, key: str, body: bytes, subject: str, now: datetime
) -> None:
    """Remember, in the same transaction as the deed, what this client's key made."""
    requests.add(
        session,
        caller=caller,
        route=route,
        key=key,
        request_hash=sha256(body).digest(),
        subject=subject,
        now=now,
    )


def find(session: Session, redemption_id: UUID, *, member_id: int | None = None) -> RedemptionRow:
    """One redemption, as it stands now. Raises RedemptionUnknown, also for another member's."""
    row = redemptions.find(session, redemption_id)
    if row is None or (member_id is not None and row.member_id != member_id):
        raise RedemptionUnknown(redemption_id=redemption_id)
    return row


def of_member(session: Session, member_id: int, *, limit: int = 50) -> list[RedemptionRow]:
    """A member's redemptions, newest first."""
    return redemptions.of_member(session, member_id, limit=limit)


def cancel(session: Session, redemption_id: UUID, *, member_id: int | None = None, now: datetime) -> RedemptionRow:
    """The shopper (or staff) no longer wants it: its code is switched off, then the points come back. Raises RedemptionOver."""
    find(session, redemption_id, member_id=member_id)
    state, _, _, _, cancelled_at = redemptions.state_for_update(session, redemption_id)
    if state not in ("held", "issued", "suspended"):
        raise RedemptionOver(state=state)
    if cancelled_at is None:
        redemptions.cancel(session, redemption_id, now=now)
        effects.request(session, Kind.VOID_CODE, str(redemption_id), now=now)
    return find(session, redemption_id)


def issue(database: Database, shop_id: int, shopify: ShopifyShop, redemption_id: UUID, *, now: datetime) -> None:
    """Write the discount code at Shopify, then note that it stands. Safe to repeat: the code is a function of the redemption.

    Raises OutsideError when Shopify could not be asked or its answer was lost; nothing is given up then.
    """
    with database.transaction(shop_id) as session:
        row = find(session, redemption_id)
        if row.state not in ("held", "suspended") or row.cancelled_at is not None:
            return
        spec = _spec(session, row)
    try:
        found = shopify.create_discount(spec)
    except (CodeTaken, Refused) as refusal:
        _fail(database, shop_id, redemption_id, str(refusal), now=now)
        return
    with database.transaction(shop_id) as session:
        if redemptions.note_issued(session, redemption_id, gid=found.gid, now=now):
            effects.request(session, Kind.VOID_CODE, str(redemption_id), now=now, at=row.ends_at + LAPSE_AFTER)
            owner = find(session, redemption_id).member_id
            if member_rows.customer_of(session, owner) != spec.customer_id:  # merged while the code was being written
                effects.request(session, Kind.REBIND_CODE, str(redemption_id), now=now)


def void(
    database: Database, shop_id: int, shopify: ShopifyShop, redemption_id: UUID, *, keys: Keys, now: datetime
) -> bool:
    """Switch the code off, make sure that no order used it, and only then give the points back.

    False when the code is just being written and this must wait. Raises OutsideError as `issue` does.
    """
    with database.transaction(shop_id) as session:
        row = find(session, redemption_id)
        if row.state not in ("held", "issued", "suspended"):
            return True
        if row.cancelled_at is None and now < row.ends_at + LAPSE_AFTER:
            return False
        if effects.is_leased(session, Kind.ISSUE_CODE, str(redemption_id), now=now):
            return False
    reference = str(redemption_id)
    gid = row.discount_gid
    if gid is None:
        found = shopify.find_discount(row.code, reference)
        gid = found.gid if found is not None and found.is_ours else None
    if gid is not None:
        shopify.deactivate_discount(gid)
        orders = shopify.orders_with_code(row.code, row.created_at - timedelta(hours=1))
        if orders:
            with database.transaction(shop_id) as session:
                settle.lock_shop(session)
                settle.settle(session, orders, keys=keys, now=now)
    with database.transaction(shop_id) as session:
        reason = Reason.REWARD_CANCELLED if row.cancelled_at is not None else Reason.REWARD_LAPSED
        _give_back(session, redemption_id, reason, state="released", failure=None, now=now)
    return True


def rebind(database: Database, shop_id: int, shopify: ShopifyShop, redemption_id: UUID) -> None:
    """After a merge of customers: bind the code to the customer who lives on."""
    with database.transaction(shop_id) as session:
        row = find(session, redemption_id)
        if row.state != "issued" or row.discount_gid is None:
            return
        spec, gid = _spec(session, row), row.discount_gid
    shopify.rebind_discount(gid, spec)


def suspend(session: Session, redemption_id: UUID) -> None:
    """The shop cannot be reached until it is opened again: the points stay held."""
    redemptions.suspend(session, redemption_id)


def _redemption(
    shop_id: int,
    order: RewardOrder,
    reward: Reward,
    *,
    points: int,
    currency: str,
    version: int,
    keys: Keys,
    now: datetime,
) -> RedemptionRow:
    combinations = (
        ("p", reward.combines_with_product),
        ("s", reward.combines_with_shipping),
        ("o", reward.combines_with_order),
    )
    return RedemptionRow(
        shop_id=shop_id,
        id=order.redemption_id,
        member_id=order.member_id,
        state="held",
        reward_id=reward.id,
        kind=reward.kind,
        title=reward.title,
        points=points,
        value=reward.worth(points) if points else reward.value,
        currency=currency,
        code=codes.derive(keys.codes, order.redemption_id),
        minimum_spend=reward.minimum_spend,
        combines="".join(sign for sign, is_on in combinations if is_on),
        program_version=version,
        created_at=now,
        ends_at=now + timedelta(days=reward.ends_days),
        restored=0,
    )


def _hold_slowly(session: Session, row: RedemptionRow, cause: Cause, now: datetime) -> None:
    """The fast statement found too little or something due: post what is due, then hold or refuse with the figures."""
    account = journal.lock(session, [row.member_id])[row.member_id]
    if member_rows.is_erased(session, row.member_id):
        raise MemberExcluded(member_id=row.member_id)
    ledger.post_due(account, now=now)
    if account.available < row.points:
        raise InsufficientPoints(asked=row.points, available=max(0, account.available))
    ledger.hold(account, row.points, cause)
    journal.write(session, [account], now=now)
    session.add(row)
    session.flush()
    effects.request(session, Kind.ISSUE_CODE, str(row.id), now=now)


def _spec(session: Session, row: RedemptionRow) -> DiscountSpec:
    minimum = row.minimum_spend
    if row.kind == "amount_off" and row.value is not None:
        minimum = max(minimum, row.value)
    return DiscountSpec(
        code=row.code,
        reference=str(row.id),
        title=row.title,
        kind=row.kind,
        value=row.value,
        customer_id=member_rows.customer_of(session, row.member_id),
        minimum_subtotal=minimum or None,
        starts_at=row.created_at,
        ends_at=row.ends_at,
        combines_with_product="p" in row.combines,
        combines_with_shipping="s" in row.combines,
        combines_with_order="o" in row.combines,
    )


def _fail(database: Database, shop_id: int, redemption_id: UUID, why: str, *, now: datetime) -> None:
    with database.transaction(shop_id) as session:
        _give_back(session, redemption_id, Reason.REWARD_FAILED, state="failed", failure=why, now=now)


def _give_back(
    session: Session, redemption_id: UUID, reason: Reason, *, state: str, failure: str | None, now: datetime
) -> None:
    """RELEASE, unless the code was used meanwhile."""
    current, member_id, points, version, _ = redemptions.state_for_update(session, redemption_id)
    if current not in ("held", "issued", "suspended"):
        return
    if points:  # a granted reward cost none
        account = journal.lock(session, [member_id])[member_id]
        taken = ledger.taken_by(journal.uses_of_redemption(session, member_id, redemption_id))
        journal.load_lots_of(session, account, taken)
        known = programs.versions(session)
        ledger.release(
            account,
            points,
            Cause(f"redeem:{redemption_id}:release", reason, now, version, redemption_id=redemption_id),
            taken=taken,
            now=now,
            grace_days=programs.compiled(session, known, version).program.grace_days,
        )
        journal.write(session, [account], now=now)
    redemptions.close(session, redemption_id, state=state, failure=failure, now=now)
    for kind in (Kind.ISSUE_CODE, Kind.REBIND_CODE):
        effects.drop(session, kind, str(redemption_id))
