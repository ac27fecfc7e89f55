"""End to end: from the first POST until the last order stands in the ledger, orders a second, nothing lost, every process at work."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import psycopg

from bench import load, stage, table
from bench.run import Run, interleaved

PATIENCE_SECONDS = 120.0
CONNECTIONS = 64


def measure(run: Run) -> list[table.Row]:
    """Regulars, the Node stack, and the naive version with both of RQ's workers."""
    name = "end to end, orders/s"
    peers: dict[str, Callable[[int], float]] = {"Regulars": lambda number: _regulars(run, number)}
    rows: list[table.Row] = []
    try:
        stage.need_node()
        peers["Node"] = lambda _: _node(run)
    except stage.Missing as missing:
        rows.append(table.skipped(f"{name}, Node", str(missing)))
    try:
        stage.need_gunicorn()
        peers["naive, rq worker"] = lambda _: _naive(run, "rq.worker.Worker", run.size.naive_orders)
        peers["naive, SimpleWorker"] = lambda _: _naive(run, "rq.worker.SimpleWorker", run.size.naive_simple_orders)
    except stage.Missing as missing:
        rows.append(table.skipped(f"{name}, naive", str(missing)))
    seen = interleaved(run, peers)
    wanted = {
        "Node": (6, "shopify-app-express + BullMQ worker, 10 at a time"),
        "naive, rq worker": (500, "gunicorn sync, Flask, a job per order, rq worker, ORM"),
        "naive, SimpleWorker": (25, "the same with SimpleWorker"),
    }
    for peer, (factor, words) in wanted.items():
        if peer in seen:
            rows.append(table.at_least(name, seen["Regulars"], seen[peer], factor, unit="/s", against=words))
    return rows


_numbers = itertools.count(1)

OUTCOME = """
SELECT (SELECT count(DISTINCT order_id) FROM entries WHERE shop_id = {0}),
       (SELECT count(*) FROM inbox WHERE shop_id = {0} AND set_aside_at IS NOT NULL)
"""


def _regulars(run: Run, number: int) -> float:
    database = run.stage.database()
    shop = stage.add_shop(database, f"whole-way-{next(_numbers)}.myshopify.com")
    with stage.own_web(run.stage, workers=2) as (port, _), stage.own_worker(run.stage):
        load.send(port, run.bodies, shop="nobody.myshopify.com", connections=8, seconds=0.5)
        began = time.monotonic()
        load.send(port, run.bodies, shop=shop.domain, connections=CONNECTIONS * 2, requests=run.size.end_to_end)
        sent = time.monotonic()
        still_waits = (
            f"SELECT 1 FROM inbox WHERE shop_id = {shop.id} AND done_at IS NULL AND set_aside_at IS NULL LIMIT 1"
        )
        with _asking(run, "regulars") as ask:
            while ask(still_waits):
                _not_for_ever(began)
                time.sleep(0.01)
        took = time.monotonic() - began
    [(entered, aside)] = run.stage.run_sql(OUTCOME.format(shop.id))
    if entered != run.size.end_to_end or aside:
        raise RuntimeError(f"{entered} of {run.size.end_to_end} orders stand in the ledger, {aside} are set aside")
    run.facts[f"end to end, round {number + 1}"] = f"last order entered {took - (sent - began):.2f} s after its 200"
    return run.size.end_to_end / took


def _node(run: Run) -> float:
    count = max(run.size.end_to_end // 5, 500)
    database = "peer_node"
    run.stage.peer_database(database)
    with ExitStack() as stack:
        redis = stack.enter_context(stage.peer_redis(run.stage, is_durable=False))
        port = stack.enter_context(stage.node_web(run.stage, redis, workers=2))
        stack.enter_context(stage.node_worker(run.stage, redis, database))
        return _timed(run, port, database, count)


def _naive(run: Run, worker_class: str, count: int) -> float:
    database = "peer_naive"
    url = run.stage.peer_database(database)
    with ExitStack() as stack:
        redis = stack.enter_context(stage.peer_redis(run.stage, is_durable=False))
        environment = stage.naive_environment(redis, url)
        port = stack.enter_context(stage.naive_web(run.stage, environment))
        stack.enter_context(stage.naive_worker(run.stage, environment, worker_class))
        return _timed(run, port, database, count)


def _timed(run: Run, port: int, database: str, count: int) -> float:
    load.send(port, run.bodies, shop="warm.myshopify.com", connections=4, requests=4)
    with _asking(run, database) as ask:
        while ask("SELECT count(*) FROM entries")[0][0] < 4:
            time.sleep(0.05)
        began = time.monotonic()
        load.send(port, run.bodies, shop="bench.myshopify.com", connections=CONNECTIONS // 2, requests=count)
        while ask("SELECT count(*) FROM entries")[0][0] < count + 4:
            _not_for_ever(began)
            time.sleep(0.01)
        return count / (time.monotonic() - began)


@contextmanager
def _asking(run: Run, database: str) -> Iterator[Callable[[str], list[tuple[int, ...]]]]:
    with psycopg.connect(run.stage.url(database), autocommit=True) as connection:
        yield lambda statement: connection.execute(statement.encode()).fetchall()


def _not_for_ever(began: float) -> None:
    if time.monotonic() - began > PATIENCE_SECONDS:
        raise RuntimeError("orders did not reach the ledger in two minutes")
