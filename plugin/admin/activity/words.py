"""What happened, in the merchant's words: movements, reasons, why a rule gave nothing, and how rewards and referrals stand."""

from __future__ import annotations

from typing import Final

from plugin.loyalty.ledger import Move, Reason
from plugin.loyalty.order_rules import TIER
from plugin.loyalty.program import BASE
from plugin.loyalty.referring import State

MOVEMENTS: Final[dict[str, tuple[str, tuple[Move, ...]]]] = {
    "earned": ("Earned", (Move.ACCRUE_PENDING, Move.ACCRUE)),
    "available": ("Became available", (Move.VEST,)),
    "reserved": ("Reserved for a reward", (Move.HOLD,)),
    "used": ("Reward used", (Move.CAPTURE, Move.RECAPTURE)),
    "returned": ("Returned", (Move.RELEASE, Move.RESTORE, Move.RESTORE_EXPIRED)),
    "taken": ("Taken back", (Move.CLAW_BACK_PENDING, Move.CLAW_BACK, Move.CLAW_BACK_EXPIRED)),
    "expired": ("Expired", (Move.EXPIRE,)),
    "changed": ("Changed by hand", (Move.ADJUST_UP, Move.ADJUST_DOWN)),
    "moved": (
        "Moved between accounts",
        (
            Move.TRANSFER_PENDING_OUT,
            Move.TRANSFER_PENDING_IN,
            Move.TRANSFER_OUT,
            Move.TRANSFER_IN,
            Move.TRANSFER_HELD_OUT,
            Move.TRANSFER_HELD_IN,
        ),
    ),
}
"""Word in the address -> what merchants call it, and the movements it stands for."""

REASONS: Final[dict[Reason, str]] = {
    Reason.ORDER: "Order",
    Reason.ORDER_CHANGED: "Order changed",
    Reason.REFUND: "Refund",
    Reason.CANCELLED: "Order cancelled",
    Reason.REFERRAL: "Referred a friend",
    Reason.REFERRAL_UNDONE: "Referral taken back",
    Reason.REFERRED: "Welcome bonus of a referral",
    Reason.WAITING_OVER: "Waiting time over",
    Reason.REWARD: "Reward taken",
    Reason.REWARD_USED: "Reward used with an order",
    Reason.REWARD_CANCELLED: "Reward cancelled",
    Reason.REWARD_LAPSED: "Reward not used in time",
    Reason.REWARD_FAILED: "Reward could not be created",
    Reason.REWARD_USED_LATE: "Reward used after it was returned",
    Reason.REWARD_REFUNDED: "Order of a reward refunded",
    Reason.EXPIRED: "Expired",
    Reason.STAFF: "Changed by staff",
    Reason.MERGED: "Two accounts became one",
    Reason.ORDER_MOVED: "Order belongs to another account",
    Reason.ACTION: "Action",
    Reason.ACTION_UNDONE: "Action taken back",
    Reason.ACHIEVEMENT: "Milestone",
    Reason.ACHIEVEMENT_UNDONE: "Milestone taken back",
    Reason.DIVIDEND: "Dividend",
    Reason.DIVIDEND_UNDONE: "Dividend taken back",
    Reason.MEMBERSHIP: "Paid membership",
    Reason.MEMBERSHIP_UNDONE: "Paid membership refunded",
    Reason.PARTNER: "Partner",
    Reason.PARTNER_UNDONE: "Taken back by a partner",
    Reason.GOODWILL: "Goodwill",
    Reason.GOODWILL_UNDONE: "Goodwill taken back",
    Reason.LAUNCH: "Welcome gift at launch",
    Reason.TIER: "Tier reached",
    Reason.TIER_UNDONE: "Tier gift taken back",
    Reason.REINSTATED: "Given back after they expired",
    Reason.POOLED: "Shared with a household",
    Reason.POOL_LEFT: "Share of a household",
    Reason.POOL_COVERED: "Covered by a household",
    Reason.GIFT_SENT: "Gift to another member",
    Reason.GIFT_RECEIVED: "Gift from another member",
    Reason.GIFT_RETURNED: "Gift returned",
    Reason.DONATED: "Donation",
    Reason.DONATION_RETURNED: "Donation returned",
    Reason.MATCHED: "Donation matched",
    Reason.PAID_OUT: "Paid out to a cause",
    Reason.SHARED_ORDER: "Share of an order",
    Reason.IMPORTED: "Brought along from an earlier program",
    Reason.REWARD_GIVEN: "Reward handed over",
    Reason.REWARD_FORFEITED: "Reward forfeited",
    Reason.REWARD_TAKEN_BACK: "Reward taken back by staff",
}
"""What each reason is called where it is chosen from a list; the sentence about one entry is plugin.loyalty.words.reason_text."""

