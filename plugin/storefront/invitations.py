"""What an advocate's link brings about at the storefront: clicks are counted, sharing is noted, and advocates see how it goes.

Clicks are counted by channel and day and say nothing of who clicked. What is seen of a visitor is hashed here, with the shop's key,
and only where the program scores referrals.
"""

from __future__ import annotations

from flask import Blueprint, request

from plugin.db import Session
from plugin.loyalty.errors import MemberUnknown
from plugin.loyalty.referral_words import for_advocate
from plugin.loyalty.referring import channel_of
from plugin.loyalty.suspicion import Mark, Personal, marks, shop_key
from plugin.services import members, referrals
from plugin.services.keys import Keys
from plugin.storefront import requests
from plugin.storefront.door import Asked, Door, Reply, reply


def seen(keys: Keys, shop_id: int, device: str) -> frozenset[Mark]:
    """The marks of whoever sends this request: their network, as Shopify passes it on, and the device their browser names."""
    client = request.headers.get("X-Forwarded-For", "").partition(",")[0]
    return marks(Personal(networks=[client], devices=[device]), shop_key(keys.tombstones, shop_id))


def add_routes(blueprint: Blueprint, door: Door) -> None:
    """The addresses about links."""

    @blueprint.post("/click", provide_automatic_options=False)
    @reply(door)
    def count_click(asked: Asked) -> Reply:
        """Somebody opened a link."""
        body = door.body(asked, requests.Click)
        with door.transaction(asked) as session:
            referrals.clicked(session, body.ref, channel=channel_of(body.via), now=door.world.clock())
        return {"counted": True}, 200

    @blueprint.post("/share", provide_automatic_options=False)
    @reply(door)
    def share_link(asked: Asked) -> Reply:
        """An advocate passes their link on; what to append to the shop's address."""
        body = door.body(asked, requests.Share)
        channel = channel_of(body.via)
        now, keys = door.world.clock(), door.world.keys
        with door.transaction(asked) as session:
            member_id = _member(asked, session)
            referrals.shared(session, member_id, seen=seen(keys, asked.shop.id, body.device), now=now)
            view = members.view(session, member_id, handle_key=door.handle_key, now=now)
        return {"ref": view.referral_code, "via": channel, "query": f"?ref={view.referral_code}&via={channel}"}, 200

    @blueprint.get("/referrals", provide_automatic_options=False)
    @reply(door)
    def my_referrals(asked: Asked) -> Reply:
        """How an advocate's referrals go, without a word about who the friends are."""
        with door.transaction(asked) as session:
            found = referrals.seen_by_advocate(session, _member(asked, session), now=door.world.clock())
        told = [
            {
                "state": state,
                "text": for_advocate(state, language=asked.language),
                "at": at.isoformat(timespec="seconds"),
            }
            for state, at in found
        ]
        return {"referrals": told}, 200


def _member(asked: Asked, session: Session) -> int:
    member_id = members.by_customer(session, asked.customer_id)
    if member_id is None:
        raise MemberUnknown(customer_id=asked.customer_id)
    return member_id
