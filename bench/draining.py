"""The drain: orders a second from the inbox into every table, against PostgreSQL's own COPY of the very same rows.

The inbox is filled beforehand. The drain also reads and empties the inbox; COPY is given the finished rows of orders, entries,
lots and members and does nothing else, in one transaction with one commit.
"""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime, timedelta

import psycopg

from bench import bodies, stage, table
from bench.run import Run, interleaved
from plugin.db import Database
from plugin.db.inbox import Delivery, record
from plugin.loyalty import facts as order_facts
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.program import Program, default_program, dump, parse
from plugin.services.drain import drain
from plugin.shopify.webhook_facts import read_order

TABLES = ("members", "orders", "entries", "lots")
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
FAR = timedelta(days=1)

_numbers = itertools.count(1)


def measure(run: Run) -> list[table.Row]:
    """Both ways, each into a shop without rows."""
    orders = [read_order(body) for body in bodies.read(run.bodies, limit=run.size.drain)]
    database = run.stage.database()
    drained: list[stage.Shop] = []

    def by_drain(_: int) -> float:
        drained.append(stage.add_shop(database, f"drain-{next(_numbers)}.myshopify.com"))
        fill_inbox(database, drained[-1].id, orders)
        run.stage.run_sql("CHECKPOINT")
        return len(orders) / drain_all(database, drained[-1].id, len(orders))

    def by_copy(_: int) -> float:
        shop = stage.add_shop(database, f"copy-{next(_numbers)}.myshopify.com")
        rows = {name: _rows(run, name, drained[-1].id, shop.id) for name in TABLES}
        run.stage.run_sql("CHECKPOINT")
        began = time.monotonic()
        with psycopg.connect(run.stage.url("regulars")) as connection:
            for name, (columns, data) in rows.items():
                with connection.cursor().copy(f"COPY {name} ({columns}) FROM STDIN (FORMAT binary)".encode()) as copy:
                    copy.write(data)
        return len(orders) / (time.monotonic() - began)

    def by_rich_drain(_: int) -> float:
        shop = stage.add_shop(database, f"rich-{next(_numbers)}.myshopify.com", rich())
        fill_inbox(database, shop.id, orders)
        run.stage.run_sql("CHECKPOINT")
        return len(orders) / drain_all(database, shop.id, len(orders))

    seen = interleaved(run, {"drain": by_drain, "COPY": by_copy, "rich drain": by_rich_drain})
    return [
        table.at_least("drain, orders/s", seen["drain"], seen["COPY"], 0.1, unit="/s", against="COPY of the same rows"),
        table.at_least(
            "drain with a rich program, orders/s",
            seen["rich drain"],
            seen["drain"],
            0.33,
            unit="/s",
            against="the default program",
        ),
    ]


def rich() -> Program:
    """Three tiers by spend over a year, three order rules and the referral bonus, on top of the default program."""
    levels = [
        {"id": name, "title": name.title(), "threshold": threshold, "multiplier": factor}
        for name, threshold, factor in (("bronze", "100", "1"), ("silver", "500", "1.2"), ("gold", "2000", "1.5"))
    ]
    rules = [
        {
            "id": "big",
            "title": "Big orders",
            "effect": {"kind": "fixed", "points": 50},
            "conditions": {"minimum_spend": "150"},
        },
        {
            "id": "first",
            "title": "First order",
            "effect": {"kind": "fixed", "points": 100},
            "conditions": {"order_numbers": [1]},
        },
        {
            "id": "web",
            "title": "Online",
            "effect": {"kind": "per_amount", "points": 1, "per": "5"},
            "conditions": {"channels": ["online"]},
        },
    ]
    document = dump(default_program("USD", is_live=True))
    tiers = {"metric": "spend", "window": {"kind": "rolling", "months": 12}, "levels": levels}
    return parse(document | {"tiers": tiers, "order_rules": rules})


def fill_inbox(database: Database, shop_id: int, orders: list[OrderFacts]) -> None:
    """Record a delivery for each of the orders, as the door does."""
    for start in range(0, len(orders), 250):
        deliveries = [
            Delivery(
                shop_id,
                f"w-{facts.id}",
                f"e-{facts.id}",
                "orders/create",
                facts.id,
                NOW,
                NOW,
                b"\0" * 16,
                order_facts.encode(facts),
            )
            for facts in orders[start : start + 250]
        ]
        with database.transaction(shop_id) as session:
            record(session.raw, deliveries)


def drain_all(database: Database, shop_id: int, count: int) -> float:
    """Drain the shop's inbox with the verb itself; seconds. Raises RuntimeError when not every delivery was done."""
    clock = _clock()
    began = time.monotonic()
    done = drain(database, shop_id, keys=stage.KEYS, clock=lambda: next(clock), deadline=NOW + FAR)
    took = time.monotonic() - began
    if done.deliveries != count or done.set_aside:
        raise RuntimeError(f"{done.deliveries} of {count} deliveries were done, {done.set_aside} set aside")
    return took


def _clock() -> itertools.repeat[datetime]:
    return itertools.repeat(NOW)


def _rows(run: Run, name: str, source: int, target: int) -> tuple[str, bytes]:
    """The source shop's rows as the target shop's, in COPY's binary form, in the order in which they were written."""
    with psycopg.connect(run.stage.url("regulars")) as connection:
        names = [
            row[0]
            for row in connection.execute(
                """
                SELECT attname FROM pg_attribute
                WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
                """,
                [name],
            )
        ]
        columns = ", ".join(names)
        chosen = ", ".join(f"{target}::integer" if column == "shop_id" else column for column in names)
        query = f"COPY (SELECT {chosen} FROM {name} WHERE shop_id = {source} ORDER BY ctid) TO STDOUT (FORMAT binary)"
        with connection.cursor().copy(query.encode()) as copy:
            return columns, b"".join(bytes(part) for part in copy)
