"""The inbox's rows: recorded by the door in one statement, taken by the drain in order, emptied when done."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, NamedTuple

import psycopg

from plugin.db.arrays import use_fast_arrays
from plugin.db.session import DatabaseUnavailable, Session

log = logging.getLogger("regulars.inbox")


class Delivery(NamedTuple):
    """One verified delivery, ready to be stored. Either `facts` (with `raw` None) or, unreadable, `raw` (encrypted) and `reason`.

    The fields stand in the order of RECORD's parameters.
    """

    shop_id: int
    webhook_id: str
    event_id: str | None
    topic: str
    object_id: int | None
    triggered_at: datetime | None
    received_at: datetime
    body_hash: bytes
    facts: bytes | None
    raw: bytes | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stored delivery that has not been worked on yet."""

    id: int
    topic: str
    object_id: int | None
    received_at: datetime
    triggered_at: datetime | None
    facts: bytes


RECORD: LiteralString = """
WITH news AS (
  SELECT * FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::bytea[],
                       %s::bytea[], %s::bytea[], %s::text[])
    AS d (shop_id, webhook_id, event_id, topic, object_id, triggered_at, received_at, body_hash, facts, raw, reason)
), shops AS (
  SELECT shop_id, min(received_at) AS since FROM news WHERE reason IS NULL GROUP BY shop_id
), marked AS (
  INSERT INTO waiting SELECT shop_id, 'inbox', since FROM shops, pg_advisory_xact_lock_shared(7101, shop_id) ORDER BY shop_id
  ON CONFLICT DO NOTHING
)
INSERT INTO inbox (shop_id, webhook_id, event_id, topic, object_id, triggered_at, received_at, body_hash, facts, raw, set_aside_at, reason)
SELECT shop_id, webhook_id, event_id, topic, object_id, triggered_at, received_at, body_hash, facts, raw,
       CASE WHEN reason IS NOT NULL THEN received_at END, reason FROM news
ON CONFLICT DO NOTHING
"""


def record(connection: psycopg.Connection[Any], deliveries: Sequence[Delivery]) -> None:
    """Store deliveries and mark their shops as waiting, in the connection's transaction. Repeated webhook ids are stored once.

    Raises DatabaseUnavailable when the database is down, psycopg.DataError when a row does not fit.
    """
    try:
        connection.execute(RECORD, _columns(deliveries), prepare=True)
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise DatabaseUnavailable(RECORD, None, error) from error


class Intake:
    """The webhook door's own connection: one statement and one commit for all deliveries that arrived together."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.AsyncConnection[Any] | None = None

    async def store(self, deliveries: Sequence[Delivery]) -> int:
        """200 once they are durable; 503 when the database cannot be reached (nothing is stored); 422 when one does not fit (likewise)."""
        for is_last in (False, True):
            try:
                connection = await self._connected()
                await connection.execute(RECORD, _columns(deliveries), prepare=True)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                log.warning("intake lost its connection error=%s", type(error).__name__)
                await self.close()
                if is_last:
                    return 503
            except psycopg.Error as error:
                log.warning("intake refused error=%s", type(error).__name__)
                return 422
            else:
                return 200
        return 503

    async def close(self) -> None:
        """Give the connection up; the next store opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None:
            self._connection = await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, connect_timeout=3, options="-c timezone=UTC -c statement_timeout=4000"
            )
            use_fast_arrays(self._connection)
            await self._connection.execute("SET ROLE regulars_app")
        return self._connection


def _columns(deliveries: Sequence[Delivery]) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*deliveries, strict=True))


def take(session: Session, *, first_id: int = 0, last_id: int | None = None, limit: int = 500) -> list[Waiting]:
    """The oldest deliveries that wait (with ids in the range, when given)."""
    return [
        Waiting(*row)
        for row in session.sql(
            """
            SELECT id, topic, object_id, received_at, triggered_at, facts FROM inbox
            WHERE shop_id = %s AND id >= %s AND id <= %s AND done_at IS NULL AND set_aside_at IS NULL ORDER BY id LIMIT %s
            """,
            session.shop_id,
            first_id,
            last_id if last_id is not None else 2**63 - 1,
            limit,
        )
    ]


def still_waiting(session: Session, ids: Sequence[int]) -> set[int]:
    """Which of these nobody has worked on meanwhile."""
    rows = session.sql(
        "SELECT id FROM inbox WHERE shop_id = %s AND id = ANY(%s) AND done_at IS NULL AND set_aside_at IS NULL",
        session.shop_id,
        list(ids),
    )
    return {row[0] for row in rows}


def finish(session: Session, ids: Iterable[int], *, now: datetime) -> None:
    """These are done: their content goes, the row stays to recognise a repeat. Only a data request still names its customer."""
    session.sql(
        """
        UPDATE inbox SET done_at = %s, facts = NULL, raw = NULL,
          object_id = CASE WHEN topic IN ('customers/create', 'customers/update', 'customers/delete', 'customers/redact') THEN NULL
                           ELSE object_id END
        WHERE shop_id = %s AND id = ANY(%s)
        """,
        now,
        session.shop_id,
        list(ids),
    )


def set_aside(session: Session, row_id: int, reason: str, *, now: datetime) -> None:
    """It cannot be worked on; it keeps its content and says why."""
    session.sql(
        "UPDATE inbox SET set_aside_at = %s, reason = %s WHERE shop_id = %s AND id = %s",
        now,
        reason,
        session.shop_id,
        row_id,
    )


def retry(session: Session, row_id: int, facts: bytes | None) -> None:
    """Put a set-aside delivery back, with newly read facts when the raw body could be read now."""
    session.sql(
        """
        UPDATE inbox SET set_aside_at = NULL, reason = NULL, raw = NULL, facts = coalesce(%s, facts)
        WHERE shop_id = %s AND id = %s AND set_aside_at IS NOT NULL
        """,
        facts,
        session.shop_id,
        row_id,
    )


def is_empty(session: Session) -> bool:
    """True when nothing waits."""
    return not session.sql(
        "SELECT 1 FROM inbox WHERE shop_id = %s AND done_at IS NULL AND set_aside_at IS NULL LIMIT 1", session.shop_id
    )


def announced(session: Session) -> tuple[int, int, int, datetime] | None:
    """(first id, last id, deaths, since when) of the batch a drainer said it would try, until one says that it is through."""
    rows = session.sql("SELECT first_id, last_id, deaths, started_at FROM drains WHERE shop_id = %s", session.shop_id)
    return rows[0] if rows else None


def announce(session: Session, *, first_id: int, last_id: int, deaths: int, now: datetime) -> None:
    """A drainer is about to try the deliveries in this range, over which so many died before."""
    session.sql(
        """
        INSERT INTO drains VALUES (%s, %s, %s, %s, %s) ON CONFLICT (shop_id) DO UPDATE
        SET first_id = excluded.first_id, last_id = excluded.last_id, deaths = excluded.deaths, started_at = excluded.started_at
        """,
        session.shop_id,
        first_id,
        last_id,
        deaths,
        now,
    )


def note_death(session: Session, *, now: datetime) -> None:
    """Whoever announced the batch died over it; it is tried again."""
    session.sql("UPDATE drains SET deaths = deaths + 1, started_at = %s WHERE shop_id = %s", now, session.shop_id)


def conclude(session: Session) -> None:
    """The announced batch is through."""
    session.sql("DELETE FROM drains WHERE shop_id = %s", session.shop_id)
