"""What can happen next: shoppers, merchants, Shopify and the app's own processes, each act small and drawn by the seed."""

# ruff: noqa: E501 - a statement in SQL is read best in one piece

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final
from uuid import UUID

import psycopg

from devstore.model import Cart, CartLine, Order, Refusal
from devstore.world import Impossible
from jobs import sweep, tasks
from plugin.db import DatabaseRefused, DatabaseUnavailable
from plugin.db.journal import KeyConflict
from plugin.loyalty.errors import OutsideError
from plugin.loyalty.errors import Refusal as Refused
from plugin.services import lookup, members, programs, redeem, referrals, shops
from plugin.services.redeem import RewardOrder
from tests.simulation.universe import Universe

Act = Callable[[Universe, psycopg.Connection[Any]], None]


def buy(u: Universe, owner: psycopg.Connection[Any]) -> None:
    """Somebody orders; with a code of their own, a friend's code, a link's handle, or nothing."""
    if not u.shop.is_installed and not u.has_reconciler:
        return
    customer = _with_code(u, owner) if u.rng.random() < 0.3 else _customer(u)
    cart = _cart(u)
    codes = _codes_for(u, owner, customer)
    if u.rng.random() < 0.1 and (
        handles := _column(
            owner,
            "SELECT referral_code FROM members WHERE shop_id = %s AND referral_code IS NOT NULL ORDER BY customer_id",
            u,
        )
    ):
        cart.attributes["regulars_ref"] = u.rng.choice(handles)
    _order(
        u,
        u.shop.checkout(
            cart,
            customer,
            None if customer is not None or u.rng.random() < 0.3 else f"guest{u.rng.randrange(3)}@example.com",
            codes,
            is_paid=u.rng.random() < 0.85,
            is_test=u.rng.random() < 0.03,
            tip=Decimal(u.rng.choice((0, 0, 0, 3))),
            company_id=77 if u.rng.random() < 0.03 else None,
        ),
    )


def begin_checkout(u: Universe, owner: psycopg.Connection[Any]) -> None:
    """Somebody has the code in a checkout and takes their time to pay."""
    customer = _with_code(u, owner)
    if customer is None:
        return
    codes = _codes_for(u, owner, customer)
    cart = _cart(u)
    priced = u.shop.price(cart, customer, codes)
    if codes and not priced.refused:
        u.checkouts.append((cart, customer, codes, priced))


def finish_checkout(u: Universe, _owner: psycopg.Connection[Any]) -> None:
    """A checkout that was begun is paid: its codes count even when they were ended since."""
    if not u.checkouts or (not u.shop.is_installed and not u.has_reconciler):
        return
    cart, customer, codes, priced = u.checkouts.pop(u.rng.randrange(len(u.checkouts)))
    if customer in u.shop.customers:
        _order(u, u.shop.checkout(cart, customer, codes=codes, earlier=priced))


def pay(u: Universe, _owner: psycopg.Connection[Any]) -> None:
    _change(u, "pay", lambda order: u.shop.pay(order.id))


def refund(u: Universe, _owner: psycopg.Connection[Any]) -> None:
    def some(order: Order) -> Any:
        kind = u.rng.random()
        if kind < 0.35:
            return u.shop.refund(order.id)
        if kind < 0.85:
            lines = [line for line in order.lines if line.current_quantity]
            line = u.rng.choice(lines) if lines else None
            if line is None:
                raise Impossible("nothing is left")
            return u.shop.refund(order.id, {line.id: u.rng.randint(1, line.current_quantity)})
        return u.shop.refund(order.id, None, Decimal(u.rng.randint(1, 12)))

    _change(u, "refund", some)


def cancel(u: Universe, _owner: psycopg.Connection[Any]) -> None:
    _change(u, "cancel", lambda order: u.shop.cancel(order.id, refund=u.rng.random() < 0.7))


