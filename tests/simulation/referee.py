"""The referee: reads the database as its owner and the dev store's own record, and imports nothing of the app.

Every rule here is written a second time, from the documents and not from the code under test, so that both would have to be wrong alike.
"""

# ruff: noqa: E501 - a statement in SQL is read best in one piece

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, Final, LiteralString

import psycopg

from devstore.model import Discount, Order
from devstore.world import Shop

STANDING: Final = ("reconcile", "audit", "tidy", "refresh_token")


class Violation(AssertionError):
    """An invariant does not hold."""


@dataclass(frozen=True)
class Told:
    """What the simulation knows and no table says: which webhooks were answered 200, which requests clients made."""

    acknowledged: Mapping[str, datetime]
    attempts: Mapping[str, Sequence[str]]
    orders: Sequence[Order]
    erased: frozenset[int]
    merged: frozenset[int]
    customers_of: Mapping[int, frozenset[int]]
    clock_error: timedelta


def after_step(owner: psycopg.Connection[Any], shop_id: int) -> None:
    """The cheap laws, true at every moment. Raises Violation."""
    for law, statement in STEP_LAWS.items():
        rows = owner.execute(statement, {"shop": shop_id}).fetchmany(5)
        if rows:
            raise Violation(f"{law}: {rows}")


def codes_are_single(owner: psycopg.Connection[Any], shop_id: int, shop: Shop) -> None:
    """No redemption has two discounts at the store, at any moment, and every one carries the name we know."""
    known = dict(owner.execute("SELECT id::text, code FROM redemptions WHERE shop_id = %s", (shop_id,)).fetchall())
    seen: set[str] = set()
    for discount in shop.discounts.values():
        reference = discount.title.rpartition("regulars:")[2]
        if reference in seen:
            raise Violation(f"two discounts at the store for redemption {reference}")
        seen.add(reference)
        if reference in known and known[reference] != discount.code:
            raise Violation(f"redemption {reference} has code {known[reference]}, the store has {discount.code}")


def digest(owner: psycopg.Connection[Any], shop_id: int) -> str:
    """All rows of a shop as one number: nobody else's seed may change it."""
    parts = [
        owner.execute(
            f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t WHERE shop_id = %s",
            (shop_id,),
        ).fetchone()
        for table in (
            "members",
            "entries",
            "lots",
            "lot_uses",
            "orders",
            "redemptions",
            "referrals",
            "inbox",
            "outbox",
            "waiting",
        )
    ]
    return " ".join(str(part[0]) for part in parts if part is not None)


def at_rest(owner: psycopg.Connection[Any], shop_id: int, shop: Shop, told: Told, *, now: datetime) -> None:
    """Everything that must hold when all faults are over and the work is done. Raises Violation."""
    after_step(owner, shop_id)
    codes_are_single(owner, shop_id, shop)
    _nothing_is_stuck(owner, shop_id, now)
    _the_forgotten_stay_away(owner, shop_id, told)
    _webhooks_are_kept(owner, shop_id, told, now)
    _keys_made_one(owner, shop_id, told)
    _redemptions_match_codes(owner, shop_id, shop, told, now)
    _orders_match_rules(owner, shop_id, told)


