"""Intake: webhooks a second that are acknowledged after a durable commit with their facts stored, against a Redis queue's memory.

And the 99th percentile at half of what the peer can take, sent at a fixed rate whether or not the server keeps up.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from bench import load, stage, table
from bench.run import Run, interleaved, median

WORKERS = 2
CONNECTIONS = (32, 128)


def measure(run: Run) -> list[table.Row]:
    """Both stacks at 32 and at 128 connections, each judged by its best."""
    name = "intake, webhooks/s"
    try:
        stage.need_node()
    except stage.Missing as missing:
        return [table.skipped(name, str(missing))]
    shop = stage.add_shop(run.stage.database(), "intake.myshopify.com")
    with ExitStack() as stack:
        own, _ = stack.enter_context(stage.own_web(run.stage, workers=WORKERS))
        ports = {"Regulars": own}
        for peer, is_durable in (("Node", False), ("Node, appendonly", True)):
            redis = stack.enter_context(stage.peer_redis(run.stage, is_durable=is_durable))
            ports[peer] = stack.enter_context(stage.node_web(run.stage, redis, workers=WORKERS))
        for port in ports.values():
            load.send(port, run.bodies, shop=shop.domain, connections=32, seconds=1)

        def at_full(peer: str, connections: int) -> Callable[[int], float]:
            def once(_: int) -> float:
                _empty(run)
                seen = load.send(
                    ports[peer], run.bodies, shop=shop.domain, connections=connections, seconds=run.size.seconds
                )
                if peer == "Regulars":
                    _check_stored(run, seen.ok)
                return seen.per_second

            return once

        best: dict[str, float] = {}
        seen = interleaved(run, {f"{peer} @ {count}": at_full(peer, count) for count in CONNECTIONS for peer in ports})
        for peer in ports:
            best[peer] = max(seen[f"{peer} @ {count}"] for count in CONNECTIONS)
        rows = [
            table.at_least(
                name,
                best["Regulars"],
                best["Node"],
                3,
                unit="/s",
                against="shopify-app-express + BullMQ, Redis as it comes",
            ),
            table.said(
                "the same, beside it",
                f"{best['Regulars']:,.0f} /s",
                f"with appendonly Redis: {best['Node, appendonly']:,.0f}",
                f"{best['Regulars'] / best['Node, appendonly']:.1f} x",
            ),
        ]
        return [*rows, _tail(run, ports, shop.domain, best["Node"] / 2)]


def _tail(run: Run, ports: dict[str, int], domain: str, rate: float) -> table.Row:
    middles: dict[str, list[float]] = {"Regulars": [], "Node": []}

    def at_rate(peer: str) -> Callable[[int], float]:
        def once(_: int) -> float:
            _empty(run)
            seen = load.send(ports[peer], run.bodies, shop=domain, connections=64, seconds=run.size.seconds, rate=rate)
            middles[peer].append(seen.p50_ms)
            return seen.p99_ms

        return once

    p99 = interleaved(run, {peer: at_rate(peer) for peer in middles})
    middle = {peer: median(values) for peer, values in middles.items()}
    against = f"that stack (p50 {middle['Node']:.1f} ms, ours {middle['Regulars']:.1f} ms)"
    return table.at_most(
        f"intake, p99 at {rate:,.0f}/s", p99["Regulars"], p99["Node"], 1 / 3, unit="ms", against=against
    )


def _empty(run: Run) -> None:
    run.stage.run_sql("TRUNCATE inbox")


def _check_stored(run: Run, acknowledged: int) -> None:
    """What was answered with 200 must stand in the inbox, with its facts."""
    [(stored,)] = run.stage.run_sql("SELECT count(*) FROM inbox WHERE facts IS NOT NULL")
    if stored != acknowledged:
        raise RuntimeError(f"{acknowledged} webhooks were acknowledged, {stored} are stored")
