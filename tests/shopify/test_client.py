"""Every way a server can misbehave becomes one of a few words, within the deadline: tried on a real socket."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from plugin.loyalty.errors import AccessDenied, Ambiguous, OutsideError, Refused, Throttled, Unauthorized, Unreachable
from plugin.shopify import wire
from plugin.shopify.client import GraphqlClient, payload_of
from plugin.shopify.wire import DeadlineTransport

DEADLINE_SECONDS = 2.0
QUERY = "query { shop { name } }"
MUTATION = "mutation { tagsAdd { node { id } } }"
Behave = Callable[[socket.socket], None]


class Server:
    """Accepts connections on a free port and does to each what it is told; counts the requests it read."""

    def __init__(self, *behaviours: Behave) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._behaviours = behaviours
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self.requests: list[bytes] = []
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/graphql.json"
        self._acceptor = threading.Thread(target=self._accept)
        self._acceptor.start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self._open:
            connection.close()
        for thread in [self._acceptor, *self._threads]:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while (request := read_request(connection)) is not None:
                    self.requests.append(request)
                    self._behaviours[min(len(self.requests), len(self._behaviours)) - 1](connection)
            except OSError:
                return


def read_request(connection: socket.socket) -> bytes | None:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while len(body) < int(lengths[0]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(status: str, body: bytes, content_type: str = "application/json", extra: str = "") -> Behave:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{extra}\r\n".encode()
    return lambda connection: connection.sendall(head + body)


def ok(body: Any) -> Behave:
    return answer("200 OK", json.dumps(body).encode())


def hang(connection: socket.socket) -> None:
    connection.recv(1)


def drip(data: bytes) -> Behave:
    def send_slowly(connection: socket.socket) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    return send_slowly


def hang_up(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def cost(available: float, requested: float = 100.0, rate: float = 100.0) -> dict[str, Any]:
    status = {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": rate}
    return {"cost": {"requestedQueryCost": requested, "throttleStatus": status}}


def failed(code: str, **more: Any) -> dict[str, Any]:
    return {"errors": [{"message": "words of Shopify", "extensions": {"code": code}}], **more}


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n"
THROTTLED = failed("THROTTLED", extensions=cost(50.0, 200.0))
DONE = {"data": {"shop": {"name": "Brew"}}, "extensions": cost(1900.0)}


@contextmanager
def client_of(*behaviours: Behave) -> Iterator[tuple[GraphqlClient, Server, list[float]]]:
    server, transport, slept = Server(*behaviours), DeadlineTransport(), list[float]()
    client = GraphqlClient(
        server.url, "shpat_canary", transport=transport, sleep=slept.append, deadline_seconds=DEADLINE_SECONDS
    )
    try:
        yield client, server, slept
    finally:
        transport.close()
        server.close()


def test_an_answer_is_its_data_and_the_token_goes_in_the_header() -> None:
    with client_of(ok(DONE)) as (client, server, slept):
        data = client.read(QUERY, {"a": 1})

        assert data == {"shop": {"name": "Brew"}}
        assert slept == []
        assert b"x-shopify-access-token: shpat_canary" in server.requests[0].lower()
        assert json.loads(server.requests[0].split(b"\r\n\r\n")[1]) == {"query": QUERY, "variables": {"a": 1}}


def test_connections_are_kept_open() -> None:
    with client_of(ok(DONE)) as (client, server, _):
        for _ in range(3):
            client.read(QUERY)

        assert len(server.requests) == 3
        assert len(server._open) == 1


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (hang, Ambiguous),
        (drip(HEAD + b" " * 40), Ambiguous),
        (drip(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 40), Ambiguous),
        (hang_up, Ambiguous),
        (answer("200 OK", b"<!DOCTYPE html>", "text/html"), Ambiguous),
        (answer("200 OK", b"<!DOCTYPE html>"), Ambiguous),
        (answer("200 OK", b""), Ambiguous),
        (answer("200 OK", b"[]"), Ambiguous),
        (answer("200 OK", b"{}"), Ambiguous),
        (answer("200 OK", b"[" * 100_000), Ambiguous),
        (ok({"data": None}), Ambiguous),
        (lambda connection: connection.sendall(b"nonsense\r\n\r\n"), Ambiguous),
        (answer("500 Internal Server Error", b"{}"), Ambiguous),
        (answer("502 Bad Gateway", b"", "text/html"), Ambiguous),
        (answer("503 Service Unavailable", b"", extra="Retry-After: 1\r\n"), Ambiguous),
        (ok(failed("INTERNAL_SERVER_ERROR")), Ambiguous),
        (ok(failed("TIMEOUT", data=None)), Ambiguous),
        (answer("301 Moved", b"", extra="Location: http://127.0.0.1:1/\r\n"), Unreachable),
        (answer("302 Found", b"", extra="Location: https://evil.example/\r\n"), Unreachable),
        (answer("307 Temporary Redirect", b"", extra="Location: http://127.0.0.1:1/\r\n"), Unreachable),
        (answer("402 Payment Required", b"{}"), Unreachable),
        (answer("423 Locked", b"{}"), Unreachable),
        (ok(failed("SHOP_INACTIVE")), Unreachable),
        (answer("401 Unauthorized", b'{"errors": "[API] Invalid API key"}'), Unauthorized),
        (answer("403 Forbidden", b"{}"), Unauthorized),
        (answer("404 Not Found", b"{}"), Unauthorized),
        (ok(failed("ACCESS_DENIED")), AccessDenied),
        (ok(failed("ACCESS_DENIED", data={"shop": None})), AccessDenied),
        (answer("429 Too Many Requests", b"", extra="Retry-After: 2.0\r\n"), Throttled),
        (ok(THROTTLED), Throttled),
        (answer("400 Bad Request", b"{}"), Refused),
        (answer("422 Unprocessable", b"{}"), Refused),
        (ok(failed("MAX_COST_EXCEEDED")), Refused),
        (ok(failed("undefinedField")), Refused),
        (ok({"errors": "nothing but words"}), Refused),
        (ok({"errors": [7], "data": {}}), Refused),
    ],
)
def test_whatever_happens_to_a_write_is_one_of_a_few_words_in_time(
    behaviour: Behave, error: type[OutsideError]
) -> None:
    with client_of(behaviour) as (client, _, _):
        started = time.monotonic()

        with pytest.raises(OutsideError) as failure:
            client.write(MUTATION, {})

        assert type(failure.value) is error
        assert "canary" not in f"{failure.value!r} {failure.value.__cause__!r}"
        assert time.monotonic() - started < DEADLINE_SECONDS * 2.5


def test_an_answer_larger_than_the_cap_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    padded = answer("200 OK", json.dumps(DONE).encode() + b" " * 2_000_000)
    with client_of(padded) as (client, _, _):
        assert client.write(MUTATION, {}) == DONE["data"]

        monkeypatch.setattr(wire, "BYTES_MAX", 1_000_000)
        with pytest.raises(Ambiguous):
            client.write(MUTATION, {})


def test_a_lost_answer_to_a_write_is_never_asked_for_again() -> None:
    with client_of(hang_up, ok(DONE)) as (client, server, _):
        with pytest.raises(Ambiguous):
            client.write(MUTATION, {})

        assert len(server.requests) == 1


def test_a_lost_answer_to_a_read_is_asked_for_again() -> None:
    behaviours = [hang_up, answer("500 Error", b""), ok(failed("INTERNAL_SERVER_ERROR")), ok(DONE)]
    with client_of(*behaviours) as (client, server, slept):
        assert client.read(QUERY) == DONE["data"]

        assert len(server.requests) == 4
        assert slept == sorted(slept)


def test_a_read_that_keeps_failing_was_certainly_not_done() -> None:
    with client_of(answer("500 Error", b"")) as (client, server, _):
        with pytest.raises(Unreachable):
            client.read(QUERY)

        assert len(server.requests) == 4


def test_a_throttled_request_waits_for_as_long_as_its_cost_takes() -> None:
    with client_of(ok(THROTTLED), ok(DONE)) as (client, server, slept):
        client.write(MUTATION, {})

        assert slept == [pytest.approx(1.5)]
        assert len(server.requests) == 2


def test_a_wait_that_is_too_long_is_left_to_the_caller() -> None:
    with client_of(answer("429 Too Many Requests", b"", extra="Retry-After: 3600\r\n")) as (client, server, slept):
        with pytest.raises(Throttled) as throttled:
            client.read(QUERY)

        assert throttled.value.retry_after_seconds == 3600
        assert (slept, len(server.requests)) == ([], 1)


def test_a_redirect_takes_the_token_nowhere() -> None:
    elsewhere = Server(ok(DONE))
    location = f"Location: {elsewhere.url}\r\n"
    with client_of(answer("302 Found", b"", extra=location)) as (client, _, _), pytest.raises(Unreachable):
        client.read(QUERY)

    elsewhere.close()
    assert elsewhere.requests == []


def test_nobody_listening_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    transport = DeadlineTransport()
    client = GraphqlClient(url, "token", transport=transport, sleep=lambda _: None)

    with pytest.raises(Unreachable):
        client.write(MUTATION, {})

    transport.close()


def test_withheld_fields_come_back_as_none_only_when_asked_for_so() -> None:
    behaviour = ok(failed("ACCESS_DENIED", data={"shop": None}))
    with client_of(behaviour) as (client, _, _):
        assert client.read(QUERY, withheld_is_null=True) == {"shop": None}

        with pytest.raises(Unauthorized):
            client.read(QUERY)


def test_the_rate_is_kept_and_restores_itself() -> None:
    with client_of(ok(DONE | {"extensions": cost(100.0, rate=50.0)})) as (client, _, slept):
        client.read(QUERY)
        assert client.rate is not None

        client.pace(reserve_share=0.5)

        assert client.rate.available_now(client.rate.told_at + 4) == 300
        assert client.rate.available_now(client.rate.told_at + 4000) == 2000
        assert slept == [10.0]


@pytest.mark.parametrize("status", [None, {}, {"maximumAvailable": "much"}, {"currentlyAvailable": 1}])
def test_a_rate_told_badly_is_no_rate(status: Any) -> None:
    with client_of(ok(DONE | {"extensions": {"cost": {"throttleStatus": status}}})) as (client, _, slept):
        client.read(QUERY)
        client.pace()

        assert (client.rate, slept) == (None, [])


def test_a_mutation_that_is_not_in_its_answer_is_ambiguous() -> None:
    with pytest.raises(Ambiguous):
        payload_of({"other": {}}, "tagsAdd")


def test_a_forked_process_has_connections_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = wire.shared_transport()
    assert wire.shared_transport() is mine

    monkeypatch.setattr("os.getpid", lambda: -1)

    assert wire.shared_transport() is not mine


def test_a_slow_connection_is_given_up_in_time() -> None:
    """A listener whose queue is full never answers the handshake."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        transport = DeadlineTransport()
        started = time.monotonic()

        with pytest.raises(httpx.HTTPError), wire.deadline(0.3), httpx.Client(transport=transport) as http:
            http.get(f"http://127.0.0.1:{full.getsockname()[1]}/")

        assert time.monotonic() - started < 2
        for filler in fillers:
            filler.close()
