"""Each fault does what its name says, as often as asked, to the operation it is aimed at."""

from __future__ import annotations

import time
from typing import Any

import pytest

from devstore.faults import Fault
from tests.devstore.conftest import Brew


def write(brew: Brew, code: str = "LOY-A") -> Any:
    query = """mutation W($input: DiscountCodeBasicInput!) {
        discountCodeBasicCreate(basicCodeDiscount: $input) { userErrors { code } } }"""
    body = {"query": query, "variables": {"input": brew.discount_input(code)}}
    return brew.post("admin/api/2026-10/graphql.json", body)


@pytest.mark.parametrize(
    ("kind", "status", "is_written"),
    [
        ("before", 503, False),
        ("after", 500, True),
        ("throttled", 200, False),
        ("redirect", 302, False),
        ("html", 200, False),
        ("unauthorized", 401, False),
    ],
)
def test_a_fault_happens_once_and_is_gone(brew: Brew, kind: Any, status: int, is_written: bool) -> None:  # noqa: FBT001
    brew.store.faults.add(Fault(kind, "discountCodeBasicCreate"))

    first, second = write(brew), write(brew, "LOY-B")

    assert (first.status_code, "LOY-A" in brew.shop.codes) == (status, is_written)
    assert (second.status_code, "LOY-B" in brew.shop.codes) == (200, True)


def test_throttled_looks_like_the_real_thing(brew: Brew) -> None:
    brew.store.faults.add(Fault("throttled"))

    told = write(brew).json

    assert told["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert "throttleStatus" in told["extensions"]["cost"]


def test_a_redirect_leads_to_another_origin(brew: Brew) -> None:
    brew.store.faults.add(Fault("redirect", target="http://elsewhere.invalid/x"))

    answer = write(brew)

    assert answer.headers["Location"] == "http://elsewhere.invalid/x"


def test_a_fault_spares_other_operations_and_other_shops(brew: Brew) -> None:
    brew.store.faults.add(Fault("before", "orders", times=None))
    brew.store.faults.add(Fault("before", "*", times=None, shop="other.myshopify.com"))

    assert write(brew).status_code == 200


def test_a_fault_on_tokens_hits_the_token_address(brew: Brew) -> None:
    brew.store.faults.add(Fault("before", "token"))
    config = brew.world.config
    asked = {"client_id": config.client_id, "client_secret": config.client_secret, "grant_type": "client_credentials"}

    statuses = [brew.post("admin/oauth/access_token", asked).status_code for _ in range(2)]

    assert statuses == [503, 200]


def test_a_hang_answers_late_and_a_drip_slowly(brew: Brew) -> None:
    brew.store.faults.add(Fault("hang", seconds=0.15))
    brew.store.faults.add(Fault("drip", seconds=0.15))

    for code in ("LOY-A", "LOY-B"):
        started = time.monotonic()
        answer = write(brew, code)
        assert answer.json["data"]["discountCodeBasicCreate"]["userErrors"] == []
        assert time.monotonic() - started >= 0.15


def test_a_cut_applies_and_breaks_the_answer(brew: Brew) -> None:
    brew.store.faults.add(Fault("cut"))

    with pytest.raises(ConnectionAbortedError):
        write(brew).get_data()

    assert "LOY-A" in brew.shop.codes


def test_chances_are_drawn_from_the_seed(brew: Brew) -> None:
    brew.store.faults.add(Fault("before", times=None, chance=0.5))

    statuses = [write(brew, f"C{at}").status_code for at in range(30)]

    assert {200, 503} == set(statuses)
    brew.store.faults.clear()
    assert write(brew).status_code == 200
