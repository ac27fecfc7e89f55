"""Surveys: members answer once, are thanked as the program says, and what they typed can be forgotten."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from plugin.db import Session
from plugin.db import activities as rows
from plugin.db.tables import ActivityRow, AnswerRow
from plugin.loyalty import asking
from plugin.loyalty.errors import AnswersUnfit, SurveyUnknown
from plugin.loyalty.program import Action, Program, Question, Survey
from plugin.services import activities, programs
from plugin.services.activities import Doing
from plugin.services.keys import Keys

WORDS_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class QuestionResults:
    """What a question came to: `counts` by what was answered, `nps` and `index` where its kind has one, `words` newest first."""

    question: Question
    counts: dict[str, int]
    nps: Decimal | None
    index: Decimal | None
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """What a survey came to. `loyalty_index` is over all its questions of kind index together."""

    survey: Survey
    answered: int
    loyalty_index: Decimal | None
    questions: tuple[QuestionResults, ...]


def open_ones(program: Program) -> list[tuple[Survey, Action]]:
    """The surveys that an action of the program asks, with that action."""
    found = []
    for action in program.actions:
        survey = program.survey(action.survey_id) if action.is_on and action.survey_id is not None else None
        if survey is not None:
            found.append((survey, action))
    return found


def asked_by(session: Session, survey_id: str) -> tuple[Survey, Action]:
    """The survey of the live program and the action that asks it. Raises SurveyUnknown, ProgramNotLive."""
    program = programs.current(session).program
    for survey, action in open_ones(program) if program.is_live else ():
        if survey.id == survey_id:
            return survey, action
    raise SurveyUnknown(survey_id=survey_id)


def answer(
    session: Session,
    member_id: int,
    survey_id: str,
    given: Mapping[str, Any],
    *,
    key: str,
    tags: Collection[str] = (),
    keys: Keys,
    now: datetime,
) -> ActivityRow:
    """Keep a member's answers and thank them; under the same key once. Raises SurveyUnknown, AnswersUnfit, and as `activities.record`."""
    survey, action = asked_by(session, survey_id)
    answers, problems = asking.read(survey, given, programs.current(session).program)
    if problems:
        raise AnswersUnfit(count=len(problems), problems=problems)
    row = activities.record(session, Doing(member_id, action.id, key, now, tags=tags), keys=keys, now=now)
    if row.recorded_at == now and not rows.answers_of(session, row.id):
        rows.add_answers(
            session,
            [
                AnswerRow(
                    shop_id=session.shop_id,
                    activity_id=row.id,
                    survey_id=survey.id,
                    question_id=one.question_id,
                    number=one.number,
                    choice=one.choice,
                    words=one.words,
                )
                for one in answers
            ],
        )
    return row


def answers_of(session: Session, activity_id: int) -> dict[str, int | str | None]:
    """What a member answered, by question: for the member's own eyes."""
    return {
        row.question_id: row.number if row.number is not None else row.choice or row.words
        for row in rows.answers_of(session, activity_id)
    }


def results(session: Session, survey_id: str) -> Results:
    """What the members answered so far. Raises SurveyUnknown for a survey that the live program does not have."""
    survey = programs.current(session).program.survey(survey_id)
    if survey is None:
        raise SurveyUnknown(survey_id=survey_id)
    counted: dict[str, dict[str, int]] = {question.id: {} for question in survey.questions}
    for question_id, number, choice, count in rows.counted_answers(session, survey_id):
        if question_id in counted:
            counted[question_id][choice if number is None else str(number)] = count
    words = rows.newest_words(session, survey_id, limit=WORDS_SHOWN)
    together: dict[int, int] = {}
    for question in survey.questions:
        if question.kind == "index":
            for number, count in _numbers(counted[question.id]).items():
                together[number] = together.get(number, 0) + count
    return Results(
        survey,
        rows.count_answered(session, survey_id),
        asking.loyalty_index(together),
        tuple(_results(question, counted[question.id], words) for question in survey.questions),
    )


def _results(question: Question, counts: dict[str, int], words: list[tuple[str, str]]) -> QuestionResults:
    return QuestionResults(
        question,
        counts,
        asking.nps(_numbers(counts)) if question.kind == "nps" else None,
        asking.loyalty_index(_numbers(counts)) if question.kind == "index" else None,
        tuple(text for question_id, text in words if question_id == question.id),
    )


def _numbers(counts: dict[str, int]) -> dict[int, int]:
    return {int(number): count for number, count in counts.items()}
