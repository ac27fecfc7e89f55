"""Surveys: whether answers fit their questions, and what many answers come to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from plugin.loyalty.program import Program, Question, Survey

NPS_MAX: Final = 10
PROMOTERS_FROM: Final = 9
DETRACTORS_TO: Final = 6
INDEX_BEST: Final = 1
INDEX_WORST: Final = 6
WORDS_MAX: Final = 1000


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer that fits: a number, one of the choices (or a reward's id), or words."""

    question_id: str
    number: int | None = None
    choice: str | None = None
    words: str | None = None


def read(survey: Survey, given: Mapping[str, Any], program: Program) -> tuple[list[Answered], list[tuple[str, str]]]:
    """The answers by question, and (question id, what is allowed) for those that do not fit. An empty text is no answer."""
    found, problems = [], []
    known = {question.id for question in survey.questions}
    problems += [(name, "There is no such question.") for name in given if name not in known]
    for question in survey.questions:
        value = given.get(question.id)
        if value is None or value == "":
            if question.is_required:
                problems.append((question.id, "Answer this question."))
            continue
        answer, allowed = _read_one(question, value, program)
        if answer is None:
            problems.append((question.id, allowed))
        else:
            found.append(answer)
    return found, problems


def nps(counts: Mapping[int, int]) -> Decimal | None:
    """The net promoter score, -100 to 100: the share of 9 and 10 less the share of 0 to 6. None before the first answer."""
    total = sum(counts.values())
    if not total:
        return None
    promoters = sum(n for number, n in counts.items() if number >= PROMOTERS_FROM)
    detractors = sum(n for number, n in counts.items() if number <= DETRACTORS_TO)
    return _percent(Decimal(promoters - detractors), Decimal(total))


def loyalty_index(counts: Mapping[int, int]) -> Decimal | None:
    """The loyalty index in per cent: answers from 1 (very likely) to 6, where a mean of 1 is 100 and of 6 is 0. None without answers."""
    total = sum(counts.values())
    if not total:
        return None
    mean = Decimal(sum(number * n for number, n in counts.items())) / total
    return _percent(INDEX_WORST - mean, Decimal(INDEX_WORST - INDEX_BEST))


def _read_one(question: Question, value: Any, program: Program) -> tuple[Answered | None, str]:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    match question.kind:
        case "nps":
            is_fit = is_number and 0 <= value <= NPS_MAX
            return (Answered(question.id, number=value) if is_fit else None), "Give a whole number from 0 to 10."
        case "index":
            is_fit = is_number and INDEX_BEST <= value <= INDEX_WORST
            return (Answered(question.id, number=value) if is_fit else None), "Give a whole number from 1 to 6."
        case "choice":
            is_fit = value in question.choices
            return (Answered(question.id, choice=value) if is_fit else None), (
                "Give one of the choices: " + ", ".join(question.choices) + "."
            )
        case "reward":
            is_fit = any(reward.id == value for reward in program.rewards)
            return (Answered(question.id, choice=value) if is_fit else None), "Give the id of a reward of the program."
        case "text":
            is_fit = isinstance(value, str) and len(value) <= WORDS_MAX
            return (Answered(question.id, words=value.strip()) if is_fit else None), (
                f"Give a text of at most {WORDS_MAX} characters."
            )


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    return (100 * part / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)
