"""Redeeming: points are held first, and the discount code is issued afterwards.

Commands (`place_hold`, `cancel`) run in one transaction at a door. Carrying out (`issue`, `void`, `rebind`) is done by jobs, which talk
to Shopify with no transaction open. A code is never renamed and never given up before Shopify has said that nobody used it. Rewards
that are no code are handed over by plugin.services.handing_over.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from babel.numbers import get_currency_precision

from plugin.db import Database, Session, holds, journal, redemptions, requests, shops, tasks
from plugin.db import members as member_rows
from plugin.db.tables import RedemptionRow
from plugin.loyalty import codes, ledger
from plugin.loyalty.errors import (
    CartTooSmall,
    CartTotalNeeded,
    CodeTaken,
    InsufficientPoints,
    KeyReused,
    MemberExcluded,
    MemberUnknown,
    PointsOutOfRange,
    ProgramNotLive,
    RecipientNotPossible,
    RedemptionOver,
    RedemptionUnknown,
    Refused,
    ReturnWindowOver,
    RewardCurrencyUnknown,
    RewardUnavailable,
    SpendingStopped,
)
from plugin.loyalty.ledger import Cause, Reason
from plugin.loyalty.program import PointsBack, Reward
from plugin.loyalty.program.rewards import DISCOUNT_KINDS
from plugin.loyalty.program.values import Channel
from plugin.services import effects, expiry, handing_over, held, households, limits, messages, programs, returns, settle
from plugin.services.effects import Kind
from plugin.services.keys import Keys
from plugin.services.ports import DiscountSpec, Recipient, ShopifyShop
from plugin.services.takers import Standing, Taker

GRANTS = UUID("6b1f4f1e-6f0c-5c1a-9d53-0d6a6a1f2c47")
"""The namespace of granted rewards' ids."""

LAPSE_AFTER = timedelta(hours=48)
"""How long after its end an unused code's points come back: orders placed at the last moment have arrived by then."""


@dataclass(frozen=True, slots=True)
class RewardOrder:
    """What a member asks for. `points` is needed for variable rewards only; `redemption_id` is fresh, chosen by the door.

    `cart_total` is what their cart comes to (a percentage with a maximum needs it), `currency` the one they want store credit or a
    gift card in, `recipient` whom a gift card is for, `standing` what Shopify says of them (see plugin.services.limits).
    `language` is the reader's, `sees_hidden` whether rewards that are not listed may be taken here.
    """

    member_id: int
    reward_id: str
    points: int | None
    redemption_id: UUID
    account_id: int | None = None
    """The household whose pool pays, instead of the member's own points."""
    channel: Channel = "online"
    cart_total: Decimal | None = None
    currency: str | None = None
    language: str = "en"
    recipient: Recipient | None = None
    standing: Standing | None = None
    sees_hidden: bool = True

    @property
    def payer_id(self) -> int:
        """The account that the points come from."""
        return self.account_id or self.member_id


def place_hold(session: Session, order: RewardOrder, *, keys: Keys, now: datetime) -> RedemptionRow:
    """Set the reward's price (points) aside and remember the code that will be issued.

    Raises InsufficientPoints, RewardUnavailable, PointsOutOfRange, ProgramNotLive, SpendingStopped, MemberUnknown,
    MemberExcluded (erased); of a household's points also HouseholdsClosed, NotInHousehold, HouseholdLimitReached; of a reward with
    limits what `limits.check` raises; CartTotalNeeded, CartTooSmall, RewardCurrencyUnknown, RecipientNotPossible.
    """
    counter = holds.approach(session, order.payer_id)
    if counter is None:
        raise MemberUnknown(member_id=order.member_id)
    newest = programs.Versions(session.shop_id, (counter.version,), (counter.published_at,), counter.timezone)
    program = programs.compiled(session, newest, counter.version)
    if not program.program.is_live:
        raise ProgramNotLive
    if counter.spending_stopped_at is not None:
        raise SpendingStopped
    reward = program.program.reward(order.reward_id)
    if reward is None or (reward.is_hidden and not order.sees_hidden):
        raise RewardUnavailable(reward_id=order.reward_id)
    if order.recipient is not None and reward.kind != "gift_card":
        raise RecipientNotPossible
    if not reward.is_plain:
        taker = Taker(order.member_id, order.channel, order.standing)
        limits.check(session, program.program, reward, taker, zone=program.zone, now=now)
    points = price(reward, order.points)
    row = _redemption(
        session.shop_id,
        order,
        reward,
        _promise(reward, order, points, counter.currency),
        points=points,
        version=program.version,
        keys=keys,
        now=now,
    )
    _tell_apart(session, row)
    if order.account_id is not None:
        households.admit(session, order.member_id, order.account_id, points=row.points, now=now)
    cause = Cause(f"redeem:{row.id}", Reason.REWARD, now, program.version, redemption_id=row.id)
    if not holds.place(session, row, cause, effect=Kind.ISSUE_CODE.value, now=now):
        _hold_slowly(session, row, cause, now)
    if order.recipient is not None:
        told = order.recipient
        tasks.add_recipient(session, row.id, email=told.email, name=told.name, message=told.message)
    return row