def edit(u: Universe, _owner: psycopg.Connection[Any]) -> None:
    def some(order: Order) -> Any:
        if u.rng.random() < 0.5:
            return u.shop.edit(
                order.id, add=[CartLine(u.products[u.rng.randrange(4)].variants[0].id, u.rng.randint(1, 2))]
            )
        lines = [line for line in order.lines if line.current_quantity and not line.is_tip]
        if not lines:
            raise Impossible("nothing is left")
        line = u.rng.choice(lines)
        return u.shop.edit(order.id, remove={line.id: 1}, is_shown_as_refund=u.rng.random() < 0.4)

    _change(u, "edit", some)


def give_order_to(u: Universe, _owner: psycopg.Connection[Any]) -> None:
    """Staff put another customer on an order."""
    customer = _customer(u)

    def change(order: Order) -> Any:
        if customer is not None:
            u.customers_of.setdefault(order.id, set()).add(customer)
        return u.shop.set_customer(order.id, customer)

    _change(u, f"customer -> {customer}", change)


def delete_order(u: Universe, owner: psycopg.Connection[Any]) -> None:
    known = set(_column(owner, "SELECT id FROM orders WHERE shop_id = %s AND is_paid", u))
    if u.rng.random() < 0.3:
        _change(u, "delete", lambda order: u.shop.delete_order(order.id), only=known)


def merge_customers(u: Universe, _owner: psycopg.Connection[Any]) -> None:
    alive = [each for each in sorted(u.shop.customers) if each not in u.erased]
    if len(alive) < 3 or not _is_connected(u):
        return
    keep, drop = u.rng.sample(alive, 2)
    u.say(f"customer {drop} merged into {keep}")
    for order in u.orders:
        if order.customer_id == drop:
            u.customers_of.setdefault(order.id, set()).add(keep)
    u.merged |= {keep, drop}
    u.checkouts = [each for each in u.checkouts if each[1] != drop]
    u.shop.merge_customers(keep_id=keep, drop_id=drop)


def erase(u: Universe, _owner: psycopg.Connection[Any]) -> None:
    alive = [each for each in sorted(u.shop.customers) if each not in u.erased]
    if len(alive) < 3 or u.rng.random() < 0.5:
        return
    customer = u.rng.choice(alive)
    u.say(f"customer {customer} asks to be forgotten")
    u.erased.add(customer)
    u.shop.redact_customer(customer)


def redeem_once(u: Universe, owner: psycopg.Connection[Any]) -> None:
    _click(u, owner, clicks=1, same_key=True)


def click_again(u: Universe, owner: psycopg.Connection[Any]) -> None:
    """A client that got no answer (or lost patience) sends the same request with the same key again."""
    if u.attempts:
        key = u.rng.choice(sorted(u.attempts))
        _, customer, reward, points = key.split("|")
        u.as_process("web", partial(_redeem_quietly, u, owner, key, int(customer), reward, int(points) or None))


def double_click(u: Universe, owner: psycopg.Connection[Any]) -> None:
    """Two requests at once, really at once: the second waits for the first one's locks."""
    _click(u, owner, clicks=2, same_key=u.rng.random() < 0.5)


def cancel_redemption(u: Universe, owner: psycopg.Connection[Any]) -> None:
    rows = owner.execute(
        "SELECT id, member_id FROM redemptions WHERE shop_id = %s AND state IN ('held', 'issued', 'suspended') ORDER BY created_at, code",
        (u.shop_id,),
    ).fetchall()
    if not rows:
        return
    redemption, _ = u.rng.choice(rows)

    def work() -> None:
        try:
            with u.database.transaction(u.shop_id) as session:
                redeem.cancel(session, redemption, now=u.clock.app())
        except Refused as refusal:
            u.say(f"  refused: {refusal.code}")
            return
        u.rings.ring("codes", u.shop_id, u.domain)

    u.say("redemption cancelled")
    u.as_process("web", work)


