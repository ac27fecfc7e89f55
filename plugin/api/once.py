"""Doing a deed once for each Idempotency-Key: what it made is remembered in the transaction that made it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from plugin.api import query
from plugin.api.door import Door, client, once_more
from plugin.db import Session
from plugin.loyalty.errors import Refusal
from plugin.services import redeem
from plugin.services.api_keys import KeyHolder

Seen = TypeVar("Seen")


def once(
    door: Door,
    caller: KeyHolder,
    route: str,
    fingerprint: str,
    deed: Callable[[Session], str],
    seen: Callable[[Session, str], Seen],
) -> Seen:
    """Do the deed unless this Idempotency-Key did it before, and see what it made as it stands now.

    Two equal requests at the same moment: the one that loses, to the key or because nothing is left, finds what its twin made.
    """
    key, body = str(query.idempotency_key(is_required=True)), fingerprint.encode()

    def made(session: Session) -> str | None:
        return redeem.find_request(session, caller=client(caller), route=route, key=key, body=body)

    def attempt() -> Seen:
        with door.world.database.transaction(caller.shop_id) as session:
            subject = made(session)
            if subject is None:
                subject = deed(session)
                now = door.world.clock()
                redeem.remember_request(
                    session, caller=client(caller), route=route, key=key, body=body, subject=subject, now=now
                )
            return seen(session, subject)

    try:
        return once_more(attempt)
    except Refusal:
        with door.world.database.transaction(caller.shop_id) as session:
            subject = made(session)
            if subject is None:
                raise
            return seen(session, subject)
