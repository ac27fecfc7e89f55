"""The rows of referrals: claims and orders that came by an advocate's link, clicks, and the keyed hashes that are compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from plugin.db.session import Session
from plugin.db.tables import ReferralRow

UPLINE_MAX = 12
"""How many advocates upwards a ring is looked for."""


def find(session: Session, referral_id: UUID) -> ReferralRow | None:
    """One claim, as it stands now."""
    return session.get(ReferralRow, (session.shop_id, referral_id), populate_existing=True)


def by_codes(session: Session, codes: Sequence[str]) -> list[tuple[str, int, UUID]]:
    """(code, the living advocate, claim) of the codes that are claims'."""
    return session.sql(
        """
        SELECT r.code, coalesce(m.merged_into, m.id), r.id
        FROM referrals r JOIN members m ON m.shop_id = r.shop_id AND m.id = r.advocate_id
        WHERE r.shop_id = %s AND r.code = ANY(%s)
        """,
        session.shop_id,
        list(codes),
    )


def by_orders(session: Session, order_ids: Sequence[int]) -> list[tuple[int, int, UUID]]:
    """(order, the living advocate, referral) of the orders that are noted on a referral."""
    return session.sql(
        """
        SELECT r.order_id, coalesce(m.merged_into, m.id), r.id
        FROM referrals r JOIN members m ON m.shop_id = r.shop_id AND m.id = r.advocate_id
        WHERE r.shop_id = %s AND r.order_id = ANY(%s) ORDER BY r.claimed_at, r.id
        """,
        session.shop_id,
        list(order_ids),
    )


def some(session: Session, referral_ids: Iterable[UUID]) -> dict[UUID, ReferralRow]:
    """Those referrals by id, as they stand now."""
    rows = (
        session.query(ReferralRow)
        .filter(ReferralRow.shop_id == session.shop_id, ReferralRow.id.in_(list(referral_ids)))
        .populate_existing()
    )
    return {row.id: row for row in rows}


def orders_between(
    session: Session, advocate_id: int, *, since: datetime, until: datetime | None, besides: int = 0
) -> list[int]:
    """Orders of the advocate's friends (but that one) from `since` up to `until`, both included; None: without an end."""
    return [
        row[0]
        for row in session.sql(
            """
            SELECT order_id FROM referrals
            WHERE shop_id = %s AND advocate_id = %s AND order_id IS NOT NULL AND friend_id <> %s
              AND ordered_at >= %s AND ordered_at <= coalesce(%s::timestamptz, 'infinity')
            """,
            session.shop_id,
            advocate_id,
            besides,
            since,
            until,
        )
    ]


def upline(session: Session, member_id: int) -> list[tuple[int, int, datetime]]:
    """(their advocate, the order that made them a friend, when it was placed), from the member upwards.

    Only referrals that stand or wait count as links of a chain; so each member has at most one advocate but for orders that are
    still being judged, of which the earliest is taken.
    """
    return session.sql(
        """
        WITH RECURSIVE chain AS (
          SELECT 0 AS depth, %s::bigint AS friend, NULL::bigint AS advocate, NULL::bigint AS order_id, NULL::timestamptz AS at
          UNION ALL
          SELECT c.depth + 1, r.advocate_id, r.advocate_id, r.order_id, r.ordered_at
          FROM chain c CROSS JOIN LATERAL (
            SELECT advocate_id, order_id, ordered_at FROM referrals
            WHERE shop_id = %s AND friend_id = c.friend AND order_id IS NOT NULL AND state <> 'void'
            ORDER BY ordered_at, order_id LIMIT 1
          ) r WHERE c.depth < %s
        )
        SELECT advocate, order_id, at FROM chain WHERE depth > 0 ORDER BY depth
        """,
        member_id,
        session.shop_id,
        UPLINE_MAX,
    )


def of_people(session: Session, member_ids: Sequence[int]) -> list[int]:
    """Orders noted on referrals in which those members are advocate or friend."""
    return [
        row[0]
        for row in session.sql(
            """
            SELECT order_id FROM referrals WHERE shop_id = %s AND order_id IS NOT NULL AND advocate_id = ANY(%s)
            UNION SELECT order_id FROM referrals WHERE shop_id = %s AND order_id IS NOT NULL AND friend_id = ANY(%s)
            """,
            session.shop_id,
            list(member_ids),
            session.shop_id,
            list(member_ids),
        )
    ]