def claim_referral(u: Universe, owner: psycopg.Connection[Any]) -> None:
    handles = _column(
        owner,
        "SELECT referral_code FROM members WHERE shop_id = %s AND referral_code IS NOT NULL ORDER BY customer_id",
        u,
    )
    if not handles:
        look_at_panel(u, owner)
        return
    handle, customer, number = u.rng.choice(handles), _customer(u), UUID(int=u.rng.getrandbits(128), version=4)

    def work() -> None:
        try:
            with u.database.transaction(u.shop_id) as session:
                referrals.claim(
                    session, handle, referral_id=number, customer_id=customer, keys=u.world.keys, now=u.clock.app()
                )
        except Refused as refusal:
            u.say(f"  refused: {refusal.code}")
            return
        u.rings.ring("codes", u.shop_id, u.domain)

    u.say("referral claimed")
    u.as_process("web", work)


def look_at_panel(u: Universe, _owner: psycopg.Connection[Any]) -> None:
    """A shopper signs in, joins, and sees their points."""
    customer = _customer(u)
    if customer is None or not _is_connected(u):
        return

    def work() -> None:
        try:
            with u.database.transaction(u.shop_id) as session:
                member = members.join(session, customer, tombstone_key=u.world.keys.tombstones, now=u.clock.app())
                members.view(session, member, handle_key=b"h" * 32, now=u.clock.app())
        except Refused as refusal:
            u.say(f"  refused: {refusal.code}")

    u.say(f"{customer} looks at their points")
    u.as_process("web", work)


def adjust(u: Universe, owner: psycopg.Connection[Any]) -> None:
    """Staff give or take points; sometimes the form is sent twice."""
    found = _members(u, owner)
    if not found:
        return
    member = u.rng.choice(found)[0]
    key, points = f"{u.rng.getrandbits(48):x}", u.rng.choice((300, 120, 50, 1, -20))

    def work() -> None:
        try:
            with u.database.transaction(u.shop_id) as session:
                members.adjust(session, member, points, words="because", author="staff", key=key, now=u.clock.app())
        except KeyConflict:
            u.say("  adjusted before")

    u.say(f"staff adjust by {points}")
    for _ in range(u.rng.choice((1, 1, 2))):
        u.as_process("web", work)


def publish_program(u: Universe, _owner: psycopg.Connection[Any]) -> None:
    u.say("the program changes")
    program = u.some_program()
    u.as_process("web", lambda: u.publish(program))


def uninstall(u: Universe, _owner: psycopg.Connection[Any]) -> None:
    if u.has_reconciler and u.shop.is_installed and u.rng.random() < 0.6:
        u.say("the app is uninstalled")
        u.shop.uninstall()


def open_app(u: Universe, _owner: psycopg.Connection[Any]) -> None:
    def work() -> None:
        try:
            u.open_app()
        except OutsideError as error:
            u.say(f"  not opened: {error}")

    if u.has_reconciler or u.shop.is_installed:
        u.say("the merchant opens the app")
        u.as_process("web", work)


def deliver(u: Universe, _owner: psycopg.Connection[Any]) -> None:
    u.deliver()


def deliver_old(u: Universe, _owner: psycopg.Connection[Any]) -> None:
    """A delivery of long ago arrives once more with its old body."""
    old = [each for each in u.store.deliveries.log if each.state == "delivered"]
    if old:
        u.store.deliveries.send_again(u.rng.choice(old).webhook_id)
        u.faults["webhook with an old body"] += 1
        u.deliver()


def hear_ring(u: Universe, _owner: psycopg.Connection[Any]) -> None:
    """A worker takes a ring; when it dies, the ring is gone."""
    if u.rings.waiting:
        _job(u, u.rings.waiting.pop(u.rng.randrange(len(u.rings.waiting))))


