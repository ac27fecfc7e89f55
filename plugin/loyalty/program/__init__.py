"""The program: one versioned, immutable document per shop, validated by one typed model that forms, API and importers share.

Each part of the document has a module. Money is Decimal in the shop's currency and travels as strings in JSON; points are integers;
days are whole days of 24 hours unless a part says otherwise.
"""

from plugin.loyalty.program.defaults import default_program
from plugin.loyalty.program.document import PointsName, Program, dump, parse
from plugin.loyalty.program.earning import Earning, Exclusions
from plugin.loyalty.program.referral import FriendOffer, Referral
from plugin.loyalty.program.rewards import Reward, RewardKind
from plugin.loyalty.program.values import HUNDRED_PER_CENT, ROUNDING_MODES, Rounding

__all__ = [
    "HUNDRED_PER_CENT",
    "ROUNDING_MODES",
    "Earning",
    "Exclusions",
    "FriendOffer",
    "PointsName",
    "Program",
    "Referral",
    "Reward",
    "RewardKind",
    "Rounding",
    "default_program",
    "dump",
    "parse",
]
