"""Every part of the program, as its page is declared; their order is that of the cards."""

from __future__ import annotations

from typing import Final

from plugin.admin.program.editor import Part
from plugin.admin.program.parts import (
    achievements,
    actions,
    branding,
    campaigns,
    earning,
    expiry,
    membership,
    messages,
    program,
    referrals,
    rewards,
    sharing,
    surveys,
    thanks,
    tiers,
)

PARTS: Final[tuple[Part, ...]] = (
    earning.PART,
    campaigns.PART,
    actions.PART,
    achievements.PART,
    surveys.PART,
    expiry.PART,
    rewards.PART,
    referrals.PART,
    tiers.PART,
    membership.PART,
    sharing.CAUSES,
    sharing.HOUSEHOLDS,
    sharing.GIFTS,
    thanks.GOODWILL,
    thanks.DIVIDEND,
    thanks.PARTNERS,
    program.NAMES,
    branding.PART,
    messages.PART,
    program.MEMBERS,
    program.LAUNCH,
)