def of_advocate(session: Session, advocate_id: int, *, limit: int) -> list[ReferralRow]:
    """An advocate's claims, newest first."""
    return list(
        session.query(ReferralRow)
        .filter(ReferralRow.shop_id == session.shop_id, ReferralRow.advocate_id == advocate_id)
        .order_by(ReferralRow.claimed_at.desc())
        .limit(limit)
    )


def page(
    session: Session,
    *,
    state: str | None,
    advocate_id: int | None,
    start: int,
    limit: int,
    now: datetime,
) -> list[UUID]:
    """Ids of referrals, newest claim first, in that state as of `now`; "rewarded" and run-out claims are told by the time."""
    return [
        row[0]
        for row in session.sql(
            """
            SELECT id FROM referrals
            WHERE shop_id = %s AND (%s::bigint IS NULL OR advocate_id = %s) AND (%s::text IS NULL OR %s = CASE
                WHEN state = 'holding' AND holds_until <= %s THEN 'rewarded'
                WHEN state = 'claimed' AND ends_at <= %s THEN 'void' ELSE state END)
            ORDER BY claimed_at DESC, id DESC LIMIT %s OFFSET %s
            """,
            session.shop_id,
            advocate_id,
            advocate_id,
            state,
            state,
            now,
            now,
            limit,
            start,
        )
    ]


def count_claimed(session: Session, advocate_id: int, *, since: datetime) -> int:
    """How many friends claimed the advocate's link after that instant."""
    [(count,)] = session.sql(
        "SELECT count(*) FROM referrals WHERE shop_id = %s AND advocate_id = %s AND claimed_at > %s AND kind <> 'link'",
        session.shop_id,
        advocate_id,
        since,
    )
    return int(count)


def rewarded_at(session: Session, advocate_ids: Sequence[int], *, now: datetime) -> list[tuple[int, datetime]]:
    """(advocate, when it was) of every referral that was rewarded by `now`, oldest first."""
    return session.sql(
        """
        SELECT advocate_id, holds_until FROM referrals
        WHERE shop_id = %s AND advocate_id = ANY(%s) AND state = 'holding' AND holds_until <= %s AND pays_advocate
        ORDER BY holds_until, id
        """,
        session.shop_id,
        list(advocate_ids),
        now,
    )


def void(session: Session, referral_id: UUID, *, reason: str) -> None:
    """The claim's code could not be written."""
    session.sql(
        "UPDATE referrals SET state = 'void', reason = %s WHERE shop_id = %s AND id = %s AND order_id IS NULL",
        reason,
        session.shop_id,
        referral_id,
    )


def note_discount(session: Session, referral_id: UUID, *, gid: str) -> None:
    """The claim's code stands at Shopify, as this discount."""
    session.sql(
        "UPDATE referrals SET discount_gid = %s WHERE shop_id = %s AND id = %s", gid, session.shop_id, referral_id
    )


def give_to(session: Session, *, lost: int, kept: int) -> None:
    """What the lost member was to referrals, the kept one is; so are clicks and hashes."""
    for statement in (
        "UPDATE referrals SET advocate_id = %s WHERE shop_id = %s AND advocate_id = %s",
        "UPDATE referrals SET friend_id = %s WHERE shop_id = %s AND friend_id = %s",
    ):
        session.sql(statement, kept, session.shop_id, lost)
    session.sql(
        """
        INSERT INTO referral_clicks SELECT shop_id, %s, day, channel, clicks FROM referral_clicks WHERE shop_id = %s AND advocate_id = %s
        ON CONFLICT (shop_id, advocate_id, day, channel) DO UPDATE SET clicks = referral_clicks.clicks + excluded.clicks
        """,
        kept,
        session.shop_id,
        lost,
    )
    session.sql("DELETE FROM referral_clicks WHERE shop_id = %s AND advocate_id = %s", session.shop_id, lost)
    session.sql(
        """
        INSERT INTO fingerprints SELECT shop_id, %s, kind, hash, seen_at FROM fingerprints WHERE shop_id = %s AND subject = %s
        ON CONFLICT DO NOTHING
        """,
        member_subject(kept),
        session.shop_id,
        member_subject(lost),
    )
    delete_prints(session, [member_subject(lost)])


