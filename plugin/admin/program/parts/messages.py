"""Messages: what members are told by e-mail, from whom, and when they are left in peace."""

from __future__ import annotations

from typing import Final

from plugin.admin.formats import Formats
from plugin.admin.program.editor import Part, Section, State, flag, many, text, time_of_day, while_on, whole
from plugin.admin.words import MESSAGES
from plugin.loyalty.mails import MARKETING
from plugin.loyalty.program import Program

_SENT: Final = while_on("messages.is_on")


def _state(program: Program, _formats: Formats) -> State:
    terms = program.messages
    if not terms.is_on:
        return State("No messages are sent.", is_on=False)
    count = len(terms.on)
    return State(f"{count} of {len(MESSAGES)} kinds are sent.", is_on=True)


def _meaning(program: Program, _formats: Formats) -> list[str]:
    terms = program.messages
    if not terms.is_on:
        return ["Customers get no mails about the program. They see everything in your store."]
    said = []
    if terms.quiet_from != terms.quiet_until:
        said.append(
            f"Between {terms.quiet_from:%H:%M} and {terms.quiet_until:%H:%M} nothing is sent; it waits until {terms.quiet_until:%H:%M}."
        )
    if terms.digest_minutes:
        said.append(f"What happens to a member within {terms.digest_minutes} minutes comes in one mail.")
    named = [MESSAGES[kind][0] for kind in terms.on if kind in MARKETING]
    if named:
        said.append(f"Only to customers who consented to marketing: {', '.join(named)}.")
    if terms.reply_to is None:
        said.append("Answers of customers reach nobody: enter an address for them.")
    return said


PART: Final = Part(
    slug="messages",
    title="Messages",
    group="program",
    icon="email",
    about="What members are told by e-mail, from whom, and when they are left in peace.",
    state=_state,
    meaning=_meaning,
    sections=(
        Section(
            "What is sent",
            (
                flag("messages.is_on", "Send messages to members"),
                many(
                    "messages.on",
                    "Messages",
                    tuple((kind, title) for kind, (title, _) in MESSAGES.items()),
                    details="How each looks, and a test of it, stands under Settings, Messages.",
                    follows=_SENT,
                ),
            ),
        ),
        Section(
            "From whom",
            (
                text(
                    "messages.sender_name",
                    "Sender’s name",
                    is_optional=True,
                    details="Left empty, your store’s name.",
                ),
                text(
                    "messages.reply_to",
                    "Answers go to",
                    is_optional=True,
                    placeholder="hello@example.com",
                    details="The address that customers reach when they answer a mail.",
                ),
            ),
            follows=_SENT,
        ),
        Section(
            "When",
            (
                time_of_day("messages.quiet_from", "Nothing is sent from", placeholder="21:00"),
                time_of_day(
                    "messages.quiet_until",
                    "until",
                    placeholder="08:00",
                    details="Your store’s time. The same time twice: mails go out at any hour.",
                ),
                whole(
                    "messages.digest_minutes",
                    "Collect for one mail",
                    suffix="minutes",
                    details="0 sends everything on its own.",
                ),
                whole("messages.code_expiring_days", "Remind of an unused code", suffix="days before it ends"),
                whole("messages.tier_risk_days", "Warn that a tier ends", suffix="days before"),
                whole(
                    "messages.near_percent",
                    "A reward is near when at most",
                    suffix="% of its price are missing",
                ),
            ),
            follows=_SENT,
        ),
    ),
)
