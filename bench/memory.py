"""Memory: what web and worker hold while a hundred thousand orders pass, sampled all the way."""

from __future__ import annotations

import threading
import time

import psutil

from bench import load, stage, table
from bench.run import Run

LIMIT_MIB = 200
FLAT = 1.1
"""The last fifth may hold at most so many times what the second fifth held."""


def measure(run: Run) -> list[table.Row]:
    """Every process of both commands; flat from the second fifth on."""
    shop = stage.add_shop(run.stage.database(), "memory.myshopify.com")
    samples: list[dict[str, float]] = []
    stopping = threading.Event()
    with stage.own_web(run.stage, workers=2) as (port, web), stage.own_worker(run.stage) as worker:
        watcher = threading.Thread(target=_watch, args=((web, worker), stopping, samples))
        watcher.start()
        try:
            load.send(port, run.bodies, shop=shop.domain, connections=64, requests=run.size.memory_orders)
            _settled(run, shop)
        finally:
            stopping.set()
            watcher.join()
    [(entered,)] = run.stage.run_sql(
        "SELECT count(DISTINCT order_id) FROM entries WHERE shop_id = %s", "regulars", shop.id
    )
    if entered != run.size.memory_orders:
        raise RuntimeError(f"{entered} of {run.size.memory_orders} orders stand in the ledger")
    rows = []
    for kind in ("web", "worker"):
        most, growth, name = _judged(samples, kind)
        words = f"largest of {kind}'s processes: {most:,.0f} MiB, last fifth {growth:.2f} x the second"
        rows.append(
            table.Row(
                f"memory of {kind}, {run.size.memory_orders:,} orders",
                words,
                name,
                "",
                f"flat, under {LIMIT_MIB} MiB",
                most < LIMIT_MIB and growth < FLAT,
            )
        )
    return rows


def _watch(
    parents: tuple[psutil.Process, psutil.Process], stopping: threading.Event, samples: list[dict[str, float]]
) -> None:
    while not stopping.wait(0.25):
        sizes: dict[str, float] = {}
        for kind, parent in zip(("web", "worker"), parents, strict=True):
            sizes |= {f"{kind}: {name}": size for name, size in stage.rss_mib(parent).items()}
        samples.append(sizes)


def _settled(run: Run, shop: stage.Shop) -> None:
    deadline = time.monotonic() + 120
    while run.stage.run_sql("SELECT 1 FROM inbox WHERE shop_id = %s AND done_at IS NULL LIMIT 1", "regulars", shop.id):
        if time.monotonic() > deadline:
            raise RuntimeError("orders did not reach the ledger in two minutes")
        time.sleep(0.2)


def _judged(samples: list[dict[str, float]], kind: str) -> tuple[float, float, str]:
    """The largest process of that kind: its most MiB, and its last fifth against its second."""
    names = {name for sizes in samples for name in sizes if name.startswith(f"{kind}:")}
    most = {name: max(sizes.get(name, 0.0) for sizes in samples) for name in names}
    name = max(most, key=lambda one: most[one])
    series = [sizes[name] for sizes in samples if name in sizes]
    fifth = max(1, len(series) // 5)
    second, last = series[fifth : 2 * fifth] or series, series[-fifth:]
    return most[name], max(last) / max(second), name.partition(": ")[2]
