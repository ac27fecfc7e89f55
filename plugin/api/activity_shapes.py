"""What the API answers about activities: actions, what members did, events, surveys and achievements."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from plugin.db.tables import ActivityRow, EventRow
from plugin.loyalty.program import Achievement as Line
from plugin.loyalty.program import Action as ProgramAction
from plugin.loyalty.program import Survey as ProgramSurvey
from plugin.services.achievements import Standing
from plugin.services.activities import Offer
from plugin.services.surveys import Results


class Action(msgspec.Struct, frozen=True):
    """What members get `points`, a reward or both for besides buying. Following and sharing lead to `url`."""

    id: str
    kind: str
    title: str
    points: int
    reward_id: str | None
    survey_id: str | None
    url: str | None


class MemberAction(msgspec.Struct, frozen=True):
    """An action as it stands for a member: how often they did it, and why it does not count now (`opens_at`: when it will again)."""

    action: Action
    times: int
    is_open: bool
    closed_because: str | None
    opens_at: datetime | None


class Activity(msgspec.Struct, frozen=True):
    """One thing a member did, and what it gave. `undone_at`: it was taken back then."""

    id: str
    member_id: str
    action_id: str
    kind: str
    points: int
    redemption_id: str | None
    event_id: str | None
    order_id: str | None
    occurred_at: datetime
    recorded_at: datetime
    undone_at: datetime | None


class Event(msgspec.Struct, frozen=True):
    """An event that members check in to with its code. `capacity` null: as many as come."""

    id: str
    action_id: str
    title: str
    code: str
    starts_at: datetime
    ends_at: datetime
    capacity: int | None
    attended: int
    created_at: datetime
    closed_at: datetime | None


class Birthday(msgspec.Struct, frozen=True):
    """The day and month a member told; no year is kept."""

    month: int
    day: int


class Question(msgspec.Struct, frozen=True):
    """One question: nps (0 to 10), index (1 very likely to 6), choice, reward (a reward's id) or text."""

    id: str
    kind: str
    words: str
    choices: list[str]
    required: bool


class Survey(msgspec.Struct, frozen=True):
    """Questions that are answered together."""

    id: str
    title: str
    questions: list[Question]


class QuestionResults(msgspec.Struct, frozen=True):
    """What a question came to. `counts` by answer; `nps` from -100 to 100, `loyalty_index` in per cent; the newest `words`."""

    id: str
    kind: str
    counts: dict[str, int]
    nps: str | None
    loyalty_index: str | None
    words: list[str]


class SurveyResults(msgspec.Struct, frozen=True):
    """What a survey came to. `loyalty_index` is over all its questions of that kind together."""

    survey_id: str
    answered: int
    loyalty_index: str | None
    questions: list[QuestionResults]


class Reached(msgspec.Struct, frozen=True):
    """A step that was reached. `announced`: no higher step was reached with it."""

    step: int
    points: int
    badge: str | None
    redemption_id: str | None
    reached_at: datetime
    announced: bool


class Achievement(msgspec.Struct, frozen=True):
    """A line of milestones as it stands for a member. `next_step` is null when everything is reached."""

    id: str
    title: str
    metric: str
    progress: int
    next_step: int | None
    reached: list[Reached]


def action(found: ProgramAction) -> Action:
    """An action of the program."""
    return Action(found.id, found.kind, found.title, found.points, found.reward_id, found.survey_id, found.url)


def offer(found: Offer) -> MemberAction:
    """An action as it stands for a member."""
    refusal = found.refusal
    return MemberAction(
        action(found.action),
        found.times,
        refusal is None,
        refusal.code if refusal is not None else None,
        refusal.facts.get("opens_at") if refusal is not None else None,
    )


def activity(row: ActivityRow) -> Activity:
    """What a member did."""
    return Activity(
        id=str(row.id),
        member_id=str(row.member_id),
        action_id=row.action_id,
        kind=row.kind,
        points=row.points,
        redemption_id=str(row.redemption_id) if row.redemption_id is not None else None,
        event_id=str(row.event_id) if row.event_id is not None else None,
        order_id=str(row.order_id) if row.order_id is not None else None,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        undone_at=row.undone_at,
    )


def event(row: EventRow) -> Event:
    """An event."""
    return Event(
        id=str(row.id),
        action_id=row.action_id,
        title=row.title,
        code=row.code,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        capacity=row.capacity,
        attended=row.attended,
        created_at=row.created_at,
        closed_at=row.closed_at,
    )


def survey(found: ProgramSurvey) -> Survey:
    """A survey of the program."""
    return Survey(
        found.id,
        found.title,
        [Question(one.id, one.kind, one.words, list(one.choices), one.is_required) for one in found.questions],
    )


def results(found: Results) -> SurveyResults:
    """What a survey came to."""
    return SurveyResults(
        survey_id=found.survey.id,
        answered=found.answered,
        loyalty_index=_figure(found.loyalty_index),
        questions=[
            QuestionResults(
                one.question.id, one.question.kind, one.counts, _figure(one.nps), _figure(one.index), list(one.words)
            )
            for one in found.questions
        ],
    )


def achievement(found: Standing) -> Achievement:
    """A line of milestones."""
    return Achievement(
        id=found.line.id,
        title=found.line.title,
        metric=found.line.metric,
        progress=found.progress,
        next_step=found.following,
        reached=[
            Reached(
                step=row.step,
                points=row.points,
                badge=_badge(found.line, row.step),
                redemption_id=str(row.redemption_id) if row.redemption_id is not None else None,
                reached_at=row.reached_at,
                announced=row.is_announced,
            )
            for row in found.reached
        ],
    )


def _badge(line: Line, at: int) -> str | None:
    return next((step.badge for step in line.steps if step.at == at or line.repeats), None)


def _figure(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
