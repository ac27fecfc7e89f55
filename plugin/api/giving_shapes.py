"""What the API answers about points that are given, lapse or come from partners."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from plugin.api.shapes import Money, money
from plugin.db.tables import GrantRow, LaunchTrialRow, PartnerLinkRow
from plugin.loyalty.program import Program
from plugin.services.dividend import Preview
from plugin.services.goodwill import Budget
from plugin.services.partners import BudgetUse


class Warning(msgspec.Struct, frozen=True):  # noqa: A001 - what it is called
    """Points that lapse at `lapses_at`, of which their owner is told `days` before. `told_at` is null until they were."""

    lapses_at: datetime
    days: int
    points: int
    made_at: datetime
    told_at: datetime | None


class GoodwillReason(msgspec.Struct, frozen=True):
    """A reason for which staff may give points: at most `maximum_points` at once, `per_member` in a `period` (null: no bound)."""

    code: str
    title: str
    maximum_points: int
    per_member: int | None
    period: str


class Goodwill(msgspec.Struct, frozen=True):
    """The reasons, and this month's budget with what is left of it (null: no bound)."""

    reasons: list[GoodwillReason]
    monthly_budget: int | None
    left: int | None


class Grant(msgspec.Struct, frozen=True):
    """Points that staff gave: `code` and `title` of the reason, and how many were taken back."""

    id: str
    member_id: str
    code: str
    title: str
    points: int
    taken_back: int
    granted_at: datetime


class DividendShare(msgspec.Struct, frozen=True):
    """One member's share: what their orders were worth, the dividend, and the points it is paid in (0: as a reward)."""

    member_id: str
    spend: Money
    amount: Money
    points: int


class Dividend(msgspec.Struct, frozen=True):
    """What a year's dividend comes to, as orders stand now, and its largest shares."""

    year: int
    members: int
    spend: Money
    amount: Money
    points: int
    largest: list[DividendShare]


class PartnerBudget(msgspec.Struct, frozen=True):
    """A partner of the program, and what it may still give in this period."""

    id: str
    title: str
    is_on: bool
    budget: int
    period: str
    left: int


class PartnerLink(msgspec.Struct, frozen=True):
    """A member's consent to be credited by this partner. Who the member is, and what they have, is not told."""

    id: str
    linked_at: datetime


class PartnerCredit(msgspec.Struct, frozen=True):
    """Points that this partner gave through a link, and how many of them it took back."""

    id: str
    link_id: str
    points: int
    taken_back: int
    credited_at: datetime


class Credited(msgspec.Struct, frozen=True):
    """A customer to whom past orders give much; null where the person is not known any more."""

    customer_id: str | None
    points: int


class LaunchOutcome(msgspec.Struct, frozen=True):
    """What past orders would give: orders read, those that give something, members, points, and who gets most."""

    orders: int
    credited_orders: int
    members: int
    points: int
    most: list[Credited]


class LaunchTrial(msgspec.Struct, frozen=True):
    """A dry run of a launch. `outcome` is null until it is over."""

    id: str
    asked_at: datetime
    finished_at: datetime | None
    outcome: LaunchOutcome | None


def warning(row: tuple[datetime, int, int, datetime, datetime | None]) -> Warning:
    """A warning."""
    return Warning(*row)


def goodwill(program: Program, budget: Budget) -> Goodwill:
    """The program's reasons and its budget."""
    reasons = [
        GoodwillReason(code.id, code.title, code.maximum_points, code.per_member, code.period)
        for code in program.goodwill.codes
    ]
    return Goodwill(reasons, budget.monthly, budget.left)


def grant(row: GrantRow) -> Grant:
    """A grant of goodwill."""
    return Grant(str(row.id), str(row.member_id), row.code, row.title, row.points, row.taken_back, row.granted_at)


def dividend(found: Preview, *, currency: str) -> Dividend:
    """A year's dividend."""
    largest = [
        DividendShare(str(one.member_id), money(one.spend, currency), money(one.amount, currency), one.points)
        for one in found.largest
    ]
    return Dividend(
        found.year, found.members, money(found.spend, currency), money(found.amount, currency), found.points, largest
    )


def partner(use: BudgetUse) -> PartnerBudget:
    """A partner with its budget."""
    one = use.partner
    return PartnerBudget(one.id, one.title, one.is_on, one.budget, one.period, use.left)


def link(row: PartnerLinkRow) -> PartnerLink:
    """A link, as its partner sees it."""
    return PartnerLink(str(row.id), row.linked_at)


def credit(row: GrantRow) -> PartnerCredit:
    """A credit, as its partner sees it."""
    return PartnerCredit(str(row.id), str(row.link_id), row.points, row.taken_back, row.granted_at)


def trial(row: LaunchTrialRow) -> LaunchTrial:
    """A dry run."""
    return LaunchTrial(str(row.id), row.asked_at, row.finished_at, _outcome(row.outcome) if row.outcome else None)


def _outcome(found: dict[str, Any]) -> LaunchOutcome:
    return msgspec.convert(found, LaunchOutcome)
