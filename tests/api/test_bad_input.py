"""Bad input: whatever is sent, the answer is a problem document that names what is wrong, and never a crash."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from plugin.api.problems import REFUSALS
from plugin.api.routes import ROUTES, Route
from plugin.db import Database
from plugin.loyalty import errors
from plugin.loyalty.errors import Refusal
from plugin.services.perform import World
from plugin.settings import Settings
from tests.api.conftest import serve
from tests.api.machine import Machine, UnheardBell, fields, problem

OPEN = [route for route in ROUTES if not route.is_for_partners]
WITH_BODY = [route for route in OPEN if route.takes is not None]
FUZZ = examples(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = [
    "points",
    "reason",
    "reward_id",
    "program",
    "amounts",
    "last_orders",
    "earning",
    "rewards",
    "name",
    "data",
    "points_name",
]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.integers(-2, 200),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["amount-off", "money-slider", "\0", "1e999999", "NaN", "9" * 5000]),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
bodies = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), values, max_size=5) | values
queries = st.dictionaries(
    st.sampled_from(["limit", "next", "shopify_customer_id", "x"]), st.text(max_size=30), max_size=3
)
path_parts = st.text(min_size=1, max_size=40) | st.integers(-1, 2**70).map(str) | st.uuids().map(str)


def assert_well_answered(response: TestResponse) -> None:
    """A success, or a problem document that names a field where a field is at fault."""
    assert response.status_code < 500, response.get_data(as_text=True)
    if response.status_code < 400:
        return
    document = problem(response, response.status_code, response.get_json(force=True)["type"].rpartition("/")[2])
    if response.status_code in (400, 422):
        assert document["errors"]
        assert all(error["field"] and error["message"] for error in document["errors"])


def path_of(route: Route, member: str = "1") -> str:
    return re.sub(r"\{(\w+)\}", lambda found: member if found[1] == "member_id" else "1", route.path)


@pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: route.name)
def test_any_json_is_answered(machine: Machine, ann: str, route: Route) -> None:
    @FUZZ
    @given(body=bodies)
    def fuzz(body: Any) -> None:
        raw = json.dumps(body)
        headers = {"Idempotency-Key": "k"}

        response = machine.call(
            route.method, path_of(route, ann), data=raw, headers=headers, content_type="application/json"
        )

        assert_well_answered(response)

    fuzz()


@pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: route.name)
def test_any_bytes_are_answered(machine: Machine, ann: str, route: Route) -> None:
    @FUZZ
    @given(raw=st.binary(max_size=200))
    def fuzz(raw: bytes) -> None:
        response = machine.call(route.method, path_of(route, ann), data=raw, headers={"Idempotency-Key": "k"})

        assert_well_answered(response)

    fuzz()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_any_query_is_answered(machine: Machine, ann: str, route: Route) -> None:
    @FUZZ
    @given(query=queries)
    def fuzz(query: dict[str, str]) -> None:
        response = machine.call(
            route.method, path_of(route, ann), query_string=query, json={}, headers={"Idempotency-Key": "k"}
        )

        assert_well_answered(response)

    fuzz()


@pytest.mark.parametrize("route", [route for route in ROUTES if "{" in route.path], ids=lambda route: route.name)
def test_any_path_is_answered(machine: Machine, route: Route) -> None:
    @FUZZ
    @given(part=path_parts)
    def fuzz(part: str) -> None:
        quoted = "".join(f"%{byte:02X}" for byte in part.encode("utf-8", "surrogatepass"))
        path = re.sub(r"\{\w+\}", lambda _: quoted, route.path)

        response = machine.call(route.method, path, json={}, headers={"Idempotency-Key": "k"})

        assert_well_answered(response)

    fuzz()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"points": NaN, "reason": "x"}',
        b'{"points": Infinity, "reason": "x"}',
        b'{"points": ' + b"9" * 5000 + b', "reason": "x"}',
        b'{"points": 5, "points": 6, "reason": "x"}',
        b"[" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    ],
    ids=lambda raw: raw[:12].decode("latin-1"),
)
def test_a_body_that_is_no_json_object_is_malformed(machine: Machine, ann: str, raw: bytes) -> None:
    response = machine.call("POST", f"/members/{ann}/adjustments", data=raw)

    assert response.status_code == 413 if len(raw) > 256 * 1024 else 400
    if response.status_code == 400:
        assert fields(problem(response, 400, "malformed-json")) == {"body"}
    assert machine.get(f"/members/{ann}").get_json()["data"]["points"]["available"] == 500


def test_deep_nesting_is_refused_where_it_starts(machine: Machine, ann: str) -> None:
    body = {"points": 5, "reason": json.loads("[" * 40 + "]" * 40)}

    refused = problem(machine.post(f"/members/{ann}/adjustments", body), 422, "invalid-request")

    assert {name.partition(".")[0] for name in fields(refused)} == {"reason"}


@pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: route.name)
def test_a_body_that_is_too_large_is_not_read(machine: Machine, ann: str, route: Route) -> None:
    response = machine.call(
        route.method, path_of(route, ann), data=b" " * (256 * 1024 + 1), headers={"Idempotency-Key": "k"}
    )

    problem(response, 413, "body-too-large")


def test_a_wrong_method_says_what_is_possible(machine: Machine, ann: str) -> None:
    response = machine.call("DELETE", f"/members/{ann}")

    problem(response, 405, "method-not-allowed")
    assert response.headers["Allow"] == "GET"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nothing",
        "/members/1/nothing",
        "/members/1%2F2/entries",
        "/../../etc/passwd",
        "/%00",
        "/%0A/x",
        "//members",
    ],
)
def test_an_unknown_address_is_a_problem(machine: Machine, path: str) -> None:
    problem(machine.get(path), 404, "not-found")


@pytest.mark.parametrize("route", [route for route in OPEN if not route.parameters], ids=lambda route: route.name)
def test_a_parameter_that_nobody_reads_is_refused(machine: Machine, ann: str, route: Route) -> None:
    response = machine.call(route.method, path_of(route, ann) + "?verbose=1", json={}, headers={"Idempotency-Key": "k"})

    assert fields(problem(response, 400, "invalid-request")) == {"verbose"}


def test_every_refusal_has_an_answer() -> None:
    refusals = {found for found in vars(errors).values() if isinstance(found, type) and issubclass(found, Refusal)}

    assert refusals - {Refusal} == set(REFUSALS)


def test_while_the_database_is_down_a_client_is_told_to_try_again(world: World, settings: Settings) -> None:
    down = replace(world, database=Database("postgresql://nobody@127.0.0.1:1/nothing"))

    response = Machine(serve(down, settings, UnheardBell()).test_client(), "rgl_any").get("/members")

    problem(response, 503, "try-again")
    assert response.headers["Retry-After"] == "1"


def test_answers_are_not_cached_by_anybody(machine: Machine) -> None:
    for path in ("/members", "/nothing", "/openapi.json"):
        assert machine.get(path).headers["Cache-Control"] == "no-store"
