"""The same door for the till, under /ext/pos: the token says which member of the staff asks, and they say for which customer.

Only here a customer is named in the request, because only staff come in here. What staff do for a customer is noted in the change
log, and rewards are taken in the channel `pos`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from flask import Blueprint, request

from plugin.db import Session
from plugin.loyalty.program.values import Channel
from plugin.services import changelog, staff
from plugin.services.perform import World
from plugin.settings import Settings
from plugin.storefront import changing, reading
from plugin.storefront.door import LANGUAGE, Asked, Bell, Door, add_refusing
from plugin.storefront.extensions import add_sharing, claims_of
from plugin.storefront.pace import Pace
from plugin.storefront.refusals import RequestUnreadable
from plugin.storefront.requests import B
from plugin.storefront.waiting import WaitingRoom

ADDRESS: Final = "/ext/pos"
CUSTOMER: Final = "customer_id"


def create_blueprint(
    world: World, settings: Settings, bell: Bell, *, room: WaitingRoom | None = None, pace: Pace | None = None
) -> Blueprint:
    """The till's door, to be registered under ADDRESS."""
    blueprint = Blueprint("till", __name__)
    door = TillDoor(world, settings, bell, room or WaitingRoom(), pace)
    reading.add_routes(blueprint, door)
    changing.add_routes(blueprint, door)
    add_refusing(blueprint, door)
    add_sharing(blueprint)
    return blueprint


class TillDoor(Door):
    """The storefront's door, with a token of the staff for a key."""

    channel: Channel = "pos"

    def __init__(self, world: World, settings: Settings, bell: Bell, room: WaitingRoom, pace: Pace | None) -> None:
        super().__init__(world, settings, bell, room, pace)
        self.settings = settings

    def admit(self, names: frozenset[str]) -> Asked:
        """Who is asking what for whom. Raises NotFromShopify, RequestUnreadable, ShopUnknown, RoleTooLow (who may look changes nothing)."""
        claims = claims_of("pos", self.settings, self.world.clock())
        params = {}
        for name, values in request.args.lists():
            if name not in names | {LANGUAGE, CUSTOMER} or len(values) != 1:
                raise RequestUnreadable
            params[name] = values[0]
        customer_id = _customer(params.pop(CUSTOMER, ""))
        asked = self.found(claims.shop, customer_id, params)
        if request.method == "POST" and claims.staff_id is not None:
            with self.transaction(asked) as session:
                staff.require(session, claims.staff_id, "support")
        return replace(asked, staff_id=claims.staff_id)

    def note(self, session: Session, asked: Asked, deed: str, member_id: int | None) -> None:
        """What was done for a customer, by whom."""
        if asked.staff_id is not None:
            by, subject = f"staff:{asked.staff_id}", "" if member_id is None else str(member_id)
            changelog.note(session, by=by, deed=f"till.{deed}", subject=subject, now=self.world.clock())

    def body(self, asked: Asked, kind: type[B]) -> B:  # noqa: ARG002 - the token was checked when the visitor was admitted
        """The request's typed body. No other site can make a till send the token, so no nonce is needed."""
        return self.read_body(kind)


def _customer(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,17}", text):
        raise RequestUnreadable
    return int(text)
