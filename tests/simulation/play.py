"""One seed played: faults and crashes between every two steps, then calm, then the final account."""

from __future__ import annotations

import hashlib
import random
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg

from plugin.services import audit
from tests.simulation import referee
from tests.simulation.acts import ACTS, RACE, SHORT, hear_ring, sweep_round
from tests.simulation.breaking import BreakableDatabase, Fate
from tests.simulation.referee import Told, Violation
from tests.simulation.universe import Universe, virtual_sleep

STEPS = 120
ROUNDS_TO_REST = 40
_RACES = ("create_discount after", "deactivate_discount before", "orders_with_code after")
"""Where a shopper may be faster than the app: the code stands but is not noted, or is about to be switched off."""


@dataclass
class Played:
    """What one seed did: its counts, the points it reached and died at, and the violation it found, if any."""

    seed: int
    violation: str | None
    steps: int
    faults: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    died: Counter[str] = field(default_factory=Counter)
    trace: list[str] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        """Equal for two plays that went the same way."""
        return hashlib.blake2b("\n".join(self.trace).encode(), digest_size=8).hexdigest()

    def report(self) -> str:
        """Why it failed, and how to see it again."""
        return f"seed {self.seed} after {self.steps} steps: {self.violation}\nreplay: python -m tests.simulation {self.seed} --trace"


def play(
    seed: int,
    database: BreakableDatabase,
    owner: psycopg.Connection[Any],
    *,
    steps: int = STEPS,
    skip: frozenset[int] = frozenset(),
    echo: Callable[[str], None] = lambda _line: None,
) -> Played:
    """Play one seed. Odd seeds have no reconciler, and no webhook is lost for good; `skip` leaves out steps, to shrink a failure."""
    database.points.reached, database.points.died = Counter(), Counter()
    database.points.is_quiet = True
    universe = Universe(seed, database, has_reconciler=seed % 2 == 0)
    universe.echo = echo
    played = Played(seed, None, 0)
    with virtual_sleep(universe.clock):
        try:
            _trouble(universe, owner, played, steps, skip)
            _rest(universe, owner)
            _account(universe, owner)
        except Violation as violation:
            played.violation = str(violation)
        except AssertionError as bug:
            played.violation = f"a check of the app's own failed: {bug}"
        except Exception as bug:  # noqa: BLE001 - whatever the app lets out is what this seed found
            where = traceback.extract_tb(bug.__traceback__)[-1]
            played.violation = f"{type(bug).__name__} came out of {where.name} ({where.filename}:{where.lineno}): {bug}"
        finally:
            database.points.is_quiet = True
    played.faults, played.trace = universe.faults, universe.lines
    played.reached, played.died = database.points.reached, database.points.died
    return played


def _trouble(
    universe: Universe, owner: psycopg.Connection[Any], played: Played, steps: int, skip: frozenset[int]
) -> None:
    acts, weights = [act for act, _ in ACTS], [weight for _, weight in ACTS]
    universe.trouble()
    universe.database.points.choose = _fates(universe)
    universe.database.points.others = _others(universe, owner)
    for step in range(steps):
        universe.rng = random.Random(f"regulars {universe.seed} {step}")
        played.steps = step + 1
        act = universe.rng.choices(acts, weights)[0]
        universe.clock.forward(universe.rng.choice((0.0, 0.0, 0.3, 1.0, 3.0)))
        if step in skip:
            continue
        act(universe, owner)
        referee.after_step(owner, universe.shop_id)
        referee.codes_are_single(owner, universe.shop_id, universe.shop)


def _fates(universe: Universe) -> Callable[[str, tuple[Fate, ...]], Fate]:
    def choose(name: str, fates: tuple[Fate, ...]) -> Fate:
        weather, chance = universe.weather, universe.rng.random()
        is_saga = " shopify." in name or name.startswith(("redeem.", "referrals.", "reconcile."))
        death = weather.crash * (4 if is_saga else 1)  # the calls that matter most are the rarest
        for fate, likely in (
            ("die", death),
            ("lose the database", weather.lost_database),
            ("let others work", weather.others * (4 if name.endswith(_RACES) else 1)),
        ):
            if fate in fates and chance < likely:
                return fate
            chance -= likely if fate in fates else 0
        return "go on"

    return choose


