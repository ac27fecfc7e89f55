"""The same door for the till, under /ext/pos: the token says which member of the staff asks, and they say for which customer.

Only here a customer is named in the request, because only staff come in here. What staff do for a customer is noted in the change
log, and rewards are taken in the channel `pos`.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

from flask import Blueprint, Response, g, request

from plugin.db import DatabaseUnavailable
from plugin.loyalty.errors import Refusal
from plugin.loyalty.program.values import Channel
from plugin.services import changelog, members, staff
from plugin.services.perform import World
from plugin.settings import Settings
from plugin.storefront import changing, reading
from plugin.storefront.door import LANGUAGE, Asked, Bell, Door, add_refusing
from plugin.storefront.extensions import add_sharing, claims_of
from plugin.storefront.refusals import RequestUnreadable
from plugin.storefront.requests import B
from plugin.storefront.waiting import WaitingRoom

ADDRESS: Final = "/ext/pos"
CUSTOMER: Final = "customer_id"


class RoleTooLow(Refusal):
    """Whoever asks may look at members and change nothing."""

    code: ClassVar[str] = "role-too-low"
    sentence: ClassVar[str] = "Your role only looks at members. Ask the owner of the store for more."


def create_blueprint(world: World, settings: Settings, bell: Bell, *, room: WaitingRoom | None = None) -> Blueprint:
    """The till's door, to be registered under ADDRESS."""
    blueprint = Blueprint("till", __name__)
    door = TillDoor(world, settings, bell, room or WaitingRoom())
    reading.add_routes(blueprint, door)
    changing.add_routes(blueprint, door)
    _add_noting(blueprint, door)
    add_refusing(blueprint, door)
    add_sharing(blueprint)
    return blueprint


class TillDoor(Door):
    """The storefront's door, with a token of the staff for a key."""

    channel: Channel = "pos"

    def __init__(self, world: World, settings: Settings, bell: Bell, room: WaitingRoom) -> None:
        super().__init__(world, settings, bell, room)
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
        g.staff_id, g.customer_id = claims.staff_id, customer_id
        if request.method == "POST" and claims.staff_id is not None:
            with self.world.database.transaction(asked.shop.id) as session:
                if not staff.is_enough(staff.role_of(session, claims.staff_id), "support"):
                    raise RoleTooLow
        return asked

    def body(self, asked: Asked, kind: type[B]) -> B:  # noqa: ARG002 - the token was checked when the visitor was admitted
        """The request's typed body. No other site can make a till send the token, so no nonce is needed."""
        return self.read_body(kind)


def _customer(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,17}", text):
        raise RequestUnreadable
    return int(text)


def _add_noting(blueprint: Blueprint, door: TillDoor) -> None:
    @blueprint.after_request
    def note(response: Response) -> Response:
        """What was done for a customer, by whom."""
        if request.method == "POST" and response.status_code < 300 and g.get("staff_id"):  # noqa: PLR2004 - it was done
            deed, _, _ = request.path.removeprefix(f"{ADDRESS}/").partition("/")
            try:
                with door.world.database.transaction(g.shop_id) as session:
                    member_id = members.by_customer(session, g.customer_id) if g.customer_id else None
                    by, subject = f"staff:{g.staff_id}", "" if member_id is None else str(member_id)
                    changelog.note(session, by=by, deed=f"till.{deed}", subject=subject, now=door.world.clock())
            except DatabaseUnavailable:
                response.headers["Warning"] = '199 - "not noted in the change log"'
        return response
