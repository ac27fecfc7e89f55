"""The hold: how fast a reward's points are set aside, against a bare conditional UPDATE of the same table that does nothing else.

The app's transaction writes entry, lot use, redemption and outbox row under row-level security; the bare UPDATE writes one row.
Both run in pgbench with 16 clients, on members at random and all on one; and the verb in Python stands beside it.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID, uuid4

from bench import books, pgbench, stage, table
from bench.run import Run, interleaved
from plugin.db import Database, Session
from plugin.loyalty.errors import InsufficientPoints
from plugin.services import audit, redeem
from plugin.services.redeem import RewardOrder

CLIENTS = 16
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
REWARD = "amount-off"
PRICE = 150
ATTEMPTS = 800
_seeds = itertools.count(20261122)  # another one for every run of pgbench: equal ones would make equal ids
SALES = 37
"""What the one member of the oversell check can afford; the attempts come from 16 sides at once."""


def measure(run: Run) -> list[table.Row]:
    """Spread and hot, each in turn with the bare UPDATE."""
    made, database = run.stage, run.stage.database()
    held, bare = (stage.add_shop(database, f"{name}-hold.myshopify.com") for name in ("own", "bare"))
    members = min(run.size.members, 20_000)
    first = {shop.id: wealthy(run, shop, members) for shop in (held, bare)}
    said = pgbench.recorded(database, held.id, lambda session: hold(session, first[held.id] + members - 1))
    run.facts["statements of a hold"] = f"{len(said)} and BEGIN, COMMIT"

    def own(member: str) -> Callable[[int], float]:
        text = hold_script(
            said, first[held.id] + members - 1, member.format(first[held.id], first[held.id] + members - 1)
        )
        return lambda _: _tps(run, text, as_app=True)

    def update(member: str) -> Callable[[int], float]:
        header = f"\\set member {member.format(first[bare.id], first[bare.id] + members - 1)}\n"
        text = f"{header}UPDATE members SET available = available - 1 WHERE shop_id = {bare.id} AND id = :member AND available >= 1;\n"
        return lambda _: _tps(run, text, as_app=False)

    spread, hot = "random({0}, {1})", "{0}"
    seen = interleaved(
        run,
        {
            "hold, spread": own(spread),
            "bare UPDATE, spread": update(spread),
            "hold, one member": own(hot),
            "bare UPDATE, one member": update(hot),
            "Python verb, spread": lambda _: _verbs(run, database, held.id, lambda n: first[held.id] + n % members),
            "Python verb, one member": lambda _: _verbs(run, database, held.id, lambda _n: first[held.id]),
        },
    )
    rows = []
    for where in ("spread", "one member"):
        rows.append(
            table.at_least(
                f"hold, 16 clients, {where}, tx/s",
                seen[f"hold, {where}"],
                seen[f"bare UPDATE, {where}"],
                0.3,
                unit="/s",
                against="bare UPDATE",
            )
        )
        rows.append(table.said(f"the same by the Python verb, {where}", f"{seen[f'Python verb, {where}']:,.0f} /s"))
    rows.append(_oversell(run, database))
    result = audit.run(database, held.id, now=NOW)
    if not result.is_ok:
        raise RuntimeError(f"the books do not add up after the holds: {result.findings}")
    made.run_sql("CHECKPOINT")
    return rows


def hold(session: Session, member_id: int, redemption_id: UUID | None = None) -> None:
    """The verb, as a door calls it."""
    redeem.place_hold(session, RewardOrder(member_id, REWARD, None, redemption_id or uuid4()), keys=stage.KEYS, now=NOW)


def hold_script(said: pgbench.Said, recorded_member: int, member: str) -> str:
    """The recorded hold as a pgbench script for another member (a pgbench expression) and fresh ids each time."""
    values = [value for _, params in said for value in (params.values() if isinstance(params, dict) else params or ())]
    ids = [value for value in values if isinstance(value, UUID)]
    redemption = next(value for value in ids if any(str(value) == other for other in values))
    code = next(value for value in values if _is_code(value))
    fresh = "lpad(to_hex((:id)::bigint), 32, '0')"
    variables: dict[object, str] = {
        recorded_member: "(:member)::bigint",
        redemption: f"{fresh}::uuid",
        str(redemption): f"({fresh}::uuid)::text",
        code: "lpad(to_hex((:id)::bigint), 16, '0')",
    }
    for other in ids:
        if other != redemption:
            variables[other] = (
                "(lpad(to_hex((:member)::bigint), 16, '0') || lpad(to_hex((:id)::bigint), 16, '0'))::uuid"
            )
    header = [f"\\set member {member}", "\\set id random(1, 9223372036854775806)"]
    return pgbench.script(said, variables, header)


def _is_code(value: object) -> bool:
    return isinstance(value, str) and len(value) == 16 and value.isalnum() and value == value.upper()


def _tps(run: Run, text: str, *, as_app: bool) -> float:
    path = run.stage.home / "script.sql"
    return pgbench.run(
        run.stage.admin_url, text, path, clients=CLIENTS, seconds=run.size.seconds, as_app=as_app, seed=next(_seeds)
    ).per_second


def _verbs(run: Run, database: Database, shop_id: int, member: Callable[[int], int]) -> float:
    """The verb from 16 threads of one Python process, a transaction each."""
    numbers, stopping, done = itertools.count(), threading.Event(), itertools.count()

    def work() -> None:
        while not stopping.is_set():
            with database.transaction(shop_id) as session:
                hold(session, member(next(numbers) * 7919))
            next(done)

    began = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(work) for _ in range(CLIENTS)]
        time.sleep(run.size.seconds)
        stopping.set()
    for one in running:
        one.result()
    return next(done) / (time.monotonic() - began)


def wealthy(run: Run, shop: stage.Shop, members: int) -> int:
    """Members with three lots each, of which the last never runs dry; the first member's id."""
    first = books.fill(run.stage, "regulars", shop, members=members, entries=0)
    parameters = (shop.id,)
    for seq, points in ((1, 40), (2, 60), (3, 10**9)):
        run.stage.run_sql(ENTRY, "regulars", seq, points, *parameters)
        run.stage.run_sql(LOT, "regulars", seq, points, *parameters)
        run.stage.run_sql(
            f"UPDATE members SET seq = {seq}, available = available + {points} WHERE shop_id = %s",
            "regulars",
            *parameters,
        )
    run.stage.run_sql("VACUUM ANALYZE")
    return first


