"""The rows behind tiers: what orders are worth, pins, the terms that follow, the gifts they bring, and what Shopify was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from plugin.db.session import Session
from plugin.db.tables import TierPin


class Worth(NamedTuple):
    """What one order counts for its member's tier."""

    order_id: int
    member_id: int
    placed_at: datetime
    spend: Decimal
    points: int


class TermRow(NamedTuple):
    """One stored term."""

    member_id: int
    since: datetime
    until: datetime | None
    tier: str
    reason: str


class Gift(NamedTuple):
    """One gift: what it is called, by which version's words it is given, and what came of it."""

    member_id: int
    gift: str
    is_wanted: bool
    stands: bool
    rev: int
    points: int
    redemptions: list[UUID]
    program_version: int
    subject_id: int


class Pin(NamedTuple):
    """One pin or floor."""

    member_id: int
    tier: str | None
    is_floor: bool
    since: datetime
    until: datetime | None


class Shown(NamedTuple):
    """A member of whom Shopify is to be told: their tier, its tag and their points now, and the tag that stands there."""

    member_id: int
    customer_id: int
    tier: str | None
    tag: str | None
    points: int
    shown_tag: str | None


def parts(session: Session) -> list[tuple[int, datetime, dict[str, Any] | None, dict[str, Any] | None]]:
    """(version, published at, its tiers, its memberships) of every program version, oldest first."""
    return session.sql(
        """
        SELECT version, published_at, document->'tiers', document->'membership' FROM programs
        WHERE shop_id = %s ORDER BY version
        """,
        session.shop_id,
    )


def worths(session: Session, order_ids: Sequence[int]) -> dict[int, Worth]:
    """What those orders were last counted as."""
    rows = session.sql(
        """
        SELECT order_id, member_id, placed_at, spend, points FROM order_worths
        WHERE shop_id = %s AND order_id = ANY(%s)
        """,
        session.shop_id,
        list(order_ids),
    )
    return {row[0]: Worth(*row) for row in rows}


def worths_of(session: Session, member_ids: Sequence[int]) -> list[Worth]:
    """What those members' orders count, by member, time and id."""
    rows = session.sql(
        """
        SELECT order_id, member_id, placed_at, spend, points FROM order_worths
        WHERE shop_id = %s AND member_id = ANY(%s) ORDER BY member_id, placed_at, order_id
        """,
        session.shop_id,
        list(member_ids),
    )
    return [Worth(*row) for row in rows]


def save_worths(session: Session, found: Sequence[Worth]) -> None:
    """Write what orders count."""
    if not found:
        return
    session.sql(
        """
        INSERT INTO order_worths (shop_id, order_id, member_id, placed_at, spend, points)
        SELECT %s, v.* FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::numeric[], %s::bigint[]) v
        ON CONFLICT (shop_id, order_id) DO UPDATE SET member_id = excluded.member_id, placed_at = excluded.placed_at,
          spend = excluded.spend, points = excluded.points
        """,
        session.shop_id,
        *(list(column) for column in zip(*found, strict=True)),
    )


def uncounted_orders(session: Session, *, above: int, limit: int) -> list[int]:
    """Paid orders, by id from `above` on, that have a member and were never counted."""
    return [
        row[0]
        for row in session.sql(
            """
            SELECT o.id FROM orders o WHERE o.shop_id = %s AND o.id > %s AND o.is_paid AND o.member_id IS NOT NULL
              AND o.program_version IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM order_worths w WHERE w.shop_id = o.shop_id AND w.order_id = o.id)
            ORDER BY o.id LIMIT %s
            """,
            session.shop_id,
            above,
            limit,
        )
    ]


def uncounted_facts(session: Session, member_ids: Sequence[int]) -> list[tuple[int, int, bytes, bytes | None, int]]:
    """(member, order, facts, pins, program version) of those members' paid orders that were never counted."""
    return session.sql(
        """
        SELECT o.member_id, o.id, o.facts, o.pins, o.program_version FROM orders o
        WHERE o.shop_id = %s AND o.member_id = ANY(%s) AND o.is_paid AND o.program_version IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM order_worths w WHERE w.shop_id = o.shop_id AND w.order_id = o.id)
        ORDER BY o.member_id, o.processed_at, o.id
        """,
        session.shop_id,
        list(member_ids),
    )


