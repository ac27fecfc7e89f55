"""Rewards and redemptions over the API: the points are held in one commit, then the caller waits a moment for the code."""

from __future__ import annotations

from uuid import UUID, uuid4

from flask import Response

from plugin.api import query, shapes
from plugin.api.bodies import NewRedemption
from plugin.api.door import Door, answer, client, once_more
from plugin.api.problems import Problem
from plugin.db.tables import RedemptionRow
from plugin.services import lookup, programs, redeem, shops
from plugin.services.api_keys import KeyHolder
from plugin.services.redeem import RewardOrder

REDEMPTIONS = "redemptions"


def list_rewards(door: Door, caller: KeyHolder) -> Response:
    """The rewards that members can take now; none while the program is switched off."""
    given = query.parameters("limit", "next")
    limit, start = query.limit_of(given), query.cursor_of(given, "rewards") or 0
    with door.world.database.transaction(caller.shop_id) as session:
        program = programs.current(session).program
        currency = shops.details(session).currency
    offered = [reward for reward in program.rewards if reward.is_on] if program.is_live else []
    end = start + limit
    shown = [shapes.reward(reward, currency=currency) for reward in offered[start:end]]
    return answer(shapes.Page(shown, query.cursor("rewards", end) if len(offered) > end else None))


def add_redemption(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """Take a reward. 201 with its code when it stands within 2 s, else 202 with state "held": ask again for the redemption.

    Sent again with the same Idempotency-Key it is the same redemption, as it stands then.
    """
    query.parameters()
    number, key, body = query.member_id(member_id), query.idempotency_key(is_required=True), query.body(NewRedemption)
    row = once_more(lambda: _hold_once(door, caller, number, str(key), body))
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
    door.bell.ring("codes", caller.shop_id, caller.domain)
    return answer(shapes.One(shapes.redemption(row)), 202)


def _hold_once(door: Door, caller: KeyHolder, number: int, key: str, body: NewRedemption) -> RedemptionRow:
    now = door.world.clock()
    fingerprint = f"{number} {body.model_dump_json()}".encode()
    with door.world.database.transaction(caller.shop_id) as session:
        member_id = lookup.reachable(session, number)
        done = redeem.find_request(session, caller=client(caller), route=REDEMPTIONS, key=key, body=fingerprint)
        if done is not None:
            return redeem.find(session, UUID(done))
        order = RewardOrder(member_id, body.reward_id, body.points, uuid4())
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


def _failed(row: RedemptionRow) -> Problem:
    return Problem(
        409,
        "redemption-failed",
        "Code could not be created",
        f"Shopify would not create the discount, and the {row.points} points were given back: {row.failure or 'no reason was given'}",
        figures={"redemption_id": str(row.id), "points": row.points},
    )
