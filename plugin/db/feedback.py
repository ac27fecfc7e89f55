"""What members answered, as an inbox: one line a survey that was answered, and what staff made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from plugin.db.session import Session
from plugin.db.tables import AnswerRow


class Line(NamedTuple):
    """One survey answered by one member; `state` None while nobody has looked at it."""

    id: int
    member_id: int
    customer_id: int | None
    answered_at: datetime
    program_version: int
    state: str | None
    words: str | None
    author: str | None
    worked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which answers: `state` open, answered, closed; a score from `least` to `most`, given to a question of (survey, question)s."""

    state: str | None = None
    least: int | None = None
    most: int | None = None
    scored: tuple[tuple[str, str], ...] = ()
    has_words: bool = False


def page(session: Session, asked: Asked, *, below: int | None, limit: int) -> list[Line]:
    """The newest that are asked for, with ids below that one when it is given."""
    found = [_WHERE]
    params: dict[str, Any] = {"shop": session.shop_id, "limit": limit}
    if below is not None:
        found.append("a.id < %(below)s")
        params["below"] = below
    if asked.state is not None:
        found.append("coalesce(f.state, 'open') = %(state)s")
        params["state"] = asked.state
    if asked.least is not None and asked.most is not None:
        found.append(
            "EXISTS (SELECT FROM answers w JOIN unnest(%(surveys)s::text[], %(questions)s::text[]) q (survey, question)"
            " ON w.survey_id = q.survey AND w.question_id = q.question"
            " WHERE w.shop_id = a.shop_id AND w.activity_id = a.id AND w.number BETWEEN %(least)s AND %(most)s)"
        )
        params |= {
            "surveys": [survey for survey, _ in asked.scored],
            "questions": [question for _, question in asked.scored],
            "least": asked.least,
            "most": asked.most,
        }
    if asked.has_words:
        found.append(
            "EXISTS (SELECT FROM answers w WHERE w.shop_id = a.shop_id AND w.activity_id = a.id AND w.words IS NOT NULL)"
        )
    statement = f"{_SELECT} WHERE {' AND '.join(found)} ORDER BY a.id DESC LIMIT %(limit)s"
    return [Line(*row) for row in session.sql(statement, named=params)]


def find(session: Session, activity_id: int) -> Line | None:
    """One of them."""
    statement = f"{_SELECT} WHERE {_WHERE} AND a.id = %(id)s"
    rows = session.sql(statement, named={"shop": session.shop_id, "id": activity_id})
    return Line(*rows[0]) if rows else None


def count_open(session: Session) -> int:
    """How many nobody has looked at."""
    joined = "activities a LEFT JOIN feedback f ON f.shop_id = a.shop_id AND f.activity_id = a.id"
    statement = f"SELECT count(*) FROM {joined} WHERE {_WHERE} AND f.state IS NULL"  # noqa: S608 - made of constants
    [(count,)] = session.sql(statement, named={"shop": session.shop_id})
    return int(count)


def answers(session: Session, activity_ids: Sequence[int]) -> list[AnswerRow]:
    """What was answered in those."""
    return list(
        session.query(AnswerRow).filter(AnswerRow.shop_id == session.shop_id, AnswerRow.activity_id.in_(activity_ids))
    )


def note(session: Session, activity_id: int, *, state: str, words: str, author: str, now: datetime) -> None:
    """What staff made of it."""
    session.sql(
        """
        INSERT INTO feedback (shop_id, activity_id, state, words, author, at) VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (shop_id, activity_id) DO UPDATE SET state = excluded.state, words = excluded.words,
          author = excluded.author, at = excluded.at
        """,
        session.shop_id,
        activity_id,
        state,
        words,
        author,
        now,
    )


def reopen(session: Session, activity_id: int) -> None:
    """Nobody has looked at it."""
    session.sql("DELETE FROM feedback WHERE shop_id = %s AND activity_id = %s", session.shop_id, activity_id)


def notes_of(session: Session, member_id: int) -> list[str]:
    """What staff noted about this member's answers."""
    found = session.sql(
        """
        SELECT f.words FROM feedback f JOIN activities a ON a.shop_id = f.shop_id AND a.id = f.activity_id
        WHERE f.shop_id = %s AND a.member_id = %s AND f.words <> '' ORDER BY f.activity_id
        """,
        session.shop_id,
        member_id,
    )
    return [row[0] for row in found]


def forget(session: Session, member_ids: Sequence[int]) -> None:
    """What staff noted about these members' answers goes."""
    session.sql(
        """
        UPDATE feedback SET words = '' WHERE shop_id = %s AND activity_id IN
          (SELECT id FROM activities WHERE shop_id = %s AND member_id = ANY(%s))
        """,
        session.shop_id,
        session.shop_id,
        list(member_ids),
    )


_SELECT = """
SELECT a.id, a.member_id, m.customer_id, a.occurred_at, a.program_version, f.state, f.words, f.author, f.at
FROM activities a JOIN members m ON m.shop_id = a.shop_id AND m.id = a.member_id
LEFT JOIN feedback f ON f.shop_id = a.shop_id AND f.activity_id = a.id"""
_WHERE = "a.shop_id = %(shop)s AND a.kind = 'survey' AND a.undone_at IS NULL"
