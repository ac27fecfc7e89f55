"""The mails' words in English."""

from __future__ import annotations

from typing import Final

MAILS: Final[dict[str, tuple[str, str]]] = {
    "welcome": ("Welcome to {program}", "You are in. You collect points with every order and spend them on rewards."),
    "points_earned": ("You earned {points}", "Thank you for your order. It brought you {points}."),
    "code_issued": ("Your reward: {worth}", "Your personal code is {code}. It is good for one order until {date}."),
    "code_expiring": (
        "Your code ends on {date}",
        "{worth} is waiting for you: use {code} by {date}, or return it and keep your points.",
    ),
    "points_expiring": ("{points} expire on {date}", "Use {points} by {date} so that they are not lost."),
    "tier_up": ("You are {name} now", "Welcome to {name}. Its benefits count from today."),
    "referral_claimed": (
        "Your friend has a gift",
        "Somebody took the gift behind your link. You get yours when they order.",
    ),
    "referral_rewarded": (
        "Your friend ordered: {worth} for you",
        "Thank you for telling a friend. Your thank-you: {worth}.",
    ),
    "referral_blocked": ("About your referral", "This referral could not be rewarded. {reason}"),
    "birthday": ("Happy birthday!", "A small gift from us: {worth}."),
    "milestone": ("You reached {name}", "Well done! For {name} you get {worth}."),
    "points_available": (
        "Ready to spend: {points}",
        "The waiting time after your order is over. Ready to spend: {points}.",
    ),
    "reward_near": ("Almost there: {worth}", "Only {points} to go until {worth}."),
    "tier_at_risk": (
        "{name} ends on {date}",
        "What you do in our store until {date} counts towards keeping {name} and its benefits.",
    ),
    "statement": ("Your {month} with {program}", "Collected: {came}. Spent: {spent}. Yours now: {points}."),
    "statement_expiring": ("", "On {date} expire: {expiring}."),
    "feedback_reply": ("Our answer to your feedback", "{words}"),
    "digest": ("News from {program}", ""),
    "button": ("Visit the store", ""),
    "unsubscribe": ("Unsubscribe", ""),
    "why_you": ("You get this mail because you take part in {program}.", ""),
    "unsubscribed": ("Done. You will get no more mails from us.", ""),
}
