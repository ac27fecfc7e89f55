"""Partners: other businesses that give a shop's members points, each within a budget of its own."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from plugin.loyalty.program.values import Label, Part, Period, PositivePoints, Slug


class Partner(Part):
    """Who may credit `budget` points in a `period` of the shop's calendar, and no member more than `per_member` in theirs.

    What it credited it may take back for `undo_days`. Its API key is made with `regulars api-keys create DOMAIN --partner ID`.
    """

    id: Slug
    title: Label
    is_on: bool = True
    budget: PositivePoints
    period: Period = "month"
    per_member: PositivePoints | None = None
    member_period: Period = "month"
    undo_days: Annotated[int, Field(ge=0, le=365)] = 30
