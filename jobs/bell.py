"""Ringing: at most one job per shop and kind waits at a time, it carries ids only, and a silent Redis never hurts the one who rings."""

from __future__ import annotations

import logging
from typing import Any, Final, Literal

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DeserializationError
from rq.job import Job
from rq.serializers import JSONSerializer

Kind = Literal["inbox", "codes", "rest"]

QUEUES: Final[dict[Kind, str]] = {"inbox": "orders", "codes": "codes", "rest": "rest"}
"""Kind of work -> queue. One queue a worker: with two, RQ can lose a job between pop and bookkeeping."""

TASKS: Final[dict[Kind, str]] = {
    "inbox": "jobs.tasks.drain_inbox",
    "codes": "jobs.tasks.write_codes",
    "rest": "jobs.tasks.do_the_rest",
}

FLAG_SECONDS: Final = 60
JOB_SECONDS: Final = 120
FAILED_KEPT_SECONDS: Final = 7 * 24 * 3600

log = logging.getLogger("regulars.bell")


class AllowedJob(Job):
    """A job that runs nothing but our tasks, whatever somebody wrote into Redis."""

    @property
    def func(self) -> Any:
        """The task. Raises DeserializationError for any other function."""
        if self.func_name not in TASKS.values():
            raise DeserializationError("this job names a function that is not one of our tasks")
        return super().func


class Bell:
    """Rings for work. `url` None makes a bell that nobody hears (the sweep does everything)."""

    def __init__(self, url: str | None) -> None:
        self._redis = connect(url) if url else None
        self._queues = {
            kind: Queue(name, connection=self._redis, serializer=JSONSerializer, job_class=AllowedJob)
            for kind, name in (QUEUES.items() if self._redis is not None else ())
        }

    def ring(self, kind: Kind, shop_id: int, domain: str) -> None:
        """Have somebody look after this kind of work of the shop soon. Never raises: a lost ring is found by the sweep."""
        if self._redis is None:
            return
        try:
            if self._redis.set(flag(kind, shop_id), "1", nx=True, ex=FLAG_SECONDS):
                self._queues[kind].enqueue_call(
                    TASKS[kind],
                    args=(shop_id, domain),
                    timeout=JOB_SECONDS,
                    result_ttl=0,
                    failure_ttl=FAILED_KEPT_SECONDS,
                    description=kind,
                )
        except (RedisError, OSError) as error:
            log.warning("ring lost kind=%s shop=%s error=%s", kind, shop_id, type(error).__name__)

    def heard(self, kind: Kind, shop_id: int) -> None:
        """The job begins: from now on somebody may ring again. Called before the first read."""
        if self._redis is None:
            return
        try:
            self._redis.delete(flag(kind, shop_id))
        except (RedisError, OSError) as error:
            log.warning("flag kept kind=%s shop=%s error=%s", kind, shop_id, type(error).__name__)

    def is_alive(self) -> bool:
        """True when Redis answers."""
        try:
            return self._redis is not None and bool(self._redis.ping())
        except (RedisError, OSError):
            return False


def connect(url: str, *, is_worker: bool = False) -> Redis:
    """A connection that fails fast for those who ring (a retried enqueue could ring twice), and blocks as RQ needs for workers."""
    if is_worker:
        return Redis.from_url(url)
    return Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))


def flag(kind: Kind, shop_id: int) -> str:
    """The key that stands while a job of that kind waits for the shop."""
    return f"regulars:ring:{kind}:{shop_id}"
