"""The shoppers' door: JSON behind Shopify's app proxy, under /proxy.

Who asks is known from the proxy's signature alone. Reading is GET; whatever changes something is POST with a JSON body and a
nonce (see plugin.storefront.nonce). The query string holds that signature, so it is never logged and never repeated. A shop
whose program is not live shows nothing.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial, wraps
from typing import Any, Final, Literal, Protocol, TypeVar
from uuid import UUID, uuid4

from flask import Blueprint, Response, g, jsonify, request

from plugin.db import DatabaseRefused, DatabaseUnavailable, Session
from plugin.loyalty.errors import MemberUnknown, NotSignedIn, OutsideError, ProgramNotLive, Refusal, ShopUnknown
from plugin.loyalty.outside import Recipient
from plugin.loyalty.program import Program
from plugin.loyalty.referring import channel_of
from plugin.loyalty.words import language_of
from plugin.services import households, limits, members, programs, redeem, referrals, shops
from plugin.services.activities import joined as note_joined
from plugin.services.perform import World
from plugin.services.redeem import RewardOrder
from plugin.services.takers import Standing, StandingNeeded
from plugin.settings import Settings
from plugin.shopify.verify import verify_app_proxy
from plugin.storefront import activities, answers, invitations, nonce, offering, refusals, requests, standings
from plugin.storefront.answers import Document, Reader
from plugin.storefront.nonce import Visitor
from plugin.storefront.refusals import NonceMissing, PageUnknown, RequestUnreadable, Unavailable
from plugin.storefront.requests import B
from plugin.storefront.waiting import WaitingRoom

Reply = tuple[Document, int]

LANGUAGE: Final = "lang"
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")
MOVING: Final = frozenset({"held", "suspended"})


class Bell(Protocol):
    """Calls for somebody to look after new work; never raises (jobs.Bell)."""

    def ring(self, kind: Literal["codes"], shop_id: int, domain: str, /) -> None:
        """Have somebody write the shop's codes soon."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One verified request: which shop, who, in which language, and with which parameters of ours."""

    shop: shops.Shop
    visitor: Visitor
    language: str
    params: dict[str, str]

    @property
    def customer_id(self) -> int:
        """Who is signed in. Raises NotSignedIn."""
        if self.visitor.customer_id is None:
            raise NotSignedIn
        return self.visitor.customer_id


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing a caller wants done once: named by their key, known by its content."""

    caller: Callable[[Session], str]
    route: str
    key: str
    content: bytes

    def find(self, session: Session) -> UUID | None:
        """What it made before; None when it is new. Raises KeyReused."""
        found = redeem.find_request(
            session, caller=self.caller(session), route=self.route, key=self.key, body=self.content
        )
        return None if found is None else UUID(found)

    def remember(self, session: Session, made: UUID, *, now: datetime) -> None:
        """Note what it made, in the transaction that made it."""
        redeem.remember_request(
            session,
            caller=self.caller(session),
            route=self.route,
            key=self.key,
            body=self.content,
            subject=str(made),
            now=now,
        )


def create_blueprint(world: World, settings: Settings, bell: Bell, *, room: WaitingRoom | None = None) -> Blueprint:
    """The door, to be registered under /proxy. `room` replaces the places for waiting requests in tests."""
    blueprint = Blueprint("storefront", __name__)
    door = Door(world, settings, bell, room or WaitingRoom())
    add_reading(blueprint, door)
    add_changing(blueprint, door)
    sharing.add_routes(blueprint, door)
    partners.add_routes(blueprint, door)
    add_refusing(blueprint, door)
    return blueprint


class Door:
    """What the routes share: verifying, reading bodies, transactions and refusals."""

    def __init__(self, world: World, settings: Settings, bell: Bell, room: WaitingRoom) -> None:
        self.world = world
        self.bell = bell
        self.room = room
        self.nonce_key = settings.derived_key("storefront-nonces")
        self.handle_key = settings.derived_key("handles")
        texts = (settings.shopify_api_secret, settings.shopify_old_api_secret)
        self.secrets = [text.encode() for text in texts if text]

    def admit(self, names: frozenset[str]) -> Asked:
        """Who is asking what. Raises NotFromShopify, ShopUnknown (also for a shop that uninstalled the app)."""
        proxied = verify_app_proxy(request.query_string, self.secrets, self.world.clock(), names=names | {LANGUAGE})
        return self.found(proxied.shop, proxied.customer_id, dict(proxied.params))

    def found(self, domain: str, customer_id: int | None, params: dict[str, str]) -> Asked:
        """The request of this customer in this shop. Raises ShopUnknown."""
        g.language = language_of(params.get(LANGUAGE))
        with self.world.database.transaction() as session:
            shop = shops.find(session, domain)
        if shop.status != "installed":
            raise ShopUnknown(domain=shop.domain)
        g.shop_id = shop.id
        return Asked(shop, Visitor(shop.id, customer_id), g.language, params)

    def body(self, asked: Asked, kind: type[B]) -> B:
        """The request's typed body, its nonce checked. Raises RequestUnreadable, NonceMissing."""
        body = self.read_body(kind)
        if not nonce.is_good(self.nonce_key, asked.visitor, body.nonce, self.world.clock()):
            raise NonceMissing
        return body

    def read_body(self, kind: type[B]) -> B:
        """The request's typed body. Raises RequestUnreadable."""
        if (request.content_length or 0) > requests.LARGEST_BODY:
            raise RequestUnreadable
        raw = request.stream.read(requests.LARGEST_BODY + 1)
        return requests.read_body(raw, request.content_type or "", kind)

    def once(self, asked: Asked, intent: Intent, deed: Callable[[Session, UUID], None]) -> UUID:
        """Do the deed unless the same intent did it before; the id of what it made. A refusal is not remembered.

        Two equal requests at the same moment both look before either has written: the one that loses (to the key's uniqueness,
        or because the points are gone) looks again and finds what its twin made.
        """
        fresh = uuid4()
        try:
            with self.world.database.transaction(asked.shop.id) as session:
                found = intent.find(session)
                if found is None:
                    deed(session, fresh)
                    intent.remember(session, fresh, now=self.world.clock())
        except DatabaseUnavailable:
            raise
        except (Refusal, *DatabaseRefused):
            with self.world.database.transaction(asked.shop.id) as session:
                found = intent.find(session)
            if found is None:
                raise
        return fresh if found is None else found

    def alias(self, visitor: Visitor) -> str:
        """A caller's name for claims: repeatable, and telling nothing of the customer, who may never become a member."""
        if visitor.customer_id is None:
            return "visitor"
        return f"visitor:{hmac.digest(self.nonce_key, b'caller:%d' % visitor.customer_id, 'sha256').hex()[:32]}"

    def reader(self, session: Session, asked: Asked) -> Reader:
        """For whom documents are made."""
        return Reader(asked.language, shops.details(session).currency)


