"""Faults planted on purpose: bugs that loyalty programs really had. A simulation that does not find them proves nothing.

Each is one line of the table at the end: its name, what is wrong, and the patch that makes the app wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID, uuid4

from jobs import sweep
from plugin.db import Session, holds, journal
from plugin.loyalty import facts, ledger
from plugin.loyalty.errors import OutsideError
from plugin.loyalty.ledger import Cause, Reason
from plugin.services import drain, effects, held, programs, redeem, settle
from plugin.services.effects import Kind
from tests.simulation import universe

Plant = Callable[[], Any]


@dataclass(frozen=True)
class Planted:
    """One fault. `within` is how many seeds may be played before it must be found."""

    name: str
    wrong: str
    plant: Plant
    within: int = 40


@contextmanager
def keys_in_memory() -> Iterator[None]:
    memory: dict[str, str] = {}
    restart = universe.Universe.restart

    def restarted(self: universe.Universe) -> None:
        memory.clear()
        restart(self)

    with (
        patch.object(redeem, "find_request", lambda _session, *, key, **_more: memory.get(key)),
        patch.object(
            redeem, "remember_request", lambda _session, *, key, subject, **_more: memory.update({key: subject})
        ),
        patch.object(universe.Universe, "restart", restarted),
    ):
        yield


@contextmanager
def no_keys() -> Iterator[None]:
    with (
        patch.object(redeem, "find_request", lambda _session, **_more: None),
        patch.object(redeem, "remember_request", lambda _session, **_more: None),
    ):
        yield


@contextmanager
def read_then_write() -> Iterator[None]:
    approach = holds.approach
    read: dict[int, int] = {}

    def looked(session: Session, member_id: int) -> Any:
        for (available,) in session.sql(
            "SELECT available FROM members WHERE shop_id = %s AND id = %s", session.shop_id, member_id
        ):
            read[id(session)] = available
        return approach(session, member_id)

    def written(session: Session, row: Any, cause: Cause, now: datetime) -> None:
        account = journal.lock(session, [row.member_id])[row.member_id]
        account.available = read.pop(id(session))
        ledger.hold(account, row.points, cause)
        journal.write(session, [account], now=now)
        session.add(row)
        session.flush()
        effects.request(session, Kind.ISSUE_CODE, str(row.id), now=now)

    with (
        patch.object(holds, "approach", looked),
        patch.object(holds, "place", lambda *_, **__: False),
        patch.object(redeem, "_hold_slowly", written),
    ):
        yield


def new_code_each_try() -> Any:
    spec = redeem._spec
    return patch.object(redeem, "_spec", lambda *a: replace(spec(*a), code=uuid4().hex[:16].upper()))


@contextmanager
def points_before_the_code_is_off() -> Iterator[None]:
    def void(database: Any, shop_id: int, _shopify: Any, redemption_id: UUID, *, keys: Any, now: datetime) -> bool:
        with database.transaction(shop_id) as session:
            row = redeem.find(session, redemption_id)
            if row.cancelled_at is None and now < row.ends_at + redeem.LAPSE_AFTER:
                return False
            held.give_back(session, redemption_id, Reason.REWARD_CANCELLED, state="released", failure=None, now=now)
        return True

    with patch.object(redeem, "void", void):
        yield


def answered_before_stored() -> Any:
    memory: list[tuple[int, Any]] = []

    def later(world: universe.Universe, delivery: Any) -> None:
        kept = [each for owner, each in memory if owner == id(world)]
        memory.clear()
        for each in kept:
            universe.store_delivery(world, each)
        memory.append((id(world), delivery))

    return patch.object(universe, "STORE", later)


def use_before_issue_ignored() -> Any:
    post = settle._post_redemption

    def posted(session: Session, order: Any, redemption: Any, *more: Any) -> None:
        if redemption.state not in ("held", "suspended"):
            post(session, order, redemption, *more)

    return patch.object(settle, "_post_redemption", posted)


def refunds_counted_twice() -> Any:
    return patch.object(facts, "_join_refunds", lambda a, b: (*a, *b))


def last_arrival_wins() -> Any:
    return patch.object(facts, "_join_bodies", lambda a, b: (b.body or a.body, None))


def rate_of_today() -> Any:
    compiled = programs.compiled
    return patch.object(
        programs, "compiled", lambda session, known, _version: compiled(session, known, known.numbers[-1])
    )


def given_up_on_timeout() -> Any:
    issue = redeem.issue

    def hasty(database: Any, shop_id: int, shopify: Any, redemption_id: UUID, *, now: datetime) -> None:
        try:
            issue(database, shop_id, shopify, redemption_id, now=now)
        except OutsideError as error:
            redeem._fail(database, shop_id, redemption_id, str(error), now=now)

    return patch.object(redeem, "issue", hasty)


def mark_cleared_after_the_look() -> Any:
    def rest(database: Any, shop_id: int, *, now: datetime) -> bool:
        with database.transaction(shop_id) as session:
            session.sql("DELETE FROM waiting WHERE shop_id = %s AND kind = 'inbox'", shop_id)
        return True

    return patch.object(drain, "_rest", rest)


def outbox_never_swept() -> Any:
    look_after = sweep._look_after

    def look(world: Any, bell: Any, shop_id: int, domain: str, kind: str) -> None:
        if kind != "outbox":
            look_after(world, bell, shop_id, domain, kind)

    return patch.object(sweep, "_look_after", look)


def merge_without_lots() -> Any:
    def place(source: Any, target: Any, out: Any, into: Any, points: int, cause: Cause) -> None:
        ledger._record(source, out, points, cause)
        ledger._record(target, into, points, cause)

    return patch.object(ledger, "_transfer_place", place)


def forgotten_people_come_back() -> Any:
    return patch.object(settle, "tombstone", lambda *_: uuid4().bytes)


PLANTED: Final = (
    Planted("keys in memory", "idempotency keys live in the process and die with it", keys_in_memory),
    Planted("no keys", "a repeated request is a new request", no_keys),
    Planted("read, then write", "the balance is read first and written back later", read_then_write),
    Planted("a new code each try", "every try to write a code chooses another name", new_code_each_try),
    Planted(
        "points before the code is off",
        "a cancelled redemption gives its points back and leaves the code usable",
        points_before_the_code_is_off,
    ),
    Planted("answered before stored", "a webhook is answered 200 and stored a moment later", answered_before_stored),
    Planted(
        "use before issue ignored",
        "an order with a code that is not noted as issued captures nothing",
        use_before_issue_ignored,
    ),
    Planted("refunds counted twice", "a refund that is told again is subtracted again", refunds_counted_twice),
    Planted("last arrival wins", "what arrived last replaces what is newer", last_arrival_wins),
    Planted("rate of today", "orders are judged by the program of today", rate_of_today),
    Planted("given up on a timeout", "a lost answer from Shopify counts as a no", given_up_on_timeout),
    Planted(
        "mark cleared after the look",
        "the drain takes the mark down without looking once more",
        mark_cleared_after_the_look,
    ),
    Planted("outbox never swept", "only rings have effects carried out", outbox_never_swept),
    Planted("merge without lots", "a merge moves balances and leaves the lots behind", merge_without_lots),
    Planted("forgotten people come back", "a late delivery recreates an erased customer", forgotten_people_come_back),
)
