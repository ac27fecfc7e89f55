"""The rows of activities: what members did besides buying; events they checked in to, and what they answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from plugin.db.session import Session
from plugin.db.tables import ActivityRow, AnswerRow, EventRow


def find(session: Session, activity_id: int) -> ActivityRow | None:
    """One activity, as it stands now."""
    return session.get(ActivityRow, {"shop_id": session.shop_id, "id": activity_id}, populate_existing=True)


def by_key(session: Session, member_id: int, kind: str, key: UUID) -> ActivityRow | None:
    """The member's activity of that kind and key."""
    return (
        session.query(ActivityRow)
        .filter(
            ActivityRow.shop_id == session.shop_id,
            ActivityRow.member_id == member_id,
            ActivityRow.kind == kind,
            ActivityRow.key == key,
        )
        .one_or_none()
    )


def of_member(session: Session, member_id: int, *, below: int | None, limit: int) -> list[ActivityRow]:
    """A member's activities, newest first, with ids below that one when it is given."""
    query = session.query(ActivityRow).filter(
        ActivityRow.shop_id == session.shop_id, ActivityRow.member_id == member_id
    )
    if below is not None:
        query = query.filter(ActivityRow.id < below)
    return list(query.order_by(ActivityRow.id.desc()).limit(limit))


def by_ids(session: Session, ids: Sequence[int]) -> list[ActivityRow]:
    """Those activities."""
    return list(session.query(ActivityRow).filter(ActivityRow.shop_id == session.shop_id, ActivityRow.id.in_(ids)))


def times(session: Session, member_id: int, action_id: str) -> list[datetime]:
    """When the member did this action, as far as it stands."""
    return [
        row[0]
        for row in session.sql(
            """
            SELECT occurred_at FROM activities
            WHERE shop_id = %s AND member_id = %s AND action_id = %s AND undone_at IS NULL
            """,
            session.shop_id,
            member_id,
            action_id,
        )
    ]


def add(session: Session, row: ActivityRow) -> ActivityRow:
    """A new activity; its id is known afterwards."""
    session.add(row)
    session.flush()
    return row


def welcomed(session: Session, member_ids: Sequence[int]) -> list[ActivityRow]:
    """Activities of these members that stand for orders."""
    return list(
        session.query(ActivityRow).filter(
            ActivityRow.shop_id == session.shop_id,
            ActivityRow.member_id.in_(member_ids),
            ActivityRow.kind == "welcome_back",
        )
    )


# --- events -----------------------------------------------------------------------------------------------------------


def event(session: Session, event_id: int) -> EventRow | None:
    """One event, as it stands now."""
    return session.get(EventRow, {"shop_id": session.shop_id, "id": event_id}, populate_existing=True)


def events(session: Session, *, below: int | None, limit: int) -> list[EventRow]:
    """The shop's events, newest first, with ids below that one when it is given."""
    query = session.query(EventRow).filter(EventRow.shop_id == session.shop_id)
    if below is not None:
        query = query.filter(EventRow.id < below)
    return list(query.order_by(EventRow.id.desc()).limit(limit))


def add_event(session: Session, row: EventRow) -> EventRow:
    """A new event; its id is known afterwards."""
    session.add(row)
    session.flush()
    return row


def has_event_code(session: Session, code: str) -> bool:
    """True when an event has this code."""
    return bool(session.sql("SELECT 1 FROM events WHERE shop_id = %s AND code = %s", session.shop_id, code))


def event_for_update(session: Session, code: str) -> EventRow | None:
    """The event of that code, locked until the transaction ends."""
    return (
        session.query(EventRow)
        .filter(EventRow.shop_id == session.shop_id, EventRow.code == code)
        .populate_existing()
        .with_for_update()
        .one_or_none()
    )


def note_attendance(session: Session, event_id: int, *, change: int) -> None:
    """One more (or, with -1, one fewer) is there."""
    session.sql(
        "UPDATE events SET attended = attended + %s WHERE shop_id = %s AND id = %s", change, session.shop_id, event_id
    )


def event_titles(session: Session, activity_ids: Sequence[int]) -> dict[int, str]:
    """Activity -> title of the event that was attended, for activities that are an attendance."""
    return dict(
        session.sql(
            """
            SELECT a.id, e.title FROM activities a JOIN events e ON e.shop_id = a.shop_id AND e.id = a.event_id
            WHERE a.shop_id = %s AND a.id = ANY(%s)
            """,
            session.shop_id,
            list(activity_ids),
        )
    )


# --- surveys ----------------------------------------------------------------------------------------------------------


def add_answers(session: Session, rows: Sequence[AnswerRow]) -> None:
    """What was answered."""
    session.add_all(rows)
    session.flush()


def answers_of(session: Session, activity_id: int) -> list[AnswerRow]:
    """What was answered with this activity."""
    return list(
        session.query(AnswerRow).filter(AnswerRow.shop_id == session.shop_id, AnswerRow.activity_id == activity_id)
    )


