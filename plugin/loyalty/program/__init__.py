"""The program: one versioned, immutable document per shop, validated by one typed model that forms, API and importers share.

Each part of the document has a module. Money is Decimal in the shop's currency and travels as strings in JSON; points are integers;
days are whole days of 24 hours unless a part says otherwise.
"""

from plugin.loyalty.program.achievements import Achievement, Step, Task, Unit
from plugin.loyalty.program.actions import Action, ActionKind, Cap
from plugin.loyalty.program.branding import Branding
from plugin.loyalty.program.defaults import default_program
from plugin.loyalty.program.document import PointsName, Program, dump, parse
from plugin.loyalty.program.earning import Earning, Exclusions
from plugin.loyalty.program.expiry import AfterInactivity, Expiry, FromEarning, Never, OnDate
from plugin.loyalty.program.giving import Dividend, Goodwill, GoodwillCode, PointsPayout, RewardPayout
from plugin.loyalty.program.launch import Launch
from plugin.loyalty.program.membership import Membership, Plan
from plugin.loyalty.program.order_rules import (
    BASE,
    Brackets,
    Budget,
    Conditions,
    Fixed,
    GroupOrders,
    InstantReward,
    Limits,
    Multiplier,
    OrderRule,
    PerAmount,
)
from plugin.loyalty.program.partners import Partner
from plugin.loyalty.program.referral import FriendOffer, Referral, ReferralLimit, Suspicion, Weights
from plugin.loyalty.program.rewards import CodeKind, MemberLimit, PointsBack, Reward, RewardKind
from plugin.loyalty.program.sharing import Cause, Causes, Gifts, Households, Match, Sharing
from plugin.loyalty.program.surveys import Question, Survey
from plugin.loyalty.program.tiers import CalendarYear, Level, Lifetime, RecurringPerk, Rolling, Tiers
from plugin.loyalty.program.values import HUNDRED_PER_CENT, ROUNDING_MODES, Rounding

__all__ = [
    "BASE",
    "HUNDRED_PER_CENT",
    "ROUNDING_MODES",
    "Achievement",
    "Action",
    "ActionKind",
    "AfterInactivity",
    "Brackets",
    "Branding",
    "Budget",
    "CalendarYear",
    "Cap",
    "Cause",
    "Causes",
    "CodeKind",
    "Conditions",
    "Dividend",
    "Earning",
    "Exclusions",
    "Expiry",
    "Fixed",
    "FriendOffer",
    "FromEarning",
    "Gifts",
    "Goodwill",
    "GoodwillCode",
    "GroupOrders",
    "Households",
    "InstantReward",
    "Launch",
    "Level",
    "Lifetime",
    "Limits",
    "Match",
    "MemberLimit",
    "Membership",
    "Multiplier",
    "Never",
    "OnDate",
    "OrderRule",
    "Partner",
    "PerAmount",
    "Plan",
    "PointsBack",
    "PointsName",
    "PointsPayout",
    "Program",
    "Question",
    "RecurringPerk",
    "Referral",
    "ReferralLimit",
    "Reward",
    "RewardKind",
    "RewardPayout",
    "Rolling",
    "Rounding",
    "Sharing",
    "Step",
    "Survey",
    "Suspicion",
    "Task",
    "Tiers",
    "Unit",
    "Weights",
    "default_program",
    "dump",
    "parse",
]
