"""Rehearsing: seconds for a hundred thousand stored orders, read, decoded and judged by two programs, on every core.

The draft is a rich one (brackets, a first-order bonus, a doubled product, a monthly cap); printed beside it: a plain draft, and one core.
"""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from bench import bodies, stage, table
from bench.run import Run, interleaved
from plugin.db import Database, members, orders
from plugin.db.orders import Saved
from plugin.loyalty import facts as order_facts
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.program import Program, default_program, dump, parse
from plugin.services import rehearse
from plugin.services.ports import ShopifyShop
from plugin.shopify.webhook_facts import read_order

NOW: Final = datetime(2027, 1, 1, tzinfo=UTC)
DAYS: Final = 365
BATCH: Final = 1000
LIMIT_SECONDS: Final = 10.0


def measure(run: Run) -> list[table.Row]:
    """The rich draft on every core counts; the others are printed beside it."""
    database = run.stage.database()
    shop = stage.add_shop(database, f"rehearsal-{uuid.uuid4().hex[:8]}.myshopify.com")
    count = _store(run, database, shop)
    drafts = {"rich": rich(), "plain": default_program("USD", is_live=True)}
    seen = interleaved(
        run,
        {
            "rich, every core": lambda _: _seconds(database, shop, drafts["rich"], None),
            "rich, one core": lambda _: _seconds(database, shop, drafts["rich"], 1),
            "plain, every core": lambda _: _seconds(database, shop, drafts["plain"], None),
        },
    )
    limit = LIMIT_SECONDS * max(1.0, count / 100_000)
    return [
        table.below(
            f"rehearsal of {count:,} orders",
            seen["rich, every core"],
            limit,
            unit="s",
            against="4 rules; reading included",
        ),
        table.said("rehearsal, one core", f"{seen['rich, one core']:.1f} s"),
        table.said("rehearsal, plain draft", f"{seen['plain, every core']:.1f} s"),
    ]


def rich() -> Program:
    """A draft with rules of four kinds."""
    rules: list[dict[str, Any]] = [
        {
            "id": "brackets",
            "title": "More for more",
            "effect": {
                "kind": "brackets",
                "brackets": [{"start": "50", "points": "1"}, {"start": "100", "points": "2"}],
            },
        },
        {
            "id": "first",
            "title": "Welcome",
            "effect": {"kind": "fixed", "points": 100},
            "conditions": {"order_numbers": [1]},
        },
        {
            "id": "double",
            "title": "Double",
            "effect": {"kind": "multiplier", "factor": "2"},
            "conditions": {"product_ids": [632910393], "minimum_spend": "20"},
        },
        {
            "id": "online",
            "title": "Online",
            "effect": {"kind": "per_amount", "points": 1, "per": "5"},
            "conditions": {"channels": ["online"]},
            "limits": {"points_per_member": 50, "period": "month"},
        },
    ]
    return parse(dump(default_program("USD", is_live=True)) | {"order_rules": rules})


def _seconds(database: Database, shop: stage.Shop, draft: Program, parts: int | None) -> float:
    asked = uuid.uuid4()
    with database.transaction(shop.id) as session:
        rehearse.ask(session, draft, rehearsal_id=asked, days=DAYS, by="bench", now=NOW)
    began = time.monotonic()
    rehearse.run(database, shop.id, asked, shopify=_no_shopify, keys=stage.KEYS, now=lambda: NOW, parts=parts)
    return time.monotonic() - began


def _no_shopify() -> ShopifyShop:
    raise AssertionError("every order of the bench is in the books")


def _store(run: Run, database: Database, shop: stage.Shop) -> int:
    """The run's orders as settled rows of the shop; how many."""
    count = 0
    read = (read_order(body) for body in bodies.read(run.bodies, limit=run.size.bodies))
    while batch := [facts for facts in islice(read, BATCH) if facts.body is not None]:
        count += len(batch)
        with database.transaction(shop.id) as session:
            customers = sorted({facts.body.customer_id or 0 for facts in batch if facts.body is not None})
            members.add_customers(session, customers, now=NOW)
            owners = members.by_customers(session, set(customers))
            orders.save(session, [_row(facts, owners) for facts in batch], now=NOW)
    run.stage.run_sql("VACUUM ANALYZE orders")
    return count


def _row(facts: OrderFacts, owners: dict[int, int]) -> Saved:
    body = facts.body
    if body is None:
        raise AssertionError("every body of the bench is a whole order")
    return Saved(
        id=facts.id,
        member_id=owners[body.customer_id or 0],
        processed_at=body.processed_at,
        rev=1,
        program_version=1,
        is_paid=facts.is_paid,
        has_referral=False,
        waits_for=None,
        facts=order_facts.encode(facts),
        pins=None,
        posted=None,
    )