def forget(session: Session, member_ids: Sequence[int]) -> None:
    """Nothing that was seen of these members is kept, and nothing that was typed about their referrals."""
    claims = session.sql(
        "SELECT id FROM referrals WHERE shop_id = %s AND friend_id = ANY(%s)", session.shop_id, list(member_ids)
    )
    delete_prints(session, [*map(member_subject, member_ids), *(claim_subject(row[0]) for row in claims)])
    session.sql(
        "UPDATE referrals SET decided_why = NULL WHERE shop_id = %s AND (friend_id = ANY(%s) OR advocate_id = ANY(%s))",
        session.shop_id,
        list(member_ids),
        list(member_ids),
    )


def member_subject(member_id: int) -> str:
    """Whose hashes these are: a member's."""
    return f"member:{member_id}"


def claim_subject(referral_id: UUID) -> str:
    """Whose hashes these are: of whoever claimed."""
    return f"claim:{referral_id}"


def add_prints(session: Session, subject: str, marks: Iterable[tuple[str, bytes]], *, now: datetime) -> None:
    """Something was seen of the subject now."""
    found = sorted(marks)
    if found:
        session.sql(
            """
            INSERT INTO fingerprints SELECT %s, %s, v.kind, v.hash, %s FROM unnest(%s::text[], %s::bytea[]) v (kind, hash)
            ON CONFLICT (shop_id, subject, kind, hash) DO UPDATE SET seen_at = excluded.seen_at
            """,
            session.shop_id,
            subject,
            now,
            [kind for kind, _ in found],
            [digest for _, digest in found],
        )


def prints(session: Session, subjects: Sequence[str]) -> dict[str, set[tuple[str, bytes]]]:
    """What was seen of each subject, as (kind, hash)."""
    seen: dict[str, set[tuple[str, bytes]]] = {subject: set() for subject in subjects}
    for subject, kind, digest in session.sql(
        "SELECT subject, kind, hash FROM fingerprints WHERE shop_id = %s AND subject = ANY(%s)",
        session.shop_id,
        list(subjects),
    ):
        seen[subject].add((kind, bytes(digest)))
    return seen


def kinds_of(session: Session, subject: str) -> list[tuple[str, datetime]]:
    """(kind, when it was last seen) of what is kept of the subject."""
    return session.sql(
        "SELECT kind, max(seen_at) FROM fingerprints WHERE shop_id = %s AND subject = %s GROUP BY kind ORDER BY kind",
        session.shop_id,
        subject,
    )


def prints_of_friends(
    session: Session, advocate_id: int, *, besides: int, until: datetime | None = None
) -> dict[int, set[tuple[str, bytes]]]:
    """What that friend has in common with the advocate's other friends who ordered by then: friend -> (kind, hash)."""
    shared: dict[int, set[tuple[str, bytes]]] = {}
    for friend, kind, digest in session.sql(
        """
        SELECT DISTINCT r.friend_id, theirs.kind, theirs.hash
        FROM fingerprints mine
        JOIN referrals r ON r.shop_id = mine.shop_id AND r.advocate_id = %s AND r.friend_id <> %s AND r.order_id IS NOT NULL
             AND r.ordered_at <= coalesce(%s::timestamptz, 'infinity')
        JOIN fingerprints theirs ON theirs.shop_id = mine.shop_id AND theirs.subject = 'member:' || r.friend_id
             AND theirs.kind = mine.kind AND theirs.hash = mine.hash
        WHERE mine.shop_id = %s AND mine.subject = %s
        """,
        advocate_id,
        besides,
        until,
        session.shop_id,
        member_subject(besides),
    ):
        shared.setdefault(friend, set()).add((kind, bytes(digest)))
    return shared


def orders_alike(session: Session, advocate_id: int, friend_id: int) -> list[int]:
    """Orders of the advocate's other friends who have something in common with this one."""
    friends = list(prints_of_friends(session, advocate_id, besides=friend_id))
    if not friends:
        return []
    return [
        row[0]
        for row in session.sql(
            """
            SELECT order_id FROM referrals
            WHERE shop_id = %s AND advocate_id = %s AND friend_id = ANY(%s) AND order_id IS NOT NULL
            """,
            session.shop_id,
            advocate_id,
            friends,
        )
    ]


