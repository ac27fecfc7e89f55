"""The kinds of messages in a merchant's words: what each is called and when it goes out."""

from __future__ import annotations

from typing import Final

from plugin.loyalty.program.messages import MessageKind

KINDS: Final[dict[MessageKind, tuple[str, str]]] = {
    "welcome": ("Welcome", "When somebody joins."),
    "points_earned": ("Earned with an order", "After the first payment of each order."),
    "points_available": ("Ready to spend", "When the waiting time of an order is over."),
    "reward_near": ("A reward is near", "When little is missing for a reward, once for each reward."),
    "code_issued": ("Reward taken", "With the code, as soon as it works."),
    "code_expiring": ("Code ends soon", "Some days before an unused code ends; you set how many."),
    "points_expiring": ("Expiring soon", "Before something runs out, on the days you set under Program, Expiry."),
    "tier_up": ("New tier", "When a member reaches a higher tier."),
    "tier_at_risk": ("Tier ends soon", "Before a member loses their tier; you set how many days."),
    "referral_claimed": ("Friend took the gift", "When a friend takes the gift behind a member's link."),
    "referral_rewarded": ("Friend ordered", "When the member is rewarded for a friend's first order."),
    "referral_blocked": ("Referral not rewarded", "When a referral was blocked."),
    "birthday": ("Birthday", "On the birthday a member told you, when your program gives something for it."),
    "milestone": ("Milestone reached", "When a member reaches a step of an achievement."),
    "statement": ("The month in figures", "On the first of the month, to members whose balance moved."),
    "feedback_reply": ("Answer to feedback", "When you answer what a member wrote in a survey."),
}
"""Kind -> (title, when it goes out)."""

LANGUAGES: Final[dict[str, str]] = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "tr": "Turkish",
    "ja": "Japanese",
}
"""The languages that mails are written in."""
