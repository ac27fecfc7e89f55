"""A shop in which every page of the admin has something to show: each part of a program, and people with difficult names in each state."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from uuid import UUID

from devstore.world import Shop
from plugin.admin import HANDLE_KEY
from plugin.db import Session
from plugin.loyalty import codes
from plugin.loyalty.people import Wanted
from plugin.loyalty.program import Program, default_program, dump, parse
from plugin.services import (
    api_keys,
    audit,
    bulk,
    households,
    launch,
    members,
    programs,
    proposals,
    redeem,
    referrals,
    segments,
    shops,
    surveys,
)
from plugin.services.redeem import RewardOrder
from tests.admin.stage import SECRET, Stage

REHEARSAL = UUID(int=1)
TRIAL = UUID(int=2)
BULK = UUID(int=3)
HOSTILE = (
    ("<script>alert(1)</script>", "Mallory"),
    ("\N{BABY CHICK}" * 6, "O’Brien"),
    ("عائشة", "بنت محمد"),
    ("A" * 300, "Long"),
    ("Ann", "Plain"),
    ("Bob", "Plain"),
)

PARTS = {
    "name": "Brew <Club>",
    "order_rules": [
        {
            "id": "weekend",
            "title": "Weekend <double>",
            "effect": {"kind": "multiplier", "factor": "2"},
            "conditions": {"weekdays": ["saturday", "sunday"]},
        },
    ],
    "referral": {"advocate_points": 150, "friend_points": 20, "suspicion": {"is_on": True}},
    "tiers": {
        "metric": "spend",
        "levels": [
            {"id": "silver", "title": "Silver", "threshold": "100"},
            {"id": "gold", "title": "Gold", "threshold": "300", "multiplier": "2"},
        ],
    },
    "actions": [
        {"id": "hello", "kind": "sign_up", "title": "Say hello", "points": 10},
        {"id": "asked", "kind": "survey", "title": "Tell us", "points": 5, "survey_id": "season"},
        {
            "id": "follow",
            "kind": "social_follow",
            "title": "Follow us",
            "points": 5,
            "url": "https://example.com/brew",
        },
    ],
    "achievements": [{"id": "orders", "title": "Orders", "metric": "orders", "steps": [{"at": 2, "points": 10}]}],
    "surveys": [
        {
            "id": "season",
            "title": "Your season",
            "questions": [
                {"id": "recommend", "kind": "nps", "words": "Would you recommend us?"},
                {"id": "words", "kind": "text", "words": "Anything else?", "is_required": False},
            ],
        }
    ],
    "sharing": {
        "households": {"is_on": True},
        "gifts": {"is_on": True},
        "causes": {"causes": [{"id": "trees", "title": "Trees for town"}]},
    },
    "goodwill": {"codes": [{"id": "late", "title": "Sorry for the late delivery", "maximum_points": 200}]},
    "partners": [{"id": "cafe", "title": "Corner Café", "budget": 500}],
    "membership": {"plans": [{"id": "club", "title": "Club", "product_ids": [900], "months": 12, "points": 25}]},
    "expiry": {"kind": "earned", "months": 12},
}


def program(*, is_live: bool = True) -> Program:
    """A program with one of everything."""
    document = dump(default_program("USD", is_live=is_live)) | PARTS
    document["rewards"].append(
        {"id": "tasting", "kind": "experience", "title": "A tasting for two", "price_points": 20}
    )
    return parse(document)


def furnish(playing: Stage, shop: Shop) -> list[str]:
    """Fill a shop that was opened once; addresses of pages that only a form leads to."""
    world = playing.world
    now = world.clock()
    with world.database.transaction() as session:
        shop_id = shops.find(session, shop.domain).id
        api_keys.create(session, shop_id, "Flow <b>", now)
    with world.database.transaction(shop_id) as session:
        programs.publish(session, program(is_live=False), by="staff:7", now=now - timedelta(days=1))
        proposals.rehearse_draft(session, rehearsal_id=REHEARSAL, by="staff:7", now=now)
        draft = program().model_copy(
            update={"launch": program().launch.model_copy(update={"counts_from": now - timedelta(days=7)})}
        )
        launch.ask_trial(session, draft, trial_id=TRIAL, now=now)
        programs.publish(session, program(), by="staff:7", now=now)
    playing.bell.ring("rest", shop_id, shop.domain)

    people = [
        shop.add_customer(f"person{number}@example.com", first_name=first, last_name=last)
        for number, (first, last) in enumerate(HOSTILE)
    ]
    playing.deliver()
    orders = [playing.buy(shop, person.id, price="160.00") for person in people]
    shop.refund(orders[0])
    _send_what_nobody_can_read(playing, shop)
    playing.deliver()

    with world.database.transaction(shop_id) as session:
        ids = [_member(session, person.id) for person in people]
        _live_on(session, playing, ids)
    playing.bell.ring("codes", shop_id, shop.domain)
    playing.bell.ring("rest", shop_id, shop.domain)
    audit.run(world.database, shop_id, now=world.clock())
    return [f"/start/{REHEARSAL}", f"/launch/{TRIAL}?days=7", f"/members/bulk/{BULK}"]


def _live_on(session: Session, playing: Stage, ids: list[int]) -> None:
    """What members and staff do once there are points."""
    now, keys = playing.world.clock(), playing.world.keys
    members.adjust(session, ids[1], 25, words="<b>Late</b> parcel", author="staff:7", key="adjust:1", now=now)
    for number, reward in enumerate(("amount-off", "tasting"), 10):
        order = RewardOrder(member_id=ids[number - 8], reward_id=reward, points=None, redemption_id=UUID(int=number))
        redeem.place_hold(session, order, keys=keys, now=now)
    home = households.found(session, ids[4], now=now)
    households.put_in(session, ids[4], 20, now=now)
    assert home
    surveys.answer(
        session, ids[5], "season", {"recommend": 3, "words": "<i>Cold</i>"}, key="survey:1", keys=keys, now=now
    )
    handle = codes.handle(playing.settings.derived_key(HANDLE_KEY), session.shop_id, ids[4])
    members.view(session, ids[4], handle_key=playing.settings.derived_key(HANDLE_KEY), now=now)
    referrals.claim(session, handle, referral_id=UUID(int=20), customer_id=None, keys=keys, now=now)
    segments.save(session, "Often <here>", Wanted(least=1), by="staff:7", now=now)
    new = bulk.NewBulk("points", Wanted(least=1), points=5, words="A thank-you")
    bulk.draft(session, new, bulk_id=BULK, by="staff:7", now=now)


def _member(session: Session, customer_id: int) -> int:
    member = members.by_customer(session, customer_id)
    assert member is not None
    return member


def _send_what_nobody_can_read(playing: Stage, shop: Shop) -> None:
    """A signed delivery with a body that is no order: kept as it came, for staff to see."""
    body = b'{"id": "not a number", "line_items": 7}'
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
    headers = {
        "X-Shopify-Topic": "orders/paid",
        "X-Shopify-Shop-Domain": shop.domain,
        "X-Shopify-Webhook-Id": str(UUID(int=99)),
        "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
    }
    with playing.app.test_client() as client:
        assert client.post("/webhooks", data=body, headers=headers).status_code == 200
