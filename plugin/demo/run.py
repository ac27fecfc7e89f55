"""`regulars demo`: start everything, play the year once, show where to look, and stay until Ctrl-C."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import threading
import webbrowser
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from devstore.config import Config
from jobs.world import build
from plugin import settings as environment
from plugin.demo import year
from plugin.demo.stage import CLIENT_ID, CLIENT_SECRET, Stage, free_port, mail_environ, staged
from plugin.demo.store import RunningStore, remember, running
from plugin.services import audit, shops


def run(console: Console, *, is_headless: bool, port: int, store_port: int) -> None:
    """The whole demo. Raises StageError, and what the verbs raise."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    home = environment.load({**os.environ, "REGULARS_ENV": "development"}).home / "demo"
    done = home / "year.json"
    if home.exists() and not done.exists():
        shutil.rmtree(home)  # a year that was interrupted is played again from its first day
    home.mkdir(parents=True, exist_ok=True)
    port, store_port = _ports(home, port=port, store_port=store_port)
    app_url = f"http://127.0.0.1:{port}"
    config = Config(
        client_id=CLIENT_ID, client_secret=CLIENT_SECRET, app_url=app_url, retry_scale=0.02, is_throttling=done.exists()
    )
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    memory = home / "store.pickle"
    clock_file = home / "clock"
    if not clock_file.exists():
        clock_file.write_text("+0", encoding="ascii")
    console.print("Starting PostgreSQL, Redis, the app, its worker and the store …")
    with (
        running(config, port=store_port, memory=memory, seed=year.SEED) as store,
        staged(
            home,
            port=port,
            store_url=store.url,
            environ={"REGULARS_CLOCK_FILE": str(clock_file), **mail_environ(store.smtp_port)},
        ) as stage,
    ):
        if not done.exists():
            counts = _play_year(console, stage, store)
            config.is_throttling = True
            remember(store.world, memory)
            done.write_text(json.dumps(counts), encoding="ascii")
        year.settle_down(stage, store)
        _prove(console, stage)
        _show(console, stage, store, json.loads(done.read_text(encoding="ascii")))
        if not is_headless:
            webbrowser.open(f"{store.url}/_devstore/start")
        stopping.wait()
        console.print("Stopping …")
        remember(store.world, memory)


def _play_year(console: Console, stage: Stage, store: RunningStore) -> dict[str, int]:
    with Progress(
        TextColumn("Playing a year of orders"),
        BarColumn(),
        TextColumn("{task.description}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task("", total=year.DAYS)
        return year.play(
            stage, store, lambda done, total, words: bar.update(task, completed=done, total=total, description=words)
        )


def _prove(console: Console, stage: Stage) -> None:
    world = build(stage.settings)
    with world.database.transaction() as session:
        known = shops.every(session)
    for shop in known:
        result = audit.run(world.database, shop.id, now=world.clock())
        words = (
            "[green]the books add up[/green]"
            if result.is_ok
            else f"[red]the books do not add up: {result.findings}[/red]"
        )
        console.print(f"{shop.domain}: {result.members} members, {result.entries:,} entries, {words}.")
    world.database.dispose()


def _show(console: Console, stage: Stage, store: RunningStore, counts: dict[str, int]) -> None:
    port = store.url.rpartition(":")[2]
    handle = year.DOMAIN.partition(".")[0]
    console.print("A year of " + ", ".join(_counted(count, what) for what, count in counts.items()) + ".")
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for title, url in (
        ("Start here", f"{store.url}/_devstore/start"),
        ("Store", f"http://{handle}.localhost:{port}/"),
        ("Merchant's admin", f"http://admin.localhost:{port}/store/{handle}/apps/regulars/"),
        ("Mail", f"{store.url}/_devstore/mail"),
        ("App health", f"{stage.app_url}/readyz"),
    ):
        table.add_row(f"[bold]{title}", url)
    console.print(table)
    console.print("Ctrl-C stops everything; the next start takes it up where it was.")


def _counted(count: int, what: str) -> str:
    """So many of what is named in the plural."""
    first, _, rest = what.partition(" ")
    one = f"{first.removesuffix('s')} {rest}".strip() if first.endswith("s") else what.removesuffix("s")
    return f"{count:,} {what if count != 1 else one}"


def _ports(home: Path, *, port: int, store_port: int) -> tuple[int, int]:
    """The ports asked for, else those of last time, else free ones: bookmarks of the demo stay good."""
    file = home / "ports.json"
    known = json.loads(file.read_text(encoding="ascii")) if file.exists() else {}
    port = port or known.get("app") or free_port()
    store_port = store_port or known.get("store") or free_port()
    file.write_text(json.dumps({"app": port, "store": store_port}), encoding="ascii")
    return port, store_port
