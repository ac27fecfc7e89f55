"""The program of the demo's shop, as it grew over the year: a club at first, then a campaign, then sharing, then a survey."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final

Document = dict[str, Any]

THURSDAY: Final = 3

TIERS: Final = {
    "metric": "spend",
    "levels": [
        {"id": "guest", "title": "Guest", "threshold": "0", "perks": ["One bean for every dollar"]},
        {
            "id": "barista",
            "title": "Barista",
            "threshold": "250",
            "multiplier": "1.25",
            "perks": ["A quarter more beans", "New roasts a week early"],
            "entry_points": 50,
        },
        {
            "id": "roaster",
            "title": "Master Roaster",
            "threshold": "700",
            "multiplier": "1.5",
            "perks": ["Half as many beans again", "New roasts a week early", "A seat at the spring cupping"],
            "entry_points": 150,
        },
    ],
}
REWARDS: Final = (
    {"id": "tote", "kind": "experience", "title": "Canvas tote, sent by post", "price_points": 250, "ends_days": 45},
    {
        "id": "tasting",
        "kind": "experience",
        "title": "Tasting for two in our roastery",
        "price_points": 450,
        "ends_days": 90,
    },
)
GOODWILL: Final = {
    "codes": [
        {"id": "late", "title": "Late parcel", "maximum_points": 100, "per_member": 200},
        {"id": "broken", "title": "Something arrived broken", "maximum_points": 200, "per_member": 400},
    ],
    "monthly_budget": 3000,
}
CAUSE: Final = {
    "id": "shade-trees",
    "title": "Shade trees for small farms",
    "text": "Every 50 beans plant one shade tree beside the coffee of a small farm.",
    "minimum_points": 50,
    "amounts": [50, 100, 250],
}
SURVEY: Final = {
    "id": "how-we-do",
    "title": "How are we doing?",
    "questions": [
        {"id": "recommend", "kind": "nps", "words": "How likely are you to recommend us to a friend?"},
        {
            "id": "best",
            "kind": "choice",
            "words": "What do you like best?",
            "choices": ["The coffee", "The packaging", "The service", "The club"],
        },
        {"id": "better", "kind": "text", "words": "What could we do better?", "is_required": False},
    ],
}
ACTIONS: Final = (
    {
        "id": "review",
        "kind": "review",
        "title": "Write a review",
        "points": 20,
        "caps": [{"count": 4, "period": "month"}],
    },
    {
        "id": "tell-us",
        "kind": "survey",
        "title": "Tell us how we do",
        "points": 40,
        "survey_id": "how-we-do",
        "caps": [{"count": 1, "period": "year"}],
    },
)


def black_friday(begin: datetime) -> date:
    """The Friday after November's fourth Thursday, the first one after that day."""
    for year in (begin.year, begin.year + 1):
        first = date(year, 11, 1)
        thursday = first + timedelta(days=(THURSDAY - first.weekday()) % 7 + 21)
        if thursday + timedelta(days=1) > begin.date():
            return thursday + timedelta(days=1)
    raise AssertionError("every November has a fourth Thursday")


def stages(begin: datetime, zone: tzinfo) -> dict[int, Callable[[Document], None]]:
    """What is published on which day of the year: each changes the document that is live. `zone` is the shop's."""
    friday = black_friday(begin)
    campaign_on = max(1, (friday - begin.date()).days - 7)

    def campaign(document: Document) -> None:
        starts = datetime.combine(friday, datetime.min.time(), zone)
        document["order_rules"].append(
            {
                "id": "black-friday",
                "title": "Black Friday: double beans",
                "effect": {"kind": "multiplier", "factor": "2"},
                "conditions": {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(days=4)).isoformat()},
            }
        )

    return {0: _club, campaign_on: campaign, 120: _sharing, 200: _listening}


def _club(document: Document) -> None:
    document["name"] = "Hearth Club"
    document["points_name"] = {
        "en": {"one": "bean", "other": "beans"},
        "de": {"one": "Bohne", "other": "Bohnen"},
        "fr": {"one": "grain", "other": "grains"},
    }
    document["earning"]["expiry_months"] = 12
    document["tiers"] = {**document.get("tiers", {}), **TIERS}
    document["rewards"] = [*document["rewards"], *REWARDS]
    document["goodwill"] = GOODWILL
    document["referral"]["hold_days"] = 7
    document["referral"]["suspicion"]["is_on"] = True
    document["achievements"] = [
        {
            "id": "regular",
            "title": "Regular",
            "metric": "orders",
            "steps": [
                {"at": 5, "points": 50, "badge": "Five orders"},
                {"at": 10, "points": 120, "badge": "Ten orders"},
            ],
        }
    ]
    document["order_rules"] = [
        *document.get("order_rules", []),
        {
            "id": "first-order",
            "title": "Welcome beans",
            "effect": {"kind": "fixed", "points": 30},
            "conditions": {"order_numbers": [1]},
        },
    ]


def _sharing(document: Document) -> None:
    document["sharing"]["households"]["is_on"] = True
    document["sharing"]["gifts"]["is_on"] = True
    document["sharing"]["causes"]["causes"] = [CAUSE]


def _listening(document: Document) -> None:
    document["surveys"] = [SURVEY]
    document["actions"] = [*document.get("actions", []), *ACTIONS]