STEP_LAWS: Final[dict[str, LiteralString]] = {
    "I1 a member's balances are the sum of their entries": """
        SELECT m.id, m.pending, m.available, m.held, e.p, e.a, e.h FROM members m LEFT JOIN (
          SELECT member_id,
            sum(points * (CASE WHEN move IN (1, 17) THEN 1 WHEN move IN (3, 8, 16) THEN -1 ELSE 0 END)) p,
            sum(points * (CASE WHEN move IN (2, 3, 6, 11, 12, 14, 19) THEN 1 WHEN move IN (4, 7, 9, 13, 15, 18) THEN -1 ELSE 0 END)) a,
            sum(points * (CASE WHEN move IN (4, 21) THEN 1 WHEN move IN (5, 6, 20) THEN -1 ELSE 0 END)) h
          FROM entries WHERE shop_id = %(shop)s GROUP BY member_id) e ON e.member_id = m.id
        WHERE m.shop_id = %(shop)s AND (m.pending, m.available, m.held) IS DISTINCT FROM (coalesce(e.p, 0), coalesce(e.a, 0), coalesce(e.h, 0))
    """,
    "I1 available points are the open lots less the debt": """
        SELECT m.id, m.available, l.open FROM members m LEFT JOIN (
          SELECT member_id, sum(open) AS open, sum(pending) AS pending FROM lots WHERE shop_id = %(shop)s GROUP BY member_id) l ON l.member_id = m.id
        WHERE m.shop_id = %(shop)s AND (greatest(m.available, 0) <> coalesce(l.open, 0) OR m.pending <> coalesce(l.pending, 0))
    """,
    "I2 only a clawback, a late use or staff take spendable points below zero": """
        SELECT member_id, seq, move, points, available FROM (
          SELECT *, lag(available, 1, 0::bigint) OVER (PARTITION BY member_id ORDER BY seq) AS before FROM entries WHERE shop_id = %(shop)s) e
        WHERE (available < 0 AND available < before AND move NOT IN (9, 13, 15, 18)) OR pending < 0 OR held < 0
    """,
    "I4 held points are those of redemptions that are neither used nor given back": """
        SELECT m.id, m.held, r.held FROM members m LEFT JOIN (
          SELECT member_id, sum(points) AS held FROM redemptions WHERE shop_id = %(shop)s AND state IN ('held', 'issued', 'suspended')
          GROUP BY member_id) r ON r.member_id = m.id
        WHERE m.shop_id = %(shop)s AND m.held <> coalesce(r.held, 0)
    """,
    "I5 nothing is lost between two members": """
        SELECT sum(points * (CASE WHEN move IN (16, 18, 20) THEN 1 ELSE -1 END)) FROM entries WHERE shop_id = %(shop)s AND move BETWEEN 16 AND 21
        HAVING sum(points * (CASE WHEN move IN (16, 18, 20) THEN 1 ELSE -1 END)) <> 0
    """,
    "I7 nothing is set aside in a world without poison": """
        SELECT topic, reason FROM inbox WHERE shop_id = %(shop)s AND set_aside_at IS NOT NULL
    """,
    "I12 the sweep is told of every delivery that waits": """
        SELECT count(*) FROM inbox WHERE shop_id = %(shop)s AND done_at IS NULL AND set_aside_at IS NULL
          AND NOT EXISTS (SELECT FROM waiting WHERE shop_id = %(shop)s AND kind = 'inbox') HAVING count(*) > 0
    """,
    "I12 the sweep is told of every effect that waits, in time": """
        SELECT min(greatest(next_try_at, coalesce(leased_until, next_try_at))) FROM outbox WHERE shop_id = %(shop)s AND next_try_at < '9999-01-01'
        HAVING min(greatest(next_try_at, coalesce(leased_until, next_try_at)))
             < coalesce((SELECT since FROM waiting WHERE shop_id = %(shop)s AND kind = 'outbox'), 'infinity')
    """,
    "I12 the sweep is told of every point that falls due, in time": """
        SELECT min(next_due_at) FROM members WHERE shop_id = %(shop)s
        HAVING min(next_due_at) < coalesce((SELECT since FROM waiting WHERE shop_id = %(shop)s AND kind = 'due'), 'infinity')
    """,
}


def _nothing_is_stuck(owner: psycopg.Connection[Any], shop_id: int, now: datetime) -> None:
    left = owner.execute("SELECT topic FROM inbox WHERE shop_id = %s AND done_at IS NULL", (shop_id,)).fetchall()
    if left:
        raise Violation(f"I7 deliveries nobody works on: {left}")
    due = owner.execute(
        "SELECT kind, subject, attempts, reason FROM outbox WHERE shop_id = %s AND next_try_at <= %s AND kind <> ALL(%s)",
        (shop_id, now, list(STANDING)),
    ).fetchall()
    if due:
        raise Violation(f"I11 effects nobody has: {due}")
    overdue = owner.execute(
        "SELECT id FROM members WHERE shop_id = %s AND next_due_at <= %s", (shop_id, now)
    ).fetchall()
    if overdue:
        raise Violation(f"I11 points that fell due stay as they were: {overdue}")


def _the_forgotten_stay_away(owner: psycopg.Connection[Any], shop_id: int, told: Told) -> None:
    back = owner.execute(
        "SELECT id FROM members WHERE shop_id = %s AND customer_id = ANY(%s)", (shop_id, list(told.erased))
    ).fetchall()
    if back:
        raise Violation(f"I9 erased customers are members again: {back}")
    named = owner.execute(
        "SELECT id, convert_from(facts, 'UTF8')::jsonb -> 'body' ->> 'customer_id' FROM orders WHERE shop_id = %s",
        (shop_id,),
    ).fetchall()
    kept = [order_id for order_id, customer in named if customer is not None and int(customer) in told.erased]
    if kept:
        raise Violation(f"I9 orders still name an erased customer: {kept}")


