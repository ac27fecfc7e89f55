"""Small pieces of sentences that the pages of several parts put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from plugin.admin import phrases
from plugin.admin.formats import Formats
from plugin.loyalty.program import Program, Reward
from plugin.loyalty.program.values import Period

PER: Final[dict[Period, str]] = {
    "day": "a day",
    "week": "a week",
    "month": "a month",
    "quarter": "a quarter",
    "year": "a year",
    "ever": "in all",
}
MONTHS: Final = (
    ("1", "January"),
    ("2", "February"),
    ("3", "March"),
    ("4", "April"),
    ("5", "May"),
    ("6", "June"),
    ("7", "July"),
    ("8", "August"),
    ("9", "September"),
    ("10", "October"),
    ("11", "November"),
    ("12", "December"),
)
AFRESH: Final = (
    ("day", "Every day"),
    ("week", "Every week (on Monday)"),
    ("month", "Every month"),
    ("quarter", "Every quarter"),
    ("year", "Every year"),
    ("ever", "Never: it is counted once and for all"),
)
"""When a limit begins anew, by the shop's calendar."""
NAMED: Final = 3


def plural(count: int, noun: str) -> str:
    """So many of something: "1 day", "1,200 days"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(words: Sequence[str], joint: str = "and") -> str:
    """An enumeration: "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joint} {words[-1]}"


def ordinal(number: int) -> str:
    """The place in a row: "1st", "2nd", "11th"."""
    teens = 11 <= number % 100 <= 13  # noqa: PLR2004 - eleventh, twelfth, thirteenth
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def sentence(words: Iterable[str], joint: str = " · ") -> str:
    """What there is to say, in one line that begins with a capital."""
    said = joint.join(word for word in words if word)
    return said[:1].upper() + said[1:]


def points(program: Program, count: int, formats: Formats) -> str:
    """So many points in the merchant's words."""
    return phrases.points(program, count, formats)


def many_points(program: Program) -> str:
    """The merchant's word for several points."""
    return program.points_word(2)


def reward_title(program: Program, reward_id: str) -> str:
    """The title of a reward, also of one that is switched off; its id where it is gone."""
    return next((reward.title for reward in program.rewards if reward.id == reward_id), reward_id)


def level_titles(program: Program, ids: Iterable[str]) -> list[str]:
    """The titles of tiers; the id where one is gone."""
    known = {level.id: level.title for level in program.tiers.levels}
    return [known.get(level_id, level_id) for level_id in ids]


def gets(
    program: Program,
    formats: Formats,
    *,
    count: int,
    rewards: Iterable[str | None] = (),
    badge: str | None = None,
    is_priced: bool = False,
) -> str:
    """What somebody is given: "50 points and “Free shipping”", "" for nothing. `is_priced`: with what the points are worth."""
    given = [points(program, count, formats) + (worth(program, count, formats) if is_priced else "")] if count else []
    given += [f"“{reward_title(program, reward_id)}”" for reward_id in rewards if reward_id is not None]
    given += [f"the badge “{badge}”"] if badge else []
    return listed(given) if given else ""


def named(titles: Sequence[str]) -> str:
    """The first three by name and how many more there are."""
    shown = list(titles[:NAMED])
    return listed([*shown, f"{len(titles) - NAMED:,} more"] if len(titles) > NAMED else shown)


def worth(program: Program, count: int, formats: Formats) -> str:
    """What that many points buy at best, in brackets: " (about $5)"; "" where no reward says it."""
    amount = phrases.worth(program, count)
    return f" (about {formats.money(amount)})" if amount else ""


def first(program: Program, kind: str) -> Reward | None:
    """The first reward of that kind that is switched on."""
    return next((reward for reward in program.rewards if reward.kind == kind and reward.is_on), None)
