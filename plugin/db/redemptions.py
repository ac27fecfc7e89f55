"""The rows of redemptions: points held behind a code, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, select

from plugin.db.session import Session
from plugin.db.tables import RedemptionRow

_OF_MEMBER: Final = (
    select(RedemptionRow)
    .where(RedemptionRow.shop_id == bindparam("shop"))
    .where((RedemptionRow.member_id == bindparam("member")) | (RedemptionRow.acting_id == bindparam("member")))
    .order_by(RedemptionRow.created_at.desc())
    .limit(bindparam("most"))
)
_OF_MEMBER_IN: Final = _OF_MEMBER.where(RedemptionRow.state.in_(bindparam("states", expanding=True)))


def find(session: Session, redemption_id: UUID) -> RedemptionRow | None:
    """One redemption, as it stands now."""
    return session.get(RedemptionRow, (session.shop_id, redemption_id), populate_existing=True)


def of_member(
    session: Session, member_id: int, *, limit: int, states: Sequence[str] | None = None
) -> list[RedemptionRow]:
    """A member's redemptions, newest first; only those in `states` when given."""
    values = {"shop": session.shop_id, "member": member_id, "most": limit, "states": states}
    return list(session.scalars(_OF_MEMBER if states is None else _OF_MEMBER_IN, values))


def state_for_update(session: Session, redemption_id: UUID) -> tuple[str, int, int, int, datetime | None]:
    """(state, member id, points, program version, cancelled at) of one that exists; locked."""
    [(state, member_id, points, version, cancelled_at)] = session.sql(
        """
        SELECT state, member_id, points, program_version, cancelled_at FROM redemptions
        WHERE shop_id = %s AND id = %s FOR UPDATE
        """,
        session.shop_id,
        redemption_id,
    )
    return state, member_id, points, version, cancelled_at


def by_codes_for_update(session: Session, codes: Sequence[str]) -> list[tuple[Any, ...]]:
    """(id, member id, state, points, code, order id, restored, returns points on refund, grace days), locked in id order."""
    return session.sql(
        """
        SELECT r.id, r.member_id, r.state, r.points, r.code, r.order_id, r.restored,
               coalesce((p.document->>'returns_points_on_refund')::boolean, true), coalesce((p.document->>'grace_days')::int, 30)
        FROM redemptions r JOIN programs p ON p.shop_id = r.shop_id AND p.version = r.program_version
        WHERE r.shop_id = %s AND r.code = ANY(%s) ORDER BY r.id FOR UPDATE OF r
        """,
        session.shop_id,
        list(codes),
    )


def note_try(session: Session, redemption_id: UUID, *, was: datetime | None, at: datetime | None) -> bool:
    """A write is being sent, or (None) was surely not done; False when somebody else noted a try since the one that `was`."""
    return bool(
        session.sql(
            """
            UPDATE redemptions SET tried_at = %s
            WHERE shop_id = %s AND id = %s AND tried_at IS NOT DISTINCT FROM %s::timestamptz RETURNING 1
            """,
            at,
            session.shop_id,
            redemption_id,
            was,
        )
    )


def note_issued(session: Session, redemption_id: UUID, *, gid: str | None, now: datetime) -> bool:
    """The code stands at Shopify, as this discount (None: nothing has to stand there).

    True when it can be used now (not used or given back meanwhile).
    """
    [(state,)] = session.sql(
        """
        UPDATE redemptions SET discount_gid = %s, issued_at = %s,
          state = CASE WHEN state IN ('held', 'suspended') THEN 'issued' ELSE state END
        WHERE shop_id = %s AND id = %s RETURNING state
        """,
        gid,
        now,
        session.shop_id,
        redemption_id,
    )
    return bool(state == "issued")


def note_use(
    session: Session, redemption_id: UUID, *, state: str, order_id: int | None, restored: int, now: datetime
) -> None:
    """An order used it, or gave some of its points back."""
    session.sql(
        """
        UPDATE redemptions SET state = %s, order_id = %s, restored = %s, closed_at = coalesce(closed_at, %s)
        WHERE shop_id = %s AND id = %s
        """,
        state,
        order_id,
        restored,
        now,
        session.shop_id,
        redemption_id,
    )


def note_given(session: Session, redemption_id: UUID, *, gid: str | None, now: datetime) -> None:
    """What it promised was handed over: nothing is left to use."""
    session.sql(
        """
        UPDATE redemptions SET state = 'used', discount_gid = coalesce(%s, discount_gid), issued_at = coalesce(issued_at, %s),
          closed_at = %s, tried_at = NULL
        WHERE shop_id = %s AND id = %s
        """,
        gid,
        now,
        now,
        session.shop_id,
        redemption_id,
    )


def note_restored(session: Session, redemption_id: UUID, *, restored: int) -> None:
    """So many of its points were given back in all."""
    session.sql(
        "UPDATE redemptions SET restored = %s WHERE shop_id = %s AND id = %s", restored, session.shop_id, redemption_id
    )


