"""HTTP with one deadline for the whole call: a server that drips a byte a second is cut off like one that hangs.

httpx limits each read, not their sum, so our transport caps every read and write at what is left of the deadline, limits how
much is read, and opens connections within three seconds. It never follows redirects (httpx.Client must be told so too).
"""

from __future__ import annotations

import contextlib
import functools
import os
import ssl
import typing
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Final

import httpcore
import httpx

from plugin import clock

CONNECT_SECONDS: Final = 3.0
DEADLINE_SECONDS: Final = 10.0
BYTES_MAX: Final = 16 * 1024 * 1024

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextlib.contextmanager
def deadline(seconds: float = DEADLINE_SECONDS) -> Iterator[None]:
    """Within this block every call through a `DeadlineTransport` must be over before `seconds` have passed."""
    token = _deadline.set(clock.stopwatch_seconds() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def seconds_left() -> float:
    """What is left of the deadline; the whole of it outside of a `deadline` block. Negative when it has passed."""
    end = _deadline.get()
    return DEADLINE_SECONDS if end is None else end - clock.stopwatch_seconds()


def shared_transport() -> DeadlineTransport:
    """The connection pool of this process. Connections are kept per shop; a forked child gets a pool of its own."""
    return _transport_of(os.getpid())


class DeadlineTransport(httpx.BaseTransport):
    """httpx over an httpcore pool whose sockets know the deadline. Raises httpx's own exceptions."""

    def __init__(self) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=32,
            max_keepalive_connections=16,
            keepalive_expiry=30.0,
            network_backend=_DeadlineBackend(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the answer's body is still to be read, under the same deadline."""
        outgoing = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions={"timeout": {"pool": CONNECT_SECONDS, "connect": CONNECT_SECONDS, "read": 10.0, "write": 10.0}},
        )
        with _as_httpx_errors(request):
            answer = self._pool.handle_request(outgoing)
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_CappedStream(typing.cast(Iterable[bytes], answer.stream), answer, request),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


# --- Helpers ----------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1)
def _transport_of(_pid: int) -> DeadlineTransport:
    return DeadlineTransport()


class _CappedStream(httpx.SyncByteStream):
    def __init__(self, chunks: Iterable[bytes], answer: httpcore.Response, request: httpx.Request) -> None:
        self._chunks = chunks
        self._answer = answer
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        with _as_httpx_errors(self._request):
            for chunk in self._chunks:
                read += len(chunk)
                if read > BYTES_MAX:
                    raise httpx.ReadError("the answer is too large", request=self._request)
                yield chunk

    def close(self) -> None:
        self._answer.close()


class _DeadlineStream(httpcore.NetworkStream):
    """A socket that gives up when the deadline does."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _within(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _within(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        within = _within(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, within))

    def get_extra_info(self, info: str) -> typing.Any:
        return self._stream.get_extra_info(info)


class _DeadlineBackend(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        within = _within(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._backend.connect_tcp(host, port, within, local_address, socket_options))


def _within(timeout: float | None, too_late: type[httpcore.TimeoutException]) -> float:
    left = seconds_left()
    if left <= 0:
        raise too_late
    return left if timeout is None else min(timeout, left)


@contextlib.contextmanager
def _as_httpx_errors(request: httpx.Request) -> Iterator[None]:
    try:
        yield
    except tuple(_ERRORS) as error:
        kind = next(_ERRORS[base] for base in type(error).__mro__ if base in _ERRORS)
        raise kind(type(error).__name__, request=request) from None


_ERRORS: Final[dict[type[Exception], type[httpx.RequestError]]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.ProxyError: httpx.ProxyError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
}
