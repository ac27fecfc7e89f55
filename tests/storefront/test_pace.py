"""Who asks faster than people do is told to wait; the others notice nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from plugin.storefront import pace
from plugin.storefront.pace import Allowance, Pace
from tests.conftest import NOON
from tests.fakes import StepClock
from tests.storefront.shopper import Shopper


def test_a_bucket_empties_and_fills_up_again_by_the_minute() -> None:
    buckets, two = Pace(), Allowance(2, 6)

    asked = [buckets.take("reading", two, "ann", NOON) for _ in range(3)]
    later = [buckets.take("reading", two, "ann", NOON + timedelta(seconds=10)) for _ in range(2)]

    assert asked == [0, 0, 10]
    assert later == [0, 10]
    assert buckets.take("reading", two, "bob", NOON) == 0
    assert buckets.take("changing", two, "ann", NOON) == 0


def test_only_so_many_visitors_are_remembered() -> None:
    buckets, one = Pace(), Allowance(1, 1)

    for number in range(pace.KEYS_MOST + 1):
        buckets.take("reading", one, f"{number}", NOON)

    assert buckets.take("reading", one, f"{pace.KEYS_MOST}", NOON) > 0
    assert buckets.take("reading", one, "0", NOON) == 0


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
