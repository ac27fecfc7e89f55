"""The newsletter with one click: Shopify keeps who agreed, and what agreeing is worth is given once."""

from __future__ import annotations

from flask import Blueprint

from plugin.loyalty.errors import ActionUnknown, AlreadySubscribed, NewsletterImpossible, Refused
from plugin.services import activities
from plugin.storefront.door import Asked, Door, Reply, live_program, member_of, reply
from plugin.storefront.requests import Plain


def add_routes(blueprint: Blueprint, door: Door) -> None:
    """POST /newsletter."""

    @blueprint.post("/newsletter", provide_automatic_options=False)
    @reply(door)
    def subscribe(asked: Asked) -> Reply:
        """The shopper agrees to the newsletter: Shopify is told, and what that is worth is given once. `is_subscribed` is always true."""
        door.body(asked, Plain)
        with door.transaction(asked) as session:
            action = live_program(session).action_of("newsletter")
            if action is None or not action.is_on:
                raise ActionUnknown(action_id="newsletter")
            member_of(session, asked)
        shopify, now = door.world.shopify(asked.shop.id, asked.shop.domain), door.world.clock()
        if shopify.has_consented(asked.customer_id):
            raise AlreadySubscribed
        try:
            shopify.give_consent(asked.customer_id, now)
        except Refused as refused:
            raise NewsletterImpossible from refused
        with door.transaction(asked) as session:
            activities.consented(session, asked.customer_id, now, keys=door.world.keys, now=now)
        return {"is_subscribed": True}, 200
