"""Growth: an award, a balance and a hold beside ten million entries and beside none; and what the books weigh and take to prove.

Two databases in one PostgreSQL with the same shared buffers: one shop each, with the same members, one with entries and one without.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import msgspec
import psutil
import psycopg

from bench import bodies, books, draining, holding, pgbench, stage, table
from bench.run import Run, interleaved
from plugin.db import Database, Session
from plugin.loyalty.facts import OrderFacts
from plugin.services import audit, members
from plugin.shopify.webhook_facts import read_order

SIZES = ("none", "full")


def measure(run: Run) -> list[table.Row]:
    """Fill, compare, weigh, prove."""
    sides = {name: _Side(run, f"growth_{name}", run.size.entries if name == "full" else 0) for name in SIZES}
    rows = [*_size(run, sides["full"])]
    rows += [*_audit(run, sides["full"]), *_growth(run, sides)]
    for side in sides.values():
        if not audit.run(side.database, side.shop.id, now=holding.NOW).is_ok:
            raise RuntimeError("the books do not add up after the measures")
    return rows


class _Side:
    """A database with one shop."""

    def __init__(self, run: Run, name: str, entries: int) -> None:
        began = time.monotonic()
        self.name = name
        self.entries = entries
        self.database: Database = run.stage.database(name)
        self.shop = stage.add_shop(self.database, "growth.myshopify.com")
        self.first_member = books.fill(run.stage, name, self.shop, members=run.size.members, entries=entries)
        self.next_order = bodies.FIRST_ORDER
        run.say(f"  {name}: {entries:,} entries of {run.size.members:,} members in {time.monotonic() - began:.0f} s")


def _growth(run: Run, sides: dict[str, _Side]) -> list[table.Row]:
    patterns = [read_order(body) for body in bodies.read(run.bodies, limit=500)]
    timed: dict[str, Callable[[int], float]] = {}
    for name, side in sides.items():
        _award(run, side, patterns, 0)  # a first one, unmeasured, so that both sides have their pages and plans
        timed[f"award, {name}"] = lambda number, side=side: _award(run, side, patterns, number + 1)  # type: ignore[misc]
    for name, side in sides.items():
        _give_everybody(run, side)
        timed[f"balance, {name}"] = _scripted(run, side, _balance_script(run, side))
        timed[f"hold, {name}"] = _scripted(run, side, _hold_script(run, side))
    seen = interleaved(run, timed)
    against = "with no entries"
    count = f"{run.size.entries:,} entries"
    return [
        table.at_most(
            f"award at {count}, µs/order",
            seen["award, full"] * 1e6,
            seen["award, none"] * 1e6,
            1.4,
            unit="µs",
            against=against,
        ),
        table.at_most(
            f"balance at {count}", seen["balance, full"], seen["balance, none"], 1.15, unit="ms", against=against
        ),
        table.at_most(f"hold at {count}", seen["hold, full"], seen["hold, none"], 1.15, unit="ms", against=against),
    ]


def _award(run: Run, side: _Side, patterns: list[OrderFacts], number: int) -> float:
    """Seconds for each of so many new orders, of members at random."""
    chance = random.Random(run.seed + number)
    orders = []
    for place in range(run.size.awards):
        facts = patterns[place % len(patterns)]
        if facts.body is None:
            raise AssertionError("every body of the bench is a whole order")
        customer = books.FIRST_CUSTOMER + chance.randrange(run.size.members)
        processed_at = facts.body.processed_at + timedelta(seconds=side.next_order - bodies.FIRST_ORDER)
        body = msgspec.structs.replace(facts.body, customer_id=customer, processed_at=processed_at)
        orders.append(msgspec.structs.replace(facts, id=side.next_order, body=body))
        side.next_order += 1
    draining.fill_inbox(side.database, side.shop.id, orders)
    return draining.drain_all(side.database, side.shop.id, len(orders)) / len(orders)


def _give_everybody(run: Run, side: _Side) -> None:
    """Points enough for every hold to come, by the same statement on both sides; the entry after each member's last."""
    statement = """
    WITH m AS (UPDATE members SET seq = seq + 1, available = available + 10000000 WHERE shop_id = %s RETURNING *),
    e AS (INSERT INTO entries (shop_id, member_id, seq, move, points, key, reason, occurred_at, recorded_at, pending, available,
                               held, program_version)
          SELECT shop_id, id, seq, 14, 10000000, (lpad(to_hex(id), 16, '0') || substr(md5('gift' || id), 1, 16))::uuid, 16, now(), now(),
                 pending, available, held, 1 FROM m)
    INSERT INTO lots (shop_id, member_id, opened_by, part, points, pending, open, expired, available_at)
    SELECT shop_id, id, seq, 0, 10000000, 0, 10000000, 0, now() FROM m
    """
    run.stage.run_sql(statement, side.name, side.shop.id)
    run.stage.run_sql("VACUUM ANALYZE members", side.name)