ENTRY = """
INSERT INTO entries (shop_id, member_id, seq, move, points, key, reason, occurred_at, recorded_at, pending, available, held,
                     program_version)
SELECT m.shop_id, m.id, v.seq, 14, v.points, (lpad(to_hex(m.id), 16, '0') || substr(md5(m.id || ':' || v.seq), 1, 16))::uuid, 16,
       now(), now(), 0, m.available + v.points, 0, 1
FROM members m, (SELECT %s::int AS seq, %s::bigint AS points) v WHERE m.shop_id = %s
"""

LOT = """
INSERT INTO lots (shop_id, member_id, opened_by, part, points, pending, open, expired, available_at)
SELECT m.shop_id, m.id, v.seq, 0, v.points, 0, v.points, 0, now()
FROM members m, (SELECT %s::int AS seq, %s::bigint AS points) v WHERE m.shop_id = %s
"""


def _oversell(run: Run, database: Database) -> table.Row:
    """Many more wishes than points, from 16 sides at once: exactly what there is gets sold."""
    shop = stage.add_shop(database, "oversell.myshopify.com")
    member = books.fill(run.stage, "regulars", shop, members=1, entries=0)
    points = PRICE * SALES + PRICE - 1
    run.stage.run_sql(ENTRY, "regulars", 1, points, shop.id)
    run.stage.run_sql(LOT, "regulars", 1, points, shop.id)
    run.stage.run_sql(f"UPDATE members SET seq = 1, available = {points} WHERE shop_id = %s", "regulars", shop.id)

    def attempt(_: int) -> bool:
        try:
            with database.transaction(shop.id) as session:
                hold(session, member)
        except InsufficientPoints:
            return False
        return True

    with ThreadPoolExecutor(CLIENTS) as pool:
        sold = sum(pool.map(attempt, range(ATTEMPTS)))
    [(available, held)] = run.stage.run_sql(
        "SELECT available, held FROM members WHERE shop_id = %s", "regulars", shop.id
    )
    is_exact = sold == SALES and available == PRICE - 1 and held == PRICE * SALES
    is_proved = audit.run(database, shop.id, now=NOW).is_ok
    words = f"{sold} of {ATTEMPTS} wishes sold, {available} points left, books {'proved' if is_proved else 'wrong'}"
    return table.Row(
        "never one point oversold",
        words,
        f"points for {SALES} and {PRICE - 1} over",
        "",
        "exactly",
        is_exact and is_proved,
    )
