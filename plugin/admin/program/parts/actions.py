"""Actions: what members are thanked for besides buying. The kind says how the program hears of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from plugin.admin.formats import Formats
from plugin.admin.program.editor import (
    PERIODS,
    Listing,
    Part,
    Section,
    Start,
    State,
    levels,
    many,
    moment,
    rewards,
    rows,
    select,
    surveys,
    tags,
    text,
    when,
    whole,
)
from plugin.admin.program.parts import says
from plugin.admin.program.parts.filled import filled
from plugin.admin.program.parts.scale import Scale
from plugin.loyalty.actions import caps_of
from plugin.loyalty.program import Action, ActionKind, Program

HEARD: Final[dict[ActionKind, str]] = {
    "sign_up": "Happens by itself when a customer joins the program.",
    "birthday": "Members tell their birthday (day and month, no year). Given on that day, once a year.",
    "newsletter": "Happens when a customer agrees to your e-mails: with one click in the panel, at checkout or anywhere else.",
    "review": "Your review app reports it through the API. A review that is taken down is taken back.",
    "social_follow": "Counts when a signed-in member opens the link. Networks do not tell whether they really followed.",
    "social_share": "Counts when a signed-in member opens the link to share. Networks do not tell whether they really shared.",
    "event": "You open an event with a code; members who are there enter it.",
    "post": "Your community or forum reports it through the API.",
    "answer": "Your community or forum reports it through the API.",
    "survey": "Members answer the survey in your store.",
    "anniversary": "Happens by itself every year on the day on which a member joined.",
    "welcome_back": "Happens by itself with the first order after a long time.",
    "custom": "Your own systems report it through the API.",
}
_LINKS: Final = ("social_follow", "social_share")
_WITH_TAGS: Final = tuple(kind for kind in HEARD if kind not in {"newsletter", "welcome_back"})


def line(program: Program, action: Action, formats: Formats) -> str:
    """The action in one line: what it gives, how often."""
    given = says.gets(program, formats, count=action.points, rewards=(action.reward_id,)) or "Only counted"
    return " · ".join([given, *_often(action)])


def meaning(program: Program, action: Action, formats: Formats) -> list[str]:
    """What it gives, how the program hears of it, how often it counts, and for whom."""
    given = says.gets(program, formats, count=action.points, rewards=(action.reward_id,), is_priced=True)
    said = [f"Members get {given}." if given else "It gives nothing by itself; it is counted for achievements."]
    said.append(HEARD[action.kind])
    often = _often(action)
    if often:
        said.append(f"It counts {says.listed(often)}.")
    elif action.kind not in {"birthday", "anniversary", "welcome_back", "event"}:
        said.append("It counts every time. Limit it, if anybody could repeat it at will.")
    if action.cooldown_hours is not None:
        said.append(f"At least {says.plural(action.cooldown_hours, 'hour')} must pass between two times.")
    if action.kind == "birthday" and action.notice_days:
        said.append(
            f"A birthday must be told {says.plural(action.notice_days, 'day')} before, so that nobody has one every week."
        )
    if action.kind == "welcome_back":
        said.append(f"For customers whose last order was {says.plural(action.absent_days, 'day')} ago or more.")
    if action.tiers:
        said.append(f"Only for {says.listed(says.level_titles(program, action.tiers), 'and')} members.")
    if action.tags:
        said.append(f"Only for customers tagged {says.listed(action.tags, 'or')}.")
    return [*said, *_when(action, formats)]


def _often(action: Action) -> list[str]:
    said = []
    for cap in caps_of(action):
        if cap.period == "ever":
            said.append("once" if cap.count == 1 else f"{cap.count:,} times in all")
        else:
            said.append(f"{'once' if cap.count == 1 else f'up to {cap.count:,} times'} {says.PER[cap.period]}")
    return said


def _when(action: Action, formats: Formats) -> list[str]:
    if action.starts_at is None and action.ends_at is None:
        return []
    since = f" from {formats.moment(action.starts_at)}" if action.starts_at is not None else ""
    until = f" until {formats.moment(action.ends_at)}" if action.ends_at is not None else ""
    return [f"Counts{since}{until}."]


def _state(program: Program, _formats: Formats) -> State:
    running = [action for action in program.actions if action.is_on]
    if not running:
        return State("Nothing besides orders earns anything.", is_on=False)
    named = says.named([action.title for action in running])
    return State(f"{says.plural(len(running), 'action')}: {named}.", is_on=True)


def _start(kind: ActionKind, label: str, title: str, points: int, icon: str, *, slug: str = "", **more: Any) -> Start:
    def make(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
        given = {"points": Scale.of(program, formats).points(points)} if points else {}
        return {"kind": kind, "title": title, **given, **more}

    return Start(slug or kind.replace("_", "-"), label, make, HEARD[kind], icon)


def _survey(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
    survey = next(iter(program.surveys), None)
    return {
        "kind": "survey",
        "title": survey.title if survey is not None else "Answer our questions",
        "points": Scale.of(program, formats).points(25),
        "survey_id": survey.id if survey is not None else "",
    }


PART: Final = Part(
    slug="actions",
    title="Other ways to earn",
    group="earning",
    icon="target",
    about="Joining, birthdays, reviews, following you: thanks for more than orders.",
    state=_state,
    listing=Listing(
        path="actions",
        noun="action",
        plural="actions",
        is_ordered=True,
        line=line,
        runs=lambda action: (action.starts_at, action.ends_at),
        meaning=meaning,
        removal="What members earned with it stays. It can no longer be done.",
        empty="Thank members for joining, for a review, on their birthday. Two or three ways are enough to begin with.",
        starts=filled(
            Action,
            (
                _start("sign_up", "Joining", "Join our program", 50, "person-add"),
                _start("birthday", "Birthday", "Happy birthday", 100, "confetti"),
                _start("newsletter", "Newsletter", "Get our e-mails", 25, "email"),
                _start(
                    "review",
                    "Review",
                    "Write a review",
                    50,
                    "star",
                    pending_days=14,
                    caps=[{"count": 2, "period": "month"}],
                ),
                _start("social_follow", "Following you", "Follow us on Instagram", 25, "social-post"),
                _start(
                    "social_share",
                    "Sharing",
                    "Share us with your friends",
                    10,
                    "share",
                    caps=[{"count": 1, "period": "month"}],
                ),
                _start("anniversary", "Anniversary", "Another year with us", 100, "calendar-check"),
                _start("welcome_back", "Coming back", "Welcome back", 50, "return", absent_days=120),
                _start("event", "Coming to an event", "Visit our event", 100, "location"),
                Start("survey", "Answering a survey", _survey, HEARD["survey"], "forms"),
                _start(
                    "post", "Posting in your community", "Write a post", 5, "blog", caps=[{"count": 3, "period": "day"}]
                ),
                _start(
                    "answer",
                    "Answering in your community",
                    "Answer a question",
                    5,
                    "chat",
                    caps=[{"count": 3, "period": "day"}],
                ),
                _start(
                    "custom",
                    "Something of your own",
                    "Bring your bag back",
                    10,
                    "code",
                    caps=[{"count": 1, "period": "day"}],
                ),
            ),
        ),
        sections=(
            Section(
                "What members get",
                (
                    text("title", "Title", details="Members read it in your store and in their history.", is_wide=True),
                    whole("points", "They get", suffix="{points}", details="0: it is only counted."),
                    select("reward_id", "And this reward", rewards, is_optional=True, placeholder="No reward"),
                    text(
                        "url",
                        "Page to follow or share",
                        placeholder="https://www.instagram.com/your-shop",
                        follows=when("kind", *_LINKS),
                        is_wide=True,
                    ),
                    select("survey_id", "Survey", surveys, follows=when("kind", "survey")),
                    whole(
                        "notice_days",
                        "A birthday must be told",
                        suffix="days before",
                        details="So that nobody tells one today and gets the gift tomorrow. 0: at once.",
                        follows=when("kind", "birthday"),
                    ),
                    whole(
                        "absent_days",
                        "After no order for",
                        suffix="days",
                        follows=when("kind", "welcome_back"),
                    ),
                ),
            ),
            Section(
                "How often",
                (
                    rows(
                        "caps",
                        "It counts at most",
                        (whole("count", "Times"), select("period", "in", PERIODS)),
                        noun="limit",
                        start={"count": 1, "period": "day"},
                        empty="No limit of its own. Joining, newsletter, following, sharing and surveys count once.",
                    ),
                    whole(
                        "cooldown_hours",
                        "Pause between two times",
                        suffix="hours",
                        is_optional=True,
                        details="Empty: none.",
                    ),
                    whole(
                        "pending_days",
                        "Spendable after",
                        suffix="days",
                        is_optional=True,
                        details="Empty: at once.",
                    ),
                ),
            ),
            Section(
                "When and for whom",
                (
                    moment("starts_at", "Starts", details="Empty: at once."),
                    moment("ends_at", "Ends", details="Empty: never."),
                    many("tiers", "Tiers", levels, details="None chosen: everybody."),
                    tags(
                        "tags",
                        "Customer tags",
                        details="Any one of them is enough. Empty: everybody.",
                        follows=when("kind", *_WITH_TAGS),
                    ),
                ),
                is_advanced=True,
            ),
        ),
    ),
)