def _scripted(run: Run, side: _Side, text: str) -> Callable[[int], float]:
    """Milliseconds of a transaction, one client."""
    path = run.stage.home / f"{side.name}.sql"
    url = run.stage.url(side.name)
    return lambda number: (
        pgbench.run(
            url, text, path, clients=1, seconds=run.size.seconds, as_app=True, seed=run.seed + number
        ).latency_ms
    )


def _hold_script(run: Run, side: _Side) -> str:
    last = side.first_member + run.size.members - 1
    said = pgbench.recorded(side.database, side.shop.id, lambda session: holding.hold(session, last))
    return holding.hold_script(said, last, f"random({side.first_member}, {last})")


def _balance_script(run: Run, side: _Side) -> str:
    last = side.first_member + run.size.members - 1
    customer = books.FIRST_CUSTOMER + run.size.members - 1

    def view(session: Session) -> None:
        found = members.by_customer(session, customer)
        members.view(session, found or 0, handle_key=stage.KEYS.codes, now=holding.NOW)

    said = pgbench.recorded(side.database, side.shop.id, view)
    offset = customer - last
    variables = {customer: f"((:member)::bigint + {offset})", last: "(:member)::bigint"}
    return pgbench.script(said, variables, [f"\\set member random({side.first_member}, {last})"])


def _size(run: Run, side: _Side) -> list[table.Row]:
    def weight(name: str) -> float:
        [(size,)] = run.stage.run_sql("SELECT pg_total_relation_size(%s::regclass)::float8", side.name, name)
        return float(size)

    [(entries, lots)] = run.stage.run_sql(
        "SELECT (SELECT count(*) FROM entries), (SELECT count(*) FROM lots)", side.name
    )
    entry, lot = weight("entries") / entries, weight("lots") / lots
    run.facts["size of an order's row"] = (
        f"{weight('orders') / lots:.0f} bytes with its indexes, of which facts are most"
    )
    return [
        table.below("size of an entry with all indexes", entry, 260, unit="bytes", against=f"over {entries:,} entries"),
        table.below("size of an award: entry and lot", entry + lot, 420, unit="bytes", against=f"over {lots:,} lots"),
    ]


def _audit(run: Run, side: _Side) -> list[table.Row]:
    """One proof, with the private memory of the PostgreSQL processes at work and of this one watched every tenth of a second."""
    stopping, seen = threading.Event(), list[tuple[float, float]]()
    here = psutil.Process()

    def watch() -> None:
        while not stopping.wait(0.1):
            seen.append((_private_mib(run, side), here.memory_info().rss / 2**20))

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.monotonic()
    result = audit.prove(side.database, side.shop.id)
    took = time.monotonic() - began
    stopping.set()
    watcher.join()
    if not result.is_ok:
        raise RuntimeError(f"the books do not add up: {result.findings}")
    backend, python = (max((pair[place] for pair in seen), default=0.0) for place in (0, 1))
    grown = python - (seen[0][1] if seen else 0.0)
    words = f"{backend:,.0f} MiB in PostgreSQL's processes at most, Python +{grown:.0f} MiB"
    is_flat = backend < 256 and grown < 32
    return [
        table.below(
            f"audit of {result.entries:,} entries",
            took,
            60,
            unit="s",
            against=f"{len(audit.CHECKS)} checks, all passed",
        ),
        table.Row("audit, memory", words, "work_mem per step, whatever the number of entries", "", "flat", is_flat),
    ]


def _private_mib(run: Run, side: _Side) -> float:
    """Memory of the database's backends that is theirs alone (shared buffers left out)."""
    total = 0.0
    with psycopg.connect(run.stage.admin_url, autocommit=True) as connection:
        pids = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [side.name]).fetchall()
    for (pid,) in pids:
        try:
            with open(f"/proc/{pid}/status", encoding="utf-8") as status:  # noqa: PTH123 - /proc is no place for a Path
                total += sum(int(line.split()[1]) for line in status if line.startswith("RssAnon")) / 1024
        except OSError:
            continue
    return total
