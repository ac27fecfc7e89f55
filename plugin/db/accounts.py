"""Accounts with nobody behind them: a household's pool, a cause. Rows of `members` of another kind, in the same books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from plugin.db.session import Session

Kind = Literal["household", "cause"]


def open_account(session: Session, kind: Kind, *, now: datetime) -> int:
    """A new account of that kind; its id."""
    [(account_id,)] = session.sql(
        "INSERT INTO members (shop_id, kind, created_at) VALUES (%s, %s, %s) RETURNING id", session.shop_id, kind, now
    )
    return int(account_id)


def flow_to(session: Session, member_ids: Sequence[int], pool_id: int | None) -> None:
    """From now on new points of these accounts flow on to that one; to none when it is None."""
    session.sql(
        "UPDATE members SET pool_id = %s WHERE shop_id = %s AND id = ANY(%s)",
        pool_id,
        session.shop_id,
        list(member_ids),
    )


def redirect_flows(session: Session, *, lost: int, kept: int) -> None:
    """What flowed on to the lost account flows on to the kept one."""
    session.sql(
        "UPDATE members SET pool_id = %s WHERE shop_id = %s AND pool_id = %s AND id <> %s",
        kept,
        session.shop_id,
        lost,
        kept,
    )


def flowing(session: Session, member_ids: Sequence[int]) -> dict[int, int]:
    """Account -> the one that its new points flow on to, for those that have one."""
    return dict(
        session.sql(
            "SELECT id, pool_id FROM members WHERE shop_id = %s AND id = ANY(%s) AND pool_id IS NOT NULL",
            session.shop_id,
            list(member_ids),
        )
    )


def stop_flows_to(session: Session, account_ids: Sequence[int]) -> None:
    """Nothing flows on to these accounts any more."""
    session.sql(
        "UPDATE members SET pool_id = NULL WHERE shop_id = %s AND pool_id = ANY(%s)", session.shop_id, list(account_ids)
    )