def earnings_of(
    session: Session, member_ids: Sequence[int], *, gains: Sequence[int], losses: Sequence[int]
) -> list[tuple[int, datetime, int, int]]:
    """(member, when, number, points) of what was earned for those reasons, less what was taken back of the same thing."""
    return session.sql(
        """
        SELECT member_id, min(occurred_at), min(seq), sum(CASE WHEN reason = ANY(%s) THEN -points ELSE points END)::bigint
        FROM entries
        WHERE shop_id = %s AND member_id = ANY(%s) AND (reason = ANY(%s) OR reason = ANY(%s)) AND move IN (1, 2, 8, 9, 10)
        GROUP BY member_id, order_id, subject_id
        """,
        list(losses),
        session.shop_id,
        list(member_ids),
        list(gains),
        list(losses),
    )


def friends_of(session: Session, member_ids: Sequence[int], *, now: datetime) -> list[tuple[int, datetime, int]]:
    """(member, from when, order) of the friends whom those members brought along; a friend counts when the return window is over."""
    return session.sql(
        """
        SELECT coalesce(m.merged_into, m.id), greatest(o.processed_at, r.holds_until), o.id
        FROM referrals r JOIN members m ON m.shop_id = r.shop_id AND m.id = r.advocate_id
                         JOIN orders o ON o.shop_id = r.shop_id AND o.id = r.order_id
        WHERE r.shop_id = %s AND coalesce(m.merged_into, m.id) = ANY(%s) AND r.state = 'holding'
          AND o.processed_at IS NOT NULL AND (r.holds_until IS NULL OR r.holds_until <= %s)
        ORDER BY 1, 2, 3
        """,
        session.shop_id,
        list(member_ids),
        now,
    )


def advocates_of_over(session: Session, *, after: datetime, until: datetime, above: int, limit: int) -> list[int]:
    """Members, by id from `above` on, of whom a friend's return window ended in that time."""
    return [
        row[0]
        for row in session.sql(
            """
            SELECT DISTINCT coalesce(m.merged_into, m.id)
            FROM referrals r JOIN members m ON m.shop_id = r.shop_id AND m.id = r.advocate_id
            WHERE r.shop_id = %s AND r.state = 'holding' AND r.holds_until > %s AND r.holds_until <= %s
              AND coalesce(m.merged_into, m.id) > %s
            ORDER BY 1 LIMIT %s
            """,
            session.shop_id,
            after,
            until,
            above,
            limit,
        )
    ]


def members_with_gifts_due(session: Session, *, above: int, limit: int) -> list[int]:
    """Members, by id from `above` on, of whom a gift is due that does not stand, or stands and is no longer due."""
    return [
        row[0]
        for row in session.sql(
            """
            SELECT DISTINCT member_id FROM standing_gifts WHERE shop_id = %s AND is_wanted <> stands AND member_id > %s
            ORDER BY member_id LIMIT %s
            """,
            session.shop_id,
            above,
            limit,
        )
    ]


def terms_of(session: Session, member_ids: Sequence[int]) -> list[TermRow]:
    """Those members' terms, by member and time."""
    rows = session.sql(
        """
        SELECT member_id, since, until, tier, reason FROM tier_terms
        WHERE shop_id = %s AND member_id = ANY(%s) ORDER BY member_id, since
        """,
        session.shop_id,
        list(member_ids),
    )
    return [TermRow(*row) for row in rows]


