"""Feedback: what members answered, read one by one; staff note what they made of it, answer by mail and close it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from plugin.db import Session
from plugin.db import feedback as rows
from plugin.db.feedback import Asked, Line
from plugin.db.tables import AnswerRow
from plugin.loyalty import asking
from plugin.loyalty.errors import FeedbackUnknown
from plugin.loyalty.program import Program
from plugin.services import messages, programs, surveys
from plugin.services.surveys import Results

State = Literal["open", "answered", "closed"]
STATES: Final[tuple[State, ...]] = get_args(State)

Score = Literal["promoters", "passives", "detractors"]
SCORES: Final[dict[Score, tuple[int, int]]] = {
    "promoters": (asking.PROMOTERS_FROM, asking.NPS_MAX),
    "passives": (asking.DETRACTORS_TO + 1, asking.PROMOTERS_FROM - 1),
    "detractors": (0, asking.DETRACTORS_TO),
}
"""The answers to "would you recommend us" from 0 to 10 that make each group."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One question as it was asked, its kind, and what was answered."""

    question: str
    kind: str
    said: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What one member answered to one survey, and where it stands. `score` is 0 to 10 where the survey asks for one."""

    id: int
    member_id: int
    customer_id: int | None
    answered_at: datetime
    survey: str
    answers: tuple[Answer, ...]
    score: int | None
    state: State
    note: str
    author: str | None
    worked_at: datetime | None


def page(
    session: Session,
    *,
    state: State | None = None,
    score: Score | None = None,
    has_words: bool = False,
    below: int | None = None,
    limit: int,
) -> list[Letter]:
    """The newest answers; those with ids below that one when it is given."""
    least, most = SCORES[score] if score is not None else (None, None)
    asked = Asked(state, least, most, _scored(programs.current(session).program), has_words)
    return _letters(session, rows.page(session, asked, below=below, limit=limit))


def find(session: Session, activity_id: int) -> Letter:
    """One of them. Raises FeedbackUnknown."""
    line = rows.find(session, activity_id)
    if line is None:
        raise FeedbackUnknown
    return _letters(session, [line])[0]


def count_open(session: Session) -> int:
    """How many nobody has looked at."""
    return rows.count_open(session)


def figures(session: Session) -> list[Results]:
    """What each survey of the live program came to, for those that were answered."""
    found = [surveys.results(session, survey.id) for survey in programs.current(session).program.surveys]
    return [results for results in found if results.answered]


def note(session: Session, activity_id: int, state: State, *, words: str, author: str, now: datetime) -> None:
    """Staff say where it stands, with a note for themselves. Raises FeedbackUnknown."""
    find(session, activity_id)
    if state == "open" and not words:
        rows.reopen(session, activity_id)
    else:
        rows.note(session, activity_id, state=state, words=words, author=author, now=now)


def reply(session: Session, activity_id: int, text: str, *, key: str, author: str, now: datetime) -> None:
    """Answer the member by mail (under the same key once) and note that it was. Raises FeedbackUnknown."""
    letter = find(session, activity_id)
    messages.queue(
        session,
        programs.current(session).program,
        letter.member_id,
        "feedback_reply",
        cause=f"{activity_id}:{key}",
        facts={"words": text},
        happened_at=now,
        now=now,
    )
    rows.note(session, activity_id, state="answered", words=letter.note, author=author, now=now)


def notes_of(session: Session, member_id: int) -> list[str]:
    """What staff noted about the member's answers."""
    return rows.notes_of(session, member_id)


def forget(session: Session, member_ids: Sequence[int]) -> None:
    """Nobody is behind these members any more."""
    rows.forget(session, member_ids)


def _letters(session: Session, lines: Sequence[Line]) -> list[Letter]:
    answers: dict[int, list[AnswerRow]] = {}
    for row in rows.answers(session, [line.id for line in lines]) if lines else ():
        answers.setdefault(row.activity_id, []).append(row)
    known = programs.known(session)
    return [
        _letter(line, answers.get(line.id, []), programs.compiled(session, known, line.program_version).program)
        for line in lines
    ]


def _letter(line: Line, answers: Sequence[AnswerRow], program: Program) -> Letter:
    by_question = {row.question_id: row for row in answers}
    survey = program.survey(answers[0].survey_id) if answers else None
    said = []
    score = None
    for question in survey.questions if survey is not None else ():
        row = by_question.pop(question.id, None)
        if row is None:
            continue
        if question.kind == "nps":
            score = row.number
        said.append(Answer(question.words, question.kind, _said(row, program)))
    said += [Answer(name, "text", _said(row, program)) for name, row in by_question.items()]
    state: State = "answered" if line.state == "answered" else "closed" if line.state == "closed" else "open"
    return Letter(
        line.id,
        line.member_id,
        line.customer_id,
        line.answered_at,
        survey.title if survey is not None else "",
        tuple(said),
        score,
        state,
        line.words or "",
        line.author,
        line.worked_at,
    )


def _said(row: AnswerRow, program: Program) -> str:
    if row.number is not None:
        return str(row.number)
    reward = program.reward(row.choice) if row.choice is not None else None
    return reward.title if reward is not None else row.choice or row.words or ""


def _scored(program: Program) -> tuple[tuple[str, str], ...]:
    """(survey, question) of everything that is answered from 0 to 10."""
    return tuple(
        (survey.id, question.id)
        for survey in program.surveys
        for question in survey.questions
        if question.kind == "nps"
    )
