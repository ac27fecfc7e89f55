"""`python -m bench`: every measure of the table, or one; prints the table and writes bench/results.md."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import click

from bench import table
from bench.measures import MEASURES
from bench.run import FULL, QUICK, Run
from bench.stage import POSTGRES_OPTIONS, ROOT, Missing, Stage, redis_binary, stage

RESULTS = Path(__file__).resolve().parent / "results.md"


@click.command()
@click.option("--quick", is_flag=True, help="Small and once: to see that everything runs, not to judge by.")
@click.option(
    "--only", multiple=True, type=click.Choice(list(MEASURES)), help="Only this measure (may be given again)."
)
@click.option("--seed", default=20261122, show_default=True, help="What the orders are made from.")
@click.option("--rounds", type=int, help="Interleaved rounds; the median counts.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=RESULTS, show_default=True, help="Where the table goes."
)
def main(*, quick: bool, only: tuple[str, ...], seed: int, rounds: int | None, out: Path) -> None:
    """Measure Regulars against its peers on this machine, in one run."""
    size = QUICK if quick else FULL
    if rounds:
        size = replace(size, rounds=rounds)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every server and peer is stopped
    began = time.monotonic()
    with stage() as made:
        run = Run(made, size, seed, _say)
        rows = []
        for name in only or MEASURES:
            _say(f"{name} …")
            try:
                rows += MEASURES[name](run)
            except Missing as missing:
                rows.append(table.skipped(name, str(missing)))
        page = _page(run, rows, seconds=time.monotonic() - began)
    print(page)
    out.write_text(page, encoding="utf-8")
    if any(row.is_reached is False for row in rows):
        _say("some figures were missed")


def _page(run: Run, rows: list[table.Row], *, seconds: float) -> str:
    settings = {
        **_machine(),
        **_servers(run.stage),
        "run": f"{run.size.name}, seed {run.seed}, {run.size.rounds} interleaved rounds, median; {seconds:,.0f} s",
    }
    lines = [
        "# Bench",
        "",
        "Written by `make bench`. Ratios are within this one run; the load generator shares the machine with everything it measures.",
        "",
    ]
    lines += [f"- {name}: {words}" for name, words in settings.items()]
    lines += ["", table.markdown(rows)]
    if run.facts:
        lines += ["Beside the table:", "", *(f"- {name}: {words}" for name, words in run.facts.items()), ""]
    return "\n".join(lines)


def _machine() -> dict[str, str]:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in _read("/proc/cpuinfo").splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory = next(
        (int(line.split()[1]) // 2**20 for line in _read("/proc/meminfo").splitlines() if line.startswith("MemTotal")),
        0,
    )
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return {
        "machine": f"{os.cpu_count()} cores of {model}, {memory} GiB, {platform.platform()}; load average at the end {load}",
        "commit": _output(["git", "-C", str(ROOT), "describe", "--always", "--dirty"]) or "unknown",
        "python": f"{platform.python_version()}",
        "node": _output(["node", "--version"]) or "not installed",
    }


def _servers(made: Stage) -> dict[str, str]:
    [(version,)] = made.run_sql("SHOW server_version")
    names = ("fsync", "synchronous_commit", "full_page_writes", *POSTGRES_OPTIONS)
    settings = ", ".join(f"{name}={made.run_sql(f'SHOW {name}')[0][0]}" for name in names)
    redis = _output([redis_binary(), "--version"]).split(" sha")[0]
    return {
        "PostgreSQL": f"{version}; {settings}; the same for every candidate",
        "Redis": f"{redis}; ours appendonly everysec; the peers' as it comes (save points, no appendonly) unless said",
        "web": "`regulars web --workers 2` (uvicorn, uvloop, httptools); Node: 2 cluster processes; naive: gunicorn, 2 sync workers",
        "worker": "`regulars worker`; Node: 1 process, concurrency 10; naive: 1 `rq worker`",
    }


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return ""


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
