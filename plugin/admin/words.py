"""What several groups of pages say: one thing has one name, whichever page speaks of it.

Words of one group alone stand there: members.words, activity.words, settings.deeds; sentences about a program in phrases.
"""

from __future__ import annotations

from typing import Final

from babel import Locale, UnknownLocaleError

from plugin.loyalty.program.messages import MessageKind

REWARD_KINDS: Final[dict[str, str]] = {
    "amount_off": "Amount off",
    "percent_off": "Percentage off",
    "free_shipping": "Free shipping",
    "free_product": "Free product",
    "store_credit": "Store credit",
    "gift_card": "Gift card",
    "access": "Access",
    "experience": "Experience",
}

REWARD_STATES: Final[dict[str, tuple[str, str]]] = {
    "held": ("Being created", "info"),
    "issued": ("Ready to use", "success"),
    "used": ("Used", "neutral"),
    "released": ("Cancelled, points returned", "neutral"),
    "suspended": ("Waiting for the app to be opened", "warning"),
    "failed": ("Could not be created, points returned", "critical"),
}
"""What a reward's state is called, and its colour."""

MESSAGES: Final[dict[MessageKind, tuple[str, str]]] = {
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

LEFT_OUT: Final[dict[str, str]] = {
    "address_refused": "the mail server does not take this address",
    "no_address": "there is no e-mail address, or the app may not read it",
    "unsubscribed": "they unsubscribed",
    "no_consent": "they did not agree to marketing",
    "no_longer_true": "it was no longer true when it was to be sent",
}
"""Why a message was not sent."""

SPOKEN: Final = ("en", "de", "fr", "es", "tr", "ja")
"""The languages that shoppers' pages and mails are written in."""


def message_title(kind: str) -> str:
    """What a kind of message is called; one that the program no longer has, by its name."""
    return next((title for one, (title, _) in MESSAGES.items() if one == kind), kind.replace("_", " ").capitalize())


def left_out(why: str | None) -> str:
    """Why a message was not sent, as a clause."""
    return LEFT_OUT.get(why or "", "no reason was kept")


def author(name: str | None) -> str:
    """Who did or typed something, by number, as the books name them; "" for nobody in particular."""
    kind, _, number = (name or "").partition(":")
    return f"staff member {number}" if kind == "staff" else "the API" if kind == "api" else ""


def language_name(code: str) -> str:
    """A language such as "de" or "pt-BR" in English; one that nobody knows is called by its code."""
    try:
        return Locale.parse(code.replace("-", "_")).english_name or code
    except (UnknownLocaleError, ValueError):
        return code