def sweep_round(u: Universe, _owner: psycopg.Connection[Any]) -> None:
    """One round of the sweep over this seed's shop, one thread."""

    def work() -> None:
        now = u.clock.app()
        with u.database.transaction() as session:
            waiting = [kind for shop_id, kind in shops.waiting(session, now=now) if shop_id == u.shop_id]
            overdue = {
                kind for shop_id, kind in shops.waiting(session, now=now - sweep.PATIENCE) if shop_id == u.shop_id
            }
        for kind in sorted(waiting):
            if kind == "due" or kind in overdue:
                _swept(u, kind)

    u.say("sweep")
    u.as_process("sweep", work)


def wait(u: Universe, _owner: psycopg.Connection[Any]) -> None:
    seconds = u.rng.choice((0.3, 2.0, 5.0, 20.0, 70.0, 400.0, 4000.0, 4000.0, 30_000.0))
    if u.rng.random() < 0.06:
        seconds = u.rng.choice((86_400.0, 3 * 86_400.0))
    u.clock.forward(seconds)


def jump_clock(u: Universe, _owner: psycopg.Connection[Any]) -> None:
    """The app's host has its clock put wrong, or right again."""
    u.clock.put_wrong(timedelta(seconds=u.rng.choice((0, 0, 2, -2, 90, -90, 3600, -3600))))
    u.faults["clock jump"] += 1
    u.say(f"the app's clock is off by {u.clock.skew}")


ACTS: Final[tuple[tuple[Act, int], ...]] = (
    (buy, 20),
    (begin_checkout, 5),
    (finish_checkout, 5),
    (pay, 4),
    (refund, 8),
    (cancel, 2),
    (edit, 3),
    (give_order_to, 2),
    (delete_order, 1),
    (merge_customers, 1),
    (erase, 1),
    (redeem_once, 8),
    (double_click, 5),
    (click_again, 3),
    (cancel_redemption, 3),
    (claim_referral, 3),
    (look_at_panel, 4),
    (adjust, 4),
    (publish_program, 2),
    (uninstall, 1),
    (open_app, 2),
    (deliver, 14),
    (deliver_old, 4),
    (hear_ring, 18),
    (sweep_round, 8),
    (wait, 14),
    (jump_clock, 1),
)

SHORT: Final[tuple[Act, ...]] = (
    *(buy, buy, finish_checkout, refund, merge_customers, look_at_panel),
    *(redeem_once, cancel_redemption, click_again),
    *(deliver, deliver, deliver, hear_ring, sweep_round),
)
"""What others may do while one process waits for Shopify or stands between two transactions."""


RACE: Final[tuple[Act, ...]] = (begin_checkout, finish_checkout, deliver, hear_ring, hear_ring)
"""A shopper uses a code at once, and Shopify tells of it at once."""


def _order(u: Universe, outcome: Order | Refusal) -> None:
    if isinstance(outcome, Refusal):
        u.say(f"checkout refused: {outcome.reason}")
        return
    u.orders.append(outcome)
    if outcome.customer_id is not None:
        u.customers_of[outcome.id] = {outcome.customer_id}
    u.say(f"order {outcome.id} of {outcome.customer_id} {outcome.subtotal} {outcome.financial_status} {outcome.codes}")


def _change(u: Universe, word: str, change: Callable[[Order], Any], *, only: set[int] | None = None) -> None:
    standing = [order for order in u.orders if not order.is_deleted and (only is None or order.id in only)]
    if not standing or not _is_connected(u):
        return
    redeemed = [order for order in standing if order.codes]
    order = u.rng.choice(redeemed[-4:] if redeemed and u.rng.random() < 0.4 else standing[-6:])
    try:
        change(order)
    except Impossible as why:
        u.say(f"{word} {order.id}: {why}")
    else:
        u.say(f"{word} {order.id}: now {order.current_subtotal} {order.financial_status}")


def _is_connected(u: Universe) -> bool:
    """Without a reconciler nothing may happen that Shopify tells no webhook of."""
    return u.shop.is_installed


