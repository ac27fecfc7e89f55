"""Messages: what members are told by e-mail, from whom, and when they are left in peace."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from plugin.loyalty.program.values import Label, Part

MessageKind = Literal[
    "welcome",
    "points_earned",
    "points_available",
    "reward_near",
    "code_issued",
    "code_expiring",
    "points_expiring",
    "tier_up",
    "tier_at_risk",
    "referral_claimed",
    "referral_rewarded",
    "referral_blocked",
    "birthday",
    "milestone",
    "statement",
    "feedback_reply",
]

EmailAddress = Annotated[str, StringConstraints(pattern=r"^[^@\s<>,;:\"]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}$")]


class Messages(Part):
    """What is sent. `on` lists the kinds; nothing is sent in the quiet hours (the shop's time zone), it waits until they end.

    What falls together within `digest_minutes` goes out as one mail. `code_expiring_days` is how long before a code's end it is recalled,
    `tier_risk_days` how long before a tier's end it is told. A reward is near when at most `near_percent` of its price are missing.
    """

    is_on: bool = True
    sender_name: Label | None = None
    reply_to: EmailAddress | None = None
    on: tuple[MessageKind, ...] = ("code_issued", "points_expiring", "referral_rewarded")
    quiet_from: time = time(21)
    quiet_until: time = time(8)
    digest_minutes: Annotated[int, Field(ge=0, le=1440)] = 15
    code_expiring_days: Annotated[int, Field(ge=1, le=60)] = 7
    tier_risk_days: Annotated[int, Field(ge=1, le=90)] = 30
    near_percent: Annotated[int, Field(ge=1, le=50)] = 20

    def sends(self, kind: MessageKind) -> bool:
        """True when this kind goes out. What staff answer somebody is no programmed mail: `is_on` alone decides."""
        return self.is_on and (kind in self.on or kind == "feedback_reply")