def counted_answers(session: Session, survey_id: str) -> list[tuple[Any, ...]]:
    """(question id, number, choice, how many answered that) over everything that stands."""
    return session.sql(
        """
        SELECT w.question_id, w.number, w.choice, count(*) FROM answers w
        JOIN activities a ON a.shop_id = w.shop_id AND a.id = w.activity_id
        WHERE w.shop_id = %s AND w.survey_id = %s AND a.undone_at IS NULL AND (w.number IS NOT NULL OR w.choice IS NOT NULL)
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """,
        session.shop_id,
        survey_id,
    )


def count_answered(session: Session, survey_id: str) -> int:
    """How many members' answers to the survey stand."""
    [(count,)] = session.sql(
        """
        SELECT count(DISTINCT w.activity_id) FROM answers w JOIN activities a ON a.shop_id = w.shop_id AND a.id = w.activity_id
        WHERE w.shop_id = %s AND w.survey_id = %s AND a.undone_at IS NULL
        """,
        session.shop_id,
        survey_id,
    )
    return int(count)


def newest_words(session: Session, survey_id: str, *, limit: int) -> list[tuple[str, str]]:
    """(question id, what was typed), newest first."""
    return session.sql(
        """
        SELECT w.question_id, w.words FROM answers w JOIN activities a ON a.shop_id = w.shop_id AND a.id = w.activity_id
        WHERE w.shop_id = %s AND w.survey_id = %s AND a.undone_at IS NULL AND w.words IS NOT NULL
        ORDER BY w.activity_id DESC LIMIT %s
        """,
        session.shop_id,
        survey_id,
        limit,
    )


# --- consents ---------------------------------------------------------------------------------------------------------


def note_consent(session: Session, customer_id: int, at: datetime) -> None:
    """The customer agreed to the newsletter then; the first time we were told of counts."""
    session.sql(
        """
        INSERT INTO consents (shop_id, customer_id, consented_at) VALUES (%s, %s, %s)
        ON CONFLICT (shop_id, customer_id) DO UPDATE SET consented_at = greatest(consents.consented_at, excluded.consented_at)
        """,
        session.shop_id,
        customer_id,
        at,
    )


def consents_of(session: Session, member_ids: Sequence[int]) -> list[tuple[int, datetime]]:
    """(member id, when they agreed) of those members who did, and have no newsletter activity yet."""
    return session.sql(
        """
        SELECT m.id, c.consented_at FROM members m JOIN consents c ON c.shop_id = m.shop_id AND c.customer_id = m.customer_id
        WHERE m.shop_id = %s AND m.id = ANY(%s) AND NOT EXISTS (
          SELECT FROM activities a WHERE a.shop_id = m.shop_id AND a.member_id = m.id AND a.kind = 'newsletter')
        ORDER BY m.id
        """,
        session.shop_id,
        list(member_ids),
    )


# --- two become one, and being forgotten --------------------------------------------------------------------------------


def give_to(session: Session, *, lost: int, kept: int) -> None:
    """Everything the lost member did is the kept one's. What both did once stands twice, under a name of its own."""
    session.sql(
        """
        UPDATE activities l SET member_id = %s, seq = NULL,
          key = CASE WHEN EXISTS (SELECT FROM activities k WHERE k.shop_id = l.shop_id AND k.member_id = %s AND k.kind = l.kind
                                    AND k.key = l.key) THEN gen_random_uuid() ELSE l.key END
        WHERE l.shop_id = %s AND l.member_id = %s
        """,
        kept,
        kept,
        session.shop_id,
        lost,
    )
    session.sql(
        """
        UPDATE birthdays l SET member_id = %s WHERE l.shop_id = %s AND l.member_id = %s
          AND NOT EXISTS (SELECT FROM birthdays k WHERE k.shop_id = l.shop_id AND k.member_id = %s)
        """,
        kept,
        session.shop_id,
        lost,
        kept,
    )
    session.sql("DELETE FROM birthdays WHERE shop_id = %s AND member_id = %s", session.shop_id, lost)


def forget(session: Session, member_ids: Sequence[int], customer_ids: Sequence[int]) -> None:
    """What these people told us, and what an outside program may have named them by, goes; that something was done stays."""
    session.sql("DELETE FROM birthdays WHERE shop_id = %s AND member_id = ANY(%s)", session.shop_id, list(member_ids))
    session.sql(
        "DELETE FROM consents WHERE shop_id = %s AND customer_id = ANY(%s)", session.shop_id, list(customer_ids)
    )
    session.sql(
        """
        UPDATE answers SET words = NULL WHERE shop_id = %s AND words IS NOT NULL AND activity_id IN
          (SELECT id FROM activities WHERE shop_id = %s AND member_id = ANY(%s))
        """,
        session.shop_id,
        session.shop_id,
        list(member_ids),
    )
    session.sql(
        "UPDATE activities SET key = gen_random_uuid() WHERE shop_id = %s AND member_id = ANY(%s)",
        session.shop_id,
        list(member_ids),
    )