def _webhooks_are_kept(owner: psycopg.Connection[Any], shop_id: int, told: Told, now: datetime) -> None:
    rows = {
        row[0]
        for row in owner.execute("SELECT webhook_id FROM inbox WHERE shop_id = %s AND done_at IS NOT NULL", (shop_id,))
    }
    lost = [webhook for webhook, at in told.acknowledged.items() if webhook not in rows and (now - at).days < 29]
    if lost:
        raise Violation(f"I7 answered with 200 and nowhere to be found: {lost}")


def _keys_made_one(owner: psycopg.Connection[Any], shop_id: int, told: Told) -> None:
    made = {row[0] for row in owner.execute("SELECT id::text FROM redemptions WHERE shop_id = %s", (shop_id,))}
    for key, attempts in told.attempts.items():
        if len(made.intersection(attempts)) > 1:
            raise Violation(f"I6 one idempotency key made two redemptions: {key}")
    stray = made.difference(*told.attempts.values()) if told.attempts else made
    if stray:
        raise Violation(f"I6 redemptions that nobody asked for: {stray}")


def _redemptions_match_codes(
    owner: psycopg.Connection[Any], shop_id: int, shop: Shop, told: Told, now: datetime
) -> None:
    discounts = {discount.title.rpartition("regulars:")[2]: discount for discount in shop.discounts.values()}
    orders = {order.id: order for order in told.orders}
    rows = owner.execute(
        """
        SELECT r.id::text, r.state, r.points, r.order_id, r.restored, r.ends_at, r.cancelled_at, r.code, m.customer_id,
               coalesce((p.document->>'returns_points_on_refund')::boolean, true)
        FROM redemptions r JOIN members m ON m.shop_id = r.shop_id AND m.id = r.member_id
        JOIN programs p ON p.shop_id = r.shop_id AND p.version = r.program_version WHERE r.shop_id = %s
        """,
        (shop_id,),
    ).fetchall()
    for number, state, points, order_id, restored, ends_at, cancelled_at, code, customer, returns in rows:
        discount = discounts.get(number)
        uses = [orders[use.order_id] for use in discount.uses] if discount is not None else []
        is_usable = discount is not None and not uses and discount.status(now) != "EXPIRED"
        what = f"redemption {number} ({state}, code {code})"
        if len(uses) > 1:
            raise Violation(f"I4 {what} was used by {len(uses)} orders")
        if uses and state != "used":
            raise Violation(f"I4 {what} was used by order {uses[0].id}")
        if state == "used" and (not uses or uses[0].id != order_id):
            raise Violation(
                f"I4 {what} says that order {order_id} used it; the store says {[order.id for order in uses]}"
            )
        if state == "issued":
            _issued_is_right(shop, discount, what, customer, is_dead=now < ends_at and not is_usable)
        if state == "issued" and cancelled_at is not None:
            raise Violation(f"I4 {what} was cancelled and nothing happened")
        if state in ("released", "failed") and is_usable:
            raise Violation(f"I4 {what} gave its points back, and its code can still be used")
        if state in ("held", "suspended"):
            raise Violation(f"I4 {what} is stuck")
        if state == "used":
            _restored_is_right(orders[order_id], what, points, restored, returns=returns)
        elif restored:
            raise Violation(f"I4 {what} was never used, and {restored} points were restored")


def _issued_is_right(shop: Shop, discount: Discount | None, what: str, customer: int | None, *, is_dead: bool) -> None:
    if discount is None:
        raise Violation(f"I4 {what} has no discount at the store")
    if is_dead:
        raise Violation(f"I4 {what} has a code that cannot be used")
    buyers = (discount.customer_ids or frozenset()).intersection(shop.customers)
    if customer is not None and buyers != frozenset({customer}):
        raise Violation(f"I4 {what} is bound to {sorted(buyers)}, its member is customer {customer}")


def _restored_is_right(order: Order, what: str, points: int, restored: int, *, returns: bool) -> None:
    if not returns:
        if restored:
            raise Violation(f"I4 {what}: {restored} points came back although the program returns none")
        return
    least = int(points * refunded_share(order))
    if not least <= restored <= points or (
        restored != least and not order.is_edited and order.cancelled_at is None and not order.is_deleted
    ):
        raise Violation(f"I4 {what}: {restored} of {points} points came back, {least} should have (order {order.id})")


