"""The program itself: what it and its points are called, who takes part, what refunds do, and from when orders count."""

from __future__ import annotations

from typing import Any, Final

from plugin.admin.formats import Formats
from plugin.admin.program.editor import Part, Section, State, flag, languages, moment, select, text, when, whole
from plugin.admin.program.parts import says
from plugin.loyalty.program import Program

RETURNING: Final = (
    ("always", "As long as it is unused"),
    ("never", "Never; only your staff can"),
    ("within", "For a while after they took it"),
)
HALF_AN_HOUR: Final = 30
_RETURNING: Final = "points_back.returning"


def _names_state(program: Program, _formats: Formats) -> State:
    count = len(program.points_name)
    tongues = f", in {says.plural(count, 'language')}" if count > 1 else ""
    return State(f"“{program.name}”: 1 {program.points_word(1)}, 2 {program.points_word(2)}{tongues}.")


def _names_meaning(program: Program, formats: Formats) -> list[str]:
    return [
        f"Customers read: “You have {says.points(program, 120, formats)} in {program.name}”.",
        "Where a language is empty, they read the words of your store’s language.",
        "Messages, the panel in your store and these pages all use your words.",
    ]


NAMES: Final = Part(
    slug="names",
    title="Names and languages",
    group="program",
    icon="language",
    about="What the program and its {points} are called, in every language of your store.",
    state=_names_state,
    meaning=_names_meaning,
    sections=(
        Section("The program", (text("name", "Name of the program", placeholder="Coffee Club", is_wide=True),)),
        Section(
            "What one and several are called",
            (
                languages(
                    "points_name",
                    "In each language",
                    columns=(("one", "Singular"), ("other", "Plural")),
                    details="Bean, beans. Star, stars. Leave a language empty and your store’s own words are used.",
                ),
            ),
        ),
    ),
)


def _members_state(program: Program, _formats: Formats) -> State:
    who = "Customers who join" if program.only_joined else "All customers"
    spent = "come back" if program.returns_points_on_refund else "stay spent"
    return State(f"{who} take part; spent {says.many_points(program)} {spent} when an order is refunded.")


def _members_meaning(program: Program, _formats: Formats) -> list[str]:
    word = says.many_points(program)
    said = [
        "Only customers who join take part."
        if program.only_joined
        else "Every customer takes part from their first paid order, without signing up.",
        "What a refunded order earned is always taken back.",
    ]
    if program.returns_points_on_refund:
        said.append(f"If a reward was used with it, the {word} that were spent on it come back.")
    if program.points_back.on_lapse:
        said.append(f"When a code ends unused, its {word} go back to the customer.")
    minutes = program.points_back.shopper_minutes
    if minutes is None:
        said.append("Customers can return a reward themselves as long as it is unused.")
    elif minutes:
        said.append(f"Customers can return an unused reward themselves for {says.plural(minutes, 'minute')}.")
    else:
        said.append("Only your staff can return a reward.")
    return said


def _members_opened(document: dict[str, Any]) -> dict[str, Any]:
    """How long a shopper may return a reward, as a choice and a number."""
    minutes = document["points_back"].get("shopper_minutes")
    document["points_back"]["returning"] = "always" if minutes is None else "within" if minutes else "never"
    return document


def _members_closed(document: dict[str, Any]) -> dict[str, Any]:
    back = document["points_back"]
    match back.pop("returning", "always"):
        case "always":
            back["shopper_minutes"] = None
        case "never":
            back["shopper_minutes"] = 0
        case _:
            back.setdefault("shopper_minutes", HALF_AN_HOUR)
    return document


MEMBERS: Final = Part(
    slug="members-and-refunds",
    title="Members and refunds",
    group="program",
    icon="person-list",
    about="Who takes part, and what happens when orders or rewards go back.",
    state=_members_state,
    meaning=_members_meaning,
    opened=_members_opened,
    closed=_members_closed,
    sections=(
        Section(
            "Who takes part",
            (
                select(
                    "only_joined",
                    "Members are",
                    (
                        ("false", "All customers, from their first paid order"),
                        ("true", "Only customers who join"),
                    ),
                    is_wide=True,
                ),
            ),
        ),
        Section(
            "When an order is refunded",
            (
                flag(
                    "returns_points_on_refund",
                    "Give spent {points} back",
                    details="For the reward that was used with the order. What the order earned is taken back in any case.",
                ),
                whole(
                    "grace_days",
                    "Extra time for {points} that come back after they expired",
                    suffix="days",
                    details="So that nobody gets back what is gone the same day. 0: none.",
                ),
            ),
        ),
        Section(
            "When a reward is not used",
            (
                flag("points_back.on_lapse", "Give its {points} back when its code ends"),
                select(_RETURNING, "Customers can return it themselves", RETURNING),
                whole(
                    "points_back.shopper_minutes",
                    "They can return it for",
                    suffix="minutes",
                    follows=when(_RETURNING, "within"),
                ),
            ),
        ),
    ),
)


def _launch_state(program: Program, formats: Formats) -> State:
    since = program.launch.counts_from
    if program.is_live:
        return State(
            "The program is live." if since is None else f"Live. Orders since {formats.moment(since)} count.",
            is_on=True,
        )
    said = "Not launched yet. Orders will count from the moment of the launch."
    if since is not None:
        said = f"Not launched yet. Orders since {formats.moment(since)} will count."
    return State(said, is_on=False)


def _launch_meaning(program: Program, formats: Formats) -> list[str]:
    since = program.launch.counts_from
    if program.is_live and since is None:
        return ["Your program is live. Orders count that were placed since its launch."]
    if since is None:
        return ["Orders count from the moment you launch. What was ordered before earns nothing."]
    return [
        f"At the launch, orders placed since {formats.moment(since)} earn by these rules, as if the program had been there.",
        "You can try it out on the home page first: nobody gets anything, and you see what it comes to.",
        "It counts for the first launch only. Later changes are for orders placed after them.",
    ]


LAUNCH: Final = Part(
    slug="launch",
    title="Launch",
    group="program",
    icon="rocket",
    about="From when orders count.",
    state=_launch_state,
    meaning=_launch_meaning,
    sections=(
        Section(
            "From when orders count",
            (
                moment(
                    "launch.counts_from",
                    "Orders placed since",
                    details="A welcome for loyal customers: their past orders bring them a first balance. "
                    "Empty: orders count from the launch on.",
                ),
            ),
            subheading="Launching and switching off are on the home page.",
        ),
        Section(
            "Try it before the launch",
            (
                text(
                    "launch.test_tag",
                    "Customers with this tag",
                    is_optional=True,
                    placeholder="loyalty-test",
                    details="They see the program and take part in earnest while it is not live; nobody else sees anything. "
                    "Once it is live the tag means nothing.",
                ),
            ),
        ),
    ),
)