def _others(universe: Universe, owner: psycopg.Connection[Any]) -> Callable[[str], None]:
    depth = 0

    def others(name: str) -> None:
        nonlocal depth
        if depth:
            return
        depth += 1
        try:
            universe.say("  meanwhile:")
            acts = [universe.rng.choice(SHORT) for _ in range(universe.rng.choice((1, 1, 2, 4)))]
            if name.endswith(_RACES):
                acts = [*RACE, *acts]
            for act in acts:
                act(universe, owner)
        finally:
            depth -= 1

    return others


def _rest(universe: Universe, owner: psycopg.Connection[Any]) -> None:
    """Faults stop; what is left to do is done by the rings and the sweep alone."""
    universe.calm()
    universe.say("--- calm ---")
    universe.deliver(everything=True)
    universe.clock.forward(universe.clock.largest_error.total_seconds() + 61)  # what a fast clock put off falls due
    universe.open_app()
    for order in universe.orders:
        if not order.is_deleted and order.outstanding and order.paid_at is not None:
            universe.shop.pay(order.id)
    universe.deliver(everything=True)
    for round_number in range(ROUNDS_TO_REST):
        universe.clock.forward(3 if round_number % 4 else 61)
        while universe.rings.waiting:
            hear_ring(universe, owner)
        sweep_round(universe, owner)
        if round_number == 4:
            universe.open_app()  # an uninstall that was told late has been read meanwhile
        if round_number == 10 and universe.has_reconciler:
            universe.clock.forward(16 * 60)
        if round_number > 14 and _is_at_rest(universe, owner):
            return


def _is_at_rest(universe: Universe, owner: psycopg.Connection[Any]) -> bool:
    due = owner.execute(
        "SELECT 1 FROM outbox WHERE shop_id = %s AND next_try_at <= %s "
        "UNION ALL SELECT 1 FROM inbox WHERE shop_id = %s AND done_at IS NULL",
        (universe.shop_id, universe.clock.now, universe.shop_id),
    ).fetchone()
    return due is None and not universe.rings.waiting


def _account(universe: Universe, owner: psycopg.Connection[Any]) -> None:
    told = Told(
        acknowledged=universe.acknowledged,
        attempts=universe.attempts,
        orders=universe.orders,
        erased=frozenset(universe.erased),
        merged=frozenset(universe.merged),
        customers_of={order: frozenset(people) for order, people in universe.customers_of.items()},
        clock_error=universe.clock.largest_error + timedelta(seconds=1),
    )
    referee.at_rest(owner, universe.shop_id, universe.shop, told, now=universe.clock.now)
    neighbour = universe.database.neighbour
    if neighbour is not None and referee.digest(owner, neighbour[0]) != neighbour[1]:
        raise Violation(f"I9 the rows of shop {neighbour[0]} changed while shop {universe.shop_id} was played")
    proof = audit.run(universe.database, universe.shop_id, now=universe.clock.app())
    if not proof.is_ok:
        raise Violation(f"the audit found: {proof.findings}")
    universe.database.neighbour = (universe.shop_id, referee.digest(owner, universe.shop_id))


def shrink(seed: int, database: BreakableDatabase, owner: psycopg.Connection[Any], *, steps: int) -> frozenset[int]:
    """Steps that can be left out of a failing seed while it still fails (every step draws from a seed of its own)."""
    left_out: frozenset[int] = frozenset()
    size = steps // 2
    while size:
        for start in range(0, steps, size):
            tried = left_out | frozenset(range(start, min(steps, start + size)))
            if tried != left_out and play(seed, database, owner, steps=steps, skip=tried).violation is not None:
                left_out = tried
        size //= 2
    return left_out