def refunded_share(order: Order) -> Decimal:
    """How much of the order's goods went back, by the store's own record."""
    if order.cancelled_at is not None or order.is_deleted:
        return Decimal(1)
    before = sum((line.net for line in order.goods), Decimal(0))
    if not before:
        quantity = sum(line.quantity for line in order.goods)
        return Decimal(bool(quantity and sum(line.refunded for line in order.goods) >= quantity))
    left = sum((line.net_left(order.unit) for line in order.goods), Decimal(0)) - _beside_lines(order)
    return min(Decimal(1), max(Decimal(0), (before - left) / before))


def _orders_match_rules(owner: psycopg.Connection[Any], shop_id: int, told: Told) -> None:
    rows = owner.execute(
        "SELECT version, published_at, document FROM programs WHERE shop_id = %s ORDER BY version", (shop_id,)
    ).fetchall()
    versions = [(published_at, document) for _, published_at, document in rows]
    living = dict(
        owner.execute(
            "SELECT customer_id, coalesce(merged_into, id) FROM members WHERE shop_id = %s AND customer_id IS NOT NULL",
            (shop_id,),
        ).fetchall()
    )
    erased = {
        row[0]
        for row in owner.execute("SELECT id FROM members WHERE shop_id = %s AND erased_at IS NOT NULL", (shop_id,))
    }
    posted = _posted(owner, shop_id)
    rows = owner.execute("SELECT id, posted, program_version FROM orders WHERE shop_id = %s", (shop_id,)).fetchall()
    stored, resolved = {row[0]: _map(row[1]) for row in rows}, {row[0]: row[2] for row in rows}
    for order_id, parts in stored.items():
        total: dict[int, int] = {}
        for key, points in parts.items():
            member = int(key.partition(":")[0])
            total[member] = total.get(member, 0) + points
        if {m: n for m, n in total.items() if n} != {
            m: n for m, n in posted.get(order_id, {}).items() if n
        } and not told.merged:
            raise Violation(f"I3 order {order_id} says {parts} stands posted, its entries say {posted.get(order_id)}")
    bonus = _referrals(owner, shop_id)
    first = _first_orders(told, living)
    for order in told.orders:
        program = _rule_of(order, versions, resolved.get(order.id), told)
        people = told.customers_of.get(order.id, frozenset())
        is_blurred = bool(people & told.erased) or bool(people & told.merged)
        expected = _expected(order, program, living, bonus, first)
        found = stored.get(order.id, {})
        by_part = {part: points for key, points in found.items() for part in [key.partition(":")[2]]}
        if is_blurred:
            _blurred(order, by_part, expected, program)
        elif {key: n for key, n in found.items() if n and int(key.partition(":")[0]) not in erased} != {
            key: n for key, n in expected.items() if n and int(key.partition(":")[0]) not in erased
        }:
            raise Violation(f"I3 order {order.id}: {found} stands posted, the rules say {expected}")
    unknown = set(stored) - {order.id for order in told.orders}
    if unknown:
        raise Violation(f"I3 orders that the store does not know: {unknown}")


def _blurred(order: Order, found: Mapping[str, int], expected: Mapping[str, int], program: Any) -> None:
    """A person of this order was forgotten or merged: whose the points are depends on what came first; how many does not."""
    wanted = purchase_points(order, program)
    if found.get("purchase", 0) not in (0, wanted):
        raise Violation(f"I3 order {order.id}: {found} stands posted, the purchase is worth {wanted}")


def _expected(
    order: Order, program: Any, living: Mapping[int, int], bonus: Any, first: Mapping[int, Order]
) -> dict[str, int]:
    member = living.get(order.customer_id) if order.customer_id is not None else None
    points = purchase_points(order, program)
    expected: dict[str, int] = {}
    if member is not None and points:
        expected[f"{member}:purchase"] = points
    advocate = bonus(order)
    if program is None or member is None or advocate is None or advocate == member or first.get(member) is not order:
        return expected
    terms, net = program["referral"], eligible_net(order, program)
    if terms["is_on"] and net > 0 and net >= Decimal(terms["minimum_spend"]):
        if terms["advocate_points"]:
            expected[f"{advocate}:advocate"] = terms["advocate_points"]
        if terms["friend_points"]:
            expected[f"{member}:friend"] = terms["friend_points"]
    return expected


