"""Reconciling: Shopify's own record of the orders is the authority; what webhooks missed or told wrongly is put right here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.db import Database, Session, shops
from plugin.db import orders as order_rows
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.rules import Pins
from plugin.services import programs, settle
from plugin.services.keys import Keys
from plugin.services.ports import ShopifyShop

OVERLAP = timedelta(minutes=10)
"""How far before the cursor a run starts again: Shopify's index lags, and clocks differ."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a run saw: orders read, and `drift`, the orders whose points had to change."""

    orders: int
    drift: int


def reconcile(
    database: Database,
    shop_id: int,
    shopify: ShopifyShop,
    *,
    keys: Keys,
    clock: Callable[[], datetime],
    progress: Callable[[int], None] = lambda _: None,
) -> Reconciled:
    """Read every order updated since the cursor, fold it in and settle. Raises OutsideError; what was read by then stays settled.

    The cursor follows Shopify's own times only: a clock of ours that once ran fast must not hide an order for ever.
    """
    with database.transaction(shop_id) as session:
        cursor = shops.reconciled_to(session)
    orders = drift = 0
    for page in shopify.orders_updated_since(cursor - OVERLAP):
        drift += fold(database, shop_id, shopify, page, keys=keys, now=clock())
        orders += len(page)
        progress(orders)
        reached = max((facts.body.updated_at for facts in page if facts.body is not None), default=cursor)
        with database.transaction(shop_id) as session:
            shops.move_cursor(session, reached=reached)
    with database.transaction(shop_id) as session:
        shops.note_reconciled(session, at=clock(), drift=drift)
    return Reconciled(orders, drift)


def fold(
    database: Database, shop_id: int, shopify: ShopifyShop, orders: Sequence[OrderFacts], *, keys: Keys, now: datetime
) -> int:
    """Settle orders as Shopify has them, pinning what rules need first; how many orders' points changed."""
    pins = _pins(database, shop_id, shopify, orders)
    with database.transaction(shop_id) as session:
        settle.lock_shop(session)
        return settle.settle(session, orders, pins=pins, keys=keys, now=now).changed


def fetch(database: Database, shop_id: int, shopify: ShopifyShop, order_id: int, *, keys: Keys, now: datetime) -> None:
    """Read one order whose deliveries contradict each other, or whose rules need more than its facts, and settle it."""
    facts = shopify.order(order_id)
    if facts is not None:
        fold(database, shop_id, shopify, [facts], keys=keys, now=now)
        return
    with database.transaction(shop_id) as session:
        order_rows.stop_waiting(session, order_id)


def _pins(database: Database, shop_id: int, shopify: ShopifyShop, orders: Sequence[OrderFacts]) -> dict[int, Pins]:
    """Tags and collections of the orders that need them and have none yet; read with no transaction open."""
    with database.transaction(shop_id) as session:
        needy = _needing_pins(session, orders)
    if not needy:
        return {}
    tags_wanted = sorted(
        {facts.body.customer_id for facts, _ in needy if facts.body is not None and facts.body.customer_id}
    )
    people = shopify.people(tags_wanted) if tags_wanted else {}
    pins = {}
    for facts, collections in needy:
        body = facts.body
        if body is None:
            continue
        products = sorted({line.product_id for line in body.lines if line.product_id is not None})
        inside = shopify.products_in(sorted(collections), products) if collections and products else {}
        person = people.get(body.customer_id or 0)
        pins[facts.id] = Pins(
            person.tags if person is not None else (),
            {product: tuple(sorted(found)) for product, found in inside.items()},
        )
    return pins


def _needing_pins(session: Session, orders: Sequence[OrderFacts]) -> list[tuple[OrderFacts, frozenset[int]]]:
    known = programs.versions(session)
    pinned = order_rows.pinned(session, [facts.id for facts in orders])
    needy = []
    for facts in orders:
        version = known.in_force_at(facts.body.processed_at) if facts.body is not None else None
        if version is None or facts.id in pinned:
            continue
        program = programs.compiled(session, known, version)
        if program.needs_pins:
            needy.append((facts, program.collections))
    return needy
