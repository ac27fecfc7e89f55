"""What shoppers do with their points: join, redeem, give a code back, and take a friend's gift."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final
from uuid import UUID

from flask import Blueprint

from plugin.db import Session
from plugin.loyalty.outside import Recipient
from plugin.loyalty.referring import channel_of
from plugin.services import households, limits, members, redeem, referrals
from plugin.services.activities import joined as note_joined
from plugin.services.redeem import RewardOrder
from plugin.services.takers import Standing, StandingNeeded
from plugin.storefront import activities, invitations, requests
from plugin.storefront.door import Asked, Door, Intent, Reply, live_program, member_of, reply
from plugin.storefront.reading import claim_of, redemption_of, state_of

MOVING: Final = frozenset({"held", "suspended"})


def add_routes(blueprint: Blueprint, door: Door) -> None:
    """What changes something."""

    @blueprint.post("/join", provide_automatic_options=False)
    @reply(door)
    def become_member(asked: Asked) -> Reply:
        door.body(asked, requests.Join)
        tags = activities.tags_of(door, asked, lambda live: live.action_of("sign_up"))
        with door.transaction(asked) as session:
            live_program(session)
            keys, now = door.world.keys, door.world.clock()
            member_id = members.join(session, asked.customer_id, tombstone_key=keys.tombstones, now=now)
            note_joined(session, member_id, tags=tags, keys=keys, now=now)
            door.note(session, asked, "join", member_id)
        return state_of(door, asked), 200

    @blueprint.post("/redeem", provide_automatic_options=False)
    @reply(door)
    def take_reward(asked: Asked) -> Reply:
        body = door.body(asked, requests.Redeem)

        def hold(session: Session, redemption_id: UUID, standing: Standing | None = None) -> None:
            order = _ordered(session, door, asked, body, redemption_id)
            redeem.place_hold(session, replace(order, standing=standing), keys=door.world.keys, now=door.world.clock())
            door.note(session, asked, "redeem", order.member_id)

        def caller(session: Session) -> str:
            return f"member:{member_of(session, asked)}"

        content = f"{body.reward_id}:{body.points}:{body.from_household}".encode()
        if body.cart_total or body.currency or body.recipient:
            content += f":{body.cart_total}:{body.currency}:{body.recipient}".encode()
        intent = Intent(caller, "redemptions", body.request_key, content)
        try:
            redemption_id = door.once(asked, intent, hold)
        except StandingNeeded as needed:
            shopify = door.world.shopify(asked.shop.id, asked.shop.domain)
            redemption_id = door.once(asked, intent, partial(hold, standing=limits.look_up(shopify, needed)))
        door.bell.ring("codes", asked.shop.id, asked.shop.domain)
        seen = door.room.wait(
            lambda: redemption_of(door, asked, redemption_id), until=lambda it: it["state"] not in MOVING
        )
        return seen, 202 if seen["state"] in MOVING else 200

    @blueprint.post("/cancel", provide_automatic_options=False)
    @reply(door)
    def cancel_reward(asked: Asked) -> Reply:
        body = door.body(asked, requests.Cancel)
        with door.transaction(asked) as session:
            member_id = member_of(session, asked)
            row = redeem.find(session, body.redemption_id, member_id=member_id)
            if row.cancelled_at is None or row.state != "released":  # asked twice, the second finds it done
                redeem.cancel(session, body.redemption_id, member_id=member_id, is_shopper=True, now=door.world.clock())
                door.note(session, asked, "cancel", member_id)
        door.bell.ring("codes", asked.shop.id, asked.shop.domain)
        seen = door.room.wait(
            lambda: redemption_of(door, asked, body.redemption_id), until=lambda it: not it["is_returning"]
        )
        return seen, 202 if seen["is_returning"] else 200

    @blueprint.post("/claim", provide_automatic_options=False)
    @reply(door)
    def take_gift(asked: Asked) -> Reply:
        body = door.body(asked, requests.Claim)

        def write(session: Session, claim_id: UUID) -> None:
            customer_id, keys, now = asked.visitor.customer_id, door.world.keys, door.world.clock()
            referrals.claim(
                session,
                body.ref,
                referral_id=claim_id,
                customer_id=customer_id,
                channel=channel_of(body.via),
                seen=invitations.seen(keys, asked.shop.id, body.device),
                keys=keys,
                now=now,
            )
            door.note(session, asked, "claim", None)

        # Who is signed in gets one gift from a friend, however many tabs ask for it; a guest is known by the request key alone.
        key = body.request_key if asked.visitor.customer_id is None else body.ref
        intent = Intent(lambda _: door.alias(asked.visitor), "claims", key, body.ref.encode())
        claim_id = door.once(asked, intent, write)
        door.bell.ring("codes", asked.shop.id, asked.shop.domain)
        seen = door.room.wait(lambda: claim_of(door, asked, claim_id), until=lambda it: it["state"] != "held")
        return seen, 202 if seen["state"] == "held" else 200


def _ordered(session: Session, door: Door, asked: Asked, body: requests.Redeem, redemption_id: UUID) -> RewardOrder:
    """What the shopper asks for, with whose points. Raises NotSignedIn, MemberUnknown."""
    member_id, told = member_of(session, asked), body.recipient
    return RewardOrder(
        member_id,
        body.reward_id,
        body.points,
        redemption_id,
        households.of_member(session, member_id) if body.from_household else None,
        cart_total=requests.read_amount(body.cart_total),
        currency=body.currency,
        language=asked.language,
        recipient=Recipient(told.email, told.name, told.message) if told is not None else None,
        sees_hidden=False,
        channel=door.channel,
    )
