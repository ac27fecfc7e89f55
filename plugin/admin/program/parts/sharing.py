"""Sharing: households with one balance, gifts between members, and causes that members give to."""

from __future__ import annotations

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
    money,
    numbers,
    percent,
    present,
    select,
    text,
    when,
    while_on,
    whole,
    words,
)
from plugin.admin.program.parts import says
from plugin.admin.program.parts.filled import filled
from plugin.admin.program.parts.scale import Scale
from plugin.loyalty.program import Cause, Program

_HOUSEHOLDS: Final = "sharing.households"
_GIFTS: Final = "sharing.gifts"
_MATCH: Final = "sharing.causes.match"
_TEN_ORDERS: Final = 10


def _household_state(program: Program, _formats: Formats) -> State:
    rules = program.sharing.households
    if not rules.is_on:
        return State("Every member keeps a balance of their own.", is_on=False)
    return State(f"Up to {rules.members_max} members share one balance.", is_on=True)


def _household_meaning(program: Program, formats: Formats) -> list[str]:
    rules = program.sharing.households
    if not rules.is_on:
        return ["Every member keeps a balance of their own."]
    word = says.many_points(program)
    flows = f"Everything its members earn goes into it by itself: all of them spend the same {word}."
    if rules.pools == "put_in":
        flows = f"Members put {word} of their own into it, as many as they like."
    said = [f"Up to {rules.members_max} members share a household. {flows}"]
    if rules.limit_points is not None:
        most = says.points(program, rules.limit_points, formats)
        said.append(f"Each of them can spend {most} of it {says.PER[rules.limit_period]} at most.")
    said.append(f"An invitation is good for {says.plural(rules.invitation_days, 'day')}.")
    return [*said, "Who leaves takes their share along."]


def _gift_state(program: Program, formats: Formats) -> State:
    rules = program.sharing.gifts
    word = says.many_points(program)
    if not rules.is_on:
        return State(f"Members cannot give {word} to each other.", is_on=False)
    return State(
        f"Members can give each other {word}, from {says.points(program, rules.minimum_points, formats)}.", is_on=True
    )


def _gift_meaning(program: Program, formats: Formats) -> list[str]:
    rules = program.sharing.gifts
    if not rules.is_on:
        return [f"Members cannot give {says.many_points(program)} to each other."]
    said = [
        f"A member gives {says.points(program, rules.minimum_points, formats)} or more by a code that works once.",
        f"What nobody accepts within {says.plural(rules.accept_days, 'day')} goes back.",
    ]
    if rules.limit_points is not None:
        said.append(
            f"Each member gives {says.points(program, rules.limit_points, formats)} {says.PER[rules.limit_period]} at most."
        )
    return said


def _cause_line(program: Program, cause: Cause, formats: Formats) -> str:
    if cause.amounts:
        return f"{says.listed([formats.number(amount) for amount in cause.amounts], 'or')} {says.many_points(program)} at a time"
    return f"From {says.points(program, cause.minimum_points, formats)}"


def _cause_meaning(program: Program, cause: Cause, formats: Formats) -> list[str]:
    said = [f"Members can give to “{cause.title}”: {_cause_line(program, cause, formats).lower()}."]
    least = min(cause.amounts, default=cause.minimum_points)
    return [*said, f"The smallest gift is {says.points(program, least, formats)}{says.worth(program, least, formats)}."]


def _causes_state(program: Program, formats: Formats) -> State:
    open_ones = [cause for cause in program.sharing.causes.causes if cause.is_on]
    if not open_ones:
        return State(f"Members cannot give {says.many_points(program)} to a cause.", is_on=False)
    match = program.sharing.causes.match
    added = f" You add {formats.percent(match.percent)} of what its members spend." if match is not None else ""
    return State(
        f"{says.plural(len(open_ones), 'cause')}: {says.listed([one.title for one in open_ones])}.{added}", is_on=True
    )


def _causes_meaning(program: Program, formats: Formats) -> list[str]:
    match = program.sharing.causes.match
    said = [f"Members give {says.many_points(program)}; you pay the cause what they are worth."]
    if match is not None:
        order = Scale.of(program, formats).unit * _TEN_ORDERS * _TEN_ORDERS
        owed = order * match.percent / 100
        adds = f"{formats.money(owed)} in money"
        if match.kind == "points":
            adds = says.points(program, int(owed / match.per * match.points), formats)
        said.append(
            f"When a member who chose a cause spends {formats.money(order)}, you add {adds}. A refund takes it back."
        )
    shown = program.sharing.causes.shows_totals
    said.append("Everybody sees how much came together." if shown else "Only you see how much came together.")
    return said