def _customer(u: Universe) -> int | None:
    return None if u.rng.random() < 0.05 else u.rng.choice(sorted(u.shop.customers))


def _with_code(u: Universe, owner: psycopg.Connection[Any]) -> int | None:
    """A customer whose code stands at the store, if there is one; rather one whose code the app has not noted yet."""
    rows = owner.execute(
        """
        SELECT m.customer_id, r.state, r.code FROM redemptions r JOIN members m ON m.shop_id = r.shop_id AND m.id = r.member_id
        WHERE r.shop_id = %s AND r.state IN ('held', 'suspended', 'issued') AND m.customer_id IS NOT NULL ORDER BY 1, 2, 3
        """,
        (u.shop_id,),
    ).fetchall()
    found = [
        (customer, state)
        for customer, state, code in rows
        if customer in u.shop.customers and u.shop.discount_by_code(code) is not None
    ]
    early = [customer for customer, state in found if state != "issued"]
    if early and u.rng.random() < 0.7:
        return int(u.rng.choice(early))
    return int(u.rng.choice(found)[0]) if found else _customer(u)


def _cart(u: Universe) -> Cart:
    lines = [
        CartLine(u.products[u.rng.choice((0, 0, 1, 1, 2, 3, 4))].variants[0].id, u.rng.randint(1, 3))
        for _ in range(u.rng.choice((1, 1, 2, 3)))
    ]
    return Cart(lines)


def _codes_for(u: Universe, owner: psycopg.Connection[Any], customer: int | None) -> list[str]:
    chance = u.rng.random()
    if chance < 0.55 and customer is not None:
        found = owner.execute(
            """
            SELECT r.code FROM redemptions r JOIN members m ON m.shop_id = r.shop_id AND m.id = r.member_id
            WHERE r.shop_id = %s AND m.customer_id = %s AND r.state <> 'used' ORDER BY r.state NOT IN ('held', 'suspended'), r.created_at DESC, r.code LIMIT 3
            """,
            (u.shop_id, customer),
        ).fetchall()
    elif chance < 0.75:
        found = owner.execute(
            "SELECT code FROM referrals WHERE shop_id = %s AND code IS NOT NULL ORDER BY claimed_at DESC, code LIMIT 4",
            (u.shop_id,),
        ).fetchall()
    else:
        return []
    usable = [row[0] for row in found if u.shop.discount_by_code(row[0]) is not None]
    return [u.rng.choice(usable)] if usable else []


def _members(u: Universe, owner: psycopg.Connection[Any]) -> list[Any]:
    return owner.execute(
        "SELECT id, customer_id FROM members WHERE shop_id = %s AND merged_into IS NULL AND erased_at IS NULL AND customer_id IS NOT NULL ORDER BY customer_id",
        (u.shop_id,),
    ).fetchall()


def _column(owner: psycopg.Connection[Any], statement: Any, u: Universe) -> list[Any]:
    return [row[0] for row in owner.execute(statement, (u.shop_id,)).fetchall()]


def _click(u: Universe, owner: psycopg.Connection[Any], *, clicks: int, same_key: bool) -> None:
    found = _members(u, owner)
    if not found:
        return
    member, customer = u.rng.choice(found)
    reward, points = u.rng.choice(
        (("amount-off", 0), ("money-slider", 60), ("money-slider", 90), ("free-shipping", 0), ("ten-percent", 0))
    )
    keys = [f"{u.rng.getrandbits(64):016x}|{customer}|{reward}|{points}"]
    keys += (
        [] if clicks == 1 else [keys[0] if same_key else f"{u.rng.getrandbits(64):016x}|{customer}|{reward}|{points}"]
    )
    u.say(f"{customer} redeems {reward} {points or ''} x {clicks}{' same key' if clicks > 1 and same_key else ''}")
    if clicks == 1:
        u.as_process("web", partial(_redeem_quietly, u, owner, keys[0], customer, reward, points or None))
    else:
        _at_once(u, owner, keys, member, reward, points or None)
    u.rings.ring("codes", u.shop_id, u.domain)


