"""The stage on which the stories of tests/scenarios are played: every row goes through a real door, and effects are looked up outside.

One shop at an in-process dev store, one clock for it and for the app, no sockets and no threads. Orders, refunds and customers are made AT
THE DEV STORE; its webhooks are delivered, signed, to POST /webhooks; the inbox is drained, what is due is posted and every effect is
carried out against the dev store's Admin API; only then is the row compared. REST is called with a real API key, the app proxy with
real signatures. Every table ends with a reconciliation that must find nothing to put right, and with the audit.

A table (tests/scenarios/program/<part>/<mechanism>.txt):

    # a remark
    mechanism: Double points on a tag              what the docs call it
    part: rules                                    rules rewards actions achievements tiers membership expiry referrals giving
                                                   partners sharing launch life
    says: Orders of products with a tag earn double.
    program: {"rules": [{"id": "double",           JSON merge patch onto the default program (live, in USD); null takes a key away,
      "factor": 2}]}                               a list replaces the list; further lines are indented
    goods: {"mug": {"price": "20.00", "id": 501, "tags": ["new"], "collections": [31]}}
    without: reversal - a survey is never undone   what the table rightly lacks (trigger, effect, reversal, explain, refused), and why
    begins: 2026-03-02      timezone: UTC          currency: USD, topics: orders/paid,.. (what is delivered),
                                                   and other settings of the dev store's shop, one a line, all optional

    day 0          order #1 2*mug+15.50      accrue 95        available 95
    day 0 18:30    order #2 10.00 by bob     accrue 10        available 10; ann: available 95
    day 1          redeem amount-off by ann  refused insufficient-points
    day 2          refund #1 1*mug           claw back 40     available 55
    day 2          explain #1                base 55

- Columns stand two or more spaces apart: when, deed, entries, balance. A missing balance is not compared; missing entries mean "nothing".
- When: "day N" or a date "2026-12-31", at noon UTC (or a minute after the row before, on the same day), or at HH:MM of the shop's time.
- Deed: a verb and its words. "by NAME" anywhere says who acts; else who acted last does (at first "ann"). Names are made up freely:
  whoever is named first becomes a customer with an account at the dev store, NAME@example.com.
- Entries: "accrue 50, claw back 25 of bob" (of whoever acts first, then the others by name), "nothing", "refused CODE", or what the
  verb tells.
  What fell due by the clock since the row before ("vest 50") is told with this row's.
- Balance: "available 5 pending 3 held 2 debt 1", zeros left out but for available; then, each behind "; ", what else is seen: a look
  and its words ("tags vip", "code amount-off active"), or "NAME: available 7" for another's balance.

Verbs and looks are functions in tests/scenarios/verbs/, one module a part; see its docstring. The base ones, in verbs/base.py:
  order #N BASKET [with CODE,..] [units N] [attr k=v] [unpaid] [test] [pos] [draft] [company] [subscription] [guest]
  BASKET: a total (50.00), goods of the table (mug), several (2*mug+espresso+12.00).
  pay #N · again #N (every webhook once more, and a new one that says the same) · cancel #N · move #N to NAME · edit #N BASKET | -N*mug
  refund #N [AMOUNT] [units N] [BASKET OF GOODS] (without any: everything) · delete #N
  redeem REWARD [POINTS] · return REWARD · begin #N BASKET with CODE (a checkout that is finished later by `order #N`)
  adjust POINTS · join · merge NAME into NAME · erase · tag TAG,.. · untag · customer field=value ..
  program {patch} (publishes a version, over REST) · explain #N · explain (the latest entry's words) · wait
For verbs of your own: `story.buy`, `story.api`, `story.proxy`, `story.member_id`, `story.customer`, `story.clock`, `story.memory`
(a dict), `story.text` (the deed after the verb, as written) and `story.settle_down()` (deliver, drain, post what is due, carry out; done
after each row anyway). One table alone: `pytest tests/scenarios -k mechanism-name`.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import httpx
from flask import Flask

from devstore.app import create_devstore
from devstore.config import Config
from devstore.delivery import Delivery
from devstore.model import Cart, CartLine, Customer, Order, Product, SellingPlan
from devstore.model import Refusal as StoreRefusal
from devstore.store import Store
from devstore.world import World as DevWorld
from plugin.app import create_app
from plugin.db import Database, journal
from plugin.loyalty.outside import Token
from plugin.loyalty.program import default_program, dump, parse
from plugin.services import api_keys, audit, balances, drain, due, effects, members, programs, reconcile, shops, tokens
from plugin.services.effects import Kind
from plugin.services.keys import Keys
from plugin.services.perform import World, perform_due
from plugin.services.tokens import Cipher
from plugin.settings import EncryptionKey, Settings
from plugin.shopify.connect import connect, token_source
from tests.fakes import StepClock
from tests.scenarios import verbs
from tests.scenarios.tables import KNOWN, Row, Table, Wrong
from tests.scenarios.verbs import LOOKS, VERBS, Refused
from tests.storefront.shopper import SECRET, sign

BEGINS = date(2026, 3, 2)
OPENED = timedelta(days=400)
"""How long before the story its program is in force, so that orders of the year before count too."""

ROUNDS_MAX = 40
STANDING = {Kind.RECONCILE: "orders", Kind.AUDIT: "books", Kind.TIDY: "inbox"}
"""Duties that come again by the clock: off on the stage, or they would put right what a row is to show."""

Json = dict[str, Any]


# --- The theatre: what all tables of a session share ----------------------------------------------------------------------


@dataclass
class Theatre:
    """The app in this process; the story that is on decides what its clock says and which dev store answers."""

    database: Database
    story: Story = field(init=False)
    app: Flask = field(init=False)
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.world = World(
            database=self.database,
            connect=lambda domain, token: connect(
                SETTINGS, domain, token, transport=self.story.wire, sleep=self.story.sleep
            ),
            token_source=token_source(SETTINGS, transport=_Wire(self)),
            cipher=Cipher(list(SETTINGS.encryption_keys)),
            keys=Keys(codes=b"c" * 32, tombstones=b"t" * 32),
            clock=lambda: self.story.clock(),  # noqa: PLW0108 - the story changes
        )
        self.app = create_app(self.world, SETTINGS, _Bell(self))  # type: ignore[arg-type]

    def play(self, table: Table) -> Story:
        """Play a table to its end. Raises Wrong."""
        verbs.load("base", table.path.parent.name)
        self.story = Story(self, table)
        self.story.open()
        for row in table.rows:
            self.story.play(row)
        self.story.close()
        return self.story


class _Wire(httpx.BaseTransport):
    """To the dev store of the story that is on."""

    def __init__(self, theatre: Theatre) -> None:
        self._theatre = theatre

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._theatre.story.wire.handle_request(request)


class _Bell:
    """Whoever is rung for a code has written it before the ring returns; the rest is done when the row settles down."""

    def __init__(self, theatre: Theatre) -> None:
        self._theatre = theatre

    def ring(self, kind: Literal["inbox", "codes", "rest"], shop_id: int, domain: str) -> None:
        if kind == "codes":
            perform_due(self._theatre.world, shop_id, domain)

    def heard(self, kind: str, shop_id: int) -> None:
        """Nothing waits to be cleared."""

    def is_alive(self) -> bool:
        return True


# --- The story ----------------------------------------------------------------------------------------------------------


class Story:
    """One table being played: one shop, its people and orders by the names that the rows give them."""

    def __init__(self, theatre: Theatre, table: Table) -> None:
        self.table = table
        self.theatre = theatre
        self.world = theatre.world
        self.client = theatre.app.test_client()
        self.begins = date.fromisoformat(table.settings.get("begins", BEGINS.isoformat()))
        self.zone = ZoneInfo(table.settings.get("timezone", "UTC"))
        self.clock = StepClock(datetime.combine(self.begins, time(), UTC) - OPENED)
        self.who = "ann"
        self.text = ""
        self.people: dict[str, int] = {}
        self.orders: dict[str, Order] = {}
        self.goods: dict[str, Product] = {}
        self.accounts: dict[str, int] = {}
        """Accounts that are no customer's (a household, a cause), by name: their entries are told like a person's."""
        self.memory: dict[str, Any] = {}
        """Whatever verbs want to remember between rows."""
        self._keys = itertools.count(1)
        self._told_up_to: dict[str, int] = {}

        config = Config(
            client_id=SETTINGS.shopify_api_key,
            client_secret=SECRET,
            app_url="http://app",
            is_throttling=False,
            topics=frozenset(table.settings["topics"].split(",")) if "topics" in table.settings else None,
        )
        self.dev = DevWorld(self.clock, seed=7, config=config)
        site = create_devstore(self.dev, config, has_pages=False)
        self.store: Store = site.extensions["devstore"]
        self.store.admin_api._parsed = _PARSED
        self.wire = httpx.WSGITransport(app=site)
        others: Json = {
            name: Decimal(text) if name == "tax_rate" else text == "true" if text in ("true", "false") else text
            for name, text in table.settings.items()
            if name not in KNOWN
        }
        self.shop = self.dev.add_shop(
            f"story-{os.getpid()}-{next(_serial)}",
            currency=table.settings.get("currency", "USD"),
            timezone=str(self.zone),
            **others,
        )
        self.domain = self.shop.domain
        self.shop_id = 0
        self.key = ""

    # What verbs use

    @property
    def now(self) -> datetime:
        return self.clock()

    def customer(self, name: str) -> Customer:
        """The customer at the dev store; made on first use, with an account and an address of their own."""
        if name not in self.people:
            made = self.shop.add_customer(f"{name}@example.com", first_name=name.title())
            self.people[name] = made.id
        return self.shop.customer(self.people[name])

    def member_id(self, name: str | None = None) -> int | None:
        """Whose id in our books; None before they are a member. Follows merges."""
        name = name or self.who
        if name in self.accounts:
            return self.accounts[name]
        customer_id = self.people.get(name)
        if customer_id is None:
            return None
        with self.world.database.transaction(self.shop_id) as session:
            return members.by_customer(session, customer_id)

    def member(self, name: str | None = None) -> int:
        """The same, where they must be one: who is not yet, joins."""
        found = self.member_id(name)
        if found is None:
            self.proxy("POST", "join", {}, by=name)
            found = self.member_id(name)
        assert found is not None
        return found

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """`data` of the REST API's answer (all of it where there is none). Every POST gets an Idempotency-Key of its own.

        Raises Refused with the problem's code.
        """
        sent = {"Authorization": f"Bearer {self.key}"} | {
            name.replace("_", "-"): text for name, text in headers.items()
        }
        if method == "POST":
            sent.setdefault("Idempotency-Key", f"story-{next(self._keys)}")
        extra: Json = {} if body is None else {"json": body}
        answer = self.client.open(f"/api/v1{path}", method=method, headers=sent, **extra)
        told = answer.get_json(force=True, silent=True) or {}
        if answer.status_code >= 500:
            raise Wrong(f"{method} {path}: {answer.status_code} {answer.get_data(as_text=True)[:300]}")
        if answer.status_code >= 400:
            raise Refused(told["type"].removeprefix("/problems/"), json.dumps(told))
        return told.get("data", told)

    def proxy(self, method: str, path: str, body: Json | None = None, *, by: str | None = None, **query: str) -> Any:
        """The app proxy's answer to the shopper `by` (default: who acts; "" for a guest), signed by Shopify, with a fresh nonce.

        Raises Refused with the refusal's code.
        """
        name = self.who if by is None else by
        if method == "GET":
            answer = self.client.get(f"/proxy/{path}", query_string=self._signed(name, query))
        else:
            state = self.client.get("/proxy/state", query_string=self._signed(name, {})).get_json()
            sent = {**(body or {}), "nonce": state.get("nonce", "")}
            answer = self.client.open(
                f"/proxy/{path}",
                method=method,
                query_string=self._signed(name, query),
                json=sent,
                headers=self._forwarded(),
            )
        told = answer.get_json(force=True, silent=True) or {}
        if answer.status_code >= 500:
            raise Wrong(f"{method} /proxy/{path}: {answer.status_code} {answer.get_data(as_text=True)[:300]}")
        if answer.status_code >= 400:
            raise Refused(told["error"]["code"], json.dumps(told))
        return told

    def new_key(self) -> str:
        """A request key that was never used."""
        return f"0f8fad5b-d9cb-469f-a165-{next(self._keys):012d}"

    def buy(
        self, name: str, lines: list[CartLine], *, attributes: dict[str, str] | None = None, **checkout: Any
    ) -> Order:
        """An order at the dev store by who acts (`customer_id` in `checkout` says otherwise). Raises Refused when it will not."""
        checkout.setdefault("customer_id", self.customer(self.who).id)
        made = self.shop.checkout(Cart(lines, attributes or {}), **checkout)
        if isinstance(made, StoreRefusal):
            raise Refused(f"by the store {made.reason}", made.message)
        self.orders[name] = made
        return made

    def lines(self, basket: str, *, units: int = 1, **more: Any) -> list[CartLine]:
        """The lines of a basket: "50.00", "mug", "2*mug+espresso+12.00"; `units` splits each amount into so many units."""
        lines = []
        for part in basket.split("+"):
            count, _, what = part.rpartition("*")
            if what in self.goods:
                product, quantity = self.goods[what], int(count or 1)
            else:
                product, quantity = self._anything(Decimal(what) / units), int(count or 1) * units
            lines.append(CartLine(product.variants[0].id, quantity, **more))
        return lines

    def order_id(self, name: str) -> int:
        """Shopify's id of the order that the table calls `name`."""
        return self.orders[name].id

    def publish(self, patch: Json) -> None:
        """The program with the patch as its next version, over REST. Raises Refused."""
        live = self.api("GET", "/program")
        self.api("PUT", "/program", merged(live, patch))

    def sleep(self, seconds: float) -> None:
        """Whoever waits for Shopify waits on the stage's clock."""
        self.clock.forward(seconds=seconds)

    def settle_down(self) -> None:
        """Deliver what waits, drain, post what is due and carry effects out, until nothing is left to do at this moment."""
        for _ in range(ROUNDS_MAX):
            sent = self.store.deliveries.deliver_due(self.now, self._receive)
            drained = self._drain() if sent else 0
            posted = self._post_due()
            done = perform_due(self.world, self.shop_id, self.domain)
            if not (sent or drained or posted or done):
                return
        raise Wrong("effects are done again and again; something is never finished")

    # Playing

    def open(self) -> None:
        """The shop in our books, the table's program live since long ago, a token and an API key."""
        self._stock()
        with self.world.database.transaction() as session:
            self.shop_id = shops.enrol(session, self.domain, now=self.now).id
        token = Token(self.shop.give_token().access, None, None, None, frozenset(self.dev.config.scopes))
        info = self.world.connect(self.domain, token.access).shop_info()
        program = parse(merged(dump(default_program(self.shop.currency, is_live=True)), self.table.patch))
        with self.world.database.transaction(self.shop_id) as session:
            programs.publish(session, program, by="merchant", now=self.now)
            shops.install(session, info, is_own_app=True, now=self.now)
            tokens.store(session, token, cipher=self.world.cipher, now=self.now)
            for kind, subject in STANDING.items():
                effects.drop(session, kind, subject)
        with self.world.database.transaction() as session:
            self.key = api_keys.create(session, self.shop_id, "story", self.now)

    def play(self, row: Row) -> None:
        """Do what the row says and compare. Raises Wrong."""
        self.clock.now = self._moment(row.when)
        made = self._do(row, self._words(row))
        seen = ", ".join(made) or "nothing"
        if seen != row.entries:
            raise Wrong(self._complaint(row, "entries", row.entries, seen))
        if "tags " in row.seen or "metafields " in row.seen:  # what Shopify is shown is gathered for some seconds
            self.clock.forward(seconds=balances.SOON.seconds)
            self.settle_down()
        for expected in [each.strip() for each in row.seen.split(";") if each.strip()]:
            if (found := self._look(expected)) != expected:
                raise Wrong(self._complaint(row, "afterwards", expected, found))

    def close(self) -> None:
        """The books prove themselves, and Shopify's own record has nothing to add."""
        shopify = self.world.shopify(self.shop_id, self.domain)
        told = reconcile.reconcile(
            self.world.database, self.shop_id, shopify, keys=self.world.keys, clock=self.world.clock
        )
        if told.drift:
            raise Wrong(f"{self.table.path.name}: at the end {told.drift} order(s) differ from the dev store's")
        found = audit.run(self.world.database, self.shop_id, now=self.now).findings
        if found:
            raise Wrong(f"{self.table.path.name}: the audit found {found}")

    def balance(self, name: str | None = None) -> str:
        """ "available 5 pending 3 held 2 debt 1", or "none" for who is no member."""
        member_id = self.member_id(name)
        if member_id is None:
            return "none"
        with self.world.database.transaction(self.shop_id) as session:
            if (name or self.who) not in self.accounts:
                members.view(session, member_id, handle_key=HANDLES, now=self.now)  # posts what is due
            held = journal.lock(session, [member_id])[member_id]
        parts = {"available": held.available, "pending": held.pending, "held": held.held, "debt": held.debt}
        return " ".join(f"{place} {n}" for place, n in parts.items() if n or place == "available")

    def _do(self, row: Row, words: list[str]) -> list[str]:
        known = verbs.find(VERBS, words[0])
        self.settle_down()  # what came due since the row before is told with this row's entries
        try:
            told = known.do(self, *words[1:])
            self.settle_down()
        except Refused as refused:
            told = [f"refused {refused.code}"]
        made = self._entries_since(self._told_up_to) if told is None else told
        self._told_up_to = self._last_seqs()
        return made

    def _words(self, row: Row) -> list[str]:
        """The words of the deed; "by NAME" is taken out and says who acts."""
        self.text = row.deed.partition(" ")[2]
        words = row.deed.split()
        if "{" not in self.text and "by" in words[:-1]:
            place = words.index("by")
            self.who = words[place + 1]
            words = words[:place] + words[place + 2 :]
            self.text = " ".join(words[1:])
        return words

    def _look(self, expected: str) -> str:
        name, colon, rest = expected.partition(": ")
        if colon and " " not in name:
            return f"{name}: {self._look_as(name, rest)}"
        first, *others = expected.split()
        if first in ("available", "none"):
            return self.balance()
        return verbs.find(LOOKS, first)(self, *others)

    def _look_as(self, name: str, expected: str) -> str:
        before, self.who = self.who, name
        try:
            return self._look(expected)
        finally:
            self.who = before

    def _complaint(self, row: Row, what: str, expected: str, seen: str) -> str:
        place = f"{self.table.path.parent.name}/{self.table.path.name}:{row.number}"
        return f"{place}\n  {row.when}  {row.deed}\n  {what} expected: {expected}\n  {' ' * len(what)} seen:     {seen}"

    def _moment(self, when: str) -> datetime:
        day, _, clock = when.removeprefix("day ").partition(" ")
        on = self.begins + timedelta(days=int(day)) if when.startswith("day ") else date.fromisoformat(day)
        if clock:
            at = datetime.combine(on, time.fromisoformat(clock), self.zone).astimezone(UTC)
            if at < self.now:
                raise Wrong(f"{self.table.path.name}: {when} lies before the row above")
            return at
        noon = datetime.combine(on, time(12), UTC)
        if noon > self.now:
            return noon
        if self.now - noon > timedelta(hours=12):
            raise Wrong(f"{self.table.path.name}: {when} lies before the row above")
        return self.now + timedelta(minutes=1)

    def _stock(self) -> None:
        goods: dict[str, Json] = json.loads(self.table.settings.get("goods", "{}"))
        for name, told in goods.items():
            more = dict(told)
            for collection_id in more.get("collections", ()):
                if collection_id not in self.shop.collections:
                    self.shop.add_collection(f"Collection {collection_id}", id=collection_id)
            if more.pop("is_subscription", False):
                more["subscription"] = SellingPlan(self.dev.next_id("selling_plan"), "Monthly")
            self.goods[name] = self.shop.add_product(more.pop("title", name.title()), more.pop("price"), **more)

    def _anything(self, price: Decimal) -> Product:
        name = f"something for {price}"
        if name not in self.goods:
            self.goods[name] = self.shop.add_product(name, price)
        return self.goods[name]

    def _signed(self, name: str, query: dict[str, str]) -> dict[str, str]:
        facts = {
            "shop": self.domain,
            "path_prefix": "/apps/loyalty",
            "timestamp": str(int(self.now.timestamp())),
            "logged_in_customer_id": str(self.customer(name).id) if name else "",
            **query,
        }
        return facts | {"signature": sign(facts)}

    def _forwarded(self) -> dict[str, str]:
        """Where who acts is, signed in or not, as Shopify's proxy passes it on."""
        client_ip = self.customer(self.who).client_ip
        return {} if client_ip is None else {"X-Forwarded-For": client_ip}

    def _receive(self, delivery: Delivery) -> int:
        answer = self.client.post("/webhooks", data=delivery.body, headers=delivery.headers())
        if answer.status_code != 200:
            raise Wrong(f"POST /webhooks answered {answer.status_code} to {delivery.topic}")
        return answer.status_code

    def _drain(self) -> int:
        until = self.now + timedelta(seconds=1)
        done = drain.drain(self.world.database, self.shop_id, keys=self.world.keys, clock=self.clock, deadline=until)
        if done.set_aside:
            raise Wrong(f"{done.set_aside} deliveries were set aside; read the reason in table inbox")
        return done.deliveries

    def _post_due(self) -> int:
        with self.world.database.transaction(self.shop_id) as session:
            return due.post(session, now=self.now)

    def _names(self) -> Iterator[str]:
        """Who acts first, then everybody else."""
        yield self.who
        yield from sorted({*self.people, *self.accounts} - {self.who})

    def _last_seqs(self) -> dict[str, int]:
        found = {}
        with self.world.database.transaction(self.shop_id) as session:
            for name in self._names():
                member_id = self._id_in(session, name)
                latest = members.entries(session, member_id, limit=1) if member_id is not None else []
                found[name] = latest[0].seq if latest else 0
        return found

    def _entries_since(self, before: dict[str, int]) -> list[str]:
        told: list[str] = []
        seen: set[int] = set()
        with self.world.database.transaction(self.shop_id) as session:
            for name in self._names():
                member_id = self._id_in(session, name)
                if member_id is None or member_id in seen:
                    continue
                seen.add(member_id)
                whose = "" if name == self.who else f" of {name}"
                entries = reversed(members.entries(session, member_id, limit=50))
                told += [
                    f"{entry.move.word.replace('_', ' ')} {entry.points}{whose}"
                    for entry in entries
                    if entry.seq > before.get(name, 0)
                ]
        return told

    def _id_in(self, session: Any, name: str) -> int | None:
        if name in self.accounts:
            return self.accounts[name]
        customer_id = self.people.get(name)
        return members.by_customer(session, customer_id) if customer_id is not None else None


def merged(document: Any, patch: Any) -> Any:
    """RFC 7396: the document with the patch; null takes away."""
    if not isinstance(patch, dict):
        return patch
    result = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


_PARSED: dict[str, Any] = {}
_serial = itertools.count(1)

SETTINGS = Settings(
    environment="development",
    home=Path("/nonexistent"),
    port=1,
    app_url="http://app",
    shopify_api_key="story",
    shopify_api_secret=SECRET,
    shopify_old_api_secret=None,
    encryption_keys=(EncryptionKey("k1", b"\x01\x9a" * 16),),
    database_url=None,
    database_admin_url=None,
    redis_url=None,
    shopify_origin="http://devstore/{shop}",
    shopify_cdn="http://devstore/cdn",
)
HANDLES = SETTINGS.derived_key("handles")
