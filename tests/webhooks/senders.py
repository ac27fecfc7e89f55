"""Shopify's side of the door: signs what it sends and looks at the status that comes back."""

from __future__ import annotations

import base64
import hmac
import itertools
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import httpx
import uvicorn
from flask import Flask
from flask.testing import FlaskClient

SECRET = "the-current-secret-of-this-app"
OLD_SECRET = "the-secret-before-it-was-rotated"

_serial = itertools.count(1)


class Sender(Protocol):
    """Sends bytes with headers to POST /webhooks."""

    def send(self, body: bytes, headers: Mapping[str, str]) -> int:
        """The status that came back."""

    def get(self, path: str) -> str:
        """The text of another page."""


class Mailman:
    """Delivers to one shop, with headers as Shopify's unless a test says otherwise."""

    def __init__(self, sender: Sender, domain: str) -> None:
        self.sender = sender
        self.domain = domain

    def deliver(self, body: bytes | dict[str, Any], topic: str = "orders/paid", /, **changes: str | None) -> int:
        """Sign and send; a change replaces the header of that name (underscores for dashes), None leaves it out."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.sender.send(raw, headers(raw, topic, self.domain, **changes))

    def counted(self, outcome: str) -> float:
        """How many deliveries /metrics says had that outcome."""
        name = f'regulars_webhooks_total{{outcome="{outcome}"}} '
        return sum(
            float(line.removeprefix(name)) for line in self.sender.get("/metrics").splitlines() if line.startswith(name)
        )


def headers(body: bytes, topic: str, domain: str, /, **changes: str | None) -> dict[str, str]:
    """Shopify's headers for this body."""
    found: dict[str, str | None] = {
        "content-type": "application/json",
        "x-shopify-topic": topic,
        "x-shopify-shop-domain": domain,
        "x-shopify-webhook-id": f"w-{next(_serial)}",
        "x-shopify-event-id": f"e-{next(_serial)}",
        "x-shopify-triggered-at": "2026-03-02T12:00:00.123456789Z",
        "x-shopify-hmac-sha256": signature(body),
    }
    found |= {f"x-shopify-{name.replace('_', '-')}": value for name, value in changes.items()}
    return {name: value for name, value in found.items() if value is not None}


def signature(body: bytes, secret: str = SECRET) -> str:
    """As Shopify signs."""
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


class FlaskSender:
    """The plain mount, through Flask's test client."""

    def __init__(self, app: Flask) -> None:
        self._client: FlaskClient = app.test_client()

    def send(self, body: bytes, headers: Mapping[str, str]) -> int:
        return self._client.post("/webhooks", data=body, headers=list(headers.items())).status_code

    def get(self, path: str) -> str:
        return self._client.get(path).get_data(as_text=True)


class HttpSender:
    """The deployed mount, over a real socket."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._http = httpx.Client(base_url=origin, trust_env=False, timeout=20)

    def send(self, body: bytes, headers: Mapping[str, str]) -> int:
        pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        return self._http.post("/webhooks", content=body, headers=pairs).status_code

    def get(self, path: str) -> str:
        return self._http.get(path).text

    def close(self) -> None:
        self._http.close()


@contextmanager
def served(application: Callable[..., Any]) -> Iterator[HttpSender]:
    """An ASGI application behind a real uvicorn on a free port of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(application, ws="none", lifespan="off", log_level="warning", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        sender = HttpSender(f"http://127.0.0.1:{listener.getsockname()[1]}")
        try:
            yield sender
        finally:
            sender.close()
            server.should_exit = True
            thread.join(10)
