"""Reconciling: Shopify's own record of the orders is the authority; what webhooks missed or told wrongly is put right here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from plugin.db import Database, Session, shops
from plugin.db import orders as order_rows
from plugin.loyalty.facts import Body, OrderFacts
from plugin.loyalty.order_rules import folded
from plugin.loyalty.outside import OrderBackground, Person
from plugin.loyalty.pins import Needs, Pins, ProductPin
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
    """What rules ask about the orders and has not been asked yet; read with no transaction open."""
    with database.transaction(shop_id) as session:
        asked = _asked(session, orders)
    if not asked:
        return {}
    people = _people(shopify, asked)
    return {
        facts.id: _looked_up(shopify, facts.id, body, needs, people.get(body.customer_id or 0))
        for facts, needs in asked
        if (body := facts.body) is not None
    }


def _asked(session: Session, orders: Sequence[OrderFacts]) -> list[tuple[OrderFacts, Needs]]:
    """The orders about which something is left to ask, and what."""
    known = programs.versions(session)
    pinned = order_rows.pinned(session, [facts.id for facts in orders])
    asked = []
    for facts in orders:
        version = known.judging(facts.body.processed_at) if facts.body is not None else None
        if version is None or facts.body is None:
            continue
        needs = programs.compiled(session, known, version).needs
        raw = pinned.get(facts.id)
        if not needs.are_met(_pins_decoder.decode(raw) if raw is not None else None, facts.body):
            asked.append((facts, needs))
    return asked


def look_up(shopify: ShopifyShop, orders: Sequence[OrderFacts], needs: Needs) -> dict[int, Pins]:
    """What rules that need this ask about the orders; call it with no transaction open."""
    asked = [(facts, needs) for facts in orders if facts.body is not None and not needs.are_met(None, facts.body)]
    people = _people(shopify, asked)
    return {
        facts.id: _looked_up(shopify, facts.id, body, needs, people.get(body.customer_id or 0))
        for facts, _ in asked
        if (body := facts.body) is not None
    }


def _people(shopify: ShopifyShop, asked: Sequence[tuple[OrderFacts, Needs]]) -> dict[int, Person]:
    wanted = {
        facts.body.customer_id
        for facts, needs in asked
        if facts.body is not None and facts.body.customer_id and needs.tags
    }
    return shopify.people(sorted(wanted)) if wanted else {}


def _looked_up(shopify: ShopifyShop, order_id: int, body: Body, needs: Needs, person: Person | None) -> Pins:
    """Everything that is asked about one order, and no more."""
    products = sorted({line.product_id for line in body.lines if line.product_id is not None})
    customer = body.customer_id
    inside = shopify.products_in(sorted(needs.collections), products) if needs.collections and products else {}
    catalogue = shopify.catalogue(products) if needs.products and products else {}
    background = shopify.background(order_id) if needs.subscriptions or needs.country else OrderBackground()
    return Pins(
        is_asked=True,
        tags=tuple(sorted(needs.tags & folded(person.tags))) if person is not None else (),
        collections={number: tuple(sorted(inside.get(number, ()))) for number in products} if needs.collections else {},
        products={
            number: ProductPin(catalogue[number].tags, catalogue[number].kind) if number in catalogue else ProductPin()
            for number in products
        }
        if needs.products
        else {},
        subscriptions=tuple(sorted(background.subscription_lines)) if needs.subscriptions else (),
        segments=tuple(sorted(shopify.segments_of(customer, sorted(needs.segments))))
        if needs.segments and customer is not None
        else (),
        country=background.country if needs.country else None,
    )


_pins_decoder = msgspec.json.Decoder(Pins)
