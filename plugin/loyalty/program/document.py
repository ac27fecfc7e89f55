"""The whole document, and the way from and to JSON."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from plugin.loyalty.errors import InvalidProgram
from plugin.loyalty.program.earning import Earning, Exclusions
from plugin.loyalty.program.referral import Referral
from plugin.loyalty.program.rewards import Reward
from plugin.loyalty.program.values import Label, Language, Part


class PointsName(Part):
    """What one point and several points are called, in one language."""

    one: Label = "point"
    other: Label = "points"


class Program(Part):
    """The whole document. `is_live` false: orders are recorded, nothing is promised or shown."""

    is_live: bool = False
    name: Label = "Rewards"
    points_name: Annotated[dict[Language, PointsName], Field(min_length=1)] = Field(
        default_factory=lambda: {"en": PointsName()}
    )
    only_joined: bool = False
    earning: Earning = Earning()
    exclusions: Exclusions = Exclusions()
    rewards: Annotated[tuple[Reward, ...], Field(max_length=50)] = ()
    referral: Referral = Referral()
    returns_points_on_refund: bool = True
    grace_days: Annotated[int, Field(ge=0, le=365)] = 30

    @model_validator(mode="after")
    def _reward_ids_differ(self) -> Program:
        seen: set[str] = set()
        for reward in self.rewards:
            if reward.id in seen:
                raise ValueError(f"rewards: two rewards have the id {reward.id!r}; give each its own")
            seen.add(reward.id)
        return self

    def reward(self, reward_id: str) -> Reward | None:
        """The reward of that id that is switched on, or None."""
        return next((reward for reward in self.rewards if reward.id == reward_id and reward.is_on), None)

    def points_word(self, count: int, language: str = "en") -> str:
        """The merchant's word for that many points, in the language, else in English."""
        names = self.points_name.get(language) or self.points_name.get("en") or next(iter(self.points_name.values()))
        return names.one if abs(count) == 1 else names.other


def parse(document: Any) -> Program:
    """The typed program of a JSON-like document. Raises InvalidProgram naming every field and what is allowed."""
    try:
        return Program.model_validate(document)
    except ValidationError as error:
        problems = [
            _problem(item["loc"], item["msg"]) for item in error.errors(include_url=False, include_context=False)
        ]
        raise InvalidProgram(count=len(problems), problems=problems) from None


def dump(program: Program) -> dict[str, Any]:
    """The JSON-like document of a program; `parse(dump(p)) == p`."""
    return program.model_dump(mode="json")


def _problem(location: tuple[int | str, ...], message: str) -> tuple[str, str]:
    message = message.removeprefix("Value error, ")
    field, colon, rest = message.partition(": ")
    if colon and field.isidentifier():
        location, message = (*location, field), rest
    return ".".join(str(part) for part in location), message[:1].upper() + message[1:]