TASKS: Final[dict[str, tuple[str, str]]] = {
    "open": ("To do", "warning"),
    "done": ("Done", "success"),
    "cancelled": ("Not done, points returned", "neutral"),
}

REFERRALS: Final[dict[State, tuple[str, str]]] = {
    "review": ("To review", "warning"),
    "claimed": ("Offer taken", "info"),
    "ordered": ("Friend ordered", "info"),
    "holding": ("Waiting for the return period", "info"),
    "rewarded": ("Rewarded", "success"),
    "blocked": ("Blocked", "critical"),
    "void": ("No reward", "neutral"),
}

SEEN: Final[dict[str, str]] = {
    "mailbox": "E-mail address",
    "mail_like": "E-mail address without its number",
    "name": "Name",
    "address": "Address",
    "phone": "Phone number",
    "device": "Device",
    "network": "Internet connection",
}
"""What is compared of two people, without being kept."""

CHANNELS: Final[dict[str, str]] = {
    "copy": "Copied link", "mail": "E-mail", "whatsapp": "WhatsApp", "sms": "Text message", "qr": "QR code", "facebook": "Facebook",
    "messenger": "Messenger", "instagram": "Instagram", "telegram": "Telegram", "x": "X", "signal": "Signal", "print": "Print",
    "other": "Link",
}  # fmt: skip

STOPPED: Final[dict[str, str]] = {
    "test": "It is a test order, and test orders give nothing.",
    "deleted": "The order was deleted.",
    "cancelled": "The order was cancelled.",
    "unpaid": "The order is not paid yet. It counts as soon as it is.",
    "not_live": "The program was switched off when the order was placed.",
    "before_program": "The order was placed before the program began.",
    "company": "It is a company's order, and the program leaves those out.",
    "customer_tag": "The customer has a tag that the program leaves out.",
    "not_joined": "The customer had not joined when the order was placed.",
    "blocked": "Your team had blocked the member when the order was placed: they earn nothing.",
    "no_customer": "No customer belongs to the order. It counts once one does.",
}
"""Why an order gives nothing at all."""

EXCLUDED: Final[dict[str, str]] = {
    "gift_card": "Gift cards earn nothing",
    "product": "The program leaves this product out",
    "collection": "The program leaves this product's collection out",
}
"""Why one line of an order gives nothing."""

REFUSED: Final[dict[str, str]] = {
    "off": "It is switched off",
    "reward_missing": "Its reward is no longer part of the program",
    "tier_missing": "Its tier is no longer part of the program",
    "starts_at": "It had not begun",
    "ends_at": "It was over",
    "channels": "The order came by another channel",
    "currencies": "The order was paid in another currency",
    "order_numbers": "It is for another order of the customer: the first, or every so many",
    "tiers": "The member was in none of its tiers",
    "weekdays": "It was another day of the week",
    "hours": "It was another time of day",
    "customer_tags": "The customer has none of its tags",
    "segment_ids": "The customer is in none of its segments",
    "countries": "The order was shipped to another country",
    "product_ids": "None of its products was bought",
    "variant_ids": "None of its variants was bought",
    "vendors": "Nothing of its vendors was bought",
    "collection_ids": "Nothing of its collections was bought",
    "product_tags": "Nothing with its product tags was bought",
    "product_types": "Nothing of its product types was bought",
    "line_kind": "Nothing was bought in its way (once, or as a subscription)",
    "minimum_spend": "The order was too small",
}
"""Why a rule gave nothing for an order."""

CAPS: Final[dict[str, str]] = {
    "order": "the most it gives for one order",
    "member": "the most it gives one member in its period",
    "budget": "what was left of its budget",
}

WAITS: Final[dict[str, str]] = {
    "facts": "Two messages of Shopify about this order disagree, so it is being read from Shopify once more.",
    "pins": "Something about its products or its customer is being read from Shopify. The points follow then.",
}

PARTS: Final[dict[str, str]] = {
    "purchase": "for the purchase",
    "advocate": "for bringing a friend",
    "friend": "as a welcome bonus",
    "share": "as their share",
}


def rule_name(rule: str, titles: dict[str, str]) -> str:
    """A rule of an order as merchants call it."""
    if rule == BASE:
        return "Points for every purchase"
    title = titles.get(rule)
    if rule.startswith(TIER):
        return f"Tier {title or rule.removeprefix(TIER)}"
    return title or rule
