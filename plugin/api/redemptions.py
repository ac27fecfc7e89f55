"""Rewards and redemptions over the API: the points are held in one commit, then the caller waits a moment for the code."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeVar
from uuid import UUID, uuid4

from flask import Response
from pydantic import TypeAdapter, ValidationError

from plugin.api import query, shapes
from plugin.api.bodies import NewRedemption, Return
from plugin.api.door import Door, answer, by, client, language, once_more
from plugin.api.once import once
from plugin.api.problems import Problem, invalid
from plugin.db import Session
from plugin.db.tables import RedemptionRow
from plugin.loyalty.errors import OutsideError
from plugin.loyalty.outside import Recipient
from plugin.loyalty.program.values import Channel, Money
from plugin.services import households, limits, lookup, members, offers, programs, redeem, returns, shops
from plugin.services.api_keys import KeyHolder
from plugin.services.offers import Wallet
from plugin.services.redeem import RewardOrder
from plugin.services.returns import Wish
from plugin.services.takers import Standing, StandingNeeded, Taker

T = TypeVar("T")

REDEMPTIONS = "redemptions"
RETURNS = "returns"
_MONEY: TypeAdapter[Decimal] = TypeAdapter(Money)
_CHANNEL: TypeAdapter[Channel] = TypeAdapter(Channel)


def list_rewards(door: Door, caller: KeyHolder) -> Response:
    """The rewards that members can take now; none while the program is switched off."""
    given = query.parameters("limit", "next")
    limit, start = query.limit_of(given), query.cursor_of(given, "rewards") or 0
    with door.world.database.transaction(caller.shop_id) as session:
        program = programs.current(session).program
        currency = shops.details(session).currency
    offered = [reward for reward in program.rewards if reward.is_on and not reward.is_hidden] if program.is_live else []
    end = start + limit
    shown = [shapes.reward(reward, currency=currency, language=language()) for reward in offered[start:end]]
    return answer(shapes.Page(shown, query.cursor("rewards", end) if len(offered) > end else None))


def list_offers(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """Every reward as it stands for a member: why they cannot take it now, or the points that their cart makes the most of."""
    given = query.parameters("cart_total", "channel")
    number, now = query.member_id(member_id), door.world.clock()
    cart_total = _parameter(_MONEY, given, "cart_total", "Give an amount such as 49.95.")
    channel = _parameter(_CHANNEL, given, "channel", "A channel is one of online, pos, draft.") or "online"
    with door.world.database.transaction(caller.shop_id) as session:
        living = lookup.living(session, number)
        available = members.view(session, living, handle_key=door.handle_key, now=now).available
        needed = offers.needs(session, living)
    standing = _look_up(door, caller, needed) if needed is not None else None
    with door.world.database.transaction(caller.shop_id) as session:
        taker = Taker(living, channel, standing or Standing())
        found = offers.of(session, taker, Wallet(available, cart_total), now=now)
        currency = shops.details(session).currency
    return answer(shapes.Page([shapes.offer(each, currency=currency, language=language()) for each in found], None))


def add_redemption(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """Take a reward. 201 with its code when it stands within 2 s, else 202 with state "held": ask again for the redemption.

    Sent again with the same Idempotency-Key it is the same redemption, as it stands then.
    """
    query.parameters()
    number, key, body = query.member_id(member_id), query.idempotency_key(is_required=True), query.body(NewRedemption)
    try:
        row = once_more(lambda: _hold_once(door, caller, number, str(key), body))
    except StandingNeeded as needed:
        standing = _look_up(door, caller, needed)
        row = once_more(lambda: _hold_once(door, caller, number, str(key), body, standing))
    if row.state == "held":
        door.bell.ring("codes", caller.shop_id, caller.domain)
        row = door.await_code(caller.shop_id, row)
    if row.state == "failed":
        raise _failed(row)
    status = 202 if row.state in ("held", "suspended") else 201
    return answer(shapes.One(shapes.redemption(row)), status, Location=f"/api/v1/redemptions/{row.id}")


def show_redemption(door: Door, caller: KeyHolder, redemption_id: str) -> Response:
    """A redemption as it stands now."""
    query.parameters()
    return answer(shapes.One(shapes.redemption(door.redemption(caller.shop_id, query.redemption_id(redemption_id)))))


def cancel_redemption(door: Door, caller: KeyHolder, redemption_id: str) -> Response:
    """Cancel an unused redemption: its code is switched off, and then its points come back."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        row = redeem.cancel(session, query.redemption_id(redemption_id), now=door.world.clock())
        door.note(session, caller, "redemption.cancelled", row.id)
    door.bell.ring("codes", caller.shop_id, caller.domain)
    return answer(shapes.One(shapes.redemption(row)), 202)