def count_rewarded(session: Session, advocate_id: int, *, since: datetime, before: tuple[datetime, int]) -> int:
    """How many friends who ordered from `since` on and before (time, order) the advocate is rewarded for."""
    [(count,)] = session.sql(
        """
        SELECT count(DISTINCT friend_id) FROM referrals
        WHERE shop_id = %s AND advocate_id = %s AND order_id IS NOT NULL AND ordered_at >= %s AND (ordered_at, order_id) < (%s, %s)
          AND pays_advocate
        """,
        session.shop_id,
        advocate_id,
        since,
        *before,
    )
    return int(count)


def delete_prints(session: Session, subjects: Sequence[str]) -> None:
    """What was seen of those subjects is gone."""
    session.sql("DELETE FROM fingerprints WHERE shop_id = %s AND subject = ANY(%s)", session.shop_id, list(subjects))


def delete_prints_before(session: Session, instant: datetime) -> None:
    """What was last seen before then is gone."""
    session.sql("DELETE FROM fingerprints WHERE shop_id = %s AND seen_at < %s", session.shop_id, instant)


def remember_friend(session: Session, hashes: Sequence[bytes], *, order_id: int, ordered_at: datetime) -> None:
    """Whoever these hashes are of was referred with that order."""
    session.sql(
        "INSERT INTO referred_friends SELECT %s, h, %s, %s FROM unnest(%s::bytea[]) h ON CONFLICT DO NOTHING",
        session.shop_id,
        order_id,
        ordered_at,
        list(hashes),
    )


def was_referred(session: Session, hashes: Sequence[bytes], *, before: tuple[datetime, int]) -> bool:
    """True when one of these was referred with an earlier order than (time, id)."""
    return bool(
        session.sql(
            """
            SELECT 1 FROM referred_friends WHERE shop_id = %s AND hash = ANY(%s) AND (ordered_at, order_id) < (%s, %s) LIMIT 1
            """,
            session.shop_id,
            list(hashes),
            *before,
        )
    )


def orders_of_same(session: Session, hashes: Sequence[bytes]) -> list[int]:
    """The orders with which whoever these hashes are of was referred."""
    return [
        row[0]
        for row in session.sql(
            "SELECT DISTINCT order_id FROM referred_friends WHERE shop_id = %s AND hash = ANY(%s)",
            session.shop_id,
            list(hashes),
        )
    ]


def count_click(session: Session, advocate_id: int, *, day: date, channel: str) -> None:
    """The link was opened once more."""
    session.sql(
        """
        INSERT INTO referral_clicks VALUES (%s, %s, %s, %s, 1)
        ON CONFLICT (shop_id, advocate_id, day, channel) DO UPDATE SET clicks = referral_clicks.clicks + 1
        """,
        session.shop_id,
        advocate_id,
        day,
        channel,
    )


def channels(
    session: Session, *, advocate_id: int | None, since: date, until: date, zone: str, now: datetime
) -> list[tuple[str, int, int, int, int]]:
    """(channel, clicks, claims, friends who ordered, friends rewarded) of the days from `since` to `until` in that time zone."""
    return session.sql(
        """
        WITH clicked AS (
          SELECT channel, sum(clicks)::bigint AS clicks FROM referral_clicks
          WHERE shop_id = %(shop)s AND (%(advocate)s::bigint IS NULL OR advocate_id = %(advocate)s) AND day BETWEEN %(since)s AND %(until)s
          GROUP BY channel
        ), made AS (
          SELECT channel, count(*) FILTER (WHERE kind <> 'link') AS claims, count(order_id) AS ordered,
                 count(*) FILTER (WHERE state = 'holding' AND holds_until <= %(now)s) AS rewarded
          FROM referrals
          WHERE shop_id = %(shop)s AND (%(advocate)s::bigint IS NULL OR advocate_id = %(advocate)s)
            AND (claimed_at AT TIME ZONE %(zone)s)::date BETWEEN %(since)s AND %(until)s
          GROUP BY channel
        )
        SELECT channel, coalesce(clicks, 0), coalesce(claims, 0), coalesce(ordered, 0), coalesce(rewarded, 0)
        FROM clicked FULL JOIN made USING (channel) WHERE coalesce(clicks, 0) + coalesce(claims, 0) + coalesce(ordered, 0) > 0
        ORDER BY channel
        """,
        named={
            "shop": session.shop_id,
            "advocate": advocate_id,
            "since": since,
            "until": until,
            "zone": zone,
            "now": now,
        },
    )
