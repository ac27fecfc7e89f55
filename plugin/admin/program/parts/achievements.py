"""Achievements: milestones on what members buy and do, runs of orders, and challenges within dates."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from plugin.admin.formats import Formats
from plugin.admin.program.editor import (
    Field,
    Listing,
    Part,
    Section,
    Start,
    State,
    actions,
    decimal,
    flag,
    many,
    moment,
    product,
    rewards,
    rows,
    select,
    text,
    variant,
    when,
    whole,
)
from plugin.admin.program.parts import says
from plugin.admin.program.parts.filled import filled
from plugin.admin.program.parts.scale import Scale
from plugin.loyalty.program import Achievement, Program, Step

METRICS: Final = (
    ("orders", "Orders"),
    ("spend", "Money spent"),
    ("points", "Collected {points}"),
    ("quantity", "Pieces bought"),
    ("streak", "Orders in a row: every month, every week"),
    ("actions", "How often an action was done"),
    ("challenge", "A challenge: several things to do"),
)
RUNS: Final = (("day", "Days"), ("week", "Weeks"), ("month", "Months"), ("quarter", "Quarters"), ("year", "Years"))
_ONE_OF_MANY: Final = ("orders", "spend", "points", "quantity", "streak", "actions")
_RUN_NOUN: Final = {
    "day": "day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
    "ever": "period",
}
CHALLENGE: Final = timedelta(days=30)


def line(program: Program, found: Achievement, formats: Formats) -> str:
    """The line of milestones in one line: its first step, and how many more there are."""
    step = found.steps[0]
    given = says.sentence([_at(program, found, step, formats), _given(program, step, formats)], joint=": ")
    more = len(found.steps) - 1
    again = "again and again" if found.repeats else ""
    return " · ".join(part for part in (given, says.plural(more, "more step") if more else "", again) if part)


def meaning(program: Program, found: Achievement, formats: Formats) -> list[str]:
    """Every step as a sentence, and what counts for it."""
    said = []
    for step in found.steps[:6]:
        given = _given(program, step, formats) or "nothing"
        said.append(f"{says.sentence([_at(program, found, step, formats)])}: members get {given}.")
    if len(found.steps) > 6:  # noqa: PLR2004 - six sentences are enough to see what is meant
        said.append(f"And {says.plural(len(found.steps) - 6, 'step')} more.")
    if found.repeats:
        every = found.steps[0].at
        said.append(f"And again at {every * 2:,}, {every * 3:,} and so on.")
    said += _counts(program, found)
    if found.starts_at is not None or found.ends_at is not None:
        since = f" from {formats.moment(found.starts_at)}" if found.starts_at is not None else ""
        until = f" until {formats.moment(found.ends_at)}" if found.ends_at is not None else ""
        said.append(f"Only what happens{since}{until} counts.")
    return [*said, "What a refund undoes counts no longer, and what it brought is taken back."]


def _at(program: Program, found: Achievement, step: Step, formats: Formats) -> str:
    number = formats.number(step.at)
    match found.metric:
        case "orders":
            return f"at {says.plural(step.at, 'order')}"
        case "spend":
            return f"at {formats.money(step.at)} spent"
        case "points":
            return f"at {says.points(program, step.at, formats)} collected"
        case "quantity":
            return f"at {number} bought"
        case "streak":
            return f"after an order in {says.plural(step.at, _RUN_NOUN[found.period])} in a row"
        case "actions":
            return f"after {says.plural(step.at, 'time')}"
        case "challenge":
            return "when everything is done"


def _given(program: Program, step: Step, formats: Formats) -> str:
    return says.gets(program, formats, count=step.points, rewards=(step.reward_id,), badge=step.badge)


def _counts(program: Program, found: Achievement) -> list[str]:
    titles = {action.id: action.title for action in program.actions}
    if found.metric == "actions":
        return [f"What counts: {says.listed([titles.get(one, one) for one in found.action_ids], 'or')}."]
    if found.metric == "challenge":
        tasks = [
            f"{titles.get(task.action_id, task.action_id) if task.action_id else 'an order'}"
            f"{'' if task.times == 1 else f' ({task.times} times)'}"
            for task in found.tasks
        ]
        return [f"To do: {says.listed(tasks)}."]
    if found.metric == "quantity" and found.units:
        other = "nothing" if not found.other_units else f"{found.other_units.normalize():f} each"
        return [f"{says.plural(len(found.units), 'product')} count with a factor of their own, all others {other}."]
    return []


def _state(program: Program, _formats: Formats) -> State:
    running = [found for found in program.achievements if found.is_on]
    if not running:
        return State("No milestones and no challenges.", is_on=False)
    steps = sum(len(found.steps) for found in running)
    named = says.named([found.title for found in running])
    return State(f"{says.plural(len(running), 'achievement')} with {says.plural(steps, 'step')}: {named}.", is_on=True)


def _orders(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    scale = Scale.of(program, formats)
    steps = [{"at": at, "points": scale.points(points)} for at, points in ((3, 50), (10, 150), (25, 400))]
    return {"title": "Orders with us", "metric": "orders", "steps": steps}


def _spend(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    scale = Scale.of(program, formats)
    rungs = ((100, 25), (250, 50), (500, 100), (1000, 250))
    steps = [{"at": int(scale.unit * at), "points": scale.points(points)} for at, points in rungs]
    return {"title": "Spent with us", "metric": "spend", "steps": steps}


def _streak(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    return {
        "title": "Three months in a row",
        "metric": "streak",
        "period": "month",
        "repeats": True,
        "steps": [{"at": 3, "points": Scale.of(program, formats).points(75)}],
    }


def _pieces(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    return {
        "title": "Every tenth one",
        "metric": "quantity",
        "repeats": True,
        "steps": [{"at": 10, "points": Scale.of(program, formats).points(50)}],
    }


def _challenge(program: Program, formats: Formats, now: datetime) -> dict[str, Any]:
    """Two orders, and one of the actions that are there, within the next 30 days."""
    told = next((action for action in program.actions if action.is_on and action.kind in _DOABLE), None)
    tasks: list[dict[str, Any]] = [{"times": 2}]
    if told is not None:
        tasks.append({"action_id": told.id, "times": 1})
    today = now.astimezone(formats.zone).date()
    begins, ends = (datetime.combine(day, time(), formats.zone) for day in (today, today + CHALLENGE))
    return {
        "title": "This month’s challenge",
        "metric": "challenge",
        "steps": [{"at": 1, "points": Scale.of(program, formats).points(100), "badge": "Challenger"}],
        "tasks": tasks,
        "starts_at": begins.astimezone(UTC).isoformat(),
        "ends_at": ends.astimezone(UTC).isoformat(),
    }


def _helper(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    told = [action.id for action in program.actions if action.is_on and action.kind in _DOABLE]
    return {
        "title": "Helper",
        "metric": "actions",
        "action_ids": told[:1],
        "steps": [
            {"at": 5, "points": Scale.of(program, formats).points(25), "badge": "Helper"},
            {"at": 25, "points": Scale.of(program, formats).points(100), "badge": "Expert"},
        ],
    }


_DOABLE: Final = frozenset({"review", "post", "answer", "event", "custom", "social_share"})
_METRIC: Final = "metric"
_REWARDED: Final[tuple[Field, ...]] = (
    whole("points", "Gives", suffix="{points}"),
    select("reward_id", "Reward", rewards, is_optional=True, placeholder="No reward"),
    text("badge", "Badge", is_optional=True, placeholder="Regular"),
)

PART: Final = Part(
    slug="achievements",
    title="Achievements",
    group="earning",
    icon="flag",
    about="Milestones, months in a row, challenges: something to work towards.",
    state=_state,
    listing=Listing(
        path="achievements",
        noun="achievement",
        plural="achievements",
        is_ordered=True,
        line=line,
        meaning=meaning,
        removal="Members keep what they reached. Nothing more can be reached.",
        empty="Milestones give members something to work towards: their third order, three months in a row.",
        starts=filled(
            Achievement,
            (
                Start("orders", "Number of orders", _orders, "The 3rd, the 10th, the 25th.", "order"),
                Start("spend", "Money spent", _spend, "A ladder of amounts.", "cash-dollar"),
                Start("streak", "Months in a row", _streak, "An order in each of three months.", "calendar-check"),
                Start("pieces", "Every tenth piece", _pieces, "A stamp card on what is bought.", "product"),
                Start("challenge", "A challenge", _challenge, "Several things to do before a date.", "flag"),
                Start("helper", "A badge for helping", _helper, "Doing an action often.", "heart"),
            ),
        ),
        sections=(
            Section(
                "What is counted",
                (
                    text("title", "Title", details="Members read it in your store."),
                    select(_METRIC, "It counts", METRICS),
                    select("period", "In a row, counted in", RUNS, follows=when(_METRIC, "streak")),
                    many(
                        "action_ids",
                        "Which actions",
                        actions,
                        details="Any of them counts.",
                        follows=when(_METRIC, "actions"),
                    ),
                    rows(
                        "tasks",
                        "What must be done",
                        (
                            select("action_id", "Do", actions, is_optional=True, placeholder="Place an order"),
                            whole("times", "Times"),
                        ),
                        noun="task",
                        start={"times": 1},
                        empty="Add what must be done; all of it together is the challenge.",
                        follows=when(_METRIC, "challenge"),
                    ),
                    rows(
                        "units",
                        "Products that count more, or less, than one",
                        (
                            product("product_id", "Product", is_optional=True),
                            variant("variant_id", "or a variant", is_optional=True),
                            decimal("units", "counts"),
                        ),
                        noun="product",
                        start={"units": "1"},
                        empty="Every piece counts one. Add products that count otherwise: a bag of 14 meals counts 14.",
                        follows=when(_METRIC, "quantity"),
                    ),
                    decimal(
                        "other_units",
                        "All other products count",
                        details="0: only the products above count.",
                        follows=when(_METRIC, "quantity"),
                    ),
                ),
            ),
            Section(
                "What is given",
                (
                    rows(
                        "steps",
                        "Steps",
                        (whole("at", "At", details="For a challenge: 1."), *_REWARDED),
                        noun="step",
                        start={"at": 1, "points": 0},
                        empty="Add a first step.",
                    ),
                    flag(
                        "repeats",
                        "Begin again each time",
                        details="With one step at 10: at 10, 20, 30 and so on.",
                        follows=when(_METRIC, *_ONE_OF_MANY),
                    ),
                ),
            ),
            Section(
                "Within dates",
                (
                    moment("starts_at", "From", details="Empty: everything from the beginning of the program counts."),
                    moment("ends_at", "Until", details="Empty: no end."),
                ),
                is_advanced=True,
            ),
        ),
    ),
)
