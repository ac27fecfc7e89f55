"""Redemptions as staff look for them: the newest first, by state, kind, reward, member or code."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import tuple_

from plugin.db.session import Session
from plugin.db.tables import RedemptionRow


class Place(NamedTuple):
    """Where in the list a redemption stands."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which redemptions to read; what is empty or None leaves a filter out. `code` is the beginning of one, in any case."""

    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    member_id: int | None = None
    code: str = ""


def page(session: Session, wanted: Wanted, *, before: Place | None, limit: int) -> list[RedemptionRow]:
    """Redemptions before that place (None: the newest), newest first."""
    row = RedemptionRow
    query = session.query(row).filter(row.shop_id == session.shop_id)
    if wanted.states:
        query = query.filter(row.state.in_(wanted.states))
    if wanted.kinds:
        query = query.filter(row.kind.in_(wanted.kinds))
    if wanted.member_id is not None:
        query = query.filter((row.member_id == wanted.member_id) | (row.acting_id == wanted.member_id))
    if wanted.code:
        query = query.filter(row.code == wanted.code.upper())
    if before is not None:
        query = query.filter(tuple_(row.created_at, row.id) < before)
    return list(query.order_by(row.created_at.desc(), row.id.desc()).limit(limit))


def named(session: Session, redemption_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """(title, code) of those redemptions."""
    if not redemption_ids:
        return {}
    found = session.sql(
        "SELECT id, title, code FROM redemptions WHERE shop_id = %s AND id = ANY(%s)",
        session.shop_id,
        sorted(redemption_ids),
    )
    return {row[0]: (row[1], row[2]) for row in found}
