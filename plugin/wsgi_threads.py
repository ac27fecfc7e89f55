"""Flask behind an ASGI server, on threads: an answer crosses from its thread to the loop once, as a whole, unless it is a long one.

a2wsgi has the thread wait for the loop at every message (the head, each chunk, the end). With a dozen threads at work that waiting is
what a short answer spends its time on. So messages are kept until the answer is complete, or has become too long to keep.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi import WSGIResponder

KEPT_BYTES: Final = 256 * 1024
"""Beyond that an answer goes out as it is made, and its thread waits for a slow client."""


class WsgiThreads(WSGIMiddleware):
    """A WSGI application as an ASGI one, on so many `workers`."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        await _Responder(self.app, self.executor, self.send_queue_size)(scope, receive, send)


class _Responder(WSGIResponder):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._head: Any = None
        self._chunks: list[bytes] = []
        self._length = 0
        self._is_long = False

    def send(self, message: Any) -> None:
        """Keep the message, or pass it on where the answer is a long one. In the thread."""
        if self._is_long:
            super().send(message)
            return
        if message["type"] == "http.response.start":
            self._head = message
            return
        self._chunks.append(message["body"])
        self._length += len(message["body"])
        if self._length > KEPT_BYTES and message.get("more_body"):
            self._is_long = True
            for each in self._kept(more_body=True):
                super().send(each)

    def wsgi(self, environ: Any, start_response: Callable[..., Any]) -> None:
        """Run the application; what was kept is the loop's before it hears that this has ended. In the thread."""
        super().wsgi(environ, start_response)
        if not self._is_long:
            self.loop.call_soon_threadsafe(self._put, self._kept(more_body=False))

    def _put(self, messages: list[Any]) -> None:
        """In the loop; nothing else was put before them."""
        for each in messages:
            self.send_queue.put_nowait(each)

    def _kept(self, *, more_body: bool) -> list[Any]:
        body = b"".join(self._chunks)
        return [self._head, {"type": "http.response.body", "body": body, "more_body": more_body}]
