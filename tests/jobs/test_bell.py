"""The bell: one ring a shop waits, it carries ids only, it runs nothing but our tasks, and none is lost while somebody works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from rq import Queue
from rq.job import Job

from jobs import Bell
from jobs.bell import FLAG_SECONDS, flag
from plugin.services.perform import World
from tests.conftest import TestShop, make_shop
from tests.jobs.conftest import Hall, available, delivered


@pytest.mark.usefixtures("hands")
def test_a_ring_has_the_inbox_drained(world: World, shop: TestShop, bell: Bell, hall: Hall) -> None:
    delivered(world, shop, 1)

    bell.ring("inbox", shop.id, shop.domain)
    hall.work("inbox")

    assert available(world, shop) == 50


def test_at_most_one_job_a_shop_and_kind_waits(world: World, shop: TestShop, bell: Bell, hall: Hall) -> None:
    other = make_shop(world)

    for _ in range(20):
        bell.ring("inbox", shop.id, shop.domain)
        bell.ring("inbox", other.id, other.domain)
        bell.ring("codes", shop.id, shop.domain)

    assert (len(hall.queue("inbox")), len(hall.queue("codes")), len(hall.queue("rest"))) == (2, 1, 0)


def test_a_flag_whose_job_was_lost_is_gone_after_a_minute(shop: TestShop, bell: Bell, hall: Hall) -> None:
    bell.ring("inbox", shop.id, shop.domain)

    seconds = hall.redis.ttl(flag("inbox", shop.id))

    assert isinstance(seconds, int)
    assert 0 < seconds <= FLAG_SECONDS


def test_a_ring_while_the_drain_works_leads_to_another_drain(
    world: World, shop: TestShop, bell: Bell, hall: Hall, hands: Callable[[World], None]
) -> None:
    waiting: list[int] = []

    def clock() -> datetime:
        if not waiting:  # the drain has begun, and has read nothing yet
            delivered(world, shop, 2)
            bell.ring("inbox", shop.id, shop.domain)
            waiting.append(len(hall.queue("inbox")))
        return world.clock()

    hands(replace(world, clock=clock))
    delivered(world, shop, 1)
    bell.ring("inbox", shop.id, shop.domain)

    hall.work("inbox")

    assert waiting == [1]
    assert available(world, shop) == 100
    assert len(hall.queue("inbox")) == 0


def test_jobs_carry_ids_only(world: World, shop: TestShop, bell: Bell, hall: Hall) -> None:
    delivered(world, shop, 1)

    bell.ring("inbox", shop.id, shop.domain)

    [job] = hall.queue("inbox").jobs
    assert (job.func_name, list(job.args), job.kwargs) == ("jobs.tasks.drain_inbox", [shop.id, shop.domain], {})


@pytest.mark.usefixtures("hands")
def test_a_forged_job_runs_nothing_and_holds_up_nobody(
    world: World, shop: TestShop, bell: Bell, hall: Hall, tmp_path: Path
) -> None:
    proof = tmp_path / "it-ran"
    forged = Queue("orders", connection=hall.redis, serializer=hall.queue("inbox").serializer, job_class=Job)
    jobs = [
        forged.enqueue_call("os.system", args=(f"touch {proof}",)),
        forged.enqueue_call("jobs.tasks.drain_shop", args=(shop.id, shop.domain)),
        forged.enqueue_call("pathlib.Path.touch", args=(str(proof),)),
    ]
    delivered(world, shop, 1)
    bell.ring("inbox", shop.id, shop.domain)

    hall.work("inbox")

    assert not proof.exists()
    assert [job.get_status() for job in jobs] == ["failed"] * 3
    assert available(world, shop) == 50


@pytest.mark.usefixtures("hands")
def test_what_is_no_job_at_all_holds_up_nobody(world: World, shop: TestShop, bell: Bell, hall: Hall) -> None:
    queue = hall.queue("inbox")
    pickled = queue.enqueue_call("jobs.tasks.drain_inbox", args=(shop.id, shop.domain))
    hall.redis.hset(pickled.key, "data", b"\x80\x04\x95not json")
    hall.redis.rpush(queue.key, "a-job-that-never-was")
    delivered(world, shop, 1)
    bell.ring("inbox", shop.id, shop.domain)

    hall.work("inbox")

    assert available(world, shop) == 50


def test_who_rings_is_never_hurt_by_a_silent_redis(shop: TestShop) -> None:
    for deaf in (Bell("redis://127.0.0.1:9/0"), Bell("unix:///nowhere/redis.sock"), Bell(None)):
        deaf.ring("inbox", shop.id, shop.domain)
        deaf.heard("inbox", shop.id)

        assert not deaf.is_alive()
