"""A program that calls the API with a key, and two bells: one that has the work done at once, one that nobody hears."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from plugin.services.perform import World, perform_due


@dataclass
class PromptBell:
    """Whoever is rung for has finished before the ring returns."""

    world: World
    rings: list[tuple[str, int, str]] = field(default_factory=list)

    def ring(self, kind: Literal["codes", "rest"], shop_id: int, domain: str) -> None:
        self.rings.append((kind, shop_id, domain))
        perform_due(self.world, shop_id, domain)

    def is_alive(self) -> bool:
        return True


@dataclass
class UnheardBell:
    """Redis is down: rings are lost."""

    def ring(self, kind: Literal["codes", "rest"], shop_id: int, domain: str) -> None:
        return

    def is_alive(self) -> bool:
        return False


@dataclass(frozen=True)
class Machine:
    """Calls paths below /api/v1. `key` None sends no Authorization."""

    client: FlaskClient
    key: str | None

    def call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **request: Any) -> TestResponse:
        authorization = {"Authorization": f"Bearer {self.key}"} if self.key is not None else {}
        return self.client.open(f"/api/v1{path}", method=method, headers=authorization | (headers or {}), **request)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.call("GET", path, headers=spelled(headers))

    def post(self, path: str, json: Any, **headers: str) -> TestResponse:
        return self.call("POST", path, json=json, headers=spelled(headers))

    def redeem(self, member: str, reward: str = "amount-off", *, key: str = "k-1", **more: Any) -> TestResponse:
        body = {"reward_id": reward} | more
        return self.call("POST", f"/members/{member}/redemptions", json=body, headers={"Idempotency-Key": key})


def spelled(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): text for name, text in headers.items()}


def problem(response: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The problem document of that status and type; fails when the answer is another."""
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.content_type == "application/problem+json"
    document: dict[str, Any] = response.get_json(force=True)
    assert (document["type"], document["status"]) == (f"/problems/{code}", status)
    assert document["title"]
    assert document["detail"]
    return document


def fields(document: dict[str, Any]) -> set[str]:
    return {error["field"] for error in document["errors"]}
