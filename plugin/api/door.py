"""What every view of the API is given: the door (database, bell, keys), and who calls.

A view reads the request, runs verbs in one transaction of the caller's shop, and answers. The key alone decides the shop.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import Any, Final, Literal, Protocol, TypeVar
from uuid import UUID

import msgspec
from flask import Response, request

from plugin import clock
from plugin.api.problems import Problem
from plugin.db import DatabaseRefused, DatabaseUnavailable, Session
from plugin.db.tables import RedemptionRow
from plugin.loyalty import words
from plugin.services import api_keys, changelog, redeem
from plugin.services.api_keys import KeyHolder
from plugin.services.perform import World

WAIT_SECONDS: Final = 2.0
POLL_SECONDS: Final = 0.04
WAITERS_MAX: Final = 8

T = TypeVar("T")
log = logging.getLogger("regulars.api")


class Bell(Protocol):
    """What this door needs of jobs.Bell."""

    def ring(self, kind: Literal["codes", "rest"], shop_id: int, domain: str) -> None:
        """Have the shop's codes written, or the rest of its work done, soon; never raises."""

    def is_alive(self) -> bool:
        """True when a ring is heard."""


@dataclass(frozen=True)
class Door:
    """The way in for machines. `waiters` bounds how many requests may wait for a code at once, each for `wait_seconds`."""

    world: World
    bell: Bell
    handle_key: bytes
    wait_seconds: float = WAIT_SECONDS
    waiters: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(WAITERS_MAX))

    def caller(self) -> KeyHolder:
        """Who sends this request. Raises Problem: 401 without a valid key, 403 while the app is not installed in the shop."""
        given = request.authorization
        key = given.token if given is not None and given.type == "bearer" else None
        if key is None:
            raise _unauthorized("Send an API key: `Authorization: Bearer rgl_…`.", 'Bearer realm="regulars"')
        with self.world.database.transaction() as session:
            holder = api_keys.find(session, key, now=self.world.clock())
        if holder is None:
            raise _unauthorized(
                "This API key is not valid; it may have been revoked.", 'Bearer realm="regulars", error="invalid_token"'
            )
        if holder.status != "installed":
            raise Problem(
                403, "shop-not-installed", "Shop not installed", f"The app is {holder.status} in {holder.domain}."
            )
        return holder

    def note(self, session: Session, caller: KeyHolder, deed: str, subject: object, **facts: Any) -> None:
        """Note what this caller changed; see plugin.services.changelog."""
        changelog.note(session, by=by(caller), deed=deed, subject=str(subject), facts=facts, now=self.world.clock())

    def await_code(self, shop_id: int, row: RedemptionRow) -> RedemptionRow:
        """The redemption once its code stands, or as it is after `wait_seconds`; at once when 8 others are waiting already."""
        if row.state != "held" or not self.waiters.acquire(blocking=False):
            return row
        try:
            until = clock.stopwatch_seconds() + self.wait_seconds
            while row.state == "held" and clock.stopwatch_seconds() < until:
                time.sleep(POLL_SECONDS)
                row = self.redemption(shop_id, row.id)
        finally:
            self.waiters.release()
        return row

    def redemption(self, shop_id: int, redemption_id: UUID) -> RedemptionRow:
        """The redemption as it stands now, in a transaction of its own. Raises RedemptionUnknown."""
        with self.world.database.transaction(shop_id) as session:
            return redeem.find(session, redemption_id)


def once_more(deed: Callable[[], T]) -> T:
    """Do it; again when the database refused, because another request with the same Idempotency-Key was a moment faster.

    The second time that request's answer is found. Whatever is refused twice is a bug and crashes.
    """
    try:
        return deed()
    except DatabaseUnavailable:
        raise
    except DatabaseRefused:
        log.info("request repeated path=%s", request.path)
        return deed()


def answer(shape: Any, status: int = 200, **headers: str) -> Response:
    """A shape as JSON."""
    return Response(
        msgspec.json.encode(shape),
        status=status,
        headers={name.replace("_", "-"): text for name, text in headers.items()},
        content_type="application/json",
    )


def language() -> str:
    """The reader's language by Accept-Language, among those we have words in."""
    return request.accept_languages.best_match(words.LANGUAGES, "en") or "en"


def by(caller: KeyHolder) -> str:
    """How this caller is named as an author."""
    return f"API key {caller.label}"


def client(caller: KeyHolder) -> str:
    """Whose idempotency keys these are, and who stands in the change log."""
    return f"api:{caller.key_id}"


def _unauthorized(detail: str, challenge: str) -> Problem:
    return Problem(401, "unauthorized", "API key needed", detail, headers={"WWW-Authenticate": challenge})