def ending(session: Session, *, after: datetime, until: datetime) -> list[tuple[int, str, datetime]]:
    """(member, tier, when) of the terms that end from `after` to before `until` and that no term of the same tier follows, by member."""
    return session.sql(
        """
        SELECT t.member_id, t.tier, t.until FROM tier_terms t
        WHERE t.shop_id = %s AND t.until >= %s AND t.until < %s AND NOT EXISTS (
          SELECT FROM tier_terms n
          WHERE n.shop_id = t.shop_id AND n.member_id = t.member_id AND n.since = t.until AND n.tier = t.tier
        )
        ORDER BY t.member_id
        """,
        session.shop_id,
        after,
        until,
    )


def replace_terms(session: Session, member_ids: Sequence[int], rows: Sequence[TermRow]) -> None:
    """These are those members' terms now."""
    session.sql("DELETE FROM tier_terms WHERE shop_id = %s AND member_id = ANY(%s)", session.shop_id, list(member_ids))
    if rows:
        session.sql(
            """
            INSERT INTO tier_terms (shop_id, member_id, since, until, tier, reason)
            SELECT %s, v.* FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[]) v
            """,
            session.shop_id,
            *(list(column) for column in zip(*rows, strict=True)),
        )


def note_counted(session: Session, member_ids: Sequence[int], *, version: int) -> None:
    """Those members' terms are counted under that version."""
    session.sql(
        """
        INSERT INTO tier_standings (shop_id, member_id, counted_version) SELECT %s, m, %s FROM unnest(%s::bigint[]) m
        ON CONFLICT (shop_id, member_id) DO UPDATE SET counted_version = excluded.counted_version
        WHERE tier_standings.counted_version <> excluded.counted_version
        """,
        session.shop_id,
        version,
        list(member_ids),
    )


def count_again(session: Session) -> None:
    """Nobody counts as counted: the next round counts everybody."""
    session.sql("UPDATE tier_standings SET counted_version = 0 WHERE shop_id = %s", session.shop_id)


def uncounted_members(session: Session, *, version: int, limit: int) -> list[int]:
    """Members whose terms were counted under another version, or never although something of theirs may count."""
    return [
        row[0]
        for row in session.sql(
            """
            SELECT m.id FROM members m LEFT JOIN tier_standings s ON s.shop_id = m.shop_id AND s.member_id = m.id
            WHERE m.shop_id = %s AND m.merged_into IS NULL AND m.kind = 'member' AND s.counted_version IS DISTINCT FROM %s
            ORDER BY m.id LIMIT %s
            """,
            session.shop_id,
            version,
            limit,
        )
    ]


def holders(session: Session, tiers: Sequence[str], *, above: int, now: datetime, limit: int) -> list[int]:
    """Members, by id from `above` on, who have one of those tiers at `now`."""
    return [
        row[0]
        for row in session.sql(
            """
            SELECT DISTINCT member_id FROM tier_terms
            WHERE shop_id = %s AND member_id > %s AND tier = ANY(%s) AND since <= %s AND (until IS NULL OR until > %s)
            ORDER BY member_id LIMIT %s
            """,
            session.shop_id,
            above,
            list(tiers),
            now,
            now,
            limit,
        )
    ]


def orders_from(session: Session, since: Sequence[tuple[int, datetime]]) -> list[tuple[int, int, datetime]]:
    """(order, member, when placed) of those members' counted orders placed at or after the instant beside each."""
    return session.sql(
        """
        SELECT w.order_id, w.member_id, w.placed_at
        FROM order_worths w JOIN unnest(%s::bigint[], %s::timestamptz[]) v (member_id, since) ON v.member_id = w.member_id
        WHERE w.shop_id = %s AND w.placed_at >= v.since ORDER BY w.order_id
        """,
        [member_id for member_id, _ in since],
        [at for _, at in since],
        session.shop_id,
    )


def pins_of(session: Session, member_ids: Sequence[int]) -> list[Pin]:
    """Those members' pins and floors, oldest first."""
    rows = session.sql(
        """
        SELECT member_id, tier, is_floor, since, until FROM tier_pins
        WHERE shop_id = %s AND member_id = ANY(%s) ORDER BY id
        """,
        session.shop_id,
        list(member_ids),
    )
    return [Pin(*row) for row in rows]


