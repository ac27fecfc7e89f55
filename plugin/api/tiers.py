"""Tiers over the API: where a member stands, and a tier that staff pin for a while."""

from __future__ import annotations

from flask import Response

from plugin.api import query, shapes, tier_shapes
from plugin.api.bodies import NewTierPin
from plugin.api.door import Door, answer, by, language
from plugin.db import Session
from plugin.services import lookup, tiers
from plugin.services.api_keys import KeyHolder


def show_tier(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """A member's tier, the way to the next, their membership, and every tier they had."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        return _standing(door, session, lookup.living(session, query.member_id(member_id)))


def pin_tier(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """Set a member's tier, up or down (null: none), until an instant or until it is taken off; the pin before it ends."""
    query.parameters()
    number, body = query.member_id(member_id), query.body(NewTierPin)
    with door.world.database.transaction(caller.shop_id) as session:
        living = lookup.reachable(session, number)
        tiers.pin(
            session,
            living,
            body.tier,
            until=body.until,
            words=body.reason,
            author=by(caller),
            keys=door.world.keys,
            now=door.world.clock(),
        )
        door.note(session, caller, "member.tier_pinned", living, tier=body.tier, until=body.until)
        return _standing(door, session, living)


def unpin_tier(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """Take the pin off: the member has the tier they earned."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        living = lookup.reachable(session, query.member_id(member_id))
        tiers.unpin(session, living, keys=door.world.keys, now=door.world.clock())
        door.note(session, caller, "member.tier_unpinned", living)
        return _standing(door, session, living)


def _standing(door: Door, session: Session, member_id: int) -> Response:
    found = tiers.standing(session, member_id, now=door.world.clock())
    return answer(shapes.One(tier_shapes.standings(found, language=language())))