def live_program(session: Session) -> Program:
    """The program shoppers see. Raises ProgramNotLive while it is being set up or switched off."""
    program = programs.current(session).program
    if not program.is_live:
        raise ProgramNotLive
    return program


def member_of(session: Session, asked: Asked) -> int:
    """The signed-in shopper's member id. Raises NotSignedIn, MemberUnknown."""
    member_id = members.by_customer(session, asked.customer_id)
    if member_id is None:
        raise MemberUnknown(customer_id=asked.customer_id)
    return member_id


# --- reading ----------------------------------------------------------------------------------------------------------


def add_reading(blueprint: Blueprint, door: Door) -> None:
    """What only looks."""

    @blueprint.get("/program", provide_automatic_options=False)
    @reply(door)
    def program(asked: Asked) -> Reply:
        """Whether there is anything to show: what every page of the storefront asks, once a visit."""
        with door.world.database.transaction(asked.shop.id) as session:
            now_live = programs.current(session).program
        return ({"is_live": True, "name": now_live.name} if now_live.is_live else {"is_live": False}), 200

    @blueprint.get("/state", provide_automatic_options=False)
    @reply(door)
    def state(asked: Asked) -> Reply:
        return _state(door, asked), 200

    @blueprint.get("/history", provide_automatic_options=False)
    @reply(door, "before")
    def history(asked: Asked) -> Reply:
        before = requests.read_before(asked.params.get("before"))
        with door.world.database.transaction(asked.shop.id) as session:
            live_program(session)
            reader, member_id = door.reader(session, asked), member_of(session, asked)
            return answers.history(session, member_id, reader, before=before, limit=answers.PAGE_ENTRIES), 200

    @blueprint.get("/offers", provide_automatic_options=False)
    @reply(door, "cart_total")
    def offers_now(asked: Asked) -> Reply:
        """Every reward with the reason why it cannot be taken now, and the points that this cart makes the most of."""

        def member(session: Session) -> int:
            live_program(session)
            return member_of(session, asked)

        total = requests.read_amount(asked.params.get("cart_total"))
        return offering.answer(door, asked, member, cart_total=total), 200

    @blueprint.get("/redemption/<uuid:redemption_id>", provide_automatic_options=False)
    @reply(door)
    def redemption(asked: Asked, redemption_id: UUID) -> Reply:
        return _redemption(door, asked, redemption_id), 200

    @blueprint.get("/referral", provide_automatic_options=False)
    @reply(door, "ref")
    def referral(asked: Asked) -> Reply:
        handle = requests.read_handle(asked.params.get("ref", ""))
        with door.world.database.transaction(asked.shop.id) as session:
            live = referrals.offer(session, handle)
            return answers.offer(live, door.reader(session, asked)), 200

    @blueprint.get("/claim/<uuid:claim_id>", provide_automatic_options=False)
    @reply(door)
    def claim(asked: Asked, claim_id: UUID) -> Reply:
        """A claim is known by an id that only whoever made it was told: friends need not be signed in."""
        return _claim(door, asked, claim_id), 200


