"""One program that uses every field of the document, with values that are not the defaults."""

from __future__ import annotations

from typing import Any, Final

from plugin.loyalty.program import Program, default_program, dump, parse

_CONDITIONS: Final[dict[str, Any]] = {
    "product_ids": [501],
    "variant_ids": [601, 602],
    "collection_ids": [31],
    "product_tags": ["New", "Organic"],
    "vendors": ["ACME"],
    "product_types": ["Coffee"],
    "line_kind": "subscription",
    "minimum_spend": "25.50",
    "order_numbers": [1, 3],
    "every_nth_order": 5,
    "channels": ["online", "pos"],
    "tiers": ["gold"],
    "customer_tags": ["VIP"],
    "segment_ids": [77],
    "countries": ["US", "CA"],
    "currencies": ["USD"],
    "starts_at": "2026-03-06T23:00:00Z",
    "ends_at": "2026-03-08T22:30:00Z",
    "hours": {"start": "17:00", "end": "20:30"},
    "weekdays": ["friday", "saturday"],
}
_LIMITS: Final[dict[str, Any]] = {
    "points_per_order": 500,
    "points_per_member": 1000,
    "period": "month",
    "budget": {"points": 100_000, "steps": [{"used": "0.5", "factor": "0.75"}, {"used": "0.875", "factor": "0"}]},
}
_RULES: Final[list[dict[str, Any]]] = [
    {
        "id": "weekend",
        "title": "Weekend",
        "effect": {"kind": "multiplier", "factor": "2.5"},
        "conditions": _CONDITIONS,
        "combines": "multiply",
        "limits": _LIMITS,
    },
    {
        "id": "steps",
        "title": "Steps",
        "is_on": False,
        "effect": {
            "kind": "brackets",
            "brackets": [{"start": "50", "points": "1"}, {"start": "100", "points": "1.25"}],
        },
        "combines": "best",
        "group": "sale",
        "rounding": "nearest",
    },
    {"id": "fixed", "title": "Bonus", "effect": {"kind": "fixed", "points": 50}, "group": "sale"},
    {"id": "rate", "title": "Rate", "effect": {"kind": "per_amount", "points": 3, "per": "2.50"}},
    {"id": "thanks", "title": "Thanks", "effect": {"kind": "reward", "reward_id": "shipping"}},
]
_FOR_SOME: Final[dict[str, Any]] = {
    "titles": {"de": "Für dich", "pt-BR": "Para você"},
    "channels": ["online"],
    "tiers": ["gold"],
    "customer_tags": ["VIP", "friend"],
    "segment_ids": [77, 78],
    "stock": 0,
    "per_member": {"times": 2, "per": "quarter"},
    "is_hidden": True,
}
_REWARDS: Final[list[dict[str, Any]]] = [
    {
        "id": "amount",
        "kind": "amount_off",
        "title": "Amount off",
        "price_points": 30,
        "value": "1",
        "values": {"EUR": "0.90", "GBP": "0.80"},
        "is_variable": True,
        "minimum_points": 60,
        "maximum_points": 3000,
        "minimum_spend": "10",
        "eligible_product_ids": [501, 502],
        "ends_days": 45,
        "code_prefix": "HELLO",
        "combines_with_product": False,
        "combines_with_shipping": False,
        "combines_with_order": True,
        **_FOR_SOME,
    },
    {
        "id": "percent",
        "kind": "percent_off",
        "title": "Per cent off",
        "price_points": 200,
        "value": "12.5",
        "maximum": "20",
        "eligible_collection_ids": [31],
        "is_on": False,
    },
    {"id": "shipping", "kind": "free_shipping", "title": "Free shipping", "price_points": 120},
    {
        "id": "bean",
        "kind": "free_product",
        "title": "A bag of beans",
        "price_points": 400,
        "product_id": 501,
        "variant_id": 601,
    },
    {"id": "credit", "kind": "store_credit", "title": "Credit", "price_points": 300, "value": "10", "ends_days": 365},
    {"id": "card", "kind": "gift_card", "title": "Card", "price_points": 750, "value": "25", "code_prefix": "GIFT"},
    {"id": "early", "kind": "access", "title": "Early access", "price_points": 100, "tag": "early-access"},
    {"id": "tasting", "kind": "experience", "title": "A tasting", "price_points": 1000},
]
_REFERRAL: Final[dict[str, Any]] = {
    "is_on": True,
    "advocate_points": 0,
    "friend_points": 20,
    "advocate_reward": "credit",
    "friend_reward": "shipping",
    "minimum_spend": "15",
    "hold_days": 14,
    "limit": {"friends": 10, "per": "year"},
    "suspicion": {
        "is_on": True,
        "review_at": 40,
        "block_at": 80,
        "retention_days": 60,
        "crowd_friends": 3,
        "velocity_friends": 8,
        "weights": {
            "same_mailbox": 91,
            "similar_mailbox": 26,
            "same_person": 92,
            "same_phone": 46,
            "same_name": 27,
            "same_device": 51,
            "same_address": 21,
            "same_network": 16,
            "ring": 93,
            "velocity": 41,
            "friend_twin": 94,
            "friend_crowd": 52,
        },
    },
    "offer": {"kind": "percent_off", "value": "15", "minimum_spend": "30", "ends_days": 21},
}
_TIERS: Final[dict[str, Any]] = {
    "metric": "points",
    "window": {"kind": "rolling", "months": 6},
    "grace_days": 30,
    "downgrade": "one_down",
    "at_shopify": {"tags": True, "metafields": True},
    "levels": [
        {"id": "bronze", "title": "Bronze", "threshold": "0"},
        {
            "id": "gold",
            "title": "Gold",
            "titles": {"de": "Gold!"},
            "threshold": "600",
            "multiplier": "1.5",
            "perks": ["Free returns", "A card for Christmas, by hand"],
            "recurring": [{"reward": "shipping", "every": "month"}, {"reward": "bean", "every": "year"}],
            "entry_points": 50,
            "entry_rewards": ["shipping", "credit"],
            "tag": "tier-gold",
        },
    ],
}
_MEMBERSHIP: Final[dict[str, Any]] = {
    "plans": [
        {
            "id": "plus",
            "title": "Plus",
            "titles": {"fr": "Plus !"},
            "product_ids": [900],
            "variant_ids": [901],
            "months": 3,
            "tier": "gold",
            "perks": ["A seat at the bar"],
            "points": 25,
            "rewards": ["shipping"],
            "recurring": [{"reward": "bean", "every": "quarter"}],
        },
        {"id": "life", "title": "For life", "product_ids": [902], "months": None},
    ]
}
_SHARING: Final[dict[str, Any]] = {
    "households": {
        "is_on": True,
        "pools": "earned",
        "members_max": 4,
        "limit_points": 200,
        "limit_period": "week",
        "invitation_days": 7,
    },
    "gifts": {"is_on": True, "minimum_points": 10, "limit_points": 100, "limit_period": "day", "accept_days": 7},
    "causes": {
        "causes": [
            {
                "id": "trees",
                "title": "Trees",
                "text": "For our town.\nWith roots.",
                "minimum_points": 5,
                "amounts": [20, 50],
                "is_on": False,
            },
            {"id": "boats", "title": "Boats"},
        ],
        "match": {"percent": "2.5", "kind": "points", "points": 50, "per": "2"},
        "shows_totals": False,
    },
}
_ACTIONS: Final[list[dict[str, Any]]] = [
    {
        "id": "review",
        "kind": "review",
        "title": "Write a review",
        "points": 50,
        "reward_id": "shipping",
        "is_on": False,
        "starts_at": "2026-03-01T08:00:00Z",
        "ends_at": "2026-04-01T08:00:00Z",
        "caps": [{"count": 1, "period": "day"}, {"count": 5, "period": "month"}],
        "cooldown_hours": 24,
        "tiers": ["gold"],
        "tags": ["local"],
        "pending_days": 3,
    },
    {
        "id": "instagram",
        "kind": "social_follow",
        "title": "Follow us",
        "points": 10,
        "url": "https://instagram.example/a",
    },
    {"id": "asked", "kind": "survey", "title": "Tell us", "points": 5, "survey_id": "taste"},
    {"id": "cake", "kind": "birthday", "title": "Happy birthday", "points": 100, "notice_days": 7},
    {"id": "back", "kind": "welcome_back", "title": "Welcome back", "points": 50, "absent_days": 60},
]
_ACHIEVEMENTS: Final[list[dict[str, Any]]] = [
    {
        "id": "meals",
        "title": "Meals",
        "metric": "quantity",
        "steps": [
            {"at": 200, "points": 20},
            {"at": 400, "points": 40, "reward_id": "bean", "badge": "Chef"},
        ],
        "is_on": False,
        "units": [{"product_id": 501, "units": "14"}, {"variant_id": 601, "units": "0.5"}],
        "other_units": "0",
        "starts_at": "2026-01-01T05:00:00Z",
    },
    {"id": "run", "title": "Run", "metric": "streak", "period": "week", "repeats": True, "steps": [{"at": 3}]},
    {"id": "helper", "title": "Helper", "metric": "actions", "action_ids": ["review"], "steps": [{"at": 3}]},
    {
        "id": "spring",
        "title": "Spring",
        "metric": "challenge",
        "tasks": [{"action_id": "review", "times": 2}, {"times": 1}],
        "steps": [{"at": 1, "points": 5}],
        "ends_at": "2026-04-01T04:00:00Z",
    },
]
_SURVEYS: Final[list[dict[str, Any]]] = [
    {
        "id": "taste",
        "title": "Taste",
        "questions": [
            {"id": "nps", "kind": "nps", "words": "Would you recommend us?"},
            {"id": "best", "kind": "choice", "words": "What is best?", "choices": ["Beans", "Mugs, cups"]},
            {"id": "why", "kind": "text", "words": "Why?\nIn your words.", "is_required": False},
        ],
    }
]

