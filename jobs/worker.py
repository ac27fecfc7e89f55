"""`regulars worker`: one child for orders, one for codes, one for the rest, and the sweep; a child that dies is started again.

Each child is a process of its own that works one queue without forking, so that no job shares a database connection with another
process. RQ's worker leaves when Redis does; the sweep child needs no Redis and keeps everything moving meanwhile.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from jobs import sweep
from jobs.bell import AllowedJob, Bell, connect
from jobs.tasks import Hands
from jobs.world import build
from plugin import settings as environment
from plugin.db.migrate import self_check
from plugin.settings import Settings

CHILDREN = ("orders", "codes", "rest", "sweep")
PAUSE_SECONDS = 1.0

log = logging.getLogger("regulars.worker")


def supervise(stopping: threading.Event) -> None:
    """Keep every child running until `stopping` is set, then end them."""
    children: dict[str, subprocess.Popen[bytes]] = {}
    started: dict[str, float] = {}
    try:
        while not stopping.is_set():
            for name in CHILDREN:
                child = children.get(name)
                if child is not None and child.poll() is not None:
                    log.warning("child ended name=%s status=%s", name, child.returncode)
                if (child is None or child.poll() is not None) and time.monotonic() - started.get(
                    name, -PAUSE_SECONDS
                ) >= PAUSE_SECONDS:
                    started[name] = time.monotonic()
                    children[name] = subprocess.Popen([sys.executable, "-m", "jobs.worker", name, str(os.getpid())])
            stopping.wait(0.2)
    finally:
        _end(list(children.values()))


def _end(children: Sequence[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.terminate()
    deadline = time.monotonic() + 15
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def main(name: str, parent: int) -> None:
    """Be one child of process `parent`: a queue's worker, or the sweep."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    for chatty in ("rq", "httpx"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, args=(parent,), daemon=True).start()
    settings = environment.load(os.environ)
    world = build(settings)
    self_check(world.database)
    Hands.world, Hands.bell = world, Bell(settings.redis_url)
    if name == "sweep":
        sweep.run_for_ever(world, Hands.bell, wait=stopping.wait)
    else:
        _work_queue(name, settings, stopping)


def _work_queue(name: str, settings: Settings, stopping: threading.Event) -> None:
    """Work one queue; while Redis is away, wait for it."""
    while not stopping.is_set():
        connection = connect(settings.redis_url or "", is_worker=True)
        try:
            queue = Queue(name, connection=connection, serializer=JSONSerializer, job_class=AllowedJob)
            worker = SimpleWorker(
                [queue],
                connection=connection,
                serializer=JSONSerializer,
                job_class=AllowedJob,
                worker_ttl=60,
                maintenance_interval=30,
                log_job_description=False,
            )
            worker.work(logging_level="WARNING")
        except (RedisError, OSError) as error:
            log.warning("queue=%s waits for Redis error=%s", name, type(error).__name__)
            stopping.wait(PAUSE_SECONDS)
        else:
            return


def _leave_with_parent(parent: int) -> None:
    """A supervisor that was killed, even while this process still started, leaves no worker behind."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(10)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else os.getppid())  # noqa: PLR2004 - by hand, it stays with its shell