def _state(door: Door, asked: Asked) -> Document:
    now = door.world.clock()
    with door.world.database.transaction(asked.shop.id) as session:
        live = programs.current(session).program
        if not live.is_live:
            return {"is_live": False}
        reader = door.reader(session, asked)
        customer_id = asked.visitor.customer_id
        member_id = members.by_customer(session, customer_id) if customer_id is not None else None
        view = members.view(session, member_id, handle_key=door.handle_key, now=now) if member_id is not None else None
        document: Document = {
            "is_live": True,
            "is_signed_in": customer_id is not None,
            "nonce": nonce.write(door.nonce_key, asked.visitor, now),
            "program": answers.program(live, reader),
            "rewards": answers.rewards(live, view.available if view is not None else 0, reader),
            "member": answers.member(view) if view is not None else None,
            "tiers": standings.levels(live, language=asked.language, currency=reader.currency),
            "tier": None,
            "membership": None,
            "redemptions": [],
            "history": {"entries": [], "next": None},
        }
        if view is not None and view.standing is not None:
            found, language = view.standing, asked.language
            document["tier"] = standings.standing(live, found, language=language, currency=reader.currency)
            document["membership"] = standings.membership(found, language=language)
        if member_id is not None:
            document["redemptions"] = answers.open_redemptions(session, member_id, reader)
            document["history"] = answers.history(session, member_id, reader, before=None, limit=answers.FIRST_ENTRIES)
        return document


def _redemption(door: Door, asked: Asked, redemption_id: UUID) -> Document:
    with door.world.database.transaction(asked.shop.id) as session:
        live_program(session)
        row = redeem.find(session, redemption_id, member_id=member_of(session, asked))
        return answers.redemption(row, door.reader(session, asked))


def _claim(door: Door, asked: Asked, claim_id: UUID) -> Document:
    with door.world.database.transaction(asked.shop.id) as session:
        live_program(session)
        return answers.claim(referrals.find(session, claim_id), door.reader(session, asked))


# --- changing ---------------------------------------------------------------------------------------------------------