DOCUMENT: Final[dict[str, Any]] = {
    "name": "Bean Club",
    "points_name": {"en": {"one": "bean", "other": "beans"}, "tr": {"one": "çekirdek", "other": "çekirdek"}},
    "only_joined": True,
    "earning": {
        "points": 10,
        "per": "2.50",
        "rounding": "nearest",
        "pending_days": 14,
        "includes_tax": True,
        "limits": _LIMITS,
    },
    "exclusions": {"product_ids": [900], "collection_ids": [32], "customer_tags": ["staff"], "company_orders": False},
    "order_rules": _RULES,
    "group_orders": {"is_on": True},
    "rewards": _REWARDS,
    "referral": _REFERRAL,
    "tiers": _TIERS,
    "membership": _MEMBERSHIP,
    "sharing": _SHARING,
    "actions": _ACTIONS,
    "achievements": _ACHIEVEMENTS,
    "surveys": _SURVEYS,
    "returns_points_on_refund": False,
    "points_back": {"on_lapse": False, "shopper_minutes": 45},
    "grace_days": 10,
    "expiry": {
        "kind": "inactivity",
        "days": 400,
        "to_month_end": True,
        "counts": "purchases",
        "warn_days": [14, 3],
        "reinstate_days": 60,
    },
    "goodwill": {
        "monthly_budget": 500,
        "codes": [{"id": "late", "title": "Late", "maximum_points": 200, "per_member": 300, "period": "quarter"}],
    },
    "dividend": {
        "is_on": True,
        "percent": "7.5",
        "payout": {"kind": "reward", "reward_id": "credit"},
        "least_amount": "5",
        "month": 3,
        "day": 15,
    },
    "partners": [
        {
            "id": "cafe",
            "title": "Corner Café",
            "is_on": False,
            "budget": 500,
            "period": "year",
            "per_member": 300,
            "member_period": "quarter",
            "undo_days": 7,
        }
    ],
    "launch": {"counts_from": "2026-01-15T12:30:00Z", "test_tag": "loyalty-test"},
    "branding": {"accent": "#aa3355", "icon": "cup"},
    "messages": {
        "sender_name": "Bean Club",
        "reply_to": "hello@example.com",
        "on": ["welcome", "birthday"],
        "quiet_from": "20:30:00",
        "quiet_until": "07:15:00",
        "digest_minutes": 30,
        "code_expiring_days": 3,
        "tier_risk_days": 14,
        "near_percent": 10,
    },
}