def add_pin(session: Session, pin: TierPin) -> None:
    """A new pin or floor."""
    session.add(pin)
    session.flush()


def end_pins(session: Session, member_id: int, *, now: datetime) -> int:
    """Pins (not floors) that still run end now; those that were to begin later never do. How many there were."""
    ended = session.sql(
        """
        UPDATE tier_pins SET until = greatest(%s, since) WHERE shop_id = %s AND member_id = %s AND NOT is_floor
          AND (until IS NULL OR until > %s)
        RETURNING id
        """,
        now,
        session.shop_id,
        member_id,
        now,
    )
    return len(ended)


def wish(session: Session, wanted: Sequence[tuple[int, str, int, int]], *, members: Sequence[int], prefix: str) -> None:
    """Exactly these gifts of the family `prefix` are due to those members: (member, gift, program version, subject)."""
    session.sql(
        """
        UPDATE standing_gifts SET is_wanted = NOT is_wanted
        WHERE shop_id = %s AND member_id = ANY(%s) AND starts_with(gift, %s)
          AND is_wanted <> ((member_id, gift) IN (SELECT * FROM unnest(%s::bigint[], %s::text[])))
        """,
        session.shop_id,
        list(members),
        prefix,
        [row[0] for row in wanted],
        [row[1] for row in wanted],
    )
    if wanted:
        session.sql(
            """
            INSERT INTO standing_gifts (shop_id, member_id, gift, is_wanted, stands, rev, points, redemptions, program_version, subject_id)
            SELECT %s, v.member_id, v.gift, true, false, 0, 0, '{}', v.version, v.subject_id
            FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::bigint[]) v (member_id, gift, version, subject_id)
            ON CONFLICT DO NOTHING
            """,
            session.shop_id,
            *(list(column) for column in zip(*wanted, strict=True)),
        )


def gifts_of(session: Session, member_ids: Sequence[int], *, prefix: str) -> list[Gift]:
    """Those members' gifts of a family."""
    return _gifts(
        session.sql(
            """
            SELECT member_id, gift, is_wanted, stands, rev, points, redemptions, program_version, subject_id FROM standing_gifts
            WHERE shop_id = %s AND member_id = ANY(%s) AND starts_with(gift, %s) ORDER BY member_id, gift
            """,
            session.shop_id,
            list(member_ids),
            prefix,
        )
    )


def gifts_due(session: Session, member_ids: Sequence[int]) -> list[Gift]:
    """Gifts of those members that are due and do not stand, or stand and are no longer due."""
    return _gifts(
        session.sql(
            """
            SELECT member_id, gift, is_wanted, stands, rev, points, redemptions, program_version, subject_id FROM standing_gifts
            WHERE shop_id = %s AND member_id = ANY(%s) AND is_wanted <> stands ORDER BY member_id, program_version, subject_id, gift
            FOR UPDATE
            """,
            session.shop_id,
            list(member_ids),
        )
    )


def note_gifts(session: Session, gifts: Sequence[Gift]) -> None:
    """What became of these gifts."""
    session.sql(
        """
        UPDATE standing_gifts g SET stands = v.stands, rev = v.rev, points = v.points, redemptions = v.redemptions::uuid[]
        FROM unnest(%s::bigint[], %s::text[], %s::bool[], %s::int[], %s::bigint[], %s::text[])
          v (member_id, gift, stands, rev, points, redemptions)
        WHERE g.shop_id = %s AND g.member_id = v.member_id AND g.gift = v.gift
        """,
        [gift.member_id for gift in gifts],
        [gift.gift for gift in gifts],
        [gift.stands for gift in gifts],
        [gift.rev for gift in gifts],
        [gift.points for gift in gifts],
        [f"{{{','.join(map(str, gift.redemptions))}}}" for gift in gifts],
        session.shop_id,
    )