def grant(
    session: Session, member_id: int, reward: Reward, *, key: str, version: int, keys: Keys, now: datetime
) -> UUID:
    """Give a reward that costs no points: a prize, a tier's gift, a friend's thanks. Its redemption's id.

    `key` names what it is for: granted again under the same key, it stays the one it was. A gift asks for no limits, but it takes
    from the stock. A percentage with a maximum is written for large carts, as no cart is known.
    """
    redemption_id = uuid5(GRANTS, f"{session.shop_id}:{key}")
    if redemptions.find(session, redemption_id) is None:
        order = RewardOrder(member_id, reward.id, None, redemption_id)
        currency = shops.details(session).currency
        promise = _written(reward, 0, currency, cart_total=None)
        row = _redemption(session.shop_id, order, reward, promise, points=0, version=version, keys=keys, now=now)
        _tell_apart(session, row)
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


def propose(reward: Reward, available: int, cart_total: Decimal | None, currency: str | None = None) -> int | None:
    """The most points a cart of that total can use up in full, of those available; None when it can use none.

    Without a cart it is what the reward costs at least.
    """
    if cart_total is not None:
        return reward.most_useful(available, cart_total, currency)
    low, _, _ = reward.points_range()
    return low if available >= low else None


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
    if row is None or (member_id is not None and member_id not in (row.member_id, row.acting_id)):
        raise RedemptionUnknown(redemption_id=redemption_id)
    return row


def of_member(session: Session, member_id: int, *, limit: int = 50) -> list[RedemptionRow]:
    """A member's redemptions, newest first."""
    return redemptions.of_member(session, member_id, limit=limit)


def open_of_member(session: Session, member_id: int, *, limit: int = 50) -> list[RedemptionRow]:
    """A member's redemptions that are being made or can still be used, newest first."""
    return redemptions.of_member(session, member_id, limit=limit, states=held.OPEN)


def cancel(
    session: Session, redemption_id: UUID, *, member_id: int | None = None, is_shopper: bool = False, now: datetime
) -> RedemptionRow:
    """The shopper (or staff) no longer wants it: its code is switched off, then the points come back.

    A gift of the program (it cost nothing) is taken back even when it was handed over, as far as nobody has spent it.
    Raises RedemptionOver; for a shopper also ReturnWindowOver, by the version under which it was taken.
    """
    row = find(session, redemption_id, member_id=member_id)
    state, _, points, version, cancelled_at = redemptions.state_for_update(session, redemption_id)
    if state not in held.OPEN:
        if not points and not is_shopper and returns.undo(session, redemption_id, now=now):
            return find(session, redemption_id)
        raise RedemptionOver(state=state)
    if cancelled_at is None:
        minutes = _points_back(session, version).shopper_minutes if is_shopper else None
        if minutes is not None and now > row.created_at + timedelta(minutes=minutes):
            raise ReturnWindowOver(minutes=minutes)
        redemptions.cancel(session, redemption_id, now=now)
        effects.request(session, Kind.VOID_CODE, str(redemption_id), now=now)
    return find(session, redemption_id)


