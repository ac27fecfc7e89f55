"""The drain: takes what the door recorded, batch by batch, and turns it into settled orders and the other deeds.

One drainer a shop. A batch is announced before it is tried, so that a worker's death over it is remembered; a batch that fails is halved
down to the guilty delivery, which is set aside with its reason. The database going away never counts against a delivery.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from plugin.db import Database, DatabaseRefused, DatabaseUnavailable, Session, inbox, outbox
from plugin.db.inbox import Waiting
from plugin.db.journal import KeyConflict, clear_waiting, mark_waiting
from plugin.loyalty import facts as order_facts
from plugin.loyalty.deliveries import (
    ComplianceFacts,
    CustomerFacts,
    MergeFacts,
    ScopesFacts,
    ShopFacts,
    UninstalledFacts,
)
from plugin.loyalty.errors import MemberExcluded, Refusal
from plugin.loyalty.facts import OrderFacts
from plugin.services import activities, forget, joining, privacy_requests, settle, shops
from plugin.services.keys import Keys

BATCH = 500
SUSPECT_DEATHS = 2
"""After so many workers died over a batch, its deliveries are tried one by one."""

FATAL_DEATHS = 4
"""After so many, the first delivery of the batch, which is tried alone by then, is the one they died over."""

STILL_ALIVE = timedelta(seconds=10)
"""How long whoever announced a batch is taken to be at it: two may drain one shop, and the second is no sign of a death."""

ORDER_TOPICS = frozenset(
    {
        "orders/create",
        "orders/paid",
        "orders/updated",
        "orders/edited",
        "orders/cancelled",
        "orders/delete",
        "refunds/create",
    }
)


@dataclass(slots=True)
class Drained:
    """What one call did."""

    deliveries: int = 0
    entries: int = 0
    set_aside: int = 0
    is_empty: bool = False
    redacted: bool = False
    has_effects: bool = False


def drain(
    database: Database, shop_id: int, *, keys: Keys, clock: Callable[[], datetime], deadline: datetime
) -> Drained:
    """Work off the shop's inbox until it is empty or `deadline` has passed."""
    total = Drained()
    while True:
        batch, deaths = _announce(database, shop_id, now=clock())
        if batch:
            if deaths < SUSPECT_DEATHS:
                _try(database, shop_id, batch, total, keys=keys, now=clock())
            else:
                _try_singly(database, shop_id, batch, deaths, total, keys=keys, clock=clock)
            total.has_effects |= _conclude(database, shop_id, now=clock())
        if not batch:
            total.is_empty = _rest(database, shop_id, now=clock())
            return total
        if total.redacted or clock() >= deadline:
            return total


def _announce(database: Database, shop_id: int, *, now: datetime) -> tuple[list[Waiting], int]:
    with database.transaction(shop_id) as session:
        settle.lock_shop(session)
        known = inbox.announced(session)
        if known is not None:
            first_id, last_id, deaths, started_at = known
            batch = inbox.take(session, first_id=first_id, last_id=last_id, limit=BATCH)
            if batch and now - started_at < STILL_ALIVE:
                return batch, deaths
            if batch:
                inbox.note_death(session, now=now)
                return batch, deaths + 1
        batch = inbox.take(session, limit=BATCH)
        if batch:
            inbox.announce(session, first_id=batch[0].id, last_id=batch[-1].id, deaths=0, now=now)
        return batch, 0


def _try_singly(
    database: Database,
    shop_id: int,
    batch: Sequence[Waiting],
    deaths: int,
    total: Drained,
    *,
    keys: Keys,
    clock: Callable[[], datetime],
) -> None:
    """One after another, each announced alone: the one that workers keep dying over is set aside, and the rest moves on."""
    for place, row in enumerate(batch):
        if place == 0 and deaths >= FATAL_DEATHS:
            with database.transaction(shop_id) as session:
                inbox.set_aside(session, row.id, "the program ended whenever it worked on this", now=clock())
            total.set_aside += 1
            continue
        if place:
            with database.transaction(shop_id) as session:
                inbox.announce(session, first_id=row.id, last_id=batch[-1].id, deaths=SUSPECT_DEATHS, now=clock())
        _try(database, shop_id, [row], total, keys=keys, now=clock())


def _conclude(database: Database, shop_id: int, *, now: datetime) -> bool:
    with database.transaction(shop_id) as session:
        inbox.conclude(session)
        return outbox.has_due(session, now=now)


def _rest(database: Database, shop_id: int, *, now: datetime) -> bool:
    """Nothing was found: take the mark down, unless a door is adding right now."""
    with database.transaction(shop_id) as session:
        if not clear_waiting(session, "inbox", next_since=None):
            return False
        if not inbox.is_empty(session):
            mark_waiting(session, "inbox", now)
            return False
    return True


