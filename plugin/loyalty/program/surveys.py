"""Surveys: what members are asked. An action of kind survey says what an answer is worth."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from plugin.loyalty.program.values import Label, Part, Slug, Words

QuestionKind = Literal["nps", "index", "choice", "reward", "text"]


class Question(Part):
    """One question.

    `nps` is answered from 0 (would not recommend us) to 10, `index` from 1 (very likely) to 6; three of the latter make the loyalty
    index. `choice` is answered with one of `choices`, `reward` with the id of a reward of the program, `text` in the member's words.
    """

    id: Slug
    kind: QuestionKind
    words: Words
    choices: Annotated[tuple[Label, ...], Field(max_length=20)] = ()
    is_required: bool = True

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Question:
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("choices: a choice needs what can be chosen, no other question has any")
        if len(set(self.choices)) != len(self.choices):
            raise ValueError("choices: two choices are the same")
        return self


class Survey(Part):
    """Questions that are answered together."""

    id: Slug
    title: Label
    questions: Annotated[tuple[Question, ...], Field(max_length=20)]

    @model_validator(mode="after")
    def _ids_differ(self) -> Survey:
        if not self.questions:
            raise ValueError("questions: ask one question or more")
        if len({question.id for question in self.questions}) != len(self.questions):
            raise ValueError("questions: two questions have the same id; give each its own")
        return self
