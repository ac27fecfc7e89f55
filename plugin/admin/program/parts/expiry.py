"""Expiry: when points run out that nobody spent, and how their owners are warned."""

from __future__ import annotations

from typing import Any, Final

from plugin.admin.formats import Formats
from plugin.admin.program.editor import Part, Section, State, flag, numbers, select, when, whole
from plugin.admin.program.parts import says
from plugin.loyalty.program import AfterInactivity, FromEarning, Never, OnDate, Program

RULES: Final = (
    ("never", "They never expire"),
    ("inactivity", "A time after the customer was last active"),
    ("earned", "A time after they were earned, order by order"),
    ("calendar", "Every year on the same day"),
)
UNITS: Final = (("months", "Months"), ("days", "Days"))
_KIND: Final = "expiry.kind"
_COUNTED: Final = ("inactivity", "earned")
_LAPSING: Final = ("inactivity", "earned", "calendar")


def _state(program: Program, formats: Formats) -> State:
    rule = program.lapse
    if rule.kind == "never":
        return State(f"{_many(program)} never expire.", is_on=False)
    return State(f"{_many(program)} expire {_when(rule, formats)}.", is_on=True)


def _meaning(program: Program, formats: Formats) -> list[str]:
    rule = program.lapse
    if rule.kind == "never":
        return [
            f"{_many(program)} stay for ever.",
            "What you owe your customers then only ever grows. Most programs let them expire after a year without activity.",
        ]
    said = [f"{_many(program)} expire {_when(rule, formats)}; days end at midnight in your store’s time zone."]
    if rule.kind == "inactivity":
        said.append("A customer who stays active never loses any.")
    if rule.kind == "calendar" and rule.least_days:
        said.append(f"Those earned in the {says.plural(rule.least_days, 'day')} before stay until the next year.")
    if rule.warn_days:
        days = says.listed([str(day) for day in sorted(rule.warn_days, reverse=True)])
        said.append(f"Customers are reminded {days} {'day' if rule.warn_days == (1,) else 'days'} before.")
    else:
        said.append("Nobody is reminded before.")
    if rule.reinstate_days:
        said.append(f"Your staff can give them back for {says.plural(rule.reinstate_days, 'day')} afterwards.")
    return [
        *said,
        f"When you change this, {says.many_points(program)} that customers already have get one full period from that day.",
    ]


def _when(rule: FromEarning | AfterInactivity | OnDate | Never, formats: Formats) -> str:
    match rule.kind:
        case "never":
            return "never"
        case "calendar":
            return f"every year on {formats.number(rule.day)} {dict(says.MONTHS)[str(rule.month)]}"
        case "earned":
            return _after(rule, "they become available")
        case "inactivity":
            last = "order" if rule.counts == "purchases" else "order, reward or other activity"
            return _after(rule, f"a customer’s last {last}")


def _after(rule: FromEarning | AfterInactivity, what: str) -> str:
    span = says.plural(rule.months, "month") if rule.months is not None else says.plural(rule.days or 0, "day")
    return f"{span} after {what}{', at the end of that month' if rule.to_month_end else ''}"


def _many(program: Program) -> str:
    words = says.many_points(program)
    return words[:1].upper() + words[1:]


def _opened(document: dict[str, Any]) -> dict[str, Any]:
    """One way to say it: `earning.expiry_months` is the short form of a rule, and no rule is one that never applies."""
    rule = document.get("expiry")
    months = document["earning"].get("expiry_months")
    if rule is None:
        rule = {"kind": "never"} if months is None else FromEarning(months=months).model_dump(mode="json")
        document["earning"]["expiry_months"] = None
    if rule["kind"] in _COUNTED:
        rule["unit"] = "days" if rule.get("months") is None else "months"
    document["expiry"] = rule
    return document


def _closed(document: dict[str, Any]) -> dict[str, Any]:
    rule = document.get("expiry") or {}
    rule.pop("unit", None)
    if rule.get("kind", "never") == "never":
        document["expiry"] = None
    return document


PART: Final = Part(
    slug="expiry",
    title="Expiry",
    group="earning",
    icon="clock",
    about="When {points} run out that nobody spends, and who is reminded.",
    state=_state,
    meaning=_meaning,
    opened=_opened,
    closed=_closed,
    sections=(
        Section(
            "When {points} expire",
            (
                select(_KIND, "They expire", RULES, is_wide=True),
                select(
                    "expiry.unit",
                    "Counted in",
                    UNITS,
                    follows=when(_KIND, *_COUNTED),
                ),
                whole(
                    "expiry.months",
                    "After",
                    suffix="months",
                    follows=when(_KIND, *_COUNTED) + when("expiry.unit", "months"),
                ),
                whole(
                    "expiry.days",
                    "After",
                    suffix="days",
                    follows=when(_KIND, *_COUNTED) + when("expiry.unit", "days"),
                ),
                select(
                    "expiry.counts",
                    "What counts as activity",
                    (("any", "Ordering, earning, spending"), ("purchases", "Orders only")),
                    follows=when(_KIND, "inactivity"),
                ),
                select("expiry.month", "Month", says.MONTHS, is_number=True, follows=when(_KIND, "calendar")),
                whole("expiry.day", "Day of the month", follows=when(_KIND, "calendar")),
                whole(
                    "expiry.least_days",
                    "Younger ones stay: earned in the last",
                    suffix="days",
                    details="So that nobody loses what they earned a week before. 0: all expire.",
                    follows=when(_KIND, "calendar"),
                ),
                flag(
                    "expiry.to_month_end",
                    "Only at the end of a month",
                    details="Customers then have one day a month to remember.",
                    follows=when(_KIND, *_COUNTED),
                ),
            ),
        ),
        Section(
            "Reminders and second chances",
            (
                numbers(
                    "expiry.warn_days",
                    "Remind customers so many days before",
                    placeholder="30, 7",
                    details="Two at most, separated by a comma. Empty: no reminder.",
                ),
                whole(
                    "expiry.reinstate_days",
                    "Staff can give them back for",
                    suffix="days",
                    details="After they expired. 0: not at all.",
                ),
            ),
            follows=when(_KIND, *_LAPSING),
        ),
    ),
)
