"""The session's Redis, emptied for each test, and the hands that a worker works with."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from jobs import Bell
from jobs.bell import QUEUES, AllowedJob, Kind
from jobs.tasks import Hands
from plugin import embedded
from plugin.db.inbox import Delivery, record
from plugin.loyalty import facts as order_facts
from plugin.services import members
from plugin.services.perform import World
from tests.conftest import TestShop
from tests.services.stories import order

_serial = itertools.count(1)


@dataclass
class Hall:
    """Redis as an onlooker sees it, and a worker that works off what waits."""

    redis: Redis

    def queue(self, kind: Kind) -> Queue:
        return Queue(QUEUES[kind], connection=self.redis, serializer=JSONSerializer, job_class=AllowedJob)

    def work(self, kind: Kind) -> None:
        """Be the worker of that queue until it is empty, as plugin's own worker is one."""
        SimpleWorker(
            [self.queue(kind)],
            connection=self.redis,
            serializer=JSONSerializer,
            job_class=AllowedJob,
            log_job_description=False,
        ).work(burst=True, logging_level="WARNING")


@pytest.fixture
def hall(servers: embedded.Running) -> Iterator[Hall]:
    with Redis.from_url(servers.redis_url) as redis:
        redis.flushall()
        yield Hall(redis)
        redis.flushall()


@pytest.fixture
def bell(hall: Hall, servers: embedded.Running) -> Bell:
    return Bell(servers.redis_url)


@pytest.fixture
def hands(world: World, bell: Bell) -> Iterator[Callable[[World], None]]:
    """A worker process has its world set once when it starts; so does this one. Call it to give it another world."""

    def give(other: World) -> None:
        Hands.world = other

    Hands.world, Hands.bell = world, bell
    yield give
    del Hands.world, Hands.bell


def delivered(world: World, shop: TestShop, number: int, total: str = "50.00") -> None:
    """What the door does for a paid order, without ringing."""
    facts = order(number, total)
    now = world.clock()
    delivery = Delivery(
        shop.id, f"w-{next(_serial)}", None, "orders/paid", facts.id, now, now, b"h" * 16, order_facts.encode(facts)
    )
    with world.database.transaction() as session:
        record(session.raw, [delivery])


def available(world: World, shop: TestShop, customer: int = 7) -> int:
    """The customer's points; 0 for nobody."""
    with world.database.transaction(shop.id) as session:
        member = members.by_customer(session, customer)
        return 0 if member is None else members.view(session, member, handle_key=b"h" * 32, now=world.clock()).available