def _redeem_quietly(
    u: Universe, owner: psycopg.Connection[Any], key: str, customer: int, reward: str, points: int | None
) -> None:
    rows = owner.execute(
        "SELECT id FROM members WHERE shop_id = %s AND customer_id = %s", (u.shop_id, customer)
    ).fetchall()
    if not rows:
        return
    try:
        with u.database.transaction(u.shop_id) as session:
            redeem_in(u, session, key, rows[0][0], reward, points, _fresh(u))
    except Refused as refusal:
        u.say(f"  refused: {refusal.code}")


def redeem_in(u: Universe, session: Any, key: str, member: int, reward: str, points: int | None, number: UUID) -> str:
    """As plugin.api.redemptions does: the key is remembered before the deed, in the same transaction."""
    body = key.partition("|")[2].encode()
    member = lookup.reachable(session, member)
    u.attempts.setdefault(key, [])
    done = redeem.find_request(session, caller="sim", route="redemptions", key=key, body=body)
    if done is not None:
        return done
    u.attempts[key].append(str(number))
    redeem.remember_request(
        session, caller="sim", route="redemptions", key=key, body=body, subject=str(number), now=u.clock.app()
    )
    redeem.place_hold(session, RewardOrder(member, reward, points, number), keys=u.world.keys, now=u.clock.app())
    return str(number)


def _at_once(
    u: Universe, owner: psycopg.Connection[Any], keys: list[str], member: int, reward: str, points: int | None
) -> None:
    """The first holds its transaction open until the second waits for it; then both go on."""
    points_before, u.database.points.is_quiet = u.database.points.is_quiet, True
    numbers = [_fresh(u), _fresh(u), _fresh(u)]
    outcome: list[str] = []
    programs._compiled.clear()

    def second() -> None:
        for number in numbers[1:]:
            try:
                with u.database.transaction(u.shop_id) as session:
                    redeem_in(u, session, keys[1], member, reward, points, number)
            except Refused as refusal:
                outcome.append(refusal.code)
            except DatabaseUnavailable as error:
                outcome.append(type(error).__name__)
            except DatabaseRefused:
                continue  # the twin was a moment faster: once more, and its answer is found
            return

    thread = threading.Thread(target=second)
    try:
        with u.database.transaction(u.shop_id) as session:
            redeem_in(u, session, keys[0], member, reward, points, numbers[0])
            thread.start()
            _until_waiting(owner, thread, session.raw.info.backend_pid)
    except Refused as refusal:
        outcome.append(refusal.code)
    finally:
        if thread.ident is not None:
            thread.join()
        u.database.points.is_quiet = points_before
    u.say(f"  at once: {sorted(outcome)}")


def _until_waiting(owner: psycopg.Connection[Any], thread: threading.Thread, first: int) -> None:
    until = time.monotonic() + 5
    while thread.is_alive() and time.monotonic() < until:
        if owner.execute(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pg_blocking_pids(pid) @> %s::int[]",
            ([first],),
        ).fetchone():
            return
        time.sleep(0.001)


def _fresh(u: Universe) -> UUID:
    return UUID(int=u.rng.getrandbits(128), version=4)


_JOBS: Final = {"inbox": "drain_inbox", "codes": "write_codes", "rest": "do_the_rest"}


def _job(u: Universe, kind: str) -> None:
    u.say(f"job {kind}")
    u.as_process("worker", lambda: getattr(tasks, _JOBS[kind])(u.shop_id, u.domain))


def _swept(u: Universe, kind: str) -> None:
    try:
        sweep._look_after(u.world, u.rings, u.shop_id, u.domain, kind)  # type: ignore[arg-type]
    except (DatabaseUnavailable, OutsideError) as error:
        u.say(f"  sweep of {kind} failed: {type(error).__name__}")