def close(session: Session, redemption_id: UUID, *, state: str, failure: str | None, now: datetime) -> None:
    """Its points went back."""
    session.sql(
        "UPDATE redemptions SET state = %s, closed_at = %s, failure = %s WHERE shop_id = %s AND id = %s",
        state,
        now,
        failure,
        session.shop_id,
        redemption_id,
    )


def suspend(session: Session, redemption_id: UUID) -> None:
    """Its code was not written yet, and waits until the shop is back."""
    session.sql(
        "UPDATE redemptions SET state = 'suspended' WHERE shop_id = %s AND id = %s AND state = 'held'",
        session.shop_id,
        redemption_id,
    )


def of_member_for_update(session: Session, member_id: int) -> list[tuple[UUID, int, str]]:
    """(id, points, state) of every redemption of the member, locked in id order."""
    return session.sql(
        "SELECT id, points, state FROM redemptions WHERE shop_id = %s AND member_id = %s ORDER BY id FOR UPDATE",
        session.shop_id,
        member_id,
    )


def open_for_update(session: Session, member_ids: Sequence[int]) -> list[UUID]:
    """Ids of the members' redemptions whose points are held and which nobody has cancelled; locked."""
    rows = session.sql(
        """
        SELECT id FROM redemptions
        WHERE shop_id = %s AND (member_id = ANY(%s) OR acting_id = ANY(%s))
          AND state IN ('held', 'issued', 'suspended') AND cancelled_at IS NULL
        FOR UPDATE
        """,
        session.shop_id,
        list(member_ids),
        list(member_ids),
    )
    return [row[0] for row in rows]


def cancel(session: Session, redemption_id: UUID, *, now: datetime) -> None:
    """Note that it is no longer wanted."""
    session.sql(
        "UPDATE redemptions SET cancelled_at = %s WHERE shop_id = %s AND id = %s", now, session.shop_id, redemption_id
    )


def lock_reward(session: Session, reward_id: str) -> None:
    """Wait to be the only one who takes this reward of the shop, until the transaction ends."""
    session.sql("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", f"reward:{reward_id}", session.shop_id)


def count_taken(session: Session, reward_id: str) -> int:
    """How many of a reward with a stock are taken; those that were given back are not."""
    [(count,)] = session.sql(
        """
        SELECT count(*) FROM redemptions
        WHERE shop_id = %s AND reward_id = %s AND is_counted AND state NOT IN ('released', 'failed')
        """,
        session.shop_id,
        reward_id,
    )
    return int(count)


def count_taken_by(session: Session, member_id: int, reward_id: str, *, since: datetime) -> int:
    """How many of a reward a person took from then on, for themselves or out of a pool; those that were given back are not."""
    [(count,)] = session.sql(
        """
        SELECT count(*) FROM redemptions
        WHERE shop_id = %s AND (member_id = %s OR acting_id = %s) AND coalesce(acting_id, member_id) = %s
          AND reward_id = %s AND created_at >= %s AND points > 0 AND state NOT IN ('released', 'failed')
        """,
        session.shop_id,
        member_id,
        member_id,
        member_id,
        reward_id,
        since,
    )
    return int(count)


def ends_of(session: Session, member_id: int, kind: str) -> set[datetime]:
    """When the member's redemptions of that kind end."""
    rows = session.sql(
        "SELECT ends_at FROM redemptions WHERE shop_id = %s AND member_id = %s AND kind = %s",
        session.shop_id,
        member_id,
        kind,
    )
    return {row[0] for row in rows}


def count_open_access(session: Session, member_id: int, tag: str, *, but: UUID, now: datetime) -> int:
    """How many other redemptions give the member this customer tag now."""
    [(count,)] = session.sql(
        """
        SELECT count(*) FROM redemptions
        WHERE shop_id = %s AND member_id = %s AND kind = 'access' AND terms->>'tag' = %s AND id <> %s AND state = 'used'
          AND restored = 0 AND ends_at > %s AND cancelled_at IS NULL
        """,
        session.shop_id,
        member_id,
        tag,
        but,
        now,
    )
    return int(count)


def give_to(session: Session, *, lost: int, kept: int) -> None:
    """Every redemption of the lost member is the kept one's."""
    session.sql(
        "UPDATE redemptions SET member_id = %s WHERE shop_id = %s AND member_id = %s", kept, session.shop_id, lost
    )
    session.sql(
        "UPDATE redemptions SET acting_id = %s WHERE shop_id = %s AND acting_id = %s", kept, session.shop_id, lost
    )


def taken_from_pools(session: Session, member_id: int) -> list[tuple[UUID, str]]:
    """(id, state) of what the member took from their household's points."""
    return session.sql(
        "SELECT id, state FROM redemptions WHERE shop_id = %s AND acting_id = %s ORDER BY id",
        session.shop_id,
        member_id,
    )


def suspend_held(session: Session) -> None:
    """Codes that were not written yet wait until the shop is back."""
    session.sql("UPDATE redemptions SET state = 'suspended' WHERE shop_id = %s AND state = 'held'", session.shop_id)