OTHER_CHOICES: Final[tuple[dict[str, Any], ...]] = (
    {"expiry": {"kind": "calendar", "month": 6, "day": 30, "least_days": 90, "warn_days": []}},
    {"expiry": {"kind": "earned", "months": 18}},
    {"tiers": _TIERS | {"window": {"kind": "calendar_year"}, "metric": "spend"}},
    {"tiers": _TIERS | {"window": {"kind": "lifetime"}, "metric": "orders"}},
    {"dividend": {"is_on": True, "payout": {"kind": "points", "points": 50, "per": "2"}}},
    {"dividend": {"is_on": False, "percent": "3", "payout": {"kind": "points", "points": 50, "per": "2"}, "month": 9}},
    {"points_back": {"shopper_minutes": 0}},
    {"points_back": {"shopper_minutes": None}},
    {"referral": _REFERRAL | {"is_on": False}},
    {"messages": {"is_on": False, "near_percent": 10}},
    {"tiers": _TIERS | {"at_shopify": {"metafields": False}}},
    {"referral": _REFERRAL | {"offer": {"kind": "free_shipping", "value": None}, "limit": None}},
    {"sharing": _SHARING | {"households": _SHARING["households"] | {"is_on": False}}},
    {"sharing": _SHARING | {"causes": {"match": {"percent": "1", "kind": "money"}}}},
)
"""The other sides of choices: what a document says where it says something else than above."""


def everything(**changes: Any) -> Program:
    """That program, with some parts replaced."""
    return parse(dump(default_program("USD", is_live=False)) | DOCUMENT | changes)