def issue(database: Database, shop_id: int, shopify: ShopifyShop, redemption_id: UUID, *, now: datetime) -> None:
    """Hand over what the reward promises: write the code at Shopify, then note that it stands. Safe to repeat.

    Raises OutsideError when Shopify could not be asked or its answer was lost; nothing is given up then.
    """
    with database.transaction(shop_id) as session:
        row = find(session, redemption_id)
        if row.state not in ("held", "suspended") or row.cancelled_at is not None:
            return
        spec = _spec(session, row) if row.kind in DISCOUNT_KINDS else None
    if spec is None:
        handing_over.issue(database, shop_id, shopify, row, lapses_after=LAPSE_AFTER, now=now)
        return
    try:
        found = shopify.create_discount(spec)
    except (CodeTaken, Refused) as refusal:
        _fail(database, shop_id, redemption_id, str(refusal), now=now)
        return
    with database.transaction(shop_id) as session:
        if redemptions.note_issued(session, redemption_id, gid=found.gid, now=now):
            effects.request(session, Kind.VOID_CODE, str(redemption_id), now=now, at=row.ends_at + LAPSE_AFTER)
            owner = _user(find(session, redemption_id))
            _tell(session, find(session, redemption_id), owner, now=now)
            if member_rows.customer_of(session, owner) != spec.customer_id:  # merged while the code was being written
                effects.request(session, Kind.REBIND_CODE, str(redemption_id), now=now)


def _tell(session: Session, row: RedemptionRow, member_id: int, *, now: datetime) -> None:
    """The member hears of the code now, and again before it ends."""
    program = programs.current(session).program
    facts = {"redemption_id": str(row.id)}
    ends_soon = row.ends_at - timedelta(days=program.messages.code_expiring_days)
    messages.queue(
        session, program, member_id, "code_issued", cause=str(row.id), facts=facts, happened_at=row.created_at, now=now
    )
    if ends_soon > now:
        messages.queue(
            session,
            program,
            member_id,
            "code_expiring",
            cause=str(row.id),
            facts=facts,
            happened_at=now,
            now=now,
            at=ends_soon,
        )


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
    reason = Reason.REWARD_CANCELLED if row.cancelled_at is not None else Reason.REWARD_LAPSED
    if row.kind not in DISCOUNT_KINDS:
        return handing_over.void(database, shop_id, shopify, row, reason, now=now)
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
        if reason is Reason.REWARD_LAPSED and not _points_back(session, row.program_version).on_lapse:
            held.capture(session, redemption_id, Reason.REWARD_FORFEITED, gid=None, now=now)
        else:
            held.give_back(session, redemption_id, reason, state="released", failure=None, now=now)
    return True


def rebind(database: Database, shop_id: int, shopify: ShopifyShop, redemption_id: UUID) -> None:
    """After a merge of customers: bind the code to the customer who lives on."""
    with database.transaction(shop_id) as session:
        row = find(session, redemption_id)
        if row.state != "issued" or row.discount_gid is None or row.kind not in DISCOUNT_KINDS:
            return
        spec, gid = _spec(session, row), row.discount_gid
    shopify.rebind_discount(gid, spec)


def has_code(row: RedemptionRow) -> bool:
    """True when the member gets a code that they can use themselves."""
    return row.kind in DISCOUNT_KINDS or (row.kind == "gift_card" and not (row.terms or {}).get("is_sent"))


def suspend(session: Session, redemption_id: UUID) -> None:
    """The shop cannot be reached until it is opened again: the points stay held."""
    redemptions.suspend(session, redemption_id)


@dataclass(frozen=True, slots=True)
class _Promise:
    """What is written for a reward: a percentage with a maximum has become an amount."""

    kind: str
    value: Decimal | None
    currency: str
    minimum_spend: Decimal


def _promise(reward: Reward, order: RewardOrder, points: int, currency: str) -> _Promise:
    """What this order gets, or why it cannot be. Raises CartTotalNeeded, CartTooSmall, RewardCurrencyUnknown."""
    wanted = order.currency or currency
    if wanted != currency and (reward.kind in DISCOUNT_KINDS or wanted not in reward.values):
        raise RewardCurrencyUnknown(currency=wanted)
    total = order.cart_total
    if reward.maximum is not None and total is None:
        raise CartTotalNeeded
    if total is not None and (total < reward.minimum_spend or (reward.maximum is not None and not total)):
        raise CartTooSmall(minimum=f"{reward.minimum_spend:f} {currency}", total=f"{total:f} {currency}")
    return _written(reward, points, wanted, cart_total=total)


def _written(reward: Reward, points: int, currency: str, *, cart_total: Decimal | None) -> _Promise:
    if reward.maximum is not None:
        amount, minimum = reward.capped(cart_total, digits=get_currency_precision(currency))
        return _Promise("amount_off", amount, currency, minimum)
    value = reward.worth(points or reward.price_points, currency)
    return _Promise(reward.kind, value, currency, reward.minimum_spend)


