"""Who looks whenever something happened (plugin.services.aftermath), in this order."""

from __future__ import annotations

from typing import Final

from plugin.services import (
    achievements,
    balances,
    causes,
    dividend,
    households,
    instant_rewards,
    tellings,
    tiers,
    welcomes,
)
from plugin.services.aftermath import Follower

FOLLOWERS: Final[tuple[Follower, ...]] = (
    tiers,
    welcomes,
    achievements,
    causes,
    households,
    dividend,
    instant_rewards,
    tellings,
    balances,
)
"""Modules with a function `follow`; each returns at once where its part of the program is switched off."""
