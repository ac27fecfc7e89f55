"""What the door leaves in the inbox, and a drain that works it off."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import msgspec

from plugin.db.inbox import Delivery, record
from plugin.services import drain
from plugin.services.drain import Drained
from plugin.services.perform import World
from tests.conftest import TestShop

_serial = itertools.count(1)
_encoder = msgspec.json.Encoder(decimal_format="string", order="deterministic")


def deliver(
    world: World,
    shop: TestShop,
    topic: str,
    facts: msgspec.Struct | bytes,
    *,
    object_id: int | None = None,
    triggered_at: datetime | None = None,
) -> int:
    """Store one delivery as the door does; its row's id. Bytes are stored as they are: facts nobody can read."""
    now = world.clock()
    name = f"d-{next(_serial)}"
    stored = facts if isinstance(facts, bytes) else _encoder.encode(facts)
    with world.database.transaction() as session:
        record(
            session.raw,
            [Delivery(shop.id, name, None, topic, object_id, triggered_at or now, now, b"h" * 16, stored)],
        )
    with world.database.transaction(shop.id) as session:
        [(row_id,)] = session.sql("SELECT id FROM inbox WHERE shop_id = %s AND webhook_id = %s", shop.id, name)
    return int(row_id)


def drained(world: World, shop: TestShop) -> Drained:
    """Drain until nothing waits."""
    deadline = world.clock() + timedelta(days=1)
    return drain.drain(world.database, shop.id, keys=world.keys, clock=world.clock, deadline=deadline)