def return_redemption(door: Door, caller: KeyHolder, redemption_id: str) -> Response:
    """Staff give the points of a reward back, saying why: an unused one is cancelled, a used one gives back in share.

    Store credit and gift cards are taken back at Shopify first: `restored_points` says how many points came of what was left.
    """
    query.parameters()
    query.idempotency_key(is_required=True)
    body, found = query.body(Return), query.redemption_id(redemption_id)

    def give_back(session: Session) -> str:
        wish = Wish(body.points, body.reason, by(caller))
        returns.give_back(session, found, wish, now=door.world.clock())
        door.note(session, caller, "redemption.returned", found, points=body.points)
        return str(found)

    def seen(session: Session, subject: str) -> RedemptionRow:
        return redeem.find(session, UUID(subject))

    row = once(door, caller, RETURNS, f"{found} {body.model_dump_json()}", give_back, seen)
    door.bell.ring("codes", caller.shop_id, caller.domain)
    return answer(shapes.One(shapes.redemption(row)), 202)


def _hold_once(
    door: Door, caller: KeyHolder, number: int, key: str, body: NewRedemption, standing: Standing | None = None
) -> RedemptionRow:
    now = door.world.clock()
    fingerprint = f"{number} {body.model_dump_json()}".encode()
    with door.world.database.transaction(caller.shop_id) as session:
        member_id = lookup.reachable(session, number)
        done = redeem.find_request(session, caller=client(caller), route=REDEMPTIONS, key=key, body=fingerprint)
        if done is not None:
            return redeem.find(session, UUID(done))
        pool_id = households.of_member(session, member_id) if body.from_household else None
        told = body.recipient
        order = RewardOrder(
            member_id,
            body.reward_id,
            body.points,
            uuid4(),
            pool_id,
            channel=body.channel,
            cart_total=body.cart_total,
            currency=body.currency,
            language=language(),
            recipient=Recipient(told.email, told.name, told.message) if told is not None else None,
            standing=standing,
        )
        # Remembered before the deed, so that a twin of this request waits here instead of holding points first.
        redeem.remember_request(
            session,
            caller=client(caller),
            route=REDEMPTIONS,
            key=key,
            body=fingerprint,
            subject=str(order.redemption_id),
            now=now,
        )
        return redeem.place_hold(session, order, keys=door.world.keys, now=now)


def _look_up(door: Door, caller: KeyHolder, needed: StandingNeeded) -> Standing:
    try:
        return limits.look_up(door.world.shopify(caller.shop_id, caller.domain), needed)
    except OutsideError as error:
        raise Problem(
            503,
            "shopify-unavailable",
            "Shopify cannot be asked",
            f"This reward is for certain customers, and Shopify cannot say who they are just now: {error}.",
            headers={"Retry-After": "5"},
        ) from None


def _parameter(adapter: TypeAdapter[T], given: dict[str, str], name: str, allowed: str) -> T | None:
    try:
        return adapter.validate_python(given[name]) if name in given else None
    except ValidationError:
        raise invalid([(name, allowed)], status=400) from None


def _failed(row: RedemptionRow) -> Problem:
    return Problem(
        409,
        "redemption-failed",
        "Code could not be created",
        f"Shopify would not create the discount, and the {row.points} points were given back: {row.failure or 'no reason was given'}",
        figures={"redemption_id": str(row.id), "points": row.points},
    )