def different_at_shopify(
    session: Session, tags: Sequence[tuple[str, str | None]], *, now: datetime, floor: str | None, limit: int
) -> list[Shown]:
    """Members whose tier (else `floor`), its tag or available points are not what Shopify was last told. `tags` are (tier, its tag)."""
    rows = session.sql(
        """
        SELECT x.id, x.customer_id, x.tier, l.tag, x.points, x.shown_tag FROM (
          SELECT m.id, m.customer_id,
                 coalesce((SELECT t.tier FROM tier_terms t WHERE t.shop_id = m.shop_id AND t.member_id = m.id
                             AND t.since <= %s AND (t.until IS NULL OR t.until > %s)), %s) tier,
                 greatest(m.available, 0) points, s.shown_tier, s.shown_tag, s.shown_points, s.shown_at
          FROM members m LEFT JOIN tier_standings s ON s.shop_id = m.shop_id AND s.member_id = m.id
          WHERE m.shop_id = %s AND m.customer_id IS NOT NULL AND m.merged_into IS NULL AND m.erased_at IS NULL
        ) x LEFT JOIN unnest(%s::text[], %s::text[]) l (tier, tag) ON l.tier = x.tier
        WHERE x.shown_at IS NULL OR x.tier IS DISTINCT FROM x.shown_tier OR l.tag IS DISTINCT FROM x.shown_tag
           OR x.points IS DISTINCT FROM x.shown_points
        ORDER BY x.id LIMIT %s
        """,
        now,
        now,
        floor,
        session.shop_id,
        [tier for tier, _ in tags],
        [tag for _, tag in tags],
        limit,
    )
    return [Shown(*row) for row in rows]


def note_shown(session: Session, rows: Sequence[tuple[int, str | None, str | None, int]], *, now: datetime) -> None:
    """(member, tier, tag, points) that Shopify knows now."""
    session.sql(
        """
        INSERT INTO tier_standings (shop_id, member_id, counted_version, shown_tier, shown_tag, shown_points, shown_at)
        SELECT %s, v.member_id, 0, v.tier, v.tag, v.points, %s
        FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[]) v (member_id, tier, tag, points)
        ON CONFLICT (shop_id, member_id) DO UPDATE SET shown_tier = excluded.shown_tier, shown_tag = excluded.shown_tag,
          shown_points = excluded.shown_points, shown_at = excluded.shown_at
        """,
        session.shop_id,
        now,
        *(list(column) for column in zip(*rows, strict=True)),
    )


def merge(session: Session, *, lost: int, kept: int) -> None:
    """What counted for the lost member counts for the kept one; gifts that both had stay with whom they were given."""
    for statement in (
        "UPDATE order_worths SET member_id = %(kept)s WHERE shop_id = %(shop)s AND member_id = %(lost)s",
        "UPDATE memberships SET member_id = %(kept)s WHERE shop_id = %(shop)s AND member_id = %(lost)s",
        "UPDATE tier_pins SET member_id = %(kept)s WHERE shop_id = %(shop)s AND member_id = %(lost)s",
        "DELETE FROM tier_terms WHERE shop_id = %(shop)s AND member_id = %(lost)s",
        """
        UPDATE standing_gifts g SET member_id = %(kept)s WHERE shop_id = %(shop)s AND member_id = %(lost)s
          AND NOT EXISTS (SELECT 1 FROM standing_gifts o WHERE o.shop_id = g.shop_id AND o.member_id = %(kept)s AND o.gift = g.gift)
        """,
        "UPDATE standing_gifts SET is_wanted = stands WHERE shop_id = %(shop)s AND member_id = %(lost)s",
    ):
        session.sql(statement, named={"shop": session.shop_id, "lost": lost, "kept": kept})


def forget(session: Session, member_ids: Sequence[int]) -> None:
    """Nothing that was typed about these members remains, and nothing of theirs is told to Shopify any more."""
    session.sql(
        "UPDATE tier_pins SET author = '', words = '' WHERE shop_id = %s AND member_id = ANY(%s)",
        session.shop_id,
        list(member_ids),
    )


def _gifts(rows: Sequence[Any]) -> list[Gift]:
    return [Gift(*row) for row in rows]