def purchase_points(order: Order, program: Any) -> int:
    """Points of the purchase, from the store's record and the program's document alone."""
    if program is None:
        return 0
    earning = program["earning"]
    mode = {"floor": ROUND_FLOOR, "nearest": ROUND_HALF_UP, "ceiling": ROUND_CEILING}[earning["rounding"]]
    exact = eligible_net(order, program) * earning["points"] / Decimal(earning["per"])
    return int(exact.to_integral_value(mode))


def eligible_net(order: Order, program: Any) -> Decimal:
    """Money that earns: eligible lines after discounts and refunds, never below zero; nothing for what the program leaves out."""
    is_out = order.is_test or order.is_deleted or order.cancelled_at is not None or order.paid_at is None
    if is_out or not program["is_live"] or (order.company_id is not None and program["exclusions"]["company_orders"]):
        return Decimal(0)
    net = Decimal(0)
    for line in order.goods:
        if line.is_gift_card or line.product_id in program["exclusions"]["product_ids"]:
            continue
        net += line.net_left(order.unit)
        if order.is_tax_included and not program["earning"]["includes_tax"]:
            net -= line.tax_left(order.unit)
    return max(Decimal(0), net - _beside_lines(order))


def _beside_lines(order: Order) -> Decimal:
    """Money given back that belongs to no line."""
    return sum(
        (max(Decimal(0), -sum((each.amount for each in refund.adjustments), Decimal(0))) for refund in order.refunds),
        Decimal(0),
    )


def _first_orders(told: Told, living: Mapping[int, int]) -> dict[int, Order]:
    """Each member's earliest paid order."""
    first: dict[int, Order] = {}
    for order in sorted(told.orders, key=lambda each: (each.processed_at.replace(microsecond=0), each.id)):
        member = living.get(order.customer_id) if order.customer_id is not None else None
        if member is not None and order.paid_at is not None and not order.is_test:
            first.setdefault(member, order)
    return first


def _referrals(owner: psycopg.Connection[Any], shop_id: int) -> Any:
    codes = dict(
        owner.execute(
            "SELECT r.code, coalesce(m.merged_into, m.id) FROM referrals r JOIN members m ON m.shop_id = r.shop_id AND m.id = r.advocate_id WHERE r.shop_id = %s",
            (shop_id,),
        ).fetchall()
    )
    handles = dict(
        owner.execute(
            "SELECT referral_code, coalesce(merged_into, id) FROM members WHERE shop_id = %s AND referral_code IS NOT NULL",
            (shop_id,),
        ).fetchall()
    )

    def advocate(order: Order) -> int | None:
        by_code = next((codes[code] for code in order.codes if code in codes), None)
        return by_code if by_code is not None else handles.get(order.attributes.get("regulars_ref", ""))

    return advocate


def _rule_of(order: Order, versions: Sequence[tuple[datetime, Any]], resolved: int | None, told: Told) -> Any:
    """The program that judges the order: the one in force at `processed_at`, as it was known when the order first settled.

    A version published in the same second, or by a clock that was wrong by an hour, may have come too late for it.
    """
    at = order.processed_at.replace(microsecond=0)
    known = [number for number, (published_at, _) in enumerate(versions, 1) if published_at <= at]
    right = known[-1] if known else None
    if resolved is not None and resolved != right:
        between = [published_at for published_at, _ in versions[min(resolved, right or 0) : max(resolved, right or 0)]]
        if any(abs(published_at - at) > told.clock_error for published_at in between):
            raise Violation(f"I3 order {order.id} of {at} is judged by version {resolved}, in force was {right}")
        right = resolved
    return versions[right - 1][1] if right is not None else None


def _posted(owner: psycopg.Connection[Any], shop_id: int) -> dict[int, dict[int, int]]:
    posted: dict[int, dict[int, int]] = {}
    for order_id, member_id, points in owner.execute(
        """
        SELECT order_id, member_id, sum(points * (CASE WHEN move IN (1, 2) THEN 1 ELSE -1 END)) FROM entries
        WHERE shop_id = %s AND order_id IS NOT NULL AND move IN (1, 2, 8, 9, 10) GROUP BY 1, 2
        """,
        (shop_id,),
    ):
        posted.setdefault(order_id, {})[member_id] = int(points)
    return posted


def _map(stored: bytes | None) -> dict[str, int]:
    return dict(json.loads(bytes(stored))) if stored else {}
