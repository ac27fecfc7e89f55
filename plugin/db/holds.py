"""The hold, the movement that shoppers wait for: one statement locks and looks, the next does everything.

They are two because a statement sees rows as they were when it began: only what begins after the member is locked sees the
lots as the last spend left them, and only what begins after the mark's lock knows whether the sweep still has its mark.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from plugin.db.journal import WAITING_LOCKS
from plugin.db.session import Session
from plugin.db.tables import RedemptionRow
from plugin.loyalty.ledger import Cause, Move, key_id


@dataclass(frozen=True, slots=True)
class Counter:
    """Where the shop stands when a member comes to spend: its newest program version, its currency, and whether it sells rewards."""

    version: int
    published_at: datetime
    currency: str
    spending_stopped_at: datetime | None
    timezone: str


def approach(session: Session, member_id: int) -> Counter | None:
    """Lock the member until the transaction ends, and look; None when there is no such member."""
    rows = session.sql(
        """
        SELECT p.version, p.published_at, d.currency, d.spending_stopped_at, d.timezone, pg_advisory_xact_lock_shared(%s, m.shop_id)
        FROM members m JOIN shop_details d ON d.shop_id = m.shop_id,
          LATERAL (SELECT version, published_at FROM programs WHERE shop_id = m.shop_id ORDER BY version DESC LIMIT 1) p
        WHERE m.shop_id = %s AND m.id = %s FOR UPDATE OF m
        """,
        WAITING_LOCKS["outbox"],
        session.shop_id,
        member_id,
    )
    return Counter(*rows[0][:5]) if rows else None


HOLD: LiteralString = """
WITH asked AS (SELECT %(shop)s::int AS shop_id, %(member)s::bigint AS member_id, %(points)s::bigint AS points, %(now)s::timestamptz AS now),
spent AS (
  UPDATE members m SET available = m.available - a.points, held = m.held + a.points, seq = m.seq + 1
  FROM asked a
  WHERE m.shop_id = a.shop_id AND m.id = a.member_id AND m.available >= a.points AND m.erased_at IS NULL
    AND (m.next_due_at IS NULL OR m.next_due_at > a.now)
  RETURNING m.seq, m.pending, m.available, m.held
), running AS (
  SELECT l.opened_by, l.part, l.open, sum(l.open) OVER (ORDER BY l.expires_at NULLS LAST, l.opened_by, l.part) AS upto
  FROM spent, lots l JOIN asked a ON l.shop_id = a.shop_id AND l.member_id = a.member_id WHERE l.open > 0
), taken AS (
  SELECT r.opened_by, r.part, least(r.open, a.points - (r.upto - r.open)) AS n FROM running r, asked a WHERE r.upto - r.open < a.points
), lowered AS (
  UPDATE lots l SET open = l.open - t.n FROM taken t, asked a
  WHERE l.shop_id = a.shop_id AND l.member_id = a.member_id AND l.opened_by = t.opened_by AND l.part = t.part
), used AS (
  INSERT INTO lot_uses (shop_id, member_id, seq, opened_by, part, pending, open, expired)
  SELECT a.shop_id, a.member_id, s.seq, t.opened_by, t.part, 0, -t.n, 0 FROM taken t, spent s, asked a
), entered AS (
  INSERT INTO entries (shop_id, member_id, seq, move, points, key, reason, occurred_at, recorded_at, pending, available, held,
                       program_version, redemption_id)
  SELECT a.shop_id, a.member_id, s.seq, %(move)s, a.points, %(key)s, %(reason)s, a.now, a.now, s.pending, s.available, s.held,
         %(version)s, %(redemption)s FROM spent s, asked a
), redeemed AS (
  INSERT INTO redemptions (shop_id, id, member_id, state, reward_id, kind, title, points, value, currency, code, minimum_spend,
                           combines, program_version, created_at, ends_at, terms, is_counted, acting_id)
  SELECT a.shop_id, %(redemption)s, a.member_id, %(state)s, %(reward)s, %(kind)s, %(title)s, a.points, %(value)s, %(currency)s,
         %(code)s, %(minimum)s, %(combines)s, %(version)s, a.now, %(ends_at)s, %(terms)s::jsonb, %(counted)s, %(acting)s::bigint
  FROM spent, asked a
), wanted AS (
  INSERT INTO outbox (shop_id, kind, subject, created_at, next_try_at)
  SELECT a.shop_id, %(effect)s, %(subject)s, a.now, a.now FROM spent, asked a
), marked AS (
  INSERT INTO waiting SELECT a.shop_id, 'outbox', a.now FROM spent, asked a
  WHERE NOT EXISTS (SELECT FROM waiting w WHERE w.shop_id = a.shop_id AND w.kind = 'outbox' AND w.since <= a.now)
  ON CONFLICT (shop_id, kind) DO UPDATE SET since = least(waiting.since, excluded.since)
)
SELECT seq FROM spent
"""


def place(session: Session, row: RedemptionRow, cause: Cause, *, effect: str, now: datetime) -> bool:
    """HOLD the row's points, if as many are available and nothing is due first; then also its row, and the outbox's `effect` on it.

    Call `approach` before. False: nothing happened.
    """
    placed = session.sql(
        HOLD,
        named={
            "shop": session.shop_id,
            "member": row.member_id,
            "points": row.points,
            "now": now,
            "move": int(Move.HOLD),
            "key": key_id(f"{cause.key}:hold:available", row.member_id),
            "reason": int(cause.reason),
            "version": cause.program_version,
            "redemption": row.id,
            "state": row.state,
            "reward": row.reward_id,
            "kind": row.kind,
            "title": row.title,
            "value": row.value,
            "currency": row.currency,
            "code": row.code,
            "minimum": row.minimum_spend,
            "combines": row.combines,
            "ends_at": row.ends_at,
            "terms": None if row.terms is None else json.dumps(row.terms),
            "counted": row.is_counted,
            "acting": row.acting_id,
            "effect": effect,
            "subject": str(row.id),
        },
    )
    return bool(placed)