def _try(
    database: Database, shop_id: int, batch: Sequence[Waiting], total: Drained, *, keys: Keys, now: datetime
) -> None:
    """One transaction for the batch; when it fails, two for its halves; alone, the delivery is set aside."""
    try:
        with database.transaction(shop_id) as session:
            settle.lock_shop(session)
            waiting = inbox.still_waiting(session, [row.id for row in batch])
            batch = [row for row in batch if row.id in waiting]
            with _uncollected():
                _work(session, batch, total, keys=keys, now=now)
    except DatabaseUnavailable:
        raise
    except _BUGS as bug:
        if len(batch) > 1:
            middle = len(batch) // 2
            _try(database, shop_id, batch[:middle], total, keys=keys, now=now)
            _try(database, shop_id, batch[middle:], total, keys=keys, now=now)
            return
        with database.transaction(shop_id) as session:
            inbox.set_aside(session, batch[0].id, f"{type(bug).__name__}: {_first_line(bug)}", now=now)
        total.set_aside += 1


_BUGS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    KeyConflict,
    Refusal,
    msgspec.MsgspecError,
    *DatabaseRefused,
)
"""What a poisoned delivery can make the program do wrong: contained to that delivery, and shown."""


@contextmanager
def _uncollected() -> Iterator[None]:
    """A batch makes tens of thousands of objects and hardly a cycle: the collector would walk over them again and again for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _work(session: Session, batch: Sequence[Waiting], total: Drained, *, keys: Keys, now: datetime) -> None:
    """Orders together, everything else in its turn; orders that stand before another delivery are settled before it."""
    orders: list[OrderFacts] = []
    for row in batch:
        if row.topic in ORDER_TOPICS:
            orders.append(order_facts.decode(row.facts))
            continue
        total.entries += _settle(session, orders, keys, now)
        orders = []
        _do_other(session, row, total, keys=keys, now=now)
        if total.redacted:
            return
    total.entries += _settle(session, orders, keys, now)
    inbox.finish(session, [row.id for row in batch], now=now)
    total.deliveries += len(batch)


def _settle(session: Session, orders: list[OrderFacts], keys: Keys, now: datetime) -> int:
    return settle.settle(session, orders, keys=keys, now=now).entries if orders else 0


def _do_other(session: Session, row: Waiting, total: Drained, *, keys: Keys, now: datetime) -> None:
    facts = msgspec.json.decode(row.facts, type=FACTS_OF[row.topic])
    match facts:
        case CustomerFacts():
            if facts.is_deleted:
                forget.detach(session, facts.id, keys=keys, now=now)
            elif facts.consented_at is not None:
                activities.consented(session, facts.id, facts.consented_at, keys=keys, now=now)
        case MergeFacts():
            if facts.is_done:
                _merge(session, facts, keys=keys, now=now)
        case UninstalledFacts():
            shops.uninstalled(session, at=row.triggered_at or row.received_at)
        case ScopesFacts():
            shops.scopes_changed(session, facts.current)
        case ShopFacts():
            shops.changed(session, facts)
        case ComplianceFacts():
            if row.topic == "shop/redact":
                total.redacted = forget.redact_shop(session, now=now)
            elif facts.customer_id is not None:
                _comply(session, row, facts, facts.customer_id, keys=keys, now=now)


def _comply(
    session: Session, row: Waiting, facts: ComplianceFacts, customer_id: int, *, keys: Keys, now: datetime
) -> None:
    if row.topic == "customers/redact":
        forget.erase(session, customer_id, order_ids=facts.order_ids, keys=keys, now=now)
    elif row.topic == "customers/data_request":
        privacy_requests.received(session, customer_id, request_id=facts.request_id, now=row.received_at)


def _merge(session: Session, facts: MergeFacts, *, keys: Keys, now: datetime) -> None:
    try:
        joining.become_one(session, kept_customer_id=facts.kept_id, lost_customer_id=facts.lost_id, keys=keys, now=now)
    except MemberExcluded:
        # Whom they became asked to be forgotten before we were told of the merge: they are the same person.
        forget.erase(session, facts.lost_id, keys=keys, now=now)


FACTS_OF: dict[str, Any] = {
    **dict.fromkeys(ORDER_TOPICS, OrderFacts),
    "customers/create": CustomerFacts,
    "customers/update": CustomerFacts,
    "customers/delete": CustomerFacts,
    "customers/merge": MergeFacts,
    "app/uninstalled": UninstalledFacts,
    "app/scopes_update": ScopesFacts,
    "shop/update": ShopFacts,
    "customers/data_request": ComplianceFacts,
    "customers/redact": ComplianceFacts,
    "shop/redact": ComplianceFacts,
}
"""What each topic's stored facts are: a test holds these equal to the door's topics and to shopify.app.toml."""


def _first_line(bug: BaseException) -> str:
    return str(bug).partition("\n")[0][:200]
