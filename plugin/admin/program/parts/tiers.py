"""Tiers: how levels are reached and kept, and what each of them gives."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from plugin.admin.formats import Formats
from plugin.admin.program.editor import (
    Listing,
    Part,
    Section,
    Start,
    State,
    decimal,
    flag,
    languages,
    lines,
    many,
    money,
    rewards,
    rows,
    select,
    text,
    when,
    while_on,
    whole,
)
from plugin.admin.program.parts import says
from plugin.admin.program.parts.filled import filled
from plugin.admin.program.parts.scale import Scale
from plugin.loyalty.program import Level, Program, RecurringPerk

METRICS: Final = (
    ("spend", "The money they spend"),
    ("points", "The {points} they earn"),
    ("orders", "The orders they place"),
    ("referrals", "The friends they bring"),
)
WINDOWS: Final = (
    ("rolling", "The last months, counted anew every day"),
    ("calendar_year", "The calendar year"),
    ("lifetime", "Everything, for ever"),
)
EVERY: Final = (
    ("day", "a day"),
    ("week", "a week"),
    ("month", "a month"),
    ("quarter", "a quarter"),
    ("year", "a year"),
    ("ever", "and never again"),
)
RECURRING: Final = rows(
    "recurring",
    "Rewards that come again",
    (select("reward", "Reward", rewards), select("every", "Given once", EVERY)),
    noun="reward",
    start={"reward": "", "every": "month"},
    empty="Nothing comes again by itself.",
)
"""What tiers and memberships give again and again."""


def line(program: Program, level: Level, formats: Formats) -> str:
    """The level in one line: how it is reached, and what it gives."""
    return " · ".join([_reached(program, level, formats), *_gives(program, level, formats)])


def meaning(program: Program, level: Level, formats: Formats) -> list[str]:
    """How a customer reaches the level, what they get on entering it and while they have it."""
    said = [
        f"Everybody has {level.title}."
        if not level.threshold
        else f"Customers reach {level.title} with {_amount(program, level.threshold, formats)}{_within(program)}."
    ]
    entering = says.gets(program, formats, count=level.entry_points, rewards=level.entry_rewards, is_priced=True)
    if entering:
        said.append(f"On reaching it they get {entering}.")
    earning = program.earning
    if level.multiplier > 1 and earning.points:
        rate = Decimal(earning.points) * level.multiplier
        said.append(
            f"They earn {formats.number(rate)} {says.many_points(program)} for every {formats.money(earning.per)}."
        )
    said += [f"{words}." for words in recurring_said(program, level.recurring)]
    if level.tag:
        said.append(f"At Shopify they have the customer tag “{level.tag}”.")
    return said


def recurring_said(program: Program, perks: tuple[RecurringPerk, ...]) -> list[str]:
    """Rewards that come again, each as words: "They get “Free shipping” once a month"."""
    return [f"They get “{says.reward_title(program, perk.reward)}” once {says.PER[perk.every]}" for perk in perks]


def _reached(program: Program, level: Level, formats: Formats) -> str:
    return f"From {_amount(program, level.threshold, formats)}" if level.threshold else "Everybody"


def _gives(program: Program, level: Level, formats: Formats) -> list[str]:
    given = [f"{formats.number(level.multiplier)} × {says.many_points(program)}"] if level.multiplier > 1 else []
    entering = says.gets(program, formats, count=level.entry_points, rewards=level.entry_rewards)
    given += [f"{entering} on reaching it"] if entering else []
    given += [f"“{says.reward_title(program, perk.reward)}” once {says.PER[perk.every]}" for perk in level.recurring]
    return given


def _amount(program: Program, threshold: Decimal, formats: Formats) -> str:
    metric = program.tiers.metric
    if metric == "spend":
        return f"{formats.money(threshold)} spent"
    if metric == "points":
        return f"{says.points(program, int(threshold), formats)} earned"
    return says.plural(int(threshold), "order" if metric == "orders" else "invited friend")


def _within(program: Program) -> str:
    window = program.tiers.window
    match window.kind:
        case "rolling":
            return f" within {says.plural(window.months, 'month')}"
        case "calendar_year":
            return " within a calendar year"
        case "lifetime":
            return ""


def _state(program: Program, formats: Formats) -> State:
    levels = program.tiers.levels
    if not levels:
        return State("No tiers: all customers are treated alike.", is_on=False)
    named = says.named([level.title for level in levels])
    highest = _amount(program, levels[-1].threshold, formats)
    return State(
        f"{says.plural(len(levels), 'tier')}: {named}. The highest needs {highest}{_within(program)}.", is_on=True
    )


def _meaning(program: Program, formats: Formats) -> list[str]:
    tiers = program.tiers
    if not tiers.levels:
        return ["There are no tiers yet. Add the first one below."]
    said = [f"{_reached(program, level, formats)}: {level.title}." for level in tiers.levels]
    if tiers.window.kind == "lifetime":
        return [*said, "Whoever reaches a tier keeps it for ever."]
    kept = "to the end of the next calendar year"
    if tiers.window.kind == "rolling":
        kept = f"for {says.plural(tiers.window.months, 'month')}"
    grace = f", and {says.plural(tiers.grace_days, 'day')} more" if tiers.grace_days else ""
    said.append(f"Whoever reaches a tier keeps it {kept} after they last qualified{grace}.")
    falls = (
        "the tier that they still qualify for" if tiers.downgrade == "straight" else "the tier below, for one more term"
    )
    return [*said, f"After that they have {falls}."]


def _level(title: str, threshold: int, multiplier: str, about: str, entry: int = 0) -> Start:
    def make(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
        return _made(program, formats, title, threshold, multiplier, entry)

    return Start(title.lower(), title, make, about, "star")


def _made(
    program: Program, formats: Formats, title: str, threshold: int, multiplier: str, entry: int
) -> dict[str, Any]:
    """A level at `threshold` dollars a year, in whatever the program's tiers count."""
    scale = Scale.of(program, formats)
    in_metric = {
        "spend": scale.money(threshold),
        "points": str(scale.points(threshold)),
        "orders": str(max(1, threshold // 50)),
        "referrals": str(max(1, threshold // 100)),
    }
    made: dict[str, Any] = {"title": title, "threshold": "0", "multiplier": multiplier}
    if threshold:
        made |= {"threshold": in_metric[program.tiers.metric]}
    return made | ({"entry_points": scale.points(entry)} if entry else {})


def _trio(program: Program, formats: Formats, _now: datetime) -> list[dict[str, Any]]:
    steps = (("Bronze", 0, "1", 0), ("Silver", 250, "1.25", 50), ("Gold", 750, "1.5", 150))
    return [_made(program, formats, *step) for step in steps]


def _pair(program: Program, formats: Formats, _now: datetime) -> list[dict[str, Any]]:
    steps = (("Member", 0, "1", 0), ("VIP", 500, "1.5", 100))
    return [_made(program, formats, *step) for step in steps]


_IN_SPEND: Final = when("/tiers.metric", "spend")
_IN_NUMBERS: Final = when("/tiers.metric", "points", "orders", "referrals")

PART: Final = Part(
    slug="tiers",
    title="Tiers",
    group="tiers",
    icon="star-list",
    about="Levels that good customers reach, and what each of them gives.",
    state=_state,
    meaning=_meaning,
    sections=(
        Section(
            "How tiers are reached and kept",
            (
                select("tiers.metric", "What counts", METRICS, details="Taken back again when an order is refunded."),
                select("tiers.window.kind", "Over which time", WINDOWS),
                whole(
                    "tiers.window.months",
                    "The last",
                    suffix="months",
                    details="A tier that was reached is kept for as long.",
                    follows=when("tiers.window.kind", "rolling"),
                ),
                whole(
                    "tiers.grace_days",
                    "Extra time before a tier is lost",
                    suffix="days",
                    follows=while_on("tiers.window.kind", "rolling", "calendar_year"),
                ),
                select(
                    "tiers.downgrade",
                    "Who no longer qualifies",
                    (("straight", "Gets the tier they still qualify for"), ("one_down", "Falls one tier at a time")),
                    follows=while_on("tiers.window.kind", "rolling", "calendar_year"),
                ),
            ),
        ),
        Section(
            "What Shopify is told",
            (
                flag(
                    "tiers.at_shopify.tags",
                    "Give customers the tag of their tier",
                    details="For segments, discounts and e-mail lists at Shopify. Each tier says its tag.",
                ),
                flag(
                    "tiers.at_shopify.metafields",
                    "Keep tier and {points} in metafields of the customer",
                    details="For themes and other apps to read.",
                ),
            ),
            is_advanced=True,
        ),
    ),
    listing=Listing(
        path="tiers.levels",
        noun="tier",
        plural="tiers",
        has_switch=False,
        sorted_by="threshold",
        line=line,
        meaning=meaning,
        removal="Customers in it move to the next tier below that they qualify for.",
        empty="Tiers give your best customers a reason to stay: more {points}, and rewards of their own.",
        starts=filled(
            Level,
            (
                Start(
                    "trio",
                    "Three tiers: Bronze, Silver, Gold",
                    _trio,
                    "All three at once; change what you like.",
                    "star-list",
                    is_set=True,
                ),
                Start("pair", "Two tiers: Member and VIP", _pair, "Simple to explain.", "star-filled", is_set=True),
                _level("Bronze", 0, "1", "Where everybody begins."),
                _level("Silver", 250, "1.25", "A quarter more on every order.", 50),
                _level("Gold", 750, "1.5", "Half as much again.", 150),
                _level("Platinum", 1500, "2", "Double for the very best.", 300),
            ),
        ),
        sections=(
            Section(
                "The tier",
                (
                    text("title", "Name", details="Customers see this."),
                    money(
                        "threshold",
                        "Reached by spending",
                        details="0: everybody has it from the start.",
                        follows=_IN_SPEND,
                    ),
                    whole(
                        "threshold",
                        "Reached with",
                        details="In what your tiers count. 0: everybody has it from the start.",
                        follows=_IN_NUMBERS,
                    ),
                ),
            ),
            Section(
                "What it gives",
                (
                    decimal(
                        "multiplier",
                        "Times the base rate",
                        suffix="×",
                        details="1.5: half as many {points} again on every order. 1: no more than everybody.",
                    ),
                    whole(
                        "entry_points", "On reaching it", suffix="{points}", details="Once in each term. 0: nothing."
                    ),
                    many("entry_rewards", "Rewards on reaching it", rewards),
                    RECURRING,
                    lines(
                        "perks",
                        "Other perks",
                        placeholder="Free returns",
                        details="One a line. Customers read them; keeping them is up to you.",
                    ),
                ),
            ),
            Section(
                "Other languages",
                (languages("titles", "Name in other languages"),),
                is_advanced=True,
            ),
            Section(
                "At Shopify",
                (
                    text(
                        "tag",
                        "Customer tag",
                        is_optional=True,
                        placeholder="tier-gold",
                        details="Given only if tags are switched on for all tiers.",
                    ),
                ),
                is_advanced=True,
            ),
        ),
    ),
)