def add_changing(blueprint: Blueprint, door: Door) -> None:
    """What changes something."""

    @blueprint.post("/join", provide_automatic_options=False)
    @reply(door)
    def become_member(asked: Asked) -> Reply:
        door.body(asked, requests.Join)
        tags = activities.tags_of(door, asked, lambda live: live.action_of("sign_up"))
        with door.world.database.transaction(asked.shop.id) as session:
            live_program(session)
            keys, now = door.world.keys, door.world.clock()
            member_id = members.join(session, asked.customer_id, tombstone_key=keys.tombstones, now=now)
            note_joined(session, member_id, tags=tags, keys=keys, now=now)
        return _state(door, asked), 200

    @blueprint.post("/redeem", provide_automatic_options=False)
    @reply(door)
    def take_reward(asked: Asked) -> Reply:
        body = door.body(asked, requests.Redeem)

        told = body.recipient

        def hold(session: Session, redemption_id: UUID, standing: Standing | None = None) -> None:
            member_id = member_of(session, asked)
            pool_id = households.of_member(session, member_id) if body.from_household else None
            order = RewardOrder(
                member_id,
                body.reward_id,
                body.points,
                redemption_id,
                pool_id,
                cart_total=requests.read_amount(body.cart_total),
                currency=body.currency,
                language=asked.language,
                recipient=Recipient(told.email, told.name, told.message) if told is not None else None,
                standing=standing,
                sees_hidden=False,
            )
            redeem.place_hold(session, order, keys=door.world.keys, now=door.world.clock())

        def caller(session: Session) -> str:
            return f"member:{member_of(session, asked)}"

        content = f"{body.reward_id}:{body.points}:{body.from_household}".encode()
        if body.cart_total or body.currency or told:
            content += f":{body.cart_total}:{body.currency}:{told}".encode()
        intent = Intent(caller, "redemptions", body.request_key, content)
        try:
            redemption_id = door.once(asked, intent, hold)
        except StandingNeeded as needed:
            shopify = door.world.shopify(asked.shop.id, asked.shop.domain)
            redemption_id = door.once(asked, intent, partial(hold, standing=limits.look_up(shopify, needed)))
        door.bell.ring("codes", asked.shop.id, asked.shop.domain)
        seen = door.room.wait(
            lambda: _redemption(door, asked, redemption_id), until=lambda it: it["state"] not in MOVING
        )
        return seen, 202 if seen["state"] in MOVING else 200

    @blueprint.post("/cancel", provide_automatic_options=False)
    @reply(door)
    def cancel_reward(asked: Asked) -> Reply:
        body = door.body(asked, requests.Cancel)
        with door.world.database.transaction(asked.shop.id) as session:
            member_id = member_of(session, asked)
            row = redeem.find(session, body.redemption_id, member_id=member_id)
            if row.cancelled_at is None or row.state != "released":  # asked twice, the second finds it done
                redeem.cancel(session, body.redemption_id, member_id=member_id, is_shopper=True, now=door.world.clock())
        door.bell.ring("codes", asked.shop.id, asked.shop.domain)
        seen = door.room.wait(
            lambda: _redemption(door, asked, body.redemption_id), until=lambda it: not it["is_returning"]
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

        # Who is signed in gets one gift from a friend, however many tabs ask for it; a guest is known by the request key alone.
        key = body.request_key if asked.visitor.customer_id is None else body.ref
        intent = Intent(lambda _: door.alias(asked.visitor), "claims", key, body.ref.encode())
        claim_id = door.once(asked, intent, write)
        door.bell.ring("codes", asked.shop.id, asked.shop.domain)
        seen = door.room.wait(lambda: _claim(door, asked, claim_id), until=lambda it: it["state"] != "held")
        return seen, 202 if seen["state"] == "held" else 200

    invitations.add_invitations(blueprint, door, reply)
    activities.add_activities(blueprint, door, reply)


# --- refusing ---------------------------------------------------------------------------------------------------------

F = TypeVar("F", bound=Callable[..., Reply])


def reply(door: Door, *names: str) -> Callable[[F], Callable[..., Any]]:
    """A route: verified first, answered as JSON. `names` are the parameters of ours that it reads."""

    def decorate(route: F) -> Callable[..., Any]:
        @wraps(route)
        def answer(**path: Any) -> Reply:
            return route(door.admit(frozenset(names)), **path)

        return answer

    return decorate


def add_refusing(blueprint: Blueprint, door: Door) -> None:
    """How it says no, and how every answer is marked."""

    @blueprint.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> tuple[Response, int]:
        program = None
        if refusal.facts and "shop_id" in g:
            with suppress(DatabaseUnavailable), door.world.database.transaction(g.shop_id) as session:
                program = programs.current(session).program
        body, status = refusals.answer(refusal, program=program, language=g.get("language", "en"))
        return jsonify(body), status

    @blueprint.errorhandler(OutsideError)
    @blueprint.errorhandler(DatabaseUnavailable)
    def retry(_error: Exception) -> tuple[Response, int]:
        body, status = refusals.answer(Unavailable(), program=None, language=g.get("language", "en"))
        return jsonify(body), status

    @blueprint.route("/", defaults={"rest": ""}, methods=METHODS, provide_automatic_options=False)
    @blueprint.route("/<path:rest>", methods=METHODS, provide_automatic_options=False)
    def unknown(rest: str) -> Response:  # noqa: ARG001 - whatever stands there, it is never repeated
        raise PageUnknown

    @blueprint.after_request
    def private(response: Response) -> Response:
        """Answers are one shopper's own; nothing on the way may keep them or take them for anything but JSON."""
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


from plugin.storefront import partners, sharing  # noqa: E402 - their routes are made of what stands above
