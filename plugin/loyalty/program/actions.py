"""Actions: what members get points or a reward for besides buying, and how often."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, model_validator

from plugin.loyalty.program.values import Days, Instant, Label, Part, Period, Points, Slug, Tag

ActionKind = Literal[
    "sign_up",
    "birthday",
    "newsletter",
    "review",
    "social_follow",
    "social_share",
    "event",
    "post",
    "answer",
    "survey",
    "anniversary",
    "welcome_back",
    "custom",
]

WebAddress = Annotated[str, StringConstraints(pattern=r"^https://[^\s<>\"']{1,500}$")]

TOLD_BY_OTHERS: Final = frozenset({"review", "post", "answer", "custom"})
"""Kinds that a review app, a forum or the merchant's own programs report over the API."""

DONE_BY_CLICK: Final = frozenset({"social_follow", "social_share"})
"""Kinds that a shopper does by following a link on the storefront."""

TAGS_UNKNOWN: Final[frozenset[ActionKind]] = frozenset({"newsletter", "welcome_back"})
"""Kinds that are judged by what webhooks tell."""

ONE_OF_A_KIND: Final[frozenset[ActionKind]] = frozenset({"sign_up", "birthday", "newsletter", "anniversary"})
"""Kinds that a program has at most one action of, because they happen by themselves."""


class Cap(Part):
    """At most `count` times in each period of the shop's calendar."""

    count: Annotated[int, Field(ge=1, le=10_000)] = 1
    period: Period = "ever"


class Action(Part):
    """One thing that is worth `points`, or a reward of the program at once, or both; it may be worth nothing but being counted.

    Nothing is given outside `starts_at` to `ends_at`, above a cap, before `cooldown_hours` have passed since the last time, or to
    members who have none of `tiers` or none of `tags` where those are named. `notice_days` is how long before it a birthday must be
    told; `absent_days` how long somebody must have stayed away to be welcomed back.
    """

    id: Slug
    kind: ActionKind
    title: Label
    points: Points = 0
    reward_id: Slug | None = None
    is_on: bool = True
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    caps: Annotated[tuple[Cap, ...], Field(max_length=5)] = ()
    cooldown_hours: Annotated[int, Field(ge=1, le=87_600)] | None = None
    tiers: Annotated[tuple[Slug, ...], Field(max_length=50)] = ()
    tags: Annotated[tuple[Tag, ...], Field(max_length=50)] = ()
    pending_days: Annotated[int, Field(ge=0, le=365)] | None = None
    url: WebAddress | None = None
    survey_id: Slug | None = None
    notice_days: Annotated[int, Field(ge=0, le=366)] = 30
    absent_days: Days = 90

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Action:
        if self.kind in DONE_BY_CLICK and self.url is None:
            raise ValueError("url: say which page is followed or shared (https://…)")
        if self.kind not in DONE_BY_CLICK and self.url is not None:
            raise ValueError("url: only following and sharing lead to a page; leave it out")
        if (self.kind == "survey") != (self.survey_id is not None):
            raise ValueError("survey_id: an action of kind survey names its survey, no other does")
        if self.tags and self.kind in TAGS_UNKNOWN:
            raise ValueError("tags: this happens by itself, where nobody looks a customer's tags up; name no tags")
        if self.starts_at is not None and self.ends_at is not None and self.starts_at >= self.ends_at:
            raise ValueError("ends_at: must lie after starts_at")
        return self
