"""What each message looks like before anybody gets it: a mail of that kind with made-up figures, made by the program as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from plugin.db.tables import ShopDetails
from plugin.loyalty import mails
from plugin.loyalty.mail import Mail, MailPart
from plugin.loyalty.program import Program
from plugin.loyalty.program.messages import MessageKind
from plugin.loyalty.words import language_of
from plugin.services.messages import UNSUBSCRIBE_PATH

CODE: Final = "SAMPLE-7Q4K2M"
POINTS: Final = 120
SOON: Final = timedelta(days=14)
ANSWER: Final = "Thank you for telling us. We changed the lid, and the next jar will close tightly."
"""Staff write in whatever language they like."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a sample is made: the program, the shop, the app's address and now."""

    program: Program
    details: ShopDetails
    app_url: str
    now: datetime


def sample(kind: MessageKind, language: str, setting: Setting, *, to: str, number: int = 0) -> Mail:
    """A mail of that kind to that address; `number` tells several from each other. Unsubscribing from it changes nothing."""
    program, details = setting.program, setting.details
    spoken = language_of(language)
    return Mail(
        id=f"sample.{details.shop_id}.{kind}.{number}",
        to=to,
        sender_name=program.messages.sender_name or details.name,
        reply_to=program.messages.reply_to,
        language=spoken,
        timezone=details.timezone,
        currency=details.currency,
        program=program,
        parts=(MailPart(kind=kind, facts=_facts(spoken, setting)),),
        store_url=f"https://{details.primary_host}",
        unsubscribe_url=f"{setting.app_url}{UNSUBSCRIBE_PATH}?t=sample",
        is_marketing=kind in mails.MARKETING,
        at=setting.now,
    )


def _facts(language: str, setting: Setting) -> dict[str, Any]:
    """Figures for every place that any kind has."""
    program, now = setting.program, setting.now
    facts: dict[str, Any] = {
        "points": POINTS,
        "date": (now + SOON).isoformat(),
        "month": now.date().replace(day=1).isoformat(),
        "came": POINTS * 2,
        "spent": POINTS,
        "expiring": POINTS // 2,
        "name": "★",
        "words": ANSWER,
        "code": CODE,
    }
    reward = next((one for one in program.rewards if one.is_on), None)
    if reward is not None:
        facts |= {"reward_id": reward.id, "kind": reward.kind, "title": reward.title}
        facts |= {"value": None if reward.value is None else str(reward.value), "currency": setting.details.currency}
    if program.tiers.levels:
        facts["tier"] = program.tiers.levels[-1].id
        facts["name"] = program.tiers.levels[-1].title_in(language)
    return facts