def _start(slug: str, title: str, about: str, icon: str, *, amounts: tuple[int, ...] = ()) -> Start:
    def make(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
        scale = Scale.of(program, formats)
        return {
            "title": title,
            "text": about,
            "minimum_points": scale.points(10),
            "amounts": [scale.points(amount) for amount in amounts],
        }

    return Start(slug, title, make, about, icon)


HOUSEHOLDS: Final = Part(
    slug="households",
    title="Households",
    group="giving",
    icon="home",
    about="Families and flatmates who save up together.",
    state=_household_state,
    meaning=_household_meaning,
    sections=(
        Section(
            "Households",
            (
                flag(f"{_HOUSEHOLDS}.is_on", "Members can share one balance"),
                select(
                    f"{_HOUSEHOLDS}.pools",
                    "What is shared",
                    (("put_in", "What members put in themselves"), ("earned", "Everything that they earn")),
                    follows=while_on(f"{_HOUSEHOLDS}.is_on"),
                ),
                whole(
                    f"{_HOUSEHOLDS}.members_max",
                    "Members at most",
                    details="2 to 50.",
                    follows=while_on(f"{_HOUSEHOLDS}.is_on"),
                ),
                whole(
                    f"{_HOUSEHOLDS}.limit_points",
                    "Each member can spend at most",
                    suffix="{points}",
                    is_optional=True,
                    details="Of what is shared. Empty: no limit.",
                    follows=while_on(f"{_HOUSEHOLDS}.is_on"),
                ),
                select(
                    f"{_HOUSEHOLDS}.limit_period",
                    "The limit starts afresh",
                    says.AFRESH,
                    follows=while_on(f"{_HOUSEHOLDS}.is_on"),
                ),
                whole(
                    f"{_HOUSEHOLDS}.invitation_days",
                    "An invitation is good for",
                    suffix="days",
                    follows=while_on(f"{_HOUSEHOLDS}.is_on"),
                ),
            ),
        ),
    ),
)

GIFTS: Final = Part(
    slug="gifts",
    title="Gifts between members",
    group="giving",
    icon="envelope",
    about="Members give {points} to each other by a code.",
    state=_gift_state,
    meaning=_gift_meaning,
    sections=(
        Section(
            "Gifts between members",
            (
                flag(f"{_GIFTS}.is_on", "Members can give {points} to each other"),
                whole(
                    f"{_GIFTS}.minimum_points",
                    "A gift is at least",
                    suffix="{points}",
                    follows=while_on(f"{_GIFTS}.is_on"),
                ),
                whole(
                    f"{_GIFTS}.accept_days",
                    "It can be accepted for",
                    suffix="days",
                    details="What nobody accepts goes back.",
                    follows=while_on(f"{_GIFTS}.is_on"),
                ),
                whole(
                    f"{_GIFTS}.limit_points",
                    "Each member can give at most",
                    suffix="{points}",
                    is_optional=True,
                    details="Empty: no limit.",
                    follows=while_on(f"{_GIFTS}.is_on"),
                ),
                select(
                    f"{_GIFTS}.limit_period",
                    "The limit starts afresh",
                    says.AFRESH,
                    follows=while_on(f"{_GIFTS}.is_on"),
                ),
            ),
        ),
    ),
)

CAUSES: Final = Part(
    slug="causes",
    title="Causes",
    group="giving",
    icon="heart",
    about="Members give {points} to something good, and you can add to it.",
    state=_causes_state,
    meaning=_causes_meaning,
    sections=(
        Section(
            "What you add",
            (
                present(
                    _MATCH,
                    "Add a share of what members spend",
                    details="For members who chose a cause, on every order.",
                ),
                percent(f"{_MATCH}.percent", "You add", follows=when(_MATCH, "true")),
                select(
                    f"{_MATCH}.kind",
                    "Paid",
                    (("points", "In {points}, to the cause’s account"), ("money", "In money, noted as owed")),
                    follows=when(_MATCH, "true"),
                ),
                whole(
                    f"{_MATCH}.points",
                    "Exchanged into",
                    suffix="{points}",
                    follows=when(_MATCH, "true") + when(f"{_MATCH}.kind", "points"),
                ),
                money(
                    f"{_MATCH}.per",
                    "for every",
                    follows=when(_MATCH, "true") + when(f"{_MATCH}.kind", "points"),
                ),
                flag("sharing.causes.shows_totals", "Show everybody how much came together"),
            ),
        ),
    ),
    listing=Listing(
        path="sharing.causes.causes",
        noun="cause",
        plural="causes",
        is_ordered=True,
        line=_cause_line,
        meaning=_cause_meaning,
        removal="What was given to it stays on its account until you pay it out. Nobody can give more.",
        empty="Let members give {points} to something good: trees, the food bank, the animal shelter.",
        starts=filled(
            Cause,
            (
                _start("trees", "Trees", "We plant trees where they are needed.", "nature", amounts=(50, 100, 250)),
                _start("food-bank", "Food bank", "Warm meals for people in our town.", "food"),
                _start("animals", "Animal shelter", "Food and care for animals without a home.", "heart"),
                _start("own", "A cause of your own", "Say in a sentence what it is for.", "plus"),
            ),
        ),
        sections=(
            Section(
                "The cause",
                (
                    text("title", "Name", details="Members see this."),
                    words("text", "What it is for", is_optional=True),
                    whole("minimum_points", "From", suffix="{points}", details="The smallest gift."),
                    numbers(
                        "amounts",
                        "Fixed amounts",
                        placeholder="50, 100, 250",
                        details="In {points}, separated by commas. Empty: any amount.",
                    ),
                ),
            ),
        ),
    ),
)
