"""The rows that the daily duties read: how far the calendar is done, whose birthday it is, who has been with the shop for years."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from plugin.db.session import Session


def done_on(session: Session) -> date | None:
    """The last day of the shop's calendar whose duties are done."""
    rows = session.sql("SELECT done_on FROM calendar WHERE shop_id = %s", session.shop_id)
    found: date | None = rows[0][0] if rows else None
    return found


def note_done(session: Session, day: date) -> None:
    """The day's duties are done. Never moves back."""
    session.sql(
        """
        INSERT INTO calendar (shop_id, done_on) VALUES (%s, %s)
        ON CONFLICT (shop_id) DO UPDATE SET done_on = greatest(calendar.done_on, excluded.done_on)
        """,
        session.shop_id,
        day,
    )


def set_birthday(session: Session, member_id: int, *, month: int, day: int, now: datetime) -> None:
    """The member's birthday; told again without a change, it stays told when it was first."""
    session.sql(
        """
        INSERT INTO birthdays (shop_id, member_id, month, day, told_at) VALUES (%s, %s, %s, %s, %s)
        ON CONFLICT (shop_id, member_id) DO UPDATE SET month = excluded.month, day = excluded.day, told_at = excluded.told_at
          WHERE (birthdays.month, birthdays.day) <> (excluded.month, excluded.day)
        """,
        session.shop_id,
        member_id,
        month,
        day,
        now,
    )


def birthday(session: Session, member_id: int) -> tuple[int, int] | None:
    """(month, day) as the member told it."""
    rows = session.sql(
        "SELECT month, day FROM birthdays WHERE shop_id = %s AND member_id = %s", session.shop_id, member_id
    )
    return (rows[0][0], rows[0][1]) if rows else None


def born_on(
    session: Session, days: Sequence[tuple[int, int]], *, told_before: datetime, above: int, limit: int
) -> list[tuple[int, int]]:
    """(member id, customer id) of the next members, by ascending id, whose birthday is one of the (month, day) and was told by then."""
    return session.sql(
        """
        SELECT b.member_id, m.customer_id
        FROM birthdays b JOIN members m ON m.shop_id = b.shop_id AND m.id = b.member_id
        WHERE b.shop_id = %s AND b.month * 100 + b.day = ANY(%s) AND b.told_at <= %s AND b.member_id > %s
          AND m.customer_id IS NOT NULL AND m.merged_into IS NULL
        ORDER BY b.member_id LIMIT %s
        """,
        session.shop_id,
        [month * 100 + day for month, day in days],
        told_before,
        above,
        limit,
    )


def joined_on(
    session: Session, days: Sequence[tuple[int, int]], *, zone: str, before: datetime, above: int, limit: int
) -> list[tuple[int, int, int]]:
    """(member id, customer id, year) of the next members who joined, in the shop's time zone, on such a (month, day), before then.

    Who never joined by an act of theirs is with the shop since their first order made them a member.
    """
    return session.sql(
        """
        SELECT id, customer_id, extract(year FROM since)::int
        FROM (SELECT id, customer_id, coalesce(joined_at, created_at) AT TIME ZONE %s AS since FROM members
              WHERE shop_id = %s AND id > %s AND merged_into IS NULL AND customer_id IS NOT NULL
                AND coalesce(joined_at, created_at) < %s) m
        WHERE (extract(month FROM since) * 100 + extract(day FROM since))::int = ANY(%s) ORDER BY id LIMIT %s
        """,
        zone,
        session.shop_id,
        above,
        before,
        [month * 100 + day for month, day in days],
        limit,
    )


def keep(session: Session, marks: Sequence[bytes], *, year: int) -> bool:
    """Remember that these marks of one person had their birthday in that year; False when one of them had it already."""
    known = session.sql(
        "SELECT 1 FROM birthdays_kept WHERE shop_id = %s AND hash = ANY(%s) LIMIT 1", session.shop_id, list(marks)
    )
    for mark in marks:
        session.sql(
            "INSERT INTO birthdays_kept (shop_id, hash, year) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            session.shop_id,
            mark,
            year,
        )
    return not known


def forget_years(session: Session, *, before: int) -> None:
    """Marks of years before that one are of no use any more."""
    session.sql("DELETE FROM birthdays_kept WHERE shop_id = %s AND year < %s", session.shop_id, before)
