"""Surveys: what members are asked. Answering is worth what an action of the kind survey says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from plugin.admin.formats import Formats
from plugin.admin.program.editor import (
    Listing,
    Part,
    Section,
    Start,
    State,
    flag,
    lines,
    rows,
    select,
    text,
    when,
    words,
)
from plugin.admin.program.parts import says
from plugin.admin.program.parts.filled import filled
from plugin.loyalty.program import Action, Program, Survey

KINDS: Final = (
    ("nps", "Would recommend us, 0 to 10"),
    ("index", "Very likely (1) to not at all (6)"),
    ("choice", "One of several answers"),
    ("reward", "Which reward they would like"),
    ("text", "In their own words"),
)


def line(program: Program, survey: Survey, _formats: Formats) -> str:
    """How many questions, and whether anybody is asked them."""
    asked = "" if _asking(program, survey) else " · nobody is asked yet"
    return f"{says.plural(len(survey.questions), 'question')}{asked}"


def meaning(program: Program, survey: Survey, formats: Formats) -> list[str]:
    """What answering brings, and what the merchant learns."""
    action = _asking(program, survey)
    said = ["Nobody is asked yet: add the action “Answering a survey” under Other ways to earn."]
    if action is not None:
        given = says.gets(program, formats, count=action.points, rewards=(action.reward_id,), is_priced=True)
        said = [f"Members answer once and get {given or 'nothing but your thanks'}."]
    if any(question.kind == "nps" for question in survey.questions):
        said.append("You see your score: those who answer 9 or 10 less those who answer 6 or below, in per cent.")
    if sum(question.kind == "index" for question in survey.questions) >= 3:  # noqa: PLR2004 - the index is made of three
        said.append("Three questions from 1 to 6 make your loyalty index: 100% when everybody answers 1.")
    return [*said, "Answers that members typed are removed when a member is forgotten."]


def _asking(program: Program, survey: Survey) -> Action | None:
    return next((action for action in program.actions if action.is_on and action.survey_id == survey.id), None)


def _state(program: Program, _formats: Formats) -> State:
    if not program.surveys:
        return State("Members are asked nothing.", is_on=False)
    asked = sum(_asking(program, survey) is not None for survey in program.surveys)
    return State(f"{says.plural(len(program.surveys), 'survey')}, {asked} of them asked.", is_on=asked > 0)


def _start(slug: str, label: str, title: str, questions: Sequence[dict[str, Any]], about: str, icon: str) -> Start:
    def make(_program: Program, _formats: Formats, _now: datetime) -> dict[str, Any]:
        return {"title": title, "questions": [dict(question) for question in questions]}

    return Start(slug, label, make, about, icon)


_RECOMMEND: Final = {
    "id": "recommend",
    "kind": "nps",
    "words": "How likely are you to recommend us to a friend?",
    "is_required": True,
}
_LIKELY: Final = (
    {"id": "recommend", "kind": "index", "words": "Would you recommend us?", "is_required": True},
    {"id": "again", "kind": "index", "words": "Would you buy from us again?", "is_required": True},
    {"id": "others", "kind": "index", "words": "Would you try other products of ours?", "is_required": True},
)

PART: Final = Part(
    slug="surveys",
    title="Surveys",
    group="earning",
    icon="forms",
    about="Ask members what they think; thank them for the answer.",
    state=_state,
    listing=Listing(
        path="surveys",
        noun="survey",
        plural="surveys",
        has_switch=False,
        line=line,
        meaning=meaning,
        removal="Answers that were given stay. Take away the action that asks it first.",
        empty="Ask members a question or two, and thank them for the answer.",
        starts=filled(
            Survey,
            (
                _start(
                    "recommend",
                    "Would you recommend us?",
                    "How are we doing?",
                    (_RECOMMEND, {"id": "why", "kind": "text", "words": "What is the reason?", "is_required": False}),
                    "One number to watch, and why.",
                    "thumbs-up",
                ),
                _start(
                    "loyalty", "Loyalty index", "Three short questions", _LIKELY, "Three questions, one index.", "gauge"
                ),
                _start(
                    "taste",
                    "What do you like best?",
                    "What do you like best?",
                    (
                        {
                            "id": "best",
                            "kind": "choice",
                            "words": "What do you like best about us?",
                            "choices": ["The products", "The prices", "The service"],
                            "is_required": True,
                        },
                    ),
                    "One answer of several.",
                    "list-bulleted",
                ),
                _start(
                    "next-reward",
                    "Which reward next?",
                    "Which reward would you like?",
                    (
                        {
                            "id": "reward",
                            "kind": "reward",
                            "words": "Which of our rewards would you like most?",
                            "is_required": True,
                        },
                    ),
                    "A vote on your rewards.",
                    "reward",
                ),
            ),
        ),
        sections=(
            Section(
                "The survey",
                (
                    text("title", "Title", details="Members read it.", is_wide=True),
                    rows(
                        "questions",
                        "Questions",
                        (
                            words("words", "Question"),
                            select("kind", "Answered with", KINDS),
                            flag("is_required", "Must be answered"),
                            lines(
                                "choices",
                                "Answers to choose from",
                                details="One a line, 20 at most.",
                                follows=when("kind", "choice"),
                            ),
                        ),
                        noun="question",
                        start={"kind": "nps", "words": "", "is_required": True},
                        empty="Add a first question.",
                        named_by="words",
                        is_ordered=True,
                    ),
                ),
            ),
        ),
    ),
)