def _terms(reward: Reward, *, is_sent: bool) -> dict[str, Any] | None:
    """What carrying out needs beside the row's own columns; None for most rewards."""
    told: dict[str, Any] = {
        "products": [reward.product_id] if reward.product_id is not None else list(reward.eligible_product_ids),
        "collections": list(reward.eligible_collection_ids),
        "variant": reward.variant_id,
        "tag": reward.tag,
        "is_sent": is_sent,
    }
    return {name: value for name, value in told.items() if value} or None


def _code(keys: Keys, redemption_id: UUID, reward: Reward) -> str:
    code = codes.derive(keys.codes, redemption_id)
    if reward.code_prefix is None:
        return code
    return f"{reward.code_prefix}{'' if reward.kind == 'gift_card' else '-'}{code}"


def _tell_apart(session: Session, row: RedemptionRow) -> None:
    """Store credit is known at Shopify by its amount and end: none of the member's ends in the same second as another."""
    if row.kind != "store_credit":
        return
    taken = redemptions.ends_of(session, row.member_id, row.kind)
    row.ends_at = row.ends_at.replace(microsecond=0)
    while row.ends_at in taken:
        row.ends_at += timedelta(seconds=1)


def _points_back(session: Session, version: int) -> PointsBack:
    return programs.compiled(session, programs.versions(session), version).program.points_back


def _redemption(
    shop_id: int,
    order: RewardOrder,
    reward: Reward,
    promise: _Promise,
    *,
    points: int,
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
        member_id=order.payer_id,
        acting_id=order.member_id if order.account_id is not None else None,
        state="held",
        reward_id=reward.id,
        kind=promise.kind,
        title=reward.title_in(order.language),
        points=points,
        value=promise.value,
        currency=promise.currency,
        code=_code(keys, order.redemption_id, reward),
        minimum_spend=promise.minimum_spend,
        combines="".join(sign for sign, is_on in combinations if is_on),
        program_version=version,
        created_at=now,
        ends_at=now + timedelta(days=reward.ends_days),
        restored=0,
        terms=_terms(reward, is_sent=order.recipient is not None),
        is_counted=reward.stock is not None,
    )


def _hold_slowly(session: Session, row: RedemptionRow, cause: Cause, now: datetime) -> None:
    """The fast statement found too little or something due: post what is due, then hold or refuse with the figures."""
    account = journal.lock(session, [row.member_id])[row.member_id]
    if member_rows.is_erased(session, row.member_id):
        raise MemberExcluded(member_id=row.member_id)
    expiry.post_due(session, [account], now=now)
    if account.available < row.points:
        raise InsufficientPoints(asked=row.points, available=max(0, account.available))
    ledger.hold(account, row.points, cause)
    journal.write(session, [account], now=now)
    session.add(row)
    session.flush()
    effects.request(session, Kind.ISSUE_CODE, str(row.id), now=now)


def _spec(session: Session, row: RedemptionRow) -> DiscountSpec:
    terms = row.terms or {}
    minimum = row.minimum_spend
    if row.kind == "amount_off" and row.value is not None:
        minimum = max(minimum, row.value)
    return DiscountSpec(
        code=row.code,
        reference=str(row.id),
        title=row.title,
        kind=row.kind,
        value=row.value,
        customer_id=member_rows.customer_of(session, _user(row)),
        minimum_subtotal=minimum or None,
        starts_at=row.created_at,
        ends_at=row.ends_at,
        combines_with_product="p" in row.combines,
        combines_with_shipping="s" in row.combines,
        combines_with_order="o" in row.combines,
        product_ids=tuple(terms.get("products", ())),
        collection_ids=tuple(terms.get("collections", ())),
        variant_id=terms.get("variant"),
    )


def _user(row: RedemptionRow) -> int:
    """Who uses the reward: the member whose points it cost, or the one who took it from their household's."""
    return row.acting_id or row.member_id


def _fail(database: Database, shop_id: int, redemption_id: UUID, why: str, *, now: datetime) -> None:
    with database.transaction(shop_id) as session:
        held.give_back(session, redemption_id, Reason.REWARD_FAILED, state="failed", failure=why, now=now)
