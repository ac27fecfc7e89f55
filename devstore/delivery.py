"""Delivering webhooks as Shopify does: signed, at least once, in no promised order, retried with the original payload.

The body is rendered when the event happens and never again. A server drains the queue with threads (`start`); tests and the
simulation drain it by hand (`deliver_due`). Due times run on the queue's own clock, so that a world whose clock stands
still can still retry.
"""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import httpx

from devstore import payloads
from devstore.config import Config
from devstore.faults import Faults
from devstore.world import Event, World

RETRY_SECONDS: Final = (10, 60, 180, 600, 1200, 2400, 4000, 5950)  # eight, four hours in all
LOG_LENGTH: Final = 5000
Send = Callable[["Delivery"], int | None]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: the HTTP status, or None when there was no answer."""

    at: datetime
    status: int | None


@dataclass(slots=True)
class Delivery:
    """One webhook on its way. `webhook_id` stays over retries and duplicates; `event_id` joins topics of one change."""

    webhook_id: str
    event: Event
    body: bytes
    config: Config
    due_at: datetime
    state: Literal["waiting", "delivered", "failed", "dropped"] = "waiting"
    attempts: list[Attempt] = field(default_factory=list)
    copies: int = 1

    @property
    def topic(self) -> str:
        """The topic, such as "orders/create"."""
        return self.event.topic

    @property
    def url(self) -> str:
        """Where it goes."""
        return f"{self.config.app_url.rstrip('/')}/webhooks"

    def headers(self) -> dict[str, str]:
        """The headers, signed with the app's secret of this moment."""
        secret = self.config.client_secret
        return payloads.headers(self.event, self.body, webhook_id=self.webhook_id, secret=secret)


class Deliveries:
    """The queue and its log. Hears every event of the world it is made for."""

    def __init__(self, world: World, faults: Faults | None = None, clock: Callable[[], datetime] | None = None) -> None:
        self.world = world
        self.faults = faults or Faults(world.seed)
        self.log: deque[Delivery] = deque(maxlen=LOG_LENGTH)
        self.is_paused = False
        self._clock = clock or world.now
        self._queue: list[tuple[datetime, int, Delivery]] = []
        self._count = 0
        self._in_flight = 0
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._is_stopping = False
        world.listeners.append(self.enqueue)

    def enqueue(self, events: Sequence[Event]) -> None:
        """Take in the events of one change. Called by the world inside its lock."""
        config, now = self.world.config, self._clock()
        order_body: bytes | None = None
        for event in events:
            if config.topics is not None and event.topic not in config.topics:
                continue
            if payloads.shares_body(event.topic, config):
                order_body = body = order_body or payloads.body(event, config)
            else:
                body = payloads.body(event, config)
            copies, late = self.faults.fate()
            delivery = Delivery(self.world.uuid(), event, body, config, now + timedelta(seconds=late), copies=copies)
            self.log.append(delivery)
            if copies:
                self._push(delivery)
            else:
                delivery.state = "dropped"

    def send_again(self, webhook_id: str) -> bool:
        """Deliver a logged webhook once more (also a dropped one), as an operator's replay; False when it is not logged."""
        found = next((each for each in self.log if each.webhook_id == webhook_id), None)
        if found is None:
            return False
        found.due_at, found.copies = self._clock(), 1
        self._push(found)
        return True

    def deliver_due(self, now: datetime | None = None, send: Send | None = None) -> int:
        """Send everything that is due at `now` (default: the queue's clock); returns how many requests were made.

        `send` gets the delivery and returns the HTTP status, or None for no answer; by default a real HTTP request.
        """
        sent = 0
        while (delivery := self._pop(now or self._clock())) is not None:
            sent += self._attempt(delivery, send or self._post, now or self._clock())
        return sent

    def waiting(self) -> int:
        """How many deliveries are queued or being sent."""
        with self._changed:
            return len(self._queue) + self._in_flight

    def next_due_at(self) -> datetime | None:
        """When the next delivery is due; None when the queue is empty."""
        with self._changed:
            return self._queue[0][0] if self._queue else None

    def start(self, threads: int = 2) -> None:
        """Drain the queue in the background until `stop`. Several threads make deliveries overtake each other."""
        self._is_stopping = False
        for number in range(threads):
            thread = threading.Thread(target=self._run, name=f"webhooks-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """End the background threads; what is queued stays queued."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _push(self, delivery: Delivery) -> None:
        with self._changed:
            self._count += 1
            heapq.heappush(self._queue, (delivery.due_at, self._count, delivery))
            self._changed.notify()

    def _pop(self, now: datetime) -> Delivery | None:
        with self._changed:
            if self._queue and self._queue[0][0] <= now:
                self._in_flight += 1
                return heapq.heappop(self._queue)[2]
            return None

    def _attempt(self, delivery: Delivery, send: Send, now: datetime) -> int:
        status: int | None = None
        try:
            for _ in range(delivery.copies):
                status = send(delivery)
                delivery.attempts.append(Attempt(now, status))
        finally:
            with self._changed:
                self._in_flight -= 1
        copies, delivery.copies = delivery.copies, 1
        if status is not None and 200 <= status < 300:  # noqa: PLR2004 - any 2xx
            delivery.state = "delivered"
        elif (failures := sum(not _is_success(each) for each in delivery.attempts)) <= len(RETRY_SECONDS):
            wait = RETRY_SECONDS[failures - 1] * delivery.config.retry_scale
            delivery.state, delivery.due_at = "waiting", now + timedelta(seconds=wait)
            self._push(delivery)
        else:
            delivery.state = "failed"
        return copies

    def _run(self) -> None:
        with httpx.Client(timeout=httpx.Timeout(5.0, connect=1.0), follow_redirects=False, trust_env=False) as client:
            while True:
                delivery = self._wait_for_next()
                if delivery is None:
                    return
                self._attempt(delivery, lambda each: _request(client, each), self._clock())

    def _wait_for_next(self) -> Delivery | None:
        with self._changed:
            while not self._is_stopping:
                can_send = not self.is_paused and bool(self.world.config.app_url)
                due = self._queue[0][0] if self._queue else None
                now = self._clock()
                if can_send and due is not None and due <= now:
                    self._in_flight += 1
                    return heapq.heappop(self._queue)[2]
                self._changed.wait(min(0.25, (due - now).total_seconds()) if can_send and due is not None else 0.25)
            return None

    def _post(self, delivery: Delivery) -> int | None:
        with httpx.Client(timeout=httpx.Timeout(5.0, connect=1.0), follow_redirects=False, trust_env=False) as client:
            return _request(client, delivery)


def wall_clock() -> datetime:
    """The queue's clock in a server: retries pass in real time whatever the world's clock says."""
    return datetime.now(UTC)


def _request(client: httpx.Client, delivery: Delivery) -> int | None:
    try:
        return client.post(delivery.url, content=delivery.body, headers=delivery.headers()).status_code
    except httpx.HTTPError:
        return None


def _is_success(attempt: Attempt) -> bool:
    return attempt.status is not None and 200 <= attempt.status < 300  # noqa: PLR2004 - any 2xx
