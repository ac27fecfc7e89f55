"""Flask's answers cross to the loop as a whole when they are short, piece by piece when they are long, and never by half."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import pytest
from flask import Flask, Response, request

from plugin.wsgi_threads import KEPT_BYTES, WsgiThreads

CHUNK = b"x" * 100_000
CHUNKS = 12


class OutOfOrder(Exception):
    """Something went wrong while answering."""


@pytest.fixture
def closed() -> list[str]:
    return []


@pytest.fixture
def app(closed: list[str]) -> WsgiThreads:
    flask = Flask("test", static_folder=None)
    flask.config["PROPAGATE_EXCEPTIONS"] = True

    @flask.post("/echo")
    def echo() -> tuple[bytes, int, dict[str, str]]:
        return request.get_data(), 201, {"X-Language": "de"}

    @flask.get("/long")
    def long() -> Response:
        def chunks() -> Iterator[bytes]:
            try:
                for _ in range(CHUNKS):
                    yield CHUNK
            finally:
                closed.append("long")

        return Response(chunks())

    @flask.get("/broken")
    def broken() -> Response:
        def chunks() -> Iterator[bytes]:
            yield b"half"
            raise OutOfOrder

        return Response(chunks())

    return WsgiThreads(cast(Any, flask), workers=2)


def ask(
    app: WsgiThreads, method: str, path: str, body: bytes = b"", told: list[dict[str, Any]] | None = None
) -> list[dict[str, Any]]:
    """Every message that the answer consists of; they are put into `told` as they come."""
    told = [] if told is None else told
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"test"), (b"content-length", str(len(body)).encode())],
    }
    coming = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        return next(coming, {"type": "http.disconnect"})

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    async def run() -> None:
        await app(scope, receive, send)

    asyncio.run(run())
    return told


def test_a_short_answer_comes_as_its_head_and_one_body(app: WsgiThreads) -> None:
    head, body = ask(app, "POST", "/echo", "Grüße".encode())

    assert (head["type"], head["status"]) == ("http.response.start", 201)
    assert (b"x-language", b"de") in head["headers"]
    assert (body["body"].decode(), body["more_body"]) == ("Grüße", False)


def test_a_long_answer_comes_as_it_is_made_and_whole(app: WsgiThreads, closed: list[str]) -> None:
    head, *bodies = ask(app, "GET", "/long")

    assert head["status"] == 200
    assert len(bodies) > 2
    assert b"".join(each["body"] for each in bodies) == CHUNK * CHUNKS
    assert [each.get("more_body", False) for each in bodies] == [True] * (len(bodies) - 1) + [False]
    assert max(len(each["body"]) for each in bodies) <= KEPT_BYTES + len(CHUNK)
    assert closed == ["long"]


def test_an_answer_that_breaks_off_is_not_sent_by_half(app: WsgiThreads) -> None:
    told: list[dict[str, Any]] = []

    with pytest.raises(OutOfOrder):
        ask(app, "GET", "/broken", told=told)

    assert told == []


def test_a_question_for_the_head_has_no_body(app: WsgiThreads) -> None:
    head, body = ask(app, "HEAD", "/long")

    assert (head["status"], body["body"]) == (200, b"")
