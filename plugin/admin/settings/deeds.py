"""The change log in words: what each deed was, whom it concerned, and who did it. Names are put to numbers when they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from plugin.admin.formats import Formats
from plugin.services.changelog import Noted
from plugin.services.staff import Colleague

GROUPS: Final[Mapping[str, str]] = {
    "program": "Program",
    "member": "Members",
    "bulk": "Changes of many members",
    "segment": "Segments",
    "feedback": "Feedback",
    "order": "Orders",
    "redemption": "Rewards taken",
    "task": "Things to do",
    "referral": "Referrals",
    "cause": "Causes",
    "till": "At the till",
    "message": "Messages",
    "settings": "Settings",
    "staff": "Staff",
    "key": "API keys",
    "privacy": "Privacy",
}
"""What stands before the dot of a deed, as the filter shows it."""

WORDS: Final[Mapping[str, str]] = {
    "program.published": "Published version {subject} of the program",
    "program.launched": "Launched the program with version {subject}",
    "program.switched_off": "Switched the program off with version {subject}",
    "program.restored": "Went back to version {restored} of the program, as version {subject}",
    "program.saved": "Changed the draft of the program ({subject})",
    "program.draft_discarded": "Discarded the draft of the program",
    "program.draft_caught_up": "Brought the draft together with the live version",
    "program.peers_noted": "Noted what other programs give back",
    "program.proposed": "Had a program proposed as the draft",
    "program.dividend_asked": "Had the dividend of {subject} paid",
    "member.adjusted": "Changed the points of member {subject} by {points}",
    "member.reward_given": "Gave member {subject} a reward ({reward})",
    "member.blocked": "Blocked member {subject}: earns nothing",
    "member.unblocked": "Unblocked member {subject}",
    "member.merged": "Merged member {lost} into member {subject}",
    "member.exported": "Downloaded the data kept about member {subject}",
    "member.forgotten": "Erased member {subject}",
    "member.reinstated": "Gave expired points back to member {subject}",
    "member.goodwill_given": "Gave member {subject} {points} points as goodwill ({code})",
    "member.goodwill_taken_back": "Took a goodwill gift back from member {subject}",
    "member.tier_pinned": "Set the tier of member {subject} by hand ({tier})",
    "member.tier_unpinned": "Ended the tier set by hand of member {subject}",
    "bulk.started": "Started a change of {members} members",
    "bulk.undone": "Undid a change of many members",
    "segment.saved": "Saved segment {subject}",
    "segment.renamed": "Renamed segment {subject}",
    "segment.deleted": "Deleted segment {subject}",
    "feedback.noted": "Noted where feedback stands: {state}",
    "feedback.answered": "Answered feedback by mail",
    "order.retried": "Had an order that could not be processed tried again",
    "order.effect_retried": "Had something that was not done at Shopify tried again",
    "redemption.cancelled": "Cancelled a reward that was not used",
    "redemption.retried": "Had a reward's code written once more",
    "redemption.returned": "Gave the points of a reward back",
    "task.done": "Finished something to do for a reward",
    "task.cancelled": "Cancelled something to do for a reward",
    "referral.decided": "Decided on a referral: {decision}",
    "cause.paid_out": "Noted a payment of {points} points to {subject}",
    "till.join": "Signed member {subject} up at the till",
    "till.redeem": "Had member {subject} take a reward at the till",
    "till.cancel": "Gave a reward of member {subject} back at the till",
    "till.claim": "Took a friend’s gift for a customer at the till",
    "message.tested": "Sent a test of the message “{kind}”",
    "settings.checked": "Had the points checked",
    "staff.started": "Began giving roles to the staff",
    "staff.role_given": "Gave staff member {subject} the role {role}",
    "staff.removed": "Took the role {before} from staff member {subject}",
    "staff.roles_ended": "Ended the roles: everybody may change everything again",
    "key.created": "Made the API key {subject}",
    "key.revoked": "Revoked the API key {subject}",
    "privacy.answered": "Noted that a request for personal data was answered",
    "privacy.retention_changed": "Changed how many days are kept: news {news_days}, unread orders {bodies_days}, messages {messages_days}",
}
"""Every deed, with places for its subject and its facts."""

PLACES: Final[Mapping[str, str]] = {
    "program.saved": "/program/{subject}",
    "program": "/program/history",
    "member": "/members/{subject}",
    "till": "/members/{subject}",
    "bulk": "/members/bulk/{subject}",
    "segment": "/members/segments",
    "feedback": "/members/feedback/{subject}",
    "order": "/activity/trouble",
    "redemption": "/activity/redemptions/{subject}",
    "task": "/activity/fulfilment",
    "referral": "/activity/referrals/{subject}",
    "message": "/settings/messages",
    "settings": "/settings/data",
    "staff": "/settings/staff",
    "key": "/settings/keys",
    "privacy": "/settings/privacy",
}
"""Where the page is that a deed, or a group of them, is about."""

AUTHORS: Final[Mapping[str, str]] = {"install": "Installation", "command line": "Command line", "demo": "Demo"}


@dataclass(frozen=True, slots=True)
class Line:
    """One deed as a line of the page."""

    at: datetime
    who: str
    what: str
    href: str | None
    group: str


@dataclass(frozen=True, slots=True)
class Names:
    """How authors are called: colleagues by what the owner calls them, the visitor as such."""

    colleagues: Mapping[int, str]
    visitor_id: int

    def of(self, author: str) -> str:
        """The author in words."""
        kind, _, number = author.partition(":")
        if kind == "staff" and number.isdigit():
            called = self.colleagues.get(int(number)) or f"Staff member {number}"
            return f"{called} (you)" if int(number) == self.visitor_id else called
        return AUTHORS.get(author, author)


def names_of(colleagues: Sequence[Colleague], visitor_id: int) -> Names:
    """What is known of names."""
    return Names({one.staff_id: one.label for one in colleagues if one.label}, visitor_id)


def line(noted: Noted, names: Names, formats: Formats) -> Line:
    """A deed in words."""
    group = noted.deed.partition(".")[0]
    place = PLACES.get(noted.deed) or PLACES.get(group)
    href = place.format(subject=noted.subject) if place and (noted.subject or "{" not in place) else None
    return Line(noted.noted_at, names.of(noted.author), sentence(noted, formats), href, GROUPS.get(group, group))


def sentence(noted: Noted, formats: Formats) -> str:
    """What was done. A deed without words of its own is told by its name."""
    pattern = WORDS.get(noted.deed)
    if pattern is None:
        return noted.deed.replace(".", ": ").replace("_", " ").capitalize()
    facts = {name: _shown(value, formats) for name, value in noted.facts.items()}
    return pattern.format_map(_Gaps(facts | {"subject": noted.subject}))


def _shown(value: Any, formats: Formats) -> str:
    if value is None:
        return "none"
    return formats.number(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)


class _Gaps(dict[str, str]):
    """A fact that was not noted leaves its place empty."""

    def __missing__(self, key: str) -> str:
        return ""
