"""The deployed mount: an ASGI callable that owns POST /webhooks and hands everything else on.

Deliveries that arrive together are committed together: a batch is what came in during the last commit; there is no timer. Each is answered
only once its row is durable. PostgreSQL down: 503, and Shopify sends again. Redis down: still 200.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, Final

from jobs import Bell
from plugin.db import DatabaseUnavailable
from plugin.db.inbox import Delivery, Intake
from webhooks.door import BODY_MAX, Door

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PATH: Final = "/webhooks"
BATCH_MAX: Final = 256
RING_AFTER_SECONDS: Final = 0.01
"""Deliveries that arrive within this time ring once: a ring is a thread's turn and a word with Redis, and the first is enough."""


class WebhookMount:
    """ASGI: POST /webhooks here, the rest to `then`."""

    def __init__(self, door: Door, intake: Intake, bell: Bell, then: App) -> None:
        self._door = door
        self._intake = intake
        self._bell = bell
        self._then = then
        self._waiting: list[tuple[Delivery, bytes, asyncio.Future[int]]] = []
        self._committing = False
        self._ringing = ThreadPoolExecutor(1, thread_name_prefix="ring")
        self._to_ring: dict[int, str] = {}
        self._is_ringing = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._then(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:
            await _reply(send, 413)
            return
        try:
            answer = self._door.judge(scope["headers"], body)
        except DatabaseUnavailable:
            await _reply(send, 503)
            return
        status = answer.status
        if answer.delivery is not None:
            status = await self._store(answer.delivery, body, answer.domain)
        await _reply(send, status)

    async def _store(self, delivery: Delivery, body: bytes, domain: str) -> int:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, body, future))
        if not self._committing:
            self._committing = True
            task = asyncio.get_running_loop().create_task(self._commit())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        status = await future
        if status == HTTPStatus.OK and delivery.reason is None:
            self._ring(delivery.shop_id, domain)
        return status

    async def _commit(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
                status = await self._intake.store([delivery for delivery, _, _ in batch])
                if status == HTTPStatus.UNPROCESSABLE_ENTITY:
                    await self._commit_singly(batch)
                    continue
                for _, _, future in batch:
                    if not future.done():
                        future.set_result(status)
        finally:
            self._committing = False

    async def _commit_singly(self, batch: list[tuple[Delivery, bytes, asyncio.Future[int]]]) -> None:
        """One of them does not fit: each on its own, and what still fails is set aside raw, its neighbours unharmed.

        When not even that can be stored, it is the table that refuses and not the delivery: Shopify shall send it again.
        """
        for delivery, body, future in batch:
            status = await self._intake.store([delivery])
            if status == HTTPStatus.UNPROCESSABLE_ENTITY:
                status = await self._intake.store([self._door.unreadable(delivery, body, "could not be stored")])
            if not future.done():
                future.set_result(
                    HTTPStatus.SERVICE_UNAVAILABLE if status == HTTPStatus.UNPROCESSABLE_ENTITY else status
                )

    def _ring(self, shop_id: int, domain: str) -> None:
        self._to_ring[shop_id] = domain
        if not self._is_ringing:
            self._is_ringing = True
            asyncio.get_running_loop().call_later(RING_AFTER_SECONDS, self._ringing.submit, self._ring_all)

    def _ring_all(self) -> None:
        self._is_ringing = False  # before the first look: what is added from here on is submitted again
        while self._to_ring:
            shop_id, domain = self._to_ring.popitem()
            self._bell.ring("inbox", shop_id, domain)


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None when it is over the cap (the rest is not read)."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body if len(body) <= BODY_MAX else None
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_MAX:
            return None
        parts.append(part)
    return b"".join(parts)


async def _reply(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": b""})


_HEADERS = [(b"content-length", b"0")]
