"""Carrying out effects: leased, tried, and noted how it went. Called by jobs and by the sweep, never with a transaction open."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from plugin.clock import stopwatch_seconds
from plugin.db import Database
from plugin.loyalty.errors import Ambiguous, OutsideError, Throttled, Unauthorized
from plugin.services import effects, redeem, tokens
from plugin.services.deeds import DEEDS, Doing
from plugin.services.effects import Effect, Kind
from plugin.services.keys import Keys
from plugin.services.messages import Letters
from plugin.services.ports import ShopifyShop, ShopifyTokens

RENEWALS = 3
"""How often a refused token is renewed for one effect before the shop is taken to be closed to us."""
AT_ONCE = 6
"""Effects that are under way at the same time in `perform_together`; Shopify's bucket of a small plan carries that many codes."""
TURN_SECONDS = 1.0
"""How long `perform_together` takes on more: another shop waits no longer than that and one effect."""
LOOK_AGAIN_SECONDS = 0.05
"""How soon what came due meanwhile is seen."""
QUICK_LOOKS = 2
"""How often an answer that was lost is looked up again after a second; from then on every half minute."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything that carrying out needs: the database, the way to Shopify, keys and the clock."""

    database: Database
    connect: Callable[[str, str], ShopifyShop]
    """(domain, access token) -> the shop's Admin API."""
    token_source: ShopifyTokens
    cipher: tokens.Cipher
    keys: Keys
    clock: Callable[[], datetime]
    letters: Letters | None = None
    """Who carries mail; None: nobody, and what is to be told waits."""

    def shopify(self, shop_id: int, domain: str) -> ShopifyShop:
        """The shop's Admin API with a token that is good now. Raises OutsideError."""
        found = tokens.access(
            self.database, shop_id, domain, source=self.token_source, cipher=self.cipher, clock=self.clock
        )
        return self.connect(domain, found.token)


def perform_due(
    world: World, shop_id: int, domain: str, *, kinds: tuple[Kind, ...] = tuple(Kind), limit: int = 20
) -> int:
    """Lease the effects that are due in this shop and carry them out; how many were tried."""
    with world.database.transaction(shop_id) as session:
        leased = effects.lease(session, now=world.clock(), kinds=kinds, limit=limit)
    for effect in leased:
        perform(world, shop_id, domain, effect)
    if len(leased) < limit:
        with world.database.transaction(shop_id) as session:
            effects.rest(session)
    return len(leased)


def perform_together(world: World, shop_id: int, domain: str, *, kinds: tuple[Kind, ...]) -> bool:
    """Carry out the effects that somebody waits for: several at a time, and for a turn also what comes due meanwhile.

    True when something may be left. Effects of one subject never run beside each other.
    """
    ends = stopwatch_seconds() + TURN_SECONDS
    running: dict[Future[None], str] = {}
    later: list[Effect] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while True:
            room = AT_ONCE - len(running) - len(later)
            if room and stopwatch_seconds() < ends:
                with world.database.transaction(shop_id) as session:
                    later += effects.lease(session, now=world.clock(), kinds=kinds, limit=room)
            for effect in list(later):
                if effect.subject not in running.values():
                    later.remove(effect)
                    running[pool.submit(perform, world, shop_id, domain, effect)] = effect.subject
            if not running:
                break
            finished, _ = wait(running, timeout=LOOK_AGAIN_SECONDS, return_when=FIRST_COMPLETED)
            for each in finished:
                del running[each]
                each.result()
    with world.database.transaction(shop_id) as session:
        effects.rest(session)
        return effects.is_due(session, kinds=kinds, now=world.clock())


def perform(world: World, shop_id: int, domain: str, effect: Effect) -> None:
    """Try one leased effect, and note how it went."""
    try:
        next_at = DEEDS[effect.kind](Doing(world, shop_id, domain, effect.subject, world.clock()))
    except Unauthorized as error:
        if effect.attempts <= RENEWALS and _renewed(world, shop_id, domain):
            _put_off(world, shop_id, effect, str(error), after=timedelta(0), counts=True)
            return
        with world.database.transaction(shop_id) as session:
            tokens.refused(session)
            effects.suspend(session, effect, reason=str(error))
            if effect.kind is Kind.ISSUE_CODE:
                redeem.suspend(session, UUID(effect.subject))
        return
    except Throttled as error:
        _put_off(world, shop_id, effect, str(error), after=timedelta(seconds=error.retry_after_seconds), counts=False)
        return
    except Ambiguous as error:
        pause = timedelta(seconds=1 if effect.attempts <= QUICK_LOOKS else 30)
        _put_off(world, shop_id, effect, str(error), after=pause, counts=True)
        return
    except OutsideError as error:
        _put_off(world, shop_id, effect, str(error), after=None, counts=True)
        return
    now = world.clock()
    with world.database.transaction(shop_id) as session:
        if next_at is None:
            effects.done(session, effect)
        else:
            effects.put_off(session, effect, now=now, reason="", after=next_at - now, counts=False)


def _renewed(world: World, shop_id: int, domain: str) -> bool:
    """A token may have run out between reading and using it; True when there is a new one."""
    try:
        tokens.access(
            world.database,
            shop_id,
            domain,
            source=world.token_source,
            cipher=world.cipher,
            clock=world.clock,
            is_renewal=True,
        )
    except OutsideError:
        return False
    return True


def _put_off(world: World, shop_id: int, effect: Effect, reason: str, *, after: timedelta | None, counts: bool) -> None:
    with world.database.transaction(shop_id) as session:
        effects.put_off(session, effect, now=world.clock(), reason=reason, after=after, counts=counts)
