"""Who asks faster than people do is told to wait; the others notice nothing, and it does not help to ask another web process."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from redis import Redis

from jobs import Tally
from plugin import embedded
from plugin.app import create_app
from plugin.services.perform import World
from plugin.settings import Settings
from plugin.storefront import pace
from plugin.storefront.pace import Allowance, Pace
from tests.conftest import NOON, TestShop
from tests.fakes import StepClock
from tests.storefront.shopper import PromptBell, Shopper

TWO, ONE = Allowance(2, 6), Allowance(1, 1)
KEY = b"k" * 32


@pytest.fixture
def redis_url(servers: embedded.Running) -> Iterator[str]:
    with Redis.from_url(servers.redis_url) as redis:
        redis.flushall()
        yield servers.redis_url
        redis.flushall()


@pytest.fixture(params=["counted together", "counted alone"])
def buckets(request: pytest.FixtureRequest, redis_url: str) -> Pace:
    return Pace(KEY, Tally(redis_url) if request.param == "counted together" else None)


def test_a_bucket_empties_and_fills_up_again_by_the_minute(buckets: Pace) -> None:
    asked = [buckets.take("reading", [("ann", TWO)], NOON) for _ in range(3)]
    later = [buckets.take("reading", [("ann", TWO)], NOON + timedelta(seconds=10)) for _ in range(2)]

    assert asked == [0, 0, 10]
    assert later == [0, 10]
    assert buckets.take("reading", [("bob", TWO)], NOON) == 0
    assert buckets.take("changing", [("ann", TWO)], NOON) == 0


def test_whoever_has_to_wait_longest_is_waited_for(buckets: Pace) -> None:
    buckets.take("reading", [("ann", ONE)], NOON)

    assert buckets.take("reading", [("ann", ONE), ("the office", TWO)], NOON) == 60
    assert [buckets.take("reading", [("the office", TWO)], NOON) for _ in range(2)] == [0, 10]


def test_a_clock_that_runs_behind_gives_nothing_away(buckets: Pace) -> None:
    buckets.take("reading", [("ann", ONE)], NOON)

    behind = buckets.take("reading", [("ann", ONE)], NOON - timedelta(seconds=30))

    assert (behind, buckets.take("reading", [("ann", ONE)], NOON)) == (90, 60)


def test_only_so_many_visitors_are_remembered_by_a_process() -> None:
    buckets = Pace(KEY)

    for number in range(pace.KEYS_MOST + 1):
        buckets.take("reading", [(f"{number}", ONE)], NOON)

    assert buckets.take("reading", [(f"{pace.KEYS_MOST}", ONE)], NOON) > 0
    assert buckets.take("reading", [("0", ONE)], NOON) == 0


def test_what_redis_keeps_names_nobody_and_is_gone_when_the_bucket_is_full(redis_url: str) -> None:
    Pace(KEY, Tally(redis_url)).take("guessing", [("7:member:7001", pace.GUESSING)], NOON)

    with Redis.from_url(redis_url) as redis:
        [name] = redis.keys()
        lasts_ms = redis.pttl(name)

    assert b"7001" not in name
    assert 0 < lasts_ms <= 20_000


def test_two_processes_share_one_limit(
    world: World, settings: Settings, shop: TestShop, clock: StepClock, redis_url: str
) -> None:
    first, second = (process(world, settings, redis_url) for _ in range(2))
    shoppers = [Shopper(app, shop.domain, clock, customer="7001") for app in (first, second)]

    statuses = [shopper.get("state").status_code for _ in range(pace.READING.burst // 2) for shopper in shoppers]

    assert set(statuses) == {200}
    assert [shopper.get("state").status_code for shopper in shoppers] == [429, 429]
    assert Shopper(second, shop.domain, clock, customer="7002").get("state").status_code == 200


def test_without_redis_each_process_counts_for_itself(
    world: World, settings: Settings, shop: TestShop, clock: StepClock
) -> None:
    app = process(world, settings, "redis://127.0.0.1:9/0")
    ann = Shopper(app, shop.domain, clock, customer="7001")

    statuses = [ann.get("state").status_code for _ in range(pace.READING.burst + 1)]

    assert set(statuses[:-1]) == {200}
    assert statuses[-1] == 429


def test_a_redis_that_hangs_is_waited_for_once_and_asked_again_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tally = Tally(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        silent.settimeout(0.5)

        told = [tally.take([("ann", 2, 10_000)], at_ms) for at_ms in (0, 1, 4_999, 5_000)]
        visits = 0
        while visits < len(told) and waits_in(silent):
            visits += 1

    assert told == [None] * 4
    assert visits == 2


def process(world: World, settings: Settings, redis_url: str) -> Flask:
    """A web process, which has nothing of its own but its memory."""
    return create_app(world, replace(settings, redis_url=redis_url), PromptBell(world))  # type: ignore[arg-type]


def waits_in(server: socket.socket) -> bool:
    """Whether somebody had come to the server who was not let in yet; lets them in."""
    try:
        server.accept()[0].close()
    except TimeoutError:
        return False
    return True


def test_codes_cannot_be_tried_one_after_the_other(ann: Shopper, bob: Shopper, clock: StepClock) -> None:
    nonce, tried = ann.state()["nonce"], []

    def accept(shopper: Shopper, nonce: str) -> Any:
        return shopper.post("check-in", {"code": "GUESS"}, nonce=nonce)

    tried = [accept(ann, nonce) for _ in range(pace.GUESSING.burst + 1)]
    others = accept(bob, bob.state()["nonce"])
    clock.forward(minutes=1)
    again = accept(ann, nonce)

    assert {answer.status_code for answer in tried[:-1]} == {422}
    assert tried[-1].json["error"] == {
        "code": "too-fast",
        "message": "That was a little fast. Please try again in 20 s.",
    }
    assert tried[-1].headers["Retry-After"] == "20"
    assert (others.status_code, again.status_code) == (422, 422)
