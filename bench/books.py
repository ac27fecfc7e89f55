"""Books of any size, written in SQL as the app would have written them, so that the audit proves them.

Entries are written in the order of time, member after member and round after round, as they come in life: the indexes look
as they would. Per member and every ten entries: eight orders that earned, a reward held, and the same reward used.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import psycopg

from bench.stage import LIVE_SINCE, Shop, Stage

FIRST_CUSTOMER: Final = 8_000_000_000_000
FIRST_ORDER: Final = 4_000_000_000_000
AWARD: Final = 50
HELD: Final = 20
"""Points of one order, and of one reward."""

ROUND: Final = 10
ORDERS_A_ROUND: Final = 8

MEMBERS = """
INSERT INTO members (shop_id, customer_id, created_at, referral_code)
SELECT %(shop)s, %(customer)s + n, %(since)s, 'H' || lpad(n::text, 9, '0') FROM generate_series(0, %(members)s - 1) n
"""

ORDERS = """
INSERT INTO orders (id, member_id, processed_at, settled_at, shop_id, rev, program_version, is_paid, has_referral, facts, posted)
SELECT %(order)s + (%(seq)s - 1)::bigint * %(members)s + n, %(member)s + n, at, at, %(shop)s, 1, 1, true, false,
       convert_to('{"id":' || (%(order)s + (%(seq)s - 1)::bigint * %(members)s + n) || ',"body":{"updated_at":"2026-03-01T00:00:00Z",'
         || '"processed_at":"2026-03-01T00:00:00Z","currency":"USD","status":"paid","lines":['
         || '[11200000000000,1,"36",[],"0",0,632910393,808950811,false],'
         || '[11200000000001,1,"14",[],"0",0,632910394,808950812,false]],"name":"#1000","customer_id":' || (%(customer)s + n)
         || ',"source":"web","is_company":false,"codes":[],"referral":null,"shipping":"5","total":"59.00","locale":"en-US"},'
         || '"paid_at":"2026-03-01T00:00:00Z"}', 'UTF8'),
       convert_to('{"' || (%(member)s + n) || ':purchase":50}', 'UTF8')
FROM generate_series(0, %(members)s - 1) n,
  LATERAL (SELECT %(since)s::timestamptz + ((%(seq)s::bigint * %(members)s + n) * interval '1 second') AS at) t
"""

ENTRIES = """
INSERT INTO entries (shop_id, member_id, seq, move, points, key, reason, occurred_at, recorded_at, pending, available, held,
                     program_version, order_id, amount)
SELECT %(shop)s, %(member)s + n, %(seq)s, %(move)s, %(points)s,
       (lpad(to_hex(coalesce(o.id, %(member)s + n)), 16, '0') || substr(md5(%(seq)s || ':' || n), 1, 16))::uuid,
       %(reason)s, at, at, 0, %(available)s, %(held)s, 1, o.id, %(amount)s::numeric
FROM generate_series(0, %(members)s - 1) n,
  LATERAL (SELECT %(since)s::timestamptz + ((%(seq)s::bigint * %(members)s + n) * interval '1 second') AS at) t,
  LATERAL (SELECT CASE WHEN %(move)s = 2 THEN %(order)s + (%(seq)s - 1)::bigint * %(members)s + n END AS id) o
"""

LOTS = """
INSERT INTO lots (shop_id, member_id, opened_by, part, points, pending, open, expired, available_at, order_id)
SELECT %(shop)s, %(member)s + n, %(seq)s, 0, %(points)s, 0, %(open)s, 0,
       %(since)s::timestamptz + ((%(seq)s::bigint * %(members)s + n) * interval '1 second'),
       %(order)s + (%(seq)s - 1)::bigint * %(members)s + n
FROM generate_series(0, %(members)s - 1) n
"""

USES = """
INSERT INTO lot_uses (shop_id, member_id, seq, opened_by, part, pending, open, expired)
SELECT %(shop)s, %(member)s + n, %(seq)s, %(lot)s, 0, 0, -%(points)s, 0 FROM generate_series(0, %(members)s - 1) n
"""

BALANCES = "UPDATE members SET available = %(available)s, seq = %(seq)s WHERE shop_id = %(shop)s"


def fill(made: Stage, database: str, shop: Shop, *, members: int, entries: int, since: datetime = LIVE_SINCE) -> int:
    """So many members of the shop with so many entries between them (0: members only); the first member's id."""
    with psycopg.connect(made.url(database), autocommit=True) as connection:
        fixed = {"shop": shop.id, "members": members, "customer": FIRST_CUSTOMER, "order": FIRST_ORDER, "since": since}
        connection.execute(MEMBERS, fixed)
        [(first,)] = connection.execute("SELECT min(id) FROM members WHERE shop_id = %s", [shop.id]).fetchall()
        fixed["member"] = first
        available = 0
        rounds = entries // members
        for seq in range(1, rounds + 1):
            available = _write_round(connection, fixed, seq, rounds, available)
        if rounds:
            connection.execute(BALANCES, {**fixed, "available": available, "seq": rounds})
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
        return int(first)


def _write_round(
    connection: psycopg.Connection[tuple[int, ...]], fixed: dict[str, object], seq: int, last: int, available: int
) -> int:
    """One entry for every member; the available points of each afterwards."""
    place = (seq - 1) % ROUND
    values = {**fixed, "seq": seq, "held": 0, "amount": None}
    if place < ORDERS_A_ROUND:
        taken = HELD if place == 0 and seq + ORDERS_A_ROUND <= last else 0
        values |= {
            "move": 2,
            "points": AWARD,
            "reason": 1,
            "available": available + AWARD,
            "amount": AWARD,
            "open": AWARD - taken,
        }
        for statement in (ORDERS, ENTRIES, LOTS):
            connection.execute(statement.encode(), values)
        return available + AWARD
    if place == ORDERS_A_ROUND:
        lot = seq - ORDERS_A_ROUND
        values |= {"move": 4, "points": HELD, "reason": 8, "available": available - HELD, "held": HELD, "lot": lot}
        for statement in (ENTRIES, USES):
            connection.execute(statement.encode(), values)
        if seq == last:
            raise ValueError("the number of entries a member ends on a reward that was held and not used")
        return available - HELD
    values |= {"move": 5, "points": HELD, "reason": 9, "available": available}
    connection.execute(ENTRIES.encode(), values)
    return available
