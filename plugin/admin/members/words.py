"""What members' pages say: filters, what happened, who was told what. Everything in words stands here, so that it can be translated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from plugin.admin.formats import Formats
from plugin.admin.words import left_out, message_title
from plugin.loyalty.people import NO_TIER, State, Wanted
from plugin.loyalty.program import Program

SORTS: Final = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "most": "Highest balance",
    "fewest": "Lowest balance",
}

STATES: Final[Mapping[State, str]] = {
    "blocked": "Earns nothing (blocked)",
    "pinned": "Tier set by your team",
    "review": "A referral waits for review",
    "code": "Has a reward to use",
}

KINDS: Final = {
    "points": "Points",
    "rewards": "Rewards",
    "messages": "Messages",
    "referrals": "Referrals",
    "tiers": "Tiers",
    "staff": "Done by your team",
}
"""What the timeline can be narrowed to."""

TIER_REASONS: Final = {
    "earned": "earned",
    "pinned": "set by your team",
    "membership": "comes with the membership",
    "launch": "since the launch",
}

REFERRALS: Final = {
    "claimed": "has not ordered yet",
    "ordered": "ordered, being checked",
    "review": "waits for your review",
    "holding": "ordered, the reward waits",
    "rewarded": "rewarded",
    "blocked": "blocked",
    "void": "not rewarded",
}

DEEDS: Final = {
    "member.blocked": "Blocked: earns nothing from now on",
    "member.unblocked": "Earns again",
    "member.tier_pinned": "Set the tier to {tier}",
    "member.tier_unpinned": "Gave the earned tier back",
    "member.merged": "Merged with member {lost}",
    "member.exported": "Downloaded the data kept about them",
    "member.forgotten": "Erased at their request",
    "member.reinstated": "Gave expired points back",
    "member.goodwill_taken_back": "Took goodwill back",
}

BULK_STATES: Final = {
    "draft": ("Not started", "neutral"),
    "running": ("Under way", "info"),
    "done": ("Done", "success"),
    "undoing": ("Being undone", "info"),
    "undone": ("Undone", "neutral"),
}

FEEDBACK_STATES: Final = {
    "open": ("Open", "attention"),
    "answered": ("Answered", "success"),
    "closed": ("Closed", "neutral"),
}
SCORES: Final = {
    "promoters": "9 and 10 (promoters)",
    "passives": "7 and 8 (passives)",
    "detractors": "0 to 6 (detractors)",
}

ACCESS_ADDS: Final = (
    "With access to protected customer data you would see names and e-mail addresses here, and could search by them. "
    "Everything else works without it."
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a filter, in words, and the fields it stands in."""

    fields: tuple[str, ...]
    text: str


def conditions(wanted: Wanted, program: Program, formats: Formats) -> list[Condition]:
    """Everything a filter asks for, one by one."""
    points = program.points_word(2)
    found = []
    if wanted.tier is not None:
        tier = "No tier" if wanted.tier == NO_TIER else f"Tier: {tier_title(program, wanted.tier)}"
        found.append(Condition(("tier",), tier))
    for field, pattern in _CONDITIONS.items():
        value = getattr(wanted, field)
        if value is not None:
            text = formats.calendar_day(value) if isinstance(value, date) else formats.number(value)
            days = f"{text} {'day' if value == 1 else 'days'}"
            found.append(
                Condition((field,), pattern.format(value=text, days=days, points=points, Points=points.capitalize()))
            )
    found += [Condition((f"states={state}",), STATES[state]) for state in wanted.states]
    return found


_CONDITIONS: Final = {
    "least": "At least {value} {points}",
    "most": "At most {value} {points}",
    "expiring_days": "{Points} expire within {days}",
    "active_days": "Ordered within the last {days}",
    "quiet_days": "No order in the last {days}",
    "ordered_after": "Last order from {value}",
    "ordered_before": "Last order before {value}",
    "joined_days": "Member for {days} at most",
    "joined_after": "Member since {value} or later",
    "joined_before": "Member since before {value}",
}


def sentence(wanted: Wanted, program: Program, formats: Formats) -> str:
    """A filter in one line."""
    return " · ".join(condition.text for condition in conditions(wanted, program, formats)) or "All members"


def tier_title(program: Program, tier: str | None) -> str:
    """What the program calls a tier; a tier it no longer has is called by its id."""
    if tier is None:
        return "No tier"
    level = program.tiers.level(tier)
    return level.title if level is not None else tier


def deed(name: str, facts: Mapping[str, object]) -> str:
    """What staff did, by the change log."""
    words = DEEDS.get(name, name.partition(".")[2].replace("_", " ").capitalize())
    try:
        return words.format(**facts)
    except KeyError:
        return words.partition("{")[0].strip()


def told(kind: str, state: str, why: str | None) -> str:
    """A message, and whether it went out."""
    name = message_title(kind)
    if state == "left_out":
        return f"Message not sent: {name} ({left_out(why)})"
    return f"Message {'sent' if state == 'sent' else 'waits to be sent'}: {name}"


def counted(program: Program, formats: Formats, amount: Decimal) -> str:
    """So much of what counts for the tiers: "120 points", "$50", "3 orders"."""
    match program.tiers.metric:
        case "spend":
            return formats.money(amount)
        case "points":
            return f"{formats.number(amount)} {program.points_word(int(amount))}"
        case "orders":
            return f"{formats.number(amount)} {'order' if amount == 1 else 'orders'}"
        case _:
            return f"{formats.number(amount)} {'friend' if amount == 1 else 'friends'}"
