"""Workers as processes: they outlive Redis, the supervisor replaces a child that died, and nobody outlives the supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from jobs import Bell
from jobs.worker import CHILDREN
from plugin import embedded
from plugin.services.perform import World
from tests.conftest import TestShop
from tests.jobs.conftest import available, delivered

PATIENCE_SECONDS = 60.0


def until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def own_redis() -> Iterator[tuple[str, Path]]:
    """A Redis that may be killed, and its pid file; its keeper starts it again."""
    with (
        tempfile.TemporaryDirectory(prefix="rgr", ignore_cleanup_errors=True) as home,
        embedded.servers(Path(home), want_postgres=False, fsync=False) as running,
    ):
        yield running.redis_url, Path(home) / "redis" / "redis.pid"


@contextmanager
def process(world: World, redis_url: str, home: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m words` with the environment a supervisor would give."""
    environ = {
        **os.environ,
        "DATABASE_URL": world.database.url,
        "REDIS_URL": redis_url,
        "REGULARS_ENV": "development",
        "REGULARS_HOME": str(home),
        "SHOPIFY_ORIGIN": "http://127.0.0.1:9/{shop}",
    }
    with (home / "worker.log").open("wb") as log:
        started = subprocess.Popen([sys.executable, "-m", *words], env=environ, stdout=log, stderr=log)
    family: list[psutil.Process] = []
    try:
        yield started
    finally:
        if started.poll() is None:
            family = psutil.Process(started.pid).children(recursive=True)
            started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()
        for orphan in family:
            if orphan.is_running():
                orphan.kill()


def test_a_worker_outlives_redis(world: World, shop: TestShop, own_redis: tuple[str, Path], tmp_path: Path) -> None:
    url, pid_file = own_redis
    bell = Bell(url)

    with process(world, url, tmp_path, "jobs.worker", "orders") as worker:
        delivered(world, shop, 1)
        bell.ring("inbox", shop.id, shop.domain)
        until(lambda: available(world, shop) == 50)
        dead = int(pid_file.read_text(encoding="ascii"))
        os.kill(dead, signal.SIGKILL)
        until(lambda: not psutil.pid_exists(dead))
        until(bell.is_alive)
        delivered(world, shop, 2)
        bell.ring("inbox", shop.id, shop.domain)
        until(lambda: available(world, shop) == 100)

        assert worker.poll() is None


def test_the_supervisor_replaces_a_child_and_takes_all_along_when_it_is_killed(
    world: World, own_redis: tuple[str, Path], tmp_path: Path
) -> None:
    def roles() -> dict[str, psutil.Process]:
        found = {}
        for child in psutil.Process(supervisor.pid).children():
            try:
                line = child.cmdline()
            except psutil.Error:
                continue
            if "jobs.worker" in line:
                found[line[line.index("jobs.worker") + 1]] = child
        return found

    with process(world, own_redis[0], tmp_path, "plugin.cli", "worker") as supervisor:
        until(lambda: set(roles()) == set(CHILDREN))
        victim = roles()["sweep"]
        victim.kill()
        until(lambda: roles().get("sweep", victim).pid != victim.pid)
        family = list(roles().values())

        supervisor.kill()
        supervisor.wait()
        until(lambda: not any(child.is_running() for child in family))

    assert set(CHILDREN) == {"orders", "codes", "rest", "sweep"}
