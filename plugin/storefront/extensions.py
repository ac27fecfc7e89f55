"""The same door for UI extensions, under /ext: who asks is known from the ID token that Shopify gives the extension.

/ext/checkout takes tokens of the checkout (and of the thank-you page), /ext/account those of customer accounts. Whatever the app
proxy offers is offered here as well, by the very same routes; a token stands where the proxy's signature and nonce stand there.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, Literal

from flask import Blueprint, Response, request

from plugin.loyalty.errors import NotSignedIn, OrderUnknown
from plugin.loyalty.rules import PURCHASE
from plugin.services import explain
from plugin.services.perform import World
from plugin.settings import Settings
from plugin.shopify.verify import Claims, NotFromShopify, TokenKind, verify_token
from plugin.storefront import routes
from plugin.storefront.answers import Document
from plugin.storefront.door import LANGUAGE, Asked, Bell, Door, Reply, live_program, member_of, reply
from plugin.storefront.pace import Pace
from plugin.storefront.refusals import RequestUnreadable
from plugin.storefront.requests import B
from plugin.storefront.waiting import WaitingRoom

Surface = Literal["checkout", "customer_account"]

ADDRESSES: Final[dict[str, Surface]] = {"checkout": "checkout", "account": "customer_account"}
"""Below /ext -> whose tokens are taken there."""

_BEARER: Final = "Bearer "


def create_blueprints(
    world: World, settings: Settings, bell: Bell, *, room: WaitingRoom | None = None, pace: Pace | None = None
) -> list[tuple[Blueprint, str]]:
    """A blueprint and the address it is to be registered under, for each surface."""
    return [
        (_create(ExtensionDoor(world, settings, bell, room or WaitingRoom(), pace, surface), name), f"/ext/{name}")
        for name, surface in ADDRESSES.items()
    ]


class ExtensionDoor(Door):
    """The storefront's door, with a token for a key."""

    def __init__(
        self,
        world: World,
        settings: Settings,
        bell: Bell,
        room: WaitingRoom,
        pace: Pace | None,
        surface: Surface,
    ) -> None:
        super().__init__(world, settings, bell, room, pace)
        self.settings = settings
        self.surface: Surface = surface

    def admit(self, names: frozenset[str]) -> Asked:
        """Who is asking what. Raises NotFromShopify, RequestUnreadable (an unknown or repeated parameter), ShopUnknown."""
        claims = claims_of(self.surface, self.settings, self.world.clock())
        params = {}
        for name, values in request.args.lists():
            if name not in names | {LANGUAGE} or len(values) != 1:
                raise RequestUnreadable
            params[name] = values[0]
        return self.found(claims.shop, claims.customer_id, params)

    def body(self, asked: Asked, kind: type[B]) -> B:  # noqa: ARG002 - the token was checked when the visitor was admitted
        """The request's typed body. No other site can make a browser send the token, so no nonce is needed."""
        return self.read_body(kind)


def claims_of(surface: TokenKind, settings: Settings, now: datetime) -> Claims:
    """What the request's token says; it must be one of this surface. Raises NotFromShopify."""
    header = request.headers.get("Authorization", "")
    if not header.startswith(_BEARER):
        raise NotFromShopify(because="token: missing")
    return verify_token(
        header.removeprefix(_BEARER),
        surface,
        client_id=settings.shopify_api_key,
        client_secret=settings.shopify_api_secret,
        old_client_secret=settings.shopify_old_api_secret,
        now=now,
    )


def _create(door: ExtensionDoor, name: str) -> Blueprint:
    blueprint = Blueprint(f"extensions_{name}", __name__)
    _add_order(blueprint, door)
    routes.add_all(blueprint, door)
    add_sharing(blueprint)
    return blueprint


def _add_order(blueprint: Blueprint, door: ExtensionDoor) -> None:
    @blueprint.get("/order/<order_id>", provide_automatic_options=False)
    @reply(door)
    def order(asked: Asked, order_id: str) -> Reply:
        return _order(door, asked, order_id), 200


def _order(door: ExtensionDoor, asked: Asked, text: str) -> Document:
    """What the shopper's own order gave: `state` is coming until it is known to be paid, then pending or available.

    Another's order is answered like one that has not arrived: nobody learns which orders there are.
    """
    if not re.fullmatch(r"[0-9]{1,19}", text):
        raise RequestUnreadable
    coming: Document = {"state": "coming", "points": 0, "available_at": None}
    with door.transaction(asked) as session:
        live_program(session)
        if asked.visitor.customer_id is None:
            raise NotSignedIn
        member_id = member_of(session, asked)
        try:
            told = explain.order(session, int(text))
        except OrderUnknown:
            return coming
        points = told.posted.get(f"{member_id}:{PURCHASE}")
        if points is None:
            return coming
        available_at = explain.available_at(session, member_id, int(text))
    is_pending = available_at is not None and available_at > door.world.clock()
    return {
        "state": "pending" if is_pending else "available",
        "points": points,
        "available_at": available_at.isoformat(timespec="seconds") if available_at is not None else None,
    }


def add_sharing(blueprint: Blueprint) -> None:
    """Extensions run on Shopify's origins, and which ones Shopify does not promise: the token decides, not the origin."""

    @blueprint.before_request
    def preflight() -> Response | None:
        return Response(status=204) if request.method == "OPTIONS" else None

    @blueprint.after_request
    def shared(response: Response) -> Response:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response.headers["Access-Control-Allow-Methods"] = "GET, POST"
        response.headers["Access-Control-Max-Age"] = "600"
        return response
