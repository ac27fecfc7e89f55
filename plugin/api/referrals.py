"""Referrals over the API: who waits for staff, what speaks against a referral, and staff's last word."""

from __future__ import annotations

import re
from datetime import date
from typing import cast, get_args
from uuid import UUID

from flask import Response

from plugin.api import query, referral_shapes, shapes
from plugin.api.bodies import ReferralDecision
from plugin.api.door import Door, answer, by
from plugin.api.problems import invalid
from plugin.loyalty.errors import ReferralUnknown
from plugin.loyalty.referring import STATES, Decision, State
from plugin.services import lookup, referrals
from plugin.services.api_keys import KeyHolder

_STATES = frozenset(get_args(State))


def list_referrals(door: Door, caller: KeyHolder) -> Response:
    """A page of referrals, newest first; those in one state, or of one advocate, when asked for."""
    given = query.parameters("state", "member_id", "limit", "next")
    state = given.get("state")
    if state is not None and state not in _STATES:
        raise invalid([("state", f"Give one of {', '.join(STATES)}.")], status=400)
    listing = f"referrals:{state or 'all'}"
    limit, start = query.limit_of(given), query.cursor_of(given, listing) or 0
    with door.world.database.transaction(caller.shop_id) as session:
        advocate = lookup.living(session, query.member_id(given["member_id"])) if "member_id" in given else None
        found = referrals.page(
            session,
            state=cast("State | None", state),
            advocate_id=advocate,
            start=start,
            limit=limit + 1,
            now=door.world.clock(),
        )
    following = query.cursor(listing, start + limit) if len(found) > limit else None
    return answer(shapes.Page([referral_shapes.referral(view) for view in found[:limit]], following))


def show_referral(door: Door, caller: KeyHolder, referral_id: str) -> Response:
    """One referral, with everything that speaks against it."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        view = referrals.view(session, _id(referral_id), now=door.world.clock())
    return answer(shapes.One(referral_shapes.referral(view)))


def approve_referral(door: Door, caller: KeyHolder, referral_id: str) -> Response:
    """Staff say that this referral is to be rewarded, whatever its score. Sent again, it stays so."""
    return _decide(door, caller, referral_id, "approve")


def block_referral(door: Door, caller: KeyHolder, referral_id: str) -> Response:
    """Staff say that this referral is not to be rewarded; what was given is taken back where it is unused. Sent again, it stays so."""
    return _decide(door, caller, referral_id, "block")


def list_channels(door: Door, caller: KeyHolder) -> Response:
    """What came through each channel on the shop's days `since` to `until`: clicks are counted without saying whose."""
    given = query.parameters("since", "until", "member_id")
    since, until = _day(given, "since"), _day(given, "until")
    now = door.world.clock()
    with door.world.database.transaction(caller.shop_id) as session:
        advocate = lookup.living(session, query.member_id(given["member_id"])) if "member_id" in given else None
        found = referrals.channels(
            session, advocate_id=advocate, since=since or date(2000, 1, 1), until=until or date(9999, 1, 1), now=now
        )
    return answer(shapes.Page([referral_shapes.channel(count) for count in found], None))


def _decide(door: Door, caller: KeyHolder, referral_id: str, decision: Decision) -> Response:
    query.parameters()
    body = query.body(ReferralDecision)
    with door.world.database.transaction(caller.shop_id) as session:
        view = referrals.resolve(
            session,
            _id(referral_id),
            decision,
            by=by(caller),
            why=body.reason,
            keys=door.world.keys,
            now=door.world.clock(),
        )
        door.note(session, caller, "referral.decided", referral_id, decision=decision)
    door.bell.ring("codes", caller.shop_id, caller.domain)
    return answer(shapes.One(referral_shapes.referral(view)))


def _id(text: str) -> UUID:
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        raise ReferralUnknown(handle=text)
    return UUID(text)


def _day(given: dict[str, str], name: str) -> date | None:
    if name not in given:
        return None
    try:
        return date.fromisoformat(given[name])
    except ValueError:
        raise invalid([(name, "Give a day such as 2026-03-31.")], status=400) from None
