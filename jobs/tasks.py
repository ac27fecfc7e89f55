"""The jobs, shallow: clear the flag, do what waits, ring again if something is left. What to do stands in the database."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from jobs.bell import Bell
from plugin.services import drain as drain_verbs
from plugin.services import effects
from plugin.services.effects import Kind
from plugin.services.perform import World, perform_due, perform_together

TURN = timedelta(seconds=5)
"""How long one shop may keep a worker before others get their turn."""

REST = tuple(kind for kind in Kind if kind not in effects.URGENT)

log = logging.getLogger("regulars.tasks")


class Hands:
    """What the worker process works with; set once when it starts.

    `carry_out` does what shoppers wait for and says whether something may be left; the simulation, which must play the same again,
    has it do one thing after the other.
    """

    world: World
    bell: Bell
    carry_out: Callable[..., object] = staticmethod(perform_together)


def drain_inbox(shop_id: int, domain: str) -> None:
    """Turn the shop's recorded deliveries into settled orders."""
    Hands.bell.heard("inbox", shop_id)
    drain_shop(Hands.world, Hands.bell, shop_id, domain)


def write_codes(shop_id: int, domain: str) -> None:
    """Write, switch off and re-bind the codes that shoppers wait for."""
    Hands.bell.heard("codes", shop_id)
    if Hands.carry_out(Hands.world, shop_id, domain, kinds=effects.URGENT):
        Hands.bell.ring("codes", shop_id, domain)


def do_the_rest(shop_id: int, domain: str) -> None:
    """Fetch orders, reconcile, renew tokens, prove the books."""
    Hands.bell.heard("rest", shop_id)
    if perform_due(Hands.world, shop_id, domain, kinds=REST):
        Hands.bell.ring("rest", shop_id, domain)


def drain_shop(world: World, bell: Bell, shop_id: int, domain: str) -> None:
    """Drain for at most a turn; ring for what is left, and for effects the deliveries asked for."""
    done = drain_verbs.drain(world.database, shop_id, keys=world.keys, clock=world.clock, deadline=world.clock() + TURN)
    if done.deliveries or done.set_aside:
        log.info(
            "drained shop=%s deliveries=%s entries=%s set_aside=%s",
            shop_id,
            done.deliveries,
            done.entries,
            done.set_aside,
        )
    if not done.is_empty and not done.redacted:
        bell.ring("inbox", shop_id, domain)
    if done.has_effects:
        bell.ring("codes", shop_id, domain)
        bell.ring("rest", shop_id, domain)
