"""The shoppers' door itself: who asks, in which shop, and how it answers, says no, and does a thing once.

Who asks is known from what Shopify signed alone. The query string may hold that signature, so it is never logged and never repeated.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Final, Literal, Protocol, TypeVar
from uuid import UUID, uuid4

import msgspec
from flask import Blueprint, Response, g, jsonify, request

from plugin.db import DatabaseRefused, DatabaseUnavailable, Session
from plugin.loyalty.errors import MemberUnknown, NotSignedIn, OutsideError, ProgramNotLive, Refusal, ShopUnknown
from plugin.loyalty.program import Program
from plugin.loyalty.program.values import Channel
from plugin.loyalty.words import language_of
from plugin.services import members, programs, redeem, shops
from plugin.services.perform import World
from plugin.settings import Settings
from plugin.shopify.verify import verify_app_proxy
from plugin.storefront import nonce, refusals, requests
from plugin.storefront.answers import Document, Reader
from plugin.storefront.nonce import Visitor
from plugin.storefront.pace import CHANGING, GUESSING, READING, SHARED, Allowance, Pace, times
from plugin.storefront.refusals import NonceMissing, PageUnknown, RequestUnreadable, TooFast, Unavailable
from plugin.storefront.requests import B
from plugin.storefront.testing import Testers
from plugin.storefront.waiting import WaitingRoom

Reply = tuple[Document, int]
F = TypeVar("F", bound=Callable[..., Reply])

LANGUAGE: Final = "lang"
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")


class Bell(Protocol):
    """Calls for somebody to look after new work; never raises (jobs.Bell)."""

    def ring(self, kind: Literal["codes"], shop_id: int, domain: str, /) -> None:
        """Have somebody write the shop's codes soon."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One verified request: which shop, who, in which language, and with which parameters of ours.

    `is_tester` is true for a customer who finds the program live before it is; `staff_id` is who asks for the customer at a till.
    """

    shop: shops.Shop
    visitor: Visitor
    language: str
    params: dict[str, str]
    is_tester: bool = False
    staff_id: int | None = None

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


class Door:
    """What the routes share: verifying, reading bodies, transactions and refusals. `channel` is where rewards are taken."""

    channel: Channel = "online"

    def __init__(
        self, world: World, settings: Settings, bell: Bell, room: WaitingRoom, pace: Pace | None = None
    ) -> None:
        self.testers = Testers(world)
        self._shops: dict[str, shops.Shop] = {}
        self.world = world
        self.bell = bell
        self.room = room
        self.pace = pace or Pace(settings.derived_key("pace"))
        self.nonce_key = settings.derived_key("storefront-nonces")
        self.handle_key = settings.derived_key("handles")
        texts = (settings.shopify_api_secret, settings.shopify_old_api_secret)
        self.secrets = [text.encode() for text in texts if text]

    def admit(self, names: frozenset[str]) -> Asked:
        """Who is asking what. Raises NotFromShopify, ShopUnknown (also for a shop that uninstalled the app)."""
        proxied = verify_app_proxy(request.query_string, self.secrets, self.world.clock(), names=names | {LANGUAGE})
        return self.found(proxied.shop, proxied.customer_id, dict(proxied.params))

    def found(self, domain: str, customer_id: int | None, params: dict[str, str]) -> Asked:
        """The request of this customer in this shop. Raises ShopUnknown (a shop nobody ever heard of), TooFast."""
        g.language = language_of(params.get(LANGUAGE))
        shop = self._shop(domain)
        g.shop_id, g.customer_id = shop.id, customer_id
        self.slow_down("changing", CHANGING) if request.method == "POST" else self.slow_down("reading", READING)
        is_tester = customer_id is not None and self.testers.has(shop, customer_id)
        return Asked(shop, Visitor(shop.id, customer_id), g.language, params, is_tester)

    @contextmanager
    def transaction(self, asked: Asked) -> Iterator[Session]:
        """A transaction in the shop that is asked; to a tester the program is live in it. Raises ShopUnknown once the app is gone."""
        with self.world.database.transaction(asked.shop.id) as session:
            if not shops.is_installed(session):
                raise ShopUnknown(domain=asked.shop.domain)
            if asked.is_tester:
                programs.show_to_tester(session)
            yield session

    def note(self, session: Session, asked: Asked, deed: str, member_id: int | None) -> None:
        """Called with everything that shoppers do with their points, in its transaction. Doors where others act for them note it."""

    def _shop(self, domain: str) -> shops.Shop:
        """A shop's id never changes, so it is looked up once; whether the shop is installed is asked in every transaction."""
        known = self._shops.get(domain)
        if known is None:
            with self.world.database.transaction() as session:
                known = self._shops[domain] = shops.find(session, domain)
        return known

    def body(self, asked: Asked, kind: type[B]) -> B:
        """The request's typed body, its nonce checked. Raises RequestUnreadable, NonceMissing."""
        body = self.read_body(kind)
        if not nonce.is_good(self.nonce_key, asked.visitor, body.nonce, self.world.clock()):
            raise NonceMissing
        return body

    def read_body(self, kind: type[B]) -> B:
        """The request's typed body. Raises RequestUnreadable, TooFast."""
        if (request.content_length or 0) > requests.LARGEST_BODY:
            raise RequestUnreadable
        if kind.is_guess:
            self.slow_down("guessing", GUESSING)
        raw = request.stream.read(requests.LARGEST_BODY + 1)
        return requests.read_body(raw, request.content_type or "", kind)

    def slow_down(self, kind: str, allowance: Allowance) -> None:
        """Whoever asks, and the address they ask from, may do so only so often. Raises TooFast."""
        now, who = self.world.clock(), g.customer_id
        address = request.headers.get("X-Forwarded-For", "").partition(",")[0].strip()
        visitors = [(f"{g.shop_id}:member:{who}", allowance)] if who is not None else []
        if address:
            shared = times(allowance, SHARED) if who is not None else allowance
            visitors.append((f"{g.shop_id}:{who is None}:{address}", shared))
        wait_seconds = self.pace.take(kind, visitors, now)
        if wait_seconds:
            raise TooFast(seconds=wait_seconds)

    def once(self, asked: Asked, intent: Intent, deed: Callable[[Session, UUID], None]) -> UUID:
        """Do the deed unless the same intent did it before; the id of what it made. A refusal is not remembered.

        Two equal requests at the same moment both look before either has written: the one that loses (to the key's uniqueness,
        or because the points are gone) looks again and finds what its twin made.
        """
        fresh = uuid4()
        try:
            with self.transaction(asked) as session:
                found = intent.find(session)
                if found is None:
                    deed(session, fresh)
                    intent.remember(session, fresh, now=self.world.clock())
        except DatabaseUnavailable:
            raise
        except (Refusal, *DatabaseRefused):
            with self.transaction(asked) as session:
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


def reply(door: Door, *names: str) -> Callable[[F], Callable[..., Any]]:
    """A route: verified first, answered as JSON. `names` are the parameters of ours that it reads."""

    def decorate(route: F) -> Callable[..., Any]:
        @wraps(route)
        def answer(**path: Any) -> Response:
            document, status = route(door.admit(frozenset(names)), **path)
            return Response(msgspec.json.encode(document), status, mimetype="application/json")

        return answer

    return decorate


def add_refusing(blueprint: Blueprint, door: Door) -> None:
    """How it says no, and how every answer is marked."""

    @blueprint.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> tuple[Response, int]:
        program = None
        if refusal.facts and "shop_id" in g and not isinstance(refusal, ShopUnknown):
            with suppress(DatabaseUnavailable), door.world.database.transaction(g.shop_id) as session:
                program = programs.current(session).program
        body, status = refusals.answer(refusal, program=program, language=g.get("language", "en"))
        response = jsonify(body)
        if isinstance(refusal, TooFast):
            response.headers["Retry-After"] = str(refusal.facts["seconds"])
        return response, status

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
